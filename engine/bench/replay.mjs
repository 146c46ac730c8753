/**
 * `npm run bench -- replay`: a trace of ten million lines through five designs, against what it takes to
 * inflate it and count its lines. Runs of the two are interleaved.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const HERE = dirname(fileURLToPath(import.meta.url));
const COMMAND = join(HERE, '..', '..', 'bin', 'pagewalk.js');
const TRACES = join(HERE, '..', '..', '..', 'shared', 'traces');
const NAMES = ['xmllint', 'gups', 'sort', 'true'].map((name) => join(TRACES, `${name}.lackey.gz`));
const DESIGNS = ['native-4k', 'ept-4k-4k', 'ept-2m-4k', 'ept-4k-2m', 'ept-2m-2m'];
const LINES = 10_000_000;
const ROUNDS = Number(process.env.PAGEWALK_ROUNDS ?? 7);

const scratch = mkdtempSync(join(tmpdir(), 'pagewalk-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** The recorded traces one behind the other, again and again, as gzip members; cut at ten million lines. */
function makeTrace() {
  const members = [];
  let lines = 0;
  for (let index = 0; lines < LINES; index = (index + 1) % NAMES.length) {
    let text = gunzipSync(readFileSync(NAMES[index]));
    let count = 0;
    let end = 0;
    while (lines + count < LINES) {
      const next = text.indexOf(10, end) + 1;
      if (next === 0) break;
      end = next;
      count++;
    }
    text = text.subarray(0, end);
    members.push(gzipSync(text));
    lines += count;
  }
  const file = join(scratch, 'trace.gz');
  writeFileSync(file, Buffer.concat(members));
  return file;
}

function timed(command, args) {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9, stdout };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const spread = (values) =>
  `${median(values).toFixed(2)} s (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;

/** The largest resident set of one replay, in MB. */
function peakMemory(args) {
  // A hook in the replay itself prints it at exit.
  const hook = `data:text/javascript,${encodeURIComponent(
    `process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS));`,
  )}`;
  const { stderr } = spawnSync(process.execPath, ['--import', hook, ...args], { encoding: 'utf8' });
  return Number(/rss (\d+)$/.exec(stderr)?.[1] ?? NaN) / 1024;
}

if (!NAMES.every((name) => existsSync(name))) {
  console.log('no recorded traces beside the repository (../shared/traces): left out');
} else if (spawnSync('sh', ['-c', 'command -v zcat && command -v wc']).status !== 0) {
  console.log('no zcat and wc to compare with: left out');
} else {
  const file = makeTrace();
  const args = [COMMAND, 'replay', file, ...DESIGNS.flatMap((name) => ['--design', name])];
  const plain = [];
  const replay = [];
  for (let round = -1; round < ROUNDS; round++) {
    const count = timed('sh', ['-c', `zcat '${file}' | wc -l`]);
    if (Number(count.stdout) !== LINES) throw new Error(`${count.stdout} lines, not ${LINES}`);
    const run = timed(process.execPath, args);
    if (round < 0) continue;
    plain.push(count.seconds);
    replay.push(run.seconds);
  }
  const ratio = median(replay) / median(plain);
  console.log(`${LINES} lines, ${DESIGNS.length} designs, ${ROUNDS} rounds, interleaved`);
  console.log(`  zcat | wc -l     ${spread(plain)}`);
  console.log(`  pagewalk replay  ${spread(replay)}, ${ratio.toFixed(2)} times as long`);
  console.log(
    `  ${(LINES / median(replay) / 1e6).toFixed(1)} M lines/s, at most ${peakMemory(args).toFixed(0)} MB resident`,
  );
}
