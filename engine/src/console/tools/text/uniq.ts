import type { Process, Program } from '../../os/process.ts';
import { getopt } from './options.ts';
import { linesOf, readInput, toBytes, usage, words } from './input.ts';

const LONG: Record<string, string> = {
  count: 'c',
  repeated: 'd',
  'all-repeated': 'D::',
  group: 'group::',
  'ignore-case': 'i',
  unique: 'u',
  'skip-fields': 'f:',
  'skip-chars': 's:',
  'check-chars': 'w:',
  'zero-terminated': 'z',
  help: 'help',
};
const HELP =
  'Usage: uniq [OPTION]... [INPUT [OUTPUT]]\nLeaves out lines equal to the one before: -c -d -D -u -i -f N -s N -w N -z --group\n';
const NUMBERS: Record<string, string> = {
  f: 'fields to skip',
  s: 'bytes to skip',
  w: 'bytes to compare',
};

export function* uniq(process: Process): Program {
  const { found, rest, error } = getopt(process.args, 'cdDif:s:uw:z', LONG);
  if (error !== null) return usage(process, error);
  const flags = new Set<string>();
  const numbers: Record<string, number> = { f: 0, s: 0, w: Infinity };
  let separate = 'none';
  let group = '';
  for (const [option, value] of found) {
    if (option === 'help') {
      process.print(HELP);
      return 0;
    }
    if (option in numbers) {
      if (!/^\d+$/.test(value ?? '')) {
        return process.fail(`${value ?? ''}: invalid number of ${NUMBERS[option]!}`);
      }
      numbers[option] = Number(value);
    }
    if (option === 'D') separate = value ?? 'none';
    if (option === 'group') group = value ?? 'separate';
    flags.add(option);
  }
  if (rest.length > 2) return usage(process, `extra operand ‘${rest[2]!}’`);
  if (flags.has('c') && flags.has('D')) {
    return usage(process, 'printing all duplicated lines and repeat counts is meaningless');
  }
  const end = flags.has('z') ? '\0' : '\n';
  let lines: string[];
  try {
    lines = linesOf(yield* readInput(process, rest[0] ?? '-'), end);
  } catch (problem) {
    return process.fail(
      problem instanceof Error && words(problem) === 'Is a directory'
        ? `error reading '${rest[0] ?? ''}'`
        : `${rest[0] ?? ''}: ${words(problem)}`,
    );
  }
  const key = (line: string): string => {
    let bytes = toBytes(line);
    for (let count = 0; count < numbers.f!; count++) bytes = bytes.replace(/^[ \t]*[^ \t]*/, '');
    bytes = bytes.slice(numbers.s, numbers.s! + numbers.w!);
    return flags.has('i') ? bytes.replace(/[a-z]+/g, (run) => run.toUpperCase()) : bytes;
  };
  const groups: string[][] = [];
  let last: string | null = null;
  for (const line of lines) {
    const now = key(line);
    if (now === last) groups.at(-1)!.push(line);
    else groups.push([line]);
    last = now;
  }
  let out = '';
  let shown = 0;
  for (const lines of groups) {
    const count = lines.length;
    if (group !== '') {
      if (group === 'prepend' || group === 'both' || (group === 'separate' && shown > 0))
        out += end;
      out += lines.map((line) => line + end).join('');
      if (group === 'append') out += end;
      shown++;
      continue;
    }
    if ((flags.has('d') || flags.has('D')) && count === 1) continue;
    if (flags.has('u') && count > 1) continue;
    if (flags.has('D')) {
      if (separate === 'prepend' || (separate === 'separate' && shown > 0)) out += end;
      out += lines.map((line) => line + end).join('');
      shown++;
    } else {
      out += `${flags.has('c') ? `${String(count).padStart(7)} ` : ''}${lines[0]!}${end}`;
    }
  }
  if (group === 'both' && shown > 0) out += end;
  if (rest[1] !== undefined && rest[1] !== '-') {
    try {
      process.system.fs.write(rest[1], out, process.cwd);
    } catch (problem) {
      return process.fail(`${rest[1]}: ${words(problem)}`);
    }
    return 0;
  }
  yield* process.put(out);
  return 0;
}
