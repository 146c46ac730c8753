import { BUILTINS, KEYWORDS, fail, said, simple } from '../builtins.ts';
import type { Builtin, Result } from '../builtins.ts';
import type { Shell } from '../shell.ts';
import { functionText } from './show.ts';

/** Builtins that have to do with what names mean. */

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
      text += short ? 'function\n' : `${name} is a function\n${functionText(shell, name)}`;
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

/** hash(1): where programs were found; this shell looks every time. */
function hash(shell: Shell, args: readonly string[]): Result {
  if (args.length === 0) return said('hash: hash table empty\n');
  let status = 0;
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    if (shell.pathOf(name) === null) status = fail(shell, `hash: ${name}: not found`);
  }
  return status;
}

export const NAMING: Readonly<Record<string, Builtin>> = {
  type: simple(type),
  alias: simple(alias),
  unalias: simple(unalias),
  history: simple(history),
  hash: simple(hash),
  *builtin(shell, [name, ...args]) {
    if (name === undefined) return 0;
    if (!Object.hasOwn(BUILTINS, name)) return fail(shell, `builtin: ${name}: not a shell builtin`);
    return yield* shell.callBuiltin(name, args);
  },
  enable: simple(() => 0),
  complete: simple(() => 0),
  compgen: simple((_shell, [option]) =>
    option === '-b' ? said(`${Object.keys(BUILTINS).sort().join('\n')}\n`) : 1,
  ),
  caller: simple((shell) => (shell.calls.length === 0 ? 1 : said('0 main bash\n'))),
};
