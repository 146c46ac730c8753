import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CACHE, Failure, ROOT, install, main, run, runTool, seconds } from './project.mjs';

/**
 * `npm test`: everything that must hold, from a fresh clone. Each check runs even when one before it
 * has failed, and what ran is listed at the end.
 */

const HELP = `Usage: npm test [-- options]

  --deep             with many more random machines (npm run test:deep)
  --only NAME,NAME   these checks alone
`;

const REPORTS = join(CACHE, 'reports');
const script = (name) => join(ROOT, 'scripts', name);

/** Several programs one after another; all run, and the worst status is theirs. */
async function each(runs) {
  let worst = 0;
  for (const start of runs) worst = Math.max(worst, await start());
  return worst;
}

/** What a runner counted, or nothing where it wrote no report. */
function readReport(file, countsOf) {
  return existsSync(file) ? countsOf(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

async function unit() {
  const report = join(REPORTS, 'vitest.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = await runTool('vitest', args);
  const counts = readReport(report, (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  }));
  return { status, counts };
}

async function e2e() {
  const report = join(REPORTS, 'playwright.json');
  const status = await runTool('@playwright/test', ['test', '--reporter=list,json'], {
    cwd: join(ROOT, 'e2e'),
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  // A test that passed only when tried again has failed once.
  const counts = readReport(report, ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
  }));
  return { status, counts };
}

/** The checks in order. One that counts tests must have run some. */
const CHECKS = {
  walls: () => run(process.execPath, [script('walls.mjs')]),
  eslint: () => runTool('eslint', ['.']),
  prettier: () => runTool('prettier', ['--check', '--log-level=warn', '.']),
  types: () =>
    each([
      ...['engine', 'lessons', 'e2e'].map(
        (room) => () => runTool('typescript/tsc', ['-p', room, '--noEmit']),
      ),
      () => runTool('@sveltejs/kit', ['sync'], { cwd: join(ROOT, 'site') }),
      () =>
        runTool('svelte-check', ['--tsconfig', './tsconfig.json', '--fail-on-warnings'], {
          cwd: join(ROOT, 'site'),
        }),
    ]),
  budget: () => run(process.execPath, [script('budget.mjs')]),
  vitest: unit,
  playwright: e2e,
};

const rows = [];

/** Runs one check under its name and notes how it went. */
async function check(name, start) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  let outcome;
  try {
    outcome = await start();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    outcome = 1;
  }
  const { status, counts } = typeof outcome === 'object' ? outcome : { status: outcome };
  const row = { name, ms: Date.now() - started, passed: 0, failed: 0, skipped: 0, note: 'ok' };
  if (counts !== undefined) Object.assign(row, counts);
  const counting = typeof outcome === 'object';
  if (counting && row.passed + row.failed === 0) row.note = 'FAILED: ran no test';
  else if (status !== 0 || row.failed > 0) row.note = 'FAILED';
  // What fails without a failed test of its own must not hide behind a 0.
  if (row.note !== 'ok' && row.failed === 0) row.failed = 1;
  if (counting) {
    row.note += ` (${row.passed} passed, ${row.failed} failed, ${row.skipped} skipped)`;
  }
  rows.push(row);
  return row.note.startsWith('ok');
}

function report(started) {
  console.log('\n── what ran');
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, ms, note } of rows) {
    console.log(`${name.padEnd(width)}  ${seconds(ms).padStart(8)}  ${note}`);
  }
  console.log(`${'in all'.padEnd(width)}  ${seconds(Date.now() - started).padStart(8)}`);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const skipped = sum('skipped');
  console.log(
    `\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  if (sum('failed') > 0) process.exitCode = 1;
}

await main(async () => {
  let options;
  try {
    options = parseArgs({
      options: {
        deep: { type: 'boolean', default: false },
        only: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n\n${HELP}`);
  }
  if (options.help) {
    process.stdout.write(`${HELP}\nChecks: ${Object.keys(CHECKS).join(', ')}\n`);
    return;
  }
  const names = options.only?.split(',') ?? Object.keys(CHECKS);
  for (const name of names) {
    if (!Object.hasOwn(CHECKS, name)) {
      throw new Failure(`--only ${name}: there are ${Object.keys(CHECKS).join(', ')}`);
    }
  }
  if (options.deep) Object.assign(process.env, { PAGEWALK_RUNS: '200000', PAGEWALK_DEEP: '1' });

  const started = Date.now();
  if (!(await check('install', async () => (await install(), 0)))) return report(started);
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });

  // First, so that a machine without any browser says so at once and not after minutes.
  if (names.includes('playwright')) {
    await check('browser', async () => {
      const { findBrowser } = await import('./browser.mjs');
      const { executablePath, env } = await findBrowser();
      console.log(executablePath);
      process.env.PAGEWALK_BROWSER = JSON.stringify({ executablePath, env });
      return 0;
    });
  }
  const built = await check('build', async () => {
    const { buildSite } = await import('./build-site.mjs');
    if (!(await buildSite())) console.log('up to date');
    return 0;
  });
  for (const name of names) {
    const needsSite = name === 'budget' || name === 'playwright';
    if (needsSite && !built) await check(name, () => Promise.reject(new Failure('no build')));
    else if (name === 'playwright' && process.env.PAGEWALK_BROWSER === undefined) {
      await check(name, () => Promise.reject(new Failure('no browser')));
    } else await check(name, CHECKS[name]);
  }
  report(started);
});
