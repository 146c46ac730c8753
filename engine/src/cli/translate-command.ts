import { InputError } from '../input.ts';
import { loadEngine } from '../node.ts';
import { UsageError, defineCommand, lineBatches, openInput, readText, write } from './io.ts';
import type { CommandIo } from './io.ts';
import { createTranslator, readMachineFile } from './translate.ts';
import type { MachineDefaults } from './translate.ts';

const USAGE = `Usage: pagewalk translate [--machine FILE] [FILE|-]

Translates one access a line: JSON Lines in, JSON Lines out, in order. Each line
describes the whole machine and is walked on cold hardware. Without FILE, or with
-, standard input is read; gzip is read as what it holds.

  --machine FILE  the paging, nested and memory of the lines that have none

Exit status: 0 all lines were answered, 1 some line was invalid, 2 usage error.
`;

interface Options {
  help: boolean;
  machine: string | null;
  file: string;
}

function parse(args: string[]): Options {
  const options: Options = { help: false, machine: null, file: '-' };
  const files: string[] = [];
  let rest = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (rest || arg === '-' || !arg.startsWith('-')) files.push(arg);
    else if (arg === '--') rest = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--machine') {
      const file = args[++index];
      if (file === undefined) throw new UsageError('--machine needs a file');
      options.machine = file;
    } else if (arg.startsWith('--machine=')) options.machine = arg.slice('--machine='.length);
    else throw new UsageError(`unknown option ${arg}; known: --machine FILE, --help`);
  }
  if (files.length > 1) throw new UsageError(`one FILE at most, not ${files.length}`);
  options.file = files[0] ?? '-';
  if (options.machine === '-' && options.file === '-') {
    throw new UsageError('the machine and the lines cannot both be standard input');
  }
  return options;
}

async function translateLines(options: Options, io: CommandIo): Promise<number> {
  let defaults: MachineDefaults = {};
  if (options.machine !== null) {
    try {
      defaults = readMachineFile(await readText(options.machine, io));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      await write(io.stderr, `pagewalk translate: ${options.machine}: ${error.message}\n`);
      return 1;
    }
  }
  const translate = createTranslator(await loadEngine(), defaults);
  let status = 0;
  let number = 0;
  // Answers leave with the piece of input that asked for them: few writes for a file, and none
  // outstanding when a program waits for the answer to its line.
  for await (const lines of lineBatches(await openInput(options.file, io))) {
    let out = '';
    let messages = '';
    for (const line of lines) {
      number++;
      if (line.trim() === '') continue;
      const answer = translate(line);
      if (answer.result === 'invalid') messages += `line ${number}: ${String(answer['message'])}\n`;
      out += `${JSON.stringify(answer)}\n`;
    }
    if (messages !== '') {
      status = 1;
      await write(io.stderr, messages);
    }
    if (out !== '') await write(io.stdout, out);
  }
  return status;
}

export const translateCommand = defineCommand({
  name: 'translate',
  summary: 'translate addresses on machines given as JSON Lines',
  usage: USAGE,
  parse,
  run: translateLines,
});
