import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';
import { readOptions, tryUtilLinux } from '../usage.ts';
import { showTable } from './table.ts';

/** mount, umount, findmnt and mountpoint of util-linux 2.38.1. */

interface Row {
  source: string;
  target: string;
  type: string;
  options: string;
}
function mounts(process: Process): Row[] {
  const { fs } = process.system;
  // Without /proc nobody knows what is mounted; mount(2) works all the same.
  if (!fs.exists('/proc/self/mounts')) return [];
  return fs
    .read('/proc/self/mounts')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [source = '', target = '', type = '', options = ''] = line.split(' ');
      return { source, target, type, options };
    });
}

const MORE = '       dmesg(1) may have more information after failed mount system call.\n';

function mountOne(
  process: Process,
  source: string,
  target: string,
  type: string,
  options: readonly string[],
): number {
  const { calls, fs } = process.system;
  const say = (text: string): number => {
    process.warn(`mount: ${target}: ${text}\n${MORE}`);
    return 32;
  };
  try {
    if (options.includes('bind') || options.includes('rbind')) calls.bind(source, target);
    else {
      // Types that are no disk's need no device; /proc itself is mounted while nobody can look that up.
      const nodev =
        type === 'proc' ||
        fs
          .read('/proc/filesystems')
          .split('\n')
          .some((line) => line === `nodev\t${type}`);
      if (!nodev && !fs.exists(source, process.cwd)) {
        if (!fs.exists(target, process.cwd)) throw new Errno('ENOENT');
        return say(`special device ${source} does not exist.`);
      }
      calls.mount(source, target, type, options);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    switch (error.code) {
      case 'ENOENT':
        return say('mount point does not exist.');
      case 'ENOTDIR':
        return say('mount point is not a directory.');
      case 'ENODEV':
        return say(`unknown filesystem type '${type}'.`);
      case 'EBUSY':
        return say(`${source} already mounted or mount point busy.`);
      case 'EINVAL':
        return say(
          `wrong fs type, bad option, bad superblock on ${source}, missing codepage or helper program, or other error.`,
        );
      default:
        return say(`${error.message.toLowerCase()}.`);
    }
  }
}

function fstab(process: Process): Row[] {
  try {
    return process.system.fs
      .read('/etc/fstab')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
      .filter((fields) => fields.length >= 3)
      .map(([source = '', target = '', type = '', options = 'defaults']) => ({
        source,
        target,
        type,
        options,
      }));
  } catch {
    return [];
  }
}

export function mount(process: Process): number {
  const given = readOptions(
    process,
    'aBcfhilL:Mno:O:rRsT:t:U:vVw',
    {
      all: 'a',
      bind: 'B',
      rbind: 'R',
      options: 'o:',
      types: 't:',
      'read-only': 'r',
      'read-write': 'w',
      'no-mtab': 'n',
      verbose: 'v',
      source: '@source:',
      target: '@target:',
      mkdir: '@mkdir::',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  if (given.has('V')) {
    process.print(
      'mount from util-linux 2.38.1 (libmount 2.38.1: selinux, smack, btrfs, verity, namespaces, idmapping, statx, assert, debug)\n',
    );
    return 0;
  }
  const type = given.value('t');
  const options = given.all.filter(([key]) => key === 'o').flatMap(([, value]) => value.split(','));
  if (given.has('B')) options.push('bind');
  if (given.has('r')) options.push('ro');
  let [source, target] = given.operands;
  source = given.value('@source') ?? source;
  target = given.value('@target') ?? target;
  if (given.has('a')) {
    let status = 0;
    const there = new Set(mounts(process).map((row) => row.target));
    for (const row of fstab(process)) {
      if (row.type === 'swap' || there.has(row.target) || row.options.split(',').includes('noauto'))
        continue;
      status |= mountOne(process, row.source, row.target, row.type, row.options.split(','));
    }
    return status;
  }
  if (source === undefined) {
    if (options.length > 0) {
      process.warn("mount: bad usage\nTry 'mount --help' for more information.\n");
      return 1;
    }
    const types = type?.split(',') ?? null;
    for (const row of mounts(process)) {
      if (types !== null && !types.includes(row.type)) continue;
      process.print(`${row.source} on ${row.target} type ${row.type} (${row.options})\n`);
    }
    return 0;
  }
  if (target === undefined) {
    const row = fstab(process).find((one) => one.source === source || one.target === source);
    if (row === undefined) {
      process.warn(`mount: ${source}: can't find in /etc/fstab.\n`);
      return 1;
    }
    return mountOne(process, row.source, row.target, row.type, row.options.split(','));
  }
  if (options.includes('remount')) return 0;
  if (type === undefined && !options.includes('bind')) {
    // Its type is read from the device.
    if (!process.system.fs.exists(source, process.cwd)) {
      process.warn(`mount: ${target}: special device ${source} does not exist.\n${MORE}`);
      return 32;
    }
    return mountOne(process, source, target, 'ext4', options);
  }
  return mountOne(process, source, target, type ?? 'none', options);
}

export function umount(process: Process): number {
  const given = readOptions(
    process,
    'aAcdfhlnqO:rRt:vV',
    {
      all: 'a',
      lazy: 'l',
      force: 'f',
      verbose: 'v',
      quiet: 'q',
      recursive: 'R',
      types: 't:',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  if (given.has('V')) {
    process.print('umount from util-linux 2.38.1\n');
    return 0;
  }
  if (given.operands.length === 0) {
    process.warn("umount: bad usage\nTry 'umount --help' for more information.\n");
    return 1;
  }
  const { calls, fs } = process.system;
  let status = 0;
  for (const name of given.operands) {
    const bySource = mounts(process).findLast(
      (row) => row.source === name && name.startsWith('/dev/') && row.target !== name,
    )?.target;
    const isTarget = mounts(process).some((row) => row.target === name);
    const target = isTarget ? name : (bySource ?? name);
    try {
      const place = fs.find(target, process.cwd);
      calls.umount(place.path, given.has('l'));
      if (given.has('v')) process.print(`umount: ${target} unmounted\n`);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      const text = {
        ENOENT: 'no mount point specified.',
        EINVAL: 'not mounted.',
        EBUSY: 'target is busy.',
      }[error.code as 'ENOENT'];
      process.warn(`umount: ${name}: ${text ?? `${error.message}.`}\n`);
      status = 32;
    }
  }
  return status;
}

const COLUMNS: Record<string, (row: Row) => string> = {
  TARGET: (row) => row.target,
  SOURCE: (row) => row.source,
  FSTYPE: (row) => row.type,
  OPTIONS: (row) => row.options,
};

export function findmnt(process: Process): number {
  const given = readOptions(
    process,
    'Dt:no:rlT:S:M:kmshVa',
    {
      types: 't:',
      noheadings: 'n',
      output: 'o:',
      raw: 'r',
      list: 'l',
      target: 'T:',
      source: 'S:',
      mountpoint: 'M:',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  const columns = (given.value('o') ?? 'TARGET,SOURCE,FSTYPE,OPTIONS')
    .split(',')
    .map((name) => name.toUpperCase());
  const unknown = columns.find((column) => COLUMNS[column] === undefined);
  if (unknown !== undefined) return process.fail(`unknown column: ${unknown}`);
  const types = given.value('t')?.split(',');
  const wanted = given.value('T') ?? given.value('M') ?? given.operands[0];
  const filtered = types !== undefined || wanted !== undefined || given.has('S');
  const rows = mounts(process).filter(
    (row) =>
      (types === undefined || types.includes(row.type)) &&
      (given.value('S') === undefined || row.source === given.value('S')) &&
      (wanted === undefined || row.target === wanted || row.source === wanted),
  );
  if (rows.length === 0) return 1;
  // Without a filter the targets are a tree.
  const isTree = !filtered && !given.has('l') && !given.has('r');
  const drawn = isTree ? treeOf(rows) : rows.map((row) => ({ row, text: row.target }));
  const cells = drawn.map(({ row, text }) =>
    columns.map((column) => (column === 'TARGET' ? text : (COLUMNS[column]?.(row) ?? ''))),
  );
  process.print(showTable(columns, cells, { headings: !given.has('n'), raw: given.has('r') }));
  return 0;
}

function treeOf(rows: readonly Row[]): { row: Row; text: string }[] {
  const parentOf = (row: Row, index: number): number => {
    let best = -1;
    rows.forEach((other, at) => {
      if (at === index) return;
      const base = other.target === '/' ? '/' : `${other.target}/`;
      const inside = row.target.startsWith(base) || (row.target === other.target && at < index);
      if (inside && (best < 0 || other.target.length >= (rows[best]?.target.length ?? 0)))
        best = at;
    });
    return best;
  };
  const parents = rows.map(parentOf);
  const out: { row: Row; text: string }[] = [];
  const visit = (index: number, lead: string, mark: string): void => {
    const row = rows[index];
    if (row === undefined) return;
    out.push({ row, text: `${mark}${row.target}` });
    const children = rows.map((_, at) => at).filter((at) => parents[at] === index);
    children.forEach((child, at) => {
      const isLast = at === children.length - 1;
      visit(child, `${lead}${isLast ? '  ' : '│ '}`, `${lead}${isLast ? '└─' : '├─'}`);
    });
  };
  rows.forEach((_, index) => {
    if (parents[index] === -1) visit(index, '', '');
  });
  return out;
}

export function mountpoint(process: Process): number {
  const given = readOptions(process, 'qdx', { quiet: 'q' }, tryUtilLinux);
  const [path] = given.operands;
  if (path === undefined) {
    process.warn("mountpoint: bad usage\nTry 'mountpoint --help' for more information.\n");
    return 1;
  }
  let place;
  try {
    place = process.system.fs.find(path, process.cwd);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (!given.has('q')) process.warn(`mountpoint: ${path}: ${error.message}\n`);
    return 1;
  }
  const is = mounts(process).some((row) => row.target === place.path);
  if (!given.has('q')) process.print(`${path} is ${is ? '' : 'not '}a mountpoint\n`);
  return is ? 0 : 32;
}
