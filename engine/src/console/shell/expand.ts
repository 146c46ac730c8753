import type { FileSystem } from '../fs/file-system.ts';
import { typeOf } from '../fs/file-system.ts';
import type { Step } from '../os/process.ts';
import type { Parameter, Part, Word } from './ast.ts';
import { evaluate } from './arithmetic.ts';
import { unescape } from './parse.ts';
import { QUOTE, hasPattern, patternSource, regexOf, unquoted } from './pattern.ts';
import type { Shell } from './shell.ts';

/** Expansion of words (bash(1), EXPANSION). */

/** What a word may become, and a variable hold. */
const WORDS_MOST = 100_000;
const TEXT_MOST = 4 * 2 ** 20;

/** Ends the command; `leaves`: the status with which a shell that is no terminal's ends altogether. */
export class ExpansionFault extends Error {
  readonly leaves: number | null;
  constructor(message: string, leaves: number | null = null) {
    super(message);
    this.leaves = leaves;
  }
}

// A piece of a field: quoted letters are marked, so that neither splitting nor matching sees them.
const quote = (text: string): string => {
  let marked = '';
  for (const letter of text) marked += QUOTE + letter;
  return marked;
};

/** Fields under construction: the last is open. */
class Fields {
  readonly done: string[] = [];
  #open: string | null = null;

  add(text: string): void {
    this.#open = (this.#open ?? '') + text;
    if (this.#open.length > 2 * TEXT_MOST) throw new ExpansionFault('a word became too long');
  }
  /** Something quoted stands here, even where it is empty. */
  touch(): void {
    this.#open ??= '';
  }
  end(): void {
    if (this.#open === null) return;
    this.done.push(this.#open);
    this.#open = null;
    if (this.done.length > WORDS_MOST) throw new ExpansionFault('too many words');
  }
}

/** Words as a command gets them: everything expanded, split and matched. */
export function* expandWords(shell: Shell, words: readonly Word[]): Step<string[]> {
  const result: string[] = [];
  for (const word of words) {
    for (const braced of expandBraces(word)) {
      const fields = new Fields();
      yield* expandInto(shell, braced, fields, true);
      fields.end();
      for (const field of fields.done) for (const one of globbed(shell, field)) result.push(one);
      if (result.length > WORDS_MOST) throw new ExpansionFault('too many words');
    }
  }
  return result;
}

/** A word as one text, without splitting: of assignments, redirections, `case`. */
export function* expandText(shell: Shell, word: Word): Step<string> {
  return unquoted(yield* expandPattern(shell, word));
}

/** The same with quoted letters marked: a pattern. */
export function* expandPattern(shell: Shell, word: Word): Step<string> {
  const fields = new Fields();
  yield* expandInto(shell, word, fields, false);
  fields.end();
  return fields.done.join(' ');
}

function* expandInto(shell: Shell, word: Word, fields: Fields, split: boolean): Step {
  for (const [index, part] of word.entries()) {
    if (part.kind === 'text') {
      if (part.quoted) {
        fields.touch();
        fields.add(quote(part.text));
      } else fields.add(index === 0 ? tilde(shell, part.text, split) : part.text);
      continue;
    }
    if (part.kind === 'parameter') {
      yield* parameterInto(shell, part.parameter, part.quoted, fields, split);
      continue;
    }
    if (part.kind === 'bad') throw new ExpansionFault(`${part.text}: bad substitution`);
    if (part.kind === 'process') {
      fields.add(quote(shell.substitute(part.body, part.reads)));
      continue;
    }
    const text =
      part.kind === 'command'
        ? yield* shell.capture(part.body)
        : String(evaluate(yield* expandText(shell, part.text), shell.arithmetic));
    put(shell, text, part.quoted, fields, split);
  }
}

function put(shell: Shell, text: string, quoted: boolean, fields: Fields, split: boolean): void {
  if (quoted) {
    fields.touch();
    fields.add(quote(text));
    return;
  }
  if (!split) {
    fields.add(text);
    return;
  }
  const ifs = shell.ifs;
  if (ifs === '') {
    if (text !== '') fields.add(text);
    return;
  }
  // Blanks of IFS in a row are one separator; any other letter of it is one by itself.
  const blanks = [...ifs].filter((letter) => ' \t\n'.includes(letter)).join('');
  let current = '';
  let open = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (!ifs.includes(letter)) {
      current += letter;
      open = true;
      continue;
    }
    if (open) fields.add(current);
    const isBlank = blanks.includes(letter);
    if (!isBlank && !open) fields.touch();
    fields.end();
    current = '';
    open = false;
    if (isBlank) {
      while (blanks.includes(text[at + 1] ?? '\0')) at++;
      const next = text[at + 1] ?? '';
      if (next !== '' && ifs.includes(next)) {
        at++;
        while (blanks.includes(text[at + 1] ?? '\0')) at++;
      }
    } else while (blanks.includes(text[at + 1] ?? '\0')) at++;
  }
  if (open) fields.add(current);
}

function tilde(shell: Shell, text: string, split: boolean): string {
  const home = shell.get('HOME') ?? '/root';
  if (/^~(\/|$)/.test(text)) return quote(home) + text.slice(1);
  if (/^~\+(\/|$)/.test(text)) return quote(shell.process.cwd) + text.slice(2);
  if (/^~-(\/|$)/.test(text)) return quote(shell.get('OLDPWD') ?? '~-') + text.slice(2);
  if (/^~root(\/|$)/.test(text)) return quote('/root') + text.slice(5);
  return split ? text : text.replace(/:~(?=\/|$|:)/g, `:${home}`);
}

function* parameterInto(
  shell: Shell,
  parameter: Parameter,
  quoted: boolean,
  fields: Fields,
  split: boolean,
): Step {
  const { name, index, operator } = parameter;
  const at = index === null ? '' : yield* expandText(shell, index);
  if (parameter.prefix === '!' && (operator === '*' || operator === '@')) {
    const names = [...shell.variables.keys()].filter((other) => other.startsWith(name)).sort();
    put(shell, names.join(' '), false, fields, split);
    return;
  }
  const isList = name === '@' || name === '*' || at === '@' || at === '*';
  if (!isList || (parameter.prefix === '#' && operator === '')) {
    const value = yield* valueOf(shell, parameter, at);
    if (value !== null) put(shell, value, quoted, fields, split);
    else if (quoted) fields.touch();
    return;
  }
  let values: string[];
  if (parameter.prefix === '!' && at !== '') values = shell.indices(name);
  else values = at === '' ? [...shell.positional] : shell.elements(name);
  const joins = (at === '' ? name : at) === '*' && quoted;
  if (operator === ':' && parameter.argument !== null) {
    const from = Number(evaluate(yield* expandText(shell, parameter.argument), shell.arithmetic));
    const all = at === '' ? [shell.zero, ...values] : values;
    const count =
      parameter.second === null
        ? all.length
        : Number(evaluate(yield* expandText(shell, parameter.second), shell.arithmetic));
    const start = from < 0 ? all.length + from : from;
    values = all.slice(start, start + count);
  } else if (/^:?[-=?+]$/.test(operator)) {
    const isSet =
      values.length > 0 && (operator.length === 1 || values.some((value) => value !== ''));
    if (operator.endsWith('+') ? isSet : !isSet) {
      yield* expandInto(shell, requote(parameter.argument ?? [], quoted), fields, split);
      return;
    }
    if (operator.endsWith('+')) values = [];
  } else if (operator !== '') {
    const changed: string[] = [];
    for (const value of values) changed.push((yield* operate(shell, parameter, value)) ?? '');
    values = changed;
  }
  if (joins) {
    put(shell, values.join(shell.ifs[0] ?? ''), true, fields, split);
    return;
  }
  values.forEach((value, number) => {
    if (number > 0) {
      if (split) fields.end();
      else fields.add(' ');
    }
    put(shell, value, quoted, fields, split);
  });
}

const requote = (word: Word, quoted: boolean): Word =>
  quoted ? word.map((part): Part => ('quoted' in part ? { ...part, quoted: true } : part)) : word;

function* valueOf(shell: Shell, parameter: Parameter, at: string): Step<string | null> {
  const { name, prefix } = parameter;
  if (prefix === '#' && (at === '@' || at === '*')) return String(shell.elements(name).length);
  let value = parameter.index === null ? shell.get(name) : shell.element(name, at);
  if (prefix === '!') value = value === null ? null : shell.get(value);
  if (prefix === '#') {
    if (parameter.index !== null && (at === '@' || at === '*'))
      return String(shell.elements(name).length);
    if (name === '@' || name === '*') return String(shell.positional.length);
    return String([...(value ?? '')].length);
  }
  return yield* operate(shell, parameter, value);
}

function* operate(shell: Shell, parameter: Parameter, value: string | null): Step<string | null> {
  const { operator, argument, second, name } = parameter;
  const text = value ?? '';
  if (operator === '') {
    if (value === null && shell.options.has('nounset') && !'@*'.includes(name)) {
      throw new ExpansionFault(`${shownName(parameter)}: unbound variable`, 127);
    }
    return value;
  }
  const word = argument ?? [];
  if (/^:?[-=?+]$/.test(operator)) {
    const isSet = value !== null && (operator.length === 1 || value !== '');
    switch (operator.at(-1)) {
      case '+':
        return isSet ? yield* expandText(shell, word) : null;
      case '-':
        return isSet ? value : yield* expandText(shell, word);
      case '=': {
        if (isSet) return value;
        const given = yield* expandText(shell, word);
        shell.set(name, given);
        return given;
      }
      default:
        if (isSet) return value;
        throw new ExpansionFault(
          `${name}: ${word.length > 0 ? yield* expandText(shell, word) : operator === '?' ? 'parameter not set' : 'parameter null or not set'}`,
          127,
        );
    }
  }
  switch (operator) {
    case '#':
    case '##': {
      const pattern = yield* expandPattern(shell, word);
      return text.replace(regexOf(`^(?:${patternSource(pattern, operator === '##')})`), '');
    }
    case '%':
    case '%%': {
      const pattern = yield* expandPattern(shell, word);
      const whole = regexOf(
        `^([\\s\\S]*${operator === '%' ? '' : '?'})(?:${patternSource(pattern)})$`,
      );
      return whole.exec(text)?.[1] ?? text;
    }
    case '/':
    case '//':
    case '/#':
    case '/%': {
      const pattern = yield* expandPattern(shell, word);
      if (pattern === '') return text;
      const by = second === null ? '' : yield* expandText(shell, second);
      const source = `(?:${patternSource(pattern)})`;
      const anchored = operator === '/#' ? `^${source}` : operator === '/%' ? `${source}$` : source;
      return text.replace(regexOf(anchored, operator === '//' ? 'g' : ''), () => by);
    }
    case ':': {
      const letters = [...text];
      const from = Number(evaluate(yield* expandText(shell, word), shell.arithmetic));
      const start = from < 0 ? letters.length + from : from;
      if (start < 0) return '';
      if (second === null) return letters.slice(start).join('');
      const length = Number(evaluate(yield* expandText(shell, second), shell.arithmetic));
      if (length < 0 && letters.length + length < start) {
        throw new ExpansionFault(`${length}: substring expression < 0`);
      }
      return letters.slice(start, length < 0 ? length : start + length).join('');
    }
    case '^^':
      return text.toUpperCase();
    case ',,':
      return text.toLowerCase();
    case '^':
      return text.slice(0, 1).toUpperCase() + text.slice(1);
    case ',':
      return text.slice(0, 1).toLowerCase() + text.slice(1);
    case '@Q':
      return quotedWord(text);
    case '@A':
      return `${name}=${quotedWord(text)}`;
    case '@E':
      return unescape(text);
    case '@U':
      return text.toUpperCase();
    case '@L':
      return text.toLowerCase();
    case '@u':
      return text.slice(0, 1).toUpperCase() + text.slice(1);
    default:
      return text;
  }
}

/** A word as it may be typed again. */
const quotedWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

// As it was written: `name`, or `name[0]`.
const shownName = ({ name, index }: Parameter): string =>
  index === null
    ? name
    : `${name}[${index.map((part) => (part.kind === 'text' ? part.text : '')).join('')}]`;

/** Braces of a word that are looked at; each is looked for its end. */
const BRACES_MOST = 1000;

/** `{a,b}` and `{1..3}`, which come before everything else. */
function* expandBraces(word: Word): Generator<Word> {
  for (const [index, part] of word.entries()) {
    if (part.kind !== 'text' || part.quoted) continue;
    let open = part.text.indexOf('{');
    for (let tries = 0; open >= 0 && tries < BRACES_MOST; tries++) {
      const found = braceAt(word, index, open);
      if (found !== null) {
        const before: Word = [...word.slice(0, index), { ...part, text: part.text.slice(0, open) }];
        for (const choice of found.choices)
          yield* expandBraces([...before, ...choice, ...found.after]);
        return;
      }
      open = part.text.indexOf('{', open + 1);
    }
  }
  yield word.filter((part) => part.kind !== 'text' || part.quoted || part.text !== '');
}

function braceAt(word: Word, start: number, open: number): { choices: Word[]; after: Word } | null {
  let depth = 0;
  const choices: Word[] = [[]];
  for (let index = start; index < word.length; index++) {
    const part = word[index];
    if (part === undefined) break;
    if (part.kind !== 'text' || part.quoted) {
      choices.at(-1)?.push(part);
      continue;
    }
    const { text } = part;
    let at = index === start ? open + 1 : 0;
    let from = at;
    for (; at < text.length; at++) {
      const letter = text[at];
      if (letter === '{') depth++;
      else if (letter === '}' && depth > 0) depth--;
      else if (depth === 0 && (letter === ',' || letter === '}')) {
        choices.at(-1)?.push({ ...part, text: text.slice(from, at) });
        from = at + 1;
        if (letter === ',') choices.push([]);
        else {
          const after: Word = [{ ...part, text: text.slice(from) }, ...word.slice(index + 1)];
          if (choices.length > 1) return { choices, after };
          const range = rangeOf(choices[0] ?? []);
          return range === null ? null : { choices: range, after };
        }
      }
    }
    choices.at(-1)?.push({ ...part, text: text.slice(from) });
  }
  return null;
}

function rangeOf(word: Word): Word[] | null {
  const [only] = word;
  if (word.length !== 1 || only?.kind !== 'text') return null;
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(only.text);
  const letters = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?$/.exec(only.text);
  const match = numbers ?? letters;
  if (match === null) return null;
  const [, one = '', other = '', by = '1'] = match;
  const valueOfEnd = (end: string): number => (numbers === null ? end.charCodeAt(0) : Number(end));
  const [from, to] = [valueOfEnd(one), valueOfEnd(other)];
  const step = Math.max(1, Math.abs(Number(by)));
  const count = Math.floor(Math.abs(to - from) / step) + 1;
  if (count > WORDS_MOST) throw new ExpansionFault('brace expansion: too many words');
  const width =
    /^-?0\d|^-?\d*$/.test(one) && (/^-?0\d/.test(one) || /^-?0\d/.test(other))
      ? Math.max(one.length, other.length)
      : 0;
  return Array.from({ length: count }, (_, index) => {
    const value = from + (to >= from ? index : -index) * step;
    const text = numbers === null ? String.fromCharCode(value) : String(value);
    const padded =
      value < 0 ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
    return [{ kind: 'text', text: padded, quoted: false }];
  });
}

/** Names of files that match; the field itself where none does. */
function globbed(shell: Shell, field: string): string[] {
  const ext = shell.options.has('extglob');
  if (!hasPattern(field, ext) || shell.options.has('noglob')) return [unquoted(field)];
  const { fs } = shell.process.system;
  const parts = field.split('/');
  let found: string[] = [field.startsWith('/') ? '/' : ''];
  for (const [index, part] of parts.entries()) {
    if (part === '') continue;
    const isLast = parts.slice(index + 1).every((other) => other === '');
    const next: string[] = [];
    for (const base of found) {
      const path = (name: string): string =>
        base === '' || base.endsWith('/') ? base + name : `${base}/${name}`;
      if (part === '**' && shell.options.has('globstar')) {
        for (const deep of foldersBelow(fs, base, shell.process.cwd)) {
          if (!isLast) next.push(deep);
          else next.push(...allIn(fs, deep, shell.process.cwd));
        }
        continue;
      }
      if (!hasPattern(part, ext)) {
        if (exists(fs, path(unquoted(part)), shell.process.cwd)) next.push(path(unquoted(part)));
        continue;
      }
      let names: string[];
      try {
        names = fs.list(base === '' ? '.' : base, shell.process.cwd);
      } catch {
        continue;
      }
      const pattern = regexOf(`^(?:${patternSource(part, true, true, ext)})$`);
      const hidden = shell.options.has('dotglob');
      for (const name of names) {
        if (name.startsWith('.') && !hidden && !unquoted(part).startsWith('.')) continue;
        if (!pattern.test(name)) continue;
        if (isLast || isFolder(fs, path(name), shell.process.cwd)) next.push(path(name));
      }
    }
    found = next;
  }
  if (found.length === 0 || (found.length === 1 && found[0] === '')) {
    if (shell.options.has('failglob')) throw new ExpansionFault(`no match: ${unquoted(field)}`);
    return shell.options.has('nullglob') ? [] : [unquoted(field)];
  }
  if (field.endsWith('/'))
    found = found.filter((path) => isFolder(fs, path, shell.process.cwd)).map((path) => `${path}/`);
  return found.sort();
}

// A folder and all folders in it, at any depth; without those that are hidden.
function foldersBelow(fs: FileSystem, base: string, cwd: string): string[] {
  const all = [base];
  for (let at = 0; at < all.length && all.length < WORDS_MOST; at++) {
    for (const path of allIn(fs, all[at] ?? '', cwd)) {
      if (typeOf(fs.find(path, cwd, false)) === 'directory') all.push(path);
    }
  }
  return all;
}
function allIn(fs: FileSystem, base: string, cwd: string): string[] {
  try {
    return fs
      .list(base === '' ? '.' : base, cwd)
      .filter((name) => !name.startsWith('.'))
      .map((name) => (base === '' || base.endsWith('/') ? base + name : `${base}/${name}`));
  } catch {
    return [];
  }
}

function exists(fs: FileSystem, path: string, cwd: string): boolean {
  try {
    fs.find(path, cwd, false);
    return true;
  } catch {
    return false;
  }
}
function isFolder(fs: FileSystem, path: string, cwd: string): boolean {
  try {
    return typeOf(fs.find(path, cwd)) === 'directory';
  } catch {
    return false;
  }
}
