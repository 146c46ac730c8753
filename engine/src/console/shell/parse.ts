import type {
  AndOr,
  Arm,
  Assignment,
  Command,
  List,
  Parameter,
  Part,
  Pipeline,
  Redirection,
  Test,
  Word,
} from './ast.ts';

/** What a text lacks, or what is wrong in it, in bash's words. */
export class SyntaxFault extends Error {
  /** More lines would mend it. */
  readonly unfinished: boolean;
  constructor(message: string, unfinished: boolean) {
    super(message);
    this.unfinished = unfinished;
  }
}

const RESERVED = new Set(
  'if then elif else fi for in do done while until case esac { } ! function select time [[ ]]'.split(
    ' ',
  ),
);
const OPERATORS = [
  '&>>',
  '<<<',
  ';;&',
  '<<-',
  '&&',
  '||',
  ';;',
  ';&',
  '|&',
  '>>',
  '>|',
  '>&',
  '<&',
  '<>',
  '<<',
  '&>',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
];
const NAME = /^[A-Za-z_]\w*/;
/** Nesting that no honest text has. */
const DEPTH_MOST = 200;

interface HereDocument {
  target: Redirection;
  delimiter: string;
  quoted: boolean;
  tabs: boolean;
  line: number;
}

/** Reads a text of commands. `aliases` are replaced where a command begins. */
export class Parser {
  readonly #text: string;
  readonly #aliases: ReadonlyMap<string, string>;
  #at = 0;
  #depth = 0;
  /** Where `((` turned out to be two subshells. It is not tried again, or nested ones would take for ever. */
  readonly #subshells = new Set<number>();
  #heres: HereDocument[] = [];
  /** What is odd, but no fault. */
  readonly warnings: string[] = [];
  /** The end of the text ends a here-document, as in a script; otherwise more lines are asked for. */
  readonly #final: boolean;
  /** Whether `@(a|b)` is a pattern. */
  extended = false;

  constructor(text: string, aliases: ReadonlyMap<string, string> = new Map(), final = false) {
    this.#text = text;
    this.#aliases = aliases;
    this.#final = final;
  }

  /** All of it. Throws a `SyntaxFault`. */
  program(): List {
    const list = this.#list([]);
    this.#blank(true);
    if (this.#at < this.#text.length) throw this.#unexpected();
    this.#endHeres();
    return list;
  }

  /** The next line of it with all that belongs to it; null at the end. Throws a `SyntaxFault`. */
  next(): List | null {
    this.#depth = 0;
    const list = this.#list([], true);
    if (list.length > 0) {
      if (this.#at >= this.#text.length) this.#endHeres();
      else if (this.#text[this.#at - 1] !== '\n') throw this.#unexpected();
      return list;
    }
    this.#blank(true);
    if (this.#at < this.#text.length) throw this.#unexpected();
    return null;
  }

  /** The line at which it stands, for messages. */
  get line(): string {
    const at = Math.min(this.#at, this.#text.length - 1);
    const start = this.#text.lastIndexOf('\n', this.#next === '\n' ? at - 1 : at) + 1;
    return this.#text.slice(start).split('\n')[0] ?? '';
  }

  // Letters.

  get #next(): string {
    return this.#text[this.#at] ?? '';
  }
  #starts(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  // Blanks and comments; with `lines`, line ends too.
  #blank(lines = false): void {
    for (;;) {
      const letter = this.#next;
      if (letter === ' ' || letter === '\t') this.#at++;
      else if (this.#starts('\\\n')) this.#at += 2;
      else if (
        letter === '#' &&
        /(^|[\s;&|()])$/.test(this.#text.slice(Math.max(0, this.#at - 1), this.#at))
      ) {
        while (this.#at < this.#text.length && this.#next !== '\n') this.#at++;
      } else if (lines && letter === '\n') this.#lineEnd();
      else return;
    }
  }

  #lineEnd(): void {
    this.#at++;
    for (const here of this.#heres.splice(0)) this.#readHere(here);
  }

  #endHeres(): void {
    for (const here of this.#heres.splice(0)) this.#readHere(here);
  }

  #cut(here: HereDocument): void {
    const text = `delimited by end-of-file (wanted \`${here.delimiter}')`;
    if (!this.#final) throw new SyntaxFault(`here-document ${text}`, true);
    this.warnings.push(`warning: here-document at line ${here.line} ${text}`);
  }

  #readHere(here: HereDocument): void {
    let body = '';
    for (;;) {
      if (this.#at >= this.#text.length) {
        this.#cut(here);
        break;
      }
      let end = this.#text.indexOf('\n', this.#at);
      if (end < 0) end = this.#text.length;
      let line = this.#text.slice(this.#at, end);
      if (here.tabs) line = line.replace(/^\t+/, '');
      const last = end >= this.#text.length;
      this.#at = Math.min(end + 1, this.#text.length);
      if (line === here.delimiter) break;
      body += `${line}\n`;
      if (last) {
        this.#cut(here);
        break;
      }
    }
    here.target.target = here.quoted
      ? [{ kind: 'text', text: body, quoted: true }]
      : new Parser(body, this.#aliases).#hereParts();
  }

  #hereParts(): Word {
    const parts: Word = [];
    while (this.#at < this.#text.length) this.#quotedPart(parts, '');
    return parts;
  }

  #operator(): string {
    this.#blank();
    return OPERATORS.find((operator) => this.#starts(operator)) ?? '';
  }

  // A reserved word, where one may stand.
  #reserved(): string {
    this.#blank();
    const match = /^([a-z]+|\[\[|\]\]|[{}!])(?=$|[\s;&|()<>])/.exec(
      this.#text.slice(this.#at, this.#at + 12),
    );
    const word = match?.[1] ?? '';
    return RESERVED.has(word) ? word : '';
  }
  #takeReserved(word: string): boolean {
    if (this.#reserved() !== word) return false;
    this.#at += word.length;
    return true;
  }
  #mustReserve(word: string): void {
    this.#blank(true);
    if (!this.#takeReserved(word)) throw this.#unexpected();
  }

  // `line`: the end of the text is the end of a line, and a fault.
  #unexpected(line = false): SyntaxFault {
    this.#blank();
    if (this.#at >= this.#text.length && !line) {
      return new SyntaxFault('syntax error: unexpected end of file', true);
    }
    if (this.#next === '\n' || this.#at >= this.#text.length) {
      return new SyntaxFault("syntax error near unexpected token `newline'", false);
    }
    const token =
      this.#operator() || (/^[^\s;&|()<>]+/.exec(this.#text.slice(this.#at))?.[0] ?? this.#next);
    return new SyntaxFault(`syntax error near unexpected token \`${token}'`, false);
  }

  // Commands.

  #deeper(): void {
    if (++this.#depth > DEPTH_MOST) throw new SyntaxFault('syntax error: nested too deeply', false);
  }

  #list(ends: readonly string[], oneLine = false): List {
    this.#deeper();
    const list: List = [];
    for (;;) {
      this.#blank(true);
      if (this.#at >= this.#text.length) break;
      const operator = this.#operator();
      if (operator === ')' || operator.startsWith(';;') || operator === ';&') break;
      if (ends.includes(this.#reserved())) break;
      const start = this.#at;
      const item = this.#andOr();
      item.text = this.#text.slice(start, this.#at).trim();
      const end = this.#operator();
      if (end === '&') {
        item.background = true;
        this.#at++;
      } else if (end === ';') this.#at++;
      else if (this.#next === '\n') this.#lineEnd();
      list.push(item);
      if (end !== '&' && end !== ';' && this.#text[this.#at - 1] !== '\n') break;
      if (!oneLine) continue;
      this.#blank();
      if (this.#next === '\n') this.#lineEnd();
      if (this.#text[this.#at - 1] === '\n') break;
    }
    this.#depth--;
    return list;
  }

  // A list between words, which must not be empty.
  #body(ends: readonly string[]): List {
    const list = this.#list(ends);
    if (list.length === 0) throw this.#unexpected();
    return list;
  }

  #andOr(): AndOr {
    const first = this.#pipeline();
    const rest: AndOr['rest'] = [];
    for (;;) {
      const operator = this.#operator();
      if (operator !== '&&' && operator !== '||') break;
      this.#at += 2;
      this.#blank(true);
      rest.push({ operator, pipeline: this.#pipeline() });
    }
    return { first, rest, background: false, text: '' };
  }

  #pipeline(): Pipeline {
    let negated = false;
    let timed = false;
    for (;;) {
      if (this.#takeReserved('!')) negated = !negated;
      else if (this.#takeReserved('time')) {
        timed = true;
        this.#blank();
        if (/^-p(?=\s|$)/.test(this.#text.slice(this.#at))) this.#at += 2;
      } else break;
    }
    const commands: Command[] = [];
    const withErrors: boolean[] = [];
    if (timed && /^\s*($|[;\n])/.test(this.#text.slice(this.#at))) {
      return { commands, withErrors, negated, timed };
    }
    for (;;) {
      commands.push(this.#command());
      const operator = this.#operator();
      if (operator !== '|' && operator !== '|&') break;
      this.#at += operator.length;
      withErrors.push(operator === '|&');
      this.#blank(true);
    }
    return { commands, withErrors, negated, timed };
  }

  #command(): Command {
    this.#blank();
    if (this.#at >= this.#text.length) throw this.#unexpected();
    const compound = this.#compound();
    if (compound !== null) {
      compound.redirections.push(...this.#redirections());
      return compound;
    }
    return this.#simple();
  }

  #redirections(): Redirection[] {
    const all: Redirection[] = [];
    for (let one = this.#redirection(); one !== null; one = this.#redirection()) all.push(one);
    return all;
  }

  #compound(): Command | null {
    const redirections: Redirection[] = [];
    const inner = this.#arithmetic();
    if (inner !== null) return { kind: 'arithmetic', text: inner, redirections };
    if (this.#next === '(') {
      this.#at++;
      const body = this.#body([]);
      this.#blank(true);
      if (!this.#starts(')')) throw this.#unexpected();
      this.#at++;
      return { kind: 'subshell', body, redirections };
    }
    const word = this.#reserved();
    switch (word) {
      case '{': {
        this.#at++;
        const body = this.#body(['}']);
        this.#mustReserve('}');
        return { kind: 'brace', body, redirections };
      }
      case 'if': {
        this.#at += 2;
        const clauses = [];
        for (;;) {
          const condition = this.#body(['then']);
          this.#mustReserve('then');
          clauses.push({ condition, body: this.#body(['elif', 'else', 'fi']) });
          if (!this.#takeReserved('elif')) break;
        }
        const otherwise = this.#takeReserved('else') ? this.#body(['fi']) : null;
        this.#mustReserve('fi');
        return { kind: 'if', clauses, otherwise, redirections };
      }
      case 'while':
      case 'until': {
        this.#at += 5;
        const condition = this.#body(['do']);
        const body = this.#loopBody();
        return { kind: 'while', until: word === 'until', condition, body, redirections };
      }
      case 'for':
        return this.#for();
      case 'case':
        return this.#case();
      case 'function': {
        this.#at += 8;
        this.#blank();
        const name = this.#plainWord();
        this.#blank();
        if (this.#starts('()')) this.#at += 2;
        this.#blank(true);
        return { kind: 'function', name, body: this.#command(), redirections };
      }
      case '[[': {
        const start = this.#at;
        this.#at += 2;
        const { extended } = this;
        this.extended = true;
        const test = this.#testOr();
        this.extended = extended;
        this.#blank(true);
        if (!this.#takeReserved(']]')) throw this.#unexpected();
        const text = this.#text.slice(start, this.#at);
        return { kind: 'condition', test, redirections, text };
      }
      case '':
        break;
      default:
        throw this.#unexpected();
    }
    const named = /^([^\s;&|()<>$'"`\\=]+)[ \t]*\([ \t]*\)/.exec(this.#text.slice(this.#at));
    if (named !== null) {
      this.#at += named[0].length;
      this.#blank(true);
      return { kind: 'function', name: named[1] ?? '', body: this.#command(), redirections };
    }
    return null;
  }

  #plainWord(): string {
    const match = /^[^\s;&|()<>]+/.exec(this.#text.slice(this.#at));
    if (match === null) throw this.#unexpected(true);
    this.#at += match[0].length;
    return match[0];
  }

  #loopBody(): List {
    this.#blank(true);
    if (this.#operator() === ';') this.#at++;
    this.#mustReserve('do');
    const body = this.#body(['done']);
    this.#mustReserve('done');
    return body;
  }

  #for(): Command {
    this.#at += 3;
    this.#blank();
    if (this.#starts('((')) {
      const parts: Word[] = [];
      this.#at += 2;
      for (const end of [';', ';', '))']) {
        const part = this.#until(end, 0);
        if (part === null) throw this.#unexpected();
        parts.push(part);
      }
      const [init = [], condition = [], step = []] = parts;
      this.#blank();
      if (this.#next === ';') this.#at++;
      this.#blank(true);
      const body = this.#reserved() === '{' ? this.#braceBody() : this.#loopBody();
      return { kind: 'for-arithmetic', parts: [init, condition, step], body, redirections: [] };
    }
    const name = this.#plainWord();
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new SyntaxFault(`\`${name}': not a valid identifier`, false);
    this.#blank(true);
    let words: Word[] | null = null;
    if (this.#takeReserved('in')) {
      words = [];
      for (let word = this.#word(); word !== null; word = this.#word()) words.push(word);
    }
    this.#blank();
    if (this.#next === ';') this.#at++;
    this.#blank(true);
    const body = this.#reserved() === '{' ? this.#braceBody() : this.#loopBody();
    return { kind: 'for', name, words, body, redirections: [] };
  }

  #braceBody(): List {
    this.#at++;
    const body = this.#body(['}']);
    this.#mustReserve('}');
    return body;
  }

  #case(): Command {
    this.#at += 4;
    const word = this.#word();
    if (word === null) throw this.#unexpected();
    this.#mustReserve('in');
    const arms: Arm[] = [];
    for (;;) {
      this.#blank(true);
      if (this.#takeReserved('esac')) break;
      if (this.#next === '(') this.#at++;
      const patterns: Word[] = [];
      for (;;) {
        const pattern = this.#word();
        if (pattern === null) throw this.#unexpected();
        patterns.push(pattern);
        if (this.#operator() !== '|') break;
        this.#at++;
      }
      if (this.#operator() !== ')') throw this.#unexpected();
      this.#at++;
      const body = this.#list(['esac']);
      this.#blank(true);
      const end = this.#operator();
      if (end.startsWith(';;') || end === ';&') this.#at += end.length;
      arms.push({ patterns, body, end: end === '' ? ';;' : end });
    }
    return { kind: 'case', word, arms, redirections: [] };
  }

  // [[ … ]]

  #testOr(): Test {
    let left = this.#testAnd();
    for (this.#blank(true); this.#starts('||'); this.#blank(true)) {
      this.#at += 2;
      left = { op: 'or', left, right: this.#testAnd() };
    }
    return left;
  }
  #testAnd(): Test {
    let left = this.#testOne();
    for (this.#blank(true); this.#starts('&&'); this.#blank(true)) {
      this.#at += 2;
      left = { op: 'and', left, right: this.#testOne() };
    }
    return left;
  }
  #testOne(): Test {
    this.#blank(true);
    if (this.#takeReserved('!')) return { op: 'not', test: this.#testOne() };
    if (this.#next === '(') {
      this.#at++;
      const test = this.#testOr();
      this.#blank(true);
      if (!this.#starts(')')) throw this.#unexpected();
      this.#at++;
      return test;
    }
    const unary = /^(-[a-zA-Z])(?=\s)/.exec(this.#text.slice(this.#at));
    if (unary !== null) {
      this.#at += 2;
      const word = this.#word();
      if (word === null) throw this.#unexpected();
      return { op: 'unary', operator: unary[1] ?? '', word };
    }
    const left = this.#word();
    if (left === null) throw this.#unexpected();
    this.#blank();
    const match = /^(==|=~|!=|=|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef)(?=\s))/.exec(
      this.#text.slice(this.#at),
    );
    if (match === null) {
      if (!/^(\]\]|&&|\|\||\)|\n|$)/.test(this.#text.slice(this.#at))) {
        throw new SyntaxFault('conditional binary operator expected', false);
      }
      return { op: 'unary', operator: '-n', word: left };
    }
    this.#at += match[0].length;
    const right = match[1] === '=~' ? this.#regexWord() : this.#word();
    if (right === null || (right.length === 1 && isText(right[0], ']]'))) {
      throw new SyntaxFault(
        `unexpected argument \`${right === null ? this.#next : ']]'}' to conditional binary operator`,
        false,
      );
    }
    return { op: 'binary', operator: match[1] ?? '', left, right };
  }

  // The right side of `=~`: parentheses and bars belong to it.
  #regexWord(): Word {
    this.#blank();
    const parts: Word = [];
    let depth = 0;
    while (this.#at < this.#text.length) {
      const letter = this.#next;
      if (depth === 0 && /\s/.test(letter)) break;
      if (letter === '(') depth++;
      if (letter === ')') depth--;
      if ('$`\'"\\'.includes(letter)) this.#part(parts);
      else {
        addText(parts, letter, false);
        this.#at++;
      }
    }
    return parts;
  }

  // Simple commands.

  #simple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    const start = this.#at;
    let aliased = new Set<string>();
    for (;;) {
      this.#blank();
      const redirection = this.#redirection();
      if (redirection !== null) {
        redirections.push(redirection);
        continue;
      }
      if (words.length === 0) {
        const alias = this.#alias(aliased);
        if (alias !== null) {
          // The alias's own text is read in the place of the word, and what follows after it.
          const parser = new Parser(
            alias.value + this.#text.slice(this.#at + alias.name.length),
            this.#aliases,
          );
          parser.#heres = this.#heres;
          aliased = new Set([...aliased, alias.name]);
          const inner = parser.#simpleWith(aliased);
          this.#at = this.#text.length - (parser.#text.length - parser.#at);
          if (inner.kind !== 'simple') return inner;
          return {
            ...inner,
            assignments: [...assignments, ...inner.assignments],
            redirections: [...redirections, ...inner.redirections],
          };
        }
        const assignment = this.#assignment();
        if (assignment !== null) {
          assignments.push(assignment);
          continue;
        }
      }
      const word = words.length > 0 ? (this.#declared(words) ?? this.#word()) : this.#word();
      if (word === null) break;
      words.push(word);
    }
    if (words.length === 0 && assignments.length === 0 && redirections.length === 0) {
      throw this.#unexpected();
    }
    if (this.#next === '(') {
      // A function's parentheses were expected: what follows is what is wrong.
      if (words.length === 1 && assignments.length === 0) this.#at++;
      throw this.#unexpected(true);
    }
    const text = this.#text.slice(start, this.#at).trim();
    return { kind: 'simple', assignments, words, redirections, text };
  }

  #simpleWith(aliased: ReadonlySet<string>): Command {
    const compound = this.#compound();
    if (compound !== null) return compound;
    const saved = this.#aliases;
    const parser = new Parser(
      this.#text,
      new Map([...saved].filter(([name]) => !aliased.has(name))),
    );
    parser.#at = this.#at;
    parser.#heres = this.#heres;
    const command = parser.#simple();
    this.#at = parser.#at;
    return command;
  }

  #alias(aliased: ReadonlySet<string>): { name: string; value: string } | null {
    if (this.#aliases.size === 0) return null;
    const match = /^[^\s;&|()<>$'"`\\=]+(?=$|[\s;&|()<>])/.exec(this.#text.slice(this.#at));
    const name = match?.[0] ?? '';
    const value = this.#aliases.get(name);
    return value === undefined || aliased.has(name) ? null : { name, value };
  }

  // `declare x=(1 2)`: arrays as arguments of what declares; they are kept as text.
  #declared(words: readonly Word[]): Word | null {
    const [first] = words;
    const name = first?.length === 1 && first[0]?.kind === 'text' ? first[0].text : '';
    if (!['declare', 'local', 'typeset', 'export', 'readonly'].includes(name)) return null;
    const match = /^[A-Za-z_]\w*\+?=\(/.exec(this.#text.slice(this.#at));
    if (match === null) return null;
    const start = this.#at;
    this.#at += match[0].length;
    this.#arrayWords();
    return [{ kind: 'text', text: this.#text.slice(start, this.#at), quoted: true }];
  }

  #assignment(): Assignment | null {
    const match = /^([A-Za-z_]\w*)(\[|\+?=)/.exec(this.#text.slice(this.#at));
    if (match === null) return null;
    const start = this.#at;
    const [, name = '', sign = ''] = match;
    this.#at += name.length;
    let index: Word | null = null;
    let append: boolean;
    if (sign === '[') {
      this.#at++;
      index = this.#until(']', 0);
      const equals = /^\+?=/.exec(this.#text.slice(this.#at));
      if (index === null || equals === null) {
        this.#at = start;
        return null;
      }
      append = equals[0] === '+=';
      this.#at += equals[0].length;
    } else {
      append = sign === '+=';
      this.#at += sign.length;
    }
    if (this.#next === '(' && index === null) {
      this.#at++;
      return { name, index, append, value: this.#arrayWords(), isArray: true };
    }
    const value = /[\s;&|()<>]|^$/.test(this.#next) ? [] : (this.#word() ?? []);
    return { name, index, append, value, isArray: false };
  }

  #arrayWords(): Word[] {
    const words: Word[] = [];
    for (;;) {
      this.#blank(true);
      if (this.#next === ')') {
        this.#at++;
        return words;
      }
      const word = this.#word();
      if (word === null) throw this.#unexpected();
      words.push(word);
    }
  }

  #redirection(): Redirection | null {
    this.#blank();
    const match = /^(\d*)(&>>|<<<|<<-|>>|>\||>&|<&|<>|<<|&>|<|>)/.exec(this.#text.slice(this.#at));
    if (match === null) return null;
    const [whole, digits = '', operator = ''] = match;
    // `<(…)` is a word.
    if (this.#text[this.#at + whole.length] === '(') return null;
    this.#at += whole.length;
    const fd = digits === '' ? null : Number(digits);
    this.#blank();
    if (operator === '<<' || operator === '<<-') {
      const start = this.#at;
      const word = this.#word();
      if (word === null) throw this.#unexpected();
      const raw = this.#text.slice(start, this.#at);
      const target: Redirection = { fd, operator: '<<', target: [] };
      this.#heres.push({
        target,
        delimiter: raw.replace(/\\(.)|['"]/g, '$1'),
        quoted: /['"\\]/.test(raw),
        tabs: operator === '<<-',
        line: this.#text.slice(0, start).split('\n').length,
      });
      return target;
    }
    const target = this.#word();
    if (target === null) throw this.#unexpected(true);
    return { fd, operator: operator as Redirection['operator'], target };
  }

  // Words.

  #word(): Word | null {
    this.#blank();
    const parts: Word = [];
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const letter = this.#next;
      if (this.#starts('<(') || this.#starts('>(')) {
        this.#at++;
        parts.push({ kind: 'process', reads: letter === '<', body: this.#parenthesized() });
        continue;
      }
      const last = parts.at(-1);
      if (letter === '(' && this.extended && last?.kind === 'text' && /[?*+@!]$/.test(last.text)) {
        this.#alternatives(parts);
        continue;
      }
      if (/[\s;&|<>()]/.test(letter)) break;
      this.#part(parts);
    }
    return this.#at === start ? null : parts;
  }

  // `(a|b)` of a pattern, with its parentheses.
  #alternatives(parts: Word): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const letter = this.#next;
      if ('$`\'"\\'.includes(letter)) {
        this.#part(parts);
        continue;
      }
      addText(parts, letter, false);
      this.#at++;
      if (letter === '(') depth++;
      if (letter === ')' && --depth === 0) return;
    }
  }

  #part(parts: Word): void {
    const letter = this.#next;
    if (letter === '\\') {
      const next = this.#text[this.#at + 1];
      this.#at += 2;
      if (next === undefined) throw new SyntaxFault('syntax error: unexpected end of file', true);
      if (next !== '\n') addText(parts, next, true);
    } else if (letter === "'") {
      const end = this.#text.indexOf("'", this.#at + 1);
      if (end < 0) throw new SyntaxFault("unexpected EOF while looking for matching `''", true);
      addText(parts, this.#text.slice(this.#at + 1, end), true);
      this.#at = end + 1;
    } else if (letter === '"') {
      this.#at++;
      addText(parts, '', true);
      while (this.#next !== '"') {
        if (this.#at >= this.#text.length) {
          throw new SyntaxFault('unexpected EOF while looking for matching `"\'', true);
        }
        this.#quotedPart(parts, '"');
      }
      this.#at++;
    } else if (this.#starts("$'")) this.#ansi(parts);
    else if (this.#starts('$"')) {
      this.#at++;
    } else if (letter === '$' || letter === '`') this.#dollar(parts, false);
    else {
      const run = /^[^\s;&|<>()\\'"$`]+/.exec(this.#text.slice(this.#at))?.[0] ?? letter;
      addText(parts, run, false);
      this.#at += run.length;
    }
  }

  // Inside of double quotes, or of a here-document (`end` empty).
  #quotedPart(parts: Word, end: string): void {
    const letter = this.#next;
    if (letter === '\\') {
      const next = this.#text[this.#at + 1] ?? '';
      this.#at += 2;
      if (next === '\n') return;
      if ('$`\\'.includes(next) || (next === '"' && end === '"')) addText(parts, next, true);
      else addText(parts, `\\${next}`, true);
    } else if (letter === '$' || letter === '`') this.#dollar(parts, true);
    else {
      const run =
        (end === '"' ? /^[^\\"$`]+/ : /^[^\\$`]+/).exec(this.#text.slice(this.#at))?.[0] ?? letter;
      addText(parts, run, true);
      this.#at += run.length;
    }
  }

  #ansi(parts: Word): void {
    let at = this.#at + 2;
    let raw = '';
    while (this.#text[at] !== "'") {
      if (at >= this.#text.length) {
        throw new SyntaxFault("unexpected EOF while looking for matching `''", true);
      }
      raw += this.#text[at] ?? '';
      if (this.#text[at] === '\\') raw += this.#text[++at] ?? '';
      at++;
    }
    this.#at = at + 1;
    addText(parts, unescape(raw), true);
  }

  #dollar(parts: Word, quoted: boolean): void {
    this.#deeper();
    this.#expansion(parts, quoted);
    this.#depth--;
  }

  #expansion(parts: Word, quoted: boolean): void {
    if (this.#next === '`') {
      const end = /^`((?:[^`\\]|\\[\s\S])*)`/.exec(this.#text.slice(this.#at));
      if (end === null)
        throw new SyntaxFault("unexpected EOF while looking for matching ``'", true);
      this.#at += end[0].length;
      const inner = (end[1] ?? '').replace(/\\([$`\\])/g, '$1');
      parts.push({ kind: 'command', body: new Parser(inner, this.#aliases).program(), quoted });
      return;
    }
    if (this.#starts('$((')) {
      this.#at++;
      const text = this.#arithmetic();
      if (text !== null) {
        parts.push({ kind: 'arithmetic', text, quoted });
        return;
      }
      this.#at--;
    }
    if (this.#starts('$(')) {
      this.#at++;
      parts.push({ kind: 'command', body: this.#parenthesized(), quoted });
      return;
    }
    if (this.#starts('${')) {
      this.#at += 2;
      const start = this.#at - 2;
      const parameter = this.#braced();
      if (parameter !== null) parts.push({ kind: 'parameter', parameter, quoted });
      else {
        const end = this.#text.indexOf('}', start);
        if (end < 0) throw new SyntaxFault("unexpected EOF while looking for matching `}'", true);
        this.#at = end + 1;
        parts.push({ kind: 'bad', text: this.#text.slice(start, this.#at) });
      }
      return;
    }
    const rest = this.#text.slice(this.#at + 1);
    const name = NAME.exec(rest)?.[0] ?? /^[0-9@*#?$!-]/.exec(rest)?.[0] ?? '';
    if (name === '') {
      addText(parts, '$', quoted);
      this.#at++;
      return;
    }
    this.#at += 1 + name.length;
    parts.push({ kind: 'parameter', parameter: plain(name), quoted });
  }

  // A list between parentheses, the first of which is next.
  #parenthesized(): List {
    this.#at++;
    const heres = this.#heres;
    this.#heres = [];
    const body = this.#list([]);
    this.#blank(true);
    if (this.#next !== ')') {
      if (this.#at >= this.#text.length) {
        throw new SyntaxFault("unexpected EOF while looking for matching `)'", true);
      }
      throw this.#unexpected();
    }
    this.#heres = heres;
    this.#at++;
    return body;
  }

  // Null where it is no parameter: that is said when it is expanded.
  #braced(): Parameter | null {
    let prefix: Parameter['prefix'] = '';
    if (/^[#!](?=[A-Za-z_0-9@*#?$!-])/.test(this.#text.slice(this.#at)) && !this.#starts('#}')) {
      prefix = this.#next as '#' | '!';
      this.#at++;
    }
    const rest = this.#text.slice(this.#at);
    const name = NAME.exec(rest)?.[0] ?? /^(\d+|[@*#?$!-])/.exec(rest)?.[0] ?? '';
    if (name === '') return null;
    this.#at += name.length;
    let index: Word | null = null;
    if (this.#next === '[') {
      this.#at++;
      index = this.#until(']', 0);
      if (index === null) return null;
    }
    let operator =
      /^(:[-=?+]|[-=?+]|##|#|%%|%|\/\/|\/#|\/%|\/|\^\^|\^|,,|,|:|@[A-Za-z])/.exec(
        this.#text.slice(this.#at),
      )?.[0] ?? '';
    this.#at += operator.length;
    let argument: Word | null = null;
    let second: Word | null = null;
    if (operator.startsWith('/') || operator === ':') {
      argument = this.#bracedWord(operator === ':' ? ':}' : '/}');
      if (this.#next !== '}') {
        this.#at++;
        second = this.#bracedWord('}');
      }
    } else if (operator !== '') argument = this.#bracedWord('}');
    if (prefix === '!' && index === null && /^[@*]\}/.test(this.#text.slice(this.#at))) {
      // `${!prefix*}`: names of variables.
      operator = this.#next;
      this.#at++;
    }
    if (this.#next !== '}') return null;
    this.#at++;
    return { name, index, prefix, operator, argument, second };
  }

  #bracedWord(ends: string): Word {
    const parts: Word = [];
    while (!ends.includes(this.#next) || this.#next === '') {
      if (this.#at >= this.#text.length) {
        throw new SyntaxFault("unexpected EOF while looking for matching `}'", true);
      }
      const letter = this.#next;
      if ('\\\'"$`'.includes(letter)) this.#part(parts);
      else {
        addText(parts, letter, false);
        this.#at++;
      }
    }
    return parts;
  }

  // What stands in `((` and `))`; null where they are none.
  #arithmetic(): Word | null {
    const start = this.#at;
    if (!this.#starts('((') || this.#subshells.has(start)) return null;
    const inner = this.#until('))', 2);
    if (inner === null) {
      this.#subshells.add(start);
      this.#at = start;
    }
    return inner;
  }

  // Everything up to an end, with what is expanded in it; after `skip` letters. Null where there is none.
  #until(end: string, skip: number): Word | null {
    this.#at += skip;
    const parts: Word = [];
    let depth = 0;
    while (this.#at < this.#text.length) {
      if (depth === 0 && this.#starts(end)) {
        this.#at += end.length;
        return parts;
      }
      const letter = this.#next;
      if (letter === '(' || (letter === '[' && end === ']')) depth++;
      if (letter === ')' || (letter === ']' && end === ']')) depth--;
      if (depth < 0) return null;
      if ('$`"\''.includes(letter)) this.#part(parts);
      else {
        addText(parts, letter, true);
        this.#at++;
      }
    }
    if (end === '))') throw new SyntaxFault("unexpected EOF while looking for matching `)'", true);
    return null;
  }
}

const isText = (part: Part | undefined, text: string): boolean =>
  part?.kind === 'text' && !part.quoted && part.text === text;

const plain = (name: string): Parameter => ({
  name,
  index: null,
  prefix: '',
  operator: '',
  argument: null,
  second: null,
});

function addText(parts: Part[], text: string, quoted: boolean): void {
  const last = parts.at(-1);
  if (last !== undefined && last.kind === 'text' && last.quoted === quoted) last.text += text;
  else parts.push({ kind: 'text', text, quoted });
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Escapes of `$'…'`, `echo -e` and `printf`. */
export function unescape(text: string): string {
  return text.replace(
    /\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|0?[0-7]{1,3}|[\s\S])/g,
    (whole, code: string) => {
      const first = code[0] ?? '';
      if (first === 'x' && code.length > 1) return byte(parseInt(code.slice(1), 16));
      if ((first === 'u' || first === 'U') && code.length > 1) {
        const point = parseInt(code.slice(1), 16);
        return point > 0x10ffff ? whole : String.fromCodePoint(point);
      }
      if (/^[0-7]/.test(code)) return byte(parseInt(code, 8) & 0xff);
      return ESCAPES[first] ?? ('\\\'"?'.includes(first) ? first : whole);
    },
  );
}

/** A byte as text: those beyond ASCII are lone surrogates (os/stream.ts). */
const byte = (value: number): string => String.fromCharCode(value < 0x80 ? value : 0xdc00 + value);

/** Whether a text is a whole command, needs more lines, or is wrong. */
export function completeness(text: string): 'complete' | 'unfinished' | { error: string } {
  try {
    new Parser(text).program();
  } catch (error) {
    // The reader goes down a level for each of the text's own.
    if (error instanceof RangeError) return { error: 'syntax error: nested too deeply' };
    if (!(error instanceof SyntaxFault)) throw error;
    return error.unfinished ? 'unfinished' : { error: error.message };
  }
  return /(^|[^\\])(\\\\)*\\\n?$/.test(text) ? 'unfinished' : 'complete';
}
