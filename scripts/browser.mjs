import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { CACHE, Failure, ROOT, isMain, main, run, runNpm, toolPath } from './project.mjs';

/**
 * Finds a Chromium for the end-to-end tests, and where there is none, brings one. Each way is tried
 * in turn; when all have failed, so have the tests: a run without a browser must not look green.
 */

/** Pinned: what it is tested with. Carries its own libraries; Linux on x64 only. */
const PACKED = '@sparticuz/chromium@153.0.0';

const SYSTEM = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/opt/google/chrome/chrome',
    '/usr/bin/microsoft-edge',
    '/snap/bin/chromium',
  ],
  darwin: ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
    ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (name) => `${folder}/${name}.app/Contents/MacOS/${name}`,
    ),
  ),
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) =>
      [
        'Google\\Chrome\\Application\\chrome.exe',
        'Chromium\\Application\\chrome.exe',
        'Microsoft\\Edge\\Application\\msedge.exe',
      ].map((path) => join(folder, path)),
    ),
};

const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Why a browser does not start, or nothing. One may be there and lack its libraries. (On Windows
 * `--version` would open a window.)
 */
function faultOf({ executablePath, env }) {
  if (process.platform === 'win32') return undefined;
  const { error, status, stderr } = spawnSync(executablePath, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 30_000,
  });
  if (error === undefined && status === 0) return undefined;
  return error?.message ?? (stderr.trim().split('\n')[0] || `exit status ${status}`);
}

/** The browsers that Playwright itself has fetched, headless shell and full. */
async function playwrightsOwn() {
  const require = createRequire(join(ROOT, 'e2e', 'package.json'));
  const { chromium } = require('@playwright/test');
  const full = chromium.executablePath();
  const found = [full];
  // …/chromium-1234/chrome-linux/chrome has its shell in …/chromium_headless_shell-1234/*/.
  const shell = dirname(dirname(full)).replace(/chromium-(\d+)$/, 'chromium_headless_shell-$1');
  if (existsSync(shell)) {
    for (const folder of readdirSync(shell)) {
      for (const name of ['headless_shell', 'chrome-headless-shell']) {
        found.push(join(shell, folder, name), join(shell, folder, `${name}.exe`));
      }
    }
  }
  return found;
}

/** A Chromium in an npm package, unpacked into the cache of this project. */
async function packed() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const folder = join(CACHE, 'chromium');
  const module = join(folder, 'node_modules', '@sparticuz', 'chromium');
  if (!existsSync(module)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    say(`Installing ${PACKED} into ${folder}`);
    const status = await runNpm(
      ['install', '--no-fund', '--no-audit', '--prefix', folder, PACKED],
      {
        cwd: folder,
        toStderr: true,
      },
    );
    if (status !== 0) return [];
  }
  // It unpacks into the temporary folder, and takes what is there already for whole.
  const unpacked = join(folder, 'unpacked');
  const whole = join(unpacked, 'whole');
  if (!existsSync(whole)) rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const { TMPDIR } = process.env;
  process.env.TMPDIR = unpacked;
  const { default: chromium, inflate } = await import(
    pathToFileURL(join(module, 'build', 'index.js')).href
  );
  const executablePath = await chromium.executablePath();
  const libraries = await inflate(join(module, 'bin', 'al2023.tar.br'));
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  writeFileSync(whole, '');
  const paths = [join(libraries, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return [{ executablePath, env: { LD_LIBRARY_PATH: paths.join(delimiter) } }];
}

/** Playwright's download, where its host can be reached. */
async function playwrightInstall() {
  const args = [toolPath('playwright'), 'install', '--only-shell', 'chromium'];
  const status = await run(process.execPath, args, { toStderr: true });
  return status === 0 ? playwrightsOwn() : [];
}

/** Debian's package, for who may install it. */
async function debian() {
  const root = process.getuid?.() === 0;
  if (process.platform !== 'linux' || !root || !existsSync('/usr/bin/apt-get')) return [];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, toStderr: true };
  if ((await run('apt-get', ['update'], options)) !== 0) return [];
  const install = ['install', '-y', '--no-install-recommends', 'chromium'];
  return (await run('apt-get', install, options)) === 0 ? SYSTEM.linux : [];
}

/** The ways, in order: how each is called, and the browsers that it gives. */
export const WAYS = {
  playwright: playwrightsOwn,
  system: async () => SYSTEM[process.platform] ?? [],
  packed,
  'playwright-install': playwrightInstall,
  debian,
};

/**
 * A browser that starts: its path, and what it needs in the environment. `CHROME_PATH` is taken at
 * its word.
 */
export async function findBrowser(ways = Object.keys(WAYS)) {
  const asked = process.env.CHROME_PATH;
  if (asked) {
    const browser = { executablePath: asked, env: {} };
    const fault = existsSync(asked) ? faultOf(browser) : 'there is no such file';
    if (fault !== undefined) throw new Failure(`CHROME_PATH=${asked}: ${fault}`);
    return browser;
  }
  const tried = [];
  for (const way of ways) {
    let candidates;
    try {
      candidates = await WAYS[way]();
    } catch (error) {
      tried.push(`${way}: ${error.message}`);
      continue;
    }
    const before = tried.length;
    for (const candidate of candidates) {
      const browser =
        typeof candidate === 'string' ? { executablePath: candidate, env: {} } : candidate;
      if (!existsSync(browser.executablePath)) continue;
      const fault = faultOf(browser);
      if (fault === undefined) return browser;
      tried.push(`${way}: ${browser.executablePath}: ${fault}`);
    }
    if (tried.length === before) tried.push(`${way}: none`);
  }
  throw new Failure(
    `No browser for the end-to-end tests. Tried:\n${tried.map((line) => `  ${line}`).join('\n')}\n` +
      'Install Chromium or Chrome, or set CHROME_PATH to one.',
  );
}

if (isMain(import.meta.url)) {
  // One line of JSON, for who starts a browser in another process. `--way NAME` tries that alone.
  await main(async () => {
    const way = process.argv.indexOf('--way');
    const ways = way === -1 ? undefined : [process.argv[way + 1]];
    console.log(JSON.stringify(await findBrowser(ways)));
  });
}
