import { CONTROLS } from './regex.ts';
import { parseNumber } from './awk-value.ts';

/** An error in a program, as mawk says it after its own name. */
export class AwkError extends Error {}

export interface Token {
  kind:
    'number' | 'string' | 'regex' | 'name' | 'call' | 'builtin' | 'word' | 'mark' | 'line' | 'end';
  /** The text; of strings and expressions what is between the delimiters. */
  text: string;
  line: number;
}

const WORDS = new Set(
  'BEGIN END function if else while for do break continue next nextfile exit return delete in getline print printf'.split(
    ' ',
  ),
);
/** Built-in functions, with the least and the most arguments that they take. */
export const BUILTINS: Record<string, [number, number]> = {
  length: [0, 1],
  substr: [2, 3],
  index: [2, 2],
  split: [2, 3],
  sub: [2, 3],
  gsub: [2, 3],
  match: [2, 2],
  sprintf: [1, 255],
  tolower: [1, 1],
  toupper: [1, 1],
  int: [1, 1],
  sqrt: [1, 1],
  exp: [1, 1],
  log: [1, 1],
  sin: [1, 1],
  cos: [1, 1],
  atan2: [2, 2],
  rand: [0, 0],
  srand: [0, 1],
  system: [1, 1],
  close: [1, 1],
  fflush: [0, 1],
  systime: [0, 0],
};

/** Escapes in a string; what is none keeps its backslash (scan.c: rm_escape()). */
export function unescape(text: string): string {
  return text.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{1,2})|(["\\/])|([abfnrtv])|\n)/g,
    (all, octal?: string, hex?: string, plain?: string, control?: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (plain !== undefined) return plain === '/' ? all : plain;
      return control === undefined ? '' : CONTROLS[control]!;
    },
  );
}

const MARKS =
  /^(?:&&|\|\||\+\+|--|\+=|-=|\*=|\/=|%=|\^=|==|<=|>=|!=|!~|>>|[-+*/%^!<>|?:~$=,;(){}[\]])/;

/** All of a program's tokens. */
export function tokens(text: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  let line = 1;
  const add = (kind: Token['kind'], what: string): void => {
    out.push({ kind, text: what, line });
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 4096);
    const skipped = /^(?:[ \t\r]|\\\r?\n|#[^\n]*)+/.exec(rest)?.[0];
    if (skipped !== undefined) {
      at += skipped.length;
      line += skipped.split('\n').length - 1;
      continue;
    }
    const letter = rest[0]!;
    if (letter === '\n') {
      add('line', '\n');
      line++;
      at++;
    } else if (/[\d.]/.test(letter) && /^\.?\d/.test(rest)) {
      // A hexadecimal number is no constant: `0x11` is `0` and the name `x11`.
      const number = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest)![0];
      if (!Number.isFinite(parseNumber(number).value)) {
        throw new AwkError(`line ${line}: ${number} : decimal overflow`);
      }
      add('number', number);
      at += number.length;
    } else if (/[A-Za-z_]/.test(letter)) {
      const name = /^\w+/.exec(rest)![0];
      at += name.length;
      if (WORDS.has(name)) add('word', name);
      else if (Object.hasOwn(BUILTINS, name)) add('builtin', name);
      else add(text[at] === '(' ? 'call' : 'name', name);
    } else if (letter === '"') {
      const found = /^"((?:[^"\\\n]|\\[^])*)"/.exec(text.slice(at));
      if (found === null) {
        throw new AwkError(`line ${line}: runaway string constant ${excerpt(text.slice(at))} ...`);
      }
      add('string', found[1]!);
      line += found[0].split('\n').length - 1;
      at += found[0].length;
    } else if (letter === '/' && !endsOperand(out.at(-1))) {
      const found = /^\/((?:[^/\\\n[]|\\.|\[\^?\]?(?:[^\]\\\n[]|\\.|\[:\w+:\]|\[)*\])*)\//.exec(
        text.slice(at),
      );
      if (found === null) {
        const shown = excerpt(text.slice(at)).replace(/\\\//g, '/');
        throw new AwkError(`line ${line}: runaway regular expression ${shown} ...`);
      }
      add('regex', found[1]!);
      at += found[0].length;
    } else {
      const mark = MARKS.exec(rest)?.[0];
      if (mark === undefined) {
        const shown = String.fromCodePoint(text.codePointAt(at)!);
        throw new AwkError(`${line}: unexpected character '${shown}'`);
      }
      add('mark', mark);
      at += mark.length;
    }
  }
  // The end counts as a line of its own.
  line++;
  add('end', 'end of file');
  return out;
}

const excerpt = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 10);

function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'mark') return /^(?:[)\]$]|\+\+|--)$/.test(token.text);
  return ['number', 'string', 'name', 'builtin', 'regex'].includes(token.kind);
}
