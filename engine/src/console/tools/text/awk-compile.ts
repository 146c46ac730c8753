import type { Step } from '../../os/process.ts';
import { TURN } from '../../os/process.ts';
import { AwkError, BUILTINS, tokens, unescape } from './awk-lexer.ts';
import type { Token } from './awk-lexer.ts';
import { isTrue, toNumber } from './awk-value.ts';
import type { AwkArray, Value } from './awk-value.ts';
import type { Cell, Machine } from './awk-machine.ts';
import type { Regex } from './regex.ts';

/**
 * Programs are compiled to closures. What never has to wait is a plain function, the rest a generator;
 * `lift` joins the two, so that an operator is written once.
 */
export type Expression = Meaning & {
  /** What can be assigned to: its index or field number comes from `index`. */
  place?: Place;
  /** A regular expression that stands for itself. */
  regex?: Regex;
  /** A variable alone: as an argument it may turn out to be an array. */
  cell?: () => Cell;
  /** `(a, b)`: only `in` and print take it. */
  list?: Expression[];
};
type Meaning = { waits: false; run: () => Value } | { waits: true; run: () => Step<Value> };
interface Place {
  index: Expression;
  get(index: Value): Value;
  set(index: Value, value: Value): void;
}

/** How a statement ended. */
export type Ending = 'break' | 'continue' | 'return' | undefined;
type Statement = () => Step<Ending>;

export class Next extends Error {
  readonly file: boolean;
  constructor(file: boolean) {
    super();
    this.file = file;
  }
}
export class Exit extends Error {
  readonly status: Value;
  constructor(status: Value) {
    super();
    this.status = status;
  }
}

export interface Rule {
  /** null: every record. Two: a range. */
  pattern: Expression[] | null;
  body: Statement;
  active: boolean;
}
export interface Program {
  begin: Statement[];
  end: Statement[];
  rules: Rule[];
}
interface Function {
  parameters: string[];
  body: Statement;
}

const value = (run: () => Value): Expression => ({ waits: false, run });
const constant = (what: Value): Expression => value(() => what);
const NOTHING = constant(undefined);

export function* evaluate(one: Expression): Step<Value> {
  return one.waits ? yield* one.run() : one.run();
}

function lift(parts: Expression[], join: (...values: Value[]) => Value): Expression {
  const [a, b] = parts;
  if (parts.some((part) => part.waits)) {
    return {
      waits: true,
      *run() {
        const values: Value[] = [];
        for (const part of parts) values.push(part.waits ? yield* part.run() : part.run());
        return join(...values);
      },
    };
  }
  const runs = parts.map((part) => part.run as () => Value);
  const [first, second] = runs;
  if (b === undefined && a !== undefined) return value(() => join(first!()));
  if (runs.length === 2) return value(() => join(first!(), second!()));
  return value(() => join(...runs.map((run) => run())));
}

/** What depends on a condition is run only then. */
function choose(condition: Expression, yes: Expression, no: Expression): Expression {
  if (!condition.waits && !yes.waits && !no.waits) {
    return value(() => (isTrue(condition.run()) ? yes.run() : no.run()));
  }
  return {
    waits: true,
    *run() {
      return yield* evaluate(isTrue(yield* evaluate(condition)) ? yes : no);
    },
  };
}

const ASSIGN = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=']);
const COMPARE = new Set(['<', '<=', '==', '!=', '>', '>=']);

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    default:
      return a ** b;
  }
}

export function compile(text: string, machine: Machine): Program {
  return new Compiler(text, machine).program();
}

class Compiler {
  readonly #machine: Machine;
  readonly #tokens: Token[];
  #at = 0;
  readonly #functions = new Map<string, Function>();
  readonly #called: { name: string; line: number; count: number }[] = [];
  /** What each variable of the program is, by its first use. */
  readonly #kinds = new Map<string, 'array' | 'variable'>();
  #parameters: string[] | null = null;
  #loops = 0;
  #inRule = false;
  #parens = 0;
  #braces = 0;
  /** `>` is redirection where print's arguments stand without parentheses; `in` belongs to `for`. */
  #noGreater = false;
  #noIn = false;

  constructor(text: string, machine: Machine) {
    this.#machine = machine;
    this.#tokens = tokens(text);
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }
  #is(text: string): boolean {
    const { kind } = this.#token;
    return (kind === 'mark' || kind === 'word') && this.#token.text === text;
  }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }
  #error(): AwkError {
    const { kind, text, line } = this.#token;
    const at = `line ${line}: `;
    if (kind === 'end' && this.#braces > 0) return new AwkError(`${at}missing } near end of file`);
    if (this.#parens > 0 && (kind === 'end' || text === '}')) {
      return new AwkError(`${at}missing ) near ${text}`);
    }
    const shown =
      kind === 'line' || kind === 'end'
        ? 'end of line'
        : kind === 'string'
          ? `"${text}"`
          : kind === 'regex'
            ? `/${text}/`
            : text;
    const extra = text === ')' && this.#parens === 0 ? this.#tokens[this.#at + 1] : undefined;
    if (extra !== undefined) {
      return new AwkError(`${at}extra ')'\0${at}syntax error at or near ${extra.text}`);
    }
    return new AwkError(`${at}syntax error at or near ${shown}`);
  }
  #expect(text: string): void {
    if (!this.#take(text)) throw this.#error();
    if (text === '(') this.#parens++;
    if (text === ')') this.#parens--;
  }
  #lines(): void {
    while (this.#token.kind === 'line') this.#at++;
  }
  #separators(): void {
    while (this.#token.kind === 'line' || this.#is(';')) this.#at++;
  }

  program(): Program {
    const out: Program = { begin: [], end: [], rules: [] };
    for (;;) {
      this.#separators();
      if (this.#token.kind === 'end') break;
      if (this.#is('}')) {
        const at = `line ${this.#token.line}: `;
        throw new AwkError(`${at}extra '}'\0${at}syntax error at or near end of line`);
      }
      if (this.#take('function')) {
        this.#function();
      } else if (this.#is('BEGIN') || this.#is('END')) {
        const where = this.#token.text === 'BEGIN' ? out.begin : out.end;
        this.#at++;
        if (!this.#is('{')) throw this.#error();
        where.push(this.#block());
      } else {
        this.#inRule = true;
        let pattern: Expression[] | null = null;
        if (!this.#is('{')) {
          pattern = [this.#expression()];
          if (this.#take(',')) {
            this.#lines();
            pattern.push(this.#expression());
          }
        }
        const body: Statement = this.#is('{')
          ? this.#block()
          : function* (this: undefined) {
              yield* machine.print(machine.line([machine.field(0)]), null);
              return undefined;
            };
        const machine = this.#machine;
        this.#inRule = false;
        out.rules.push({ pattern, body, active: false });
      }
    }
    for (const { name, line, count } of this.#called) {
      const most = this.#functions.get(name)?.parameters.length ?? Infinity;
      if (count > most) throw new AwkError(`line ${line}: too many arguments in call to ${name}`);
    }
    const missing = this.#called.find(({ name }) => !this.#functions.has(name));
    if (missing !== undefined) {
      throw new AwkError(`line ${this.#token.line}: function ${missing.name} never defined`);
    }
    return out;
  }

  #function(): void {
    const name = this.#token;
    if (name.kind !== 'name' && name.kind !== 'call') throw this.#error();
    this.#at++;
    this.#expect('(');
    const parameters: string[] = [];
    while (!this.#is(')')) {
      const parameter = this.#token;
      if (parameter.kind !== 'name') throw this.#error();
      parameters.push(parameter.text);
      this.#at++;
      if (!this.#take(',')) break;
      this.#lines();
    }
    this.#expect(')');
    this.#lines();
    if (!this.#is('{')) throw this.#error();
    // Known before its body: it may call itself.
    const one: Function = { parameters, body: () => nothing() };
    this.#functions.set(name.text, one);
    this.#parameters = parameters;
    one.body = this.#block();
    this.#parameters = null;
  }

  #block(): Statement {
    this.#expect('{');
    this.#braces++;
    const list: Statement[] = [];
    for (;;) {
      this.#separators();
      if (this.#is('}')) break;
      if (this.#token.kind === 'end') throw this.#error();
      list.push(this.#statement());
    }
    this.#at++;
    this.#braces--;
    return function* () {
      for (const one of list) {
        const ending = yield* one();
        if (ending !== undefined) return ending;
      }
      return undefined;
    };
  }

  /** What ends a simple statement. */
  #terminate(): void {
    if (this.#is('}')) return;
    if (this.#token.kind === 'end') {
      if (this.#braces > 0) throw this.#error();
      return;
    }
    if (this.#token.kind !== 'line' && !this.#is(';')) throw this.#error();
    this.#at++;
  }

  #inner(): Statement {
    this.#lines();
    if (this.#take(';')) return () => nothing();
    return this.#statement();
  }
  #loop(): Statement {
    this.#loops++;
    const body = this.#inner();
    this.#loops--;
    return body;
  }

  #statement(): Statement {
    const { text, line } = this.#token;
    const machine = this.#machine;
    if (this.#is('{')) return this.#block();
    if (this.#take('if')) {
      this.#expect('(');
      const condition = this.#expression();
      this.#expect(')');
      const yes = this.#inner();
      const back = this.#at;
      this.#separators();
      let no: Statement | null = null;
      if (this.#take('else')) no = this.#inner();
      else this.#at = back;
      return function* () {
        if (isTrue(yield* evaluate(condition))) return yield* yes();
        return no === null ? undefined : yield* no();
      };
    }
    if (this.#take('while')) {
      this.#expect('(');
      const condition = this.#expression();
      this.#expect(')');
      return repeat(NOTHING, condition, NOTHING, this.#loop(), false);
    }
    if (this.#take('do')) {
      const body = this.#loop();
      this.#separators();
      if (!this.#take('while')) throw this.#error();
      this.#expect('(');
      const condition = this.#expression();
      this.#expect(')');
      this.#terminate();
      return repeat(NOTHING, condition, NOTHING, body, true);
    }
    if (this.#take('for')) return this.#for();
    if (this.#take(';')) return () => nothing();
    if (this.#take('break') || this.#take('continue')) {
      if (this.#loops === 0) throw new AwkError(`line ${line}: ${text} statement outside of loop`);
      this.#terminate();
      return () => nothing(text as Ending);
    }
    if (this.#take('next') || this.#take('nextfile')) {
      if (!this.#inRule && this.#parameters === null) {
        throw new AwkError(`line ${line}: improper use of ${text}`);
      }
      this.#terminate();
      return () => {
        throw new Next(text === 'nextfile');
      };
    }
    if (this.#take('exit') || this.#take('return')) {
      const what = this.#ends() ? null : this.#expression();
      if (text === 'return' && this.#parameters === null) {
        throw new AwkError(`line ${line}: return outside function body`);
      }
      this.#terminate();
      return function* () {
        const result = what === null ? undefined : yield* evaluate(what);
        if (text === 'exit') throw new Exit(what === null ? undefined : toNumber(result));
        machine.result = result;
        return 'return';
      };
    }
    if (this.#take('delete')) {
      const name = this.#token.text;
      if (this.#token.kind !== 'name') throw this.#error();
      this.#at++;
      const array = this.#array(name);
      if (!this.#is('[')) {
        this.#terminate();
        return () => {
          array().clear();
          return nothing();
        };
      }
      const index = this.#subscript();
      this.#terminate();
      return function* () {
        array().delete(yield* evaluate(index), machine.convfmt);
        return undefined;
      };
    }
    if (this.#is('print') || this.#is('printf')) return this.#print();
    const one = this.#expression();
    this.#terminate();
    if (one.waits) {
      return function* () {
        yield* one.run();
        return undefined;
      };
    }
    return () => {
      one.run();
      return nothing();
    };
  }

  #ends(): boolean {
    const { kind } = this.#token;
    return kind === 'line' || kind === 'end' || this.#is(';') || this.#is('}');
  }

  #for(): Statement {
    this.#expect('(');
    const [name, word, arrayName, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (
      name?.kind === 'name' &&
      word?.text === 'in' &&
      arrayName?.kind === 'name' &&
      close?.text === ')'
    ) {
      this.#at += 3;
      this.#expect(')');
      const place = this.#variable(name.text).place!;
      const array = this.#array(arrayName.text);
      const body = this.#loop();
      return function* () {
        for (const key of array().keys()) {
          place.set(undefined, key);
          const ending = yield* body();
          yield TURN;
          if (ending === 'break') break;
          if (ending === 'return') return ending;
        }
        return undefined;
      };
    }
    const part = (end: string): Expression | null => {
      const one = this.#is(end) ? null : this.#expression();
      this.#lines();
      this.#expect(end);
      this.#lines();
      return one;
    };
    const start = part(';');
    const condition = part(';');
    const step = part(')');
    return repeat(start ?? NOTHING, condition ?? constant(1), step ?? NOTHING, this.#loop(), false);
  }

  #print(): Statement {
    const isFormat = this.#token.text === 'printf';
    this.#at++;
    const machine = this.#machine;
    this.#noGreater = true;
    let list: Expression[] = [];
    if (!this.#ends() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
      list = this.#list();
      if (list.length === 1 && list[0]!.list !== undefined) list = list[0]!.list;
    } else if (isFormat) {
      throw new AwkError(`line ${this.#token.line}: no arguments in call to printf`);
    }
    this.#noGreater = false;
    let redirect: { how: string; to: Expression } | null = null;
    for (const how of ['>', '>>', '|']) {
      if (redirect === null && this.#take(how)) redirect = { how, to: this.#expression() };
    }
    this.#terminate();
    const text = isFormat
      ? lift(list, (format, ...values) => machine.format('printf', format, values))
      : lift(list.length === 0 ? [value(() => machine.field(0))] : list, (...values) =>
          machine.line(values),
        );
    return function* () {
      const said = yield* evaluate(text);
      if (redirect === null) {
        yield* machine.print(machine.text(said), null);
      } else {
        yield* machine.print(machine.text(said), {
          how: redirect.how,
          to: machine.text(yield* evaluate(redirect.to)),
        });
      }
      return undefined;
    };
  }

  #list(): Expression[] {
    const out = [this.#expression()];
    while (this.#take(',')) {
      this.#lines();
      out.push(this.#expression());
    }
    return out;
  }

  #expression(): Expression {
    return this.#ternary();
  }

  #ternary(): Expression {
    const condition = this.#or();
    if (
      condition.place !== undefined &&
      ASSIGN.has(this.#token.text) &&
      this.#token.kind === 'mark'
    ) {
      return this.#assign(condition.place);
    }
    if (!this.#take('?')) return condition;
    this.#lines();
    const yes = this.#ternary();
    this.#lines();
    if (!this.#take(':')) throw this.#error();
    this.#lines();
    return choose(condition, yes, this.#ternary());
  }

  #assign(place: Place): Expression {
    const operator = this.#token.text[0]!;
    const plain = this.#token.text === '=';
    this.#at++;
    this.#lines();
    return lift([place.index, this.#ternary()], (index, right) => {
      const result = plain
        ? right
        : arithmetic(operator, toNumber(place.get(index)), toNumber(right));
      place.set(index, result);
      return result;
    });
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('||')) {
      this.#lines();
      const right = this.#and();
      left = choose(left, constant(1), truth(right));
    }
    return left;
  }
  #and(): Expression {
    let left = this.#in();
    while (this.#take('&&')) {
      this.#lines();
      const right = this.#in();
      left = choose(left, truth(right), constant(0));
    }
    return left;
  }
  #in(): Expression {
    let left = this.#match();
    while (!this.#noIn && this.#take('in')) {
      if (this.#token.kind !== 'name') throw this.#error();
      const array = this.#array(this.#token.text);
      this.#at++;
      const machine = this.#machine;
      left = lift([this.#index(left.list ?? [left])], (index) =>
        array().has(index, machine.convfmt) ? 1 : 0,
      );
    }
    if (left.list !== undefined && !this.#noGreater && !this.#is('>')) throw this.#error();
    return left;
  }
  #match(): Expression {
    let left = this.#compare();
    while (this.#is('~') || this.#is('!~')) {
      const wanted = this.#token.text === '~';
      this.#at++;
      const right = this.#compare();
      const machine = this.#machine;
      const { regex } = right;
      left = lift(regex === undefined ? [left, right] : [left], (text, pattern) =>
        (regex ?? machine.regex(pattern)).test(machine.text(text)) === wanted ? 1 : 0,
      );
    }
    return left;
  }
  #compare(): Expression {
    const left = this.#concatenation();
    const { text: operator, kind } = this.#token;
    if (kind !== 'mark' || !COMPARE.has(operator) || (operator === '>' && this.#noGreater)) {
      return left;
    }
    if (operator === '>=' && this.#noGreater) {
      throw new AwkError(`line ${this.#token.line}: syntax error at or near =`);
    }
    this.#at++;
    const right = this.#concatenation();
    const machine = this.#machine;
    return lift([left, right], (a, b) => {
      const order = machine.compare(a, b);
      switch (operator) {
        case '<':
          return order < 0 ? 1 : 0;
        case '<=':
          return order <= 0 ? 1 : 0;
        case '==':
          return order === 0 ? 1 : 0;
        case '!=':
          return order !== 0 ? 1 : 0;
        case '>':
          return order > 0 ? 1 : 0;
        default:
          return order >= 0 ? 1 : 0;
      }
    });
  }

  #concatenation(): Expression {
    let left = this.#additive();
    const machine = this.#machine;
    while (this.#startsOperand()) {
      const right = this.#additive();
      left = lift([left, right], (a, b) => machine.text(a) + machine.text(b));
    }
    return left;
  }
  #startsOperand(): boolean {
    const { kind, text } = this.#token;
    if (kind === 'word') return text === 'getline';
    if (kind === 'mark') return /^(?:[-$!(+]|\+\+|--)$/.test(text) && text !== '+' && text !== '-';
    return kind !== 'line' && kind !== 'end';
  }
  #additive(): Expression {
    let left = this.#multiplicative();
    for (;;) {
      const operator = this.#token.text;
      if (!this.#is('+') && !this.#is('-')) return left;
      this.#at++;
      left = lift([left, this.#multiplicative()], (a, b) =>
        arithmetic(operator, toNumber(a), toNumber(b)),
      );
    }
  }
  #multiplicative(): Expression {
    let left = this.#unary();
    for (;;) {
      const operator = this.#token.text;
      if (!this.#is('*') && !this.#is('/') && !this.#is('%')) return left;
      this.#at++;
      left = lift([left, this.#unary()], (a, b) => arithmetic(operator, toNumber(a), toNumber(b)));
    }
  }
  #unary(): Expression {
    if (this.#take('!')) return lift([this.#unary()], (one) => (isTrue(one) ? 0 : 1));
    if (this.#take('-')) return lift([this.#unary()], (one) => -toNumber(one));
    if (this.#take('+')) return lift([this.#unary()], (one) => toNumber(one));
    return this.#power();
  }
  #power(): Expression {
    const left = this.#postfix();
    if (!this.#take('^')) return left;
    const right = this.#is('-') || this.#is('+') || this.#is('!') ? this.#unary() : this.#power();
    return lift([left, right], (a, b) => toNumber(a) ** toNumber(b));
  }

  #postfix(): Expression {
    let one = this.#primary();
    const { place } = one;
    if (place !== undefined && (this.#is('++') || this.#is('--'))) {
      const by = this.#token.text === '++' ? 1 : -1;
      this.#at++;
      one = lift([place.index], (index) => {
        const before = toNumber(place.get(index));
        place.set(index, before + by);
        return before;
      });
    }
    // `command | getline` binds as tightly.
    while (this.#is('|') && this.#tokens[this.#at + 1]?.text === 'getline') {
      this.#at += 2;
      one = this.#getline('|', one);
    }
    return one;
  }

  #getline(how: '|' | '<' | '', from: Expression): Expression {
    const machine = this.#machine;
    const kind = this.#token.kind;
    const place = kind === 'name' || this.#is('$') ? (this.#primary().place ?? null) : null;
    let source = from;
    let manner = how;
    if (how === '' && this.#take('<')) {
      manner = '<';
      source = this.#postfix();
    }
    return {
      waits: true,
      *run() {
        const name = manner === '' ? '' : machine.text(yield* evaluate(source));
        const index = place === null ? undefined : yield* evaluate(place.index);
        return yield* machine.getline(
          manner,
          name,
          place === null ? null : (text) => place.set(index, text),
        );
      },
    };
  }

  #primary(): Expression {
    const token = this.#token;
    const machine = this.#machine;
    this.#at++;
    switch (token.kind) {
      case 'number':
        return constant(Number(token.text));
      case 'string':
        return constant(unescape(token.text));
      case 'regex': {
        const regex = machine.compileRegex(token.text, token.line);
        return { ...value(() => (regex.test(machine.text(machine.field(0))) ? 1 : 0)), regex };
      }
      case 'name':
        if (this.#is('[')) return this.#element(token.text);
        // An argument alone may be either.
        if (
          !/^[,(]$/.test(this.#tokens[this.#at - 2]?.text ?? '') ||
          !/^[,)]$/.test(this.#token.text)
        ) {
          this.#use(token.text, 'variable');
        }
        return this.#variable(token.text);
      case 'call':
        return this.#call(token);
      case 'builtin':
        return this.#builtin(token);
      default:
    }
    if (token.text === '$') {
      const step = this.#is('++') || this.#is('--') ? this.#unaryStep() : null;
      const index = step ?? (this.#is('-') ? this.#unary() : this.#primary());
      return this.#placed({
        index,
        get: (at) => machine.field(toNumber(at)),
        set: (at, what) => machine.setField(toNumber(at), what),
      });
    }
    if (token.text === '++' || token.text === '--') {
      this.#at--;
      return this.#unaryStep();
    }
    if (token.text === '(') {
      this.#parens++;
      const [greater, within] = [this.#noGreater, this.#noIn];
      this.#noGreater = false;
      this.#noIn = false;
      this.#lines();
      const list = this.#list();
      this.#lines();
      this.#expect(')');
      this.#noGreater = greater;
      this.#noIn = within;
      if (list.length > 1) return { ...NOTHING, list };
      // In parentheses it is no variable any more, and no expression that stands for itself.
      const [one] = list;
      return one!.waits ? { waits: true, run: one!.run } : { waits: false, run: one!.run };
    }
    if (token.text === 'getline' && token.kind === 'word') return this.#getline('', NOTHING);
    if (token.text === '-' || token.text === '+' || token.text === '!') {
      this.#at--;
      return this.#unary();
    }
    this.#at--;
    throw this.#error();
  }

  #unaryStep(): Expression {
    const by = this.#token.text === '++' ? 1 : -1;
    this.#at++;
    const { place } = this.#primary();
    if (place === undefined) throw this.#error();
    return lift([place.index], (index) => {
      const result = toNumber(place.get(index)) + by;
      place.set(index, result);
      return result;
    });
  }

  #placed(place: Place): Expression {
    return { ...lift([place.index], (index) => place.get(index)), place };
  }

  #cell(name: string): () => Cell {
    const machine = this.#machine;
    const slot = this.#parameters?.indexOf(name) ?? -1;
    if (slot >= 0) return () => machine.frame[slot]!;
    const cell = machine.variable(name);
    return () => cell;
  }
  #use(name: string, as: 'array' | 'variable'): void {
    if (this.#parameters?.includes(name) === true) return;
    const known = this.#kinds.get(name) ?? as;
    this.#kinds.set(name, known);
    if (known !== as) {
      throw new AwkError(`line ${this.#token.line}: illegal reference to ${known} ${name}`);
    }
  }
  #array(name: string): () => AwkArray {
    this.#use(name, 'array');
    const cell = this.#cell(name);
    const machine = this.#machine;
    return () => machine.arrayOf(cell());
  }
  #variable(name: string): Expression {
    const cell = this.#cell(name);
    const machine = this.#machine;
    const get = (): Value => machine.valueOf(cell());
    return {
      ...value(get),
      cell,
      place: { index: NOTHING, get, set: (_, what) => (cell().value = what) },
    };
  }
  #subscript(): Expression {
    this.#expect('[');
    const [greater, within] = [this.#noGreater, this.#noIn];
    this.#noGreater = false;
    this.#noIn = false;
    const list = this.#list();
    this.#noGreater = greater;
    this.#noIn = within;
    this.#expect(']');
    return this.#index(list);
  }
  #index(list: Expression[]): Expression {
    const machine = this.#machine;
    if (list.length === 1) return list[0]!;
    return lift(list, (...parts) =>
      parts.map((part) => machine.text(part)).join(machine.text(machine.subsep.value as Value)),
    );
  }
  #element(name: string): Expression {
    const array = this.#array(name);
    const machine = this.#machine;
    return this.#placed({
      index: this.#subscript(),
      get: (index) => array().at(index, machine.convfmt).value,
      set: (index, what) => {
        array().at(index, machine.convfmt).value = what;
      },
    });
  }

  #arguments(): Expression[] {
    this.#expect('(');
    const [greater, within] = [this.#noGreater, this.#noIn];
    this.#noGreater = false;
    this.#noIn = false;
    this.#lines();
    const list = this.#is(')') ? [] : this.#list();
    this.#lines();
    this.#noGreater = greater;
    this.#noIn = within;
    this.#expect(')');
    return list;
  }

  #call({ text: name, line }: Token): Expression {
    const list = this.#arguments();
    const machine = this.#machine;
    const functions = this.#functions;
    this.#called.push({ name, line, count: list.length });
    return {
      waits: true,
      *run() {
        const { parameters, body } = functions.get(name)!;
        const frame: Cell[] = [];
        for (const one of list) {
          if (one.cell !== undefined) frame.push(machine.handOver(one.cell()));
          else frame.push({ value: yield* evaluate(one) });
        }
        while (frame.length < parameters.length) frame.push({ value: undefined });
        const before = machine.frame;
        machine.enter();
        machine.frame = frame;
        machine.result = undefined;
        yield* body();
        machine.frame = before;
        machine.leave();
        const { result } = machine;
        machine.result = undefined;
        return result;
      },
    };
  }

  #builtin({ text: name, line }: Token): Expression {
    const machine = this.#machine;
    const bare = !this.#is('(');
    if (bare && name !== 'length') throw this.#error();
    const list = bare ? [] : this.#arguments();
    const [least, most] = BUILTINS[name]!;
    if (list.length < least || list.length > most) {
      throw new AwkError(`line ${line}: wrong number of arguments in call to ${name}`);
    }
    const pattern = (one: Expression): Expression =>
      one.regex === undefined ? one : constant(undefined);
    const [first, second, third] = list;
    switch (name) {
      case 'length':
        if (first === undefined) return value(() => machine.text(machine.field(0)).length);
        if (first.cell !== undefined) {
          const { cell } = first;
          return value(() => {
            const array = machine.ifArray(cell());
            return array?.size ?? machine.text(machine.valueOf(cell())).length;
          });
        }
        return lift(list, (text) => machine.text(text).length);
      case 'split': {
        const { cell } = second!;
        if (cell === undefined) throw this.#error();
        const regex = third?.regex;
        return lift([first!, third === undefined ? NOTHING : pattern(third)], (text, by) =>
          machine.splitInto(
            machine.arrayOf(cell()),
            machine.text(text),
            regex ?? machine.separator(third === undefined ? (machine.fs.value as Value) : by),
          ),
        );
      }
      case 'match': {
        const { regex } = second!;
        return lift([first!, pattern(second!)], (text, by) =>
          machine.match(machine.text(text), regex ?? machine.regex(by)),
        );
      }
      case 'sub':
      case 'gsub': {
        const { regex } = first!;
        const place = third === undefined ? this.#fieldZero() : third.place;
        return lift(
          [pattern(first!), second!, place?.index ?? third!],
          (by, replacement, index) => {
            const { count, text } = machine.substitute(
              regex ?? machine.regex(by),
              machine.text(replacement),
              machine.text(place === undefined ? index : place.get(index)),
              name === 'gsub',
            );
            if (count > 0) place?.set(index, text);
            return count;
          },
        );
      }
      case 'sprintf':
        return lift(list, (format, ...values) => machine.format('sprintf', format, values));
      case 'system':
      case 'close':
      case 'fflush':
        return {
          waits: true,
          *run() {
            const text = first === undefined ? '' : machine.text(yield* evaluate(first));
            if (name === 'system') return yield* machine.system(text);
            return name === 'close' ? yield* machine.close(text) : yield* machine.flush();
          },
        };
      default:
        return lift(list, (...values) => machine.builtin(name, values));
    }
  }

  #fieldZero(): Place {
    const machine = this.#machine;
    return {
      index: NOTHING,
      get: () => machine.field(0),
      set: (_, what) => machine.setField(0, what),
    };
  }
}

const truth = (one: Expression): Expression => lift([one], (what) => (isTrue(what) ? 1 : 0));

// eslint-disable-next-line require-yield -- a statement that has nothing to wait for
function* nothing(ending?: Ending): Step<Ending> {
  return ending;
}

function repeat(
  start: Expression,
  condition: Expression,
  step: Expression,
  body: Statement,
  bodyFirst: boolean,
): Statement {
  return function* () {
    yield* evaluate(start);
    let turns = 0;
    let check = !bodyFirst;
    for (;;) {
      if (check) {
        const holds = condition.waits ? yield* condition.run() : condition.run();
        if (!isTrue(holds)) return undefined;
      }
      check = true;
      const ending = yield* body();
      if (ending === 'break') return undefined;
      if (ending === 'return') return ending;
      if (step.waits) yield* step.run();
      else step.run();
      if (++turns % 200 === 0) yield TURN;
    }
  };
}
