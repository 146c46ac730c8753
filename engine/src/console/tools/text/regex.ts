/**
 * POSIX regular expressions, in the dialects of the tools. The parser takes a pattern token by token as
 * glibc's does (posix/regcomp.c: peek_token(), parse_expression(), parse_dup_op()), so that what is an
 * operator where, and what is an error, come out the same.
 *
 * The matcher backtracks, but remembers every branch it took at every place, so that its time is bounded by
 * the length of pattern times text. Of all matches at the leftmost place it gives the longest, and for its
 * groups the way that greedy repetition and earlier alternatives prefer: that is glibc's choice too. Back
 * references (and Perl's look-around) forbid the memory; such patterns have a limit of steps instead.
 */

const EXTENDED = 1;
/** An interval where nothing can be repeated is an error (RE_CONTEXT_INVALID_DUP). */
const INVALID_DUP = 2;
/** So is any repetition (RE_CONTEXT_INVALID_OPS). */
const INVALID_OPS = 4;
/** A brace that begins no interval is an ordinary character (RE_INVALID_INTERVAL_ORD). */
const INTERVAL_ORD = 8;
/** A closing parenthesis alone is one too (RE_UNMATCHED_RIGHT_PAREN_ORD). */
const PAREN_ORD = 16;
const AWK = 32;
const PERL = 64;

/** Who reads the pattern. */
export const DIALECTS = {
  /** grep, and other tools that take basic expressions. */
  grep: 0,
  egrep: EXTENDED | INTERVAL_ORD | PAREN_ORD,
  sed: INVALID_DUP,
  esed: EXTENDED | INVALID_OPS,
  /** regcomp(3) with REG_EXTENDED: the shell's `=~`. */
  bash: EXTENDED | INVALID_OPS | PAREN_ORD,
  /** mawk 1.3.4: no intervals and no back references, and a letter is a byte. */
  awk: EXTENDED | AWK | PAREN_ORD,
  perl: EXTENDED | PERL,
} as const;
export type Dialect = keyof typeof DIALECTS;

/** What is wrong with a pattern, in glibc's words (mawk's and PCRE's for theirs). */
export class RegexError extends Error {}

/** A match: where it begins and ends, and its groups; −1 for a group that took no part. */
export interface Match {
  start: number;
  end: number;
  /** `at[2 * n]` and `at[2 * n + 1]` are begin and end of group n; group 0 is all of it. */
  at: number[];
}

type Test = (code: number) => boolean;
type Node =
  | { kind: 'char'; code: number }
  | { kind: 'set'; test: Test }
  | { kind: 'cat' | 'alt'; of: Node[] }
  | { kind: 'repeat'; of: Node; min: number; max: number; lazy: boolean }
  | { kind: 'group'; of: Node; index: number }
  | { kind: 'look'; of: Node; behind: boolean; negative: boolean }
  | { kind: 'back'; index: number }
  | { kind: 'assert'; what: string };

const EMPTY: Node = { kind: 'cat', of: [] };
const DUP_MOST = 32_767;
/** Steps that an expression with back references may take on one line. */
const STEPS_MOST = 3_000_000;
const PROGRAM_MOST = 70_000;
const MEMORY_MOST = 2 ** 28;

const unicode = (source: string): Test => {
  const re = new RegExp(source, 'u');
  return (code) => code > 0x7f && !raw(code) && re.test(String.fromCodePoint(code));
};
/** A byte that is no UTF-8 (stream.ts): nothing but itself matches it. */
const raw = (code: number): boolean => code >= 0xdc80 && code <= 0xdcff;
const ascii = (letters: RegExp, beyond?: string): Test => {
  const more = beyond === undefined ? () => false : unicode(beyond);
  return (code) => (code < 0x80 ? letters.test(String.fromCharCode(code)) : more(code));
};
/** Character classes of the C.UTF-8 locale. */
export const CLASSES: Record<string, Test> = {
  alpha: ascii(/[a-z]/i, '[\\p{L}\\p{Nd}\\p{Nl}]'),
  digit: ascii(/\d/),
  alnum: ascii(/[a-z\d]/i, '[\\p{L}\\p{N}]'),
  upper: ascii(/[A-Z]/, '\\p{Lu}'),
  lower: ascii(/[a-z]/, '\\p{Ll}'),
  space: ascii(/[ \t-\r]/, '[\\u2000-\\u2006\\u2008-\\u200a\\u2028\\u2029\\u205f\\u3000\\u1680]'),
  blank: ascii(/[ \t]/, '[\\u2000-\\u2006\\u2008-\\u200a\\u205f\\u3000\\u1680]'),
  punct: ascii(/[!-/:-@[-`{-~]/, '[^\\p{L}\\p{N}\\p{C}\\p{Z}]'),
  print: ascii(/[ -~]/, '\\P{C}'),
  graph: ascii(/[!-~]/, '[^\\p{C}\\p{Z}]'),
  // eslint-disable-next-line no-control-regex -- the class is theirs
  cntrl: ascii(/[\0-\x1f\x7f]/, '[\\x80-\\x9f\\u2028\\u2029]'),
  xdigit: ascii(/[\da-f]/i),
};
const classTest = (name: string): Test | undefined =>
  Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
/** What makes a word: letters, digits and the underscore. */
export const isWordCode: Test = (code) => code === 95 || CLASSES.alnum!(code);
const spaceTest = CLASSES.space!;
const digitTest = CLASSES.digit!;
const blankTest = CLASSES.blank!;

const not =
  (test: Test): Test =>
  (code) =>
    !raw(code) && !test(code);

const ESCAPE_SETS: Record<string, Test> = {
  w: isWordCode,
  W: not(isWordCode),
  s: spaceTest,
  S: not(spaceTest),
};
const PERL_SETS: Record<string, Test> = {
  ...ESCAPE_SETS,
  d: digitTest,
  D: not(digitTest),
  h: blankTest,
  H: not(blankTest),
  N: (code) => code !== 10,
};
/** What a backslash and a letter stand for, where they are control characters. */
export const CONTROLS: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

interface Token {
  type: string;
  /** Units of the pattern that it takes. */
  size: number;
  code: number;
}

const ERRORS = {
  paren: 'Unmatched ( or \\(',
  close: 'Unmatched ) or \\)',
  bracket: 'Unmatched [, [^, [:, [., or [=',
  repeat: 'Invalid preceding regular expression',
  content: 'Invalid content of \\{\\}',
  brace: 'Unmatched \\{',
  big: 'Regular expression too big',
  back: 'Invalid back reference',
  slash: 'Trailing backslash',
  range: 'Invalid range end',
  name: 'Invalid character class name',
  collation: 'Invalid collation character',
};
/** The same in PCRE2's words (pcre2_error.c), and in mawk's (rexp.c). */
const PERL_ERRORS: Partial<typeof ERRORS> = {
  paren: 'missing closing parenthesis',
  close: 'unmatched closing parenthesis',
  bracket: 'missing terminating ] for character class',
  repeat: 'quantifier does not follow a repeatable item',
  back: 'reference to non-existent subpattern',
  slash: '\\ at end of pattern',
  range: 'range out of order in character class',
  name: 'unknown POSIX class name',
};
const AWK_ERRORS: Partial<typeof ERRORS> = {
  paren: "missing ')'",
  bracket: 'bad class -- [], [^] or [',
  repeat: 'missing operand',
  name: 'bad class -- [], [^] or [',
};

class Parser {
  readonly warnings: string[] = [];
  groups = 0;
  /** Groups that are closed already, and may be referred to. */
  readonly #closed = new Set<number>();
  /** Back references or look-around: a branch's outcome depends on the way that led to it. */
  complex = false;
  readonly #text: string;
  readonly #flags: number;
  #icase: boolean;
  readonly #multiline: boolean;
  #at = 0;
  #token: Token = { type: 'end', size: 0, code: 0 };

  constructor(text: string, flags: number, icase: boolean, multiline: boolean) {
    this.#text = text;
    this.#flags = flags;
    this.#icase = icase;
    this.#multiline = multiline;
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  #error(what: keyof typeof ERRORS): RegexError {
    const own = this.#has(PERL) ? PERL_ERRORS : this.#has(AWK) ? AWK_ERRORS : {};
    return new RegexError(own[what] ?? ERRORS[what]);
  }

  parse(): Node {
    this.#fetch(true);
    const node = this.#alternatives(0);
    if (this.#token.type !== 'end') throw this.#error('close');
    return node;
  }

  #fetch(caret = false): void {
    this.#at += this.#token.size;
    this.#token = this.#peek(caret);
  }

  #peek(caret = false): Token {
    const at = this.#at;
    const code = this.#text.codePointAt(at);
    if (code === undefined) return { type: 'end', size: 0, code: 0 };
    const letter = String.fromCodePoint(code);
    const size = letter.length;
    const char: Token = { type: 'char', size, code };
    const extended = this.#has(EXTENDED);
    if (letter === '\\') return this.#escape(at + 1);
    if (letter === '.' || letter === '[' || letter === '*') return { ...char, type: letter };
    if (extended && '+?|()'.includes(letter)) return { ...char, type: letter };
    if (extended && !this.#has(AWK) && '{}'.includes(letter)) {
      // PCRE, and in part grep, take a brace that begins no interval as it is.
      const interval =
        letter === '}' ||
        !this.#has(PERL | INTERVAL_ORD) ||
        (this.#has(PERL)
          ? /^\{\d+(,\d*)?\}/.test(this.#text.slice(at))
          : /^\{([\d,]|\})/.test(this.#text.slice(at)));
      return interval ? { ...char, type: letter } : char;
    }
    if (letter === '^') {
      return extended || caret || at === 0 ? { ...char, type: 'assert' } : char;
    }
    if (letter === '$') {
      const rest = this.#text.slice(at + 1, at + 3);
      return extended || rest === '' || rest === '\\)' || rest === '\\|'
        ? { ...char, type: 'assert' }
        : char;
    }
    return char;
  }

  #escape(at: number): Token {
    const code = this.#text.codePointAt(at);
    if (code === undefined) {
      if (this.#has(AWK)) return { type: 'char', size: 1, code: 92 };
      return { type: 'trailing', size: 1, code: 92 };
    }
    const letter = String.fromCodePoint(code);
    const token = (type: string, size = 1 + letter.length, value = code): Token => ({
      type,
      size,
      code: value,
    });
    if (this.#has(AWK)) {
      const octal = /^[0-7]{1,3}/.exec(this.#text.slice(at))?.[0];
      if (octal !== undefined) return token('char', 1 + octal.length, parseInt(octal, 8) & 0xff);
      if (Object.hasOwn(CONTROLS, letter)) {
        return token('char', 2, CONTROLS[letter]!.charCodeAt(0));
      }
      return token('char');
    }
    if (letter >= '1' && letter <= '9') return token('back');
    if (this.#has(PERL)) {
      if (Object.hasOwn(PERL_SETS, letter)) return token('set');
      if ('bBAzZK'.includes(letter)) return token('assert');
      const control = perlControl(this.#text, at);
      if (control !== null) return token('char', 1 + control.size, control.code);
      return token('char');
    }
    if (!this.#has(EXTENDED) && '|(){}+?'.includes(letter)) return token(letter);
    if ('wWsS'.includes(letter)) return token('set');
    if ("bB<>`'".includes(letter)) return token('assert');
    return token('char');
  }

  #alternatives(nest: number, caret = true): Node {
    const branches: Node[] = [];
    for (;;) {
      branches.push(this.#branch(nest));
      if (this.#token.type !== '|') break;
      this.#fetch(caret);
    }
    return branches.length === 1 ? branches[0]! : { kind: 'alt', of: branches };
  }

  #ends(nest: number): boolean {
    const { type } = this.#token;
    return type === 'end' || type === '|' || (type === ')' && nest > 0);
  }

  #branch(nest: number): Node {
    const of: Node[] = [];
    // mawk has no empty expressions but the one that is all of it.
    if (this.#has(AWK) && this.#ends(nest) && this.#text !== '') {
      throw this.#error(this.#token.type === 'end' && nest > 0 ? 'paren' : 'repeat');
    }
    while (!this.#ends(nest)) of.push(this.#expression(nest));
    return of.length === 1 ? of[0]! : { kind: 'cat', of };
  }

  #expression(nest: number): Node {
    let node: Node;
    const { type, code } = this.#token;
    switch (type) {
      case 'trailing':
        throw this.#error('slash');
      case '(':
        node = this.#group(nest);
        break;
      case '[':
        node = this.#bracket();
        break;
      case 'back': {
        const index = code - 48;
        if (!this.#closed.has(index)) throw this.#error('back');
        this.complex = true;
        node = { kind: 'back', index };
        break;
      }
      case '.': {
        const newline = this.#multiline || this.#has(PERL);
        node = { kind: 'set', test: (c) => !raw(c) && !(newline && c === 10) };
        break;
      }
      case 'set':
        node = {
          kind: 'set',
          test: (this.#has(PERL) ? PERL_SETS : ESCAPE_SETS)[String.fromCodePoint(code)]!,
        };
        break;
      case 'assert': {
        node = { kind: 'assert', what: String.fromCodePoint(code) };
        this.#fetch(code === 94);
        // An anchor cannot be repeated: what follows is an expression of its own.
        if (this.#has(PERL)) return this.#repeats(node);
        if (this.#has(AWK) && code === 94 && '*+'.includes(this.#token.type)) {
          throw new RegexError('syntax error ^* or ^+');
        }
        return this.#has(AWK) ? this.#repeats(node) : node;
      }
      case '{':
      case '*':
      case '+':
      case '?': {
        const start = this.#misplaced(type);
        if (start !== null) return start;
        node = { kind: 'char', code };
        break;
      }
      case ')':
        if (!this.#has(PAREN_ORD)) throw this.#error('close');
        node = { kind: 'char', code };
        break;
      default:
        node = this.#char(code);
    }
    this.#fetch();
    return this.#repeats(node);
  }

  /** A repetition with nothing before it; null where it is an ordinary character. */
  #misplaced(type: string): Node | null {
    if (this.#has(AWK | PERL) || this.#has(INVALID_OPS)) throw this.#error('repeat');
    if (type === '{' && this.#has(INVALID_DUP)) throw this.#error('repeat');
    if (!this.#has(EXTENDED)) return null;
    if (type === '{') {
      const interval = /^\{(\d+(,\d*)?|,\d*)\}/.exec(this.#text.slice(this.#at))?.[0];
      if (interval === undefined) return null;
      this.warnings.push('{...} at start of expression');
      this.#token.size = interval.length;
    } else {
      this.warnings.push(`${type} at start of expression`);
    }
    this.#fetch();
    return EMPTY;
  }

  #char(code: number): Node {
    if (!this.#icase) return { kind: 'char', code };
    const variants = caseVariants(code);
    return variants.length === 1
      ? { kind: 'char', code }
      : { kind: 'set', test: (c) => variants.includes(c) };
  }

  #group(nest: number): Node {
    if (this.#has(PERL) && this.#text[this.#at + 1] === '?') return this.#perlGroup(nest);
    const index = ++this.groups;
    this.#fetch(true);
    const of = this.#alternatives(nest + 1);
    if (this.#token.type !== ')') throw this.#error('paren');
    this.#closed.add(index);
    return { kind: 'group', of, index };
  }

  #perlGroup(nest: number): Node {
    const opener = /^\(\?(?:(:|\||>|=|!|<=|<!)|P?<\w+>|'\w+'|(-?[imsx]*)([:)]))/.exec(
      this.#text.slice(this.#at),
    );
    if (opener === null) throw new RegexError('unrecognized character after (? or (?-');
    const [all, kind, options] = opener;
    const before = this.#icase;
    if (options !== undefined) {
      if (options.includes('i')) this.#icase = !options.startsWith('-');
      if (opener[3] === ')') {
        this.#token.size = all.length;
        return EMPTY;
      }
    }
    const index = kind === undefined && options === undefined ? ++this.groups : 0;
    this.#token.size = all.length;
    this.#fetch();
    const of = this.#alternatives(nest + 1);
    if (this.#token.type !== ')') throw this.#error('paren');
    this.#icase = before;
    if (index > 0) {
      this.#closed.add(index);
      return { kind: 'group', of, index };
    }
    if (kind === undefined || !/[=!]/.test(kind)) return of;
    this.complex = true;
    return { kind: 'look', of, behind: kind.startsWith('<'), negative: kind.endsWith('!') };
  }

  #repeats(first: Node): Node {
    let node = first;
    for (;;) {
      const { type } = this.#token;
      if (type === '*' || type === '+' || type === '?') {
        this.#fetch();
        node = this.#repeat(node, type === '+' ? 1 : 0, type === '?' ? 1 : Infinity);
      } else if (type === '{') {
        const next = this.#interval(node);
        if (next === null) return node;
        node = next;
      } else {
        return node;
      }
      if (this.#has(INVALID_DUP) && (this.#token.type === '*' || this.#token.type === '{')) {
        throw this.#error('repeat');
      }
    }
  }

  #repeat(of: Node, min: number, max: number): Node {
    let lazy = false;
    if (this.#has(PERL) && '?+'.includes(this.#token.type)) {
      lazy = this.#token.type === '?';
      this.#fetch();
    }
    return { kind: 'repeat', of, min, max, lazy };
  }

  /** An interval; null where its brace is an ordinary character after all. */
  #interval(of: Node): Node | null {
    const from = this.#at;
    const open = this.#token;
    // −1: no number stands there; −2: what stands there is none.
    const number = (): number => {
      let value = -1;
      for (;;) {
        this.#fetch();
        const { type, code } = this.#token;
        if (type === 'end') return -2;
        if (type === '}' || code === 44) return value;
        if (type !== 'char' || !digitTest(code) || value === -2) value = -2;
        else value = Math.min(DUP_MOST + 1, Math.max(value, 0) * 10 + code - 48);
      }
    };
    const comma = (): boolean => this.#token.type === 'char' && this.#token.code === 44;
    let min = number();
    let max = 0;
    if (min === -1) {
      if (!comma()) throw this.#error('content');
      min = 0;
    }
    if (min !== -2) max = this.#token.type === '}' ? min : comma() ? number() : -2;
    if (min === -2 || max === -2) {
      if (!this.#has(INTERVAL_ORD)) {
        throw this.#error(this.#token.type === 'end' ? 'brace' : 'content');
      }
      this.#at = from;
      this.#token = { ...open, type: 'char' };
      return null;
    }
    if ((max !== -1 && min > max) || this.#token.type !== '}') throw this.#error('content');
    if (Math.max(min, max) > DUP_MOST) throw this.#error('big');
    this.#fetch();
    return this.#repeat(of, min, max === -1 ? Infinity : max);
  }

  /** A bracket expression; the token after it is still to be fetched. */
  #bracket(): Node {
    const text = this.#text;
    const perl = this.#has(PERL);
    const escapes = perl || this.#has(AWK);
    let at = this.#at + 1;
    const negated = text[at] === '^';
    if (negated) at++;
    const first = at;
    // regcomp.c: parse_bracket_exp() has an error of its own for this (REG_BADPAT).
    if (at >= text.length && !escapes) throw new RegexError('Invalid regular expression');
    const singles = new Set<number>();
    const ranges: [number, number][] = [];
    const tests: Test[] = [];
    /** One end of a range; a class by name gives null. */
    const element = (): number | null => {
      const letter = text[at];
      const kind = text[at + 1];
      if (letter === '[' && (kind === ':' || kind === '=' || kind === '.')) {
        const end = text.indexOf(`${kind}]`, at + 2);
        if (end < 0) {
          if (escapes) {
            at++;
            return 91;
          }
          throw this.#error('bracket');
        }
        const name = text.slice(at + 2, end);
        at = end + 2;
        if (kind === ':') {
          const test = classTest(name);
          if (test === undefined) throw this.#error('name');
          const cased = this.#icase && (name === 'upper' || name === 'lower');
          tests.push(cased ? CLASSES.alpha! : test);
          return null;
        }
        const code = name.codePointAt(0);
        if (code === undefined || String.fromCodePoint(code) !== name) {
          throw this.#error('collation');
        }
        return code;
      }
      if (letter === '\\' && escapes && at + 1 < text.length) {
        const next = text[at + 1]!;
        if (perl && Object.hasOwn(PERL_SETS, next)) {
          tests.push(PERL_SETS[next]!);
          at += 2;
          return null;
        }
        const token =
          perl && next === 'b' ? { size: 2, code: 8, type: 'char' } : this.#escape(at + 1);
        at += token.size;
        return token.code;
      }
      const code = text.codePointAt(at);
      if (code === undefined) throw this.#error('bracket');
      at += code > 0xffff ? 2 : 1;
      return code;
    };
    for (;;) {
      if (at >= text.length) throw this.#error('bracket');
      if (text[at] === ']' && at > first) break;
      const low = element();
      if (low === null) continue;
      if (text[at] === '-' && text[at + 1] !== ']' && at + 1 < text.length) {
        at++;
        const high = element();
        if (high === null) {
          if (!perl) throw this.#error('range');
          singles.add(low).add(45);
          continue;
        }
        // mawk swaps nothing and complains of nothing: both ends are in.
        if (low > high && this.#has(AWK)) ranges.push([high, low]);
        else if (low > high) throw this.#error('range');
        else ranges.push([low, high]);
      } else {
        singles.add(low);
      }
    }
    if (!escapes && /^:[^[\]-]+:$/.test(text.slice(first, at)) && !negated) {
      throw new RegexError('character class syntax is [[:space:]], not [:space:]');
    }
    this.#token.size = at + 1 - this.#at;
    const within: Test = (code) =>
      singles.has(code) ||
      ranges.some(([low, high]) => code >= low && code <= high) ||
      tests.some((test) => test(code));
    const folded: Test = this.#icase ? (code) => caseVariants(code).some(within) : within;
    const multiline = this.#multiline;
    return {
      kind: 'set',
      test: negated ? (code) => !raw(code) && !(multiline && code === 10) && !folded(code) : folded,
    };
  }
}

function perlControl(text: string, at: number): { size: number; code: number } | null {
  const found = /^(?:x\{([\da-f]+)\}|x([\da-f]{0,2})|0([0-7]{0,2})|([aefnrtv]))/i.exec(
    text.slice(at, at + 12),
  );
  if (found === null) return null;
  const [all, braces, hex, octal, letter] = found;
  const code =
    letter === 'e'
      ? 27
      : letter !== undefined
        ? (CONTROLS[letter]?.charCodeAt(0) ?? letter.charCodeAt(0))
        : octal !== undefined
          ? parseInt(octal || '0', 8)
          : parseInt(braces ?? (hex || '0'), 16);
  return { size: all.length, code };
}

function caseVariants(code: number): number[] {
  if (raw(code)) return [code];
  const letter = String.fromCodePoint(code);
  const codes = [letter, letter.toLowerCase(), letter.toUpperCase()]
    .filter((one) => [...one].length === 1)
    .map((one) => one.codePointAt(0)!);
  return [...new Set(codes)];
}

/** Whether it matches the empty text, as far as its form tells. */
function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'cat':
      return node.of.every(isNullable);
    case 'alt':
      return node.of.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.of);
    case 'group':
      return isNullable(node.of);
    default:
      return node.kind !== 'char' && node.kind !== 'set';
  }
}

const CHAR = 0;
const SET = 1;
const SPLIT = 2;
const JUMP = 3;
const SAVE = 4;
const ASSERT = 5;
const BACK = 6;
const LOOK = 7;
const MARK = 8;
const MOVED = 9;
const DONE = 10;

interface Instruction {
  op: number;
  /** Code, target, slot or group. */
  x: number;
  /** Of a split: the second choice; of a look: what follows. */
  y: number;
  /** Of a split: its number. */
  n: number;
  test?: Test;
  what?: string;
}

export class Regex {
  readonly warnings: readonly string[];
  /** Groups that it has. */
  readonly groups: number;
  readonly #code: Instruction[] = [];
  #splits = 0;
  #slots: number;
  readonly #complex: boolean;
  readonly #longest: boolean;
  readonly #icase: boolean;
  readonly #multiline: boolean;
  #memory = new Uint32Array(0);
  /** What every match begins with, where that is one letter. */
  readonly #first: string | null;
  /** What its letter has to be, where it begins with a set. */
  readonly #firstTest: Test | null;
  readonly #anchored: boolean;

  /** Throws `RegexError`. */
  constructor(
    pattern: string,
    dialect: Dialect,
    { icase = false, multiline = false }: { icase?: boolean; multiline?: boolean } = {},
  ) {
    const parser = new Parser(pattern, DIALECTS[dialect], icase, multiline);
    const tree = parser.parse();
    this.warnings = parser.warnings;
    this.groups = parser.groups;
    this.#slots = 2 * (parser.groups + 1);
    this.#complex = parser.complex;
    this.#longest = dialect !== 'perl';
    this.#icase = icase;
    this.#multiline = multiline;
    this.#emit(tree);
    this.#add(DONE);
    const first = this.#code[0];
    this.#first = first?.op === CHAR ? String.fromCodePoint(first.x) : null;
    this.#firstTest = first?.op === SET ? first.test! : null;
    this.#anchored = first?.op === ASSERT && first.what === '^' && !multiline;
  }

  #add(op: number, x = 0, y = 0): Instruction {
    if (this.#code.length >= PROGRAM_MOST) throw new RegexError(ERRORS.big);
    const one: Instruction = { op, x, y, n: op === SPLIT ? this.#splits++ : 0 };
    this.#code.push(one);
    return one;
  }

  #emit(node: Node): void {
    const code = this.#code;
    switch (node.kind) {
      case 'char':
        this.#add(CHAR, node.code);
        break;
      case 'set':
        this.#add(SET).test = node.test;
        break;
      case 'cat':
        for (const one of node.of) this.#emit(one);
        break;
      case 'alt': {
        const exits: Instruction[] = [];
        node.of.forEach((one, index) => {
          if (index === node.of.length - 1) {
            this.#emit(one);
            return;
          }
          const split = this.#add(SPLIT);
          split.x = code.length;
          this.#emit(one);
          exits.push(this.#add(JUMP));
          split.y = code.length;
        });
        for (const exit of exits) exit.x = code.length;
        break;
      }
      case 'group':
        this.#add(SAVE, 2 * node.index);
        this.#emit(node.of);
        this.#add(SAVE, 2 * node.index + 1);
        break;
      case 'back':
        this.#add(BACK, node.index);
        break;
      case 'assert':
        if (node.what === 'K') this.#add(SAVE, 0);
        else this.#add(ASSERT).what = node.what;
        break;
      case 'look': {
        const look = this.#add(LOOK);
        look.what = `${node.behind ? '<' : ''}${node.negative ? '!' : '='}`;
        look.x = code.length;
        this.#emit(node.of);
        this.#add(DONE);
        look.y = code.length;
        break;
      }
      case 'repeat':
        this.#emitRepeat(node);
    }
  }

  #emitRepeat({ of, min, max, lazy }: Extract<Node, { kind: 'repeat' }>): void {
    const code = this.#code;
    const branch = (split: Instruction, into: number, past: number): void => {
      split.x = lazy ? past : into;
      split.y = lazy ? into : past;
    };
    // Without the memory of branches, a turn that took nothing must not begin another.
    const body = (): void => {
      if (!this.#complex) {
        this.#emit(of);
        return;
      }
      const slot = this.#slots++;
      this.#add(MARK, slot);
      this.#emit(of);
      this.#add(MOVED, slot);
    };
    if (max === Infinity) {
      for (let count = 0; count < min - 1; count++) this.#emit(of);
      if (min > 0 && !this.#complex) {
        const start = code.length;
        body();
        const split = this.#add(SPLIT);
        branch(split, start, code.length);
        return;
      }
      if (min > 0) this.#emit(of);
      const split = this.#add(SPLIT);
      const start = code.length;
      body();
      this.#add(JUMP, start - 1);
      branch(split, start, code.length);
      return;
    }
    for (let count = 0; count < min; count++) this.#emit(of);
    // A turn that may be left out is not taken for nothing: groups keep what the turn before gave them.
    const slot = max > min && isNullable(of) ? this.#slots++ : -1;
    const exits: [Instruction, number][] = [];
    for (let count = min; count < max; count++) {
      const split = this.#add(SPLIT);
      exits.push([split, code.length]);
      if (slot >= 0) this.#add(MARK, slot);
      this.#emit(of);
      if (slot >= 0) this.#add(MOVED, slot);
    }
    for (const [split, into] of exits) branch(split, into, code.length);
  }

  /** Whether it matches somewhere. */
  test(text: string): boolean {
    return this.#search(text, 0, true) !== null;
  }

  /**
   * The leftmost match from a place on, of those there the longest (in the dialect of Perl the first). Throws
   * `RegexError` when it takes too long.
   */
  exec(text: string, from = 0): Match | null {
    return this.#search(text, from, false);
  }

  /** The longest match that begins just there, and ends at `to` at the latest. */
  matchAt(text: string, start: number, to = text.length): Match | null {
    this.#clear(text);
    return this.#run(text, 0, start, false, to);
  }

  #clear(text: string): void {
    const bits = this.#complex ? 0 : this.#splits * (text.length + 1);
    if (bits > MEMORY_MOST) throw new RegexError('Memory exhausted');
    const words = Math.ceil(bits / 32);
    if (this.#memory.length < words) this.#memory = new Uint32Array(words * 2);
    else this.#memory.fill(0, 0, words);
    this.#steps = 0;
  }

  #steps = 0;

  #search(text: string, from: number, any: boolean): Match | null {
    this.#clear(text);
    for (let start = from; start <= text.length; start++) {
      if (this.#anchored && start > 0) return null;
      if (this.#first !== null) {
        start = text.indexOf(this.#first, start);
        if (start < 0) return null;
      }
      if (this.#firstTest !== null) {
        const code = text.codePointAt(start);
        if (code === undefined) return null;
        if (!this.#firstTest(code)) continue;
      }
      const match = this.#run(text, 0, start, any, Infinity);
      if (match !== null) return match;
      // Not into the middle of a letter of two units.
      if ((text.codePointAt(start) ?? 0) > 0xffff) start++;
    }
    return null;
  }

  /** Matches from one place on. Branches that failed earlier, on this text, fail again. */
  #run(text: string, entry: number, start: number, any: boolean, to: number): Match | null {
    const code = this.#code;
    const memory = this.#memory;
    const width = text.length + 1;
    const remember = !this.#complex;
    const at: number[] = new Array<number>(this.#slots).fill(-1);
    at[0] = start;
    // Places to go back to: instruction and place, or −1 − slot and its old value.
    const stack: number[] = [];
    let best: Match | null = null;
    let pc = entry;
    let place = start;
    const set = (slot: number, value: number): void => {
      stack.push(-1 - slot, at[slot]!);
      at[slot] = value;
    };
    for (;;) {
      const one = code[pc]!;
      let ok = true;
      switch (one.op) {
        case CHAR:
        case SET: {
          if (place >= text.length) {
            ok = false;
            break;
          }
          let letter = text.charCodeAt(place);
          if (letter >= 0xd800 && letter < 0xdc00) letter = text.codePointAt(place)!;
          ok = one.op === CHAR ? letter === one.x : one.test!(letter);
          place += letter > 0xffff ? 2 : 1;
          pc++;
          break;
        }
        case SPLIT: {
          if (remember) {
            const bit = one.n * width + place;
            const mask = 1 << (bit & 31);
            if ((memory[bit >>> 5]! & mask) !== 0) {
              ok = false;
              break;
            }
            memory[bit >>> 5]! |= mask;
          } else if (++this.#steps > STEPS_MOST) {
            throw new RegexError('Memory exhausted');
          }
          stack.push(one.y, place);
          pc = one.x;
          break;
        }
        case JUMP:
          pc = one.x;
          break;
        case MARK:
        case SAVE:
          set(one.x, place);
          pc++;
          break;
        case MOVED:
          ok = at[one.x] !== place;
          pc++;
          break;
        case ASSERT:
          ok = this.#holds(one.what!, text, place);
          pc++;
          break;
        case BACK: {
          const begin = at[2 * one.x]!;
          const end = at[2 * one.x + 1]!;
          const there = text.slice(place, place + end - begin);
          const said = text.slice(begin, end);
          ok =
            begin >= 0 &&
            end >= begin &&
            (there === said || (this.#icase && there.toLowerCase() === said.toLowerCase()));
          place += end - begin;
          pc++;
          break;
        }
        case LOOK: {
          let found = false;
          if (one.what!.startsWith('<')) {
            for (let back = place; back >= 0 && !found; back--) {
              found = this.#run(text, one.x, back, false, -1 - place) !== null;
            }
          } else {
            found = this.#run(text, one.x, place, true, Infinity) !== null;
          }
          ok = found === one.what!.endsWith('=');
          pc = one.y;
          break;
        }
        default:
          if (to < 0 ? place === -1 - to : place <= to) {
            if (best === null || place > best.end) {
              best = { start: at[0]!, end: place, at: at.slice(0, 2 * this.groups + 2) };
              best.at[1] = place;
            }
            if (any || !this.#longest || place === text.length) return best;
          }
          ok = false;
      }
      if (ok) continue;
      for (;;) {
        if (stack.length === 0) return best;
        const value = stack.pop()!;
        pc = stack.pop()!;
        if (pc >= 0) {
          place = value;
          break;
        }
        at[-1 - pc] = value;
      }
    }
  }

  #holds(what: string, text: string, place: number): boolean {
    const word = (index: number): boolean => isWordCode(text.charCodeAt(index));
    switch (what) {
      case '^':
        return place === 0 || (this.#multiline && text[place - 1] === '\n');
      case '$':
      case 'Z':
        return place === text.length || (this.#multiline && text[place] === '\n');
      case '`':
      case 'A':
        return place === 0;
      case "'":
      case 'z':
        return place === text.length;
      case '<':
        return !word(place - 1) && word(place);
      case '>':
        return word(place - 1) && !word(place);
      default:
        return (word(place - 1) !== word(place)) === (what === 'b');
    }
  }
}
