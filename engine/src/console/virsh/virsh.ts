import type { Open } from '../libvirt/api.ts';
import { Errno } from '../os/errno.ts';
import { WORK } from '../os/process.ts';
import type { Process, Program, Step, Tool } from '../os/process.ts';
import { readArguments } from './arguments.ts';
import { COMMANDS } from './commands/index.ts';
import { usage } from './help.ts';
import { INT, whole } from './numbers.ts';
import { split, words } from './parse.ts';
import { Session } from './session.ts';
import type { Settings } from './session.ts';

const welcome = (name: string): string =>
  `Welcome to ${name}, the virtualization interactive terminal.\n\n` +
  "Type:  'help' for help with commands\n       'quit' to quit\n\n";

/** virsh 9.0.0, on what `open` connects to (virsh.c, main()). */
export const virsh =
  (open: Open): Tool =>
  (process) =>
    run(process, open);

function* run(process: Process, open: Open): Program {
  const settings: Settings = {
    uri: null,
    quiet: false,
    readOnly: false,
    timing: false,
    debug: 4,
    log: null,
    keepAlive: { interval: 5, forced: false },
    escape: '^]',
  };
  const session = new Session(process, settings, open, COMMANDS);
  const complain = (text: string): number => {
    session.error(text);
    return 1;
  };
  const debug = process.env.get('VIRSH_DEBUG');
  if (debug !== undefined) {
    const level = Number(whole(debug, INT) ?? -1n);
    if (level >= 0 && level <= 4) settings.debug = level;
    // It is read at two places (vshInit() and vshInitReload()).
    else for (const _ of 'ab') session.error('VIRSH_DEBUG not set with a valid numeric value');
  }
  settings.log = process.env.get('VIRSH_LOG_FILE') ?? null;
  const command = readArguments(process.args, settings, (text) => session.error(text));
  if ('error' in command) return complain(command.error);
  if ('usage' in command) {
    process.print(usage(process.name));
    return 0;
  }
  if ('print' in command) {
    process.print(command.print);
    return 0;
  }
  if (settings.log !== null && !mayAppend(process, settings.log)) {
    settings.log = null;
    return complain('failed to open the log file. check the log file path');
  }
  const [only, ...more] = command;
  session.interactive = only === undefined;
  let parsed = null;
  if (only !== undefined) {
    // A single word may hold several commands, as at virsh's own prompt.
    if (more.length === 0) session.debug(1, `commands: "${only}"`);
    if (only === '' && more.length === 0) return 1;
    parsed = session.parsed(more.length === 0 ? split(only) : words(command));
    if (parsed === null) return 1;
  }
  try {
    if (settings.uri !== null) session.reconnect(null, false);
  } catch (problem) {
    session.report(problem);
    return 1;
  }
  settings.uri ??= process.env.get('VIRSH_DEFAULT_CONNECT_URI') ?? null;
  try {
    if (parsed !== null) return (yield* session.run(parsed)) ? 0 : 1;
    yield* converse(session);
    return 0;
  } finally {
    session.close();
  }
}

function mayAppend(process: Process, path: string): boolean {
  try {
    process.system.fs
      .open(path, process.cwd, { write: true, create: true, append: true })
      .open.close();
    return true;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

/** Virsh's own prompt, until `quit` or the end of its input. */
function* converse(session: Session): Step {
  const { process, settings } = session;
  session.extra(welcome(process.name));
  while (session.interactive) {
    session.print(settings.readOnly ? 'virsh > ' : 'virsh # ');
    const line = yield* readLine(process);
    if (line === null) break;
    // readline(3) shows what it reads where no terminal has shown it.
    if (!process.stdin.isTerminal) session.print(`${line}\n`);
    const parsed = line === '' ? null : session.parsed(split(line));
    if (parsed !== null) yield* session.run(parsed);
  }
  session.print('\n');
}

/** Letters of one line. */
const LINE_MOST = 2 ** 20;

/** One line, and not a letter more: what follows is for those that virsh starts. */
function* readLine(process: Process): Step<string | null> {
  const { stdin } = process;
  let line = '';
  for (;;) {
    while (!stdin.ready) yield { ready: () => stdin.ready };
    const letter = stdin.read(1);
    if (letter === null) return line === '' ? null : line;
    if (letter === '\n') return line;
    line += letter;
    // There may be no end of it.
    if (line.length % 1024 === 0) yield WORK;
    if (line.length > LINE_MOST) throw new Errno('ENOMEM');
  }
}
