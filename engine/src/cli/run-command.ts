import { InputError } from '../input.ts';
import { happeningJson } from '../kvm/happenings.ts';
import { loadKvm } from '../node.ts';
import { parseScenario } from '../scenario/read.ts';
import { MARK_COUNTERS, Run } from '../scenario/run.ts';
import type { Mark } from '../scenario/run.ts';
import { scenarioJsonSchema } from '../scenario/schema.ts';
import { UsageError, defineCommand, readText, write } from './io.ts';
import type { CommandIo } from './io.ts';

const USAGE = `Usage: pagewalk run SCENARIO.json [--json] [--events]
       pagewalk run --schema

Runs a scenario: sets its machine up, does its actions in order, and prints what
was counted between its marks. SCENARIO.json is a file or - for standard input.

  --json    marks, counters and the hash of the final state as one JSON line
  --events  every event as a JSON line, before the result
  --schema  the JSON Schema of a scenario

Exit status: 0 it ran, 1 the scenario is bad or stopped on its way, 2 usage error.
`;

interface Options {
  help: boolean;
  json: boolean;
  events: boolean;
  schema: boolean;
  file: string;
}

function parse(args: string[]): Options {
  const options: Options = { help: false, json: false, events: false, schema: false, file: '' };
  const files: string[] = [];
  for (const arg of args) {
    if (arg === '-' || !arg.startsWith('-')) files.push(arg);
    else if (arg === '--json') options.json = true;
    else if (arg === '--events') options.events = true;
    else if (arg === '--schema') options.schema = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else throw new UsageError(`unknown option ${arg}; known: --json, --events, --schema, --help`);
  }
  const none = options.help || options.schema;
  if (files.length > 1 || (!none && files.length === 0)) {
    throw new UsageError(`one SCENARIO is needed, not ${files.length}`);
  }
  options.file = files[0] ?? '';
  return options;
}

/** Marks side by side, a line for each counter that moved in any of them. */
function table(marks: readonly Mark[]): string {
  if (marks.length === 0) return 'no marks; {"do":"mark","name":"here"} makes one\n';
  const rows = MARK_COUNTERS.filter((counter) =>
    marks.some((mark) => mark.counters[counter] !== 0),
  );
  const columns = marks.map((mark) => [
    mark.name,
    ...rows.map((counter) => mark.counters[counter].toLocaleString('en-US')),
  ]);
  const names = ['', ...rows];
  const widths = columns.map((column) => Math.max(...column.map((cell) => cell.length)));
  const first = Math.max(...names.map((cell) => cell.length));
  return names
    .map((cell, row) => {
      const cells = columns.map((column, index) => column[row]?.padStart(widths[index] ?? 0) ?? '');
      return `${[cell.padEnd(first), ...cells].join('  ').trimEnd()}\n`;
    })
    .join('');
}

async function runScenario(options: Options, io: CommandIo): Promise<number> {
  if (options.schema) {
    await write(io.stdout, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
    return 0;
  }
  let run: Run;
  try {
    const scenario = parseScenario(await readText(options.file, io));
    run = new Run(await loadKvm(), scenario);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await write(io.stderr, `pagewalk run: ${options.file}: ${error.message}\n`);
    return 1;
  }
  for (let result = run.next(); result !== null; result = run.next()) {
    if (!options.events) continue;
    const { index, page } = result;
    let lines = '';
    for (const happening of result.happenings) {
      lines += `${JSON.stringify({ step: run.step, action: index, page, ...happeningJson(happening) })}\n`;
    }
    if (lines !== '') await write(io.stdout, lines);
  }
  const { marks, stateHash, stop } = run;
  if (options.json || options.events) {
    const shown = marks.map(({ name, counters }) => ({ name, counters }));
    await write(io.stdout, `${JSON.stringify({ marks: shown, stateHash })}\n`);
  } else {
    await write(io.stdout, `${table(marks)}\nstate ${stateHash} after ${run.step} steps\n`);
  }
  if (stop === null) return 0;
  await write(io.stderr, `pagewalk run: ${options.file}: ${stop.field}: ${stop.message}\n`);
  return 1;
}

export const runCommand = defineCommand({
  name: 'run',
  summary: 'run a scenario and print what it counted',
  usage: USAGE,
  parse,
  run: runScenario,
});
