import { regexOf } from '../../shell/pattern.ts';
import { typeOf } from '../../fs/file-system.ts';
import { Errno } from '../../os/errno.ts';
import type { Process, Program } from '../../os/process.ts';
import { procpsUsage, readOptions } from '../usage.ts';

/** sysctl(8) of procps-ng 4.0.2: reads and writes the files below /proc/sys. */

const USAGE = procpsUsage(
  'sysctl',
  '[options] [variable[=value] ...]',
  [
    '  -a, --all            display all variables',
    '  -A                   alias of -a',
    '  -X                   alias of -a',
    '      --deprecated     include deprecated parameters to listing',
    '      --dry-run        Print the key and values but do not write',
    '  -b, --binary         print value without new line',
    '  -e, --ignore         ignore unknown variables errors',
    '  -N, --names          print variable names without values',
    '  -n, --values         print only values of the given variable(s)',
    '  -p, --load[=<file>]  read values from file',
    '  -f                   alias of -p',
    '      --system         read values from all system directories',
    '  -r, --pattern <expression>',
    '                       select setting that match expression',
    '  -q, --quiet          do not echo variable set',
    '  -w, --write          enable writing a value to variable',
    '  -o                   does nothing',
    '  -x                   does nothing',
    '  -d                   alias of -h',
  ],
  8,
);

const ROOT = '/proc/sys/';
const FOLDERS = [
  '/run/sysctl.d',
  '/etc/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];

/** A key's path: the first of `.` and `/` in it is what separates. */
function pathOf(key: string): string {
  const dot = /[./]/.exec(key)?.[0] === '.';
  return ROOT + (dot ? key.replace(/[./]/g, (letter) => (letter === '.' ? '/' : '.')) : key);
}
function nameOf(path: string): string {
  return path.slice(ROOT.length).replace(/[./]/g, (letter) => (letter === '/' ? '.' : '/'));
}

class Sysctl {
  readonly #process: Process;
  readonly #has: (key: string) => boolean;
  readonly #pattern: RegExp | null;
  status = 0;

  constructor(process: Process, has: (key: string) => boolean, pattern: RegExp | null) {
    this.#process = process;
    this.#has = has;
    this.#pattern = pattern;
  }

  #fail(text: string): void {
    this.status = this.#process.fail(text);
  }

  #print(name: string, value: string): void {
    if (this.#has('N')) this.#process.print(`${name}\n`);
    else if (this.#has('b')) this.#process.print(value);
    else if (this.#has('n')) this.#process.print(`${value}\n`);
    else this.#process.print(`${name} = ${value}\n`);
  }

  read(key: string, quietly = false): void {
    const { fs } = this.#process.system;
    const path = pathOf(key);
    try {
      const place = fs.find(path, '/');
      if (typeOf(place) === 'directory') {
        for (const name of fs.listOf(place)) this.read(nameOf(`${path}/${name}`), true);
        return;
      }
      if (this.#pattern !== null && !this.#pattern.test(nameOf(path))) return;
      const { mode } = fs.statOf(place);
      // What can only be written has nothing to show.
      if ((mode & 0o444) === 0) return;
      const text = fs.read(path);
      for (const line of text.replace(/\n$/, '').split('\n')) this.#print(nameOf(path), line);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code === 'ENOENT') {
        if (!this.#has('e')) this.#fail(`cannot stat ${path}: ${error.message}`);
      } else if (error.code === 'EACCES' && quietly)
        this.#fail(`permission denied on key '${nameOf(path)}'`);
      else this.#fail(`reading key "${nameOf(path)}": ${error.message}`);
    }
  }

  write(key: string, value: string, ignore = false): void {
    const { fs } = this.#process.system;
    const path = pathOf(key);
    const name = nameOf(path);
    try {
      const place = fs.find(path, '/');
      if (typeOf(place) === 'directory') {
        this.#fail(`setting key "${name}": Is a directory`);
        return;
      }
      if ((fs.statOf(place).mode & 0o222) === 0) {
        this.#fail(`setting key "${name}"${ignore ? ', ignoring' : ''}: Read-only file system`);
        return;
      }
      if (!this.#has('@dry')) {
        const file = fs.open(path, '/', { write: true });
        try {
          file.write(`${value}\n`);
        } finally {
          file.open.close();
        }
      }
      if (!this.#has('q')) this.#print(name, value);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code === 'ENOENT') {
        if (!this.#has('e')) this.#fail(`cannot stat ${path}: ${error.message}`);
        if (ignore) this.status = 0;
      } else this.#fail(`setting key "${name}"${ignore ? ', ignoring' : ''}: ${error.message}`);
    }
  }

  load(path: string, optional = false): void {
    const { fs } = this.#process.system;
    let text: string;
    try {
      text = fs.read(path, this.#process.cwd);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (!optional) this.#fail(`cannot open "${path}": ${error.message}`);
      return;
    }
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
      const equals = line.indexOf('=');
      if (equals < 0) {
        this.#process.fail(`${path}(${index + 1}): invalid syntax, continuing...`);
        continue;
      }
      const before = this.status;
      const ignore = line.startsWith('-');
      const key = line.slice(ignore ? 1 : 0, equals).trim();
      this.write(key, line.slice(equals + 1).trim());
      if (ignore && before === 0) this.status = before;
    }
  }
}

export function sysctl(process: Process): Program | number {
  const given = readOptions(
    process,
    'abenNwfp::qoxAXdhVr:',
    {
      all: 'a',
      deprecated: '@deprecated',
      'dry-run': '@dry',
      binary: 'b',
      ignore: 'e',
      names: 'N',
      values: 'n',
      load: 'p::',
      quiet: 'q',
      write: 'w',
      system: '@system',
      pattern: 'r:',
      help: 'h',
      version: 'V',
    },
    (one) => {
      // An unknown option shows the help, and that is no failure.
      one.print(USAGE);
      return 0;
    },
  );
  if (given.has('h') || given.has('d')) {
    process.print(USAGE);
    return 0;
  }
  if (given.has('V')) {
    process.print('sysctl from procps-ng 4.0.2\n');
    return 0;
  }
  const pattern = given.value('r');
  const work = new Sysctl(
    process,
    given.has.bind(given),
    // One that is no expression matches nothing (sysctl.c: pattern_match()).
    pattern === undefined ? null : regexOf(pattern),
  );
  const { fs } = process.system;
  if (given.has('a') || given.has('A') || given.has('X')) {
    for (const name of fs.list(ROOT, '/')) work.read(name, true);
    return work.status;
  }
  if (given.has('@system')) {
    // By name, those of the first folder that has it; what is applied is said before anything is.
    const files = new Map<string, string>();
    for (const folder of FOLDERS) {
      let names: string[];
      try {
        names = fs.list(folder, '/');
      } catch {
        continue;
      }
      for (const name of names) {
        if (name.endsWith('.conf') && !files.has(name)) files.set(name, `${folder}/${name}`);
      }
    }
    const paths = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
    paths.push('/etc/sysctl.conf');
    if (!given.has('q')) process.print(paths.map((path) => `* Applying ${path} ...\n`).join(''));
    for (const path of paths) work.load(path, true);
    return work.status;
  }
  if (given.has('p') || given.has('f')) {
    const files = [given.value('p') ?? '', ...given.operands].filter((file) => file !== '');
    for (const file of files.length > 0 ? files : ['/etc/sysctl.conf']) work.load(file);
    return work.status;
  }
  if (given.operands.length === 0) {
    if (pattern === undefined && process.args.length === 0) process.warn(USAGE);
    else
      process.warn("sysctl: no variables specified\nTry `sysctl --help' for more information.\n");
    return 1;
  }
  for (const word of given.operands) {
    const equals = word.indexOf('=');
    if (equals >= 0) work.write(word.slice(0, equals).trim(), word.slice(equals + 1));
    else if (given.has('w')) {
      process.fail('command line(0): invalid syntax, continuing...');
      work.status = 1;
    } else work.read(word);
  }
  return work.status;
}
