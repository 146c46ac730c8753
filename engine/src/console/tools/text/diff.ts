import type { Process, Program } from '../../os/process.ts';
import { Errno } from '../../os/errno.ts';
import { getopt } from './options.ts';
import { readInput, words } from './input.ts';

const LONG: Record<string, string> = {
  normal: 'normal',
  brief: 'q',
  'report-identical-files': 's',
  context: 'C::',
  unified: 'U::',
  recursive: 'r',
  'new-file': 'N',
  'ignore-case': 'i',
  'ignore-space-change': 'b',
  'ignore-all-space': 'w',
  'ignore-blank-lines': 'B',
  text: 'a',
  label: 'L:',
  color: 'color::',
  help: 'help',
  version: 'v',
};
const HELP =
  'Usage: diff [OPTION]... FILES\nCompares files: -u -U NUM -c -C NUM -q -s -r -N -i -b -w -B --label LABEL\n';

/** One change: lines from `a` on, `removed` of them, became `added` lines from `b` on. */
interface Change {
  a: number;
  removed: number;
  b: number;
  added: number;
}

/**
 * The changes between two lists of lines, by the algorithm of GNU diff (diffseq.h: compareseq(); analyze.c:
 * shift_boundaries()), since of several shortest answers it is its one that is expected. `horizon` lines at
 * both ends are looked at although they are equal.
 */
function changes(one: readonly string[], two: readonly string[], horizon: number): Change[] {
  let prefix = 0;
  const least = Math.min(one.length, two.length);
  while (prefix < least && one[prefix] === two[prefix]) prefix++;
  let suffix = 0;
  while (suffix < least - prefix && one.at(-1 - suffix) === two.at(-1 - suffix)) suffix++;
  prefix = Math.max(0, prefix - horizon);
  suffix = Math.max(0, suffix - horizon);
  const files = [one.slice(prefix, one.length - suffix), two.slice(prefix, two.length - suffix)];
  const changed = files.map((lines) => new Array<boolean>(lines.length).fill(false));
  // Lines that the other file has nowhere are changed; the rest is compared.
  const kept = files.map((lines, which) => {
    const others = new Set(files[1 - which]);
    return lines.flatMap((line, at) => {
      if (others.has(line)) return [at];
      changed[which]![at] = true;
      return [];
    });
  });
  const [x, y] = kept as [number[], number[]];
  compareSequences(
    (i, j) => files[0]![x[i]!] === files[1]![y[j]!],
    x.length,
    y.length,
    (i) => (changed[0]![x[i]!] = true),
    (j) => (changed[1]![y[j]!] = true),
  );
  for (const which of [0, 1]) shift(files[which]!, changed[which]!, changed[1 - which]!);
  const out: Change[] = [];
  const [left, right] = changed as [boolean[], boolean[]];
  for (let a = 0, b = 0; a < left.length || b < right.length;) {
    const from = { a, b };
    while (left[a] === true) a++;
    while (right[b] === true) b++;
    if (a > from.a || b > from.b) {
      out.push({ a: from.a + prefix, removed: a - from.a, b: from.b + prefix, added: b - from.b });
    } else {
      a++;
      b++;
    }
  }
  return out;
}

function compareSequences(
  equal: (i: number, j: number) => boolean,
  sizeX: number,
  sizeY: number,
  remove: (i: number) => void,
  insert: (j: number) => void,
): void {
  const forward = new Map<number, number>();
  const backward = new Map<number, number>();
  const middle = (xFrom: number, xTo: number, yFrom: number, yTo: number): [number, number] => {
    const low = xFrom - yTo;
    const high = xTo - yFrom;
    const forwardMiddle = xFrom - yFrom;
    const backwardMiddle = xTo - yTo;
    let [fMin, fMax, bMin, bMax] = [forwardMiddle, forwardMiddle, backwardMiddle, backwardMiddle];
    const odd = ((forwardMiddle - backwardMiddle) & 1) !== 0;
    forward.set(forwardMiddle, xFrom);
    backward.set(backwardMiddle, xTo);
    for (;;) {
      if (fMin > low) forward.set(--fMin - 1, -1);
      else fMin++;
      if (fMax < high) forward.set(++fMax + 1, -1);
      else fMax--;
      for (let d = fMax; d >= fMin; d -= 2) {
        const before = forward.get(d - 1)!;
        const after = forward.get(d + 1)!;
        let x = before < after ? after : before + 1;
        while (x < xTo && x - d < yTo && equal(x, x - d)) x++;
        forward.set(d, x);
        if (odd && bMin <= d && d <= bMax && backward.get(d)! <= x) return [x, x - d];
      }
      if (bMin > low) backward.set(--bMin - 1, Infinity);
      else bMin++;
      if (bMax < high) backward.set(++bMax + 1, Infinity);
      else bMax--;
      for (let d = bMax; d >= bMin; d -= 2) {
        const before = backward.get(d - 1)!;
        const after = backward.get(d + 1)!;
        let x = before < after ? before : after - 1;
        while (xFrom < x && yFrom < x - d && equal(x - 1, x - d - 1)) x--;
        backward.set(d, x);
        if (!odd && fMin <= d && d <= fMax && x <= forward.get(d)!) return [x, x - d];
      }
    }
  };
  const compare = (x0: number, x1: number, y0: number, y1: number): void => {
    let [xFrom, xTo, yFrom, yTo] = [x0, x1, y0, y1];
    while (xFrom < xTo && yFrom < yTo && equal(xFrom, yFrom)) {
      xFrom++;
      yFrom++;
    }
    while (xFrom < xTo && yFrom < yTo && equal(xTo - 1, yTo - 1)) {
      xTo--;
      yTo--;
    }
    if (xFrom === xTo) for (let j = yFrom; j < yTo; j++) insert(j);
    else if (yFrom === yTo) for (let i = xFrom; i < xTo; i++) remove(i);
    else {
      const [x, y] = middle(xFrom, xTo, yFrom, yTo);
      compare(xFrom, x, yFrom, y);
      compare(x, xTo, y, yTo);
    }
  };
  compare(0, sizeX, 0, sizeY);
}

/** Moves runs of changes to where they join others, or as far down as they go. */
function shift(lines: readonly string[], changed: boolean[], other: readonly boolean[]): void {
  const end = lines.length;
  let i = 0;
  let j = 0;
  for (;;) {
    while (i < end && !changed[i]) {
      while (other[j++]);
      i++;
    }
    if (i === end) return;
    let start = i;
    while (changed[++i]);
    while (other[j]) j++;
    let length: number;
    let corresponding: number;
    do {
      length = i - start;
      while (start > 0 && lines[start - 1] === lines[i - 1]) {
        changed[--start] = true;
        changed[--i] = false;
        while (changed[start - 1]) start--;
        while (other[--j]);
      }
      corresponding = other[j - 1] ? i : end;
      while (i !== end && lines[start] === lines[i]) {
        changed[start++] = false;
        changed[i++] = true;
        while (changed[i]) i++;
        while (other[++j]) corresponding = i;
      }
    } while (length !== i - start);
    while (corresponding < i) {
      changed[--start] = true;
      changed[--i] = false;
      while (other[--j]);
    }
  }
}

interface Side {
  name: string;
  label: string;
  text: string;
  lines: string[];
}

const NO_END = '\\ No newline at end of file\n';
const shown = (mark: string, line: string): string =>
  line.endsWith('\n') ? mark + line : `${mark}${line}\n${NO_END}`;

/** Lines of a range as normal and copied formats write it: its first and last number. */
const span = (from: number, count: number): string =>
  count > 1 ? `${from + 1},${from + count}` : String(count === 0 ? from : from + 1);
const unifiedSpan = (from: number, count: number): string =>
  count === 1 ? String(from + 1) : `${count === 0 ? from : from + 1},${count}`;

export function* diff(process: Process): Program {
  const trouble = (text: string): number => {
    process.warn(`diff: ${text}\ndiff: Try 'diff --help' for more information.\n`);
    return 2;
  };
  const { found, rest, error } = getopt(
    process.args.filter((word) => !/^-\d+$/.test(word)),
    'abBcC:dehHiL:nNpqrstTuU:vwW:x:X:y',
    LONG,
  );
  if (error !== null) return trouble(error);
  const flags = new Set<string>();
  const labels: string[] = [];
  // -NUM is a length of context without saying which.
  let context = Number(process.args.find((word) => /^-\d+$/.test(word))?.slice(1) ?? 3);
  let style = '';
  for (const [option, value] of found) {
    if (option === 'u' || option === 'c' || option === 'U' || option === 'C') {
      if (value !== null) {
        if (!/^\d+$/.test(value)) return trouble(`invalid context length '${value}'`);
        context = Number(value);
      }
      style = option.toLowerCase();
    } else if (option === 'L') {
      labels.push(value ?? '');
    } else if (option === 'help') {
      process.print(HELP);
      return 0;
    } else if (option === 'v') {
      process.print('diff (GNU diffutils) 3.8\n');
      return 0;
    } else flags.add(option);
  }
  if (rest.length < 2) return trouble(`missing operand after '${rest[0] ?? 'diff'}'`);
  if (rest.length > 2) return trouble(`extra operand '${rest[2]!}'`);
  return yield* new Comparison(process, flags, labels, style, context).pair(
    rest[0]!,
    rest[1]!,
    null,
  );
}

class Comparison {
  readonly #process: Process;
  readonly #flags: Set<string>;
  readonly #labels: string[];
  readonly #style: string;
  readonly #context: number;

  constructor(
    process: Process,
    flags: Set<string>,
    labels: string[],
    style: string,
    context: number,
  ) {
    this.#process = process;
    this.#flags = flags;
    this.#labels = labels;
    this.#style = style;
    this.#context = context;
  }

  #type(name: string): string | null {
    if (name === '-') return 'file';
    try {
      return this.#process.system.fs.stat(name, this.#process.cwd).type;
    } catch {
      return null;
    }
  }
  #complain(name: string, problem: unknown): number {
    this.#process.warn(`diff: ${name}: ${words(problem)}\n`);
    return 2;
  }

  /** Compares two files or folders. `inFolder` is the command that stands before each pair of files. */
  *pair(one: string, two: string, inFolder: string | null): Program {
    const process = this.#process;
    const types = [this.#type(one), this.#type(two)];
    if (types[0] === 'directory' && types[1] === 'directory')
      return yield* this.#folders(one, two, inFolder);
    if (inFolder === null) {
      // A file and a folder: the file of that name in the folder.
      const within = (folder: string, name: string): string =>
        `${folder.replace(/\/$/, '')}/${name.replace(/^.*\//, '')}`;
      if (types[0] === 'directory') return yield* this.#files(within(one, two), two, null);
      if (types[1] === 'directory') return yield* this.#files(one, within(two, one), null);
    } else if (types.includes('directory')) {
      const kind = (type: string | null): string =>
        type === 'directory' ? 'a directory' : 'a regular file';
      yield* process.put(
        `File ${one} is ${kind(types[0]!)} while file ${two} is ${kind(types[1]!)}\n`,
      );
      return 1;
    }
    return yield* this.#files(one, two, inFolder);
  }

  *#folders(one: string, two: string, inFolder: string | null): Program {
    const process = this.#process;
    const { fs } = process.system;
    const lists = [one, two].map((folder) => fs.list(folder, process.cwd));
    let status = 0;
    const names = [...new Set(lists.flat())].sort();
    for (const name of names) {
      const [left, right] = [one, two].map((folder) => `${folder.replace(/\/$/, '')}/${name}`);
      const missing = lists.findIndex((list) => !list.includes(name));
      if (missing >= 0 && !this.#flags.has('N')) {
        yield* process.put(`Only in ${missing === 0 ? two : one}: ${name}\n`);
        status = Math.max(status, 1);
        continue;
      }
      if (this.#type(left!) === 'directory' && this.#type(right!) === 'directory') {
        if (!this.#flags.has('r')) {
          yield* process.put(`Common subdirectories: ${left!} and ${right!}\n`);
          continue;
        }
      }
      const options = process.args.filter((word) => /^-./.test(word)).join(' ');
      const head = inFolder ?? `diff ${options}${options === '' ? '' : ' '}`;
      status = Math.max(status, yield* this.pair(left!, right!, head));
    }
    return status;
  }

  *#read(name: string, which: number): Generator<import('../../os/process.ts').Wait, Side, void> {
    const { fs, clock } = this.#process.system;
    let text = '';
    let time = clock.wall;
    try {
      text = yield* readInput(this.#process, name);
      if (name !== '-') time = fs.stat(name, this.#process.cwd).mtime;
    } catch (problem) {
      if (!(problem instanceof Errno && problem.code === 'ENOENT' && this.#flags.has('N')))
        throw problem;
      time = 0;
    }
    const date = new Date(Math.floor(time)).toISOString();
    const stamp = `${date.slice(0, 10)} ${date.slice(11, 23)}000000 +0000`;
    return {
      name,
      label: this.#labels[which] ?? `${name}\t${stamp}`,
      text,
      lines: text.match(/[^\n]*\n|[^\n]+$/g) ?? [],
    };
  }

  *#files(one: string, two: string, inFolder: string | null): Program {
    const process = this.#process;
    const flags = this.#flags;
    const sides: Side[] = [];
    let failed = 0;
    for (const [which, name] of [one, two].entries()) {
      try {
        sides.push(yield* this.#read(name, which));
      } catch (problem) {
        failed = this.#complain(name, problem);
      }
    }
    const [left, right] = sides;
    if (failed > 0 || left === undefined || right === undefined) return 2;
    const same = (text: string): string => {
      if (left.text === right.text) return text;
      let out = text;
      if (flags.has('w')) out = out.replace(/\s+/g, '');
      else if (flags.has('b')) out = out.replace(/\s+$/, '').replace(/\s+/g, ' ');
      return flags.has('i') ? out.toLowerCase() : out;
    };
    const isBinary =
      !flags.has('a') && left.text !== right.text && (left.text + right.text).includes('\0');
    let list: Change[] = [];
    if (left.text !== right.text && !isBinary) {
      const horizon = this.#style === '' ? 0 : this.#context;
      list = changes(left.lines.map(same), right.lines.map(same), horizon);
      if (flags.has('B')) {
        list = list.filter(
          ({ a, removed, b, added }) =>
            ![...left.lines.slice(a, a + removed), ...right.lines.slice(b, b + added)].every(
              (line) => line === '\n',
            ),
        );
      }
    }
    if (list.length === 0 && !isBinary) {
      if (flags.has('s')) yield* process.put(`Files ${one} and ${two} are identical\n`);
      return 0;
    }
    if (isBinary || flags.has('q')) {
      yield* process.put(
        `${isBinary && !flags.has('q') ? 'Binary files' : 'Files'} ${one} and ${two} differ\n`,
      );
      return 1;
    }
    let out = inFolder === null ? '' : `${inFolder}${one} ${two}\n`;
    if (this.#style === '') out += normal(left, right, list);
    else out += this.#hunks(left, right, list);
    yield* process.put(out);
    return 1;
  }

  #hunks(left: Side, right: Side, list: readonly Change[]): string {
    const context = this.#context;
    const unified = this.#style === 'u';
    const [minus, plus] = unified ? ['---', '+++'] : ['***', '---'];
    let out = `${minus} ${left.label}\n${plus} ${right.label}\n`;
    const groups: Change[][] = [];
    for (const change of list) {
      const last = groups.at(-1)?.at(-1);
      if (last !== undefined && change.a - last.a - last.removed <= 2 * context) {
        groups.at(-1)!.push(change);
      } else groups.push([change]);
    }
    for (const group of groups) {
      const first = group[0]!;
      const last = group.at(-1)!;
      const before = Math.min(context, first.a, first.b);
      const a = first.a - before;
      const b = first.b - before;
      const after = Math.min(context, left.lines.length - last.a - last.removed);
      const endA = last.a + last.removed + after;
      const endB = last.b + last.added + after;
      out += unified
        ? unifiedHunk(left, right, group, [a, endA, b, endB])
        : copiedHunk(left, right, group, [a, endA, b, endB]);
    }
    return out;
  }
}

function normal(left: Side, right: Side, list: readonly Change[]): string {
  return list
    .map(({ a, removed, b, added }) => {
      const letter = removed === 0 ? 'a' : added === 0 ? 'd' : 'c';
      return [
        `${span(a, removed)}${letter}${span(b, added)}\n`,
        ...left.lines.slice(a, a + removed).map((line) => shown('< ', line)),
        ...(letter === 'c' ? ['---\n'] : []),
        ...right.lines.slice(b, b + added).map((line) => shown('> ', line)),
      ].join('');
    })
    .join('');
}

type Bounds = [a: number, endA: number, b: number, endB: number];

function unifiedHunk(
  left: Side,
  right: Side,
  group: readonly Change[],
  [from, endA, b, endB]: Bounds,
): string {
  let out = `@@ -${unifiedSpan(from, endA - from)} +${unifiedSpan(b, endB - b)} @@\n`;
  let a = from;
  const same = (to: number): void => {
    for (; a < to; a++) out += shown(' ', left.lines[a]!);
  };
  for (const change of group) {
    same(change.a);
    for (; a < change.a + change.removed; a++) out += shown('-', left.lines[a]!);
    for (const line of right.lines.slice(change.b, change.b + change.added))
      out += shown('+', line);
  }
  same(endA);
  return out;
}

function copiedHunk(
  left: Side,
  right: Side,
  group: readonly Change[],
  [a, endA, b, endB]: Bounds,
): string {
  const side = (lines: readonly string[], from: number, to: number, isLeft: boolean): string => {
    if (!group.some(({ removed, added }) => (isLeft ? removed : added) > 0)) return '';
    let out = '';
    for (let at = from; at < to; at++) {
      const change = group.find((one) => {
        const start = isLeft ? one.a : one.b;
        return at >= start && at < start + (isLeft ? one.removed : one.added);
      });
      const mark =
        change === undefined
          ? '  '
          : change.removed > 0 && change.added > 0
            ? '! '
            : isLeft
              ? '- '
              : '+ ';
      out += shown(mark, lines[at]!);
    }
    return out;
  };
  return [
    `***************\n*** ${span(a, endA - a)} ****\n`,
    side(left.lines, a, endA, true),
    `--- ${span(b, endB - b)} ----\n`,
    side(right.lines, b, endB, false),
  ].join('');
}
