import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Failure, inCi, install, main } from './project.mjs';
import { portOf, serve } from './serve.mjs';

/** `npm start`: from a fresh clone to the site in the browser. */

const HELP = `Usage: npm start -- [options]

Installs and builds what is not there yet, and serves the site.

  --port N      at this port; without it the first free one from 4173 up
  --host NAME   for others than this machine too, as 0.0.0.0
  --base PATH   below a sub-path, as on some hosts
  --no-open     opens no browser
`;

/** The program with which this desktop opens an address; nothing where there is no desktop. */
function opener(url) {
  if (inCi || !process.stdout.isTTY || process.env.SSH_CONNECTION !== undefined) return undefined;
  if (process.platform === 'darwin') return ['open', [url]];
  if (process.platform === 'win32') return ['cmd', ['/c', 'start', '""', url]];
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open', [url]] : undefined;
}

function open(url) {
  const found = opener(url);
  if (found === undefined) return;
  const child = spawn(...found, { stdio: 'ignore', detached: true });
  // The address is on the screen; who has no such program can follow it by hand.
  child.on('error', () => undefined);
  child.unref();
}

await main(async () => {
  let options;
  try {
    options = parseArgs({
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        base: { type: 'string' },
        'no-open': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n\n${HELP}`);
  }
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const port = portOf(options.port);
  await install();
  const { BUILT, buildSite } = await import('./build-site.mjs');
  await buildSite();
  const { url } = await serve({
    root: BUILT,
    port,
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.host === undefined ? {} : { host: options.host }),
  });
  console.log(`\nPagewalk is at ${url}\nCtrl+C ends it.`);
  if (options['no-open'] !== true) open(url);
});
