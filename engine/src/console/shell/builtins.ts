import { FileSystem, typeOf } from '../fs/file-system.ts';
import { Errno } from '../os/errno.ts';
import { Killed, SIGNALS } from '../os/process.ts';
import type { Process, Signal, Step } from '../os/process.ts';
import { ArithmeticFault, evaluate } from './arithmetic.ts';
import { Parser, unescape } from './parse.ts';
import { printfText } from './printf.ts';
import { Leave } from './shell.ts';
import type { Job, Shell } from './shell.ts';
import { TestFault, testWords } from './test.ts';

/** Commands of the shell itself (bash(1), SHELL BUILTIN COMMANDS). */

/** A status, or a status with what is to be printed. */
type Result = number | { status: number; text: string };
type Builtin = (shell: Shell, args: readonly string[]) => Step<Result>;

const said = (text: string, status = 0): Result => ({ status, text });

/** One that never waits. */
const simple = (run: (shell: Shell, args: readonly string[]) => Result): Builtin =>
  // eslint-disable-next-line require-yield -- builtins are steps, even those that never wait
  function* (shell, args) {
    return run(shell, args);
  };

const NAME = /^[A-Za-z_]\w*$/;

function fail(shell: Shell, text: string, status = 1): number {
  shell.warn(text);
  return status;
}

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

function printf(shell: Shell, args: readonly string[]): Result {
  let [words, name] = [args, ''];
  if (args[0] === '-v') {
    name = args[1] ?? '';
    words = args.slice(2);
  }
  if (words[0] === '--') words = words.slice(1);
  const [format, ...rest] = words;
  if (format === undefined)
    return fail(shell, 'printf: usage: printf [-v var] format [arguments]', 2);
  const { text, problems } = printfText(format, rest);
  for (const problem of problems) shell.warn(`printf: ${problem}`);
  const status = problems.length > 0 ? 1 : 0;
  if (name === '') return said(text, status);
  shell.set(name, text);
  return status;
}

function cd(shell: Shell, args: readonly string[]): Result {
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
  const status = given === undefined ? shell.status : numeric(shell, 'exit', given);
  throw new Leave('exit', status === null ? 2 : status & 0xff);
}

function giveBack(shell: Shell, [given]: readonly string[]): Result {
  if (shell.scopes.length === 0) {
    return fail(shell, "return: can only `return' from a function or sourced script");
  }
  throw new Leave('return', given === undefined ? shell.status : Number(given) & 0xff);
}

const quoted = (value: string): string => `"${value.replace(/["\\$`]/g, '\\$&')}"`;

function declareLine(shell: Shell, name: string): string {
  const variable = shell.variables.get(name);
  if (variable === undefined) return '';
  const { value } = variable;
  const flags = `${typeof value === 'string' ? '' : variable.named ? 'A' : 'a'}${variable.readonly ? 'r' : ''}${variable.exported ? 'x' : ''}`;
  const shown =
    typeof value === 'string'
      ? quoted(value)
      : `(${shell
          .indices(name)
          .map((index) => `[${index}]=${quoted(value.get(index) ?? '')}`)
          .join(' ')})`;
  return `declare -${flags === '' ? '-' : flags} ${name}=${shown}\n`;
}

/** declare, local, export, readonly: names with values and what they are from now on. */
const declaring = (kind: 'declare' | 'local' | 'export' | 'readonly'): Builtin =>
  function* (shell, args) {
    const flags = args.filter((arg) => /^[-+][a-zA-Z]+$/.test(arg)).join('');
    const names = args.filter((arg) => !/^[-+][a-zA-Z]+$|^--$/.test(arg));
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
        const given = flags.includes('i') ? String(evaluate(value, shell.arithmetic)) : value;
        shell.set(name, sign === '+=' ? (shell.get(name) ?? '') + given : given);
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
    const element = /^(\w+)\[(.*)\]$/.exec(name);
    if (element !== null) {
      const value = shell.variables.get(element[1] ?? '')?.value;
      if (value instanceof Map) value.delete(element[2] ?? '');
    } else if (functions || !shell.variables.has(name)) shell.functions.delete(name);
    else shell.unset(name);
  }
  return 0;
}

const OPTIONS: Record<string, string> = {
  e: 'errexit',
  u: 'nounset',
  x: 'xtrace',
  f: 'noglob',
  C: 'noclobber',
  a: 'allexport',
  v: 'verbose',
  n: 'noexec',
};

function set(shell: Shell, args: readonly string[]): Result {
  if (args.length === 0) {
    return said(
      [...shell.variables.keys()]
        .sort()
        .map((name) => `${name}=${shell.get(name) ?? ''}\n`)
        .join(''),
    );
  }
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const on = word.startsWith('-');
    if (word === '--' || word === '-') {
      shell.positional = args.slice(at + 1);
      return 0;
    }
    if (!/^[-+]/.test(word)) {
      shell.positional = args.slice(at);
      return 0;
    }
    if (word.slice(1) === 'o') {
      const name = args[++at];
      if (name === undefined) {
        const all = [...new Set([...Object.values(OPTIONS), 'pipefail'])].sort();
        return said(
          all
            .map((option) => `${option.padEnd(16)}${shell.options.has(option) ? 'on' : 'off'}\n`)
            .join(''),
        );
      }
      if (name !== 'pipefail' && !Object.values(OPTIONS).includes(name)) {
        return fail(shell, `set: ${name}: invalid option name`, 2);
      }
      if (on) shell.options.add(name);
      else shell.options.delete(name);
      continue;
    }
    for (const letter of word.slice(1)) {
      const name = OPTIONS[letter];
      if (name === undefined) {
        shell.warn(`set: ${word[0] ?? ''}${letter}: invalid option`);
        return fail(
          shell,
          'set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]',
          2,
        );
      }
      if (on) shell.options.add(name);
      else shell.options.delete(name);
    }
  }
  return 0;
}

function* source(shell: Shell, args: readonly string[]): Step<Result> {
  const [path, ...rest] = args;
  if (path === undefined) return fail(shell, '.: filename argument required', 2);
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

function* read(shell: Shell, args: readonly string[]): Step<Result> {
  let [raw, at, prompt, letters, array] = [false, 0, '', 0, ''];
  for (; /^-[a-zA-Z]/.test(args[at] ?? ''); at++) {
    const word = args[at] ?? '';
    if (word.includes('r')) raw = true;
    const last = word.at(-1) ?? '';
    if ('ptndaui'.includes(last)) {
      const value = args[++at] ?? '';
      if (last === 'p') prompt = value;
      if (last === 'n') letters = Number(value);
      if (last === 'a') array = value;
    }
  }
  const names = args.slice(at);
  for (const name of names) {
    if (!NAME.test(name)) return fail(shell, `read: \`${name}': not a valid identifier`);
  }
  const { stdin } = shell.process;
  if (prompt !== '' && stdin.isTerminal) shell.process.warn(prompt);
  let text = '';
  let ended = false;
  // Letter by letter: what comes after the line is for whoever reads next.
  for (;;) {
    while (!stdin.ready) yield { ready: () => stdin.ready };
    const letter = stdin.read(1);
    if (letter === null) {
      ended = true;
      break;
    }
    if (letter === '\n') break;
    if (letter === '\\' && !raw) {
      const next = stdin.read(1) ?? '';
      if (next !== '\n') text += next;
      continue;
    }
    text += letter;
    if (letters > 0 && text.length >= letters) break;
  }
  const { ifs } = shell;
  const blanks = [...ifs].filter((letter) => ' \t\n'.includes(letter)).join('');
  const trim = (value: string): string => {
    let [from, to] = [0, value.length];
    while (from < to && blanks.includes(value[from] ?? '')) from++;
    while (to > from && blanks.includes(value[to - 1] ?? '')) to--;
    return value.slice(from, to);
  };
  if (names.length === 0 && array === '') shell.set('REPLY', text);
  else {
    let rest = trim(text);
    const take = (): string => {
      let end = 0;
      while (end < rest.length && !ifs.includes(rest[end] ?? '')) end++;
      const word = rest.slice(0, end);
      let next = end;
      while (blanks.includes(rest[next] ?? '\0')) next++;
      if (next < rest.length && next === end && ifs.includes(rest[next] ?? '')) next++;
      rest = trim(rest.slice(next));
      return word;
    };
    if (array !== '') {
      const map = new Map<string, string>();
      while (rest !== '') map.set(String(map.size), take());
      shell.variables.set(array, { value: map, exported: false, readonly: false, named: false });
    } else {
      names.forEach((name, index) => {
        shell.set(name, index === names.length - 1 ? rest : take());
      });
    }
  }
  return ended ? 1 : 0;
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

function type(shell: Shell, args: readonly string[]): Result {
  const short = args[0] === '-t';
  const pathOnly = args[0] === '-p' || args[0] === '-P';
  let status = 0;
  let text = '';
  for (const name of args.filter((arg) => !/^-[atpP]+$/.test(arg))) {
    const path = shell.pathOf(name);
    const alias = shell.aliases.get(name);
    if (alias !== undefined && !pathOnly)
      text += short ? 'alias\n' : `${name} is aliased to \`${alias}'\n`;
    else if (KEYWORDS.has(name) && !pathOnly)
      text += short ? 'keyword\n' : `${name} is a shell keyword\n`;
    else if (shell.functions.has(name) && !pathOnly)
      text += short ? 'function\n' : `${name} is a function\n`;
    else if (Object.hasOwn(BUILTINS, name) && !pathOnly)
      text += short ? 'builtin\n' : `${name} is a shell builtin\n`;
    else if (path !== null)
      text += short ? 'file\n' : pathOnly ? `${path}\n` : `${name} is ${path}\n`;
    else {
      status = 1;
      if (!short && !pathOnly) shell.warn(`type: ${name}: not found`);
    }
  }
  return said(text, status);
}

const KEYWORDS = new Set(
  'if then elif else fi for in do done while until case esac { } ! function select time [[ ]]'.split(
    ' ',
  ),
);

function* command(shell: Shell, args: readonly string[]): Step<Result> {
  if (/^-[vV]$/.test(args[0] ?? '')) {
    const name = args[1] ?? '';
    if (args[0] === '-V') return type(shell, [name]);
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
  const { process } = shell;
  const child = process.system.scheduler.start(found, {
    system: process.system,
    argv: words,
    parent: process,
    env: process.env,
    cwd: process.cwd,
    umask: process.umask,
    fds: process.fds,
    group: process.group,
  });
  return yield* process.wait(child);
}

function* exec(shell: Shell, args: readonly string[]): Step<Result> {
  if (args.length === 0) {
    shell.keepRedirections();
    return 0;
  }
  throw new Leave('exit', yield* runProgram(shell, args));
}

function alias(shell: Shell, args: readonly string[]): Result {
  const line = (name: string): string => `alias ${name}='${shell.aliases.get(name) ?? ''}'\n`;
  if (args.length === 0) return said([...shell.aliases.keys()].sort().map(line).join(''));
  let [text, status] = ['', 0];
  for (const word of args) {
    const equals = word.indexOf('=');
    if (equals > 0) shell.aliases.set(word.slice(0, equals), word.slice(equals + 1));
    else if (shell.aliases.has(word)) text += line(word);
    else status = fail(shell, `alias: ${word}: not found`);
  }
  return said(text, status);
}

function unalias(shell: Shell, args: readonly string[]): Result {
  if (args[0] === '-a') shell.aliases.clear();
  let status = 0;
  for (const name of args.filter((arg) => arg !== '-a')) {
    if (!shell.aliases.delete(name)) status = fail(shell, `unalias: ${name}: not found`);
  }
  return status;
}

function history(shell: Shell, args: readonly string[]): Result {
  if (args[0] === '-c') {
    shell.history.length = 0;
    return 0;
  }
  const count = args[0] === undefined ? shell.history.length : Number(args[0]);
  const from = Math.max(0, shell.history.length - count);
  return said(
    shell.history
      .slice(from)
      .map((line, index) => `${String(from + index + 1).padStart(5)}  ${line}\n`)
      .join(''),
  );
}

function jobOf(shell: Shell, word: string | undefined): Job | null {
  const live = shell.jobs;
  if (word === undefined || word === '%%' || word === '%+' || word === '%')
    return live.at(-1) ?? null;
  if (word === '%-') return live.at(-2) ?? null;
  const number = /^%?(\d+)$/.exec(word)?.[1];
  if (number !== undefined) return live.find((job) => job.number === Number(number)) ?? null;
  return live.find((job) => job.text.startsWith(word.slice(1))) ?? null;
}

function jobs(shell: Shell, args: readonly string[]): Result {
  const lines = shell.jobs.map((job, index) => {
    const mark =
      index === shell.jobs.length - 1 ? '+' : index === shell.jobs.length - 2 ? '-' : ' ';
    const state = job.process.status === null ? 'Running' : 'Done';
    if (args.includes('-p')) return `${job.process.pid}\n`;
    const pid = args.includes('-l') ? `${job.process.pid} ` : '';
    return `[${job.number}]${mark}  ${pid}${state.padEnd(24)}${job.text}${state === 'Running' ? ' &' : ''}\n`;
  });
  const ended = shell.jobs.filter(({ process }) => process.status !== null);
  for (const job of ended) shell.jobs.splice(shell.jobs.indexOf(job), 1);
  return said(lines.join(''));
}

function* fg(shell: Shell, [word]: readonly string[]): Step<Result> {
  const job = jobOf(shell, word);
  if (job === null) return fail(shell, `fg: ${word ?? 'current'}: no such job`);
  shell.process.print(`${job.text}\n`);
  shell.jobs.splice(shell.jobs.indexOf(job), 1);
  const { scheduler } = shell.process.system;
  const before = scheduler.foreground;
  scheduler.foreground = job.process.group;
  try {
    return yield* shell.process.wait(job.process);
  } finally {
    scheduler.foreground = before;
  }
}

function* wait(shell: Shell, args: readonly string[]): Step<Result> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  if (words.length === 0) {
    for (const job of [...shell.jobs]) yield* shell.process.wait(job.process);
    shell.jobs.length = 0;
    return 0;
  }
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%')
      ? jobOf(shell, word)
      : (shell.jobs.find(({ process }) => process.pid === Number(word)) ?? null);
    if (job === null) {
      status = fail(shell, `wait: pid ${word} is not a child of this shell`, 127);
      continue;
    }
    status = yield* shell.process.wait(job.process);
    shell.jobs.splice(shell.jobs.indexOf(job), 1);
  }
  return status;
}

const NAMES = Object.keys(SIGNALS) as Signal[];

function kill(shell: Shell, args: readonly string[]): Result {
  if (args[0] === '-l')
    return said(`${NAMES.map((name) => `${SIGNALS[name]}) SIG${name}`).join(' ')}\n`);
  let signal: Signal | undefined = 'TERM';
  let words = args;
  const option = /^-(?:s$|n$)?(?:SIG)?(.+)?$/.exec(args[0] ?? '');
  if (option !== null && args[0]?.startsWith('-') === true) {
    const given = option[1] ?? args[1]?.replace(/^SIG/, '') ?? '';
    words = args.slice(option[1] === undefined ? 2 : 1);
    signal = /^\d+$/.test(given)
      ? NAMES.find((name) => SIGNALS[name] === Number(given))
      : NAMES.find((name) => name === given.toUpperCase());
    if (signal === undefined && given !== '0') {
      return fail(shell, `kill: ${given}: invalid signal specification`);
    }
  }
  if (words.length === 0) {
    return fail(
      shell,
      'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]',
      2,
    );
  }
  const { scheduler } = shell.process.system;
  let status = 0;
  for (const word of words) {
    const job = word.startsWith('%') ? jobOf(shell, word) : null;
    const process: Process | undefined =
      job?.process ?? scheduler.processes.find(({ pid }) => pid === Number(word));
    if (word.startsWith('%') && job === null) status = fail(shell, `kill: ${word}: no such job`);
    else if (!word.startsWith('%') && !/^-?\d+$/.test(word)) {
      status = fail(shell, `kill: ${word}: arguments must be process or job IDs`);
    } else if (process === undefined) status = fail(shell, `kill: (${word}) - No such process`);
    else if (signal !== undefined) {
      if (process === shell.process) throw new Killed(signal);
      scheduler.signal(job === null ? { process } : { group: process.group }, signal);
    }
  }
  return status;
}

function umask(shell: Shell, [given]: readonly string[]): Result {
  if (given === undefined) return said(`${shell.process.umask.toString(8).padStart(4, '0')}\n`);
  if (!/^[0-7]{1,4}$/.test(given)) return fail(shell, `umask: ${given}: octal number out of range`);
  shell.process.umask = Number.parseInt(given, 8);
  return 0;
}

function letArithmetic(shell: Shell, args: readonly string[]): Result {
  if (args.length === 0) return fail(shell, 'let: expression expected');
  let value = 0n;
  for (const text of args) {
    try {
      value = evaluate(text, shell.arithmetic);
    } catch (error) {
      if (!(error instanceof ArithmeticFault)) throw error;
      return fail(shell, `let: ${error.message}`);
    }
  }
  return value === 0n ? 1 : 0;
}

function trap(shell: Shell, args: readonly string[]): Result {
  if (args.length === 0) {
    return said([...shell.traps].map(([name, text]) => `trap -- '${text}' ${name}\n`).join(''));
  }
  const [action = '', ...names] = args;
  for (const given of names) {
    const name = given === '0' ? 'EXIT' : given.replace(/^SIG/, '');
    if (action === '-') shell.traps.delete(name);
    else shell.traps.set(name, action);
  }
  return 0;
}

function getopts(shell: Shell, args: readonly string[]): Result {
  const [spec = '', name = '', ...given] = args;
  const words = given.length > 0 ? given : shell.positional;
  let index = Number(shell.get('OPTIND') ?? 1);
  let place = Number(shell.get('_GETOPTS_PLACE') ?? 1);
  const word = words[index - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') shell.set('OPTIND', String(index + 1));
    shell.set(name, '?');
    return 1;
  }
  const letter = word[place] ?? '';
  const at = spec.indexOf(letter);
  place++;
  if (place >= word.length) {
    index++;
    place = 1;
  }
  let value = letter;
  if (at < 0 || letter === ':') {
    value = '?';
    if (spec.startsWith(':')) shell.set('OPTARG', letter);
    else shell.warn(`illegal option -- ${letter}`);
  } else if (spec[at + 1] === ':') {
    const inline = place > 1 ? word.slice(place) : words[index - 1];
    index++;
    place = 1;
    if (inline === undefined) {
      value = spec.startsWith(':') ? ':' : '?';
      if (!spec.startsWith(':')) shell.warn(`option requires an argument -- ${letter}`);
      else shell.set('OPTARG', letter);
    } else shell.set('OPTARG', inline);
  }
  shell.set('OPTIND', String(index));
  shell.set('_GETOPTS_PLACE', String(place));
  shell.set(name, value);
  return 0;
}

function folders(shell: Shell): string {
  const home = shell.get('HOME') ?? '';
  return `${[shell.process.cwd, ...shell.folders].map((path) => (path === home ? '~' : path)).join(' ')}\n`;
}
function pushd(shell: Shell, [target]: readonly string[]): Result {
  const here = shell.process.cwd;
  const to = target ?? shell.folders.shift();
  if (to === undefined) return fail(shell, 'pushd: no other directory');
  const result = cd(shell, [to]);
  if (result !== 0) return result;
  shell.folders.unshift(here);
  return said(folders(shell));
}
function popd(shell: Shell): Result {
  const to = shell.folders.shift();
  if (to === undefined) return fail(shell, 'popd: directory stack empty');
  const result = cd(shell, [to]);
  return result === 0 ? said(folders(shell)) : result;
}

const LIMITS: [letter: string, name: string, value: string][] = [
  ['c', 'core file size              (blocks, -c)', '0'],
  ['l', 'max locked memory           (kbytes, -l)', '8192'],
  ['n', 'open files                          (-n)', '1024'],
  ['m', 'max memory size             (kbytes, -m)', 'unlimited'],
  ['s', 'stack size                  (kbytes, -s)', '8192'],
  ['u', 'max user processes                  (-u)', '31743'],
  ['v', 'virtual memory              (kbytes, -v)', 'unlimited'],
];
function ulimit(_shell: Shell, [option = '-f']: readonly string[]): Result {
  if (option === '-a') return said(LIMITS.map(([, name, value]) => `${name} ${value}\n`).join(''));
  const found = LIMITS.find(([letter]) => letter === option.at(-1));
  return said(`${found?.[2] ?? 'unlimited'}\n`);
}

const OK = simple(() => 0);

export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ':': OK,
  true: OK,
  false: simple(() => 1),
  echo: simple(echo),
  printf: simple(printf),
  cd: simple(cd),
  pwd: simple((shell) => said(`${shell.process.cwd}\n`)),
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
  unset: simple(unset),
  set: simple(set),
  shopt: OK,
  shift: simple((shell, [count = '1']) => {
    const by = Number(count);
    if (by > shell.positional.length) return 1;
    shell.positional = shell.positional.slice(by);
    return 0;
  }),
  *eval(shell, args) {
    return yield* shell.runText(args.join(' '), 'eval: ');
  },
  source,
  '.': source,
  read,
  test: test('test'),
  '[': test('['),
  type: simple(type),
  command,
  builtin: command,
  exec,
  alias: simple(alias),
  unalias: simple(unalias),
  hash: OK,
  history: simple(history),
  jobs: simple(jobs),
  fg,
  bg: simple((shell, [word]) =>
    jobOf(shell, word) === null ? fail(shell, `bg: ${word ?? 'current'}: no such job`) : 0,
  ),
  wait,
  kill: simple(kill),
  umask: simple(umask),
  ulimit: simple(ulimit),
  times: simple(() => said('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n')),
  let: simple(letArithmetic),
  trap: simple(trap),
  getopts: simple(getopts),
  pushd: simple(pushd),
  popd: simple(popd),
  dirs: simple((shell) => said(folders(shell))),
  help: simple(() => said(`${Object.keys(BUILTINS).sort().join(' ')}\n`)),
};
