import { LibvirtError } from '../libvirt/errors.ts';
import { Errno } from '../os/errno.ts';
import type { Process, Step } from '../os/process.ts';
import { Failed } from './call.ts';
import type { Call } from './call.ts';
import { runProgram } from './run.ts';

/** What may stand in EDITOR without asking a shell (vsh.c, ACCEPTED_CHARS). */
const PLAIN = /^[\w\-/.:@]*$/;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A new file for a text, `/tmp/virshXXXXXX.xml`: the letters follow from the process and the clock. */
function temporary(process: Process, text: string): string {
  const folder = process.env.get('TMPDIR') ?? '/tmp';
  let seed = process.pid * 1_000_003 + Math.floor(process.system.clock.now);
  for (;;) {
    let letters = '';
    for (let rest = seed * 7919 + 60_466_176; letters.length < 6; rest = Math.floor(rest / 36)) {
      letters += LETTERS[rest % 36] ?? 'A';
    }
    const path = `${folder}/virsh${letters}.xml`;
    try {
      const file = process.system.fs.open(path, process.cwd, {
        write: true,
        create: true,
        exclusive: true,
        mode: 0o600,
      });
      if (text !== '') file.write(text);
      file.open.close();
      return path;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code !== 'EEXIST') throw error;
      seed++;
    }
  }
}

/** vshEditFile(): runs the editor on a file, and gives what the file holds then. */
function* edited(call: Call, path: string): Step<string> {
  const { env } = call.process;
  const editor = env.get('VISUAL') ?? env.get('EDITOR') ?? 'sensible-editor';
  const isPlain = PLAIN.test(editor);
  if (!isPlain && !PLAIN.test(path)) {
    call.fail(
      `${path}: temporary filename contains shell meta or other unacceptable characters (is $TMPDIR wrong?)`,
    );
  }
  yield* runProgram(call.process, isPlain ? [editor, path] : ['sh', '-c', `${editor} ${path}`]);
  return call.attempt(`${path}: failed to read temporary file`, () => call.readFile(path));
}

/** Lets `action` work on a temporary file with a text, which is gone afterwards. */
function* withFile<Result>(
  call: Call,
  text: string,
  action: (path: string) => Step<Result>,
): Step<Result> {
  const { process } = call;
  let path = '';
  try {
    path = temporary(process, text);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    call.fail(`g_mkstemp_full: failed to create temporary file: ${error.message}`);
  }
  try {
    return yield* action(path);
  } finally {
    if (process.system.fs.exists(path, process.cwd)) process.system.fs.unlink(path, process.cwd);
  }
}

/** A text after its user has changed it. */
export const editOnce = (call: Call, text: string): Step<string> =>
  withFile(call, text, (path) => edited(call, path));

/** What is edited: how its document is read, and how the changed one is put in its place. */
export interface Editable {
  read(): string;
  /** Throws a `LibvirtError` where the document will not do. */
  write(text: string): void;
  /** From now on the document need not follow the schema; missing where there is no such choice. */
  relax?(): void;
  /** An unchanged document is written too. */
  always?: boolean;
}

/**
 * virsh-edit.c: edits a document until it does, its user gives up, or nobody can be asked. Of the last virsh says
 * that it failed, and then goes on as if it had not: `unwritten`.
 */
export function editRepeatedly(
  call: Call,
  what: Editable,
): Step<'changed' | 'unchanged' | 'unwritten'> {
  let before = what.read();
  let { relax } = what;
  return withFile(call, before, function* (path) {
    let text = yield* edited(call, path);
    for (;;) {
      if (text === before && what.always !== true) return 'unchanged';
      let problem: LibvirtError | null = null;
      let message = 'Failed.';
      const now = what.read();
      if (now !== before) {
        message = 'The XML configuration was changed by another user.';
        before = now;
      } else {
        try {
          what.write(text);
          return 'changed';
        } catch (error) {
          if (!(error instanceof LibvirtError)) throw error;
          problem = error;
        }
      }
      const answer = yield* ask(call, problem, message, relax !== undefined);
      if (answer === null) {
        call.session.error(message);
        return 'unwritten';
      }
      if (answer === 'n') throw new Failed();
      if (answer === 'y') text = yield* edited(call, path);
      if (answer === 'i') {
        relax?.();
        relax = undefined;
      }
    }
  });
}

/** vshAskReedit(): one key of the terminal; null where there is none. */
function* ask(
  call: Call,
  problem: LibvirtError | null,
  message: string,
  mayRelax: boolean,
): Step<string | null> {
  const { stdin } = call.process;
  if (!stdin.isTerminal) return null;
  if (problem !== null) call.session.report(problem);
  stdin.setRaw?.(true);
  try {
    for (;;) {
      call.print(`\r${message} Try again? ${mayRelax ? '[y,n,i,f,?]' : '[y,n,f,?]'}: `);
      while (!stdin.ready) yield { ready: () => stdin.ready };
      const key = stdin.read(1)?.toLowerCase() ?? null;
      if (key === null) return null;
      if (key === '?') {
        const relax = mayRelax ? 'i - turn off validation and try to redefine again\r\n' : '';
        call.print(
          '\r\ny - yes, start editor again\r\nn - no, throw away my changes\r\n' +
            `${relax}f - force, try to redefine again\r\n? - print this help\r\n`,
        );
      } else if (/[ynf]/.test(key) || (key === 'i' && mayRelax)) {
        call.print('\r\n');
        return key;
      }
    }
  } finally {
    stdin.setRaw?.(false);
  }
}
