import { BUILTINS, fail, said, simple, usage } from '../builtins.ts';
import type { Builtin, Result } from '../builtins.ts';
import type { Step } from '../../os/process.ts';
import type { Shell } from '../shell.ts';
import { signalName, signalNumber } from './jobs.ts';
import { documented, usageOf } from './usage.ts';

/** Builtins that set how the shell behaves. */

function bad(shell: Shell, name: string, option: string, status = 2): number {
  shell.warn(`${name}: ${option}: invalid option`);
  shell.process.warn(`${name}: usage: ${usageOf(name)}\n`);
  return status;
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
function ulimit(shell: Shell, [option = '-f']: readonly string[]): Result {
  const letter = option.at(-1) ?? '';
  if (option.startsWith('-') && !'aSHbcdefiklmnpqrstuvxPRT'.includes(letter)) {
    return bad(shell, 'ulimit', `-${letter}`);
  }
  if (letter === 'a') return said(LIMITS.map(([, name, value]) => `${name} ${value}\n`).join(''));
  const found = LIMITS.find(([one]) => one === letter);
  return said(`${found?.[2] ?? 'unlimited'}\n`);
}

function umask(shell: Shell, [given]: readonly string[]): Result {
  const { process } = shell;
  if (given === undefined) return said(`${process.umask.toString(8).padStart(4, '0')}\n`);
  if (given === '-S') {
    const words = ['u', 'g', 'o'].map((who, index) => {
      const bits = ~(process.umask >> (6 - 3 * index)) & 7;
      const letters = ['r', 'w', 'x'].filter((_, bit) => (bits & (4 >> bit)) !== 0);
      return `${who}=${letters.join('')}`;
    });
    return said(`${words.join(',')}\n`);
  }
  if (!/^[0-7]{1,4}$/.test(given)) return fail(shell, `umask: ${given}: octal number out of range`);
  process.umask = Number.parseInt(given, 8);
  return 0;
}

const EVENTS = ['EXIT', 'ERR', 'DEBUG', 'RETURN'];
function trap(shell: Shell, args: readonly string[]): Result {
  const shown = args[0] === '-p';
  const words = args[0] === '--' ? args.slice(1) : args;
  if (shown || words.length === 0) {
    const names = words.slice(1).map((word) => word.replace(/^SIG/, ''));
    const lines = [...shell.traps]
      .filter(([name]) => names.length === 0 || names.includes(name))
      .map(([name, text]) => {
        const known = EVENTS.includes(name) ? name : `SIG${name}`;
        return `trap -- '${text.replaceAll("'", "'\\''")}' ${known}\n`;
      });
    return said(lines.join(''));
  }
  // One word alone is what is to be as it was.
  const [action = '', ...names] = words.length === 1 ? ['-', ...words] : words;
  let status = 0;
  for (const given of names) {
    const number = signalNumber(given);
    const name = number === null ? given.toUpperCase().replace(/^SIG/, '') : signalName(number);
    if (name === undefined || (number === null && !EVENTS.includes(name))) {
      status = fail(shell, `trap: ${given}: invalid signal specification`);
    } else if (action === '-') shell.traps.delete(name);
    else shell.traps.set(name, action);
  }
  return status;
}

const SHOPTS =
  'autocd assoc_expand_once cdable_vars cdspell checkhash checkjobs checkwinsize cmdhist compat31 compat32 compat40 compat41 compat42 compat43 compat44 complete_fullquote direxpand dirspell dotglob execfail expand_aliases extdebug extglob extquote failglob force_fignore globasciiranges globskipdots globstar gnu_errfmt histappend histreedit histverify hostcomplete huponexit inherit_errexit interactive_comments lastpipe lithist localvar_inherit localvar_unset login_shell mailwarn no_empty_cmd_completion nocaseglob nocasematch noexpand_translation nullglob patsub_replacement progcomp progcomp_alias promptvars restricted_shell shift_verbose sourcepath varredir_close xpg_echo'.split(
    ' ',
  );
const ON = new Set(
  'checkwinsize cmdhist complete_fullquote extquote force_fignore globasciiranges globskipdots hostcomplete interactive_comments patsub_replacement progcomp promptvars sourcepath'.split(
    ' ',
  ),
);
function shopt(shell: Shell, args: readonly string[]): Result {
  const flags = args.filter((arg) => arg.startsWith('-')).join('');
  const names = args.filter((arg) => !arg.startsWith('-'));
  const wrong = /[^-suqpo]/.exec(flags);
  if (wrong !== null) return bad(shell, 'shopt', `-${wrong[0]}`);
  const isOn = (name: string): boolean =>
    shell.options.has(name) || (ON.has(name) && !shell.options.has(`no ${name}`));
  const line = (name: string): string =>
    flags.includes('p')
      ? `shopt -${isOn(name) ? 's' : 'u'} ${name}\n`
      : `${name.padEnd(15)}\t${isOn(name) ? 'on' : 'off'}\n`;
  if (names.length === 0) {
    const wanted = /[su]/.exec(flags)?.[0];
    const all = SHOPTS.filter((name) => wanted === undefined || isOn(name) === (wanted === 's'));
    return said(all.map(line).join(''));
  }
  let [text, status] = ['', 0];
  for (const name of names) {
    if (!SHOPTS.includes(name)) {
      status = fail(shell, `shopt: ${name}: invalid shell option name`);
    } else if (flags.includes('s')) {
      shell.options.add(name);
      shell.options.delete(`no ${name}`);
    } else if (flags.includes('u')) {
      shell.options.delete(name);
      shell.options.add(`no ${name}`);
    } else {
      if (!isOn(name)) status = 1;
      if (!flags.includes('q')) text += line(name);
    }
  }
  return said(text, status);
}

function help(shell: Shell, args: readonly string[]): Result {
  const names = args.filter((arg) => !arg.startsWith('-'));
  if (names.length === 0) return said(`${documented.map(usageOf).join('\n')}\n`);
  let [text, status] = ['', 0];
  for (const name of names) {
    if (Object.hasOwn(BUILTINS, name)) text += `${name}: ${usageOf(name)}\n`;
    else {
      status = fail(
        shell,
        `help: no help topics match \`${name}'.  Try \`help help' or \`man -k ${name}' or \`info ${name}'.`,
      );
    }
  }
  return said(text, status);
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
  h: 'hashall',
  m: 'monitor',
  b: 'notify',
  B: 'braceexpand',
  E: 'errtrace',
  T: 'functrace',
  P: 'physical',
};

const SET_OPTIONS =
  'allexport braceexpand emacs errexit errtrace functrace hashall histexpand history ignoreeof interactive-comments keyword monitor noclobber noexec noglob nolog notify nounset onecmd physical pipefail posix privileged verbose vi xtrace'.split(
    ' ',
  );

function* set(shell: Shell, args: readonly string[]): Step<Result> {
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
      if (word === '--' || at + 1 < args.length) shell.positional = args.slice(at + 1);
      return 0;
    }
    if (!/^[-+]/.test(word)) {
      shell.positional = args.slice(at);
      return 0;
    }
    if (word.slice(1) === 'o') {
      const name = args[++at];
      if (name === undefined) {
        const isOn = (option: string): boolean =>
          shell.options.has(option) ||
          /^(braceexpand|hashall|interactive-comments)$/.test(option) ||
          (shell.interactive && /^(emacs|histexpand|history|monitor)$/.test(option));
        return said(
          SET_OPTIONS.map((option) =>
            on
              ? `${option.padEnd(15)}\t${isOn(option) ? 'on' : 'off'}\n`
              : `set ${isOn(option) ? '-' : '+'}o ${option}\n`,
          ).join(''),
        );
      }
      if (!SET_OPTIONS.includes(name)) {
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
        return yield* usage(shell, 'set');
      }
      if (on) shell.options.add(name);
      else shell.options.delete(name);
    }
  }
  return 0;
}

export const SETTINGS: Readonly<Record<string, Builtin>> = {
  set,
  ulimit: simple(ulimit),
  umask: simple(umask),
  trap: simple(trap),
  shopt: simple(shopt),
  help: simple(help),
  times: simple(() => said('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n')),
};
