import { Errno } from '../../os/errno.ts';
import type { Process } from '../../os/process.ts';
import { Failed, noSyntax, readLvm } from './read.ts';
import { sizeWords } from './report.ts';
import {
  EXTENT,
  activate,
  deactivate,
  diskSize,
  extentsOf,
  isOpen,
  label,
  mapperName,
  newUuid,
  scan,
  store,
  usedOf,
  wipe,
} from './volumes.ts';
import type { Group, Physical } from './volumes.ts';

/** Commands of LVM 2.03.16 that make and remove volumes. */

const NAME = /^[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]*$/;

function fail(process: Process, text: string, status = 5): never {
  process.warn(`  ${text}\n`);
  throw new Failed(status);
}

function groupNamed(process: Process, name: string): Group {
  const found = scan(process).find(({ group }) => group?.name === name)?.group;
  if (found !== undefined && found !== null) return found;
  process.warn(`  Volume group "${name}" not found\n  Cannot process volume group ${name}\n`);
  throw new Failed(5);
}

/** A disk that may become a physical volume, with the size that it has. */
function usable(process: Process, path: string): { device: string; bytes: number } {
  const bytes = diskSize(process, path);
  if (bytes === null || bytes === 0) fail(process, `No device found for ${path}.`);
  const { fs } = process.system;
  const device = fs.find(path, process.cwd).path;
  const isUsed = ['/proc/self/mounts', '/proc/swaps'].some((file) =>
    fs
      .read(file)
      .split('\n')
      .some((line) => (line.split(/\s+/)[0] ?? '').startsWith(device)),
  );
  if (isUsed) fail(process, `Can't open ${device} exclusively.  Mounted filesystem?`);
  return { device, bytes };
}

/** Where a swap area is already, LVM asks; without an answer nothing is done. */
function mayWipe(process: Process, device: string, yes: boolean): void {
  const file = process.system.fs.open(device, '/', { read: true });
  const text = file.open.source?.read(4096) ?? '';
  file.open.close();
  if (!text.endsWith('SWAPSPACE2')) return;
  if (!yes) {
    process.warn(
      `WARNING: swap signature detected on ${device} at offset 4086. Wipe it? [y/n]: [n]\n  Aborted wiping of swap.\n  1 existing signature left on the device.\n`,
    );
    return;
  }
  process.print(`  Wiping swap signature on ${device}.\n`);
}

export function pvcreate(process: Process): number {
  const given = readLvm(process, 'u:M:', { uuid: 'u:', metadatatype: 'M:' });
  if (given.operands.length === 0) noSyntax(process, 'PV ...');
  for (const path of given.operands) {
    const { device } = usable(process, path);
    const there = scan(process).find((disk) => disk.device === device);
    if (there !== undefined && there.group !== null) {
      process.warn(
        `  Can't initialize physical volume "${device}" of volume group "${there.group.name}" without -ff\n  ${device}: physical volume not initialized.\n`,
      );
      throw new Failed(5);
    }
    mayWipe(process, device, given.has('y'));
    label(process, device, newUuid(process), null);
    process.print(`  Physical volume "${device}" successfully created.\n`);
  }
  return 0;
}

export function pvremove(process: Process): number {
  const given = readLvm(process, '', {});
  if (given.operands.length === 0) noSyntax(process, 'PV ...');
  for (const path of given.operands) {
    const { device } = usable(process, path);
    const there = scan(process).find((disk) => disk.device === device);
    if (there === undefined) fail(process, `No PV found on device ${device}.`);
    if (there.group !== null) {
      process.warn(
        `  PV ${device} is used by VG ${there.group.name} so please use vgreduce first.\n  (If you are certain you need pvremove, then confirm by using --force twice.)\n  ${device}: physical volume label not removed.\n`,
      );
      throw new Failed(5);
    }
    wipe(process, device);
    process.print(`  Labels on physical volume "${device}" successfully wiped.\n`);
  }
  return 0;
}

/** Disks as physical volumes, made so where they are none yet. */
function physical(process: Process, paths: readonly string[]): Physical[] {
  return paths.map((path) => {
    const { device, bytes } = usable(process, path);
    const there = scan(process).find((disk) => disk.device === device);
    if (there !== undefined && there.group !== null) {
      fail(process, `Physical volume '${device}' is already in volume group '${there.group.name}'`);
    }
    if (there !== undefined) return there;
    process.print(`  Physical volume "${device}" successfully created.\n`);
    return { device, bytes, uuid: newUuid(process), group: null };
  });
}

export function vgcreate(process: Process): number {
  const given = readLvm(process, 's:l:p:', { physicalextentsize: 's:' });
  const [name, ...paths] = given.operands;
  if (name === undefined || paths.length === 0) noSyntax(process, 'VG_new PV ...');
  if (!NAME.test(name)) fail(process, `New volume group name "${name}" is invalid.`, 3);
  if (scan(process).some(({ group }) => group?.name === name)) {
    fail(process, `A volume group called ${name} already exists.`);
  }
  const disks = physical(process, paths);
  const group: Group = {
    name,
    uuid: newUuid(process),
    disks: disks.map(({ device }) => device),
    volumes: [],
  };
  for (const { device, uuid } of disks) label(process, device, uuid, group);
  process.print(`  Volume group "${name}" successfully created\n`);
  return 0;
}

export function vgextend(process: Process): number {
  const given = readLvm(process, '', {});
  const [name, ...paths] = given.operands;
  if (name === undefined || paths.length === 0) noSyntax(process, 'VG PV ...');
  const group = groupNamed(process, name);
  const disks = physical(process, paths);
  group.disks.push(...disks.map(({ device }) => device));
  for (const { device, uuid } of disks) label(process, device, uuid, group);
  store(process, group);
  process.print(`  Volume group "${name}" successfully extended\n`);
  return 0;
}

export function vgremove(process: Process): number {
  const given = readLvm(process, '', {});
  if (given.operands.length === 0) noSyntax(process, 'VG|Tag|Select ...');
  for (const name of given.operands) {
    const group = groupNamed(process, name);
    if (group.volumes.length > 0 && !given.has('y') && !given.has('f')) {
      process.warn(
        `Do you really want to remove volume group "${name}" containing ${group.volumes.length} logical volumes? [y/n]: [n]\n`,
      );
      return fail(process, `Volume group "${name}" not removed`);
    }
    for (const volume of [...group.volumes]) remove(process, group, volume.name);
    for (const { device, uuid } of scan(process)) {
      if (group.disks.includes(device)) label(process, device, uuid, null);
    }
    process.print(`  Volume group "${name}" successfully removed\n`);
  }
  return 0;
}

export function vgchange(process: Process): number {
  const given = readLvm(process, 'a:', { activate: 'a:' });
  const how = given.value('a') ?? '';
  const all = [...new Set(scan(process).flatMap(({ group }) => group ?? []))];
  const groups =
    given.operands.length === 0 ? all : given.operands.map((name) => groupNamed(process, name));
  for (const group of groups) {
    for (const volume of group.volumes) {
      if (how.endsWith('n')) deactivate(process, group, volume);
      else activate(process, group, volume);
    }
    const active = group.volumes.filter(({ name }) =>
      process.system.calls.mapped.has(mapperName(group.name, name)),
    ).length;
    process.print(`  ${active} logical volume(s) in volume group "${group.name}" now active\n`);
  }
  return 0;
}

const FREE = (process: Process, group: Group): { free: number; total: number } => {
  const total = scan(process)
    .filter((disk) => disk.group?.uuid === group.uuid)
    .reduce((sum, disk) => sum + extentsOf(disk), 0);
  return { free: total - usedOf(group), total };
};

/** Extents that `--size` or `--extents` asks for; `of` a volume that grows by them. */
function extentsWanted(
  process: Process,
  given: { value(key: string): string | undefined },
): (group: Group) => number {
  const size = given.value('L')?.replace(/^\+/, '');
  if (size !== undefined) {
    const match = /^(\d+(?:\.\d+)?)([bskmgtpeBSKMGTPE]?)(?:i?[bB])?$/.exec(size);
    if (match === null) {
      process.warn(
        `  Can't parse size argument.\n  Invalid argument for --size: ${size}\n  Error during parsing of command line.\n`,
      );
      throw new Failed(3);
    }
    const unit = (match[2] ?? '').toLowerCase() || 'm';
    const factor = unit === 's' ? 512 : 1024 ** 'bkmgtpe'.indexOf(unit);
    const bytes = Number(match[1]) * factor;
    const extents = Math.ceil(bytes / EXTENT);
    if (bytes % EXTENT === 0) return () => extents;
    return () => {
      process.print(`  Rounding up size to full physical extent ${sizeWords(extents * EXTENT)}\n`);
      return extents;
    };
  }
  const text = (given.value('l') ?? '').replace(/^\+/, '');
  const match = /^(\d+)(?:%(FREE|VG|PVS))?$/i.exec(text);
  if (match === null) {
    process.warn(
      `  Invalid argument for --extents: ${text}\n  Error during parsing of command line.\n`,
    );
    throw new Failed(3);
  }
  const [, number, of] = match;
  if (of === undefined) return () => Number(number);
  return (group) => {
    const { free, total } = FREE(process, group);
    return Math.floor(((of.toUpperCase() === 'FREE' ? free : total) * Number(number)) / 100);
  };
}

function enough(process: Process, group: Group, extents: number): void {
  const { free } = FREE(process, group);
  if (extents > free) {
    fail(
      process,
      `Volume group "${group.name}" has insufficient free space (${free} extents): ${extents} required.`,
    );
  }
}

export function lvcreate(process: Process): number {
  const given = readLvm(process, 'L:l:n:W:Z:an:', {
    size: 'L:',
    extents: 'l:',
    name: 'n:',
    wipesignatures: 'W:',
    zero: 'Z:',
    activate: 'a:',
    type: '@type:',
  });
  const [first] = given.operands;
  const sized = given.has('L') || given.has('l');
  if (!sized || first === undefined) noSyntax(process, null);
  const wanted = extentsWanted(process, given);
  const group = groupNamed(process, first.replace(/^\/dev\//, ''));
  let name = given.value('n');
  for (let number = 0; name === undefined; number++) {
    if (!group.volumes.some((volume) => volume.name === `lvol${number}`)) name = `lvol${number}`;
  }
  if (!NAME.test(name)) fail(process, `Logical volume name "${name}" is invalid.`, 3);
  if (group.volumes.some((volume) => volume.name === name)) {
    fail(process, `Logical Volume "${name}" already exists in volume group "${group.name}"`);
  }
  const extents = wanted(group);
  if (extents === 0) {
    fail(
      process,
      given.has('l')
        ? 'Unable to create new logical volume with no extents.'
        : 'Volume size may not be zero.',
      given.has('l') ? 5 : 3,
    );
  }
  enough(process, group, extents);
  group.volumes.push({ name, extents, uuid: newUuid(process) });
  store(process, group);
  activate(process, group, group.volumes.at(-1)!);
  // Its first page is cleared, so that nobody takes it for what was there before (--zero).
  const file = process.system.fs.open(`/dev/${group.name}/${name}`, '/', { write: true });
  try {
    file.writeExtents([{ zero: 4096 }]);
  } finally {
    file.open.close();
  }
  process.print(`  Logical volume "${name}" created.\n`);
  return 0;
}

function volumeNamed(process: Process, text: string): { group: Group; name: string } {
  const [groupName = '', name] = text.replace(/^\/dev\/(?:mapper\/)?/, '').split('/');
  const group = groupNamed(process, groupName);
  if (name === undefined || !group.volumes.some((volume) => volume.name === name)) {
    return fail(process, `Failed to find logical volume "${groupName}/${name ?? ''}"`);
  }
  return { group, name };
}

function remove(process: Process, group: Group, name: string): void {
  const volume = group.volumes.find((one) => one.name === name);
  if (volume === undefined) return;
  if (isOpen(process, group, volume)) fail(process, `Logical volume ${group.name}/${name} in use.`);
  try {
    deactivate(process, group, volume);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    fail(process, `Logical volume ${group.name}/${name} in use.`);
  }
  group.volumes = group.volumes.filter((one) => one !== volume);
  store(process, group);
  process.print(`  Logical volume "${name}" successfully removed.\n`);
}

export function lvremove(process: Process): number {
  const given = readLvm(process, '', {});
  if (given.operands.length === 0) noSyntax(process, 'VG|LV|Tag|Select ...');
  for (const text of given.operands) {
    const whole = text.replace(/^\/dev\//, '');
    const targets = whole.includes('/')
      ? [volumeNamed(process, whole)]
      : groupNamed(process, whole).volumes.map(({ name }) => ({
          group: groupNamed(process, whole),
          name,
        }));
    for (const { group, name } of targets) {
      const volume = group.volumes.find((one) => one.name === name);
      if (volume !== undefined && isOpen(process, group, volume)) {
        fail(process, `Logical volume ${group.name}/${name} in use.`);
      }
      if (!given.has('y') && !given.has('f')) {
        process.warn(
          `Do you really want to remove active logical volume ${group.name}/${name}? [y/n]: [n]\n`,
        );
        return fail(process, `Logical volume ${group.name}/${name} not removed.`);
      }
      remove(process, group, name);
    }
  }
  return 0;
}

export function lvextend(process: Process): number {
  const given = readLvm(process, 'L:l:r', { size: 'L:', extents: 'l:', resizefs: 'r' });
  const [text] = given.operands;
  if (text === undefined || (!given.has('L') && !given.has('l'))) noSyntax(process, null);
  const { group, name } = volumeNamed(process, text);
  const volume = group.volumes.find((one) => one.name === name)!;
  const old = volume.extents;
  const asked = given.value('L') ?? given.value('l') ?? '';
  const wanted = extentsWanted(process, given)(group) + (asked.startsWith('+') ? old : 0);
  if (wanted === old)
    fail(
      process,
      'New size given (' + `${wanted} extents) matches existing size (${old} extents).`,
    );
  if (wanted < old) {
    fail(
      process,
      `New size given (${wanted} extents) not larger than existing size (${old} extents)`,
    );
  }
  enough(process, group, wanted - old);
  if (isOpen(process, group, volume)) fail(process, `Logical volume ${group.name}/${name} in use.`);
  deactivate(process, group, volume);
  volume.extents = wanted;
  store(process, group);
  activate(process, group, volume);
  process.print(
    `  Size of logical volume ${group.name}/${name} changed from ${sizeWords(old * EXTENT)} (${old} extents) to ${sizeWords(wanted * EXTENT)} (${wanted} extents).\n  Logical volume ${group.name}/${name} successfully resized.\n`,
  );
  return 0;
}
