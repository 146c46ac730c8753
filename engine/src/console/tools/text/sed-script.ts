import { CONTROLS, Regex, RegexError } from './regex.ts';

/** Scripts of sed 4.9, read as its own reader does (sed/compile.c): character by character, with the place. */

export type Address =
  | { kind: 'line'; line: number }
  | { kind: 'step'; first: number; step: number }
  | { kind: 'last' }
  /** null: the expression that was used last. */
  | { kind: 'regex'; regex: Regex | null }
  /** `addr,+N` and `addr,~N`. */
  | { kind: 'plus' | 'multiple'; line: number };

/** A piece of what replaces a match: text, a group, or a change of case. */
export type Piece = string | { group: number } | { fold: string };

export interface Command {
  name: string;
  from: Address | null;
  to: Address | null;
  negated: boolean;
  /** A range goes on, up to this line; null while none does. */
  active: boolean;
  end: number;
  text: string;
  number: number | null;
  /** Where it goes to: of `{` behind its `}`, of a branch to its label. */
  target: number;
  regex: Regex | null;
  pieces: Piece[];
  flags: Set<string>;
  map: Map<string, string>;
}

/** What is wrong with a script; the words without `sed: `. */
export class ScriptError extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

const blank = (letter: string): boolean => letter === ' ' || letter === '\t';
const space = (letter: string): boolean => /^[ \t-\r]$/.test(letter);

export class Script {
  readonly commands: Command[] = [];
  /** A script that begins with `#n` is as with -n. */
  quiet = false;
  readonly #extended: boolean;
  readonly #labels = new Map<string, number>();
  readonly #blocks: { command: Command; where: string }[] = [];
  #text = '';
  #at = 0;
  #where: (at: number) => string = () => '';
  #line = 1;
  /** A text command that goes on in the next script: `-e 'a\' -e text`. */
  #pending: Command | null = null;
  #first = true;

  constructor(extended: boolean) {
    this.#extended = extended;
  }

  /** Adds the text of an -e (its number) or -f (the file's name). */
  add(text: string, from: number | string): void {
    this.#text = text;
    this.#at = 0;
    this.#line = 1;
    this.#where = (at) =>
      typeof from === 'string'
        ? `file ${from} line ${this.#line}: `
        : `-e expression #${from}, char ${at}: `;
    if (this.#pending !== null) this.#readText(this.#pending, '');
    if (this.#first && text.startsWith('#n') && (text[2] ?? '\n') === '\n') this.quiet = true;
    this.#first = false;
    this.#read();
  }

  /** All has been read: labels are looked up. */
  finish(): void {
    const open = this.#blocks.pop();
    if (open !== undefined) throw new ScriptError(`${open.where}unmatched \`{'`);
    for (const command of this.commands) {
      if (!'btT'.includes(command.name)) continue;
      const target = command.text === '' ? this.commands.length : this.#labels.get(command.text);
      if (target === undefined) {
        // EXIT_BAD_INPUT it is not: sed ends by panic() here.
        throw new ScriptError(`can't find label for jump to \`${command.text}'`, 4);
      }
      command.target = target;
    }
  }

  #bad(text: string): ScriptError {
    return new ScriptError(`${this.#where(this.#at)}${text}`);
  }

  /** The next character; empty at the end. */
  #next(): string {
    const letter = this.#text[this.#at] ?? '';
    if (letter !== '') this.#at++;
    if (letter === '\n') this.#line++;
    return letter;
  }
  #back(letter: string): void {
    if (letter === '') return;
    this.#at--;
    if (letter === '\n') this.#line--;
  }
  #nextNonblank(): string {
    let letter = this.#next();
    while (blank(letter)) letter = this.#next();
    return letter;
  }
  #number(first: string): number {
    let digits = first;
    for (;;) {
      const letter = this.#next();
      if (!/^\d$/.test(letter)) {
        this.#back(letter);
        return Number(digits);
      }
      digits += letter;
    }
  }

  #endOfCommand(): void {
    const letter = this.#nextNonblank();
    if (letter === '}' || letter === '#') this.#back(letter);
    else if (letter !== '' && letter !== '\n' && letter !== ';') {
      throw this.#bad('extra characters after command');
    }
  }

  #read(): void {
    for (;;) {
      let letter = this.#next();
      while (letter === ';' || space(letter)) letter = this.#next();
      if (letter === '') return;
      const command: Command = {
        name: '',
        from: null,
        to: null,
        negated: false,
        active: false,
        end: 0,
        text: '',
        number: null,
        target: 0,
        regex: null,
        pieces: [],
        flags: new Set(),
        map: new Map(),
      };
      command.from = this.#address(letter);
      if (command.from !== null) {
        const { from } = command;
        if (from.kind === 'plus' || from.kind === 'multiple') {
          throw this.#bad('invalid usage of +N or ~N as first address');
        }
        letter = this.#nextNonblank();
        if (letter === ',') {
          command.to = this.#address(this.#nextNonblank());
          if (command.to === null) throw this.#bad("unexpected `,'");
          letter = this.#nextNonblank();
        }
        if (from.kind === 'line' && from.line === 0) {
          if (command.to?.kind !== 'regex') throw this.#bad('invalid usage of line address 0');
          command.active = true;
        }
      }
      if (letter === '!') {
        command.negated = true;
        letter = this.#nextNonblank();
        if (letter === '!') throw this.#bad("multiple `!'s");
      }
      if (letter === '') throw this.#bad('missing command');
      command.name = letter;
      this.#command(command);
    }
  }

  #address(letter: string): Address | null {
    if (letter === '/' || letter === '\\') {
      const slash = letter === '\\' ? this.#next() : letter;
      const source = this.#delimited(slash, true);
      if (source === null) throw this.#bad('unterminated address regex');
      let icase = false;
      let multiline = false;
      for (;;) {
        const flag = this.#nextNonblank();
        if (flag === 'I') icase = true;
        else if (flag === 'M') multiline = true;
        else {
          this.#back(flag);
          break;
        }
      }
      return { kind: 'regex', regex: this.#regex(source, icase, multiline) };
    }
    if (/^\d$/.test(letter)) {
      const line = this.#number(letter);
      const next = this.#nextNonblank();
      if (next !== '~') {
        this.#back(next);
        return { kind: 'line', line };
      }
      const step = this.#number(this.#nextNonblank());
      return step > 0 ? { kind: 'step', first: line, step } : { kind: 'line', line };
    }
    if (letter === '+' || letter === '~') {
      const line = this.#number(this.#nextNonblank());
      return { kind: letter === '+' ? 'plus' : 'multiple', line: line || 0 };
    }
    return letter === '$' ? { kind: 'last' } : null;
  }

  /** What stands up to a delimiter; null where there is none (match_slash()). */
  #delimited(slash: string, isRegex: boolean): string | null {
    let out = '';
    // Inside of a bracket expression the delimiter is an ordinary character.
    let bracket = -1;
    for (;;) {
      let letter = this.#next();
      if (letter === '' || (letter === '\n' && isRegex && bracket < 0)) {
        this.#back(letter === '\n' ? letter : '');
        return null;
      }
      if (isRegex && bracket < 0 && letter === '[') {
        out += letter;
        bracket = out.length;
        if (this.#text[this.#at] === '^') {
          out += this.#next();
          bracket++;
        }
        continue;
      }
      if (bracket >= 0) {
        if (letter === '[' && ':.='.includes(this.#text[this.#at] ?? ' ')) {
          const end = this.#text.indexOf(`${this.#text[this.#at]!}]`, this.#at + 1);
          if (end > 0) {
            out += letter + this.#text.slice(this.#at, end + 2);
            this.#at = end + 2;
            continue;
          }
        }
        if (letter === ']' && out.length > bracket) bracket = -1;
        else if (letter === '\\' && this.#text[this.#at] === 'n') {
          this.#next();
          letter = '\n';
        }
        out += letter;
        continue;
      }
      if (letter === slash) return out;
      if (letter === '\\') {
        letter = this.#next();
        if (letter === '') return null;
        if (letter === 'n' && isRegex) letter = '\n';
        else if (letter !== '\n' && (letter !== slash || (!isRegex && letter === '&'))) {
          out += '\\';
        }
      }
      out += letter;
    }
  }

  /** Escapes of GNU sed that stand for a character (normalize_text()). */
  #escapes(text: string, isRegex: boolean): string {
    return text.replace(
      /\\(?:c(.)|d(\d{1,3})|o([0-7]{1,3})|x([\da-fA-F]{1,2})|([afrtv])|([^]))/g,
      (all, control?: string, dec?: string, oct?: string, hex?: string, plain?: string) => {
        if (plain !== undefined) return CONTROLS[plain]!;
        const code =
          control !== undefined
            ? control.toUpperCase().charCodeAt(0) ^ 0x40
            : dec !== undefined
              ? Number(dec)
              : oct !== undefined
                ? parseInt(oct, 8)
                : hex !== undefined
                  ? parseInt(hex, 16)
                  : -1;
        if (code < 0) return all;
        const letter = String.fromCharCode((code & 0xff) > 0x7f ? 0xdc00 + code : code);
        const special = isRegex ? /[$*.[\\\]^]/ : /[&\\]/;
        return special.test(letter) ? `\\${letter}` : letter;
      },
    );
  }

  #regex(source: string, icase: boolean, multiline: boolean): Regex | null {
    if (source === '') {
      if (icase || multiline) throw this.#bad('cannot specify modifiers on empty regexp');
      return null;
    }
    try {
      return new Regex(this.#escapes(source, true), this.#extended ? 'esed' : 'sed', {
        icase,
        multiline,
      });
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      // What sed's other matcher finds (dfaerror()) comes without a place.
      if (error.message.startsWith('character class')) throw new ScriptError(error.message, 4);
      throw this.#bad(error.message);
    }
  }

  #fileName(): string {
    const name = this.#restOfLine(this.#nextNonblank());
    if (name === '') throw this.#bad('missing filename in r/R/w/W commands');
    return name;
  }
  #restOfLine(first: string): string {
    let out = '';
    for (let letter = first; letter !== '' && letter !== '\n'; letter = this.#next()) out += letter;
    return out;
  }
  #label(): string {
    let letter = this.#nextNonblank();
    let out = '';
    while (letter !== '' && letter !== ';' && !space(letter)) {
      out += letter;
      letter = this.#next();
    }
    this.#back(letter);
    return out;
  }

  #command(command: Command): void {
    const { name } = command;
    switch (name) {
      case '#':
        if (command.from !== null) throw this.#bad("comments don't accept any addresses");
        this.#restOfLine(this.#next());
        return;
      case '{':
        this.#blocks.push({ command, where: this.#where(0) });
        break;
      case '}': {
        const open = this.#blocks.pop();
        if (open === undefined || command.from !== null) throw this.#bad("unexpected `}'");
        open.command.target = this.commands.length;
        this.#endOfCommand();
        return;
      }
      case ':': {
        if (command.from !== null) throw this.#bad(": doesn't want any addresses");
        const label = this.#label();
        if (label === '') throw this.#bad('":" lacks a label');
        this.#labels.set(label, this.commands.length);
        return;
      }
      case 'a':
      case 'i':
      case 'c': {
        let letter = this.#nextNonblank();
        if (letter === '') throw this.#bad("expected \\ after `a', `c' or `i'");
        if (letter === '\\') {
          // Blanks are kept where the text follows in the same line: `a\  text`.
          const at = this.#at;
          letter = this.#nextNonblank();
          if (letter !== '\n') {
            this.#at = at;
            letter = this.#next();
          } else {
            letter = '';
          }
          if (letter === '' && this.#at >= this.#text.length) {
            this.#pending = command;
            break;
          }
        }
        this.#readText(command, letter);
        break;
      }
      case 'e':
        command.text = this.#restOfLine(this.#nextNonblank());
        break;
      case 'r':
      case 'R':
      case 'w':
      case 'W':
        command.text = this.#fileName();
        break;
      case 'b':
      case 't':
      case 'T':
        command.text = this.#label();
        break;
      case 'v': {
        const version = this.#label();
        if (/^(4\.\d\d|[5-9])/.test(version)) throw this.#bad('expected newer version of sed');
        this.#endOfCommand();
        return;
      }
      case 'q':
      case 'Q':
      case 'l': {
        if (name !== 'l' && command.to !== null) {
          throw this.#bad('command only uses one address');
        }
        const letter = this.#nextNonblank();
        if (/^\d$/.test(letter)) command.number = this.#number(letter);
        else this.#back(letter);
        this.#endOfCommand();
        break;
      }
      case 's':
        this.#substitute(command);
        break;
      case 'y':
        this.#translate(command);
        break;
      default:
        if (!'=dDFgGhHnNpPxz'.includes(name)) throw this.#bad(`unknown command: \`${name}'`);
        this.#endOfCommand();
    }
    this.commands.push(command);
  }

  #readText(command: Command, first: string): void {
    this.#pending = null;
    let out = '';
    let letter = first === '' ? this.#next() : first;
    while (letter !== '' && letter !== '\n') {
      if (letter === '\\') {
        letter = this.#next();
        out += /^[afnrtv]$/.test(letter) ? CONTROLS[letter]! : letter;
      } else {
        out += letter;
      }
      letter = this.#next();
    }
    command.text = `${out}\n`;
  }

  #substitute(command: Command): void {
    const slash = this.#next();
    const source = this.#delimited(slash, true);
    const replacement = source === null ? null : this.#delimited(slash, false);
    if (source === null || replacement === null) throw this.#bad("unterminated `s' command");
    const { flags } = command;
    for (;;) {
      const letter = this.#next();
      if (letter === 'i' || letter === 'I') flags.add('i');
      else if (letter === 'm' || letter === 'M') flags.add('m');
      else if (letter === 'e') flags.add('e');
      else if (letter === 'p' || letter === 'g') {
        if (flags.has(letter)) throw this.#bad(`multiple \`${letter}' options to \`s' command`);
        flags.add(letter);
      } else if (letter === 'w') {
        command.text = this.#fileName();
        flags.add('w');
        break;
      } else if (/^\d$/.test(letter)) {
        if (command.number !== null) throw this.#bad("multiple number options to `s' command");
        command.number = this.#number(letter);
        if (command.number === 0) throw this.#bad("number option to `s' command may not be zero");
      } else if (letter === '}' || letter === '#') {
        this.#back(letter);
        break;
      } else if (letter === '' || letter === '\n' || letter === ';') {
        break;
      } else if (!blank(letter) && letter !== '\r') {
        throw this.#bad("unknown option to `s'");
      }
    }
    command.regex = this.#regex(source, flags.has('i'), flags.has('m'));
    command.pieces = pieces(this.#escapes(replacement, false));
    for (const piece of command.pieces) {
      if (typeof piece === 'string' || !('group' in piece) || command.regex === null) continue;
      if (piece.group > command.regex.groups) {
        throw this.#bad(`invalid reference \\${piece.group} on \`s' command's RHS`);
      }
    }
  }

  #translate(command: Command): void {
    const slash = this.#next();
    const source = this.#delimited(slash, false);
    const target = source === null ? null : this.#delimited(slash, false);
    if (source === null || target === null) throw this.#bad("unterminated `y' command");
    const letters = (text: string): string[] =>
      Array.from(this.#escapes(text, false).matchAll(/\\([^])|[^]/gu), ([all, escaped]) =>
        escaped === undefined
          ? all
          : escaped === 'n'
            ? '\n'
            : escaped === '\\' || escaped === slash || escaped === '&'
              ? escaped
              : all,
      );
    const from = letters(source).join('');
    const to = letters(target).join('');
    const one = [...from];
    const other = [...to];
    if (one.length !== other.length) {
      throw this.#bad("strings for `y' command are different lengths");
    }
    one.forEach((letter, index) => {
      if (!command.map.has(letter)) command.map.set(letter, other[index]!);
    });
    this.#endOfCommand();
  }
}

/** The right side of `s`. */
function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let plain = '';
  const push = (piece: Piece): void => {
    if (plain !== '') out.push(plain);
    plain = '';
    out.push(piece);
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === '&') push({ group: 0 });
    else if (letter !== '\\') plain += letter;
    else {
      const next = text[++at] ?? '\\';
      if (/\d/.test(next)) push({ group: Number(next) });
      else if ('LUEul'.includes(next)) push({ fold: next });
      else plain += next === 'n' ? '\n' : next;
    }
  }
  if (plain !== '') out.push(plain);
  return out;
}
