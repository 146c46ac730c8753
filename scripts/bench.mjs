import { join } from 'node:path';
import { findBrowser } from './browser.mjs';
import { buildEngine } from './build-engine.mjs';
import { BUILT, buildSite } from './build-site.mjs';
import { Failure, ROOT, install, main, run } from './project.mjs';
import { serve } from './serve.mjs';

/** `npm run bench`: measures, and judges nothing. Machines differ; compare on one. */

const HELP = `Usage: npm run bench [-- PART...]

  engine   TLB lookups and page walks, against C and plain JavaScript
  replay   ten million lines of a trace through five designs
  history  going back in a run of ten thousand steps
  host     a host of 64 GiB with 48 guests, for a minute
  site     one step of the player, in a browser
  frames   the map of a host of 64 GiB, dragged and zoomed in a browser
  console  from a key to what it shows, at the console in a browser

Without a part: all of them. PAGEWALK_ROUNDS is the number of rounds of the first two.
`;

async function measure(title, script, args = [], options = {}) {
  console.log(`\n${title}`);
  const status = await run(process.execPath, [script, ...args], options);
  if (status !== 0) throw new Failure('the benchmark failed; its message is above.');
}

async function engine() {
  await buildEngine();
  await measure('The engine, C and JavaScript', join(ROOT, 'engine', 'bench', 'engine.mjs'));
}

async function replay() {
  await buildEngine();
  await measure('A long trace', join(ROOT, 'engine', 'bench', 'replay.mjs'));
}

async function host() {
  await buildEngine();
  await measure('A large host', join(ROOT, 'engine', 'bench', 'host.mjs'));
}

async function history() {
  await buildEngine();
  await measure('Going back', join(ROOT, 'engine', 'bench', 'history.mjs'));
}

/** A script of the browser's tests, on the built site. */
async function inBrowser(title, script) {
  await buildSite();
  const browser = await findBrowser();
  const { url, close } = await serve({ root: BUILT, port: 0 });
  try {
    await measure(title, join(ROOT, 'e2e', 'bench', script), [url], {
      cwd: join(ROOT, 'e2e'),
      env: { ...process.env, PAGEWALK_BROWSER: JSON.stringify(browser) },
    });
  } finally {
    await close();
  }
}

const site = () => inBrowser('One step of the player', 'step.mjs');

const frames = () => inBrowser('The map of a large host', 'frames.mjs');

const console_ = () => inBrowser('The console, from a key to what it shows', 'console.mjs');

const PARTS = { engine, replay, history, host, site, frames, console: console_ };

await main(async () => {
  const names = process.argv.slice(2);
  if (names.includes('--help') || names.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) throw new Failure(`no part '${unknown}'\n\n${HELP}`);
  await install();
  for (const name of names.length > 0 ? names : Object.keys(PARTS)) await PARTS[name]();
});
