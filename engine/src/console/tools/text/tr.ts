import { readSome } from '../../os/process.ts';
import type { Process, Program } from '../../os/process.ts';
import { getopt } from './options.ts';
import { Buffered, fromBytes, toBytes, usage } from './input.ts';
import { CLASSES, CONTROLS } from './regex.ts';

const LONG: Record<string, string> = {
  complement: 'c',
  delete: 'd',
  'squeeze-repeats': 's',
  'truncate-set1': 't',
  help: 'help',
};
const HELP =
  'Usage: tr [OPTION]... STRING1 [STRING2]\nReplaces characters, -d deletes them, -s squeezes runs; -c all others, -t shortens STRING1.\n';

class SetError extends Error {}

interface Set1 {
  codes: number[];
  /** Where `[c*]` stands that fills the set up, and with what. */
  fill: { at: number; code: number } | null;
  /** Where [:upper:] and [:lower:] stand. */
  cases: { at: number; upper: boolean }[];
  other: boolean;
  repeats: boolean;
  error?: string;
}

/** Characters of a set, escapes resolved; `plain` says that one was escaped. */
function letters(process: Process, text: string): { code: number; plain: boolean }[] {
  const out: { code: number; plain: boolean }[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 92) {
      out.push({ code, plain: false });
      continue;
    }
    const octal = /^[0-3]?[0-7]{1,2}/.exec(text.slice(at + 1, at + 4))?.[0];
    const next = text[at + 1];
    if (octal !== undefined) {
      out.push({ code: parseInt(octal, 8), plain: true });
      at += octal.length;
    } else if (next === undefined) {
      process.warn('tr: warning: an unescaped backslash at end of string is not portable\n');
      out.push({ code, plain: true });
    } else {
      const control = Object.hasOwn(CONTROLS, next) ? CONTROLS[next]! : next;
      out.push({ code: control.charCodeAt(0), plain: true });
      at++;
    }
  }
  return out;
}

/** Reads a set (tr.c: build_spec_list()). */
function parse(process: Process, text: string): Set1 {
  const all = letters(process, text);
  const set: Set1 = { codes: [], fill: null, cases: [], other: false, repeats: false };
  const raw = all
    .map(({ code, plain }) => (plain ? '\u{100}' : String.fromCharCode(code)))
    .join('');
  const real = all.map(({ code }) => String.fromCharCode(code)).join('');
  let at = 0;
  while (at < all.length) {
    const rest = raw.slice(at);
    const named = /^\[([:=])([^]*?)\1\]/.exec(rest);
    if (named !== null && named[2] !== '') {
      const [whole, kind] = named;
      const name = real.slice(at + 2, at + whole.length - 2);
      at += whole.length;
      if (kind === '=') {
        if (name.length > 1) {
          throw new SetError(`${name}: equivalence class operand must be a single character`);
        }
        set.other = true;
        set.codes.push(name.charCodeAt(0));
        continue;
      }
      const test = Object.hasOwn(CLASSES, name) ? CLASSES[name]! : null;
      if (test === null) throw new SetError(`invalid character class ‘${name}’`);
      if (name === 'upper' || name === 'lower') {
        set.cases.push({ at: set.codes.length, upper: name === 'upper' });
      } else set.other = true;
      for (let code = 0; code < 128; code++) if (test(code)) set.codes.push(code);
      continue;
    }
    const repeated = /^\[([^])\*([^\]]*)\]/.exec(rest);
    if (repeated !== null) {
      const [whole, , count = ''] = repeated;
      if (!/^\d*$/.test(count)) {
        throw new SetError(`invalid repeat count ‘${count}’ in [c*n] construct`);
      }
      const code = real.charCodeAt(at + 1);
      const times = count.startsWith('0') ? parseInt(count, 8) : Number(count);
      set.repeats = true;
      if (times === 0) set.fill = { at: set.codes.length, code };
      else for (let done = 0; done < times; done++) set.codes.push(code);
      at += whole.length;
      continue;
    }
    const low = real.charCodeAt(at);
    if (raw[at + 1] === '-' && at + 2 < all.length) {
      const high = real.charCodeAt(at + 2);
      if (high < low) {
        throw new SetError(
          `range-endpoints of '${real.slice(at, at + 3)}' are in reverse collating sequence order`,
        );
      }
      for (let code = low; code <= high; code++) set.codes.push(code);
      at += 3;
      continue;
    }
    set.codes.push(low);
    at++;
  }
  return set;
}

export function* tr(process: Process): Program {
  const { found, rest, error } = getopt(process.args, '+cCdst', LONG);
  if (error !== null) return usage(process, error);
  const flags = new Set(found.map(([option]) => option.replace('C', 'c')));
  if (flags.has('help')) {
    process.print(HELP);
    return 0;
  }
  const deleting = flags.has('d');
  const squeezing = flags.has('s');
  const least = deleting === squeezing ? 2 : 1;
  const most = deleting && !squeezing ? 1 : 2;
  if (rest.length < least) {
    if (rest.length === 0) return usage(process, 'missing operand');
    const why = squeezing
      ? 'Two strings must be given when both deleting and squeezing repeats.'
      : 'Two strings must be given when translating.';
    return usage(process, `missing operand after ‘${rest[0]!}’\n${why}`);
  }
  if (rest.length > most) {
    const why =
      most === 1 ? '\nOnly one string may be given when deleting without squeezing repeats.' : '';
    return usage(process, `extra operand ‘${rest[most]!}’${why}`);
  }
  let one: Set1;
  let two: Set1 | null = null;
  try {
    one = parse(process, toBytes(rest[0]!));
    if (rest[1] !== undefined) two = parse(process, toBytes(rest[1]));
    check(one, two, rest[1], flags);
  } catch (problem) {
    if (problem instanceof SetError) return process.fail(problem.message);
    throw problem;
  }
  let from = one.codes;
  if (flags.has('c')) {
    const without = new Set(from);
    from = Array.from({ length: 256 }, (_, code) => code).filter((code) => !without.has(code));
  }
  const translating = !deleting && two !== null;
  const map = new Map<number, number>();
  let into: number[] = [];
  if (two !== null) {
    into = [...two.codes];
    if (two.fill !== null) {
      const missing = Math.max(0, from.length - into.length);
      into.splice(two.fill.at, 0, ...new Array<number>(missing).fill(two.fill.code));
    }
    if (flags.has('t') && translating) from = from.slice(0, into.length);
    const last = into.at(-1);
    if (translating) from.forEach((code, index) => map.set(code, into[index] ?? last ?? code));
  }
  const inOne = new Set(from);
  const squeezed = new Set(two === null ? from : into);
  const output = new Buffered(process);
  let before = -1;
  for (;;) {
    const text = yield* readSome(process.stdin);
    if (text === null) break;
    let out = '';
    for (const letter of toBytes(text)) {
      let code = letter.charCodeAt(0);
      if (deleting && inOne.has(code)) continue;
      code = map.get(code) ?? code;
      if (squeezing && code === before && squeezed.has(code)) continue;
      before = code;
      out += String.fromCharCode(code);
    }
    yield* output.put(fromBytes(out));
  }
  yield* output.flush();
  return 0;
}

function check(one: Set1, two: Set1 | null, second: string | undefined, flags: Set<string>): void {
  if (one.fill !== null) {
    throw new SetError('the [c*] repeat construct may not appear in string1');
  }
  if (two === null || flags.has('d')) return;
  if (second === '' && one.codes.length > 0 && !flags.has('t')) {
    throw new SetError('when not truncating set1, string2 must be non-empty');
  }
  if (two.other) {
    throw new SetError(
      "when translating, the only character classes that may appear in\nstring2 are 'upper' and 'lower'",
    );
  }
  for (const { at } of two.cases) {
    if (!one.cases.some((other) => other.at === at)) {
      throw new SetError('misaligned [:upper:] and/or [:lower:] construct');
    }
  }
}
