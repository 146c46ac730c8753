import { slice, textOf } from '../../fs/content.ts';
import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';

/**
 * What LVM knows lies on the disks themselves: each physical volume says which group it belongs to, and what is
 * in that. Nothing else keeps it.
 */

export const MIB = 1024 * 1024;
/** Bytes of an extent, and what a physical volume keeps for itself before the first. */
export const EXTENT = 4 * MIB;
const RESERVED = MIB;
/** The label stands in the second sector, behind this word. */
const LABEL = 'LABELONE';
const SECTOR = 512;
const HEAD = 65_536;

export interface Logical {
  name: string;
  extents: number;
  uuid: string;
}
export interface Group {
  name: string;
  uuid: string;
  /** Devices of its physical volumes. */
  disks: string[];
  volumes: Logical[];
}
export interface Physical {
  device: string;
  /** Bytes of the disk. */
  bytes: number;
  uuid: string;
  /** Null: it belongs to none yet. */
  group: Group | null;
}

/** Extents that a physical volume has for a group. */
export const extentsOf = ({ bytes }: Pick<Physical, 'bytes'>): number =>
  Math.floor((bytes - RESERVED) / EXTENT);
export const usedOf = (group: Group): number =>
  group.volumes.reduce((sum, { extents }) => sum + extents, 0);

/** A UUID in LVM's own form. */
export function newUuid(process: Process): string {
  const hex = process.system.fs.read('/proc/sys/kernel/random/uuid').replace(/[^0-9a-f]/g, '');
  return hex.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7');
}

/** The size of a block device in bytes; null where a path leads to none. */
export function diskSize(process: Process, path: string): number | null {
  const { fs } = process.system;
  try {
    const { type, device } = fs.stat(path, process.cwd);
    if (type !== 'block' || device === null) return null;
    for (const name of fs.list('/sys/block', '/')) {
      for (const base of [
        name,
        ...fs
          .list(`/sys/block/${name}`, '/')
          .filter((part) => part.startsWith(name))
          .map((part) => `${name}/${part}`),
      ]) {
        if (fs.read(`/sys/block/${base}/dev`).trim() !== device.join(':')) continue;
        return Number(fs.read(`/sys/block/${base}/size`)) * 512;
      }
    }
    return null;
  } catch (error) {
    if (error instanceof Errno) return null;
    throw error;
  }
}

function head(process: Process, device: string): string {
  const file = process.system.fs.open(device, '/', { read: true });
  try {
    return textOf(slice(file.readExtents(HEAD) ?? [], 0, HEAD));
  } finally {
    file.open.close();
  }
}

function writeHead(process: Process, device: string, text: string): void {
  const file = process.system.fs.open(device, '/', { write: true });
  try {
    file.seek(SECTOR);
    file.writeExtents([{ text: text.padEnd(HEAD - SECTOR, '\0') }]);
  } finally {
    file.open.close();
  }
}

/** Every physical volume there is, in the order of the disks. */
export function scan(process: Process): Physical[] {
  const { fs } = process.system;
  const groups = new Map<string, Group>();
  return fs.list('/sys/block', '/').flatMap((name): Physical[] => {
    const device = `/dev/${name}`;
    const bytes = Number(fs.read(`/sys/block/${name}/size`)) * 512;
    if (bytes < 2 * EXTENT || name.startsWith('dm-')) return [];
    let text: string;
    try {
      text = head(process, device);
    } catch (error) {
      if (error instanceof Errno) return [];
      throw error;
    }
    if (!text.startsWith(LABEL, SECTOR)) return [];
    const { uuid, group } = JSON.parse(text.slice(SECTOR + LABEL.length).replace(/\0.*$/s, '')) as {
      uuid: string;
      group: Group | null;
    };
    if (group === null) return [{ device, bytes, uuid, group: null }];
    const known = groups.get(group.uuid) ?? group;
    groups.set(group.uuid, known);
    return [{ device, bytes, uuid, group: known }];
  });
}

/** Writes a label, with the group that it belongs to. */
export function label(process: Process, device: string, uuid: string, group: Group | null): void {
  writeHead(process, device, `${LABEL}${JSON.stringify({ uuid, group })}`);
}
export function wipe(process: Process, device: string): void {
  writeHead(process, device, '');
}

/** Writes what a group is now to each of its disks. */
export function store(process: Process, group: Group): void {
  for (const { device, uuid } of scan(process)) {
    if (group.disks.includes(device)) label(process, device, uuid, group);
  }
}

/** The name by which the device mapper knows a volume: hyphens are doubled. */
export const mapperName = (group: string, volume: string): string =>
  `${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`;

export function activate(process: Process, group: Group, volume: Logical): void {
  const { calls, fs } = process.system;
  const name = mapperName(group.name, volume.name);
  if (calls.mapped.has(name)) return;
  calls.mapDevice(name, volume.extents * EXTENT, (group.disks[0] ?? '').replace('/dev/', ''));
  if (!fs.exists(`/dev/${group.name}`)) fs.mkdir(`/dev/${group.name}`, '/');
  const link = `/dev/${group.name}/${volume.name}`;
  try {
    fs.unlink(link, '/');
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
  fs.symlink(`../dm-${calls.mapped.get(name)?.minor ?? 0}`, link, '/');
}

/** Throws `Errno` EBUSY while it is in use. */
export function deactivate(process: Process, group: Group, volume: Logical): void {
  const { calls, fs } = process.system;
  const name = mapperName(group.name, volume.name);
  if (!calls.mapped.has(name)) return;
  calls.unmapDevice(name);
  fs.unlink(`/dev/${group.name}/${volume.name}`, '/');
  if (fs.list(`/dev/${group.name}`, '/').length === 0) fs.rmdir(`/dev/${group.name}`, '/');
}

/** Whether a volume is a swap area in use, or mounted. */
export function isOpen(process: Process, group: Group, volume: Logical): boolean {
  const { calls, fs } = process.system;
  const device = calls.mapped.get(mapperName(group.name, volume.name));
  if (device === undefined) return false;
  const names = [`/dev/dm-${device.minor}`, `/dev/mapper/${mapperName(group.name, volume.name)}`];
  return ['/proc/swaps', '/proc/self/mounts'].some((path) =>
    fs
      .read(path)
      .split('\n')
      .some((line) => names.includes(line.split(/\s+/)[0] ?? '')),
  );
}
