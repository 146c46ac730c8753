import { findCommand, resolved } from './command.ts';
import type { Definition, Given, OptionDefinition, Parsed } from './command.ts';

/** What a tokenizer gives: a word, the end of one command, or the end of all. */
export type Token = string | typeof END_OF_COMMAND | typeof END;
export const END_OF_COMMAND = Symbol('end of a command');
export const END = Symbol('end');

/** A command line that virsh does not take; `messages` are what it says, one by one. */
export class SyntaxProblem extends Error {
  readonly messages: readonly string[];
  constructor(...messages: string[]) {
    super(messages.join('\n'));
    this.messages = messages;
  }
}

/** Words as the system's shell has split them: they are one command (vshCommandArgvGetArg()). */
export function* words(list: readonly string[]): Generator<Token, typeof END> {
  yield* list;
  return END;
}

/**
 * Splits a line as virsh's own shell does (vshCommandStringGetArg()): quotes as in a shell, `;` and line ends between
 * commands, and `#` before a comment. A single quote that is not closed ends with the line.
 */
export function* split(line: string): Generator<Token, typeof END> {
  let at = 0;
  for (;;) {
    while (/[ \t]/.test(line[at] ?? '') || line.startsWith('\\\n', at)) {
      at += line[at] === '\\' ? 2 : 1;
    }
    const first = line[at];
    if (first === undefined) return END;
    if (first === ';' || first === '\n') {
      at++;
      yield END_OF_COMMAND;
      continue;
    }
    if (first === '#') {
      const end = line.indexOf('\n', at);
      at = end < 0 ? line.length : end + 1;
      yield END_OF_COMMAND;
      continue;
    }
    let word = '';
    let quote = '';
    for (; at < line.length; at++) {
      let letter = line[at] ?? '';
      if (quote === '' && /[ \t;\n]/.test(letter)) break;
      if (quote !== '"' && letter === "'") {
        quote = quote === '' ? "'" : '';
        continue;
      }
      if (quote !== "'" && letter === '\\') {
        letter = line[++at] ?? '';
        if (letter === '') throw new SyntaxProblem('dangling \\');
        if (letter === '\n') continue;
      } else if (quote !== "'" && letter === '"') {
        quote = quote === '' ? '"' : '';
        continue;
      }
      word += letter;
    }
    if (quote === '"') throw new SyntaxProblem('missing "');
    yield word;
  }
}

const HELP: OptionDefinition = {
  name: 'help',
  kind: 'bool',
  required: false,
  named: false,
  mayBeEmpty: false,
  standsFor: '',
};

/** vshCommandParse(): all commands of a line. Throws a `SyntaxProblem`; then none of them is run. */
export function parse(tokens: Iterator<Token, typeof END>): Parsed[] {
  const commands: Parsed[] = [];
  for (;;) {
    const { command, last } = parseOne(tokens);
    if (command !== null) commands.push(command);
    if (last) return commands;
  }
}

function parseOne(tokens: Iterator<Token, typeof END>): { command: Parsed | null; last: boolean } {
  const next = (): Token => tokens.next().value;
  let token = next();
  if (typeof token !== 'string') return { command: null, last: token === END };
  if (token.startsWith('#')) {
    // Only among words that the system's shell has split.
    while (typeof token === 'string') token = next();
    return { command: null, last: token === END };
  }
  const found = findCommand(token);
  if (found === null) throw new SyntaxProblem(`unknown command: '${token}'`);
  const line = new Line(resolved(found));
  for (token = next(); typeof token === 'string'; token = next()) line.take(token, next);
  return { command: line.end(), last: token === END };
}

/** One command while its words come in. */
class Line {
  readonly #definition: Definition;
  readonly #given: Given[] = [];
  readonly #seen = new Set<OptionDefinition>();
  /** Options that a word without a name goes to, the first one first. */
  readonly #open: OptionDefinition[];
  #dataOnly = false;

  constructor(definition: Definition) {
    this.#definition = definition;
    this.#open = definition.options.filter(
      ({ kind, named }) => kind !== 'bool' && kind !== 'alias' && !named,
    );
  }

  /** `help` takes what it does not know without a word. */
  get #lenient(): boolean {
    return this.#definition.name === 'help';
  }

  take(word: string, next: () => Token): void {
    if (!this.#dataOnly) {
      if (word === '--') {
        this.#dataOnly = true;
        return;
      }
      if (/^--[A-Za-z0-9]/.test(word)) {
        this.#named(word.slice(2), next);
        return;
      }
    }
    const option = this.#open[0];
    if (option === undefined) {
      if (this.#lenient) return;
      throw new SyntaxProblem(`unexpected data '${word}'`);
    }
    if (option.kind !== 'argv') this.#open.shift();
    this.#seen.add(option);
    this.#given.push({ option, value: word });
  }

  #named(text: string, next: () => Token): void {
    const equals = text.indexOf('=');
    const found = this.#find(
      equals < 0 ? text : text.slice(0, equals),
      equals < 0 ? null : text.slice(equals + 1),
    );
    if (found === null) return;
    const { option } = found;
    let { value } = found;
    if (option.kind === 'bool') {
      if (value !== null) throw new SyntaxProblem(`invalid '=' after option --${option.name}`);
    } else {
      if (value === null) {
        const token = next();
        if (typeof token !== 'string') {
          const what = option.kind === 'int' ? 'number' : 'string';
          throw new SyntaxProblem(`expected syntax: --${option.name} <${what}>`);
        }
        value = token;
      }
      const place = this.#open.indexOf(option);
      if (option.kind !== 'argv' && place >= 0) this.#open.splice(place, 1);
    }
    this.#given.push({ option, value });
  }

  /** vshCmddefGetOption(): the option of a name, through its aliases; null where that is passed over. */
  #find(
    name: string,
    value: string | null,
  ): { option: OptionDefinition; value: string | null } | null {
    if (name === 'help') return { option: HELP, value };
    for (const option of this.#definition.options) {
      if (option.name !== name) continue;
      if (option.kind === 'alias') {
        const equals = option.standsFor.indexOf('=');
        if (equals >= 0 && value !== null) {
          if (this.#lenient) return null;
          throw new SyntaxProblem(`invalid '=' after option --${option.name}`);
        }
        name = equals < 0 ? option.standsFor : option.standsFor.slice(0, equals);
        if (equals >= 0) value = option.standsFor.slice(equals + 1);
        continue;
      }
      if (this.#seen.has(option) && option.kind !== 'argv') {
        throw new SyntaxProblem(`option --${name} already seen`);
      }
      this.#seen.add(option);
      return { option, value };
    }
    if (this.#lenient) return null;
    throw new SyntaxProblem(`command '${this.#definition.name}' doesn't support option --${name}`);
  }

  end(): Parsed {
    const { name, options } = this.#definition;
    if (this.#given.some(({ option }) => option === HELP)) {
      const help = findCommand('help');
      const [option] = help?.options ?? [];
      if (help !== null && option !== undefined) {
        return { definition: help, given: [{ option, value: name }] };
      }
    }
    const missing = options.filter((option) => option.required && !this.#seen.has(option));
    if (missing.length > 0) {
      throw new SyntaxProblem(
        ...missing.map((option) => {
          const shown = option.kind === 'int' ? `--${option.name}` : `<${option.name}>`;
          return `command '${name}' requires ${shown} option`;
        }),
      );
    }
    return { definition: this.#definition, given: this.#given };
  }
}
