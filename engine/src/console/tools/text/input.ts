import { Errno } from '../../os/errno.ts';
import { Lines, readAll } from '../../os/process.ts';
import type { Process, Step } from '../../os/process.ts';
import type { Source } from '../../os/stream.ts';

/** What the text tools share: their input, and bytes where they count in bytes. */

/** A file to read, or standard input for `-`. `close` when done. Throws `Errno`. */
export function openInput(process: Process, name: string): { source: Source; close(): void } {
  if (name === '-') return { source: process.stdin, close: () => undefined };
  const { open } = process.system.fs.open(name, process.cwd, { read: true });
  if (open.source === null) {
    open.close();
    throw new Errno('EBADF');
  }
  return { source: open.source, close: () => open.close() };
}

/** All of a file. Throws `Errno`. */
export function* readInput(process: Process, name: string): Step<string> {
  const { source, close } = openInput(process, name);
  try {
    return yield* readAll(source);
  } finally {
    close();
  }
}

/** The lines of a text without their ends; a last line without an end counts too. */
export function linesOf(text: string, end = '\n'): string[] {
  const lines = text.split(end);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Reads records that end with a line end, or with NUL. */
export class Records {
  readonly #source: Source;
  readonly #lines: Lines | null;
  #pieces: string[] | null = null;

  constructor(source: Source, end = '\n') {
    this.#source = source;
    this.#lines = end === '\n' ? new Lines(source) : null;
  }

  /** The next without its end; `ended` says whether it had one. */
  *next(): Step<{ text: string; ended: boolean } | null> {
    if (this.#lines !== null) return yield* this.#lines.next();
    this.#pieces ??= (yield* readAll(this.#source)).split('\0');
    const text = this.#pieces.shift();
    const ended = this.#pieces.length > 0;
    return text === undefined || (text === '' && !ended) ? null : { text, ended };
  }
}

/**
 * Standard output of a tool that writes line by line: blocks, as stdio writes them, so that a file of /proc
 * gets one write(2); lines only where somebody watches a terminal.
 */
export class Buffered {
  readonly #process: Process;
  #text = '';

  constructor(process: Process) {
    this.#process = process;
  }
  *put(text: string): Step {
    this.#text += text;
    if (this.#text.length >= 4096 || this.#process.stdout.isTerminal) yield* this.flush();
  }
  *flush(): Step {
    const text = this.#text;
    this.#text = '';
    if (text !== '') yield* this.#process.put(text);
  }
}

/** What an error of a system call says; anything else is thrown on. */
export function words(error: unknown): string {
  if (error instanceof Errno) return error.message;
  throw error;
}

/** A usage error as most tools say it. */
export function usage(process: Process, text: string | null, status = 1): number {
  if (text !== null) process.warn(`${process.name}: ${text}\n`);
  process.warn(`Try '${process.name} --help' for more information.\n`);
  return status;
}

const encoder = new TextEncoder();
const PLAIN = /^[\0-\x7f]*$/;

/** A text with one character for each byte, U+0000 to U+00FF. */
export function toBytes(text: string): string {
  if (PLAIN.test(text)) return text;
  let out = '';
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (code < 0x80) out += letter;
    else if (code >= 0xdc80 && code <= 0xdcff) out += String.fromCharCode(code & 0xff);
    else for (const byte of encoder.encode(letter)) out += String.fromCharCode(byte);
  }
  return out;
}

/** The reverse of `toBytes`; bytes that are no UTF-8 become lone surrogates (stream.ts). */
export function fromBytes(bytes: string): string {
  if (PLAIN.test(bytes)) return bytes;
  return bytes.replace(
    /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g,
    (run) => {
      const letter = run.length === 1 ? -1 : letterOf(run);
      if (letter >= 0) return String.fromCodePoint(letter);
      return Array.from(run, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0))).join('');
    },
  );
}

/** The least letter that takes so many bytes. */
const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];

/** The letter that bytes of UTF-8 say, the first of them a leading one; -1 where there is none. */
function letterOf(bytes: string): number {
  const { length } = bytes;
  let letter = bytes.charCodeAt(0) & (0xff >> (length + 1));
  for (let at = 1; at < length; at++) letter = (letter << 6) | (bytes.charCodeAt(at) & 0x3f);
  const isLetter =
    letter >= (LEAST[length] ?? 0) && letter <= 0x10_ffff && (letter & ~0x7ff) !== 0xd800;
  return isLetter ? letter : -1;
}

/** Order of bytes, which for UTF-8 is that of code points. */
export function compareBytes(one: string, other: string): number {
  const a = toBytes(one);
  const b = toBytes(other);
  return a < b ? -1 : a > b ? 1 : 0;
}
