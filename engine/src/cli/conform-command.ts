import { conform } from '../conform/conform.ts';
import type { Difference } from '../conform/conform.ts';
import { MODES, parseRecords } from '../conform/records.ts';
import type { WorkloadOrError } from '../conform/records.ts';
import { InputError } from '../input.ts';
import { loadKvm } from '../node.ts';
import { UsageError, defineCommand, readText, write } from './io.ts';
import type { CommandIo } from './io.ts';

const USAGE = `Usage: pagewalk conform RECORDS [--json]

Replays records of a real KVM on the engine, each workload under shadow and under
nested paging, and compares what every instruction counts. RECORDS is a file or -
for standard input; gzip is read as what it holds.

  --json  what each instruction counts, one JSON line for each workload and mode

Exit status: 0 everything was replayed, 1 some record was bad, 2 usage error.
`;

interface Options {
  help: boolean;
  json: boolean;
  file: string;
}

function parse(args: string[]): Options {
  const options: Options = { help: false, json: false, file: '' };
  const files: string[] = [];
  for (const arg of args) {
    if (arg === '-' || !arg.startsWith('-')) files.push(arg);
    else if (arg === '--json') options.json = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else throw new UsageError(`unknown option ${arg}; known: --json, --help`);
  }
  if (!options.help && files.length !== 1) {
    throw new UsageError(`one RECORDS file is needed, not ${files.length}`);
  }
  options.file = files[0] ?? '';
  return options;
}

const plain = (count: number): string => count.toLocaleString('en-US');

function describe(title: string, mode: string, first: Difference): string {
  return `  ${title}, ${mode}, ${first.phase} ${first.index}: ${first.operation}
    recorded ${JSON.stringify(first.expected)}
    counted  ${JSON.stringify(first.counted)}
`;
}

async function replay(options: Options, io: CommandIo): Promise<number> {
  let kernel: string;
  let workloads: WorkloadOrError[];
  try {
    ({ kernel, workloads } = parseRecords(await readText(options.file, io)));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await write(io.stderr, `pagewalk conform: ${options.file}: ${error.message}\n`);
    return 1;
  }
  const kvm = await loadKvm();
  const progress = (io.stderr as NodeJS.WriteStream).isTTY === true;
  let status = 0;
  const totals = { shadow: { equal: 0, compared: 0 }, nested: { equal: 0, compared: 0 } };
  let differences = '';
  for (const [index, each] of workloads.entries()) {
    if ('error' in each) {
      status = 1;
      await write(io.stderr, `pagewalk conform: ${each.error.message}\n`);
      continue;
    }
    if (progress) await write(io.stderr, `\rworkload ${index + 1} of ${workloads.length}`);
    const { workload } = each;
    for (const mode of MODES) {
      const result = conform(kvm, workload, mode);
      totals[mode].equal += result.equal;
      totals[mode].compared += result.compared;
      const title = `${index} ${workload.name} ${workload.params}`.trim();
      if (result.first !== null) differences += describe(title, mode, result.first);
      if (options.json) {
        const line = { workload: index, mode, phases: result.phases };
        await write(io.stdout, `${JSON.stringify(line)}\n`);
      }
    }
  }
  if (progress) await write(io.stderr, '\r\u001b[K');
  const equal = totals.shadow.equal + totals.nested.equal;
  const compared = totals.shadow.compared + totals.nested.compared;
  const summary = `${kernel === '' ? 'Recorded' : kernel}: ${plain(equal)} of ${plain(compared)} instructions count as recorded
  shadow  ${plain(totals.shadow.equal)} of ${plain(totals.shadow.compared)}
  nested  ${plain(totals.nested.equal)} of ${plain(totals.nested.compared)}
${differences === '' ? '' : `The first of each workload that do not:\n${differences}`}`;
  await write(options.json ? io.stderr : io.stdout, summary);
  return status;
}

export const conformCommand = defineCommand({
  name: 'conform',
  summary: 'replay what a real KVM counted, and compare',
  usage: USAGE,
  parse,
  run: replay,
});
