import { typeOf } from '../fs/file-system.ts';
import type { OpenFlags } from '../fs/file-system.ts';
import { Errno } from '../os/errno.ts';
import { Killed, Lines, TURN, readAll } from '../os/process.ts';
import type { Process, Program, Signal, Step, Tool } from '../os/process.ts';
import { Pipe, held, textSource } from '../os/stream.ts';
import type { Open } from '../os/stream.ts';
import type { Part } from '../parts.ts';
import { ArithmeticFault, evaluate } from './arithmetic.ts';
import type { Variables } from './arithmetic.ts';
import type { AndOr, Assignment, Command, List, Pipeline, Redirection, Test, Word } from './ast.ts';
import { BUILTINS } from './builtins.ts';
import { ExpansionFault, expandPattern, expandText, expandWords } from './expand.ts';
import { Parser, SyntaxFault } from './parse.ts';
import type { Seldom } from './seldom.ts';
import { matches } from './pattern.ts';
import { WrongPattern, testBinary, testUnary } from './test.ts';

/** A shell: what it knows, and how it runs what it has read. */

interface Variable {
  /** One value, or elements by number or name. */
  value: string | Map<string, string>;
  /** `declare -i`, `-l`, `-u`, `-n`: what is assigned is worked out, in small or large letters, or names another. */
  as?: 'i' | 'l' | 'u' | 'n';
  exported: boolean;
  readonly: boolean;
  named: boolean;
}

export interface Job {
  number: number;
  /** The last process of its pipeline. */
  process: Process;
  text: string;
}

/** Leaves loops, functions, or the shell. */
export class Leave extends Error {
  /** `discard`: an expansion failed; the rest of the line is not run. */
  readonly what: 'break' | 'continue' | 'return' | 'exit' | 'discard';
  readonly value: number;
  constructor(what: Leave['what'], value: number) {
    super(what);
    this.what = what;
    this.value = value;
  }
}

/** Functions within functions, and commands within commands. */
const DEPTH_MOST = 200;
const VALUE_MOST = 4 * 2 ** 20;
const ELEMENTS_MOST = 200_000;
/** What a shell knows from the start (bash(1), Shell Variables). */
const GIVEN = {
  BASH_VERSION: '5.2.15(1)-release',
  HOSTTYPE: 'x86_64',
  MACHTYPE: 'x86_64-pc-linux-gnu',
  OSTYPE: 'linux-gnu',
  SHLVL: '1',
};

/** How a job ended that a signal ended, by its status. */
const ENDED: Readonly<Record<number, string>> = { 137: 'Killed', 143: 'Terminated' };

/** What is left of some when each of others is taken away once. */
function without(all: readonly Open[], taken: Iterable<Open>): Open[] {
  const left = [...all];
  for (const open of taken) {
    const at = left.indexOf(open);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

export class Shell {
  process: Process;
  readonly variables = new Map<string, Variable>();
  readonly functions = new Map<string, Command>();
  readonly aliases = new Map<string, string>();
  readonly options = new Set<string>();
  readonly traps = new Map<string, string>();
  readonly history: string[] = [];
  readonly jobs: Job[] = [];
  readonly folders: string[] = [];
  positional: string[] = [];
  zero = 'bash';
  status = 0;
  lastBackground = '';
  interactive = false;
  /** Variables that `local` has covered, of each function under way. */
  readonly scopes: Map<string, Variable | undefined>[] = [];
  #depth = 0;
  #loops = 0;
  #random: number;
  /** Names of the functions under way, the innermost first. */
  readonly calls: string[] = [];
  /** Builtins that are seldom used, in a part of the code that is fetched. */
  readonly seldom: Part<Seldom>;
  /** Somebody looks at whether a command fails: `set -e` does not count there. */
  #tested = 0;

  constructor(process: Process, seldom: Part<Seldom>) {
    this.process = process;
    this.seldom = seldom;
    this.#random = process.pid * 7919;
    for (const [name, value] of process.env) {
      this.variables.set(name, { value, exported: true, readonly: false, named: false });
    }
    this.#default('IFS', ' \t\n');
    this.#default('PWD', process.cwd, true);
    this.#default('HOSTNAME', process.system.uname.nodename);
    this.#default('PS4', '+ ');
    for (const [name, value] of Object.entries(GIVEN)) this.#default(name, value);
  }

  #default(name: string, value: string, exported = false): void {
    if (!this.variables.has(name)) {
      this.variables.set(name, { value, exported, readonly: false, named: false });
    }
  }

  /** The same shell in a process of its own. */
  fork(process: Process): Shell {
    const shell = new Shell(process, this.seldom);
    shell.variables.clear();
    for (const [name, variable] of this.variables) {
      const { value } = variable;
      shell.variables.set(name, {
        ...variable,
        value: typeof value === 'string' ? value : new Map(value),
      });
    }
    for (const [name, body] of this.functions) shell.functions.set(name, body);
    for (const [name, text] of this.aliases) shell.aliases.set(name, text);
    for (const option of this.options) shell.options.add(option);
    shell.positional = [...this.positional];
    shell.calls.push(...this.calls);
    shell.#loops = this.#loops;
    shell.#tested = this.#tested;
    shell.zero = this.zero;
    shell.status = this.status;
    shell.#depth = this.#depth;
    shell.#random = this.#random;
    return shell;
  }

  // Variables.

  get ifs(): string {
    return this.get('IFS') ?? ' \t\n';
  }

  readonly arithmetic: Variables = {
    get: (name) => {
      const match = /^(\w+)\[(.*)\]$/.exec(name);
      if (match === null) return this.get(name) ?? '';
      return this.element(match[1] ?? '', this.#indexOf(match[1] ?? '', match[2] ?? '')) ?? '';
    },
    set: (name, value) => {
      const match = /^(\w+)\[(.*)\]$/.exec(name);
      if (match === null) this.set(name, value);
      else this.setElement(match[1] ?? '', this.#indexOf(match[1] ?? '', match[2] ?? ''), value);
    },
  };

  #indexOf(name: string, text: string): string {
    if (this.variables.get(name)?.named === true) return text;
    return String(evaluate(text, this.arithmetic));
  }

  /** A parameter's value; null where it is not set. */
  get(name: string): string | null {
    if (/^\d+$/.test(name)) {
      return name === '0' ? this.zero : (this.positional[Number(name) - 1] ?? null);
    }
    switch (name) {
      case '?':
        return String(this.status);
      case '#':
        return String(this.positional.length);
      case '$':
        return String(this.process.pid);
      case '!':
        return this.lastBackground;
      case '-':
        return `${this.interactive ? 'himBHs' : 'hBc'}${this.options.has('errexit') ? 'e' : ''}`;
      case '@':
      case '*':
        return this.positional.join(' ');
      case 'RANDOM':
        this.#random = (Math.imul(this.#random, 1103515245) + 12345) & 0x7fffffff;
        return String((this.#random >>> 16) & 0x7fff);
      case 'SECONDS':
        return String(Math.floor((this.process.system.clock.now - this.process.startedAt) / 1000));
      case 'LINENO':
        return '1';
      case 'FUNCNAME':
        return this.calls[0] ?? null;
      case 'PPID':
        return String(this.process.parent?.pid ?? 1);
      case 'UID':
      case 'EUID':
        return '0';
      case 'BASHPID':
        return String(this.process.pid);
      default: {
        const variable = this.variables.get(name);
        const value = variable?.value;
        if (value === undefined) return null;
        if (variable?.as === 'n') return this.get(this.#named(name));
        return typeof value === 'string' ? value : (value.get('0') ?? null);
      }
    }
  }

  // Where a name leads that is a reference.
  #named(name: string): string {
    let to = name;
    for (let steps = 0; steps < 8; steps++) {
      const variable = this.variables.get(to);
      if (variable?.as !== 'n' || typeof variable.value !== 'string' || variable.value === '')
        break;
      to = variable.value;
    }
    return to === name && this.variables.get(name)?.as === 'n' ? '' : to;
  }

  set(given: string, text: string, exported = false): void {
    const name = this.variables.get(given)?.as === 'n' ? this.#named(given) || given : given;
    const value = this.#made(name, text);
    if (value.length > VALUE_MOST) throw new ExpansionFault(`${name}: the value is too long`);
    const variable = this.variables.get(name);
    if (variable?.readonly === true) throw new ExpansionFault(`${name}: readonly variable`);
    if (variable === undefined) {
      this.variables.set(name, {
        value,
        exported: exported || this.options.has('allexport'),
        readonly: false,
        named: false,
      });
    } else {
      if (typeof variable.value === 'string') variable.value = value;
      else variable.value.set('0', value);
      variable.exported ||= exported;
    }
    if (this.variables.get(name)?.exported === true) this.process.env.set(name, value);
  }

  // What is kept of a value, by what its variable was declared to be.
  #made(name: string, text: string): string {
    const as = this.variables.get(name)?.as;
    if (as === 'i') return String(evaluate(text, this.arithmetic));
    return as === 'l' ? text.toLowerCase() : as === 'u' ? text.toUpperCase() : text;
  }

  unset(name: string): void {
    const variable = this.variables.get(name);
    if (variable?.readonly === true) {
      throw new ExpansionFault(`unset: ${name}: cannot unset: readonly variable`);
    }
    this.variables.delete(name);
    this.process.env.delete(name);
  }

  #map(name: string): Map<string, string> {
    const variable = this.variables.get(name);
    if (variable === undefined) return new Map();
    return typeof variable.value === 'string' ? new Map([['0', variable.value]]) : variable.value;
  }
  /** The numbers or names of an array's elements, in order. */
  indices(name: string): string[] {
    const keys = [...this.#map(name).keys()];
    return this.variables.get(name)?.named === true
      ? keys
      : keys.sort((a, b) => Number(a) - Number(b));
  }
  elements(name: string): string[] {
    const map = this.#map(name);
    return this.indices(name).map((index) => map.get(index) ?? '');
  }
  element(name: string, index: string): string | null {
    if (name === 'FUNCNAME') return this.calls[Number(index)] ?? null;
    const map = this.#map(name);
    const key = this.variables.get(name)?.named === true ? index : this.#indexOf(name, index);
    if (key.startsWith('-')) return this.elements(name).at(Number(key)) ?? null;
    return map.get(key) ?? null;
  }
  setElement(name: string, index: string, value: string): void {
    const variable = this.variables.get(name);
    if (variable?.readonly === true) throw new ExpansionFault(`${name}: readonly variable`);
    const map = this.#map(name);
    if (map.size > ELEMENTS_MOST) throw new ExpansionFault(`${name}: too many elements`);
    map.set(index, this.#made(name, value));
    if (variable === undefined) {
      this.variables.set(name, { value: map, exported: false, readonly: false, named: false });
    } else variable.value = map;
  }

  *assign(assignment: Assignment, exported = false): Step {
    const { name, index, append, value } = assignment;
    if (assignment.isArray) {
      const words = yield* expandWords(
        this,
        (value as Word[]).filter((word) => !isKeyed(word)),
      );
      const named = this.variables.get(name)?.named ?? false;
      const map = append ? this.#map(name) : new Map<string, string>();
      let next = map.size;
      // Where elements are left out, the highest number counts.
      if (!named && next > 0 && (map.has(String(next)) || !map.has(String(next - 1)))) {
        for (const key of map.keys()) next = Math.max(next, Number(key) + 1);
      }
      if (next > ELEMENTS_MOST) throw new ExpansionFault(`${name}: too many elements`);
      for (const word of value as Word[]) {
        const keyed = isKeyed(word)
          ? /^\[(.*?)\]=(.*)$/s.exec(yield* expandText(this, word))
          : null;
        if (keyed !== null)
          map.set(named ? (keyed[1] ?? '') : this.#indexOf(name, keyed[1] ?? ''), keyed[2] ?? '');
      }
      for (const word of words) map.set(String(next++), word);
      const old = this.variables.get(name);
      if (old?.readonly === true) throw new ExpansionFault(`${name}: readonly variable`);
      this.variables.set(name, { value: map, exported: false, readonly: false, named });
      return;
    }
    const text = yield* expandText(this, value as Word);
    if (index !== null) {
      const key = this.#indexOf(name, yield* expandText(this, index));
      this.setElement(name, key, append ? (this.element(name, key) ?? '') + text : text);
    } else if (append && this.variables.get(name)?.as === 'i') {
      this.set(name, `${this.get(name) ?? ''}+(${text})`, exported);
    } else this.set(name, append ? (this.get(name) ?? '') + text : text, exported);
    if (this.options.has('xtrace')) {
      this.trace(`${name}${append ? '+' : ''}=${shownWord(text)}`);
    }
  }

  // Messages.

  warn(text: string): void {
    try {
      this.process.warn(`${this.zero}: ${text}\n`);
    } catch (error) {
      if (error instanceof Killed) throw error;
      // Standard error is closed: there is nowhere to say it.
    }
  }

  // Running.

  parser(text: string): Parser {
    const expands = this.interactive || this.options.has('expand_aliases');
    return new Parser(text, expands ? this.aliases : new Map(), true);
  }

  /** Runs a list; the exit status of its last command. */
  *run(list: List): Step<number> {
    for (const item of list) {
      yield TURN;
      if (item.background) this.#background(item);
      else this.status = yield* this.#andOr(item);
      if (this.process.parent === null) this.process.lastStatus = this.status;
      while (this.#caught.length > 0) yield* this.fire(this.#caught.shift() ?? '');
    }
    return this.status;
  }

  /** It runs nothing but a job of another shell. */
  #isJob = false;

  #background(item: AndOr): void {
    const input = this.interactive
      ? null
      : held({ source: textSource(''), sink: null, name: '/dev/null' });
    const process = this.#spawn(
      function* (shell): Step<number> {
        shell.#isJob = true;
        return yield* shell.run([{ ...item, background: false }]);
      },
      input === null ? new Map() : new Map([[0, input]]),
      undefined,
      item.text,
    );
    input?.close();
    this.lastBackground = String(process.pid);
    const number = (this.jobs.at(-1)?.number ?? 0) + 1;
    this.jobs.push({ number, process, text: item.text });
    if (this.interactive) this.process.warn(`[${number}] ${process.pid}\n`);
    this.status = 0;
  }

  *#andOr({ first, rest }: AndOr): Step<number> {
    if (rest.length > 0) this.#tested++;
    let status = yield* this.pipeline(first);
    for (const [index, { operator, pipeline }] of rest.entries()) {
      if (index === rest.length - 1) this.#tested--;
      if ((operator === '&&') === (status === 0)) {
        this.status = status;
        status = yield* this.pipeline(pipeline);
      } else if (index === rest.length - 1) {
        // What was left out cannot fail the shell.
        return status;
      }
    }
    if (status === 0 || this.#tested > 0 || first.negated) return status;
    if (this.traps.has('ERR') && this.calls.length === 0) {
      this.status = status;
      yield* this.fire('ERR');
    }
    if (this.options.has('errexit')) {
      throw new Leave('exit', status);
    }
    return status;
  }

  *pipeline({ commands, withErrors, negated, timed }: Pipeline): Step<number> {
    const started = this.process.system.clock.now;
    let status = 0;
    if (negated) this.#tested++;
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) status = yield* this.command(only);
    else if (commands.length > 1) status = yield* this.#pipes(commands, withErrors);
    if (negated) this.#tested--;
    if (timed) {
      const ms = this.process.system.clock.now - started;
      const shown = `${Math.floor(ms / 60_000)}m${((ms % 60_000) / 1000).toFixed(3)}s`;
      this.process.warn(`\nreal\t${shown}\nuser\t0m0.000s\nsys\t0m0.000s\n`);
    }
    return negated ? (status === 0 ? 1 : 0) : status;
  }

  *#pipes(commands: readonly Command[], withErrors: readonly boolean[]): Step<number> {
    const processes: Process[] = [];
    let input: Open | null = null;
    let group: number | undefined;
    for (const [index, command] of commands.entries()) {
      const fds = new Map<number, Open>();
      if (input !== null) fds.set(0, input);
      let next: Pipe | null = null;
      let output: Open | null = null;
      if (index < commands.length - 1) {
        next = new Pipe();
        output = next.openForWriting();
        fds.set(1, output);
        if (withErrors[index] === true) fds.set(2, output);
      }
      const process = this.#spawn(
        function* (shell): Step<number> {
          return yield* shell.command(command);
        },
        fds,
        group,
      );
      group ??= process.group;
      processes.push(process);
      const previous: Open | null = input;
      input = next === null ? null : next.openForReading();
      previous?.close();
      output?.close();
    }
    const statuses: number[] = [];
    for (const process of processes) statuses.push(yield* this.#await(process));
    this.variables.set('PIPESTATUS', {
      value: new Map(statuses.map((status, index) => [String(index), String(status)])),
      exported: false,
      readonly: false,
      named: false,
    });
    if (this.options.has('pipefail')) return statuses.findLast((status) => status !== 0) ?? 0;
    return statuses.at(-1) ?? 0;
  }

  // A part of the shell in a process of its own.
  #spawn(
    body: (shell: Shell) => Step<number>,
    fds: ReadonlyMap<number, Open>,
    group?: number,
    text?: string,
  ): Process {
    const tool: Tool = (process) => subshell(this, process, body);
    return this.#start(tool, text === undefined ? this.process.argv : [text], fds, group);
  }

  #start(
    tool: Tool,
    argv: readonly string[],
    fds: ReadonlyMap<number, Open>,
    group?: number,
  ): Process {
    const { process } = this;
    return process.system.scheduler.start(tool, {
      system: process.system,
      argv,
      parent: process,
      env: process.env,
      cwd: process.cwd,
      umask: process.umask,
      fds: new Map([...process.fds, ...fds]),
      // Without a terminal everything belongs to the one who started the shell.
      ...(this.interactive ? (group === undefined ? {} : { group }) : { group: process.group }),
    });
  }

  *#await(process: Process): Step<number> {
    const { scheduler } = this.process.system;
    const before = scheduler.foreground;
    if (this.interactive) scheduler.foreground = process.group;
    try {
      return yield* this.process.wait(process);
    } finally {
      if (this.interactive) scheduler.foreground = before;
    }
  }

  /** `$(…)`: what a list prints, without the line ends after it. */
  *capture(list: List): Step<string> {
    const pipe = new Pipe();
    const output = pipe.openForWriting();
    const input = pipe.openForReading();
    const process = this.#spawn(
      function* (shell): Step<number> {
        return yield* shell.run(list);
      },
      new Map([[1, output]]),
    );
    output.close();
    let text: string;
    try {
      text = yield* readAll(pipe.source, VALUE_MOST);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      throw new ExpansionFault(`command substitution: ${error.message}`);
    } finally {
      input.close();
    }
    this.status = yield* this.#await(process);
    return text.replaceAll('\0', '').replace(/\n+$/, '');
  }

  *command(command: Command): Step<number> {
    if (++this.#depth > DEPTH_MOST) {
      this.#depth = 0;
      this.warn('maximum nesting level exceeded');
      // A real one falls over its own stack; who is typed at is kept.
      throw new Leave(this.interactive || this.process.stays ? 'discard' : 'exit', 1);
    }
    try {
      return yield* this.#guarded(command);
    } finally {
      this.#depth = Math.max(0, this.#depth - 1);
    }
  }

  // Faults of expansion end the command with a word.
  *#guarded(command: Command): Step<number> {
    const substituted = this.#substituted.length;
    try {
      if (command.kind === 'simple') return yield* this.#simple(command);
      if (command.kind === 'function') {
        this.functions.set(command.name, command.body);
        return 0;
      }
      return yield* this.redirected(command.redirections, () => this.#compound(command));
    } catch (error) {
      if (error instanceof ExpansionFault || error instanceof ArithmeticFault) {
        if (command.kind === 'arithmetic') {
          this.warn(`((: ${error.message}`);
          return 1;
        }
        this.warn(`${command.kind === 'condition' ? '[[: ' : ''}${error.message}`);
        if (command.kind === 'condition' && error instanceof ArithmeticFault) return 1;
        const leaves = error instanceof ExpansionFault ? error.leaves : null;
        if (!this.interactive && leaves !== null) throw new Leave('exit', leaves);
        this.status = 1;
        throw new Leave('discard', 1);
      }
      if (error instanceof SyntaxFault) {
        this.warn(error.message);
        return 2;
      }
      throw error;
    } finally {
      this.#endSubstitutions(substituted);
    }
  }

  *#compound(command: Exclude<Command, { kind: 'simple' | 'function' }>): Step<number> {
    switch (command.kind) {
      case 'brace':
        return yield* this.run(command.body);
      case 'subshell': {
        this.#loops++;
        const process = this.#spawn(function* (shell): Step<number> {
          return yield* shell.run(command.body);
        }, new Map());
        return yield* this.#await(process);
      }
      case 'if': {
        for (const { condition, body } of command.clauses) {
          if ((yield* this.#test(condition)) === 0) return yield* this.run(body);
        }
        return command.otherwise === null ? 0 : yield* this.run(command.otherwise);
      }
      case 'while':
        return yield* this.#while(command);
      case 'for':
        return yield* this.#for(command);
      case 'for-arithmetic':
        return yield* this.#forArithmetic(command);
      case 'case':
        return yield* this.#case(command);
      case 'arithmetic': {
        const text = yield* expandText(this, command.text);
        if (this.options.has('xtrace')) this.trace(`(( ${text} ))`);
        const value = evaluate(text, this.arithmetic);
        return value === 0n ? 1 : 0;
      }
      case 'condition':
        if (this.options.has('xtrace')) this.trace(command.text);
        try {
          return (yield* this.condition(command.test)) ? 0 : 1;
        } catch (error) {
          if (!(error instanceof WrongPattern)) throw error;
          return 2;
        }
    }
  }

  *#test(list: List): Step<number> {
    this.#tested++;
    try {
      return yield* this.run(list);
    } finally {
      this.#tested--;
    }
  }

  // One round of a loop; whether the loop goes on.
  *#round(body: List): Step<boolean> {
    this.#loops++;
    try {
      this.status = yield* this.run(body);
      return true;
    } catch (error) {
      if (!(error instanceof Leave) || (error.what !== 'break' && error.what !== 'continue'))
        throw error;
      this.status = 0;
      if (error.value > 1 && this.#loops > 1) throw new Leave(error.what, error.value - 1);
      return error.what === 'continue';
    } finally {
      this.#loops--;
    }
  }
  get inLoop(): boolean {
    return this.#loops > 0;
  }

  *#while(command: Extract<Command, { kind: 'while' }>): Step<number> {
    let status = 0;
    for (;;) {
      yield TURN;
      if (((yield* this.#test(command.condition)) === 0) === command.until) return status;
      if (!(yield* this.#round(command.body))) return this.status;
      ({ status } = this);
    }
  }

  *#for(command: Extract<Command, { kind: 'for' }>): Step<number> {
    const words =
      command.words === null ? [...this.positional] : yield* expandWords(this, command.words);
    this.status = 0;
    for (const word of words) {
      yield TURN;
      this.set(command.name, word);
      if (this.options.has('xtrace')) this.trace(`for ${command.name} in ${words.join(' ')}`);
      if (!(yield* this.#round(command.body))) break;
    }
    return this.status;
  }

  *#forArithmetic(command: Extract<Command, { kind: 'for-arithmetic' }>): Step<number> {
    const [init, condition, step] = command.parts;
    const value = function* (shell: Shell, text: Word): Step<bigint> {
      const source = yield* expandText(shell, text);
      return source.trim() === '' ? 1n : evaluate(source, shell.arithmetic);
    };
    yield* value(this, init);
    this.status = 0;
    while ((yield* value(this, condition)) !== 0n) {
      yield TURN;
      if (!(yield* this.#round(command.body))) break;
      yield* value(this, step);
    }
    return this.status;
  }

  *#case(command: Extract<Command, { kind: 'case' }>): Step<number> {
    const word = yield* expandText(this, command.word);
    let through = false;
    this.status = 0;
    for (const { patterns, body, end } of command.arms) {
      let hit = through;
      for (const pattern of hit ? [] : patterns) {
        hit ||= this.#matches(yield* expandPattern(this, pattern), word);
      }
      if (!hit) continue;
      this.status = yield* this.run(body);
      if (end === ';;') return this.status;
      through = end === ';&';
    }
    return this.status;
  }

  #matches(pattern: string, text: string, extended = this.options.has('extglob')): boolean {
    return matches(pattern, text, this.options.has('nocasematch'), extended);
  }

  *condition(test: Test): Step<boolean> {
    switch (test.op) {
      case 'and':
        return (yield* this.condition(test.left)) && (yield* this.condition(test.right));
      case 'or':
        return (yield* this.condition(test.left)) || (yield* this.condition(test.right));
      case 'not':
        return !(yield* this.condition(test.test));
      case 'unary':
        return testUnary(
          this.process,
          test.operator,
          yield* expandText(this, test.word),
          (name) => this.get(name) !== null,
        );
      case 'binary': {
        const left = yield* expandText(this, test.left);
        const { operator } = test;
        if (operator === '==' || operator === '=' || operator === '!=') {
          const pattern = yield* expandPattern(this, test.right);
          return this.#matches(pattern, left, true) === (operator !== '!=');
        }
        if (operator === '=~') {
          const pattern = yield* expandPattern(this, test.right);
          const { regexMatch } = yield* this.fetched();
          const found = regexMatch(pattern, left, this.options.has('nocasematch'));
          this.variables.set('BASH_REMATCH', {
            value: new Map((found ?? []).map((text, index) => [String(index), text])),
            exported: false,
            readonly: false,
            named: false,
          });
          return found !== null;
        }
        const right = yield* expandText(this, test.right);
        if (/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) {
          const values = [left, right].map((text) => evaluate(text, this.arithmetic));
          return testBinary(this.process, operator, String(values[0] ?? 0), String(values[1] ?? 0));
        }
        return testBinary(this.process, operator, left, right);
      }
    }
  }

  *#simple(command: Extract<Command, { kind: 'simple' }>): Step<number> {
    if (this.traps.has('DEBUG')) yield* this.fire('DEBUG');
    const words = yield* this.#words(command);
    const [name] = words;
    if (this.options.has('xtrace') && words.length > 0) {
      this.trace(words.map(shownWord).join(' '));
    }
    if (name === undefined) {
      return yield* this.redirected(command.redirections, () =>
        this.#assignAll(command.assignments),
      );
    }
    return yield* this.redirected(command.redirections, () =>
      this.#invoke(name, words, command.assignments),
    );
  }

  *#assignAll(assignments: readonly Assignment[]): Step<number> {
    for (const assignment of assignments) yield* this.assign(assignment);
    return this.status;
  }

  // Without words the status is that of the last `$(…)`, or 0.
  *#words(command: Extract<Command, { kind: 'simple' }>): Step<string[]> {
    const words = yield* expandWords(this, command.words);
    if (command.words.length === 0) this.status = 0;
    return words;
  }

  /** `set -x`: what is about to be done. */
  trace(text: string): void {
    this.process.warn(`${this.get('PS4') ?? '+ '}${text}\n`);
  }

  *#invoke(
    name: string,
    words: readonly string[],
    assignments: readonly Assignment[],
  ): Step<number> {
    const body = this.functions.get(name);
    const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
    if (body === undefined && builtin === undefined) {
      return yield* this.#external(name, words, assignments);
    }
    // Assignments before a function or builtin last as long as it does.
    const covered = new Map<string, Variable | undefined>();
    for (const assignment of assignments) {
      const before = this.variables.get(assignment.name);
      covered.set(assignment.name, before === undefined ? undefined : { ...before });
      yield* this.assign(assignment, true);
    }
    try {
      if (body !== undefined) return yield* this.callFunction(name, body, words);
      return yield* this.callBuiltin(name, words.slice(1));
    } finally {
      for (const [variable, before] of covered) this.#restore(variable, before);
    }
  }

  #restore(name: string, before: Variable | undefined): void {
    if (before === undefined) {
      this.variables.delete(name);
      this.process.env.delete(name);
      return;
    }
    this.variables.set(name, before);
    if (before.exported && typeof before.value === 'string')
      this.process.env.set(name, before.value);
    else this.process.env.delete(name);
  }

  *callFunction(name: string, body: Command, words: readonly string[]): Step<number> {
    const { positional } = this;
    this.calls.unshift(name);
    this.positional = words.slice(1);
    const scope = new Map<string, Variable | undefined>();
    this.scopes.push(scope);
    const loops = this.#loops;
    this.#loops = 0;
    try {
      return yield* this.command(body);
    } catch (error) {
      if (error instanceof Leave && error.what === 'return') return error.value;
      throw error;
    } finally {
      this.#loops = loops;
      this.positional = positional;
      this.calls.shift();
      this.scopes.pop();
      for (const [local, before] of scope) this.#restore(local, before);
    }
  }

  /** Makes a variable of the function's own. */
  makeLocal(name: string): void {
    const scope = this.scopes.at(-1);
    if (scope === undefined || scope.has(name)) return;
    const before = this.variables.get(name);
    scope.set(name, before === undefined ? undefined : { ...before });
    this.variables.delete(name);
  }

  /** A builtin; what it prints is written in one go, as its buffer would be. */
  *callBuiltin(name: string, args: readonly string[]): Step<number> {
    const builtin = BUILTINS[name];
    if (builtin === undefined) return 127;
    let result: number | { status: number; text: string };
    try {
      result = yield* builtin(this, args);
    } catch (error) {
      // A value that a builtin was to keep, or a name: the command fails, nothing else.
      if (!(error instanceof ExpansionFault) || error.leaves !== null) throw error;
      this.warn(error.message);
      return 1;
    }
    if (typeof result === 'number') return result;
    try {
      if (result.text !== '') yield* this.process.put(result.text);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      this.warn(`${name}: write error: ${error.message}`);
      return 1;
    }
    return result.status;
  }

  *#external(
    name: string,
    words: readonly string[],
    assignments: readonly Assignment[],
  ): Step<number> {
    const found = this.findProgram(name);
    if (typeof found === 'object') {
      this.warn(found.message);
      return found.status;
    }
    const env = new Map(this.process.env);
    for (const assignment of assignments) {
      if (!assignment.isArray)
        env.set(assignment.name, yield* expandText(this, assignment.value as Word));
    }
    return yield* this.runProgram(found, words, env);
  }

  /** Runs a program to its end; how it ended. */
  *runProgram(
    found: Tool,
    words: readonly string[],
    env: ReadonlyMap<string, string> = this.process.env,
  ): Step<number> {
    const { process } = this;
    const child = process.system.scheduler.start(found, {
      system: process.system,
      argv: words,
      parent: process,
      env,
      cwd: process.cwd,
      umask: process.umask,
      fds: process.fds,
      ...(this.interactive ? {} : { group: process.group }),
    });
    const status = yield* this.#await(child);
    if (this.interactive && status === 130) this.process.print('\n');
    this.tellEnd(child);
    return status;
  }

  /** Says it where a signal ended a process. */
  tellEnd({ endedBy, pid, argv }: Process): void {
    // The shell that started the job says it.
    if (this.#isJob || (endedBy !== 'KILL' && endedBy !== 'TERM')) return;
    const how = endedBy === 'KILL' ? 'Killed' : 'Terminated';
    if (this.interactive || endedBy === 'TERM') this.process.warn(`${how}\n`);
    else this.warn(`${pid} ${how.padEnd(24)}${argv.join(' ')}`);
  }

  /** The code that is seldom used; it is fetched where it is not here. */
  *fetched(): Step<Seldom> {
    if (this.seldom.code === null) yield this.seldom.awaited;
    if (this.seldom.code === null) {
      throw new ExpansionFault(`its code could not be fetched (${this.seldom.problem ?? ''})`);
    }
    return this.seldom.code;
  }

  /** The path of a program, as `type` and `which` show it; null where none is. */
  pathOf(name: string): string | null {
    const { fs } = this.process.system;
    const isProgram = (path: string): boolean => {
      try {
        const place = fs.find(path, this.process.cwd);
        return typeOf(place) === 'file' && (fs.statOf(place).mode & 0o111) !== 0;
      } catch {
        return false;
      }
    };
    if (name.includes('/')) return isProgram(name) ? name : null;
    for (const folder of (this.get('PATH') ?? '').split(':')) {
      const path = `${folder === '' ? '.' : folder}/${name}`;
      if (isProgram(path)) return path;
    }
    return null;
  }

  /** The program that a name starts, or why there is none. */
  findProgram(name: string): Tool | { status: number; message: string } {
    const { fs, tools } = this.process.system;
    const path = name.includes('/') ? name : this.pathOf(name);
    if (path === null) {
      return {
        status: 127,
        message: this.#isBusybox
          ? `${name}: not found`
          : `${name}: ${this.get('PATH') === null ? 'No such file or directory' : 'command not found'}`,
      };
    }
    try {
      const place = fs.find(path, this.process.cwd);
      if (typeOf(place) === 'directory') return { status: 126, message: `${name}: Is a directory` };
      if ((fs.statOf(place).mode & 0o111) === 0) throw new Errno('EACCES');
      const tool = tools.get(place.path);
      if (tool !== undefined) return tool;
      if (place.kind === 'inode' && place.inode.content?.some((extent) => 'opaque' in extent)) {
        return { status: 126, message: `${name}: cannot execute binary file: Exec format error` };
      }
      const text = fs.read(place.path, '/');
      const interpreter = /^#![ \t]*(\S+)/.exec(text)?.[1];
      if (interpreter !== undefined && !/\/(ba|da)?sh$|\/env$/.test(interpreter)) {
        const other = tools.get(interpreter.replace(/^\/bin\//, '/usr/bin/'));
        if (other === undefined) {
          return { status: 127, message: `${name}: cannot execute: required file not found` };
        }
      }
      return this.#scriptAt(text);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return { status: error.code === 'ENOENT' ? 127 : 126, message: `${name}: ${error.message}` };
    }
  }

  /** A file of commands as a program. */
  #scriptAt(text: string): Tool {
    const { seldom } = this;
    return (process) =>
      (function* (): Program {
        const shell = new Shell(process, seldom);
        shell.zero = process.argv[0] ?? '';
        shell.positional = process.args;
        return yield* shell.toTheEnd(() => shell.runText(text, '', true));
      })();
  }

  // The small shell of the guests says some things in fewer words.
  get #isBusybox(): boolean {
    return this.zero === 'sh' && this.process.system.tools.has('/bin/sh');
  }

  // Redirections.

  /** Does something with redirections in force; a file that does not open is said, and nothing is done. */
  *redirected(redirections: readonly Redirection[], body: () => Step<number>): Step<number> {
    if (redirections.length === 0) {
      const status = yield* body();
      this.#keep = false;
      return status;
    }
    const { fds } = this.process;
    const before = new Map(fds);
    const opened: Open[] = [];
    /** What is held besides what is in `fds`. */
    let aside: Open[] = [];
    let during: ReadonlyMap<number, Open> = before;
    const redirect = function* (shell: Shell): Step<string | null> {
      try {
        for (const redirection of redirections) {
          const problem = yield* shell.#redirect(redirection, opened);
          if (problem !== null) return problem;
        }
        return null;
      } finally {
        during = new Map(fds);
        aside = without([...before.values(), ...opened], during.values());
      }
    };
    try {
      const problem = yield* redirect(this);
      if (problem === null) return yield* body();
      this.warn(problem);
      return 1;
    } finally {
      const all = [...fds.values(), ...aside];
      if (!this.#keep) {
        // What `exec` opened meanwhile stays, but where something else was.
        for (const fd of new Set([...before.keys(), ...during.keys()])) {
          const open = before.get(fd);
          if (open === during.get(fd)) continue;
          if (open === undefined) fds.delete(fd);
          else fds.set(fd, open);
        }
      }
      this.#keep = false;
      for (const open of without(all, fds.values())) open.close();
    }
  }
  /** `exec` without a command: redirections stay. */
  keepRedirections(): void {
    this.#keep = true;
  }
  #keep = false;

  *#redirect({ fd, operator, target }: Redirection, opened: Open[]): Step<string | null> {
    const { fds } = this.process;
    const put = (number: number, open: Open): void => {
      fds.set(number, open);
      opened.push(open);
    };
    if (operator === '<<' || operator === '<<<') {
      const text = yield* expandText(this, target);
      const source = textSource(operator === '<<<' ? `${text}\n` : text);
      put(fd ?? 0, held({ source, sink: null, name: 'here-document' }));
      return null;
    }
    const words = yield* expandWords(this, [target]);
    const [name] = words;
    if (words.length !== 1 || name === undefined) return `${rawText(target)}: ambiguous redirect`;
    if (operator === '>&' || operator === '<&') {
      if (name === '-') {
        fds.delete(fd ?? (operator === '>&' ? 1 : 0));
        return null;
      }
      if (/^\d+$/.test(name))
        return this.#duplicate(Number(name), fd ?? (operator === '>&' ? 1 : 0), opened);
      if (operator === '<&') return `${name}: ambiguous redirect`;
    }
    const special = /^\/dev\/(?:fd\/(\d+)|(stdin|stdout|stderr))$/.exec(name);
    if (special !== null) {
      const from = special[1] ?? String(['stdin', 'stdout', 'stderr'].indexOf(special[2] ?? ''));
      return this.#duplicate(Number(from), fd ?? (operator.startsWith('<') ? 0 : 1), opened);
    }
    const flags: OpenFlags = operator.startsWith('<')
      ? { read: true, ...(operator === '<>' ? { write: true, create: true } : {}) }
      : {
          write: true,
          create: true,
          ...(operator.endsWith('>>') ? { append: true } : { truncate: true }),
          ...(operator === '>' && this.options.has('noclobber') ? { exclusive: true } : {}),
          mode: 0o666 & ~this.process.umask,
        };
    try {
      const { terminal } = this.process;
      const open =
        name === '/dev/tty' && terminal !== null
          ? terminal.open()
          : this.process.system.fs.open(name, this.process.cwd, flags).open;
      const both = operator.startsWith('&>') || operator === '>&';
      put(fd ?? (operator.startsWith('<') ? 0 : 1), open);
      if (both) {
        open.share();
        put(2, open);
      }
      return null;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return error.code === 'EEXIST'
        ? `${name}: cannot overwrite existing file`
        : `${name}: ${error.message}`;
    }
  }

  #duplicate(from: number, to: number, opened: Open[]): string | null {
    const open = this.process.fds.get(from);
    if (open === undefined) return `${from}: Bad file descriptor`;
    open.share();
    this.process.fds.set(to, open);
    opened.push(open);
    return null;
  }

  // Reading commands.

  /**
   * Runs a text line by line. `where` stands before faults of syntax. `script`: what an expansion that failed
   * leaves out is the line, not all of it.
   */
  *runText(text: string, where = '', script = false): Step<number> {
    const parser = this.parser(text);
    let ran = false;
    for (;;) {
      parser.extended = this.options.has('extglob');
      let list: List | null;
      try {
        list = parser.next();
      } catch (error) {
        if (!(error instanceof SyntaxFault)) throw error;
        this.warn(`${where}${error.message}`);
        if (error.message.includes('near ')) this.warn(`${where}\`${parser.line}'`);
        return 2;
      }
      for (const warning of parser.warnings.splice(0)) this.warn(warning);
      if (list === null) return ran ? this.status : 0;
      ran = true;
      try {
        this.status = yield* this.run(list);
      } catch (error) {
        if (!script || !(error instanceof Leave) || error.what !== 'discard') throw error;
        this.status = error.value;
      }
    }
  }

  /** Runs what `trap` set for a signal or an event; `$?` stays. */
  *fire(name: string): Step {
    const text = this.traps.get(name);
    if (text === undefined || text === '' || this.#firing.has(name)) return;
    const { status } = this;
    this.#firing.add(name);
    try {
      yield* this.runText(text);
    } finally {
      this.#firing.delete(name);
    }
    this.status = status;
  }
  readonly #firing = new Set<string>();
  /** Signals that came, and that a trap waits for. */
  readonly #caught: Signal[] = [];

  /** Whether a signal is trapped: then it does not end the shell. */
  catches(signal: Signal): boolean {
    const text = this.traps.get(signal);
    if (text === undefined || signal === 'KILL') return false;
    if (text !== '') this.#caught.push(signal);
    return true;
  }

  /** `<(…)` and `>(…)`: a list runs beside, and its other end is a file. */
  substitute(list: List, reads: boolean): string {
    const pipe = new Pipe();
    const [ours, theirs] = reads
      ? [pipe.openForReading(), pipe.openForWriting()]
      : [pipe.openForWriting(), pipe.openForReading()];
    this.#spawn(
      function* (shell): Step<number> {
        return yield* shell.run(list);
      },
      new Map([[reads ? 1 : 0, theirs]]),
    );
    theirs.close();
    let fd = 63;
    while (this.process.fds.has(fd)) fd--;
    this.process.fds.set(fd, ours);
    this.#substituted.push(fd);
    return `/dev/fd/${fd}`;
  }
  readonly #substituted: number[] = [];
  #endSubstitutions(from: number): void {
    for (const fd of this.#substituted.splice(from)) {
      this.process.fds.get(fd)?.close();
      this.process.fds.delete(fd);
    }
  }

  /** Runs to the end, whatever leaves it; then what was asked for at the exit. */
  *toTheEnd(body: () => Step<number>): Step<number> {
    let status: number;
    try {
      status = yield* body();
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      status = error.what === 'break' || error.what === 'continue' ? this.status : error.value;
    }
    const trap = this.traps.get('EXIT');
    if (trap === undefined) return status;
    this.traps.delete('EXIT');
    this.status = status;
    yield* this.toTheEnd(() => this.runText(trap));
    return status;
  }

  /** Reads commands from standard input and runs them as they come. */
  *script(): Step<number> {
    const lines = new Lines(this.process.stdin);
    let text = '';
    for (;;) {
      if (text === '') {
        this.process.lastStatus = this.status;
        this.process.idle = true;
      }
      const line = yield* lines.next();
      this.process.idle = false;
      if (line === null) break;
      text += `${line.text}\n`;
      if (isUnfinished(text)) continue;
      const whole = text;
      text = '';
      try {
        yield* this.runText(whole, '', true);
      } catch (error) {
        if (!this.process.stays || !(error instanceof Killed) || error.signal !== 'INT')
          throw error;
        this.#recover();
      }
    }
    if (text !== '') yield* this.runText(text, '', true);
    return this.status;
  }

  /** The shell at a terminal. */
  *interact(): Step<number> {
    const lines = new Lines(this.process.stdin);
    let text = '';
    for (;;) {
      this.#tellJobs();
      try {
        this.process.print(this.prompt(this.get(text === '' ? 'PS1' : 'PS2') ?? ''));
        const line = yield* lines.next();
        if (line === null) {
          this.process.print('exit\n');
          return this.status;
        }
        text += `${line.text}\n`;
        if (isUnfinished(text)) continue;
        const whole = text;
        text = '';
        if (whole.trim() !== '') this.history.push(whole.trimEnd());
        yield* this.runText(whole, '', true);
      } catch (error) {
        if (error instanceof Leave && error.what !== 'exit') continue;
        // More than there is room for ends the line, not the shell.
        const full = error instanceof RangeError || error instanceof Errno;
        if (!full && (!(error instanceof Killed) || error.signal !== 'INT')) throw error;
        text = '';
        this.#recover();
        if (full) this.status = 1;
        if (full) this.warn(error instanceof Errno ? error.message : 'Cannot allocate memory');
        this.process.print('\n');
      }
      this.process.lastStatus = this.status;
    }
  }

  // After an interrupt: nothing is under way any more.
  #recover(): void {
    this.status = 130;
    this.#depth = 0;
    this.#loops = 0;
    this.#tested = 0;
  }

  #tellJobs(): void {
    for (const job of [...this.jobs]) {
      if (job.process.status === null) continue;
      this.jobs.splice(this.jobs.indexOf(job), 1);
      const { status } = job.process;
      const how = status === 0 ? 'Done' : (ENDED[status] ?? `Exit ${status}`);
      this.process.print(`[${job.number}]+  ${how.padEnd(24)}${job.text}\n`);
    }
  }

  /** A prompt as it is shown (bash(1), PROMPTING). */
  prompt(text: string): string {
    const home = this.get('HOME') ?? '';
    const { cwd, system } = this.process;
    const short =
      home !== '/' && (cwd === home || cwd.startsWith(`${home}/`))
        ? `~${cwd.slice(home.length)}`
        : cwd;
    return text.replace(/\\([uhHwW$sn[\]\\])/g, (_, letter: string) => {
      const known: Record<string, string> = {
        u: 'root',
        h: system.uname.nodename.split('.')[0] ?? '',
        H: system.uname.nodename,
        w: short,
        W: short.replace(/^.*\/(?=.)/, ''),
        $: '#',
        s: 'bash',
        n: '\n',
        '\\': '\\',
      };
      return known[letter] ?? '';
    });
  }
}

/** As `set -x` shows a word. */
const shownWord = (word: string): string =>
  /^[\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function isKeyed(word: Word): boolean {
  const [first] = word;
  return first?.kind === 'text' && !first.quoted && first.text.startsWith('[');
}

const rawText = (word: Word): string =>
  word
    .map((part) =>
      part.kind === 'text'
        ? part.text
        : part.kind === 'parameter'
          ? `$${part.parameter.name}`
          : '$(…)',
    )
    .join('');

function isUnfinished(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\\n$/.test(text)) return true;
  try {
    new Parser(text).program();
    return false;
  } catch (error) {
    return error instanceof SyntaxFault && error.unfinished;
  }
}

function* subshell(parent: Shell, process: Process, body: (shell: Shell) => Step<number>): Program {
  const shell = parent.fork(process);
  return yield* shell.toTheEnd(() => body(shell));
}
