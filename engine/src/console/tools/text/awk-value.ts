import { Errno } from '../../os/errno.ts';
import { format } from './format.ts';

/** Values of mawk: numbers, strings, and what came from input and looks like a number. */
export class Strnum {
  readonly text: string;
  readonly number: number;
  constructor(text: string, number: number) {
    this.text = text;
    this.number = number;
  }
}
/** undefined: a variable without a value. */
export type Value = number | string | Strnum | undefined;

const NUMBER =
  /^[ \t-\r]*([+-]?)(?:(0x[\da-f]+)|(infinity|inf|nan)|(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))/i;

/** The number at the beginning of a text (strtod(3)), and how much of the text it takes. */
export function parseNumber(text: string): { value: number; size: number } {
  const found = NUMBER.exec(text);
  if (found === null) return { value: 0, size: 0 };
  const [all, sign, hex, word, decimal] = found;
  const size =
    hex !== undefined
      ? Number(hex)
      : word !== undefined
        ? /^i/i.test(word)
          ? Infinity
          : NaN
        : Number(decimal);
  return { value: sign === '-' ? -size : size, size: all.length };
}

/** What was read: a number where all of it is one. */
export function fromInput(text: string): Value {
  if (text === '' || text.charCodeAt(0) > 0x39 + 0x35) return text;
  const { value, size } = parseNumber(text);
  return size > 0 && /^[ \t-\r]*$/.test(text.slice(size)) ? new Strnum(text, value) : text;
}

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  return typeof value === 'string' ? parseNumber(value).value : value.number;
}

/** The largest integer that mawk prints as one: its Max_Int. */
export const INT_MOST = 2 ** 31 - 1;

export function numberText(value: number, how: string): string {
  if (Number.isInteger(value) && Math.abs(value) <= INT_MOST) return String(value + 0);
  if (how === '%.6g') return format({ flags: '', width: 0, precision: 6 }, 'g', value);
  return sprintf(how, [value], () => new Error(how));
}

export function toText(value: Value, how: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  return typeof value === 'number' ? numberText(value, how) : value.text;
}

/** Empty text and zero are false. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'string') return value !== '';
  return toNumber(value) !== 0;
}

const clamp = (value: number, least: number, most: number): number =>
  Number.isNaN(value) ? least : Math.trunc(Math.min(most, Math.max(least, value)));

/**
 * printf of mawk (print.c: do_printf()). `fail` makes the error for a bad format; what was written before
 * it goes to `partial`.
 */
export function sprintf(
  text: string,
  args: readonly Value[],
  fail: (why: string, partial: string) => Error,
): string {
  let out = '';
  let next = 0;
  let count = 0;
  let last = 0;
  for (const found of text.matchAll(
    /%(?:%|([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?(?:hh?|ll?)?([^]|$))/g,
  )) {
    const [all, flags = '', wide = '', precise, letter] = found;
    out += text.slice(last, found.index);
    last = found.index + all.length;
    if (all === '%%') {
      out += '%';
      continue;
    }
    count++;
    const take = (): Value => {
      if (next >= args.length) throw fail('not enough arguments passed to ', out);
      return args[next++];
    };
    let width = wide === '*' ? Math.trunc(toNumber(take())) : Number(wide);
    let spec = flags;
    if (width < 0) {
      width = -width;
      spec += '-';
    }
    const precision =
      precise === undefined ? -1 : precise === '*' ? Math.trunc(toNumber(take())) : Number(precise);
    const value = take();
    const form = { flags: spec, width, precision };
    switch (letter) {
      case 'd':
      case 'i':
        out += format(form, 'd', clamp(toNumber(value), -INT_MOST, INT_MOST) + 0);
        break;
      case 'o':
      case 'x':
      case 'X':
      case 'u':
        out += format(form, letter, clamp(toNumber(value), 0, 2 ** 32 - 1));
        break;
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        out += format(form, letter, toNumber(value));
        break;
      case 'c': {
        const code = typeof value === 'number' || value instanceof Strnum;
        const byte = code ? String.fromCharCode(clamp(toNumber(value), 0, INT_MOST) & 0xff) : '';
        out += format(form, 'c', code ? byte : toText(value, '%.6g').slice(0, 1));
        break;
      }
      case 's':
        out += format(form, 's', toText(value, '%.6g'));
        break;
      default:
        throw fail(`improper conversion(number ${count}) in `, out);
    }
  }
  return out + text.slice(last);
}

/** Hash of a key, as mawk's arrays use it (array.w: FNV-1a). */
function hash(text: string): number {
  let sum = 2166136261;
  for (let at = 0; at < text.length; at++) {
    sum = Math.imul(sum ^ text.charCodeAt(at), 16777619);
  }
  return sum >>> 0;
}

const FIRST_TABLE = 64;
const CHAIN_MOST = 10;

interface Entry {
  value: Value;
  /** When it was last found by its text, and by its number: a chain has the latest first. */
  byText: number;
  byNumber: number;
}

/**
 * An array. `for (k in a)` goes through mawk's hash table in its order: chain by chain, in each what was
 * used last comes first; keys that were numbers enter the table only when their texts are needed.
 */
/** Elements that one array may have. */
const ENTRIES_MOST = 500_000;

export class AwkArray {
  readonly #entries = new Map<string, Entry>();
  #clock = 0;
  #most = FIRST_TABLE;
  #texts = false;

  get size(): number {
    return this.#entries.size;
  }

  #enter(): void {
    if (this.#texts) return;
    this.#texts = true;
    const mask = this.#most - 1;
    const waiting = [...this.#entries].map(([key, entry]) => ({
      chain: Number(key) & mask,
      entry,
    }));
    waiting.sort((a, b) => a.chain - b.chain || b.entry.byNumber - a.entry.byNumber);
    for (const { entry } of waiting) entry.byText = ++this.#clock;
  }

  #find(key: Value, how: string, create: boolean): Entry | undefined {
    const number = key instanceof Strnum || key === undefined ? NaN : key;
    const isNumber =
      typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= INT_MOST;
    const text = toText(key, how);
    if (!isNumber) this.#enter();
    let entry = this.#entries.get(text);
    if (entry === undefined) {
      if (!create) return undefined;
      if (this.#entries.size >= ENTRIES_MOST) throw new Errno('ENOMEM');
      entry = { value: undefined, byText: 0, byNumber: 0 };
      this.#entries.set(text, entry);
      if (this.#texts) entry.byText = ++this.#clock;
      while (this.#entries.size > this.#most * CHAIN_MOST) this.#most *= 2;
    }
    if (isNumber) entry.byNumber = ++this.#clock;
    else entry.byText = ++this.#clock;
    return entry;
  }

  has(key: Value, how: string): boolean {
    return this.#find(key, how, false) !== undefined;
  }
  /** Reading makes the element. */
  at(key: Value, how: string): Entry {
    return this.#find(key, how, true)!;
  }
  delete(key: Value, how: string): void {
    this.#entries.delete(toText(key, how));
  }
  clear(): void {
    this.#entries.clear();
    this.#texts = false;
    this.#most = FIRST_TABLE;
  }
  keys(): string[] {
    this.#enter();
    const mask = this.#most - 1;
    return [...this.#entries]
      .map(([key, { byText }]) => ({ key, byText, chain: hash(key) & mask }))
      .sort((a, b) => a.chain - b.chain || b.byText - a.byText)
      .map(({ key }) => key);
  }
}
