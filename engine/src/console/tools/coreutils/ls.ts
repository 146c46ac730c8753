import { typeOf } from '../../fs/file-system.ts';
import type { Place } from '../../fs/file-system.ts';
import type { Stat } from '../../fs/node.ts';
import { Errno } from '../../os/errno.ts';
import type { Process, Program, Step } from '../../os/process.ts';
import { human, options, strftime } from './common.ts';
import { modeText } from './files.ts';

/** ls(1): one name a line, or columns on a terminal; -l with all there is to see. */

interface Entry {
  name: string;
  place: Place;
  stat: Stat;
}

/** Files older than this, in milliseconds, show their year. */
const HALF_YEAR = 15_778_476_000;

export function* ls(process: Process): Program {
  const given = options(
    process,
    '1aAlhdRtrSisFnogGLCxZp',
    {
      all: 'a',
      'almost-all': 'A',
      'human-readable': 'h',
      directory: 'd',
      recursive: 'R',
      reverse: 'r',
      inode: 'i',
      size: 's',
      classify: 'F',
      'numeric-uid-gid': 'n',
      color: '@color::',
      'full-time': '@full',
    },
    2,
  );
  const { fs } = process.system;
  const names = given.operands.length > 0 ? given.operands : ['.'];
  let status = 0;
  const files: Entry[] = [];
  const folders: Entry[] = [];
  const long =
    given.has('l') || given.has('n') || given.has('o') || given.has('g') || given.has('@full');
  for (const name of names) {
    try {
      let place = fs.find(name, process.cwd, !long || given.has('L'));
      if (typeOf(place) === 'link' && !given.has('d') && name.endsWith('/'))
        place = fs.find(name, process.cwd);
      const entry = { name, place, stat: fs.statOf(place) };
      if (typeOf(place) === 'directory' && !given.has('d')) folders.push(entry);
      else files.push(entry);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      status = process.fail(`cannot access '${name}': ${error.message}`, 2);
    }
  }
  const order = (entries: Entry[]): Entry[] => {
    const sorted = [...entries].sort((a, b) => {
      if (given.has('t') && a.stat.mtime !== b.stat.mtime) return b.stat.mtime - a.stat.mtime;
      if (given.has('S') && a.stat.size !== b.stat.size) return b.stat.size - a.stat.size;
      return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
    });
    return given.has('r') ? sorted.reverse() : sorted;
  };
  const show = function* (entries: readonly Entry[]): Step {
    yield* process.put(
      long
        ? longText(process, entries, given.has.bind(given))
        : shortText(process, entries, given.has.bind(given)),
    );
  };
  if (files.length > 0) yield* show(order(files));
  const titled = names.length > 1 || given.has('R');
  let first = files.length === 0;
  const folder = function* (entry: Entry): Step {
    const listed: Entry[] = [];
    const add = (name: string, path: string): void => {
      try {
        const place = fs.find(path, process.cwd, given.has('L'));
        listed.push({ name, place, stat: fs.statOf(place) });
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
      }
    };
    const base = entry.name.endsWith('/') ? entry.name : `${entry.name}/`;
    if (given.has('a')) {
      add('.', entry.name);
      add('..', `${base}..`);
    }
    for (const name of fs.listOf(entry.place)) {
      if (!name.startsWith('.') || given.has('a') || given.has('A')) add(name, base + name);
    }
    if (titled) yield* process.put(`${first ? '' : '\n'}${entry.name}:\n`);
    first = false;
    if (long || given.has('s')) {
      const blocks = listed.reduce((sum, { stat }) => sum + stat.blocks * 512, 0);
      yield* process.put(`total ${given.has('h') ? human(blocks) : blocks / 1024}\n`);
    }
    const sorted = order(listed);
    yield* show(sorted);
    if (!given.has('R')) return;
    for (const child of sorted) {
      if (child.name === '.' || child.name === '..' || typeOf(child.place) !== 'directory')
        continue;
      yield* folder({ ...child, name: base + child.name });
    }
  };
  for (const entry of order(folders)) yield* folder(entry);
  return status;
}

function suffix({ stat }: Entry, has: (key: string) => boolean): string {
  if (has('p')) return stat.type === 'directory' ? '/' : '';
  if (!has('F')) return '';
  if (stat.type === 'directory') return '/';
  if (stat.type === 'link') return '@';
  return stat.type === 'file' && (stat.mode & 0o111) !== 0 ? '*' : '';
}

function shortText(
  process: Process,
  entries: readonly Entry[],
  has: (key: string) => boolean,
): string {
  const cells = entries.map((entry) => {
    const number = has('i') ? `${entry.stat.ino} ` : '';
    const size = has('s') ? `${entry.stat.blocks / 2} ` : '';
    return `${number}${size}${entry.name}${suffix(entry, has)}`;
  });
  if (cells.length === 0) return '';
  if (has('1') || !(process.stdout.isTerminal || has('C')))
    return cells.map((cell) => `${cell}\n`).join('');
  const width = process.terminal?.columns ?? 80;
  for (let rows = 1; rows <= cells.length; rows++) {
    const columns: string[][] = [];
    for (let at = 0; at < cells.length; at += rows) columns.push(cells.slice(at, at + rows));
    const widths = columns.map((column) => Math.max(...column.map(({ length }) => length)));
    if (rows < cells.length && widths.reduce((sum, one) => sum + one + 2, -2) > width) continue;
    let text = '';
    for (let row = 0; row < rows; row++) {
      text += `${columns
        .map((column, index) => (column[row] ?? '').padEnd((widths[index] ?? 0) + 2))
        .join('')
        .trimEnd()}\n`;
    }
    return text;
  }
  return '';
}

function longText(
  process: Process,
  entries: readonly Entry[],
  has: (key: string) => boolean,
): string {
  const { users, groups, clock } = process.system;
  const rows = entries.map((entry) => {
    const { stat, name } = entry;
    const size =
      stat.device === null
        ? has('h')
          ? human(stat.size)
          : String(stat.size)
        : `${stat.device[0]}, ${String(stat.device[1]).padStart(3)}`;
    const old = clock.wall - stat.mtime > HALF_YEAR || stat.mtime > clock.wall + 1000;
    const time = has('@full')
      ? strftime('%F %T.%N %z', stat.mtime)
      : strftime(old ? '%b %e  %Y' : '%b %e %H:%M', stat.mtime);
    return {
      number: has('i') ? `${stat.ino} ` : '',
      mode: modeText(stat),
      links: String(stat.nlink),
      owner: has('n') ? String(stat.uid) : (users.get(stat.uid) ?? String(stat.uid)),
      group: has('n') ? String(stat.gid) : (groups.get(stat.gid) ?? String(stat.gid)),
      size,
      time,
      name: `${name}${suffix(entry, has)}${stat.target === null ? '' : ` -> ${stat.target}`}`,
    };
  });
  const width = (key: 'links' | 'owner' | 'group' | 'size'): number =>
    Math.max(0, ...rows.map((row) => row[key].length));
  const [links, owner, group, size] = [
    width('links'),
    width('owner'),
    width('group'),
    width('size'),
  ];
  return rows
    .map(
      (row) =>
        `${row.number}${row.mode} ${row.links.padStart(links)} ${has('g') ? '' : `${row.owner.padEnd(owner)} `}${has('o') || has('G') ? '' : `${row.group.padEnd(group)} `}${row.size.padStart(size)} ${row.time} ${row.name}\n`,
    )
    .join('');
}
