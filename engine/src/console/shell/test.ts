import { typeOf } from '../fs/file-system.ts';
import { Errno } from '../os/errno.ts';
import type { Process } from '../os/process.ts';

/** Tests of `test`, `[` and `[[` (bash(1), CONDITIONAL EXPRESSIONS). */

export class TestFault extends Error {}
/** An expression of `=~` that is none: the status is 2, and nothing is said. */
export class WrongPattern extends Error {}

const FILE_TESTS = 'abcdefghkprstuwxGLNOS';

/** One operand. */
export function testUnary(
  process: Process,
  operator: string,
  operand: string,
  isSet: (name: string) => boolean = () => false,
): boolean {
  const letter = operator.slice(1);
  if (operator === '-n') return operand !== '';
  if (operator === '-z') return operand === '';
  if (operator === '-v') return isSet(operand);
  if (operator === '-o') return false;
  if (operator === '-t') {
    const open = process.fds.get(Number(operand));
    return (open?.source?.isTerminal ?? open?.sink?.isTerminal) === true;
  }
  if (operator.length !== 2 || !FILE_TESTS.includes(letter)) {
    throw new TestFault(`${operator}: unary operator expected`);
  }
  const { fs } = process.system;
  try {
    const place = fs.find(operand, process.cwd, letter !== 'h' && letter !== 'L');
    const { mode, size } = fs.statOf(place);
    const type = typeOf(place);
    switch (letter) {
      case 'f':
        return type === 'file';
      case 'd':
        return type === 'directory';
      case 'h':
      case 'L':
        return type === 'link';
      case 'b':
        return type === 'block';
      case 'c':
        return type === 'character';
      case 's':
        return size > 0;
      case 'x':
        return type === 'directory' || (mode & 0o111) !== 0;
      case 'g':
        return (mode & 0o2000) !== 0;
      case 'u':
        return (mode & 0o4000) !== 0;
      case 'k':
        return (mode & 0o1000) !== 0;
      case 'p':
      case 'S':
        return false;
      default:
        return true;
    }
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

const NUMERIC: Record<string, (a: bigint, b: bigint) => boolean> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
};

/** Two operands. */
export function testBinary(
  process: Process,
  operator: string,
  left: string,
  right: string,
): boolean {
  const compare = NUMERIC[operator];
  if (compare !== undefined) return compare(integer(left), integer(right));
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-ef':
    case '-nt':
    case '-ot': {
      const { fs } = process.system;
      const statOf = (path: string) => {
        try {
          return fs.stat(path, process.cwd);
        } catch {
          return null;
        }
      };
      const [one, other] = [statOf(left), statOf(right)];
      if (operator === '-ef') return one !== null && other !== null && one.ino === other.ino;
      const [first, second] = operator === '-nt' ? [one, other] : [other, one];
      return first !== null && (second === null || first.mtime > second.mtime);
    }
    default:
      throw new TestFault(`${operator}: binary operator expected`);
  }
}

function integer(text: string): bigint {
  const trimmed = text.trim();
  if (!/^[+-]?\d+$/.test(trimmed)) throw new TestFault(`${text}: integer expression expected`);
  return BigInt(trimmed.replace(/^\+/, ''));
}

const BINARY = new Set(['=', '==', '!=', '<', '>', '-ef', '-nt', '-ot', ...Object.keys(NUMERIC)]);

/** The words of `test`; true, false, or a `TestFault`. */
export function testWords(
  process: Process,
  words: readonly string[],
  isSet?: (name: string) => boolean,
): boolean {
  let at = 0;
  const peek = (offset = 0): string | undefined => words[at + offset];

  function either(): boolean {
    let value = both();
    while (peek() === '-o') {
      at++;
      const other = both();
      value ||= other;
    }
    return value;
  }
  function both(): boolean {
    let value = one();
    while (peek() === '-a') {
      at++;
      const other = one();
      value &&= other;
    }
    return value;
  }
  function one(): boolean {
    const word = peek();
    if (word === undefined) throw new TestFault('argument expected');
    const operator = peek(1);
    if (operator !== undefined && BINARY.has(operator) && peek(2) !== undefined) {
      at += 3;
      return testBinary(process, operator, word, words[at - 1] ?? '');
    }
    if (word === '!' && words.length - at > 1) {
      at++;
      return !one();
    }
    if (word === '(' && words.length - at > 1) {
      at++;
      const value = either();
      if (peek() !== ')') throw new TestFault("`)' expected");
      at++;
      return value;
    }
    if (
      /^-[a-zA-Z]$/.test(word) &&
      operator !== undefined &&
      operator !== ')' &&
      operator !== '-a' &&
      operator !== '-o'
    ) {
      at += 2;
      return testUnary(process, word, operator, isSet);
    }
    at++;
    return word !== '';
  }

  if (words.length === 0) return false;
  if (words.length === 1) return words[0] !== '';
  if (words.length === 2 && words[0] !== '!')
    return testUnary(process, words[0] ?? '', words[1] ?? '', isSet);
  if (
    words.length === 3 &&
    words[0] !== '!' &&
    words[0] !== '(' &&
    !BINARY.has(words[1] ?? '') &&
    words[1] !== '-a' &&
    words[1] !== '-o'
  ) {
    throw new TestFault(`${words[1] ?? ''}: binary operator expected`);
  }
  const value = either();
  if (at < words.length) throw new TestFault('too many arguments');
  return value;
}
