import { chromium } from '@playwright/test';

/**
 * How long a reader waits at the console. `node console.mjs ADDRESS`, with the browser in PAGEWALK_BROWSER;
 * prints a table, in milliseconds.
 *
 * All is timed in the page, from the key's event to a layout that has what came of it, ready for the next frame:
 * `key` is a letter that stands on the line, `echo` is a line that stands in the log after Enter, `output` is what
 * a command printed.
 */

const ROUNDS = 15;
const COMMANDS = [
  'free -m',
  'cat /proc/meminfo',
  'virsh list --all',
  'virsh dominfo debian12',
  'virsh dumpxml debian12',
  'virsh dommemstat debian12',
  'sysctl vm.nr_hugepages',
  'grep -i huge /proc/meminfo | sort -rn -k2 | head -3',
  'ps aux | wc -l',
  'virsh domstats debian12 --balloon',
  'for i in $(seq 20); do echo $i; done',
];

const [address] = process.argv.slice(2);
const { executablePath, env } = JSON.parse(process.env.PAGEWALK_BROWSER);
const browser = await chromium.launch({ executablePath, env: { ...process.env, ...env } });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(`${address}en/playground/console/`);
const field = page.locator('.console textarea');
await field.waitFor();

async function run(command) {
  await field.fill(command);
  await field.press('Enter');
  await page.locator('.line.busy').waitFor({ state: 'detached' });
}
// A guest lives meanwhile, and every part of the code is here.
await run('virsh start debian12');
for (const command of COMMANDS) await run(command);

/** One command, letter by letter, then Enter. */
const typed = (command) =>
  field.evaluate(async (element, command) => {
    const log = document.querySelector('[role="log"]');
    // The page updates itself in a microtask.
    const laidOut = async () => {
      for (let round = 0; round < 10; round++) await Promise.resolve();
      log.getBoundingClientRect();
    };
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const keys = [];
    element.focus();
    for (const letter of command) {
      const started = performance.now();
      document.execCommand('insertText', false, letter);
      await laidOut();
      keys.push(performance.now() - started);
      await frame();
    }
    const entries = () => log.querySelectorAll('h3').length;
    const regions = () => [...log.querySelectorAll('[role="region"]')].at(-1)?.textContent ?? '';
    const before = entries();
    const started = performance.now();
    element.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }),
    );
    let echo = null;
    let output = null;
    while (output === null && performance.now() - started < 5000) {
      await laidOut();
      const now = performance.now() - started;
      if (echo === null && entries() > before) echo = now;
      if (echo !== null && regions() !== '' && document.querySelector('.line.busy') === null) {
        output = now;
      } else await frame();
    }
    return { keys, echo, output };
  }, command);

const quantile = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
const results = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const command of COMMANDS) results.push({ command, ...(await typed(command)) });
}
const table = (name, values) =>
  console.log(
    `${name.padEnd(54)}${[0.5, 0.95, 1].map((part) => quantile(values, part).toFixed(1).padStart(8)).join('')}`,
  );
const numbers = (key, of = results) => of.map((result) => result[key]).filter((ms) => ms !== null);
console.log(
  `${''.padEnd(54)}${['median', '95 %', 'most'].map((head) => head.padStart(8)).join('')}`,
);
table(
  'key',
  results.flatMap(({ keys }) => keys),
);
table('echo', numbers('echo'));
table('output', numbers('output'));
for (const command of COMMANDS) {
  table(
    `  ${command}`,
    numbers(
      'output',
      results.filter((result) => result.command === command),
    ),
  );
}
await browser.close();
