import { Errno } from '../../os/errno.ts';
import { readSome } from '../../os/process.ts';
import type { Process, Step } from '../../os/process.ts';
import { Pipe } from '../../os/stream.ts';
import type { Source } from '../../os/stream.ts';
import { AwkArray, fromInput, sprintf, Strnum, toNumber, toText } from './awk-value.ts';
import type { Value } from './awk-value.ts';
import { AwkError, unescape } from './awk-lexer.ts';
import { fromBytes, openInput, toBytes, words } from './input.ts';
import { Regex, RegexError } from './regex.ts';
import { startShell } from './shell.ts';

/** What a variable holds. A `Handed` is an argument of which it is still open whether it is an array. */
export interface Cell {
  value: Value | AwkArray | Handed;
}
class Handed {
  readonly cell: Cell;
  constructor(cell: Cell) {
    this.cell = cell;
  }
}

/** How records or fields are parted: at blanks, by letter, in paragraphs, or by an expression. */
type Separator = ' ' | '' | '\n\n' | Regex;

const FIELDS_MOST = 32_767;
const DEPTH_MOST = 1000;
/** Characters of a record, and of one whose end an expression tells, which is looked for from its start each time. */
const RECORD_MOST = 4 * 2 ** 20;
const SEARCHED_MOST = 2 ** 19;

/** Records of a file or of a command's output. */
class Reader {
  readonly #source: Source;
  readonly close: () => void;
  readonly wait: () => Step<number>;
  #buffer = '';
  /** Pieces of a record before the buffer, in which its end was looked for already. */
  #before: string[] = [];
  #length = 0;
  #ended = false;

  constructor(source: Source, close: () => void, wait: () => Step<number>) {
    this.#source = source;
    this.close = close;
    this.wait = wait;
  }

  *#more(): Step {
    const text = yield* readSome(this.#source);
    if (text === null) this.#ended = true;
    else this.#buffer += toBytes(text);
  }

  #hold(): void {
    this.#before.push(this.#buffer);
    this.#length += this.#buffer.length;
    this.#buffer = '';
    if (this.#length > RECORD_MOST) throw new Errno('ENOMEM');
  }

  /** null at the end. */
  *next(separator: Separator, newline: boolean): Step<string | null> {
    for (;;) {
      let start = -1;
      let end = -1;
      if (newline) {
        start = this.#buffer.indexOf('\n');
        end = start + 1;
        if (start < 0 && !this.#ended) {
          this.#hold();
          yield* this.#more();
          continue;
        }
        this.#buffer = this.#before.join('') + this.#buffer;
        if (start >= 0) {
          start += this.#length;
          end += this.#length;
        }
        this.#before = [];
        this.#length = 0;
      } else if (separator === '\n\n') {
        this.#buffer = this.#buffer.replace(/^\n+/, '');
        const found = /\n\n+/.exec(this.#buffer);
        if (
          found !== null &&
          (this.#ended || found.index + found[0].length < this.#buffer.length)
        ) {
          start = found.index;
          end = start + found[0].length;
        }
      } else if (separator instanceof Regex) {
        const match = separator.exec(this.#buffer);
        // A match that touches the end may become longer.
        if (match !== null && match.end > match.start) {
          if (this.#ended || match.end < this.#buffer.length) ({ start, end } = match);
        }
      }
      if (start >= 0) {
        const text = this.#buffer.slice(0, start);
        this.#buffer = this.#buffer.slice(end);
        return text;
      }
      if (this.#ended) {
        if (this.#buffer === '') return null;
        const text = this.#buffer;
        this.#buffer = '';
        return separator === '\n\n' ? text.replace(/\n+$/, '') : text;
      }
      if (this.#buffer.length > SEARCHED_MOST) throw new Errno('ENOMEM');
      yield* this.#more();
    }
  }
}

interface Writer {
  write(text: string): void;
  /** Lets go of it. */
  close(): void;
  /** What it ended with. */
  wait(): Step<number>;
}

/** What mawk's programs run on: variables, fields, files. Strings are bytes (input.ts: toBytes()). */
export class Machine {
  readonly process: Process;
  frame: Cell[] = [];
  result: Value;
  readonly #variables = new Map<string, Cell>();
  readonly nr = this.#special('NR', 0);
  readonly fnr = this.#special('FNR', 0);
  readonly fs = this.#special('FS', ' ');
  readonly subsep = this.#special('SUBSEP', '\x1c');
  readonly #ofs = this.#special('OFS', ' ');
  readonly #ors = this.#special('ORS', '\n');
  readonly #rs = this.#special('RS', '\n');
  readonly #convfmt = this.#special('CONVFMT', '%.6g');
  readonly #ofmt = this.#special('OFMT', '%.6g');
  readonly filename = this.#special('FILENAME', undefined);
  readonly #rstart = this.#special('RSTART', 0);
  readonly #rlength = this.#special('RLENGTH', -1);
  readonly #regexes = new Map<string, Regex>();
  readonly #readers = new Map<string, Reader>();
  readonly #writers = new Map<string, Writer>();
  #out = '';
  #depth = 0;
  #seed: number;
  #random: number;
  /** Files that are left, as places in ARGV; null before the first. */
  #argument = 1;
  #main: Reader | null = null;
  #anyFile = false;

  #record: Value = '';
  #fields: Value[] = [];
  /** −1 while the record has not been parted. */
  #count = 0;
  /** The record has to be made of its fields first. */
  #stale = false;

  constructor(process: Process) {
    this.process = process;
    this.#seed = Math.floor(process.system.clock.wall / 1000);
    this.#random = this.#seed >>> 0;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- NF's accessors need both
    const machine = this;
    this.#variables.set('NF', {
      get value() {
        machine.#split();
        return machine.#count;
      },
      set value(count) {
        machine.#split();
        machine.#setCount(Math.trunc(toNumber(count as Value)));
      },
    });
    const environment = this.arrayOf(this.variable('ENVIRON'));
    for (const [name, text] of process.env) {
      environment.at(toBytes(name), '').value = fromInput(toBytes(text));
    }
  }

  #special(name: string, first: Value): Cell {
    const cell = this.variable(name);
    cell.value = first;
    return cell;
  }

  get convfmt(): string {
    return this.#convfmt.value as string;
  }
  text(one: Value): string {
    return toText(one, this.convfmt);
  }

  variable(name: string): Cell {
    let cell = this.#variables.get(name);
    if (cell === undefined) this.#variables.set(name, (cell = { value: undefined }));
    return cell;
  }
  ifArray(cell: Cell): AwkArray | null {
    if (cell.value instanceof Handed) return this.ifArray(cell.value.cell);
    return cell.value instanceof AwkArray ? cell.value : null;
  }
  arrayOf(cell: Cell): AwkArray {
    const { value } = cell;
    if (value instanceof AwkArray) return value;
    if (value !== undefined && !(value instanceof Handed)) {
      throw this.fault('a variable is used as an array');
    }
    return (cell.value = value instanceof Handed ? this.arrayOf(value.cell) : new AwkArray());
  }
  valueOf({ value }: Cell): Value {
    if (value instanceof Handed) return undefined;
    if (value instanceof AwkArray) throw this.fault('an array is used as a variable');
    return value;
  }
  handOver(cell: Cell): Cell {
    const { value } = cell;
    return { value: value === undefined ? new Handed(cell) : value };
  }
  enter(): void {
    if (++this.#depth > DEPTH_MOST) throw this.fault('stack overflow');
  }
  leave(): void {
    this.#depth--;
  }

  fault(what: string): AwkError {
    const name = this.text(this.filename.value as Value);
    const [fnr, nr] = [this.fnr, this.nr].map((cell) => this.text(cell.value as Value));
    return new AwkError(
      `run time error: ${what}\n\tFILENAME="${name}" FNR=${fnr ?? ''} NR=${nr ?? ''}`,
    );
  }

  compileRegex(source: string, line: number | null = null): Regex {
    try {
      return new Regex(source, 'awk');
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      const where = line === null ? '' : `line ${line}: `;
      throw new AwkError(`${where}regular expression compile failed (${error.message})\n${source}`);
    }
  }
  regex(pattern: Value): Regex {
    const source = this.text(pattern);
    let regex = this.#regexes.get(source);
    if (regex === undefined) this.#regexes.set(source, (regex = this.compileRegex(source)));
    return regex;
  }
  /** One letter stands for itself, whatever it means in expressions (cast.c: cast_for_split()). */
  separator(by: Value): Separator {
    const text = this.text(by);
    if (text === ' ' || text === '') return text;
    return this.regex(text.length === 1 ? text.replace(/[\^.$|()[\]+*?\\]/, '\\$&') : text);
  }

  compare(a: Value, b: Value): number {
    if (typeof a !== 'string' && typeof b !== 'string') {
      const [one, other] = [toNumber(a), toNumber(b)];
      return one < other ? -1 : one > other ? 1 : one === other ? 0 : 1;
    }
    const [one, other] = [this.text(a), this.text(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  }

  field(index: number): Value {
    const at = Math.trunc(index);
    if (at === 0) {
      if (this.#stale) this.#join();
      return this.#record;
    }
    this.#check(at);
    this.#split();
    return at > this.#count ? undefined : this.#fields[at];
  }
  #check(at: number): void {
    if (!(at >= 0)) throw this.fault(`negative field index $${at}`);
    if (at > FIELDS_MOST) throw this.fault(`maximum number of fields exceeded`);
  }
  setField(index: number, what: Value): void {
    const at = Math.trunc(index);
    if (at === 0) {
      this.#record = typeof what === 'number' ? what : (what ?? '');
      this.#count = -1;
      this.#stale = false;
      return;
    }
    this.#check(at);
    this.#split();
    if (at > this.#count) this.#setCount(at);
    this.#fields[at] = what;
    this.#stale = true;
  }
  #setCount(count: number): void {
    this.#check(count);
    for (let at = this.#count + 1; at <= count; at++) this.#fields[at] = '';
    this.#count = count;
    this.#stale = true;
  }
  #join(): void {
    const fields = this.#fields.slice(1, this.#count + 1);
    this.#record = fields.map((one) => this.text(one)).join(this.text(this.#ofs.value as Value));
    this.#stale = false;
  }
  #split(): void {
    if (this.#count >= 0) return;
    const fs = this.fs.value as Value;
    let by = this.separator(fs);
    if (by instanceof Regex && this.#paragraphs) by = this.regex(`(${this.text(fs)})|\n`);
    const pieces = this.#pieces(this.text(this.#record), by);
    this.#fields = [undefined, ...pieces.map(fromInput)];
    this.#count = pieces.length;
  }
  get #paragraphs(): boolean {
    return this.#rs.value === '';
  }
  #pieces(text: string, by: Separator): string[] {
    if (text === '') return [];
    if (by === ' ') return text.match(/[^ \t\n\v\f\r]+/g) ?? [];
    if (typeof by === 'string') return [...text];
    const out: string[] = [];
    let from = 0;
    let at = 0;
    for (;;) {
      const match = by.exec(text, at);
      if (match === null) break;
      if (match.end === match.start) {
        at = match.end + 1;
        if (at > text.length) break;
        continue;
      }
      out.push(text.slice(from, match.start));
      from = at = match.end;
    }
    out.push(text.slice(from));
    return out;
  }
  splitInto(array: AwkArray, text: string, by: Separator): number {
    const pieces = this.#pieces(text, by);
    array.clear();
    pieces.forEach((piece, index) => {
      array.at(index + 1, '').value = fromInput(piece);
    });
    return pieces.length;
  }

  match(text: string, regex: Regex): number {
    const match = regex.exec(text);
    this.#rstart.value = match === null ? 0 : match.start + 1;
    this.#rlength.value = match === null ? -1 : match.end - match.start;
    return this.#rstart.value;
  }

  substitute(
    regex: Regex,
    replacement: string,
    text: string,
    all: boolean,
  ): { count: number; text: string } {
    let out = '';
    let at = 0;
    let from = 0;
    let count = 0;
    let lastEnd = -1;
    while (at <= text.length) {
      const match = regex.exec(text, at);
      if (match === null) break;
      const { start, end } = match;
      const empty = start === end;
      if (!(empty && start === lastEnd)) {
        const said = replacement.replace(
          /\\([\\&])|&/g,
          (_, escaped?: string) => escaped ?? text.slice(start, end),
        );
        out += text.slice(from, start) + said;
        from = end;
        count++;
        if (!all) break;
      }
      lastEnd = end;
      at = empty ? end + 1 : end;
    }
    return { count, text: out + text.slice(from) };
  }

  line(values: readonly Value[]): string {
    const how = this.#ofmt.value as string;
    return (
      values.map((one) => toText(one, how)).join(this.text(this.#ofs.value as Value)) +
      this.text(this.#ors.value as Value)
    );
  }
  format(name: string, how: Value, values: readonly Value[]): string {
    const text = this.text(how);
    const shown = values.map((one) =>
      typeof one === 'number' || one instanceof Strnum ? one : this.text(one),
    );
    return sprintf(text, shown, (why, partial) => {
      if (name === 'printf') this.#out += partial;
      return this.fault(`${why}${name}("${text}")`);
    });
  }

  builtin(name: string, [one, two, three]: readonly Value[]): Value {
    switch (name) {
      case 'substr':
        return substring(
          this.text(one),
          toNumber(two),
          three === undefined ? Infinity : toNumber(three),
        );
      case 'index':
        return this.text(one).indexOf(this.text(two)) + 1;
      case 'tolower':
        return this.text(one).replace(/[A-Z]+/g, (run) => run.toLowerCase());
      case 'toupper':
        return this.text(one).replace(/[a-z]+/g, (run) => run.toUpperCase());
      case 'int':
        return Math.trunc(toNumber(one)) + 0;
      case 'sqrt':
        return Math.sqrt(toNumber(one));
      case 'exp':
        return Math.exp(toNumber(one));
      case 'log':
        return Math.log(toNumber(one));
      case 'sin':
        return Math.sin(toNumber(one));
      case 'cos':
        return Math.cos(toNumber(one));
      case 'atan2':
        return Math.atan2(toNumber(one), toNumber(two));
      case 'srand': {
        const before = this.#seed;
        this.#seed = one === undefined ? this.#now : toNumber(one);
        this.#random = Math.trunc(this.#seed * 65_537) >>> 0;
        return before;
      }
      case 'rand': {
        // A plain generator (mulberry32): the same seed gives the same numbers, as everywhere here.
        let mixed = (this.#random = (this.#random + 0x6d2b79f5) >>> 0);
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
      }
      default:
        return this.#now;
    }
  }
  get #now(): number {
    return Math.floor(this.process.system.clock.wall / 1000);
  }

  *print(text: string, redirect: { how: string; to: string } | null): Step {
    if (redirect === null) {
      this.#out += text;
      if (this.#out.length >= 4096) yield* this.flush();
      return;
    }
    const { how, to } = redirect;
    let writer = this.#writers.get(to);
    if (writer === undefined) {
      yield* this.flush();
      writer = this.#open(how, to);
      this.#writers.set(to, writer);
    }
    writer.write(text);
  }

  #open(how: string, to: string): Writer {
    const { process } = this;
    if (how === '|') {
      const pipe = new Pipe();
      const reader = pipe.openForReading();
      const writer = pipe.openForWriting();
      const child = startShell(process, fromBytes(to), { 0: reader });
      reader.close();
      return {
        write: (text) => pipe.sink.write(fromBytes(text)),
        close: () => writer.close(),
        wait: () => process.wait(child),
      };
    }
    const nothing = (): void => undefined;
    if (to === '/dev/stdout' || to === '-') {
      return { write: (text) => void (this.#out += text), close: nothing, wait: zero };
    }
    if (to === '/dev/stderr') {
      return { write: (text) => process.warn(fromBytes(text)), close: nothing, wait: zero };
    }
    try {
      const file = process.system.fs.open(fromBytes(to), process.cwd, {
        write: true,
        create: true,
        truncate: how === '>',
        append: how === '>>',
      });
      // It is written in blocks, so that a file of /proc gets one write(2).
      let held = '';
      const flush = (): void => {
        const text = held;
        held = '';
        try {
          if (text !== '') file.write(fromBytes(text));
        } catch (error) {
          throw new AwkError(`close failed on file ${to} (${words(error)})`);
        }
      };
      return {
        write: (text) => {
          held += text;
          if (held.length >= 4096) flush();
        },
        close: () => {
          flush();
          file.open.close();
        },
        wait: zero,
      };
    } catch (error) {
      throw new AwkError(`cannot open "${to}" for output (${words(error)})`);
    }
  }

  *flush(): Step<number> {
    const text = this.#out;
    this.#out = '';
    if (text !== '') yield* this.process.put(fromBytes(text));
    return 0;
  }

  *close(name: string): Step<number> {
    let status = -1;
    const writer = this.#writers.get(name);
    if (writer !== undefined) {
      this.#writers.delete(name);
      yield* this.flush();
      writer.close();
      status = yield* writer.wait();
    }
    const reader = this.#readers.get(name);
    if (reader !== undefined) {
      this.#readers.delete(name);
      reader.close();
      status = yield* reader.wait();
    }
    return status;
  }
  /** The end: everything is written and closed. */
  *finish(): Step {
    yield* this.flush();
    for (const name of [...this.#writers.keys(), ...this.#readers.keys()]) yield* this.close(name);
    this.#main?.close();
  }
  /** It was stopped: nobody waits for its commands. */
  release(): void {
    for (const one of [...this.#writers.values(), ...this.#readers.values()]) one.close();
  }

  *system(command: string): Step<number> {
    yield* this.flush();
    return yield* this.process.wait(startShell(this.process, fromBytes(command)));
  }

  #reader(name: string, isCommand: boolean): Reader {
    const { process } = this;
    if (isCommand) {
      const pipe = new Pipe();
      const writer = pipe.openForWriting();
      const reader = pipe.openForReading();
      const child = startShell(process, fromBytes(name), { 1: writer });
      writer.close();
      return new Reader(
        pipe.source,
        () => reader.close(),
        () => process.wait(child),
      );
    }
    const { source, close } = openInput(process, name === '/dev/stdin' ? '-' : fromBytes(name));
    return new Reader(source, close, zero);
  }

  *#read(reader: Reader): Step<string | null> {
    const rs = this.text(this.#rs.value as Value);
    const newline = rs === '\n';
    return yield* reader.next(
      newline ? '' : rs === '' ? '\n\n' : this.#separatorOfRecords(rs),
      newline,
    );
  }
  #separatorOfRecords(rs: string): Separator {
    const by = this.separator(rs);
    return by === ' ' ? this.regex(' ') : by;
  }

  *getline(
    how: '|' | '<' | '',
    name: string,
    assign: ((text: Value) => void) | null,
  ): Step<number> {
    let text: string | null;
    if (how === '') {
      text = yield* this.nextRecord();
      if (text === null) return 0;
    } else {
      let reader = this.#readers.get(name);
      if (reader === undefined) {
        yield* this.flush();
        try {
          reader = this.#reader(name, how === '|');
        } catch (error) {
          if (error instanceof Errno) return -1;
          throw error;
        }
        this.#readers.set(name, reader);
      }
      try {
        text = yield* this.#read(reader);
      } catch (error) {
        if (error instanceof Errno) return -1;
        throw error;
      }
      if (text === null) return 0;
    }
    if (assign === null) this.setField(0, fromInput(text));
    else assign(fromInput(text));
    return 1;
  }

  #counted(cell: Cell): void {
    cell.value = toNumber(cell.value as Value) + 1;
  }

  /** The next record of the files in ARGV; null when there is none. */
  *nextRecord(): Step<string | null> {
    for (;;) {
      if (this.#main === null) {
        if (!this.#nextFile()) return null;
        continue;
      }
      if (this.process.stdout.isTerminal) yield* this.flush();
      let text: string | null;
      try {
        text = yield* this.#read(this.#main);
      } catch (error) {
        throw new AwkError(
          `read failure in ${this.text(this.filename.value as Value)}: ${words(error)}`,
        );
      }
      if (text !== null) {
        this.#counted(this.nr);
        this.#counted(this.fnr);
        return text;
      }
      this.skipFile();
    }
  }
  skipFile(): void {
    this.#main?.close();
    this.#main = null;
  }
  #nextFile(): boolean {
    const argv = this.arrayOf(this.variable('ARGV'));
    const count = toNumber(this.variable('ARGC').value as Value);
    while (this.#argument < count) {
      const at = this.#argument++;
      const name = argv.has(at, '') ? this.text(argv.at(at, '').value) : '';
      if (name === '' || this.assignment(name)) continue;
      this.#openMain(name);
      return true;
    }
    if (this.#anyFile) return false;
    this.#openMain('-');
    return true;
  }
  #openMain(name: string): void {
    try {
      this.#main = this.#reader(name === '-' ? '/dev/stdin' : name, false);
    } catch (error) {
      throw new AwkError(`cannot open ${name} (${words(error)})`);
    }
    this.#anyFile = true;
    this.filename.value = name;
    this.fnr.value = 0;
  }

  /** `name=value` on the command line; false where it is none. */
  assignment(text: string): boolean {
    const found = /^([A-Za-z_]\w*)=([^]*)$/.exec(text);
    if (found === null) return false;
    this.variable(found[1]!).value = fromInput(unescape(found[2]!));
    return true;
  }

  status(one: Value): number {
    return Math.trunc(toNumber(one)) & 0xff;
  }
}

// eslint-disable-next-line require-yield -- a file has no exit status to wait for
function* zero(): Step<number> {
  return 0;
}

/** substr(): what stands before the first letter makes this mawk's result longer (bi_funct.c: bi_substr()). */
function substring(text: string, start: number, length: number): string {
  const from = Math.trunc(start);
  const size = Math.trunc(length) - Math.min(from, 0);
  const first = Math.max(from, 1) - 1;
  return size > 0 ? text.slice(first, first + size) : '';
}
