import type { Process, Program } from '../../os/process.ts';
import { getopt } from './options.ts';
import { compareBytes, linesOf, readInput, usage, words } from './input.ts';

const LONG: Record<string, string> = {
  'check-order': 'check',
  'nocheck-order': 'nocheck',
  'output-delimiter': 'out:',
  total: 'total',
  'zero-terminated': 'z',
  help: 'help',
};
const HELP =
  'Usage: comm [OPTION]... FILE1 FILE2\nCompares sorted files; -1 -2 -3 leave out a column; --total --output-delimiter=STR -z\n';

export function* comm(process: Process): Program {
  const { found, rest, error } = getopt(process.args, '123z', LONG);
  if (error !== null) return usage(process, error);
  const flags = new Set<string>();
  let tab = '\t';
  for (const [option, value] of found) {
    if (option === 'out') tab = value === '' || value === null ? '\0' : value;
    flags.add(option);
  }
  if (flags.has('help')) {
    process.print(HELP);
    return 0;
  }
  if (rest.length === 0) return usage(process, 'missing operand');
  if (rest.length === 1) return usage(process, `missing operand after ‘${rest[0]!}’`);
  if (rest.length > 2) return usage(process, `extra operand ‘${rest[2]!}’`);
  const end = flags.has('z') ? '\0' : '\n';
  const files: string[][] = [];
  for (const name of rest) {
    try {
      files.push(linesOf(yield* readInput(process, name), end));
    } catch (problem) {
      return process.fail(`${name}: ${words(problem)}`);
    }
  }
  const at = [0, 0];
  const counts = [0, 0, 0];
  const warned = [false, false];
  let unpaired = false;
  let out = '';
  const put = (column: number, line: string): void => {
    counts[column]!++;
    if (flags.has(String(column + 1))) return;
    const before =
      (flags.has('1') ? 0 : Math.min(column, 1)) + (flags.has('2') || column < 2 ? 0 : 1);
    out += `${tab.repeat(before)}${line}${end}`;
  };
  /** The order of a file is looked at as it is read; a message comes once for each. */
  const step = (which: number): void => {
    const lines = files[which]!;
    const now = at[which]!++;
    if (warned[which] || flags.has('nocheck') || lines[now + 1] === undefined) return;
    if (compareBytes(lines[now]!, lines[now + 1]!) <= 0) return;
    if (!flags.has('check') && !unpaired) return;
    warned[which] = true;
    process.warn(`comm: file ${which + 1} is not in sorted order\n`);
  };
  let stopped = false;
  for (;;) {
    const one = files[0]![at[0]!];
    const two = files[1]![at[1]!];
    if (one === undefined && two === undefined) break;
    const order = one === undefined ? 1 : two === undefined ? -1 : compareBytes(one, two);
    if (order !== 0) unpaired = true;
    if (order <= 0 && one !== undefined) put(order < 0 ? 0 : 2, one);
    else if (two !== undefined) put(1, two);
    if (order >= 0) step(1);
    if (order <= 0) step(0);
    if (flags.has('check') && warned.includes(true)) {
      stopped = true;
      break;
    }
  }
  if (flags.has('total') && !stopped) out += `${counts.join(tab)}${tab}total${end}`;
  yield* process.put(out);
  if (stopped) return 1;
  return warned.includes(true) ? process.fail('input is not in sorted order') : 0;
}
