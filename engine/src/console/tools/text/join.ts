import type { Process, Program } from '../../os/process.ts';
import { getopt } from './options.ts';
import { compareBytes, linesOf, readInput, usage, words } from './input.ts';

const LONG: Record<string, string> = {
  'ignore-case': 'i',
  'check-order': 'check',
  'nocheck-order': 'nocheck',
  'zero-terminated': 'z',
  header: 'header',
  help: 'help',
};
const HELP =
  'Usage: join [OPTION]... FILE1 FILE2\nJoins lines with equal fields: -1 N -2 N -j N -a N -v N -e TEXT -o LIST -t CHAR -i -z --header\n';

interface Line {
  text: string;
  fields: string[];
  key: string;
}

export function* join(process: Process): Program {
  const { found, rest, error } = getopt(process.args, 'a:e:i1:2:j:o:t:v:z', LONG);
  if (error !== null) return usage(process, error);
  const flags = new Set<string>();
  const fields = [1, 1];
  const alone = [false, false];
  let paired = true;
  let empty = '';
  let tab: string | null = null;
  let list: string | null = null;
  for (const [option, value] of found) {
    const text = value ?? '';
    const bad = (): number => process.fail(`invalid field number: ‘${text}’`);
    switch (option) {
      case 'a':
      case 'v':
        if (text !== '1' && text !== '2') return bad();
        alone[Number(text) - 1] = true;
        if (option === 'v') paired = false;
        break;
      case '1':
      case '2':
      case 'j':
        if (!/^\d+$/.test(text) || Number(text) === 0) return bad();
        if (option !== '2') fields[0] = Number(text);
        if (option !== '1') fields[1] = Number(text);
        break;
      case 'e':
        empty = text;
        break;
      case 'o':
        list = list === null ? text : `${list},${text}`;
        break;
      case 't':
        if (text.length > 1 && text !== '\\0') return process.fail(`multi-character tab ‘${text}’`);
        tab = text === '\\0' ? '\0' : text === '' ? '\n' : text;
        break;
      case 'help':
        process.print(HELP);
        return 0;
      default:
        flags.add(option);
    }
  }
  const chosen: [number, number][] = [];
  if (list !== null && list !== 'auto') {
    for (const one of list.split(/[, \t]/)) {
      if (one === '0') {
        chosen.push([0, 0]);
        continue;
      }
      const [, file = '', field = ''] = /^([^.]*)\.?(.*)$/.exec(one) ?? [];
      if (file !== '1' && file !== '2') {
        return process.fail(`invalid file number in field spec: ‘${one}’`);
      }
      if (!/^\d+$/.test(field) || Number(field) === 0) {
        return process.fail(`invalid field number: ‘${field}’`);
      }
      chosen.push([Number(file), Number(field)]);
    }
  }
  if (rest.length === 0) return usage(process, 'missing operand');
  if (rest.length === 1) return usage(process, `missing operand after ‘${rest[0]!}’`);
  if (rest.length > 2) return usage(process, `extra operand ‘${rest[2]!}’`);
  if (rest[0] === '-' && rest[1] === '-')
    return process.fail('both files cannot be standard input');
  const end = flags.has('z') ? '\0' : '\n';
  const split = (line: string): string[] =>
    tab === null
      ? line.split(/[ \t\n]+/).filter((one, at) => one !== '' || at > 0)
      : line.split(tab);
  const files: Line[][] = [];
  for (const [which, name] of rest.entries()) {
    try {
      files.push(
        linesOf(yield* readInput(process, name), end).map((text) => {
          const parts = split(text);
          const key = parts[fields[which]! - 1] ?? '';
          return {
            text,
            fields: parts,
            key: flags.has('i') ? key.replace(/[a-z]+/g, (run) => run.toUpperCase()) : key,
          };
        }),
      );
    } catch (problem) {
      return process.fail(`${name}: ${words(problem)}`);
    }
  }
  const [one, two] = files as [Line[], Line[]];
  const auto = list === 'auto' ? [one[0]?.fields.length ?? 0, two[0]?.fields.length ?? 0] : null;
  const by = tab ?? ' ';
  let out = '';
  const put = (a: Line | null, b: Line | null): void => {
    const field = (line: Line | null, at: number): string => {
      const text = line?.fields[at - 1] ?? '';
      return text === '' ? empty : text;
    };
    const key = field(a ?? b, a !== null ? fields[0]! : fields[1]!);
    let parts: string[];
    if (chosen.length > 0) {
      parts = chosen.map(([file, at]) => (file === 0 ? key : field(file === 1 ? a : b, at)));
    } else {
      const others = (line: Line | null, which: number): string[] => {
        const count = auto?.[which] ?? line?.fields.length ?? 0;
        return Array.from({ length: count }, (_, at) => at + 1)
          .filter((at) => at !== fields[which])
          .map((at) => field(line, at));
      };
      parts = [key, ...others(a, 0), ...others(b, 1)];
    }
    out += parts.join(by) + end;
  };
  let x = 0;
  let y = 0;
  if (flags.has('header') && (one.length > 0 || two.length > 0)) {
    put(one[0] ?? null, two[0] ?? null);
    x = Math.min(1, one.length);
    y = Math.min(1, two.length);
  }
  let unpaired = false;
  const warned = [false, false];
  const step = (which: number, at: number): void => {
    const lines = files[which]!;
    const [now, next] = [lines[at], lines[at + 1]];
    if (warned[which] || flags.has('nocheck') || now === undefined || next === undefined) return;
    if (compareBytes(now.key, next.key) <= 0 || (!flags.has('check') && !unpaired)) return;
    warned[which] = true;
    process.warn(`join: ${rest[which]!}:${at + 2}: is not sorted: ${next.text}\n`);
  };
  while (x < one.length || y < two.length) {
    const a = one[x];
    const b = two[y];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareBytes(a.key, b.key);
    if (order !== 0) {
      unpaired = true;
      if (order < 0) {
        if (alone[0]) put(a!, null);
        step(0, x++);
      } else {
        if (alone[1]) put(null, b!);
        step(1, y++);
      }
    } else {
      let endX = x;
      let endY = y;
      while (endX < one.length && one[endX]!.key === a!.key) step(0, endX++);
      while (endY < two.length && two[endY]!.key === a!.key) step(1, endY++);
      if (paired) {
        for (const left of one.slice(x, endX)) {
          for (const right of two.slice(y, endY)) put(left, right);
        }
      }
      x = endX;
      y = endY;
    }
    if (flags.has('check') && warned.includes(true)) break;
  }
  yield* process.put(out);
  if (flags.has('check') && warned.includes(true)) return 1;
  return warned.includes(true) ? process.fail('input is not in sorted order') : 0;
}
