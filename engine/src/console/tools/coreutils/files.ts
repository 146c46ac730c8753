import { allocated, contentLength } from '../../fs/content.ts';
import { FileSystem, typeOf } from '../../fs/file-system.ts';
import type { Place } from '../../fs/file-system.ts';
import type { Stat } from '../../fs/node.ts';
import { Errno } from '../../os/errno.ts';
import { TURN } from '../../os/process.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import { Quit, missingOperand, modeOf, options, sizeOf, strftime, tryHelp } from './common.ts';

/** Commands that make, move and remove files: mkdir, rmdir, rm, cp, mv, ln, touch, chmod, chown, truncate … */

/** Does something with each name; what fails is said, and the next comes. */
function each(
  process: Process,
  names: readonly string[],
  body: (name: string) => void,
  say: (name: string) => string,
): number {
  let status = 0;
  for (const name of names) {
    try {
      body(name);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`${say(name)}: ${error.message}`);
    }
  }
  return status;
}

const join = (folder: string, name: string): string =>
  folder.endsWith('/') ? folder + name : `${folder}/${name}`;
const last = (path: string): string => path.replace(/\/+$/, '').replace(/^.*\//, '') || '/';

export function mkdir(process: Process): number {
  const given = options(process, 'pm:v', { parents: 'p', mode: 'm:', verbose: 'v' });
  if (given.operands.length === 0) throw missingOperand(process);
  const { fs } = process.system;
  const mode = modeOf(given.value('m') ?? '', 0o777, true, 0) ?? 0o777 & ~process.umask;
  const make = (path: string): void => {
    fs.mkdir(path, process.cwd, mode);
    if (given.has('v')) process.print(`mkdir: created directory '${path}'\n`);
  };
  return each(
    process,
    given.operands,
    (name) => {
      if (!given.has('p')) {
        make(name);
        return;
      }
      let path = '';
      for (const part of name.split('/')) {
        path += path === '' && part !== '' && !name.startsWith('/') ? part : `/${part}`;
        if (part === '' || part === '.' || part === '..') continue;
        const at = path.replace(/\/+/g, '/');
        if (fs.exists(at, process.cwd)) {
          if (fs.stat(at, process.cwd).type !== 'directory')
            throw new Errno(at === name ? 'EEXIST' : 'ENOTDIR');
        } else make(at);
      }
    },
    (name) => `cannot create directory ‘${name}’`,
  );
}

export function rmdir(process: Process): number {
  const given = options(process, 'pv', {
    parents: 'p',
    verbose: 'v',
    'ignore-fail-on-non-empty': '@ignore',
  });
  if (given.operands.length === 0) throw missingOperand(process);
  return each(
    process,
    given.operands,
    (name) => {
      process.system.fs.rmdir(name, process.cwd);
    },
    (name) => `failed to remove '${name}'`,
  );
}

/** Everything in a folder, then the folder. */
function removeTree(process: Process, path: string): number {
  const { fs } = process.system;
  const place = fs.find(path, process.cwd, false);
  if (typeOf(place) !== 'directory') {
    fs.unlink(path, process.cwd);
    return 0;
  }
  let status = 0;
  for (const name of fs.listOf(place)) {
    const child = join(path, name);
    try {
      status |= removeTree(process, child);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`cannot remove '${child}': ${error.message}`);
    }
  }
  if (status === 0) fs.rmdir(path, process.cwd);
  return status;
}

export function rm(process: Process): number {
  const given = options(process, 'rRfidvI', {
    recursive: 'r',
    force: 'f',
    dir: 'd',
    verbose: 'v',
    'no-preserve-root': '@no',
    'preserve-root': '@yes',
  });
  const force = given.has('f');
  if (given.operands.length === 0) {
    if (force) return 0;
    throw missingOperand(process);
  }
  const recursive = given.has('r') || given.has('R');
  let status = 0;
  for (const name of given.operands) {
    try {
      if (/^(.*\/)?\.\.?\/*$/.test(name)) {
        status = process.fail(`refusing to remove '.' or '..' directory: skipping '${name}'`);
        continue;
      }
      const place = process.system.fs.find(name, process.cwd, false);
      if (typeOf(place) === 'directory') {
        if (place.path === '/') {
          process.fail("it is dangerous to operate recursively on '/'");
          status = process.fail('use --no-preserve-root to override this failsafe');
        } else if (recursive) status |= removeTree(process, name);
        else if (given.has('d')) process.system.fs.rmdir(name, process.cwd);
        else throw new Errno('EISDIR');
      } else process.system.fs.unlink(name, process.cwd);
      if (given.has('v')) process.print(`removed '${name}'\n`);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (force && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) continue;
      status = process.fail(`cannot remove '${name}': ${error.message}`);
    }
  }
  return status;
}

/** Where each source goes: into a folder, or to the one name given. */
function targets(
  process: Process,
  operands: readonly string[],
  into: string | undefined,
): [from: string, to: string][] {
  const sources = into === undefined ? operands.slice(0, -1) : operands;
  const target = into ?? operands.at(-1) ?? '';
  if (operands.length === 0) {
    process.fail('missing file operand');
    throw tryHelp(process);
  }
  if (sources.length === 0) throw missingOperand(process, operands[0]);
  let isFolder = false;
  try {
    isFolder = typeOf(process.system.fs.find(target, process.cwd)) === 'directory';
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
  if (!isFolder && (sources.length > 1 || into !== undefined)) {
    process.fail(
      `target '${target}': ${process.system.fs.exists(target, process.cwd) ? 'Not a directory' : 'No such file or directory'}`,
    );
    throw new Quit(1);
  }
  return sources.map((source) => [source, isFolder ? join(target, last(source)) : target]);
}

function* copyFile(process: Process, from: string, to: string): Step {
  const { fs } = process.system;
  const stat = fs.stat(from, process.cwd);
  const input = fs.open(from, process.cwd, { read: true });
  try {
    const output = fs.open(to, process.cwd, {
      write: true,
      create: true,
      truncate: true,
      mode: stat.mode & ~process.umask,
    });
    try {
      for (
        let part = input.readExtents(2 ** 20);
        part !== null;
        part = input.readExtents(2 ** 20)
      ) {
        output.writeExtents(part);
        yield TURN;
      }
    } finally {
      output.open.close();
    }
  } finally {
    input.open.close();
  }
}

function* copyTree(
  process: Process,
  from: string,
  to: string,
  recursive: boolean,
  keep: boolean,
): Step<number> {
  const { fs } = process.system;
  let place: Place;
  try {
    place = fs.find(from, process.cwd, !recursive);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return process.fail(`cannot stat '${from}': ${error.message}`);
  }
  const type = typeOf(place);
  if (type === 'directory' && !recursive) {
    return process.fail(`-r not specified; omitting directory '${from}'`);
  }
  const there = fs.exists(to, process.cwd) ? fs.find(to, process.cwd) : null;
  if (there !== null && there.path === place.path) {
    return process.fail(`'${from}' and '${to}' are the same file`);
  }
  try {
    if (type === 'directory') {
      if (`${FileSystem.absolute(to, process.cwd)}/`.startsWith(`${place.path}/`)) {
        return process.fail(`cannot copy a directory, '${from}', into itself, '${to}'`);
      }
      if (there === null) fs.mkdir(to, process.cwd, fs.statOf(place).mode);
      let status = 0;
      for (const name of fs.listOf(place)) {
        status |= yield* copyTree(process, join(from, name), join(to, name), recursive, keep);
      }
      return status;
    }
    if (type === 'link') {
      if (there !== null) fs.unlink(to, process.cwd);
      fs.symlink(fs.statOf(place).target ?? '', to, process.cwd);
      return 0;
    }
    yield* copyFile(process, from, to);
    if (keep) {
      const { mode, mtime } = fs.statOf(place);
      fs.chmod(to, process.cwd, mode);
      fs.setTime(to, process.cwd, mtime);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    const what =
      error.code === 'EISDIR' ? 'cannot overwrite directory' : 'cannot create regular file';
    return process.fail(`${what} '${to}': ${error.message}`);
  }
}

export function* cp(process: Process): Program {
  const given = options(process, 'arRfpnuvidLPTt:l', {
    archive: 'a',
    recursive: 'r',
    force: 'f',
    preserve: 'p::',
    'no-clobber': 'n',
    verbose: 'v',
    'target-directory': 't:',
    sparse: '@:',
    reflink: '@::',
  });
  const recursive = given.has('a') || given.has('r') || given.has('R');
  let status = 0;
  for (const [from, to] of targets(process, given.operands, given.value('t'))) {
    if (given.has('n') && process.system.fs.exists(to, process.cwd)) continue;
    const result = yield* copyTree(process, from, to, recursive, given.has('a') || given.has('p'));
    status |= result;
    if (result === 0 && given.has('v')) process.print(`'${from}' -> '${to}'\n`);
  }
  return status;
}

export function* mv(process: Process): Program {
  const given = options(process, 'finuvTt:', {
    force: 'f',
    'no-clobber': 'n',
    verbose: 'v',
    'target-directory': 't:',
  });
  const { fs } = process.system;
  let status = 0;
  for (const [from, to] of targets(process, given.operands, given.value('t'))) {
    if (given.has('n') && fs.exists(to, process.cwd)) continue;
    try {
      fs.find(from, process.cwd, false);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`cannot stat '${from}': ${error.message}`);
      continue;
    }
    try {
      fs.rename(from, to, process.cwd);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code === 'EXDEV') {
        // To another file system: a copy, and the old one goes.
        const result = yield* copyTree(process, from, to, true, true);
        status |= result === 0 ? removeTree(process, from) : result;
      } else status = process.fail(`cannot move '${from}' to '${to}': ${error.message}`);
      continue;
    }
    if (given.has('v')) process.print(`renamed '${from}' -> '${to}'\n`);
  }
  return status;
}

export function ln(process: Process): number {
  const given = options(process, 'sfnvrTt:', {
    symbolic: 's',
    force: 'f',
    'no-dereference': 'n',
    verbose: 'v',
  });
  const { fs } = process.system;
  const operands = given.operands.length === 1 ? [...given.operands, '.'] : given.operands;
  let status = 0;
  for (const [from, to] of targets(process, operands, given.value('t'))) {
    const kind = given.has('s') ? 'symbolic' : 'hard';
    try {
      if (given.has('f') && fs.exists(to, process.cwd)) fs.unlink(to, process.cwd);
      if (given.has('s')) fs.symlink(from, to, process.cwd);
      else {
        if (typeOf(fs.find(from, process.cwd, false)) === 'directory') {
          status = process.fail(`${from}: hard link not allowed for directory`);
          continue;
        }
        fs.link(from, to, process.cwd);
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status =
        error.code === 'ENOENT' && kind === 'hard' && !fs.exists(from, process.cwd)
          ? process.fail(`failed to access '${from}': ${error.message}`)
          : process.fail(`failed to create ${kind} link '${to}': ${error.message}`);
    }
  }
  return status;
}

export function touch(process: Process): number {
  const given = options(process, 'acd:mr:t:h', { 'no-create': 'c', date: 'd:', reference: 'r:' });
  if (given.operands.length === 0) {
    process.fail('missing file operand');
    throw tryHelp(process);
  }
  const { fs, clock } = process.system;
  return each(
    process,
    given.operands,
    (name) => {
      if (!fs.exists(name, process.cwd)) {
        if (given.has('c')) return;
        fs.open(name, process.cwd, {
          write: true,
          create: true,
          mode: 0o666 & ~process.umask,
        }).open.close();
        return;
      }
      if (fs.find(name, process.cwd).kind === 'inode') fs.setTime(name, process.cwd, clock.wall);
    },
    (name) => `cannot touch '${name}'`,
  );
}

function* tree(process: Process, path: string, recursive: boolean): Generator<string> {
  yield path;
  const { fs } = process.system;
  if (!recursive || typeOf(fs.find(path, process.cwd, false)) !== 'directory') return;
  for (const name of fs.list(path, process.cwd)) yield* tree(process, join(path, name), true);
}

export function chmod(process: Process): number {
  // A mode such as -x is no option.
  const words = process.args;
  const flags = words.filter((word) => /^-[Rcfv]+$|^--/.test(word));
  const [mode, ...names] = words.filter((word) => !flags.includes(word));
  if (mode === undefined) throw missingOperand(process);
  if (names.length === 0) {
    process.fail(`missing operand after ‘${mode}’`);
    throw tryHelp(process);
  }
  const { fs } = process.system;
  if (modeOf(mode, 0, false, 0) === null) {
    process.fail(`invalid mode: ‘${mode}’`);
    throw tryHelp(process);
  }
  let status = 0;
  for (const name of names) {
    try {
      const recursive = flags.some((flag) => flag.includes('R') || flag === '--recursive');
      fs.find(name, process.cwd);
      for (const path of tree(process, name, recursive)) {
        const stat = fs.stat(path, process.cwd);
        const value =
          modeOf(mode, stat.mode, stat.type === 'directory', process.umask) ?? stat.mode;
        try {
          fs.chmod(path, process.cwd, value);
        } catch (error) {
          if (!(error instanceof Errno)) throw error;
          status = process.fail(`changing permissions of '${path}': ${error.message}`);
        }
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`cannot access '${name}': ${error.message}`);
    }
  }
  return status;
}

export function chown(process: Process): number {
  const given = options(process, 'Rhvcf', { recursive: 'R' });
  const [owner, ...names] = given.operands;
  if (owner === undefined) throw missingOperand(process);
  const { fs, users, groups } = process.system;
  const number = (
    name: string | undefined,
    among: ReadonlyMap<number, string>,
    what: string,
  ): number | null => {
    if (name === undefined || name === '') return null;
    if (/^\d+$/.test(name)) return Number(name);
    for (const [id, other] of among) if (other === name) return id;
    process.fail(`invalid ${what}: ‘${owner}’`);
    throw new Quit(1);
  };
  const [user, group] = process.name === 'chgrp' ? [undefined, owner] : owner.split(/[:.]/);
  const [uid, gid] = [number(user, users, 'user'), number(group, groups, 'group')];
  return each(
    process,
    names,
    (name) => {
      for (const path of tree(process, name, given.has('R'))) fs.chown(path, process.cwd, uid, gid);
    },
    (name) => `cannot access '${name}'`,
  );
}

export function truncate(process: Process): number {
  const given = options(process, 's:cr:o', { size: 's:', 'no-create': 'c', reference: 'r:' });
  const size = given.value('s');
  const { fs } = process.system;
  if (size === undefined && !given.has('r')) {
    process.fail("you must specify either '--size' or '--reference'");
    throw tryHelp(process);
  }
  if (given.operands.length === 0) {
    process.fail('missing file operand');
    throw tryHelp(process);
  }
  const sign = /^[-+<>/%]/.exec(size ?? '')?.[0] ?? '';
  const bytes =
    size === undefined
      ? fs.stat(given.value('r') ?? '', process.cwd).size
      : sizeOf(size.slice(sign.length));
  if (bytes === null) {
    process.fail(`Invalid number: ‘${size ?? ''}’`);
    return 1;
  }
  return each(
    process,
    given.operands,
    (name) => {
      if (!fs.exists(name, process.cwd)) {
        if (given.has('c')) return;
        fs.open(name, process.cwd, {
          write: true,
          create: true,
          mode: 0o666 & ~process.umask,
        }).open.close();
      }
      const now = fs.stat(name, process.cwd).size;
      const wanted =
        sign === '+'
          ? now + bytes
          : sign === '-'
            ? Math.max(0, now - bytes)
            : sign === '<'
              ? Math.min(now, bytes)
              : sign === '>'
                ? Math.max(now, bytes)
                : bytes;
      fs.truncate(name, process.cwd, wanted);
    },
    (name) => `cannot open '${name}' for writing`,
  );
}

// Looking.

const LETTERS: Record<Stat['type'], string> = {
  file: '-',
  directory: 'd',
  link: 'l',
  character: 'c',
  block: 'b',
};

/** `drwxr-xr-x`. */
export function modeText({ type, mode }: Pick<Stat, 'type' | 'mode'>): string {
  const rights = [6, 3, 0].map((shift, index) => {
    const bits = (mode >> shift) & 7;
    const special = (mode & [0o4000, 0o2000, 0o1000][index]!) !== 0;
    const letter = index === 2 ? 't' : 's';
    const execute = (bits & 1) !== 0;
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-';
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`;
  });
  return LETTERS[type] + rights.join('');
}

const NAMES: Record<Stat['type'], string> = {
  file: 'regular file',
  directory: 'directory',
  link: 'symbolic link',
  character: 'character special file',
  block: 'block special file',
};

export function stat(process: Process): number {
  const given = options(process, 'Lc:ft', { dereference: 'L', format: 'c:', printf: '@printf:' });
  if (given.operands.length === 0) throw missingOperand(process);
  const { fs, users, groups } = process.system;
  return each(
    process,
    given.operands,
    (name) => {
      const place = fs.find(name, process.cwd, given.has('L'));
      const info = fs.statOf(place);
      const time = (ms: number): string =>
        `${strftime('%F %T', ms)}.${String((ms % 1000) * 1_000_000).padStart(9, '0')} +0000`;
      const fields: Record<string, string> = {
        a: info.mode.toString(8),
        A: modeText(info),
        b: String(info.blocks),
        B: '512',
        d: '65025',
        F: info.type === 'file' && info.size === 0 ? 'regular empty file' : NAMES[info.type],
        g: String(info.gid),
        G: groups.get(info.gid) ?? 'UNKNOWN',
        h: String(info.nlink),
        i: String(info.ino),
        m: place.mount.target,
        n: name,
        N: info.target === null ? `'${name}'` : `'${name}' -> '${info.target}'`,
        o: '4096',
        s: String(info.size),
        t: (info.device?.[0] ?? 0).toString(16),
        T: (info.device?.[1] ?? 0).toString(16),
        u: String(info.uid),
        U: users.get(info.uid) ?? 'UNKNOWN',
        x: time(info.mtime),
        y: time(info.mtime),
        z: time(info.mtime),
        w: '-',
        X: String(Math.floor(info.mtime / 1000)),
        Y: String(Math.floor(info.mtime / 1000)),
        Z: String(Math.floor(info.mtime / 1000)),
        '%': '%',
      };
      const fill = (format: string): string =>
        format.replace(/%([a-zA-Z%])/g, (_, key: string) => fields[key] ?? '?');
      const format = given.value('c');
      const printf = given.value('@printf');
      if (printf !== undefined)
        process.print(fill(printf).replaceAll('\\n', '\n').replaceAll('\\t', '\t'));
      else if (format !== undefined) process.print(`${fill(format)}\n`);
      else {
        const device =
          info.device === null ? '' : `     Device type: ${fields['t'] ?? ''},${fields['T'] ?? ''}`;
        process.print(
          fill(
            `  File: ${info.target === null ? '%n' : `%n -> ${info.target}`}\n  Size: ${String(info.size).padEnd(10)}\tBlocks: ${String(info.blocks).padEnd(10)} IO Block: 4096   %F\nDevice: 254,1\tInode: ${String(info.ino).padEnd(10)}  Links: %h${device}\nAccess: (${info.mode.toString(8).padStart(4, '0')}/%A)  Uid: (${String(info.uid).padStart(5)}/${(fields['U'] ?? '').padStart(8)})   Gid: (${String(info.gid).padStart(5)}/${(fields['G'] ?? '').padStart(8)})\nAccess: %x\nModify: %y\nChange: %z\n Birth: -\n`,
          ),
        );
      }
    },
    (name) => `cannot statx '${name}'`,
  );
}

export function readlink(process: Process): number {
  const given = options(process, 'fenmqsvz', {
    canonicalize: 'f',
    'canonicalize-existing': 'e',
    'canonicalize-missing': 'm',
    'no-newline': 'n',
  });
  if (given.operands.length === 0) throw missingOperand(process);
  const { fs } = process.system;
  const isReal = process.name === 'realpath';
  let status = 0;
  for (const name of given.operands) {
    try {
      let text: string;
      if (isReal || given.has('f') || given.has('e') || given.has('m')) {
        try {
          text = fs.find(name, process.cwd).path;
        } catch (error) {
          if (!(error instanceof Errno) || error.code !== 'ENOENT' || given.has('e')) throw error;
          // The last part need not be there.
          if (given.has('m')) text = FileSystem.absolute(name, process.cwd);
          else {
            const { folder, name: rest } = fs.parent(name, process.cwd);
            text = join(folder.path, rest);
          }
        }
      } else {
        const { target } = fs.stat(name, process.cwd, false);
        if (target === null) throw new Errno('EINVAL');
        text = target;
      }
      process.print(`${text}${given.has('n') ? '' : '\n'}`);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = 1;
      if (isReal) process.fail(`${name}: ${error.message}`);
    }
  }
  return status;
}

/** Bytes on the disk of a file, or of everything in a folder. */
function usage(
  process: Process,
  path: string,
  apparent: boolean,
  show: (path: string, bytes: number, depth: number) => void,
  depth = 0,
): number {
  const { fs } = process.system;
  const place = fs.find(path, process.cwd, false);
  if (typeOf(place) !== 'directory') {
    if (place.kind === 'virtual') return 0;
    const content = place.inode.content ?? [];
    return apparent ? contentLength(content) : Math.ceil(allocated(content) / 4096) * 4096;
  }
  let sum = 4096;
  for (const name of fs.listOf(place)) {
    const child = join(path, name);
    const bytes = usage(process, child, apparent, show, depth + 1);
    sum += bytes;
    if (typeOf(fs.find(child, process.cwd, false)) !== 'directory') show(child, -bytes, depth + 1);
  }
  show(path, sum, depth);
  return sum;
}

export function du(process: Process): number {
  const given = options(process, 'hsackbmd:x', {
    'human-readable': 'h',
    summarize: 's',
    all: 'a',
    bytes: 'b',
    total: 'c',
    'max-depth': 'd:',
    'apparent-size': '@apparent',
  });
  const names = given.operands.length > 0 ? given.operands : ['.'];
  const apparent = given.has('b') || given.has('@apparent');
  const depthMost = given.has('s') ? 0 : Number(given.value('d') ?? Number.MAX_SAFE_INTEGER);
  const shown = (bytes: number): string => {
    if (given.has('h')) return humanSize(bytes);
    if (given.has('b')) return String(bytes);
    return String(Math.ceil(bytes / (given.has('m') ? 2 ** 20 : 1024)));
  };
  let total = 0;
  const status = each(
    process,
    names,
    (name) => {
      const bytes = usage(process, name, apparent, (path, size, depth) => {
        if (depth === 0 || depth > depthMost || (size < 0 && !given.has('a'))) return;
        process.print(`${shown(Math.abs(size))}\t${path}\n`);
      });
      total += bytes;
      process.print(`${shown(bytes)}\t${name}\n`);
    },
    (name) => `cannot access '${name}'`,
  );
  if (given.has('c')) process.print(`${shown(total)}\ttotal\n`);
  return status;
}

function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const letter = 'KMGTPE'[unit] ?? '';
  return value < 10
    ? `${(Math.ceil(value * 10) / 10).toFixed(1)}${letter}`
    : `${Math.ceil(value)}${letter}`;
}

export function mktemp(process: Process): number {
  const given = options(process, 'dqup:t', { directory: 'd', 'dry-run': 'u', tmpdir: 'p::' });
  const template = given.operands[0] ?? 'tmp.XXXXXXXXXX';
  const marks = /X{3,}(?=[^X/]*$)/.exec(template);
  if (marks === null) {
    process.fail(`too few X's in template ‘${template}’`);
    return 1;
  }
  const { fs } = process.system;
  const folder =
    given.value('p') ??
    (given.operands.length === 0 || given.has('t') ? (process.env.get('TMPDIR') ?? '/tmp') : '');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  for (let seed = process.pid * 7919; ; seed++) {
    let value = (seed * 2654435761) % 2 ** 32;
    let letters = '';
    for (const mark of marks[0]) {
      void mark;
      letters += alphabet[value % 62] ?? 'a';
      value = (value * 48271 + 11) % 2147483647;
    }
    const name = template.replace(/X{3,}(?=[^X/]*$)/, letters);
    const path = folder === '' ? name : join(folder, name);
    if (fs.exists(path, process.cwd)) continue;
    try {
      if (!given.has('u')) {
        if (given.has('d')) fs.mkdir(path, process.cwd, 0o700);
        else fs.write(FileSystem.absolute(path, process.cwd), '', '/', 0o600);
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return process.fail(`failed to create file via template ‘${template}’: ${error.message}`);
    }
    process.print(`${path}\n`);
    return 0;
  }
}
