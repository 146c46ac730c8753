import type { Affect, Connection, Domain } from '../libvirt/api.ts';
import { LibvirtError } from '../libvirt/errors.ts';
import { Errno } from '../os/errno.ts';
import type { Process, Step } from '../os/process.ts';
import type { Given, Parsed } from './command.ts';
import { INT, leading, LLONG, scaled, UINT, ULLONG, whole } from './numbers.ts';
import type { Session } from './session.ts';
import { textTable } from './text-table.ts';

/** A command that has said what is wrong. */
export class Failed extends Error {}

/** What runs a command. It throws `Failed` or a `LibvirtError` where it does not do its work. */
export type Command = ((call: Call) => void) | ((call: Call) => Step);

/** Ways in which a domain may be named. */
export type Naming = 'id' | 'uuid' | 'name';

/** Documents are read up to this size (VSH_MAX_XML_FILE). */
const XML_MOST = 10 * 1024 * 1024;

/** One command being run: what was given to it, and what it needs to answer. */
export class Call {
  readonly session: Session;
  readonly #parsed: Parsed;

  constructor(session: Session, parsed: Parsed) {
    this.session = session;
    this.#parsed = parsed;
  }

  get process(): Process {
    return this.session.process;
  }
  get connection(): Connection {
    return this.session.connection();
  }

  print(text: string): void {
    this.session.print(text);
  }
  extra(text: string): void {
    this.session.extra(text);
  }
  /** A label of so many places and its value, as most lists show it. */
  field(label: string, value: string | number, places = 15): void {
    this.print(`${label.padEnd(places)} ${value}\n`);
  }
  table(heading: readonly string[], rows: readonly (readonly string[])[]): void {
    this.print(textTable(heading, rows, !this.session.settings.quiet));
  }
  /** Says what is wrong, and ends the command. */
  fail(text: string): never {
    this.session.error(text);
    throw new Failed();
  }
  /** Does something of libvirt; where that fails, `text` is said before libvirt's own words. */
  attempt<Result>(text: string, action: () => Result): Result {
    try {
      return action();
    } catch (problem) {
      if (problem instanceof LibvirtError) this.session.error(text);
      throw problem;
    }
  }

  #given(name: string): Given | undefined {
    return this.#parsed.given.find(({ option }) => option.name === name);
  }
  has(name: string): boolean {
    return this.#given(name) !== undefined;
  }
  /** vshCommandOptStringReq(): null where it was not given. */
  text(name: string): string | null {
    const given = this.#given(name);
    if (given === undefined) return null;
    if (given.value === '' && !given.option.mayBeEmpty) {
      this.fail(`Failed to get option '${name}': Option argument is empty`);
    }
    return given.value;
  }
  /** A text that must be there, and is: the parser has seen to it. */
  required(name: string): string {
    return this.text(name) ?? '';
  }
  /** vshCommandOptStringQuiet(): null where it is empty too. */
  quietly(name: string): string | null {
    const given = this.#given(name);
    return given?.value === '' && !given.option.mayBeEmpty ? null : (given?.value ?? null);
  }
  /** All words that go to the last option. */
  words(): string[] {
    return this.#parsed.given
      .filter(({ option }) => option.kind === 'argv')
      .map(({ value }) => value ?? '');
  }
  #number(name: string, range: readonly [bigint, bigint]): number | null {
    const value = this.#given(name)?.value ?? null;
    if (value === null) return null;
    const number = whole(value, range);
    if (number !== null) return Number(number);
    return this.fail(`Numeric value '${value}' for <${name}> option is malformed or out of range`);
  }
  int(name: string): number | null {
    return this.#number(name, INT);
  }
  unsigned(name: string): number | null {
    return this.#number(name, UINT);
  }
  long(name: string): number | null {
    return this.#number(name, LLONG);
  }
  unsignedLong(name: string): number | null {
    return this.#number(name, ULLONG);
  }
  /** vshCommandOptScaledInt(): bytes; a number without a unit is KiB. */
  bytes(name: string, most: bigint = ULLONG[1]): bigint | null {
    const value = this.#given(name)?.value ?? null;
    if (value === null) return null;
    const text = `Scaled numeric value '${value}' for <${name}> option is malformed or out of range`;
    const number = leading(value, ULLONG);
    if (number === null) return this.fail(text);
    return this.attempt(text, () => scaled(number.value, number.rest, 1024n, most));
  }
  /** vshCommandOptTimeoutToMs(): milliseconds; null where there is no limit. */
  timeout(): number | null {
    const seconds = this.unsigned('timeout');
    if (seconds !== null && (seconds === 0 || seconds > 2_147_483)) {
      this.fail(`Numeric value '${seconds}' for <timeout> option is malformed or out of range`);
    }
    return seconds === null ? null : seconds * 1000;
  }

  /** At most one of these may be given; the pairs in the order in which they are looked at. */
  exclusive(...pairs: (readonly [string, string])[]): void {
    for (const [one, other] of pairs) {
      if (this.has(one) && this.has(other)) {
        this.fail(`Options --${one} and --${other} are mutually exclusive`);
      }
    }
  }
  requires(option: string, other: string): void {
    if (this.has(option) && !this.has(other)) {
      this.fail(`Option --${other} is required by option --${option}`);
    }
  }
  /** The flags --config, --live and --current. */
  affect(): Affect {
    this.exclusive(['current', 'live'], ['current', 'config']);
    return { live: this.has('live'), config: this.has('config') };
  }
  /** Which of the switches are given, as flags: of `force-boot` it is `forceBoot`. */
  flags<Name extends string>(...names: Name[]): Partial<Record<Camel<Name>, boolean>> {
    return Object.fromEntries(
      names
        .filter((name) => this.has(name))
        .map((name) => [name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), true]),
    ) as Partial<Record<Camel<Name>, boolean>>;
  }

  /** virshCommandOptDomainBy(): the domain that was named. */
  domain(...by: Naming[]): Domain {
    const name = this.required('domain');
    const command = this.#parsed.definition.name;
    this.session.debug(1, `${command}: found option <domain>: ${name}`);
    return this.lookUp(name, by.length === 0 ? ['id', 'uuid', 'name'] : by, command);
  }
  lookUp(
    name: string,
    by: readonly Naming[] = ['id', 'uuid', 'name'],
    command = 'unknown',
  ): Domain {
    const { connection } = this;
    const ways: [note: string, way: () => Domain][] = [];
    const id = whole(name, INT);
    if (by.includes('id') && id !== null && id >= 0n) {
      ways.push(['looks like ID', () => connection.lookupByID(Number(id))]);
    }
    if (by.includes('uuid') && name.length === 36) {
      ways.push(['trying as domain UUID', () => connection.lookupByUUIDString(name)]);
    }
    if (by.includes('name')) {
      ways.push(['trying as domain NAME', () => connection.lookupByName(name)]);
    }
    for (const [note, way] of ways) {
      this.session.debug(0, `${command}: <domain> ${note}`);
      try {
        return way();
      } catch (problem) {
        if (!(problem instanceof LibvirtError)) throw problem;
      }
    }
    return this.fail(`failed to get domain '${name}'`);
  }

  /** Files of the daemon are named from the root: the client makes their paths so (virFileAbsPath()). */
  absolute(path: string): string {
    return path.startsWith('/') ? path : `${this.process.cwd.replace(/\/$/, '')}/${path}`;
  }

  /** virFileReadAll() on a document. */
  readFile(path: string): string {
    const { system, cwd } = this.process;
    const problem = (what: string, message: string): never => {
      throw new LibvirtError('SYSTEM_ERROR', `Failed to ${what} file '${path}': ${message}`);
    };
    let text: string;
    try {
      text = system.fs.read(path, cwd);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return problem(error.code === 'EISDIR' ? 'read' : 'open', error.message);
    }
    return text.length > XML_MOST ? problem('read', 'Value too large for defined data type') : text;
  }
}

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;
