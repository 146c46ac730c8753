import { WORK } from '../../os/process.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import { getopt } from './options.ts';
import { fromBytes, linesOf, readInput, toBytes, usage, words } from './input.ts';

const LONG: Record<string, string> = {
  'ignore-leading-blanks': 'b',
  check: 'check::',
  'compress-program': 'X:',
  debug: 'debug',
  'dictionary-order': 'd',
  'ignore-case': 'f',
  'files0-from': 'X:',
  'general-numeric-sort': 'g',
  'ignore-nonprinting': 'i',
  key: 'k:',
  merge: 'm',
  'month-sort': 'M',
  'numeric-sort': 'n',
  'human-numeric-sort': 'h',
  'version-sort': 'V',
  'random-sort': 'R',
  'random-source': 'X:',
  sort: 'sort:',
  output: 'o:',
  reverse: 'r',
  stable: 's',
  'batch-size': 'X:',
  'buffer-size': 'S:',
  'field-separator': 't:',
  'temporary-directory': 'T:',
  unique: 'u',
  'zero-terminated': 'z',
  parallel: 'X:',
  help: 'help',
};
const KINDS: Record<string, string> = {
  'general-numeric': 'g',
  'human-numeric': 'h',
  month: 'M',
  numeric: 'n',
  random: 'R',
  version: 'V',
};
const HELP =
  'Usage: sort [OPTION]... [FILE]...\nPuts lines in order: -b -d -f -g -h -i -M -n -r -V -k KEYDEF -t SEP -s -u -z -m -c -C -o FILE\nKEYDEF is F[.C][OPTS][,F[.C][OPTS]]\n';

interface Key {
  field: number;
  char: number;
  endField: number;
  endChar: number;
  blanksStart: boolean;
  blanksEnd: boolean;
  flags: Set<string>;
}

class KeyError extends Error {}

/** A key as -k takes it (sort.c: main(), case 'k'). */
function parseKey(text: string): Key {
  const key: Key = {
    field: 0,
    char: 0,
    endField: Infinity,
    endChar: 0,
    blanksStart: false,
    blanksEnd: false,
    flags: new Set(),
  };
  let rest = text;
  const number = (what: string): number => {
    const digits = /^\d+/.exec(rest)?.[0];
    if (digits === undefined) {
      throw new KeyError(`${what}: invalid count at start of ‘${rest}’`);
    }
    rest = rest.slice(digits.length);
    return Number(digits);
  };
  const invalid = (why: string): KeyError =>
    new KeyError(`${why}: invalid field specification ‘${text}’`);
  const options = (blanks: 'blanksStart' | 'blanksEnd'): void => {
    const letters = /^[bdfgiMhnRrV]*/.exec(rest)![0];
    rest = rest.slice(letters.length);
    for (const letter of letters) {
      if (letter === 'b') key[blanks] = true;
      else key.flags.add(letter);
    }
  };
  key.field = number('invalid number at field start') - 1;
  if (key.field < 0) throw invalid('field number is zero');
  if (rest.startsWith('.')) {
    rest = rest.slice(1);
    key.char = number("invalid number after '.'") - 1;
    if (key.char < 0) throw invalid('character offset is zero');
  }
  options('blanksStart');
  if (rest.startsWith(',')) {
    rest = rest.slice(1);
    key.endField = number("invalid number after ','");
    if (key.endField === 0) throw invalid('field number is zero');
    if (rest.startsWith('.')) {
      rest = rest.slice(1);
      key.endChar = number("invalid number after '.'");
    }
    options('blanksEnd');
  }
  if (rest !== '') throw invalid('stray character in field spec');
  return key;
}

const MONTHS = 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC';
const UNITS = ' KMGTPEZY';
const sign = (one: number | string, other: number | string): number =>
  one < other ? -1 : one > other ? 1 : 0;

/** Numbers as texts, so that long ones are exact (strnumcmp.c). */
function compareNumbers(one: string, other: string): number {
  const parts = (text: string): { negative: boolean; whole: string; part: string } => {
    const [, minus, whole = '', part = ''] = /^[ \t\n]*(-?)(\d*)(?:\.(\d*))?/.exec(text) ?? [];
    const digits = whole.replace(/^0+/, '');
    const rest = part.replace(/0+$/, '');
    return { negative: minus === '-' && digits + rest !== '', whole: digits, part: rest };
  };
  const a = parts(one);
  const b = parts(other);
  if (a.negative !== b.negative) return a.negative ? -1 : 1;
  const order = a.whole.length - b.whole.length || sign(a.whole, b.whole) || sign(a.part, b.part);
  return a.negative ? -order : order;
}

function human(text: string): number {
  const [, minus, digits = '', unit = ''] =
    /^[ \t\n]*(-?)(\d*\.?\d*)([kKMGTPEZY]?)/.exec(text) ?? [];
  const value = Number(digits);
  if (!(value > 0)) return 0;
  const order = UNITS.indexOf(unit === 'k' ? 'K' : unit || ' ');
  return (minus === '-' ? -1 : 1) * (order + 1);
}

/** Versions (filevercmp.c): runs of digits by value, the rest by its own order of characters. */
export function compareVersions(one: string, other: string): number {
  if (one === other) return 0;
  for (const special of ['', '.', '..']) {
    if (one === special) return -1;
    if (other === special) return 1;
  }
  if (one.startsWith('.') !== other.startsWith('.')) return one.startsWith('.') ? -1 : 1;
  const stem = (text: string): string => text.replace(/(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/, '');
  const bySuffix = stem(one) === stem(other);
  return bySuffix
    ? compareRuns(one, other)
    : compareRuns(stem(one), stem(other)) || compareRuns(one, other);
}
function compareRuns(one: string, other: string): number {
  const weight = (text: string, at: number): number => {
    const letter = text[at];
    if (letter === undefined) return -1;
    if (letter === '~') return -2;
    if (/\d/.test(letter)) return 0;
    return /[A-Za-z]/.test(letter) ? letter.charCodeAt(0) : letter.charCodeAt(0) + 256;
  };
  let a = 0;
  let b = 0;
  while (a < one.length || b < other.length) {
    while ((a < one.length && !/\d/.test(one[a]!)) || (b < other.length && !/\d/.test(other[b]!))) {
      const order = weight(one, a) - weight(other, b);
      if (order !== 0) return order;
      a++;
      b++;
    }
    const left = /^\d*/.exec(one.slice(a))![0];
    const right = /^\d*/.exec(other.slice(b))![0];
    const order = compareNumbers(left, right);
    if (order !== 0) return order;
    a += left.length;
    b += right.length;
  }
  return 0;
}

function general(text: string): number {
  const found =
    /^[ \t\n]*[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)/i.exec(text);
  if (found === null) return -Infinity;
  const word = found[0].trim().toLowerCase();
  if (word.includes('nan')) return -Number.MAX_VALUE;
  return word.includes('inf') ? (word.startsWith('-') ? -1e308 : Infinity) : Number(word);
}

function compareBy(flags: ReadonlySet<string>, one: string, other: string): number {
  if (flags.has('n')) return compareNumbers(one, other);
  if (flags.has('h')) return human(one) - human(other) || compareNumbers(one, other);
  if (flags.has('g')) return sign(general(one), general(other));
  if (flags.has('M')) {
    const month = (text: string): number => {
      const at = MONTHS.indexOf(text.trim().slice(0, 3).toUpperCase());
      return at % 3 === 0 && text.trim().length >= 3 ? at / 3 : -1;
    };
    return month(one) - month(other);
  }
  const shaped = (text: string): string => {
    let out = text;
    if (flags.has('d')) out = out.replace(/[^A-Za-z0-9 \t\n]/g, '');
    else if (flags.has('i')) out = out.replace(/[^ -~]/g, '');
    return flags.has('f') ? out.replace(/[a-z]+/g, (run) => run.toUpperCase()) : out;
  };
  const [a, b] = [shaped(one), shaped(other)];
  return flags.has('V') ? compareVersions(a, b) : sign(a, b);
}

/** The part of a line that a key names (sort.c: begfield(), limfield()). */
function extract(line: string, key: Key, tab: string | null): string {
  const skipField = (from: number): number => {
    let at = from;
    if (tab !== null) {
      const next = line.indexOf(tab, at);
      return next < 0 ? line.length : next;
    }
    while (/[ \t\n]/.test(line[at] ?? '')) at++;
    while (at < line.length && !/[ \t\n]/.test(line[at]!)) at++;
    return at;
  };
  const skipBlanks = (from: number): number => {
    let at = from;
    while (/[ \t\n]/.test(line[at] ?? '')) at++;
    return at;
  };
  let start = 0;
  for (let count = 0; count < key.field && start < line.length; count++) {
    start = skipField(start);
    if (tab !== null && start < line.length) start++;
  }
  if (key.blanksStart) start = skipBlanks(start);
  start = Math.min(line.length, start + key.char);
  if (key.endField === Infinity) return line.slice(start);
  let end = 0;
  const fields = key.endChar === 0 ? key.endField : key.endField - 1;
  for (let count = 0; count < fields && end < line.length; count++) {
    end = skipField(end);
    if (tab !== null && end < line.length && (count + 1 < fields || key.endChar > 0)) end++;
  }
  if (key.endChar > 0) {
    if (key.blanksEnd) end = skipBlanks(end);
    end = Math.min(line.length, end + key.endChar);
  }
  return line.slice(start, Math.max(start, end));
}

export function* sort(process: Process): Program {
  const { found, rest, error } = getopt(process.args, 'bcCdfghik:mMno:rRsS:t:T:uVy::z', LONG);
  if (error !== null) return usage(process, error, 2);
  const flags = new Set<string>();
  const keys: Key[] = [];
  let tab: string | null = null;
  let output: string | null = null;
  for (const [option, value] of found) {
    const text = value ?? '';
    switch (option) {
      case 'k':
        try {
          keys.push(parseKey(text));
        } catch (problem) {
          if (problem instanceof KeyError) return process.fail(problem.message, 2);
          throw problem;
        }
        break;
      case 't': {
        if (text === '') return process.fail('empty tab', 2);
        const next = text === '\\0' ? '\0' : toBytes(text);
        if (next.length > 1) return process.fail(`multi-character tab ‘${text}’`, 2);
        if (tab !== null && tab !== next) return process.fail('incompatible tabs', 2);
        tab = next;
        break;
      }
      case 'o':
        if (output !== null && output !== text) {
          return process.fail('multiple output files specified', 2);
        }
        output = text;
        break;
      case 'sort':
      case 'check': {
        const names =
          option === 'sort' ? Object.keys(KINDS) : ['quiet', 'silent', 'diagnose-first'];
        const name = value === null ? 'diagnose-first' : names.find((one) => one.startsWith(text));
        if (name === undefined || (text === '' && value !== null)) {
          const valid =
            option === 'sort'
              ? names.map((one) => `  - ‘${one}’\n`).join('')
              : '  - ‘quiet’, ‘silent’\n  - ‘diagnose-first’\n';
          process.warn(
            `sort: invalid argument ‘${text}’ for ‘--${option}’\nValid arguments are:\n${valid}`,
          );
          return usage(process, null);
        }
        flags.add(option === 'sort' ? KINDS[name]! : name === 'diagnose-first' ? 'c' : 'C');
        break;
      }
      case 'help':
        process.print(HELP);
        return 0;
      default:
        flags.add(option);
    }
  }
  const global = new Set([...flags].filter((flag) => 'bdfgiMhnRrV'.includes(flag)));
  if (keys.length === 0 && global.size > (global.has('r') ? 1 : 0)) {
    keys.push({ ...parseKey('1'), blanksStart: global.has('b'), flags: new Set(global) });
  }
  for (const key of keys) {
    // Options of all stand for keys without options of their own.
    if (key.flags.size === 0 && !key.blanksStart && !key.blanksEnd) {
      key.flags = new Set(global);
      key.blanksStart = key.blanksEnd = global.has('b');
    }
    const own = key.flags;
    const kinds = [...'ghMnRV'].filter((letter) => own.has(letter));
    const plain = [...'di'].filter((letter) => own.has(letter));
    if (
      kinds.length > 1 ||
      (kinds.length > 0 && kinds[0] !== 'V' && kinds[0] !== 'R' && plain.length > 0)
    ) {
      const all = [...'dfghiMnRV'].filter((letter) => own.has(letter) && letter !== 'f').join('');
      return process.fail(`options '-${all}' are incompatible`, 2);
    }
  }
  const backwards = flags.has('r');
  const byKeys = (one: string, other: string): number => {
    for (const key of keys) {
      const a = extract(one, key, tab);
      const b = extract(other, key, tab);
      const order = compareBy(key.flags, a, b);
      if (order !== 0) return key.flags.has('r') ? -order : order;
    }
    return 0;
  };
  const compare = (one: string, other: string): number => {
    if (keys.length > 0) {
      const order = byKeys(one, other);
      if (order !== 0 || flags.has('u') || flags.has('s')) return order;
    }
    return backwards ? sign(other, one) : sign(one, other);
  };
  const end = flags.has('z') ? '\0' : '\n';
  const checking = flags.has('c') || flags.has('C');
  if (checking && rest.length > 1) {
    return process.fail(
      `extra operand '${rest[1]!}' not allowed with -${flags.has('c') ? 'c' : 'C'}`,
      2,
    );
  }
  const files: string[][] = [];
  for (const name of rest.length > 0 ? rest : ['-']) {
    try {
      files.push(linesOf(toBytes(yield* readInput(process, name)), end));
    } catch (problem) {
      const why = words(problem);
      const what =
        why === 'Is a directory' ? 'read failed' : checking ? 'open failed' : 'cannot read';
      return process.fail(`${what}: ${name}: ${why}`, 2);
    }
  }
  if (checking) {
    const lines = files[0]!;
    for (let at = 1; at < lines.length; at++) {
      const order = compare(lines[at - 1]!, lines[at]!);
      if (order < 0 || (order === 0 && !flags.has('u'))) continue;
      if (flags.has('c')) {
        process.warn(`sort: ${rest[0] ?? '-'}:${at + 1}: disorder: ${fromBytes(lines[at]!)}\n`);
      }
      return 1;
    }
    return 0;
  }
  const lines = flags.has('m') ? merge(files, compare) : yield* sorted(files, compare);
  const texts: string[] = [];
  for (let at = 0; at < lines.length; at += RUN) {
    const run = lines
      .slice(at, at + RUN)
      .filter(
        (line, index) =>
          !flags.has('u') || at + index === 0 || compare(lines[at + index - 1]!, line) !== 0,
      );
    texts.push(fromBytes(run.map((line) => line + end).join('')));
    if (output === null) yield* process.put(texts.pop() ?? '');
    if (run.length === RUN) yield WORK;
  }
  if (output === null) return 0;
  try {
    process.system.fs.write(output, texts.join(''), process.cwd);
  } catch (problem) {
    return process.fail(`open failed: ${output}: ${words(problem)}`, 2);
  }
  return 0;
}

/** Lines that are put in order at one go. */
const RUN = 4000;

/** All lines in order: runs of them, and then two and two together, so that others have their turn. */
function* sorted(
  files: readonly string[][],
  compare: (one: string, other: string) => number,
): Step<string[]> {
  let runs: string[][] = [];
  for (const lines of files) {
    for (let at = 0; at < lines.length; at += RUN) {
      runs.push(lines.slice(at, at + RUN).sort(compare));
      if (lines.length > RUN) yield WORK;
    }
  }
  while (runs.length > 1) {
    const longer: string[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [one = [], other = []] = runs.slice(at, at + 2);
      const out: string[] = [];
      let left = 0;
      let right = 0;
      while (left < one.length || right < other.length) {
        const first =
          right >= other.length || (left < one.length && compare(one[left]!, other[right]!) <= 0);
        out.push(first ? one[left++]! : other[right++]!);
        if (out.length % RUN === 0) yield WORK;
      }
      longer.push(out);
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

function merge(files: string[][], compare: (one: string, other: string) => number): string[] {
  const places = files.map(() => 0);
  const out: string[] = [];
  for (;;) {
    let best = -1;
    files.forEach((lines, index) => {
      const line = lines[places[index]!];
      if (line === undefined) return;
      if (best < 0 || compare(line, files[best]![places[best]!]!) < 0) best = index;
    });
    if (best < 0) return out;
    out.push(files[best]![places[best]!++]!);
  }
}
