import { Errno } from '../../os/errno.ts';
import { readAll, TURN } from '../../os/process.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import { byteLength } from '../../fs/content.ts';
import { Pipe } from '../../os/stream.ts';
import { getopt } from './options.ts';
import { openInput, Records, toBytes, words } from './input.ts';
import { RegexError } from './regex.ts';
import type { Match, Regex } from './regex.ts';
import { Script, ScriptError } from './sed-script.ts';
import type { Address, Command, Piece } from './sed-script.ts';
import { startShell } from './shell.ts';

const LONG: Record<string, string> = {
  quiet: 'n',
  silent: 'n',
  debug: 'debug',
  expression: 'e:',
  file: 'f:',
  'follow-symlinks': 'follow',
  'in-place': 'i::',
  'line-length': 'l:',
  posix: 'p',
  'regexp-extended': 'E',
  separate: 's',
  sandbox: 'sandbox',
  unbuffered: 'u',
  'null-data': 'z',
  'zero-terminated': 'z',
  help: 'help',
  version: 'version',
};
const HELP =
  'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n\nOptions: -n -e script -f script-file -E -r -i[SUFFIX] -l N -s -z --help --version\n';

/** What a script writes to. A line that had no end gets one when another follows it. */
class Output {
  readonly #write: (text: string) => void;
  #missing = false;
  text = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }
  line(text: string, ended: boolean, end: string): void {
    this.raw(ended ? text + end : text, end);
    this.#missing = !ended;
  }
  raw(text: string, end: string): void {
    this.text += this.#missing ? end + text : text;
    this.#missing = false;
  }
  flush(): void {
    if (this.text !== '') this.#write(this.text);
    this.text = '';
  }
}

/** An error of writing; sed has no name for the file then (utils.c: ck_fflush()). */
const written =
  (file: { write(text: string): void }) =>
  (text: string): void => {
    try {
      file.write(text);
    } catch (problem) {
      throw new ScriptError(`couldn't flush <unknown>: ${words(problem)}`, 4);
    }
  };

class Done extends Error {
  readonly status: number;
  constructor(status: number) {
    super();
    this.status = status;
  }
}

export function* sed(process: Process): Program {
  const { found, rest, error } = getopt(process.args, 'bsnrzuEe:f:l:i::V:s', LONG);
  const say = (text: string, status: number): number => {
    process.warn(`sed: ${text}\n`);
    return status;
  };
  if (error !== null) {
    process.warn(`sed: ${error}\n${HELP}`);
    return 1;
  }
  const flags = new Set<string>();
  let suffix = '';
  let width = 70;
  let given = false;
  let expressions = 0;
  const parts: [string, string | number][] = [];
  try {
    for (const [option, value] of found) {
      if (option === 'e') {
        parts.push([value ?? '', ++expressions]);
        given = true;
      } else if (option === 'f') {
        given = true;
        try {
          const { source, close } = openInput(process, value ?? '');
          const text = yield* readAll(source);
          close();
          parts.push([text.replace(/\n$/, ''), value ?? '']);
        } catch (problem) {
          return say(`couldn't open file ${value ?? ''}: ${words(problem)}`, 4);
        }
      } else if (option === 'i') {
        flags.add('i').add('s');
        suffix = value ?? '';
      } else if (option === 'l') {
        if (!/^\d+$/.test(value ?? '')) return say(`invalid line length: ${value ?? ''}`, 1);
        width = Number(value);
      } else if (option === 'help') {
        process.print(HELP);
        return 0;
      } else if (option === 'version') {
        process.print('sed (GNU sed) 4.9\n');
        return 0;
      } else {
        flags.add(option === 'r' ? 'E' : option);
      }
    }
    if (!given) {
      const first = rest.shift();
      if (first === undefined) {
        process.warn(HELP);
        return 1;
      }
      parts.push([first, 1]);
    }
    const script = new Script(flags.has('E'));
    for (const [text, from] of parts) script.add(text, from);
    script.finish();
    if (script.quiet) flags.add('n');
    if (flags.has('i') && rest.length === 0) return say('no input files', 4);
    return yield* new Editor(process, script.commands, flags, suffix, width, rest).run();
  } catch (problem) {
    if (problem instanceof ScriptError) return say(problem.message, problem.status);
    if (problem instanceof RegexError) return say(problem.message.toLowerCase(), 4);
    throw problem;
  }
}

class Editor {
  readonly #process: Process;
  readonly #commands: Command[];
  readonly #flags: Set<string>;
  readonly #suffix: string;
  readonly #width: number;
  readonly #files: string[];
  readonly #end: string;
  readonly #stdout: Output;
  readonly #outputs = new Map<string, Output>();
  readonly #readers = new Map<string, Records | null>();
  readonly #closers: (() => void)[] = [];
  #out: Output;
  /** The file that is read, the line after the current one, and what ends an edit in place. */
  #records: Records | null = null;
  #ahead: { text: string; ended: boolean } | null = null;
  #name = '-';
  #close: () => void = () => undefined;
  #finish: () => void = () => undefined;
  #status = 0;
  #line = 0;
  #pattern = '';
  #ended = true;
  #hold = '';
  /** Whether the line had an end goes with its text. */
  #holdEnded = true;
  #appended: { text: string; isRecord: boolean }[] = [];
  #last: Regex | null = null;
  #replaced = false;
  #turns = 0;

  constructor(
    process: Process,
    commands: Command[],
    flags: Set<string>,
    suffix: string,
    width: number,
    files: string[],
  ) {
    this.#process = process;
    this.#commands = commands;
    this.#flags = flags;
    this.#suffix = suffix;
    this.#width = width;
    this.#files = files.length > 0 ? [...files] : ['-'];
    this.#end = flags.has('z') ? '\0' : '\n';
    this.#stdout = new Output((text) => process.print(text));
    this.#out = this.#stdout;
  }

  *run(): Program {
    try {
      for (const { name, text, flags } of this.#commands) {
        if (name === 'w' || name === 'W' || flags.has('w')) this.#output(text);
      }
      yield* this.#lookAhead(true);
      while (yield* this.#advance()) {
        yield* this.#cycle();
        yield* this.#flush();
      }
    } catch (problem) {
      if (!(problem instanceof Done)) throw problem;
      this.#status = problem.status;
    } finally {
      this.#close();
    }
    this.#finish();
    for (const output of this.#outputs.values()) output.flush();
    for (const close of this.#closers) close();
    yield* this.#flush(true);
    return this.#status;
  }

  *#flush(last = false): Step {
    const { text } = this.#stdout;
    // Blocks, as stdio writes them; lines where somebody watches.
    if (text !== '' && (last || text.length >= 4096 || this.#process.stdout.isTerminal)) {
      this.#stdout.text = '';
      yield* this.#process.put(text);
    }
    for (const output of this.#outputs.values()) output.flush();
    if (++this.#turns % 100 === 0) yield TURN;
  }

  #complain(text: string, status: number): void {
    this.#process.warn(`sed: ${text}\n`);
    this.#status = status;
  }

  #output(name: string): Output {
    if (name === '/dev/stdout') return this.#out;
    let output = this.#outputs.get(name);
    if (output === undefined) {
      if (name === '/dev/stderr') {
        output = new Output((text) => this.#process.warn(text));
      } else {
        try {
          const { system, cwd } = this.#process;
          const file = system.fs.open(name, cwd, { write: true, create: true, truncate: true });
          output = new Output(written(file));
          this.#closers.push(() => file.open.close());
        } catch (problem) {
          throw new ScriptError(`couldn't open file ${name}: ${words(problem)}`, 4);
        }
      }
      this.#outputs.set(name, output);
    }
    return output;
  }

  /** Opens files until there is a next line. */
  *#lookAhead(open: boolean): Step {
    for (;;) {
      if (this.#records !== null) {
        try {
          this.#ahead = yield* this.#records.next();
        } catch (problem) {
          if (!(problem instanceof Errno)) throw problem;
          throw new ScriptError(`read error on ${this.#name}: ${problem.message}`, 4);
        }
        if (this.#ahead !== null) return;
        this.#close();
        this.#close = () => undefined;
        this.#records = null;
      }
      // With -s and -i the last line of each file is a last line: the next file opens later.
      if (this.#flags.has('s') && !open) return;
      this.#finish();
      this.#finish = () => undefined;
      const name = this.#files.shift();
      if (name === undefined) return;
      this.#open(name);
    }
  }

  #open(name: string): void {
    const { fs } = this.#process.system;
    const { cwd } = this.#process;
    try {
      if (this.#flags.has('i')) {
        if (fs.stat(name, cwd).type !== 'file') {
          this.#complain(`couldn't edit ${name}: not a regular file`, 4);
          return;
        }
      }
      const { source, close } = openInput(this.#process, name);
      this.#close = close;
      this.#records = new Records(source, this.#end);
      this.#name = name;
    } catch (problem) {
      this.#complain(`can't read ${name}: ${words(problem)}`, 2);
      return;
    }
    if (this.#flags.has('i')) this.#editInPlace(name);
    if (this.#flags.has('s')) this.#line = 0;
  }

  /** A new file beside the old one, which takes its name in the end (open_next_file(), closedown()). */
  #editInPlace(name: string): void {
    const { fs } = this.#process.system;
    const { cwd, pid } = this.#process;
    const folder = name.includes('/') ? name.replace(/[^/]*$/, '') : './';
    const letters = Array.from({ length: 6 }, (_, at) =>
      ((pid * 7919) ** 2 + at * 31).toString(36).at(-1 - at),
    );
    const temporary = `${folder}sed${letters.join('')}`;
    const { mode } = fs.stat(name, cwd);
    try {
      const file = fs.open(temporary, cwd, { write: true, create: true, exclusive: true, mode });
      const output = new Output(written(file));
      this.#out = output;
      this.#finish = () => {
        output.flush();
        file.open.close();
        if (this.#suffix !== '') {
          const base = name.replace(/^.*\//, '');
          const backup = this.#suffix.includes('*')
            ? this.#suffix.replaceAll('*', base)
            : base + this.#suffix;
          fs.rename(name, backup.includes('/') ? backup : folder + backup, cwd);
        }
        fs.rename(temporary, name, cwd);
        this.#out = this.#stdout;
      };
    } catch (problem) {
      throw new ScriptError(
        `couldn't open temporary file ${temporary.replace(/^\.\//, './')}: ${words(problem)}`,
        4,
      );
    }
  }

  /** Makes the next line the pattern space; false when there is none. */
  *#advance(): Step<boolean> {
    if (this.#ahead === null && this.#files.length > 0) {
      yield* this.#lookAhead(true);
    }
    if (this.#ahead === null) return false;
    const { text, ended } = this.#ahead;
    this.#line++;
    this.#pattern = text;
    this.#ended = ended;
    this.#current = this.#name;
    yield* this.#lookAhead(false);
    return true;
  }
  #current = '-';

  get #isLast(): boolean {
    return this.#ahead === null && (this.#flags.has('s') || this.#files.length === 0);
  }
  get #hasNext(): boolean {
    return this.#ahead !== null || this.#files.length > 0;
  }

  #print(): void {
    this.#out.line(this.#pattern, this.#ended, this.#end);
  }
  #autoPrint(): void {
    if (!this.#flags.has('n')) this.#print();
  }

  *#dumpAppended(): Step {
    for (const { text, isRecord } of this.#appended) {
      if (isRecord) {
        const line = yield* this.#readers.get(text)?.next() ?? none();
        if (line !== null) this.#out.line(line.text, line.ended, this.#end);
      } else {
        this.#out.raw(text, this.#end);
      }
    }
    this.#appended = [];
  }

  #matchesOne(address: Address): boolean {
    switch (address.kind) {
      case 'line':
        return this.#line === address.line;
      case 'step':
        return this.#line >= address.first && (this.#line - address.first) % address.step === 0;
      case 'last':
        return this.#isLast;
      case 'regex':
        return this.#expression(address.regex).test(this.#pattern);
      default:
        return false;
    }
  }

  #expression(regex: Regex | null): Regex {
    if (regex !== null) this.#last = regex;
    // The place is that of no command: the script has been read already.
    if (this.#last === null) {
      throw new ScriptError('-e expression #1, char 0: no previous regular expression');
    }
    return this.#last;
  }

  /** Whether a command's addresses choose this line (match_address_p()). */
  #matches(command: Command): boolean {
    const { from, to } = command;
    if (from === null) return true;
    if (to === null) return this.#matchesOne(from);
    const line = this.#line;
    if (command.active) {
      if (to.kind === 'regex' || to.kind === 'last' || to.kind === 'step') {
        if (this.#matchesOne(to)) command.active = false;
        return true;
      }
      if (line >= command.end) command.active = false;
      return line <= command.end || this.#matchesOne(from);
    }
    if (!this.#matchesOne(from)) return false;
    if (to.kind === 'line') command.end = to.line;
    else if (to.kind === 'plus') command.end = line + to.line;
    else if (to.kind === 'multiple') {
      command.end = to.line > 0 ? Math.ceil(line / to.line) * to.line : line;
    } else {
      command.active = to.kind !== 'last' || !this.#isLast;
      return true;
    }
    command.active = command.end > line;
    return true;
  }

  /** One cycle: the script on one line, from its beginning once more after `D`. */
  *#cycle(): Step {
    while (yield* this.#pass()) yield TURN;
  }

  /** Whether the script begins anew without a new line. */
  *#pass(): Step<boolean> {
    this.#replaced = false;
    let at = 0;
    let steps = 0;
    const end = this.#end;
    for (;;) {
      const command = this.#commands[at];
      if (command === undefined) break;
      at++;
      if (++steps % 100 === 0) yield TURN;
      if (this.#matches(command) === command.negated) {
        if (command.name === '{') at = command.target;
        continue;
      }
      switch (command.name) {
        case 'a':
          this.#appended.push({ text: command.text, isRecord: false });
          break;
        case 'i':
          this.#out.raw(command.text, end);
          break;
        case 'c':
          if (command.to === null || !command.active || command.negated) {
            this.#out.raw(command.text, end);
          }
          yield* this.#dumpAppended();
          return false;
        case 'b':
          at = command.target;
          break;
        case 't':
          if (this.#replaced) at = command.target;
          this.#replaced = false;
          break;
        case 'T':
          if (!this.#replaced) at = command.target;
          this.#replaced = false;
          break;
        case 'd':
          yield* this.#dumpAppended();
          return false;
        case 'D': {
          const line = this.#pattern.indexOf(end);
          yield* this.#dumpAppended();
          if (line < 0) return false;
          this.#pattern = this.#pattern.slice(line + 1);
          return true;
        }
        case 'e':
          yield* this.#execute(command);
          break;
        case 'F':
          this.#out.raw(`${this.#current}\n`, end);
          break;
        case 'g':
          this.#pattern = this.#hold;
          this.#ended = this.#holdEnded;
          break;
        case 'G':
          this.#pattern += end + this.#hold;
          this.#ended = this.#holdEnded;
          break;
        case 'h':
          this.#hold = this.#pattern;
          this.#holdEnded = this.#ended;
          break;
        case 'H':
          this.#hold += end + this.#pattern;
          this.#holdEnded = this.#ended;
          break;
        case 'x':
          [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
          [this.#ended, this.#holdEnded] = [this.#holdEnded, this.#ended];
          break;
        case 'l':
          this.#out.raw(listed(this.#pattern, command.number ?? this.#width), end);
          break;
        case 'n':
        case 'N': {
          const before = this.#pattern;
          if (!this.#hasNext) {
            this.#autoPrint();
            yield* this.#dumpAppended();
            throw new Done(this.#status);
          }
          if (command.name === 'n') this.#autoPrint();
          yield* this.#dumpAppended();
          yield* this.#advance();
          if (command.name === 'N') this.#pattern = before + end + this.#pattern;
          break;
        }
        case 'p':
          this.#print();
          break;
        case 'P':
          this.#out.line(this.#pattern.split(end, 1)[0] ?? '', true, end);
          break;
        case 'q':
          this.#autoPrint();
          yield* this.#dumpAppended();
          throw new Done(command.number ?? this.#status);
        case 'Q':
          throw new Done(command.number ?? this.#status);
        case 'r':
          {
            const text = yield* this.#content(command.text);
            if (text !== '') this.#appended.push({ text, isRecord: false });
          }
          break;
        case 'R':
          if (!this.#readers.has(command.text)) {
            let reader: Records | null = null;
            try {
              reader = new Records(openInput(this.#process, command.text).source, end);
            } catch (problem) {
              words(problem);
            }
            this.#readers.set(command.text, reader);
          }
          this.#appended.push({ text: command.text, isRecord: true });
          break;
        case 's':
          yield* this.#substitute(command);
          break;
        case 'w':
          this.#output(command.text).line(this.#pattern, this.#ended, end);
          break;
        case 'W':
          this.#output(command.text).line(this.#pattern.split(end, 1)[0] ?? '', true, end);
          break;
        case 'y':
          this.#pattern = Array.from(
            this.#pattern,
            (letter) => command.map.get(letter) ?? letter,
          ).join('');
          break;
        case 'z':
          this.#pattern = '';
          break;
        case '=':
          this.#out.raw(`${this.#line}\n`, end);
          break;
        default:
      }
    }
    this.#autoPrint();
    yield* this.#dumpAppended();
    return false;
  }

  *#content(name: string): Step<string> {
    try {
      const { source, close } = openInput(this.#process, name === '/dev/stdin' ? '-' : name);
      const text = yield* readAll(source);
      close();
      return text;
    } catch (problem) {
      words(problem);
      return '';
    }
  }

  *#shell(command: string): Step<string> {
    yield* this.#flush(true);
    const pipe = new Pipe();
    const writer = pipe.openForWriting();
    const reader = pipe.openForReading();
    const child = startShell(this.#process, command, { 1: writer });
    writer.close();
    const text = yield* readAll(pipe.source);
    reader.close();
    yield* this.#process.wait(child);
    return text;
  }

  *#execute(command: Command): Step {
    if (command.text !== '') {
      this.#out.raw(yield* this.#shell(command.text), this.#end);
      return;
    }
    this.#pattern = (yield* this.#shell(this.#pattern)).replace(/\n$/, '');
  }

  *#substitute(command: Command): Step {
    const regex = this.#expression(command.regex);
    const text = this.#pattern;
    const { flags } = command;
    const wanted = command.number ?? 1;
    let out = '';
    let at = 0;
    let count = 0;
    let done = false;
    let lastEnd = -1;
    while (at <= text.length) {
      const match = regex.exec(text, at);
      if (match === null) break;
      const { start, end } = match;
      out += text.slice(at, start);
      const empty = start === end;
      // An empty match right behind another is none.
      if (!(empty && start === lastEnd)) {
        count++;
        if (count < wanted) {
          out += text.slice(start, end);
        } else {
          out += replaced(command.pieces, text, match);
          done = true;
        }
      }
      at = lastEnd = end;
      if (empty) {
        const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
        if (at < text.length) out += letter;
        at += letter.length;
      }
      if (done && !flags.has('g')) break;
      if (count % 500 === 499) yield TURN;
    }
    if (!done) return;
    this.#pattern = out + text.slice(at);
    // Work that grows with the text: others get their turn in time.
    this.#process.system.scheduler.carry(text.length);
    if (this.#pattern.length > 1e6) yield TURN;
    if (this.#pattern.length > 32e6) throw new Errno('ENOMEM');
    this.#replaced = true;
    if (flags.has('e')) this.#pattern = (yield* this.#shell(this.#pattern)).replace(/\n$/, '');
    if (flags.has('p')) this.#print();
    if (flags.has('w')) this.#output(command.text).line(this.#pattern, this.#ended, this.#end);
  }
}

// eslint-disable-next-line require-yield -- a file that is not there has no lines
function* none(): Step<null> {
  return null;
}

function replaced(pieces: readonly Piece[], text: string, { at }: Match): string {
  let out = '';
  let mode = '';
  let once = '';
  const fold = (how: string, what: string): string =>
    how === 'U' || how === 'u'
      ? what.toUpperCase()
      : how === 'L' || how === 'l'
        ? what.toLowerCase()
        : what;
  for (const piece of pieces) {
    if (typeof piece === 'object' && 'fold' in piece) {
      if (piece.fold === 'u' || piece.fold === 'l') {
        once = piece.fold;
      } else {
        mode = piece.fold === 'E' ? '' : piece.fold;
      }
      continue;
    }
    const what =
      typeof piece === 'string'
        ? piece
        : at[2 * piece.group]! < 0
          ? ''
          : text.slice(at[2 * piece.group], at[2 * piece.group + 1]);
    if (what === '') continue;
    const first = String.fromCodePoint(what.codePointAt(0)!);
    out +=
      once === '' ? fold(mode, what) : fold(once, first) + fold(mode, what.slice(first.length));
    once = '';
  }
  return out;
}

const LETTERS: Record<string, string> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** What `l` shows: everything visible, in lines of that many columns. */
function listed(text: string, width: number): string {
  let out = '';
  let column = 0;
  for (const letter of text) {
    let shown = LETTERS[letter];
    if (shown === undefined) {
      const plain = letter >= ' ' && letter <= '~';
      shown = plain
        ? letter
        : Array.from(
            toBytes(letter),
            (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
          ).join('');
    }
    for (const piece of byteLength(letter) > 1 ? (shown.match(/\\\d+/g) ?? []) : [shown]) {
      if (width > 0 && column + piece.length > width - 1) {
        out += '\\\n';
        column = 0;
      }
      out += piece;
      column += piece.length;
    }
  }
  return `${out}$\n`;
}
