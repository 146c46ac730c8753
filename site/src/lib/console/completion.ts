import type { Domain, Reader, VirshCommand, Vocabulary } from './model.ts';

/** What Tab can make of a line: which words could stand where the cursor is. */
export interface Completion {
  /** Where the word begins that is completed. */
  readonly start: number;
  /** Whole words that could stand there, sorted. */
  readonly items: readonly string[];
}

/** Words of the shell after which a command begins. */
const LEADING = new Set(['do', 'then', 'else', 'elif', 'if', 'while', 'until', '!', '{', 'time']);
/** Programs that run the command that follows. */
const RUNNERS = new Set(['sudo', 'watch', 'exec', 'command', 'xargs', 'nohup']);
/** Options of virsh itself that a word follows. */
const VIRSH_VALUES = new Set(['-c', '--connect', '-d', '--debug', '-e', '--escape', '-l', '--log']);
/** Options of commands whose word is a file. */
const FILES = new Set(['file', 'xml', 'log', 'target', 'source']);

/** The words of the last simple command before the cursor; the last is the one being typed. */
function wordsOf(text: string): { word: string; start: number }[] {
  let words: { word: string; start: number }[] = [];
  let start = -1;
  let quote = '';
  const end = (at: number): void => {
    if (start >= 0) words.push({ word: text.slice(start, at), start });
    start = -1;
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '\\') {
      if (start < 0) start = at;
      at++;
    } else if (/["']/.test(letter)) {
      if (start < 0) start = at;
      quote = letter;
    } else if (/[\s<>]/.test(letter)) {
      end(at);
      if (/[<>]/.test(letter)) words.push({ word: letter, start: at });
    } else if (/[|&;(`\n]/.test(letter)) {
      end(at);
      words = [];
    } else if (start < 0) start = at;
  }
  if (start >= 0) end(text.length);
  else words.push({ word: '', start: text.length });
  return words;
}

const PLAIN = /^[\w@%+=:,./~^-]*$/;
const escaped = (name: string): string =>
  PLAIN.test(name) ? name : name.replace(/[^\w@%+=:,./~^-]/g, '\\$&');

function filesFor(word: string, words: Vocabulary): string[] {
  const folder = word.slice(0, word.lastIndexOf('/') + 1);
  const name = word.slice(folder.length);
  return words
    .files(folder)
    .filter((file) => name.startsWith('.') || !file.startsWith('.'))
    .map((file) => folder + escaped(file));
}

/** What may stand at the end of a command of virsh, whose words these are. */
function virshItems(
  given: readonly string[],
  words: Vocabulary,
  domains: readonly Domain[],
): readonly string[] {
  const word = given.at(-1) ?? '';
  const commands = words.virsh();
  if (given.length === 1) return commands.map(({ name }) => name);
  const command = commands.find(({ name }) => name === given[0]);
  if (command === undefined) return [];
  const last = optionNamed(command, given.at(-2));
  if (last?.takesValue === true) return valuesOf(last.name, word, words, domains);
  const free = command.options.filter(({ name }) => !given.includes(`--${name}`));
  const options = free.map(({ name }) => `--${name}`);
  if (word.startsWith('-')) return options;
  // The first word without a name is the command's first value, in most of them a domain.
  const before = given.slice(1, -1).filter((one) => !one.startsWith('-')).length;
  const first = free.find(({ takesValue }) => takesValue);
  if (before > 0 || first === undefined) return word === '' ? options : filesFor(word, words);
  return valuesOf(first.name, word, words, domains);
}

const optionNamed = (command: VirshCommand, word: string | undefined) =>
  command.options.find(({ name }) => `--${name}` === word);

function valuesOf(
  option: string,
  word: string,
  words: Vocabulary,
  domains: readonly Domain[],
): readonly string[] {
  if (option === 'domain') return domains.map(({ name }) => name);
  if (option === 'command') return words.virsh().map(({ name }) => name);
  return FILES.has(option) ? filesFor(word, words) : [];
}

function shellItems(
  given: readonly string[],
  words: Vocabulary,
  domains: readonly Domain[],
): readonly string[] {
  const word = given.at(-1) ?? '';
  if (/^[<>]$/.test(given.at(-2) ?? '')) return filesFor(word, words);
  let first = 0;
  while (/^\w+=/.test(given[first] ?? '') || LEADING.has(given[first] ?? '')) first++;
  if (RUNNERS.has(given[first] ?? '') && first < given.length - 1) {
    first++;
    while ((given[first] ?? '').startsWith('-') && first < given.length - 1) first++;
  }
  if (first >= given.length - 1) {
    return word.includes('/') ? filesFor(word, words) : words.programs();
  }
  if (given[first] === 'virsh') {
    let from = first + 1;
    while ((given[from] ?? '').startsWith('-') && from < given.length - 1) {
      from += VIRSH_VALUES.has(given[from] ?? '') ? 2 : 1;
    }
    return virshItems(given.slice(from), words, domains);
  }
  return filesFor(word, words);
}

/** What could stand at the cursor, for whoever reads the line. */
export function complete(
  line: string,
  cursor: number,
  reader: Reader,
  words: Vocabulary,
  domains: readonly Domain[],
): Completion {
  const before = wordsOf(line.slice(0, cursor));
  const { word, start } = before.at(-1) ?? { word: '', start: cursor };
  const given = before.map((one) => one.word);
  const items =
    reader === 'shell'
      ? shellItems(given, words, domains)
      : reader === 'virsh'
        ? virshItems(given, words, domains)
        : [];
  const fitting = items.filter((item) => item.startsWith(word));
  return { start, items: [...new Set(fitting)].sort() };
}

/** What all of them begin with. */
export function commonStart(items: readonly string[]): string {
  let common = items[0] ?? '';
  for (const item of items) {
    while (!item.startsWith(common)) common = common.slice(0, -1);
  }
  return common;
}

/** What is written for the only possibility: a space follows, but in the middle of a path. */
export const finished = (item: string): string => (item.endsWith('/') ? item : `${item} `);
