import type { Process, Program } from '../../os/process.ts';
import { getopt } from './options.ts';
import { linesOf, readInput, usage, words } from './input.ts';

const LONG: Record<string, string> = {
  table: 't',
  'table-name': 'n:',
  'table-order': 'O:',
  'table-columns': 'N:',
  'table-columns-limit': 'l:',
  'table-noextreme': 'E:',
  'table-noheadings': 'd',
  'table-header-repeat': 'e',
  'table-hide': 'H:',
  'table-right': 'R:',
  'table-truncate': 'T:',
  'table-wrap': 'W:',
  'table-empty-lines': 'L',
  'keep-empty-lines': 'L',
  'output-width': 'c:',
  'output-separator': 'o:',
  separator: 's:',
  fillrows: 'x',
  help: 'h',
  version: 'V',
};
const HELP =
  '\nUsage:\n column [options] [<file>...]\n\nPuts lists into columns: -t -s <chars> -o <text> -N <names> -d -l <num> -R -H -O <columns> -c <width> -x -L\n';

/** Columns of a terminal that a text takes. */
const width = (text: string): number =>
  Array.from(text.replace(/\p{M}/gu, '')).reduce(
    (sum, letter) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(letter) ? 2 : 1),
    0,
  );
const pad = (text: string, to: number, right: boolean): string => {
  const blanks = ' '.repeat(Math.max(0, to - width(text)));
  return right ? blanks + text : text + blanks;
};

export function* column(process: Process): Program {
  const { found, rest, error } = getopt(
    process.args,
    'c:dE:eH:hi:JLl:N:n:O:o:p:R:r:s:T:tVW:x',
    LONG,
  );
  if (error !== null) return usage(process, error);
  const options = new Map<string, string>();
  for (const [option, value] of found) options.set(option, value ?? '');
  if (options.has('h')) {
    process.print(HELP);
    return 0;
  }
  if (options.has('V')) {
    process.print('column from util-linux 2.38.1\n');
    return 0;
  }
  const columns = process.env.get('COLUMNS');
  let terminal = columns !== undefined && /^\d+$/.test(columns) ? Number(columns) : 80;
  const given = options.get('c');
  if (given !== undefined) {
    if (given !== 'unlimited' && !/^\d+$/.test(given)) {
      return process.fail(`invalid columns argument: '${given}'`);
    }
    terminal = given === 'unlimited' ? Infinity : Number(given);
  }
  const limit = options.get('l') ?? '';
  if (options.has('l') && !/^\d+$/.test(limit)) {
    return process.fail(`invalid columns limit argument: '${limit}'`);
  }
  if (!options.has('t') && [...'NlHRnOTWEd'].some((letter) => options.has(letter))) {
    return process.fail('option --table required for all --table-*');
  }
  const lines: string[] = [];
  let status = 0;
  for (const name of rest.length > 0 ? rest : ['-']) {
    try {
      lines.push(...linesOf(yield* readInput(process, name)));
    } catch (problem) {
      status = process.fail(`${name}: ${words(problem)}`);
    }
  }
  const kept = lines.filter((line) => options.has('L') || /[^ \t]/.test(line));
  if (kept.length === 0) return status;
  const out = options.has('t') ? table(kept, options) : list(kept, terminal, options.has('x'));
  yield* process.put(out);
  return status;
}

function table(lines: readonly string[], options: ReadonlyMap<string, string>): string {
  const separators = options.get('s');
  const limit = Number(options.get('l') ?? 0);
  const rows = lines.map((line) => {
    // Without -s blanks count as one; with it every separator parts two cells.
    let cells: string[];
    if (separators === undefined) cells = line.split(/[ \t]+/).filter((cell) => cell !== '');
    else {
      cells = [''];
      for (const letter of line) {
        if (separators.includes(letter)) cells.push('');
        else cells[cells.length - 1] += letter;
      }
    }
    if (limit > 0 && cells.length >= limit) {
      // The last one keeps all that is left, but for one separator.
      let left = separators === undefined ? line.trimStart() : line;
      for (const cell of cells.slice(0, limit - 1)) left = left.slice(cell.length + 1);
      cells.splice(limit - 1, cells.length, left);
    }
    return cells;
  });
  const names = options.get('N')?.split(',');
  const count = Math.max(names?.length ?? 0, ...rows.map((row) => row.length));
  const which = (option: string): Set<number> =>
    new Set(
      (options.get(option) ?? '')
        .split(',')
        .map((one) => (/^\d+$/.test(one) ? Number(one) - 1 : (names?.indexOf(one) ?? -1))),
    );
  const right = which('R');
  const hidden = which('H');
  const first = [...which('O')].filter((at) => at >= 0 && at < count);
  const order = [...first, ...Array.from({ length: count }, (_, at) => at)].filter(
    (at, index, all) => all.indexOf(at) === index && !hidden.has(at),
  );
  const shown = names !== undefined && !options.has('d') ? [names, ...rows] : rows;
  const widths = order.map((at) => Math.max(...shown.map((row) => width(row[at] ?? ''))));
  return shown
    .map((row) => {
      const cells = order.map((at, index) => {
        const cell = row[at] ?? '';
        const isLast = index === order.length - 1;
        return isLast && !right.has(at) ? cell : pad(cell, widths[index]!, right.has(at));
      });
      return `${cells.join(options.get('o') ?? '  ')}\n`;
    })
    .join('');
}

/** Entries in columns that tabs align (column.c: columnate_fillcols(), columnate_fillrows()). */
function list(entries: readonly string[], terminal: number, byRows: boolean): string {
  const longest = Math.max(...entries.map(width));
  if (longest >= terminal) return entries.map((entry) => `${entry}\n`).join('');
  const step = (longest + 8) & ~7;
  const columns = Math.max(1, Math.floor(Math.min(terminal, 1e6) / step));
  const rows = Math.ceil(entries.length / columns);
  let out = '';
  for (let row = 0; row < rows; row++) {
    let at = 0;
    let end = step;
    for (let index = 0; index < columns; index++) {
      const entry = entries[byRows ? row * columns + index : row + index * rows];
      if (entry === undefined) break;
      out += entry;
      at += width(entry);
      const next = entries[byRows ? row * columns + index + 1 : row + (index + 1) * rows];
      if (next === undefined || index === columns - 1) break;
      for (let tab = (at + 8) & ~7; tab <= end; tab = (at + 8) & ~7) {
        out += '\t';
        at = tab;
      }
      end += step;
    }
    out += '\n';
  }
  return out;
}
