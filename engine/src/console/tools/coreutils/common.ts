import type { OpenFile } from '../../fs/file-system.ts';
import { Errno } from '../../os/errno.ts';
import { Lines, WORK, readSome } from '../../os/process.ts';
import type { Process, Program, Step, Tool } from '../../os/process.ts';
import type { Source } from '../../os/stream.ts';
import { BadOption, Getopt } from '../getopt.ts';

/** What the commands of coreutils have in common. */

/** Options that were given, by their keys, and what is left of the arguments. */
export interface Given {
  has(key: string): boolean;
  /** Its last value. */
  value(key: string): string | undefined;
  /** In order, those of one key or another. */
  all: readonly [key: string, value: string][];
  operands: string[];
}

/** Ends a command with a status; what was wrong has been said. */
export class Quit extends Error {
  readonly status: number;
  constructor(status: number) {
    super('quit');
    this.status = status;
  }
}

/** Reads the options of a command; a wrong one ends it in GNU's words. */
export function options(
  process: Process,
  short: string,
  long: Readonly<Record<string, string>> = {},
  status = 1,
): Given {
  const reader = new Getopt(process.args, short, { ...long, help: '@help', version: '@version' });
  const all: [string, string][] = [];
  try {
    for (const option of reader) all.push(option);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    process.fail(error.message);
    throw tryHelp(process, status);
  }
  if (all.some(([key]) => key === '@help')) {
    process.print(`Usage: ${process.name} [OPTION]... [FILE]...\n`);
    throw new Quit(0);
  }
  if (all.some(([key]) => key === '@version')) {
    process.print(`${process.name} (GNU coreutils) 9.1\n`);
    throw new Quit(0);
  }
  return {
    has: (key) => all.some(([other]) => other === key),
    value: (key) => all.findLast(([other]) => other === key)?.[1],
    all,
    operands: reader.operands,
  };
}

export function tryHelp(process: Process, status = 1): Quit {
  process.warn(`Try '${process.name} --help' for more information.\n`);
  return new Quit(status);
}

export function missingOperand(process: Process, after?: string): Quit {
  process.fail(
    after === undefined ? 'missing operand' : `missing destination file operand after '${after}'`,
  );
  return tryHelp(process);
}

/** A command that may `Quit`, and whose output may fail. */
export const command =
  (body: (process: Process) => Program | number): Tool =>
  (process) =>
    (function* (): Program {
      try {
        const result = body(process);
        return typeof result === 'number' ? result : yield* result;
      } catch (error) {
        if (error instanceof Quit) return error.status;
        if (!(error instanceof Errno)) throw error;
        // xalloc_die() of gnulib.
        const text = error.code === 'ENOMEM' ? 'memory exhausted' : `write error: ${error.message}`;
        return process.fail(text);
      }
    })();

/** Each file in turn, `-` and none at all being standard input; what does not open is said. */
export function* eachFile(
  process: Process,
  names: readonly string[],
  body: (source: Source, name: string, file: OpenFile | null) => Step,
  wording: (name: string, problem: string) => string = (name, problem) => `${name}: ${problem}`,
): Step<boolean> {
  let fine = true;
  for (const name of names.length === 0 ? ['-'] : names) {
    if (name === '-') {
      yield* body(process.stdin, '-', null);
      continue;
    }
    let file: OpenFile | null = null;
    try {
      file = process.system.fs.open(name, process.cwd, { read: true });
      const { source } = file.open;
      if (source === null) throw new Errno('EBADF');
      yield* body(source, name, file);
    } catch (error) {
      if (!(error instanceof Errno) || error.code === 'EPIPE') throw error;
      process.fail(wording(name, error.message));
      fine = false;
    } finally {
      file?.open.close();
    }
  }
  return fine;
}

/** Copies a source to standard output as it comes. */
export function* copy(process: Process, source: Source): Step {
  for (let text = yield* readSome(source); text !== null; text = yield* readSome(source)) {
    yield* process.put(text);
  }
}

/** Bytes that are read at a time where nobody looks at them. */
const STRETCH = 2 ** 20;

/** Reads a file to its end, for nobody: all that comes of it is that it was read. */
export function* readThrough(file: OpenFile): Step {
  while (file.readExtents(STRETCH) !== null) yield WORK;
}

export function* allLines(source: Source): Step<string[]> {
  const lines = new Lines(source);
  const all: string[] = [];
  for (let line = yield* lines.next(); line !== null; line = yield* lines.next())
    all.push(line.text);
  return all;
}

const UNITS = 'KMGTPE';

/** A size with a suffix: K and KiB are 1024, KB is 1000; b is 512 where `blocks` says so. Null: it is none. */
export function sizeOf(text: string, blocks = false): number | null {
  const match = /^(\d+)(?:([KMGTPEkm])(iB|B)?|(b|c|w))?$/.exec(text);
  if (match === null) return null;
  const [, digits = '0', unit, suffix, letter] = match;
  if (letter !== undefined) {
    return blocks
      ? Number(digits) * ({ b: 512, c: 1, w: 2 }[letter] ?? 1)
      : letter === 'b'
        ? Number(digits) * 512
        : null;
  }
  if (unit === undefined) return Number(digits);
  const power = UNITS.indexOf(unit.toUpperCase()) + 1;
  return Number(digits) * (suffix === 'B' ? 1000 : 1024) ** power;
}

/** A size for people: 4.0K, 256M; rounded up, as ls and df do. */
export function human(bytes: number, base = 1024): string {
  if (bytes < base) return String(bytes);
  let value = bytes;
  let power = -1;
  while (value >= base && power < UNITS.length - 1) {
    value /= base;
    power++;
  }
  const tenths = Math.ceil(value * 10 - 1e-9) / 10;
  if (tenths < 10) return `${tenths.toFixed(1)}${UNITS[power] ?? ''}`;
  const whole = Math.ceil(value - 1e-9);
  if (whole >= base) return `1.0${UNITS[power + 1] ?? ''}`;
  return `${whole}${UNITS[power] ?? ''}`;
}

/** A mode as `chmod` reads it, applied to one that is there; null where it is none. */
export function modeOf(
  text: string,
  before: number,
  isFolder: boolean,
  umask: number,
): number | null {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8) & 0o7777;
  let mode = before;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
    if (match === null) return null;
    const [, who = '', actions = ''] = match;
    for (const [, sign = '', letters = ''] of actions.matchAll(/([-+=])([rwxXstugo]*)/g)) {
      let bits = 0;
      for (const letter of letters) {
        if (letter === 'r') bits |= 0o444;
        if (letter === 'w') bits |= 0o222;
        if (letter === 'x' || (letter === 'X' && (isFolder || (before & 0o111) !== 0)))
          bits |= 0o111;
        if (letter === 's') bits |= 0o6000;
        if (letter === 't') bits |= 0o1000;
      }
      let mask = who === '' ? 0o7777 & ~umask : 0;
      for (const letter of who) {
        mask |= { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }[letter] ?? 0;
      }
      if (sign === '+') mode |= bits & mask;
      else if (sign === '-') mode &= ~(bits & mask);
      else mode = (mode & ~mask) | (bits & mask);
    }
  }
  return mode;
}

const PAD = (value: number): string => String(value).padStart(2, '0');
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** strftime(3) in UTC; milliseconds since 1970. */
export function strftime(format: string, time: number): string {
  const date = new Date(time);
  const [day, month] = [DAYS[date.getUTCDay()] ?? '', MONTHS[date.getUTCMonth()] ?? ''];
  const hours = date.getUTCHours();
  const fields: Record<string, string> = {
    a: day.slice(0, 3),
    A: day,
    b: month.slice(0, 3),
    B: month,
    h: month.slice(0, 3),
    C: PAD(Math.floor(date.getUTCFullYear() / 100)),
    d: PAD(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2),
    H: PAD(hours),
    I: PAD(hours % 12 === 0 ? 12 : hours % 12),
    j: String(Math.floor((time - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(
      3,
      '0',
    ),
    k: String(hours).padStart(2),
    m: PAD(date.getUTCMonth() + 1),
    M: PAD(date.getUTCMinutes()),
    n: '\n',
    N: String((time % 1000) * 1_000_000).padStart(9, '0'),
    p: hours < 12 ? 'AM' : 'PM',
    s: String(Math.floor(time / 1000)),
    S: PAD(date.getUTCSeconds()),
    t: '\t',
    u: String(date.getUTCDay() === 0 ? 7 : date.getUTCDay()),
    w: String(date.getUTCDay()),
    y: PAD(date.getUTCFullYear() % 100),
    Y: String(date.getUTCFullYear()),
    z: '+0000',
    Z: 'UTC',
    '%': '%',
  };
  const composed: Record<string, string> = {
    c: '%a %b %e %H:%M:%S %Y',
    D: '%m/%d/%y',
    F: '%Y-%m-%d',
    r: '%I:%M:%S %p',
    R: '%H:%M',
    T: '%H:%M:%S',
    x: '%m/%d/%y',
    X: '%H:%M:%S',
  };
  return format.replace(/%[-_0^]?([a-zA-Z%])/g, (whole, letter: string) => {
    const inner = composed[letter];
    if (inner !== undefined) return strftime(inner, time);
    const value = fields[letter];
    if (value === undefined) return whole;
    return whole[1] === '-' ? value.replace(/^[0 ]+(?=.)/, '') : value;
  });
}
