import { byteLength } from '../../fs/content.ts';
import { Errno } from '../../os/errno.ts';
import { Lines, TURN, readAll, readSome } from '../../os/process.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import type { Open, Source } from '../../os/stream.ts';
import { float } from '../../shell/printf.ts';
import { Quit, allLines, copy, eachFile, options, readThrough, sizeOf, tryHelp } from './common.ts';

/** Commands that read text: cat, head, tail, wc, tee, tac, nl, rev, seq, yes, paste, fold, od. */

export function* cat(process: Process): Program {
  const given = options(process, 'AbeEnstTuv', {
    'show-all': 'A',
    number: 'n',
    'number-nonblank': 'b',
    'squeeze-blank': 's',
    'show-ends': 'E',
    'show-tabs': 'T',
    'show-nonprinting': 'v',
  });
  const plain = given.all.every(([key]) => key === 'u');
  let number = 0;
  let blank = false;
  const fine = yield* eachFile(process, given.operands, function* (source, _name, file): Step {
    if (plain && file !== null && process.stdout.discards === true) {
      yield* readThrough(file);
      return;
    }
    if (plain) {
      yield* copy(process, source);
      return;
    }
    const lines = new Lines(source);
    for (let line = yield* lines.next(); line !== null; line = yield* lines.next()) {
      let { text } = line;
      if (given.has('s') && text === '' && blank) continue;
      blank = text === '';
      if (given.has('v') || given.has('A') || given.has('e') || given.has('t'))
        text = visible(text);
      if (given.has('T') || given.has('A') || given.has('t')) text = text.replaceAll('\t', '^I');
      const ends = given.has('E') || given.has('A') || given.has('e');
      const counted = given.has('b') ? text !== '' : given.has('n');
      if (counted) text = `${String(++number).padStart(6)}\t${text}`;
      yield* process.put(`${text}${line.ended ? `${ends ? '$' : ''}\n` : ''}`);
    }
  });
  return fine ? 0 : 1;
}

const visible = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- these are what is to be made visible
  text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (letter) =>
    letter === '\x7f' ? '^?' : `^${String.fromCharCode(letter.charCodeAt(0) + 64)}`,
  );

interface Counts {
  count: number;
  bytes: boolean;
  sign: string;
  names: string[];
  quiet: boolean;
  verbose: boolean;
  follow: boolean;
}

/** -n and -c of head and tail, also as -5. */
function counts(process: Process): Counts {
  const isTail = process.name === 'tail';
  const short =
    /^-\d+$/.test(process.args[0] ?? '') || (isTail && /^\+\d+$/.test(process.args[0] ?? ''));
  const first = short ? (process.args[0] ?? '') : '';
  const rest = short ? process.args.slice(1) : process.args;
  const inner = Object.create(process, { args: { value: rest } }) as Process;
  const given = options(inner, 'n:c:qvfFs:z', {
    lines: 'n:',
    bytes: 'c:',
    quiet: 'q',
    silent: 'q',
    verbose: 'v',
    follow: 'f::',
  });
  let text = first.replace(/^-/, '') || '10';
  let bytes = false;
  for (const [key, value] of given.all) {
    if (key !== 'n' && key !== 'c') continue;
    bytes = key === 'c';
    text = value;
  }
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const count = sizeOf(text.slice(sign.length));
  if (count === null) {
    process.fail(`invalid number of ${bytes ? 'bytes' : 'lines'}: ‘${text}’`);
    throw new Quit(1);
  }
  return {
    count,
    bytes,
    sign,
    names: given.operands,
    quiet: given.has('q'),
    verbose: given.has('v'),
    follow: given.has('f') || given.has('F'),
  };
}

function* headings(
  process: Process,
  how: { names: string[]; quiet: boolean; verbose: boolean },
  body: (source: Source) => Step,
): Step<boolean> {
  let first = true;
  const titled = (how.names.length > 1 && !how.quiet) || how.verbose;
  return yield* eachFile(
    process,
    how.names,
    function* (source, name): Step {
      if (titled) {
        yield* process.put(
          `${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`,
        );
      }
      first = false;
      yield* body(source);
    },
    (name, problem) =>
      problem === 'Is a directory'
        ? `error reading '${name}': ${problem}`
        : `cannot open '${name}' for reading: ${problem}`,
  );
}

export function* head(process: Process): Program {
  const how = counts(process);
  const fine = yield* headings(process, how, function* (source): Step {
    if (how.sign === '-') {
      const text = yield* readAll(source);
      if (how.bytes) yield* process.put(text.slice(0, Math.max(0, text.length - how.count)));
      else {
        const lines = text.split(/(?<=\n)/);
        yield* process.put(lines.slice(0, Math.max(0, lines.length - how.count)).join(''));
      }
      return;
    }
    if (how.bytes) {
      let left = how.count;
      while (left > 0) {
        const text = yield* readSome(source);
        if (text === null) return;
        yield* process.put(text.slice(0, left));
        left -= Math.min(left, text.length);
      }
      return;
    }
    const lines = new Lines(source);
    for (let count = 0; count < how.count; count++) {
      const line = yield* lines.next();
      if (line === null) return;
      yield* process.put(`${line.text}${line.ended ? '\n' : ''}`);
    }
  });
  return fine ? 0 : 1;
}

export function* tail(process: Process): Program {
  const how = counts(process);
  const fine = yield* headings(process, how, function* (source): Step {
    const text = yield* readAll(source);
    if (how.bytes) {
      yield* process.put(
        how.sign === '+'
          ? text.slice(Math.max(0, how.count - 1))
          : how.count === 0
            ? ''
            : text.slice(-how.count),
      );
      return;
    }
    const lines = text.split(/(?<=\n)/);
    const from =
      how.sign === '+' ? Math.max(0, how.count - 1) : Math.max(0, lines.length - how.count);
    yield* process.put(lines.slice(from).join(''));
  });
  if (!how.follow) return fine ? 0 : 1;
  // What is appended later, until it is interrupted.
  const seen = new Map<string, number>();
  const { fs } = process.system;
  const lengthOf = (name: string): string => {
    try {
      return fs.read(name, process.cwd);
    } catch {
      return '';
    }
  };
  for (const name of how.names) seen.set(name, lengthOf(name).length);
  for (;;) {
    yield* process.sleep(1000);
    for (const name of how.names) {
      const text = lengthOf(name);
      const before = seen.get(name) ?? 0;
      if (text.length > before) yield* process.put(text.slice(before));
      seen.set(name, text.length);
    }
  }
}

export function* wc(process: Process): Program {
  const given = options(process, 'clmLw', {
    bytes: 'c',
    lines: 'l',
    chars: 'm',
    'max-line-length': 'L',
    words: 'w',
  });
  const keys = ['l', 'w', 'm', 'c', 'L'].filter((key) => given.has(key));
  const shown = keys.length > 0 ? keys : ['l', 'w', 'c'];
  const rows: [values: number[], name: string][] = [];
  const total: number[] = [];
  let regular = true;
  let bytesIn = 0;
  const fine = yield* eachFile(process, given.operands, function* (source, name): Step {
    const all: Record<string, number> = { l: 0, w: 0, m: 0, c: 0, L: 0 };
    const add = (key: string, more: number): void => {
      all[key] = (all[key] ?? 0) + more;
    };
    // A word, and a line, go on from one piece to the next.
    let inWord = false;
    let width = 0;
    for (let text = yield* readSome(source); text !== null; text = yield* readSome(source)) {
      add('c', byteLength(text));
      // Letters beyond U+FFFF take two places.
      add('m', text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0));
      add('w', (text.match(/\S+/g) ?? []).length - (inWord && /^\S/.test(text) ? 1 : 0));
      inWord = /\S$/.test(text);
      const lines = text.split('\n');
      add('l', lines.length - 1);
      for (const [index, line] of lines.entries()) {
        width = index === 0 ? width + line.length : line.length;
        all['L'] = Math.max(all['L'] ?? 0, width);
      }
    }
    bytesIn += all['c'] ?? 0;
    if (name === '-') regular = false;
    const values = shown.map((key) => all[key] ?? 0);
    values.forEach((value, index) => {
      total[index] =
        shown[index] === 'L' ? Math.max(total[index] ?? 0, value) : (total[index] ?? 0) + value;
    });
    rows.push([values, name === '-' && given.operands.length === 0 ? '' : name]);
  });
  if (given.operands.length > 1) rows.push([total, 'total']);
  const width = rows.length === 1 && shown.length === 1 ? 1 : regular ? String(bytesIn).length : 7;
  for (const [values, name] of rows) {
    const text = values.map((value) => String(value).padStart(width)).join(' ');
    process.print(`${text}${name === '' ? '' : ` ${name}`}\n`);
  }
  return fine ? 0 : 1;
}

export function* tee(process: Process): Program {
  const given = options(process, 'aip', { append: 'a', 'ignore-interrupts': 'i' });
  const outputs: { name: string; open: Open; bad: boolean }[] = [];
  let status = 0;
  for (const name of given.operands) {
    try {
      const flags = given.has('a') ? { append: true } : { truncate: true };
      const { open } = process.system.fs.open(name, process.cwd, {
        write: true,
        create: true,
        mode: 0o666 & ~process.umask,
        ...flags,
      });
      outputs.push({ name, open, bad: false });
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`${name}: ${error.message}`);
    }
  }
  for (
    let text = yield* readSome(process.stdin);
    text !== null;
    text = yield* readSome(process.stdin)
  ) {
    yield* process.put(text);
    for (const output of outputs) {
      if (output.bad) continue;
      try {
        output.open.sink?.write(text);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        output.bad = true;
        status = process.fail(`${output.name}: ${error.message}`);
      }
    }
  }
  for (const { open } of outputs) open.close();
  return status;
}

export function* tac(process: Process): Program {
  const given = options(process, '');
  const fine = yield* eachFile(
    process,
    given.operands,
    function* (source): Step {
      const lines = (yield* readAll(source)).split(/(?<=\n)/).filter((line) => line !== '');
      yield* process.put(lines.reverse().join(''));
    },
    (name, problem) => `failed to open '${name}' for reading: ${problem}`,
  );
  return fine ? 0 : 1;
}

export function* rev(process: Process): Program {
  const given = options(process, '');
  const fine = yield* eachFile(
    process,
    given.operands,
    function* (source): Step {
      for (const line of yield* allLines(source))
        yield* process.put(`${[...line].reverse().join('')}\n`);
    },
    (name, problem) => `cannot open ${name}: ${problem}`,
  );
  return fine ? 0 : 1;
}

export function* nl(process: Process): Program {
  const given = options(process, 'b:w:s:n:v:i:', { 'body-numbering': 'b:' });
  const all = given.value('b') === 'a';
  const width = Number(given.value('w') ?? 6);
  const separator = given.value('s') ?? '\t';
  let number = Number(given.value('v') ?? 1);
  const fine = yield* eachFile(process, given.operands, function* (source): Step {
    for (const line of yield* allLines(source)) {
      if (line === '' && !all) yield* process.put(`${' '.repeat(width + separator.length)}\n`);
      else yield* process.put(`${String(number++).padStart(width)}${separator}${line}\n`);
    }
  });
  return fine ? 0 : 1;
}

export function* seq(process: Process): Program {
  // A negative number is no option.
  const words = process.args;
  let [separator, width, format] = ['\n', false, ''];
  let at = 0;
  for (; /^-[a-z-]/.test(words[at] ?? ''); at++) {
    const word = words[at] ?? '';
    if (word === '-w' || word === '--equal-width') width = true;
    else if (word === '-s') separator = words[++at] ?? '';
    else if (word.startsWith('-s')) separator = word.slice(2);
    else if (word.startsWith('--separator=')) separator = word.slice(12);
    else if (word === '-f') format = words[++at] ?? '';
    else {
      const wrong = word.startsWith('--')
        ? `unrecognized option '${word}'`
        : `invalid option -- '${word.slice(1, 2)}'`;
      process.fail(wrong);
      throw tryHelp(process);
    }
  }
  const given = words.slice(at);
  const directive = /%[-+ 0#]*[\d.]*([A-Za-z])/.exec(format)?.[1];
  if (directive !== undefined && !/[aefgAEFG]/.test(directive)) {
    return process.fail(`format ‘${format}’ has unknown %${directive} directive`);
  }
  if (given.length > 3) {
    process.fail(`extra operand ‘${given[3] ?? ''}’`);
    throw tryHelp(process);
  }
  for (const word of given) {
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word)) {
      process.fail(`invalid floating point argument: ‘${word}’`);
      throw tryHelp(process);
    }
  }
  if (given.length === 0) {
    process.fail('missing operand');
    throw tryHelp(process);
  }
  const numbers = given.map(Number);
  const [first, by, last] =
    numbers.length === 1
      ? [1, 1, numbers[0] ?? 0]
      : numbers.length === 2
        ? [numbers[0] ?? 0, 1, numbers[1] ?? 0]
        : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0];
  if (by === 0) {
    process.fail(`invalid Zero increment value: ‘${given[1] ?? ''}’`);
    throw tryHelp(process);
  }
  const places = Math.max(...given.map((word) => (word.split('.')[1] ?? '').length));
  const show = (value: number): string =>
    format === ''
      ? value.toFixed(places)
      : format.replace(
          /%([-+ 0#]*)(\d*)(?:\.(\d+))?([aefgAEFG])/,
          (_, flags: string, size: string, digits: string | undefined, letter: string) => {
            const text = float(letter, value, Number(digits ?? 6), flags);
            if (flags.includes('-')) return text.padEnd(Number(size));
            return text.padStart(Number(size), flags.includes('0') ? '0' : ' ');
          },
        );
  const wide = width ? Math.max(show(first).length, show(last).length) : 0;
  let text = '';
  const count = Math.floor((last - first) / by + 1e-9);
  for (let index = 0; index <= count; index++) {
    const shown = show(first + index * by);
    text += `${index > 0 ? separator : ''}${wide > 0 ? shown.padStart(wide, '0') : shown}`;
    if (text.length > 8192) {
      yield* process.put(text);
      text = '';
      yield TURN;
    }
  }
  if (count >= 0) yield* process.put(`${text}\n`);
  return 0;
}

export function* yes(process: Process): Program {
  const line = `${process.args.length > 0 ? process.args.join(' ') : 'y'}\n`;
  const block = line.repeat(Math.max(1, Math.floor(4096 / line.length)));
  for (;;) {
    yield* process.put(block);
    yield TURN;
  }
}

export function* paste(process: Process): Program {
  const given = options(process, 'd:s', { delimiters: 'd:', serial: 's' });
  const delimiters = (given.value('d') ?? '\t').replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const columns: string[][] = [];
  const fine = yield* eachFile(process, given.operands, function* (source): Step {
    columns.push(yield* allLines(source));
  });
  const join = (cells: readonly string[]): string =>
    cells
      .map(
        (cell, index) =>
          `${index > 0 ? (delimiters[(index - 1) % delimiters.length] ?? '') : ''}${cell}`,
      )
      .join('');
  if (given.has('s')) for (const column of columns) yield* process.put(`${join(column)}\n`);
  else {
    const rows = Math.max(0, ...columns.map(({ length }) => length));
    for (let row = 0; row < rows; row++) {
      yield* process.put(`${join(columns.map((column) => column[row] ?? ''))}\n`);
    }
  }
  return fine ? 0 : 1;
}

export function* fold(process: Process): Program {
  const given = options(process, 'w:sb', { width: 'w:', spaces: 's' });
  const width = Math.max(1, Number(given.value('w') ?? 80));
  const fine = yield* eachFile(process, given.operands, function* (source): Step {
    for (const line of yield* allLines(source)) {
      let rest = line;
      while (rest.length > width) {
        const blank = given.has('s') ? rest.lastIndexOf(' ', width - 1) + 1 : 0;
        const cut = blank > 0 ? blank : width;
        yield* process.put(`${rest.slice(0, cut)}\n`);
        rest = rest.slice(cut);
      }
      yield* process.put(`${rest}\n`);
    }
  });
  return fine ? 0 : 1;
}

/** Bytes of a text: letters beyond ASCII as UTF-8, raw bytes as they were. */
function bytesOf(text: string): number[] {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encoder.encode(letter));
  }
  return bytes;
}

/** hexdump -C, and od -A x -t x1z. */
export function* hexdump(process: Process): Program {
  const isOd = process.name === 'od';
  const given = options(process, 'Cn:s:vA:t:N:j:', {});
  const most = Number(given.value('n') ?? given.value('N') ?? Number.MAX_SAFE_INTEGER);
  const type = given.value('t') ?? '';
  const fine = yield* eachFile(process, given.operands, function* (source): Step {
    const bytes = bytesOf(yield* readAll(source)).slice(0, most);
    let before = '';
    let starred = false;
    for (let at = 0; at < bytes.length; at += 16) {
      const row = bytes.slice(at, at + 16);
      const key = row.join();
      if (key === before && row.length === 16 && !given.has('v')) {
        if (!starred) yield* process.put('*\n');
        starred = true;
        continue;
      }
      before = key;
      starred = false;
      const hex = row.map((byte) => byte.toString(16).padStart(2, '0'));
      if (isOd) {
        const words: string[] = [];
        for (let index = 0; index < row.length; index += 2) {
          words.push(
            (((row[index + 1] ?? 0) << 8) | (row[index] ?? 0)).toString(8).padStart(6, '0'),
          );
        }
        const address =
          given.value('A') === 'x'
            ? at.toString(16).padStart(6, '0')
            : at.toString(8).padStart(7, '0');
        const body = type.startsWith('c')
          ? row
              .map((byte) =>
                (byte >= 32 && byte < 127
                  ? String.fromCharCode(byte)
                  : ({ 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r' }[byte] ??
                    byte.toString(8).padStart(3, '0'))
                ).padStart(4),
              )
              .join('')
          : type.startsWith('x1')
            ? hex.map((byte) => ` ${byte}`).join('')
            : words.map((word) => ` ${word}`).join('');
        yield* process.put(`${address}${body}\n`);
      } else {
        const letters = row
          .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'))
          .join('');
        const halves = `${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`;
        yield* process.put(
          `${at.toString(16).padStart(8, '0')}  ${halves.padEnd(48)}  |${letters}|\n`,
        );
      }
    }
    yield* process.put(
      `${isOd ? bytes.length.toString(8).padStart(7, '0') : bytes.length.toString(16).padStart(8, '0')}\n`,
    );
  });
  return fine ? 0 : 1;
}
