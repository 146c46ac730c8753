import type { Process, Program } from '../../os/process.ts';
import { getopt } from './options.ts';
import { Buffered, fromBytes, openInput, Records, toBytes, usage, words } from './input.ts';

const LONG: Record<string, string> = {
  bytes: 'b:',
  characters: 'c:',
  fields: 'f:',
  delimiter: 'd:',
  'only-delimited': 's',
  'output-delimiter': 'out:',
  complement: 'complement',
  'zero-terminated': 'z',
  help: 'help',
};
const HELP =
  'Usage: cut OPTION... [FILE]...\nPrints parts of lines: -b LIST -c LIST -f LIST -d DELIM -s -z --complement\n--output-delimiter=STRING; LIST is N, N-, N-M, -M, with commas between.\n';

type Range = [number, number];

/** A list of positions (set-fields.c: set_fields()); a text where it is wrong. */
function ranges(list: string, isField: boolean): Range[] | string {
  const zero = isField
    ? 'fields are numbered from 1'
    : 'byte/character positions are numbered from 1';
  const out: Range[] = [];
  for (const part of list.split(/[, \t]/)) {
    const dashes = part.split('-').length - 1;
    if (dashes > 1) return isField ? 'invalid field range' : 'invalid byte or character range';
    const bad = /[^\d-].*/.exec(part)?.[0];
    if (bad !== undefined) {
      return isField ? `invalid field value ‘${bad}’` : `invalid byte/character position ‘${bad}’`;
    }
    const [low = '', high = ''] = part.split('-');
    for (const number of [low, high]) {
      if (Number(number) >= 2 ** 64 - 1) {
        return `${isField ? 'field number' : 'byte/character offset'} ‘${number}’ is too large`;
      }
    }
    if (part === '-') return 'invalid range with no endpoint: -';
    if (dashes === 0 ? !(Number(low) > 0) : low !== '' && Number(low) === 0) return zero;
    const from = low === '' ? 1 : Number(low);
    const to = dashes === 0 ? from : high === '' ? Infinity : Number(high);
    if (to < from) return 'invalid decreasing range';
    out.push([from, to]);
  }
  out.sort((one, other) => one[0] - other[0]);
  // Ranges that overlap are one; those that only touch stay two, for --output-delimiter.
  const joined: Range[] = [];
  for (const [from, to] of out) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

function complement(list: readonly Range[]): Range[] {
  const out: Range[] = [];
  let next = 1;
  for (const [from, to] of list) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next < Infinity) out.push([next, Infinity]);
  return out;
}

export function* cut(process: Process): Program {
  const { found, rest, error } = getopt(process.args, 'b:c:d:f:nsz', LONG);
  if (error !== null) return usage(process, error);
  let list: string | null = null;
  let isField = false;
  let delimiter: string | null = null;
  let joiner: string | null = null;
  const flags = new Set<string>();
  for (const [option, value] of found) {
    if (option === 'b' || option === 'c' || option === 'f') {
      if (list !== null) return usage(process, 'only one list may be specified');
      list = value ?? '';
      isField = option === 'f';
    } else if (option === 'd') {
      delimiter = toBytes(value ?? '');
      if (delimiter.length > 1) {
        return usage(process, 'the delimiter must be a single character');
      }
      if (delimiter === '') delimiter = '\0';
    } else if (option === 'out') joiner = toBytes(value ?? '') || '\0';
    else if (option === 'help') {
      process.print(HELP);
      return 0;
    } else flags.add(option);
  }
  if (list === null) {
    return usage(process, 'you must specify a list of bytes, characters, or fields');
  }
  if (!isField && delimiter !== null) {
    return usage(process, 'an input delimiter may be specified only when operating on fields');
  }
  if (!isField && flags.has('s')) {
    return usage(
      process,
      'suppressing non-delimited lines makes sense\n\tonly when operating on fields',
    );
  }
  const parsed = ranges(list, isField);
  if (typeof parsed === 'string') return usage(process, parsed);
  const wanted = flags.has('complement') ? complement(parsed) : parsed;
  const by = delimiter ?? '\t';
  const end = flags.has('z') ? '\0' : '\n';

  const cutLine = (line: string): string | null => {
    if (!isField)
      return wanted
        .map(([from, to]) => line.slice(from - 1, to))
        .filter((part, index) => part !== '' || index === 0)
        .join(joiner ?? '');
    const fields = line.split(by);
    if (fields.length === 1) return flags.has('s') ? null : line;
    return wanted.flatMap(([from, to]) => fields.slice(from - 1, to)).join(joiner ?? by);
  };

  const output = new Buffered(process);
  let status = 0;
  for (const name of rest.length > 0 ? rest : ['-']) {
    try {
      const { source, close } = openInput(process, name);
      try {
        const records = new Records(source, end);
        for (;;) {
          const next = yield* records.next();
          if (next === null) break;
          const out = cutLine(toBytes(next.text));
          if (out !== null) yield* output.put(fromBytes(out) + end);
        }
      } finally {
        close();
      }
    } catch (problem) {
      status = process.fail(`${name}: ${words(problem)}`);
    }
  }
  yield* output.flush();
  return status;
}
