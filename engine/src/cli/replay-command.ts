import { basename } from 'node:path';
import { InputError } from '../input.ts';
import { instantiateEngine } from '../node.ts';
import { DESIGNS, USUAL_DESIGNS, readDesign } from '../replay/design.ts';
import type { Design } from '../replay/design.ts';
import { Replay } from '../replay/replay.ts';
import type { Kinds } from '../replay/replay.ts';
import { csvReport, jsonReport, tableReport } from '../replay/report.ts';
import { GEOMETRY_NAMES } from '../tlb/geometries.ts';
import { UsageError, defineCommand, openInput, readText, write } from './io.ts';
import type { CommandIo } from './io.ts';
import { nearest } from './nearest.ts';
import { Progress } from './progress.ts';

const USAGE = `Usage: pagewalk replay [--design NAME|FILE.json]... [--kinds data|fetch|all]
                       [--json|--csv] [TRACE|-]

Runs a recorded memory trace through one or more designs and prints for each how
many accesses hit the TLB, what the misses cost in references of page walks, and
how often the hypervisor was entered. The trace is that of
'valgrind --tool=lackey --trace-mem=yes'; without TRACE, or with -, standard input
is read; gzip is read as what it holds. Memory stays bounded, whatever its length.

  --design NAME       one of those below; may be given several times
  --design FILE.json  a design of your own: {"mode","guestPage","hostPage",
                      "levels","hostLevels","tlb","psc","cost"}; mode is native,
                      shadow, ept or npt, the rest has defaults (4K pages, 4
                      levels, TLB "reference", psc "none")
  --kinds KINDS       data: loads, stores and modifies (the default); fetch:
                      instructions; all: every line into one TLB
  --json, --csv       for programs and spreadsheets, in place of the table

Designs are named by mode, guest page and host page:
${wrapped([...DESIGNS.keys()])}
Without --design: ${USUAL_DESIGNS.join(', ')}.
TLBs for "tlb": ${GEOMETRY_NAMES.join(', ')}.

exits: one EPT violation (nested page fault) for each host page that the trace
touches first, guest frames being handed out in the order of their first touch;
under shadow paging one fill for each page; the tables' own pages were there
before. cycles: accesses, second-level hits, references and exits, each times a
number of cycles that "cost" may change: {"access","tlbL2Hit","walkReference","exit"}.

Exit status: 0 all was replayed, 1 some line was bad (the others count), 2 usage error.
`;

function wrapped(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    const last = lines[lines.length - 1]!;
    if (last.length + name.length > 76) lines.push(`  ${name}`);
    else lines[lines.length - 1] = last === '' ? `  ${name}` : `${last}, ${name}`;
  }
  return lines.join(',\n');
}

interface Options {
  help: boolean;
  designs: string[];
  kinds: Kinds;
  format: 'table' | 'json' | 'csv';
  file: string;
}

const KINDS = ['data', 'fetch', 'all'] as const;

function parse(args: string[]): Options {
  const options: Options = { help: false, designs: [], kinds: 'data', format: 'table', file: '-' };
  const files: string[] = [];
  const format = (chosen: 'json' | 'csv'): void => {
    if (options.format !== 'table' && options.format !== chosen) {
      throw new UsageError('--json and --csv exclude each other');
    }
    options.format = chosen;
  };
  const kinds = (value: string): void => {
    const known = KINDS.find((kind) => kind === value);
    if (known === undefined) {
      throw new UsageError(`--kinds ${value}: ${KINDS.join(', ')} would be right`);
    }
    options.kinds = known;
  };
  let rest = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const [name = '', ...parts] = arg.split('=');
    const value = (): string => {
      const given = parts.length > 0 ? parts.join('=') : args[++index];
      if (given === undefined || given === '') throw new UsageError(`${name} needs a value`);
      return given;
    };
    if (rest || arg === '-' || !arg.startsWith('-')) files.push(arg);
    else if (arg === '--') rest = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else if (arg === '--json') format('json');
    else if (arg === '--csv') format('csv');
    else if (name === '--design') options.designs.push(value());
    else if (name === '--kinds') kinds(value());
    else {
      throw new UsageError(
        `unknown option ${arg}; known: --design, --kinds, --json, --csv, --help`,
      );
    }
  }
  if (files.length > 1) throw new UsageError(`one TRACE at most, not ${files.length}`);
  options.file = files[0] ?? '-';
  return options;
}

/** A design by name, or from a file: what ends in .json or has a folder in its name is one. */
async function findDesign(name: string, options: Options, io: CommandIo): Promise<Design> {
  const known = DESIGNS.get(name);
  if (known !== undefined) return known;
  const isFile = name === '-' || /\.json(\.gz)?$/.test(name) || /[\\/]/.test(name);
  if (!isFile) {
    throw new UsageError(
      `unknown design '${name}'; did you mean '${nearest(name, [...DESIGNS.keys()])}'? A file ends in .json; the names are ${[...DESIGNS.keys()].join(', ')}`,
    );
  }
  if (name === '-' && options.file === '-') {
    throw new UsageError('the design and the trace cannot both be standard input');
  }
  const text = await readText(name, io);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(name, `is not JSON (${(error as Error).message})`);
  }
  try {
    return readDesign(value, basename(name).replace(/\.json(\.gz)?$/, ''));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(name, error.message);
  }
}

async function replayTrace(options: Options, io: CommandIo): Promise<number> {
  const designs: Design[] = [];
  const names = options.designs.length > 0 ? options.designs : USUAL_DESIGNS;
  try {
    for (const name of names) designs.push(await findDesign(name, options, io));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await write(io.stderr, `pagewalk replay: ${error.message}\n`);
    return 1;
  }

  const replay = await Replay.begin(instantiateEngine(), designs, options.kinds);
  const progress = new Progress(options.file, io);
  const input = await openInput(options.file, io, (bytes) => progress.add(bytes));
  let status = 0;
  const say = async (text: string): Promise<void> => {
    status = 1;
    progress.clear();
    await write(io.stderr, text);
  };
  const tellBadLines = async (): Promise<void> => {
    for (const { line, text, problem } of replay.badLines()) {
      await say(`line ${line}: ${problem}: ${JSON.stringify(text)}\n`);
    }
  };
  try {
    for await (const part of input) {
      replay.feed(part as Uint8Array);
      await tellBadLines();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    await say(`${options.file}: cannot be read to its end (${message}); what came is replayed\n`);
  }
  replay.finish();
  await tellBadLines();
  const { bad } = replay.lineCounts();
  if (bad > 0) await say(`${bad} bad ${bad === 1 ? 'line' : 'lines'} in all; the others count\n`);
  progress.clear();

  const results = replay.results();
  if (options.format === 'json') await write(io.stdout, jsonReport(options.file, results));
  else if (options.format === 'csv') await write(io.stdout, csvReport(options.file, results));
  else await write(io.stdout, tableReport(results));
  return status;
}

export const replayCommand = defineCommand({
  name: 'replay',
  summary: 'run a recorded memory trace through TLBs and page walks',
  usage: USAGE,
  parse,
  run: replayTrace,
});
