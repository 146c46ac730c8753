import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';
import { human, sizeOf } from '../coreutils/common.ts';
import { readOptions, tryUtilLinux } from '../usage.ts';
import { showTable } from './table.ts';

/** fallocate, lsblk and mkfs. */

export function fallocate(process: Process): number {
  const given = readOptions(
    process,
    'l:o:ncdpziVhx',
    {
      length: 'l:',
      offset: 'o:',
      'keep-size': 'n',
      'dig-holes': 'd',
      'punch-hole': 'p',
      'zero-range': 'z',
      'collapse-range': 'c',
      posix: 'x',
      verbose: 'v',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  const [path] = given.operands;
  const text = given.value('l');
  if (path === undefined) return process.fail('no filename specified');
  if (text === undefined) {
    if (given.has('d')) return 0;
    return process.fail('no length argument specified');
  }
  const length = sizeOf(text);
  if (length === null || length === 0) return process.fail('invalid length value specified');
  const offset = sizeOf(given.value('o') ?? '0') ?? 0;
  const { fs } = process.system;
  try {
    const file = fs.open(path, process.cwd, {
      write: true,
      create: true,
      mode: 0o666 & ~process.umask,
    });
    const { size } = fs.stat(path, process.cwd);
    try {
      if (given.has('p') || given.has('z')) {
        file.seek(offset);
        file.writeExtents([given.has('p') ? { hole: length } : { zero: length }]);
      } else if (offset + length > size) {
        // Blocks that have a place and read as zeroes; what is there stays.
        file.seek(size);
        file.writeExtents([{ zero: offset + length - size }]);
      }
    } finally {
      file.open.close();
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return process.fail(`cannot open ${path}: ${error.message}`);
  }
}

/** Columns that lsblk knows; what is not simulated is empty. */
const LSBLK =
  'ALIGNMENT DISC-ALN DAX DISC-GRAN DISC-MAX DISC-ZERO FSAVAIL FSROOTS FSSIZE FSTYPE FSUSED FSUSE% FSVER GROUP HCTL HOTPLUG KNAME LABEL LOG-SEC MAJ:MIN MIN-IO MODE MODEL NAME OPT-IO OWNER PARTFLAGS PARTLABEL PARTTYPE PARTTYPENAME PARTUUID PATH PHY-SEC PKNAME PTTYPE PTUUID RA RAND REV RM RO ROTA RQ-SIZE SCHED SERIAL SIZE START STATE SUBSYSTEMS MOUNTPOINT MOUNTPOINTS TRAN TYPE UUID VENDOR WSAME WWN ZONED ZONE-SZ ZONE-WGRAN ZONE-APP ZONE-NR ZONE-OMAX ZONE-AMAX'.split(
    ' ',
  );

export function lsblk(process: Process): number {
  const given = readOptions(
    process,
    'abdefhilmnNo:OpPrstSVxJ',
    {
      all: 'a',
      bytes: 'b',
      nodeps: 'd',
      fs: 'f',
      noheadings: 'n',
      output: 'o:',
      paths: 'p',
      raw: 'r',
      list: 'l',
      help: 'h',
      version: 'V',
    },
    tryUtilLinux,
  );
  const { fs } = process.system;
  const read = (path: string): string => fs.read(path).trim();
  const mounts = new Map<string, string>();
  for (const line of fs.read('/proc/self/mounts').split('\n')) {
    const [source = '', target = ''] = line.split(' ');
    if (source.startsWith('/dev/') && !mounts.has(source)) mounts.set(source, target);
  }
  for (const line of fs.read('/proc/swaps').split('\n').slice(1)) {
    const [name = ''] = line.split(/\s+/);
    if (name.startsWith('/dev/')) mounts.set(name, '[SWAP]');
  }
  const rows: Record<string, string>[] = [];
  const add = (name: string, base: string, type: string, lead: string): void => {
    const bytes = Number(read(`${base}/size`)) * 512;
    if (bytes === 0 && !given.has('a')) return;
    const device = `/dev/${name}`;
    // A logical volume is shown by the name that the device mapper has for it.
    const shown = type === 'lvm' ? read(`${base}/dm/name`) : name;
    rows.push({
      NAME: `${given.has('l') || given.has('r') ? '' : lead}${given.has('p') ? `/dev/${type === 'lvm' ? 'mapper/' : ''}${shown}` : shown}`,
      'MAJ:MIN': read(`${base}/dev`),
      RM: '0',
      SIZE: given.has('b') ? String(bytes) : human(bytes).replace(/\.0([KMGTPE])$/, '$1'),
      RO: read(`${base}/ro`),
      TYPE: type,
      MOUNTPOINTS: mounts.get(device) ?? '',
      MOUNTPOINT: mounts.get(device) ?? '',
      FSTYPE: mounts.get(device) === '[SWAP]' ? 'swap' : mounts.has(device) ? 'ext4' : '',
    });
  };
  const missing = given.operands.filter((path) => {
    try {
      return fs.stat(path, process.cwd).type !== 'block';
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return true;
    }
  });
  const wanted = given.operands.map((path) => path.replace(/^\/dev\//, ''));
  const disks = fs
    .list('/sys/block', '/')
    .filter((name) => (wanted.length === 0 ? !name.startsWith('dm-') : wanted.includes(name)));
  const mapped = fs.list('/sys/block', '/').filter((name) => name.startsWith('dm-'));
  for (const name of disks) {
    add(name, `/sys/block/${name}`, name.startsWith('loop') ? 'loop' : 'disk', '');
    const parts = fs.list(`/sys/block/${name}`, '/').filter((part) => part.startsWith(name));
    const on = mapped.filter((device) => fs.exists(`/sys/block/${device}/slaves/${name}`));
    [...parts, ...on].forEach((part, index, all) => {
      const isPart = index < parts.length;
      const base = isPart ? `/sys/block/${name}/${part}` : `/sys/block/${part}`;
      add(part, base, isPart ? 'part' : 'lvm', index === all.length - 1 ? '└─' : '├─');
    });
  }
  const columns = given.has('f')
    ? ['NAME', 'FSTYPE', 'MOUNTPOINTS']
    : (given.value('o')?.toUpperCase().split(',') ?? [
        'NAME',
        'MAJ:MIN',
        'RM',
        'SIZE',
        'RO',
        'TYPE',
        'MOUNTPOINTS',
      ]);
  const unknown = columns.find((column) => !LSBLK.includes(column));
  if (unknown !== undefined) return process.fail(`unknown column: ${unknown}`);
  if (missing.length > 0) {
    for (const path of missing) process.fail(`${path}: not a block device`);
    if (rows.length === 0) return 32;
  }
  const cells = rows.map((row) => columns.map((column) => row[column] ?? ''));
  const right = new Set(['RM', 'SIZE', 'RO']);
  process.print(
    showTable(columns, cells, {
      right: columns.map((column) => right.has(column)),
      headings: !given.has('n'),
      raw: given.has('r'),
    }),
  );
  return 0;
}

export function mkfs(process: Process): number {
  const path = process.args.at(-1);
  if (path === undefined || path.startsWith('-')) {
    process.warn(`Usage: ${process.name} [options] device\n`);
    return 1;
  }
  const { fs } = process.system;
  try {
    const stat = fs.stat(path, process.cwd);
    const file = fs.open(path, process.cwd, { read: true, write: true });
    const size =
      stat.type === 'block'
        ? Number(fs.read(`/sys/block/${path.replace(/^\/dev\//, '')}/size`)) * 512
        : stat.size;
    try {
      file.seek(1024);
      // Enough for mount to know it again.
      file.writeExtents([{ text: 'ext4' }]);
    } finally {
      file.open.close();
    }
    const blocks = Math.floor(size / 4096);
    process.print(
      `mke2fs 1.47.0 (5-Feb-2023)\nCreating filesystem with ${blocks} 4k blocks and ${Math.floor(blocks / 4)} inodes\n\nAllocating group tables: done                            \nWriting inode tables: done                            \nCreating journal (4096 blocks): done\nWriting superblocks and filesystem accounting information: done\n\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    process.warn(
      `mke2fs 1.47.0 (5-Feb-2023)\nThe file ${path} does not exist and no size was specified.\n`,
    );
    return 1;
  }
}
