import { FileSystem, typeOf } from '../fs/file-system.ts';
import { Errno } from '../os/errno.ts';
import type { Step } from '../os/process.ts';
import { Parser, unescape } from './parse.ts';
import { SELDOM } from './seldom.ts';
import { Leave } from './shell.ts';
import type { Shell } from './shell.ts';
import { TestFault, testWords } from './test.ts';

/** Commands of the shell itself (bash(1), SHELL BUILTIN COMMANDS). */

/** A status, or a status with what is to be printed. */
export type Result = number | { status: number; text: string };
export type Builtin = (shell: Shell, args: readonly string[]) => Step<Result>;

export const said = (text: string, status = 0): Result => ({ status, text });

/** One that never waits. */
export const simple = (run: (shell: Shell, args: readonly string[]) => Result): Builtin =>
  // eslint-disable-next-line require-yield -- builtins are steps, even those that never wait
  function* (shell, args) {
    return run(shell, args);
  };

export const NAME = /^[A-Za-z_]\w*$/;

export function fail(shell: Shell, text: string, status = 1): number {
  shell.warn(text);
  return status;
}

/** A builtin that looks at its options first: these letters, or complaint and usage. */
export const checked = (name: string, letters: string, builtin: Builtin): Builtin =>
  function* (shell, args) {
    for (const arg of args) {
      if (arg === '--' || !/^-./.test(arg)) break;
      const wrong = [...arg.slice(1)].find((letter) => !letters.includes(letter));
      if (wrong === undefined) continue;
      shell.warn(`${name}: -${wrong}: invalid option`);
      return yield* usage(shell, name);
    }
    return yield* builtin(shell, args);
  };

export function* usage(shell: Shell, name: string): Step<number> {
  const { usageOf } = yield* shell.fetched();
  shell.process.warn(`${name}: usage: ${usageOf(name)}\n`);
  return 2;
}

/** One whose code is fetched when it is needed. */
const seldom = (name: string): Builtin =>
  function* (shell, args) {
    const builtin = (yield* shell.fetched()).BUILTINS[name];
    return builtin === undefined ? 127 : yield* builtin(shell, args);
  };

function numeric(shell: Shell, name: string, text: string): number | null {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  shell.warn(`${name}: ${text}: numeric argument required`);
  return null;
}

/** echo: -n, -e, -E, together or apart. */
function echo(_shell: Shell, args: readonly string[]): Result {
  let at = 0;
  let [newline, escapes] = [true, false];
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++) {
    for (const letter of (args[at] ?? '').slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  let text = args.slice(at).join(' ');
  if (escapes) {
    const stop = /(^|[^\\])(\\\\)*\\c/.exec(text);
    if (stop !== null) {
      text = text.slice(0, stop.index + stop[0].length - 2);
      newline = false;
    }
    text = unescape(text);
  }
  return said(`${text}${newline ? '\n' : ''}`);
}

export function cd(shell: Shell, args: readonly string[]): Result {
  const { process } = shell;
  const words = args.filter((arg) => !/^-[LP]+$|^--$/.test(arg));
  if (words.length > 1) return fail(shell, 'cd: too many arguments');
  let [target] = words;
  if (target === undefined) {
    target = shell.get('HOME') ?? '';
    if (target === '') return fail(shell, 'cd: HOME not set');
  }
  const back = target === '-';
  if (back) {
    target = shell.get('OLDPWD') ?? '';
    if (target === '') return fail(shell, 'cd: OLDPWD not set');
  }
  if (target === '') return 0;
  try {
    const place = process.system.fs.find(target, process.cwd);
    if (typeOf(place) !== 'directory') throw new Errno('ENOTDIR');
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail(shell, `cd: ${target}: ${error.message}`);
  }
  shell.set('OLDPWD', process.cwd, true);
  // By the names that were typed, not where links lead.
  process.cwd = FileSystem.absolute(target, process.cwd);
  shell.set('PWD', process.cwd, true);
  return back ? said(`${process.cwd}\n`) : 0;
}

const leave = (what: 'break' | 'continue'): Builtin =>
  // eslint-disable-next-line require-yield -- as above
  function* (shell, [count = '1']) {
    if (!shell.inLoop) {
      return fail(shell, `${what}: only meaningful in a \`for', \`while', or \`until' loop`, 0);
    }
    throw new Leave(what, Math.max(1, Number(count) || 1));
  };

function exit(shell: Shell, args: readonly string[]): Result {
  const [given] = args;
  if (args.length > 1 && /^[+-]?\d+$/.test(given ?? ''))
    return fail(shell, 'exit: too many arguments');
  const status = given === undefined ? shell.status : numeric(shell, 'exit', given);
  throw new Leave('exit', status === null ? 2 : status & 0xff);
}

function giveBack(shell: Shell, [given]: readonly string[]): Result {
  if (shell.scopes.length === 0) {
    return fail(shell, "return: can only `return' from a function or sourced script", 2);
  }
  throw new Leave('return', given === undefined ? shell.status : Number(given) & 0xff);
}

const quoted = (value: string): string => `"${value.replace(/["\\$`]/g, '\\$&')}"`;

function declareLine(shell: Shell, name: string): string {
  const variable = shell.variables.get(name);
  if (variable === undefined) return '';
  const { value } = variable;
  const flags = `${variable.as ?? ''}${typeof value === 'string' ? '' : variable.named ? 'A' : 'a'}${variable.readonly ? 'r' : ''}${variable.exported ? 'x' : ''}`;
  const shown =
    typeof value === 'string'
      ? quoted(value)
      : `(${shell
          .indices(name)
          .map((index) => `[${index}]=${quoted(value.get(index) ?? '')}`)
          .join(' ')}${variable.named ? ' ' : ''})`;
  return `declare -${flags === '' ? '-' : flags} ${name}=${shown}\n`;
}

/** declare, local, export, readonly: names with values and what they are from now on. */
const declaring = (kind: 'declare' | 'local' | 'export' | 'readonly'): Builtin =>
  function* (shell, args) {
    const flags = args.filter((arg) => /^[-+][a-zA-Z]+$/.test(arg)).join('');
    const names = args.filter((arg) => !/^[-+][a-zA-Z]+$|^--$/.test(arg));
    if (/[fF]/.test(flags) && kind === 'declare') {
      const { functionText } = yield* shell.fetched();
      const missing = names.find((name) => !shell.functions.has(name));
      const shown = (names.length > 0 ? names : [...shell.functions.keys()].sort()).map((name) =>
        flags.includes('F')
          ? `${names.length > 0 ? '' : 'declare -f '}${shell.functions.has(name) ? `${name}\n` : ''}`
          : functionText(shell, name),
      );
      return said(shown.join(''), missing === undefined ? 0 : 1);
    }
    if (kind === 'local' && shell.scopes.length === 0) {
      return fail(shell, 'local: can only be used in a function');
    }
    if (names.length === 0) {
      const all = [...shell.variables.keys()].sort();
      const shown = all.filter((name) => {
        const variable = shell.variables.get(name);
        return kind === 'export'
          ? variable?.exported
          : kind === 'readonly'
            ? variable?.readonly
            : true;
      });
      return said(shown.map((name) => declareLine(shell, name)).join(''));
    }
    let status = 0;
    for (const word of names) {
      const match = /^([A-Za-z_]\w*)(\+?=)?([\s\S]*)$/.exec(word);
      const [, name = '', sign = '', value = ''] = match ?? [];
      if (match === null || (sign === '' && value !== '')) {
        status = fail(shell, `${kind}: \`${word}': not a valid identifier`);
        continue;
      }
      if (flags.includes('p') && kind === 'declare') {
        if (!shell.variables.has(name)) status = fail(shell, `declare: ${name}: not found`);
        else yield* shell.process.put(declareLine(shell, name));
        continue;
      }
      if (
        kind === 'local' ||
        (kind === 'declare' && shell.scopes.length > 0 && !flags.includes('g'))
      ) {
        shell.makeLocal(name);
      }
      const as = (['i', 'l', 'u', 'n'] as const).find((letter) => flags.includes(letter));
      if (as !== undefined && kind !== 'export' && !flags.includes('+')) {
        const kept = shell.variables.get(name);
        if (kept === undefined) {
          shell.variables.set(name, {
            value: '',
            as,
            exported: false,
            readonly: false,
            named: false,
          });
        } else kept.as = as;
        if (as === 'n' && sign !== '') {
          shell.variables.set(name, { value, as, exported: false, readonly: false, named: false });
          continue;
        }
      }
      if (flags.includes('A')) {
        shell.variables.set(name, {
          value: new Map(),
          exported: false,
          readonly: false,
          named: true,
        });
      } else if (flags.includes('a') && !shell.variables.has(name)) {
        shell.variables.set(name, {
          value: new Map(),
          exported: false,
          readonly: false,
          named: false,
        });
      }
      if (sign !== '' && /^\(.*\)$/s.test(value)) {
        // An array, kept as text: read as the assignment that it is.
        const [item] = new Parser(`${name}${sign}${value}`).program();
        const [command] = item?.first.commands ?? [];
        if (command?.kind === 'simple') {
          for (const assignment of command.assignments) yield* shell.assign(assignment);
        }
      } else if (sign !== '') {
        shell.set(name, sign === '+=' ? (shell.get(name) ?? '') + value : value);
      } else if (!shell.variables.has(name) && (kind === 'local' || kind === 'export')) {
        if (kind === 'local') shell.set(name, '');
      }
      const variable = shell.variables.get(name);
      if (variable === undefined) continue;
      if (kind === 'export' || flags.includes('x')) {
        variable.exported = !flags.includes('n');
        if (variable.exported && typeof variable.value === 'string') {
          shell.process.env.set(name, variable.value);
        } else shell.process.env.delete(name);
      }
      if (kind === 'readonly' || flags.includes('r')) variable.readonly = true;
    }
    return status;
  };

function unset(shell: Shell, args: readonly string[]): Result {
  const functions = args[0] === '-f';
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    if (!functions && !/^\w+(\[.*\])?$/.test(name)) {
      return fail(shell, `unset: \`${name}': not a valid identifier`);
    }
    const element = /^(\w+)\[(.*)\]$/.exec(name);
    if (element !== null) {
      const value = shell.variables.get(element[1] ?? '')?.value;
      if (value instanceof Map) value.delete(element[2] ?? '');
    } else if (functions || !shell.variables.has(name)) shell.functions.delete(name);
    else shell.unset(name);
  }
  return 0;
}

function* source(shell: Shell, args: readonly string[]): Step<Result> {
  const [path, ...rest] = args;
  if (path === undefined) {
    shell.warn('.: filename argument required');
    return yield* usage(shell, '.');
  }
  let text: string;
  try {
    text = shell.process.system.fs.read(shell.pathOf(path) ?? path, shell.process.cwd);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail(shell, `${path}: ${error.message}`);
  }
  const { positional } = shell;
  if (rest.length > 0) shell.positional = rest;
  shell.scopes.push(new Map());
  try {
    return yield* shell.runText(text);
  } catch (error) {
    if (error instanceof Leave && error.what === 'return') return error.value;
    throw error;
  } finally {
    shell.scopes.pop();
    if (rest.length > 0) shell.positional = positional;
  }
}

const test = (name: string): Builtin =>
  // eslint-disable-next-line require-yield -- as above
  function* (shell, args) {
    let words = args;
    if (name === '[') {
      if (args.at(-1) !== ']') return fail(shell, "[: missing `]'", 2);
      words = args.slice(0, -1);
    }
    try {
      return testWords(shell.process, words, (variable) => shell.get(variable) !== null) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof TestFault)) throw error;
      return fail(shell, `${name}: ${error.message}`, 2);
    }
  };

export const KEYWORDS = new Set(
  'if then elif else fi for in do done while until case esac { } ! function select time [[ ]]'.split(
    ' ',
  ),
);

function* command(shell: Shell, args: readonly string[]): Step<Result> {
  if (/^-[vV]$/.test(args[0] ?? '')) {
    if (args.length > 2) {
      let status = 1;
      for (const one of args.slice(1)) {
        const result = yield* shell.callBuiltin('command', [args[0] ?? '', one]);
        if (result === 0) status = 0;
      }
      return status;
    }
    const name = args[1] ?? '';
    if (args[0] === '-V') return yield* shell.callBuiltin('type', [name]);
    if (Object.hasOwn(BUILTINS, name) || shell.functions.has(name) || KEYWORDS.has(name)) {
      return said(`${name}\n`);
    }
    const path = shell.pathOf(name);
    return path === null ? 1 : said(`${path}\n`);
  }
  const words = args.filter((arg, index) => index > 0 || arg !== '-p');
  const [name] = words;
  if (name === undefined) return 0;
  if (Object.hasOwn(BUILTINS, name)) return yield* shell.callBuiltin(name, words.slice(1));
  return yield* runProgram(shell, words);
}

function* runProgram(shell: Shell, words: readonly string[]): Step<number> {
  const [name = ''] = words;
  const found = shell.findProgram(name);
  if (typeof found === 'object') return fail(shell, found.message, found.status);
  return yield* shell.runProgram(found, words);
}

function* exec(shell: Shell, args: readonly string[]): Step<Result> {
  if (args.length === 0) {
    shell.keepRedirections();
    return 0;
  }
  const found = shell.findProgram(args[0] ?? '');
  if (typeof found === 'object') {
    const status = fail(
      shell,
      `exec: ${found.message.replace('command not found', 'not found')}`,
      found.status,
    );
    if (shell.interactive) return status;
    throw new Leave('exit', status);
  }
  throw new Leave('exit', yield* shell.runProgram(found, args));
}

const OK = simple(() => 0);

export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ':': OK,
  true: OK,
  false: simple(() => 1),
  echo: simple(echo),
  ...Object.fromEntries(SELDOM.split(' ').map((name) => [name, seldom(name)])),
  cd: checked('cd', 'LPe@', simple(cd)),
  pwd: checked(
    'pwd',
    'LP',
    simple((shell) => said(`${shell.process.cwd}\n`)),
  ),
  exit: simple(exit),
  logout: simple(exit),
  return: simple(giveBack),
  break: leave('break'),
  continue: leave('continue'),
  declare: declaring('declare'),
  typeset: declaring('declare'),
  local: declaring('local'),
  export: declaring('export'),
  readonly: declaring('readonly'),
  unset: checked('unset', 'fvn', simple(unset)),
  shift: simple((shell, [count = '1']) => {
    if (!/^[+-]?\d+$/.test(count)) return fail(shell, `shift: ${count}: numeric argument required`);
    const by = Number(count);
    if (by < 0) return fail(shell, `shift: ${count}: shift count out of range`);
    if (by > shell.positional.length) return 1;
    shell.positional = shell.positional.slice(by);
    return 0;
  }),
  *eval(shell, args) {
    return yield* shell.runText(args.join(' '), 'eval: ');
  },
  source,
  '.': source,
  test: test('test'),
  '[': test('['),
  command,
  exec,
};
