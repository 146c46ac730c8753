/** Arithmetic of the shell (bash(1), ARITHMETIC EVALUATION): 64-bit integers, C's operators. */

export interface Variables {
  get(name: string): string;
  set(name: string, value: string): void;
}

export class ArithmeticFault extends Error {}

const BINARY: [level: string[], right?: boolean][] = [
  [['||']],
  [['&&']],
  [['|']],
  [['^']],
  [['&']],
  [['==', '!=']],
  [['<=', '>=', '<', '>']],
  [['<<', '>>']],
  [['+', '-']],
  [['*', '/', '%']],
];
const TOKENS =
  /\s*(\*\*|<<=|>>=|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>=!~&|^?:(),]|\d+#[\w@]+|0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*(?:\[[^\]]*\])?)/y;
const DEPTH_MOST = 100;

/** The value of an expression. Throws an `ArithmeticFault` in bash's words, with the expression before them. */
export function evaluate(text: string, variables: Variables, depth = 0): bigint {
  if (depth > DEPTH_MOST)
    throw new ArithmeticFault(
      `${text}: expression recursion level exceeded (error token is "${text}")`,
    );
  const tokens = tokensOf(text);
  let at = 0;
  let skip = 0;
  const shown = text.trim();
  const fault = (what: string, from = at): ArithmeticFault =>
    new ArithmeticFault(`${shown}: ${what} (error token is "${rest(tokens, text, from)}")`);
  const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
  const peek = (): string => tokens[at]?.text ?? '';
  const nameOf = (token: string): boolean => /^[A-Za-z_]/.test(token);

  const read = (name: string): bigint => {
    const value = variables.get(name).trim();
    if (value === '') return 0n;
    return evaluate(value, variables, depth + 1);
  };

  function comma(): bigint {
    let value = assignment();
    while (peek() === ',') {
      at++;
      value = assignment();
    }
    return value;
  }

  function assignment(): bigint {
    const name = peek();
    const operator = tokens[at + 1]?.text ?? '';
    if (nameOf(name) && /^([-+*/%&|^]|<<|>>)?=$/.test(operator)) {
      at += 2;
      const value = assignment();
      const result = operator === '=' ? value : apply(operator.slice(0, -1), read(name), value);
      if (skip === 0) variables.set(name, String(result));
      return result;
    }
    return conditional();
  }

  function conditional(): bigint {
    const test = binary(0);
    if (peek() !== '?') return test;
    at++;
    if (test === 0n) skip++;
    const yes = comma();
    if (test === 0n) skip--;
    if (peek() !== ':') throw fault("`:' expected for conditional expression");
    at++;
    if (test !== 0n) skip++;
    const no = assignment();
    if (test !== 0n) skip--;
    return test === 0n ? no : yes;
  }

  function binary(level: number): bigint {
    const operators = BINARY[level]?.[0];
    if (operators === undefined) return power();
    let value = binary(level + 1);
    for (let operator = peek(); operators.includes(operator); operator = peek()) {
      at++;
      const cut = (operator === '||' && value !== 0n) || (operator === '&&' && value === 0n);
      if (cut) skip++;
      const other = binary(level + 1);
      if (cut) skip--;
      value = apply(operator, value, other);
    }
    return value;
  }

  function power(): bigint {
    const base = unary();
    if (peek() !== '**') return base;
    at++;
    const exponent = power();
    if (exponent < 0n) throw fault('exponent less than 0');
    if (exponent > 63n && base !== 0n && base !== 1n && base !== -1n) {
      // Only the low 64 bits count.
      let result = 1n;
      for (
        let bit = exponent, square = base;
        bit > 0n;
        bit >>= 1n, square = wrap(square * square)
      ) {
        if ((bit & 1n) !== 0n) result = wrap(result * square);
      }
      return result;
    }
    return wrap(base ** (exponent > 63n ? exponent % 2n : exponent));
  }

  function unary(): bigint {
    const token = peek();
    if (token === '!' || token === '~' || token === '-' || token === '+') {
      at++;
      const value = unary();
      if (token === '!') return value === 0n ? 1n : 0n;
      return wrap(token === '~' ? ~value : token === '-' ? -value : value);
    }
    if (token === '++' || token === '--') {
      const name = tokens[at + 1]?.text ?? '';
      if (nameOf(name)) {
        at += 2;
        const value = wrap(read(name) + (token === '++' ? 1n : -1n));
        if (skip === 0) variables.set(name, String(value));
        return value;
      }
      at++;
      return unary();
    }
    return primary();
  }

  function primary(): bigint {
    const token = peek();
    if (token === '(') {
      at++;
      const value = comma();
      if (peek() !== ')') throw fault("missing `)'");
      at++;
      return value;
    }
    if (nameOf(token)) {
      at++;
      const value = skip > 0 ? 0n : read(token);
      if (peek() === '++' || peek() === '--') {
        const step = peek() === '++' ? 1n : -1n;
        at++;
        if (skip === 0) variables.set(token, String(wrap(value + step)));
      }
      return value;
    }
    if (/^\d/.test(token)) {
      at++;
      return number(token);
    }
    throw fault(
      token === '' || !/^[-+*/%<>=&|^?:),]/.test(token)
        ? 'syntax error: operand expected'
        : 'syntax error: operand expected',
    );
  }

  function number(token: string): bigint {
    const hash = token.indexOf('#');
    if (hash > 0) {
      const base = Number(token.slice(0, hash));
      if (base < 2 || base > 64) throw fault('invalid arithmetic base', at - 1);
      let value = 0n;
      for (const letter of token.slice(hash + 1)) {
        const digit = digitOf(letter, base);
        if (digit < 0 || digit >= base) throw fault('value too great for base', at - 1);
        value = wrap(value * BigInt(base) + BigInt(digit));
      }
      return value;
    }
    if (/^0\d/.test(token)) {
      if (!/^[0-7]+$/.test(token)) throw fault('value too great for base', at - 1);
      return wrap(BigInt(`0o${token.slice(1)}`));
    }
    return wrap(BigInt(token));
  }

  function apply(operator: string, a: bigint, b: bigint): bigint {
    switch (operator) {
      case '||':
        return a !== 0n || b !== 0n ? 1n : 0n;
      case '&&':
        return a !== 0n && b !== 0n ? 1n : 0n;
      case '|':
        return a | b;
      case '^':
        return a ^ b;
      case '&':
        return a & b;
      case '==':
        return a === b ? 1n : 0n;
      case '!=':
        return a === b ? 0n : 1n;
      case '<=':
        return a <= b ? 1n : 0n;
      case '>=':
        return a >= b ? 1n : 0n;
      case '<':
        return a < b ? 1n : 0n;
      case '>':
        return a > b ? 1n : 0n;
      case '<<':
        return wrap(a << (b & 63n));
      case '>>':
        return a >> (b & 63n);
      case '+':
        return wrap(a + b);
      case '-':
        return wrap(a - b);
      case '*':
        return wrap(a * b);
      default:
        if (b === 0n) {
          if (skip > 0) return 0n;
          throw fault('division by 0', at - 1);
        }
        return wrap(operator === '/' ? a / b : a % b);
    }
  }

  if (tokens.length === 0) return 0n;
  const value = comma();
  if (at < tokens.length) {
    throw fault(
      /^[-+*/%<>=&|^?:,]/.test(peek())
        ? 'syntax error: operand expected'
        : 'syntax error in expression',
    );
  }
  return value;
}

function digitOf(letter: string, base: number): number {
  if (letter === '@') return 62;
  if (letter === '_') return 63;
  if (letter >= '0' && letter <= '9') return Number(letter);
  if (letter >= 'a' && letter <= 'z') return letter.charCodeAt(0) - 87;
  return letter.charCodeAt(0) - (base <= 36 ? 55 : 29);
}

interface Token {
  text: string;
  at: number;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    TOKENS.lastIndex = at;
    const match = TOKENS.exec(text);
    if (match === null) {
      const left = text.slice(at).trimStart();
      if (left === '') break;
      const shown = text.trim();
      throw new ArithmeticFault(
        `${shown}: syntax error: ${tokens.length > 0 && /^[\w)]/.test(tokens.at(-1)?.text ?? '') ? 'invalid arithmetic operator' : 'operand expected'} (error token is "${left}")`,
      );
    }
    tokens.push({ text: match[1] ?? '', at: TOKENS.lastIndex - (match[1] ?? '').length });
    at = TOKENS.lastIndex;
  }
  return tokens;
}

function rest(tokens: readonly Token[], text: string, from: number): string {
  const token = tokens[Math.min(from, tokens.length - 1)];
  return token === undefined ? text : text.slice(token.at);
}
