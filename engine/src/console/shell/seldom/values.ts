import { Errno } from '../../os/errno.ts';
import type { Step } from '../../os/process.ts';
import { Lines, WORK } from '../../os/process.ts';
import { ArithmeticFault, evaluate } from '../arithmetic.ts';
import { NAME, cd, checked, fail, said, simple } from '../builtins.ts';
import type { Builtin, Result } from '../builtins.ts';
import { printfText } from '../printf.ts';
import type { Shell } from '../shell.ts';
import { usageOf } from './usage.ts';

/** Builtins that set variables, and the stack of folders. */

/** Letters of a line that `read` takes; a real one runs out of memory much later. */
const LINE_MOST = 2 ** 20;

function printf(shell: Shell, args: readonly string[]): Result {
  let [words, name] = [args, ''];
  if (args[0] === '-v') {
    name = args[1] ?? '';
    words = args.slice(2);
  }
  if (words[0] === '--') words = words.slice(1);
  const [format, ...rest] = words;
  if (format === undefined) {
    shell.process.warn(`printf: usage: ${usageOf('printf')}\n`);
    return 2;
  }
  const { text, problems } = printfText(format, rest);
  for (const problem of problems) shell.warn(`printf: ${problem}`);
  const status = problems.length > 0 ? 1 : 0;
  if (name === '') return said(text, status);
  shell.set(name, text);
  return status;
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

function getopts(shell: Shell, args: readonly string[]): Result {
  const [spec = '', name = '', ...given] = args;
  if (name === '') {
    shell.process.warn(`getopts: usage: ${usageOf('getopts')}\n`);
    return 2;
  }
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
    else shell.unset('OPTARG');
    if (!spec.startsWith(':')) shell.warn(`illegal option -- ${letter}`);
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
  return `${[shell.process.cwd, ...shell.folders]
    .map((path) =>
      path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path,
    )
    .join(' ')}\n`;
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

/** mapfile: lines of standard input as elements of an array. */
function* mapfile(shell: Shell, args: readonly string[]): Step<Result> {
  let [trim, most, skip, origin, fd, at] = [false, 0, 0, 0, 0, 0];
  for (; /^-/.test(args[at] ?? ''); at++) {
    const word = args[at] ?? '';
    if (word.includes('t')) trim = true;
    const value = Number(args[at + 1]);
    if (/[nsOudCc]$/.test(word)) at++;
    if (word.endsWith('n')) most = value;
    if (word.endsWith('s')) skip = value;
    if (word.endsWith('O')) origin = value;
    if (word.endsWith('u')) fd = value;
  }
  const name = args[at] ?? 'MAPFILE';
  const lines = new Lines(shell.process.source(fd));
  if (origin === 0) {
    shell.variables.set(name, { value: new Map(), exported: false, readonly: false, named: false });
  }
  for (let number = 0; most === 0 || number < most + skip; number++) {
    const line = yield* lines.next();
    if (line === null) break;
    if (number < skip) continue;
    shell.setElement(
      name,
      String(origin + number - skip),
      line.text + (line.ended && !trim ? '\n' : ''),
    );
  }
  return 0;
}

function* read(shell: Shell, args: readonly string[]): Step<Result> {
  let [raw, at, prompt, letters, array, end, fd, until] = [false, 0, '', 0, '', '\n', 0, 0];
  for (; /^-[a-zA-Z]/.test(args[at] ?? ''); at++) {
    const word = args[at] ?? '';
    if (word.includes('r')) raw = true;
    const last = word.at(-1) ?? '';
    if ('ptnNdaui'.includes(last)) {
      const value = args[++at] ?? '';
      if (last === 'p') prompt = value;
      if (last === 'n') letters = Number(value);
      if (last === 'd') end = value[0] ?? '\0';
      if (last === 'u') fd = Number(value);
      if (last === 't') until = shell.process.system.clock.now + Number(value) * 1000;
      if (last === 'a') array = value;
    }
  }
  const names = args.slice(at);
  for (const name of names) {
    if (!NAME.test(name)) return fail(shell, `read: \`${name}': not a valid identifier`);
  }
  const open = shell.process.fds.get(fd)?.source;
  if (open === undefined || open === null) {
    return fail(shell, `read: ${fd}: invalid file descriptor: Bad file descriptor`);
  }
  const stdin = open;
  if (prompt !== '' && stdin.isTerminal) shell.process.warn(prompt);
  let text = '';
  let count = 0;
  let ended = false;
  // Letter by letter: what comes after the line is for whoever reads next.
  for (;;) {
    while (!stdin.ready) {
      yield { ready: () => stdin.ready, ...(until > 0 ? { until } : {}) };
      if (until > 0 && !stdin.ready && shell.process.system.clock.now >= until) return 142;
    }
    const letter = stdin.read(1);
    if (letter === null) {
      ended = true;
      break;
    }
    // There may be no end of it.
    if (++count % 1024 === 0) yield WORK;
    if (text.length > LINE_MOST) throw new Errno('ENOMEM');
    if (letter === end) break;
    if (letter === '\0') continue;
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

export const VALUES: Readonly<Record<string, Builtin>> = {
  read: checked('read', 'ersadinNptu', read),
  printf: simple(printf),
  let: simple(letArithmetic),
  getopts: simple(getopts),
  pushd: simple(pushd),
  popd: simple(popd),
  dirs: simple((shell) => said(folders(shell))),
  mapfile,
  readarray: mapfile,
};
