import { createInterface } from 'node:readline';
import { ALL_PARTS } from '../console/all-parts.ts';
import { readHostConfig } from '../console/host/config.ts';
import { Console } from '../console/session.ts';
import { readTranscript, runTranscript } from '../console/transcript.ts';
import { InputError } from '../input.ts';
import { loadKvm } from '../node.ts';
import { UsageError, defineCommand, readText, write } from './io.ts';
import type { CommandIo } from './io.ts';

const USAGE = `Usage: pagewalk console [SCRIPT|-] [--host FILE.json] [--json]
       pagewalk console --transcript CASE.json

A shell on a simulated host: virsh, and the memory commands of Linux. On a terminal
it is interactive; otherwise it runs a script, a file or standard input, command by
command. Time is the host's own: sleeping takes none of yours.

  --host FILE        the host: processor, memory, swap, domains, files
  --json             for each command a line {"cmd","stdout","stderr","exit"}
  --transcript FILE  sets a recorded session's host up, types its commands, and
                     prints what each of them answered as a JSON line

Exit status: that of the last command; 1 some input was bad, 2 usage error.
`;

interface Options {
  help: boolean;
  json: boolean;
  host: string | null;
  transcript: string | null;
  script: string | null;
}

function parse(args: string[]): Options {
  const options: Options = { help: false, json: false, host: null, transcript: null, script: null };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [name = '', inline] = arg.startsWith('--') ? arg.split(/=(.*)/s) : [arg];
    if (arg === '-' || !arg.startsWith('-')) {
      if (options.script !== null) throw new UsageError('one SCRIPT is enough');
      options.script = arg;
    } else if (name === '--json') options.json = true;
    else if (name === '--help' || name === '-h') options.help = true;
    else if (name === '--host' || name === '--transcript') {
      const value = inline ?? args[++at];
      if (value === undefined || value === '') throw new UsageError(`${name} needs a file`);
      options[name === '--host' ? 'host' : 'transcript'] = value;
    } else {
      throw new UsageError(`unknown option ${arg}; known: --host, --json, --transcript, --help`);
    }
  }
  if (options.transcript !== null && (options.host !== null || options.script !== null)) {
    throw new UsageError('a transcript says itself which host and which commands');
  }
  return options;
}

async function readJson(name: string, io: CommandIo): Promise<unknown> {
  const text = await readText(name, io);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError('file', `is not JSON (${(error as Error).message})`);
  }
}

async function transcript(name: string, io: CommandIo): Promise<number> {
  const given = readTranscript(await readJson(name, io));
  for (const answer of runTranscript(await loadKvm(), given)) {
    await write(io.stdout, `${JSON.stringify(answer)}\n`);
  }
  return 0;
}

async function script(
  session: Console,
  name: string,
  json: boolean,
  io: CommandIo,
): Promise<number> {
  let status = 0;
  for (const answer of session.script(await readText(name, io))) {
    status = answer.exit;
    if (json) await write(io.stdout, `${JSON.stringify(answer)}\n`);
    else {
      await write(io.stdout, answer.stdout);
      await write(io.stderr, answer.stderr);
    }
  }
  return status;
}

/** A shell for somebody at a terminal, line by line. */
async function interactive(session: Console, io: CommandIo): Promise<number> {
  const lines = createInterface({ input: io.stdin, output: io.stdout, terminal: true, prompt: '' });
  // After a restart of the host another shell sits here.
  const seat = session.interact((text) => {
    if (text !== '') io.stdout.write(text.replaceAll('\f', '\x1b[H\x1b[2J'));
  });
  const { terminal } = seat;
  terminal.echo = false;
  const settle = (): void => {
    while (seat.shell.status === null && !terminal.isWanted) {
      if (session.step() === 'stuck') return;
    }
  };
  settle();
  lines.on('SIGINT', () => {
    terminal.type('\x03');
    settle();
  });
  // Ctrl+] leaves a guest's console as it is pressed, and is no part of the line.
  io.stdin.on('keypress', (typed: string | undefined) => {
    if (typed !== '\x1d') return;
    lines.write(null, { ctrl: true, name: 'u' });
    terminal.type(typed);
    settle();
  });
  for await (const line of lines) {
    terminal.type(`${line}\r`);
    settle();
    if (seat.shell.status !== null) break;
  }
  lines.close();
  return seat.shell.status ?? 0;
}

async function run(options: Options, io: CommandIo): Promise<number> {
  const file = options.transcript ?? options.host ?? '';
  try {
    if (options.transcript !== null) return await transcript(options.transcript, io);
    const config = readHostConfig(options.host === null ? {} : await readJson(options.host, io));
    const session = new Console(await loadKvm(), config, ALL_PARTS);
    const isTerminal = 'isTTY' in io.stdin && io.stdin.isTTY === true;
    if (options.script === null && isTerminal && !options.json)
      return await interactive(session, io);
    return await script(session, options.script ?? '-', options.json, io);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await write(io.stderr, `pagewalk console: ${file}: ${error.message}\n`);
    return 1;
  }
}

export const consoleCommand = defineCommand({
  name: 'console',
  summary: 'a shell on a simulated host, with virsh and the memory commands',
  usage: USAGE,
  parse,
  run,
});
