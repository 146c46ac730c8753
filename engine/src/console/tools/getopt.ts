/**
 * Options of a command line as glibc's getopt_long(3) reads them, with its messages.
 *
 * `short` is getopt's own text: `ab:c::` has `-a`, `-b ARG` and `-c[ARG]`; a `+` before it stops at the first
 * operand. `long` maps names to what they mean: `{ all: 'a', lines: 'n:', color: 'color::' }`. The meaning is
 * the letter of a short option or a word of its own, then `:` where an argument is required, `::` where one
 * may follow a `=`.
 *
 *     const options = new Getopt(process.args, 'qn:', { quiet: 'q', lines: 'n:' });
 *     for (const [key, value] of options) if (key === 'n') count = value;
 *     options.operands // what is left, once the loop is through
 *
 * Options come in their order. The loop throws `BadOption` when it gets to a wrong one; its message is what
 * getopt prints after the program's name and `: `.
 */
export class BadOption extends Error {}

export class Getopt implements Iterable<[key: string, value: string]> {
  /** Complete when all options have been looped over. */
  readonly operands: string[] = [];
  readonly #args: readonly string[];
  readonly #short: string;
  readonly #long: Readonly<Record<string, string>>;

  constructor(args: readonly string[], short: string, long: Readonly<Record<string, string>> = {}) {
    this.#args = args;
    this.#short = short;
    this.#long = long;
  }

  /** Key and value; the value of an option without one is ''. */
  *[Symbol.iterator](): Generator<[key: string, value: string], void> {
    const args = this.#args;
    for (let at = 0; at < args.length; at++) {
      const arg = args[at]!;
      if (arg === '--') {
        this.operands.push(...args.slice(at + 1));
        return;
      }
      if (!arg.startsWith('-') || arg === '-') {
        if (this.#short.startsWith('+')) {
          this.operands.push(...args.slice(at));
          return;
        }
        this.operands.push(arg);
      } else if (arg.startsWith('--')) {
        const { key, kind, name, value } = this.#named(arg);
        if (value !== null && kind === '') {
          throw new BadOption(`option '--${name}' doesn't allow an argument`);
        }
        if (value === null && kind === ':') {
          const next = args[++at];
          if (next === undefined) throw new BadOption(`option '--${name}' requires an argument`);
          yield [key, next];
        } else {
          yield [key, value ?? ''];
        }
      } else {
        for (let index = 1; index < arg.length; index++) {
          const letter = String.fromCodePoint(arg.codePointAt(index)!);
          const place = letter === ':' || letter === '+' ? -1 : this.#short.indexOf(letter);
          if (place < 0) throw new BadOption(`invalid option -- '${letter}'`);
          if (this.#short[place + 1] !== ':') {
            yield [letter, ''];
            continue;
          }
          const rest = arg.slice(index + 1);
          if (rest === '' && this.#short[place + 2] !== ':') {
            const next = args[++at];
            if (next === undefined) {
              throw new BadOption(`option requires an argument -- '${letter}'`);
            }
            yield [letter, next];
          } else {
            yield [letter, rest];
          }
          break;
        }
      }
    }
  }

  /** A long option; its name may be cut short as long as one meaning is left. */
  #named(arg: string): { key: string; kind: string; name: string; value: string | null } {
    const equals = arg.indexOf('=');
    const typed = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
    const names = Object.hasOwn(this.#long, typed)
      ? [typed]
      : Object.keys(this.#long).filter((name) => name.startsWith(typed));
    const name = names[0];
    if (name === undefined) throw new BadOption(`unrecognized option '${arg}'`);
    if (new Set(names.map((other) => this.#long[other])).size > 1) {
      const all = names.map((other) => ` '--${other}'`).join('');
      throw new BadOption(`option '${arg}' is ambiguous; possibilities:${all}`);
    }
    const meaning = this.#long[name]!;
    const key = meaning.replace(/:+$/, '');
    return {
      key,
      kind: meaning.slice(key.length),
      name,
      value: equals < 0 ? null : arg.slice(equals + 1),
    };
  }
}
