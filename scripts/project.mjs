import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What the scripts share. Node built-ins only: `npm start` and `npm test` run before anything is
 * installed.
 */

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Kept between runs, lost with node_modules: stamps of builds, a browser of last resort. */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'pagewalk');

export const inCi = process.env.CI !== undefined && !['', '0', 'false'].includes(process.env.CI);

/** A mistake that the reader of the message can mend: shown without a stack. */
export class Failure extends Error {}

/** Whether the module at `url` is the one that Node was started with. */
export const isMain = (url) =>
  process.argv[1] !== undefined && fileURLToPath(url) === resolve(process.argv[1]);

/** Runs a script's main function; a `Failure` is one line on standard error and exit status 1. */
export async function main(run) {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/**
 * Runs a program and shows what it prints. Resolves to its exit status; 1 where a signal ended it.
 * `toStderr` keeps standard output clean for what a caller pipes on.
 */
export function run(command, args, { cwd = ROOT, env = process.env, toStderr = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', toStderr ? 2 : 'inherit', 'inherit'],
      // Windows starts .cmd files only through a shell.
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
    });
    child.once('error', fail);
    child.once('exit', (status) => done(status ?? 1));
  });
}

/** Runs a JavaScript program of an installed package with this Node, as `.bin` would. */
export function runTool(tool, args, options) {
  return run(process.execPath, [toolPath(tool), ...args], options);
}

/** The file of a package's program: `tsc`, or `package/program` where the names differ. */
export function toolPath(tool) {
  const [name, program = name] = tool.startsWith('@') ? [tool] : tool.split('/');
  const manifest = packageManifest(name);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const file = typeof bin === 'string' ? bin : (bin[program] ?? Object.values(bin)[0]);
  return join(dirname(manifest), file);
}

/** A package's package.json, which its exports may hide. Tools of a room may lie in that room. */
function packageManifest(name) {
  for (const room of ['', 'engine', 'site', 'e2e']) {
    const file = join(ROOT, room, 'node_modules', name, 'package.json');
    if (existsSync(file)) return file;
  }
  return createRequire(import.meta.url).resolve(`${name}/package.json`);
}

/** Runs npm: the one that started us, else the one on the path. */
export function runNpm(args, options) {
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.c?js$/.test(npm)) {
    return run(process.execPath, [npm, ...args], options);
  }
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options);
}

/** Files below the given files and folders, in a fixed order; names in `skip` are left out. */
export function filesOf(paths, skip = ['node_modules', 'build', '.svelte-kit', '.git']) {
  const found = [];
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isFile()) {
      found.push(path);
      return;
    }
    for (const name of readdirSync(path).sort()) {
      if (!skip.includes(name)) visit(join(path, name));
    }
  };
  paths.forEach(visit);
  return found;
}

/** One hash over names and contents. */
export function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(relative(ROOT, file).split(sep).join('/'));
    hash.update('\0');
    hash.update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

/**
 * Whether what was built is still what these sources give. Contents are compared, not times: a
 * checkout changes times, and a build by other means must be noticed too.
 */
export function isFresh(name, inputs, outputs) {
  const stamp = join(CACHE, `${name}.json`);
  if (!existsSync(stamp) || outputs.length === 0) return false;
  try {
    const { inputs: was, outputs: made } = JSON.parse(readFileSync(stamp, 'utf8'));
    return was === hashOf(inputs) && made === hashOf(outputs);
  } catch {
    return false;
  }
}

/** Remembers what was built from what. `inputs` is the hash taken before the build. */
export function stamp(name, inputs, outputs) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(
    join(CACHE, `${name}.json`),
    `${JSON.stringify({ inputs, outputs: hashOf(outputs) })}\n`,
  );
}

/** Whether node_modules holds what package-lock.json asks for. */
export function isInstalled(root = ROOT) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    // The rooms themselves are listed only in the lock; their links are in both.
    if (!path.includes('node_modules/')) continue;
    const installed = present[path];
    if (installed === undefined) {
      // Binaries for other systems stay out.
      if (entry.optional || entry.devOptional || entry.peer) continue;
      return false;
    }
    if (installed.version !== entry.version) return false;
  }
  return true;
}

/** Installs what package-lock.json asks for, unless it is there. */
export async function install() {
  if (isInstalled()) return;
  console.log('Installing (npm ci)');
  if ((await runNpm(['ci'])) !== 0) throw new Failure('npm ci failed; its message is above.');
}

/** Milliseconds as a reader wants them. */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
