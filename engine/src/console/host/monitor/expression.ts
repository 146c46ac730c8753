/** Expressions of QEMU's monitor (monitor/hmp.c, get_expr()): 64-bit numbers, C's operators, `$` registers. */

export class MonitorError extends Error {}

const MASK = (1n << 64n) - 1n;

export class Expression {
  readonly #text: string;
  readonly #register: (name: string) => bigint | null;
  #at = 0;

  constructor(text: string, register: (name: string) => bigint | null) {
    this.#text = text;
    this.#register = register;
  }

  /** The value; what follows it is left. Throws a `MonitorError` with the monitor's words. */
  read(): { value: bigint; rest: string } {
    const value = this.#sum();
    return { value, rest: this.#text.slice(this.#at) };
  }

  #blank(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
  #operator(among: string): string | null {
    this.#blank();
    const letter = this.#text[this.#at] ?? '';
    if (letter === '' || !among.includes(letter)) return null;
    this.#at++;
    return letter;
  }

  #sum(): bigint {
    let value = this.#logic();
    for (let op = this.#operator('+-'); op !== null; op = this.#operator('+-')) {
      const other = this.#logic();
      value = (op === '+' ? value + other : value - other) & MASK;
    }
    return value;
  }

  #logic(): bigint {
    let value = this.#product();
    for (let op = this.#operator('&|^'); op !== null; op = this.#operator('&|^')) {
      const other = this.#product();
      value = op === '&' ? value & other : op === '|' ? value | other : value ^ other;
    }
    return value;
  }

  #product(): bigint {
    let value = this.#unary();
    for (let op = this.#operator('*/%'); op !== null; op = this.#operator('*/%')) {
      const other = this.#unary();
      if (op !== '*' && other === 0n) throw new MonitorError('division by zero');
      value = (op === '*' ? value * other : op === '/' ? value / other : value % other) & MASK;
    }
    return value;
  }

  #unary(depth = 0): bigint {
    if (depth > 100) throw new MonitorError('expression too long');
    this.#blank();
    const letter = this.#text[this.#at] ?? '';
    if (letter === '') throw new MonitorError('unexpected end of expression');
    if (letter === '+' || letter === '-' || letter === '~') {
      this.#at++;
      const value = this.#unary(depth + 1);
      return letter === '+' ? value : (letter === '-' ? -value : ~value) & MASK;
    }
    if (letter === '(') {
      this.#at++;
      const value = this.#sum();
      if (this.#operator(')') === null) throw new MonitorError("')' expected");
      return value;
    }
    if (letter === "'") {
      const value = this.#text.charCodeAt(this.#at + 1);
      if (this.#text[this.#at + 2] !== "'")
        throw new MonitorError("missing terminating ' character");
      this.#at += 3;
      return BigInt(value);
    }
    if (letter === '$') {
      const name = /^\$([\w.]+)/.exec(this.#text.slice(this.#at))?.[1] ?? '';
      const value = this.#register(name);
      if (value === null) throw new MonitorError('unknown register');
      this.#at += name.length + 1;
      return value;
    }
    const digits = /^(0[xX][0-9a-fA-F]+|\d+)/.exec(this.#text.slice(this.#at))?.[1];
    if (digits === undefined) throw new MonitorError(`invalid char '${letter}' in expression`);
    this.#at += digits.length;
    const octal = /^0[0-7]+$/.test(digits);
    const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    if (value > MASK) throw new MonitorError('number too large');
    return value;
  }
}
