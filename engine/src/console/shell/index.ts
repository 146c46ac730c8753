import type { Program, Tool } from '../os/process.ts';
import { Errno } from '../os/errno.ts';
import type { Part } from '../parts.ts';
import type { Seldom } from './seldom.ts';
import { Shell } from './shell.ts';

export { completeness } from './parse.ts';
export { Shell } from './shell.ts';

const PROMPT = '\\u@\\h:\\w\\$ ';

/** bash: `-c TEXT [NAME ARGS]`, a script, standard input, or a terminal. */
export const bashOf =
  (seldom: Part<Seldom>): Tool =>
  (process) =>
    (function* (): Program {
      const shell = new Shell(process, seldom);
      process.catches = (signal) => shell.catches(signal);
      shell.zero = process.name === 'sh' ? 'sh' : 'bash';
      const args = process.args;
      let interactive = false;
      let at = 0;
      for (; /^[-+]/.test(args[at] ?? ''); at++) {
        const word = args[at] ?? '';
        if (word === '--version') {
          process.print('GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n');
          return 0;
        }
        if (word === '--') {
          at++;
          break;
        }
        if (/^--(login|norc|noprofile|posix|noediting|verbose)$/.test(word)) continue;
        const wrong = word.startsWith('--')
          ? word
          : `-${/[^abefhiklmnprstuvxBCDHPTEo]/.exec(word.slice(1).replace('c', ''))?.[0] ?? ''}`;
        if (wrong !== '-') {
          shell.warn(`${wrong}: invalid option`);
          return 2;
        }
        if (word.includes('c')) {
          const text = args[at + 1];
          if (text === undefined) {
            shell.warn('-c: option requires an argument');
            return 2;
          }
          for (const letter of word.slice(1)) setOption(shell, letter);
          shell.zero = args[at + 2] ?? shell.zero;
          shell.positional = args.slice(at + 3);
          return yield* shell.toTheEnd(() => shell.runText(text, '-c: '));
        }
        if (word.includes('i')) interactive = true;
        for (const letter of word.slice(1)) setOption(shell, letter);
      }
      const script = args[at];
      if (script !== undefined) {
        let text: string;
        try {
          text = process.system.fs.read(script, process.cwd);
        } catch (error) {
          if (!(error instanceof Errno)) throw error;
          shell.warn(`${script}: ${error.message}`);
          return error.code === 'ENOENT' ? 127 : 126;
        }
        shell.zero = script;
        shell.positional = args.slice(at + 1);
        return yield* shell.toTheEnd(() => shell.runText(text, '', true));
      }
      if (!interactive && !process.stdin.isTerminal)
        return yield* shell.toTheEnd(() => shell.script());
      shell.interactive = true;
      if (shell.get('PS1') === null) shell.set('PS1', PROMPT);
      shell.set('PS2', '> ');
      return yield* shell.toTheEnd(() => shell.interact());
    })();

const LETTERS: Record<string, string> = { e: 'errexit', u: 'nounset', x: 'xtrace', f: 'noglob' };
function setOption(shell: Shell, letter: string): void {
  const name = LETTERS[letter];
  if (name !== undefined) shell.options.add(name);
}
