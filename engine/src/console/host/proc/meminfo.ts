import type { KernelMemory } from '../../../mm/memory.ts';

/** /proc/meminfo in the form and order of Linux 6.1 (fs/proc/meminfo.c). */

/** What the kernel's own memory is made up of, in KiB, once it has booted; what comes later is slab. */
export interface KernelParts {
  reclaimable: number;
  stacks: number;
  perCpu: number;
  vmalloc: number;
  /** Taken, and in none of the lines. */
  untold: number;
}

/** Of a small machine the parts are smaller. */
export function kernelParts(kernel: number): KernelParts {
  const part = (most: number, share: number): number =>
    Math.min(most, Math.floor((kernel * share) / 4) * 4);
  return {
    reclaimable: part(14756, 0.11),
    stacks: part(2272, 0.02),
    perCpu: part(1616, 0.015),
    vmalloc: part(38248, 0.2),
    untold: part(104000, 0.5),
  };
}

const line = (name: string, kib: number): string =>
  `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`;
const count = (name: string, pages: number): string =>
  `${`${name}:`.padEnd(16)}${String(pages).padStart(8)}\n`;

export interface MoreMeminfo {
  parts: KernelParts;
  overcommitRatio: number;
  /** Whether the direct mapping has pages of 1 GiB. */
  giant: boolean;
  /** KiB of the page cache that hold blocks of devices. */
  buffers: number;
  /** KiB of the page cache that processes have mapped. */
  mapped: number;
}

export function meminfoText(memory: KernelMemory, more: MoreMeminfo): string {
  const info = memory.meminfo;
  const { parts } = more;
  const slab = Math.max(info.Slab - parts.stacks - parts.perCpu - parts.untold, parts.reclaimable);
  const swap = info.SwapTotal;
  const limit =
    Math.floor(((info.MemTotal - info.Hugetlb) * more.overcommitRatio) / 100 / 4) * 4 + swap;
  const all = info.frames;
  const small = 89968;
  const giants = more.giant ? Math.floor((all * 0.4) / 1048576) * 1048576 : 0;
  const large = Math.floor((all - giants - small) / 2048) * 2048;
  return [
    line('MemTotal', info.MemTotal),
    line('MemFree', info.MemFree),
    line('MemAvailable', info.MemAvailable + Math.floor(parts.reclaimable / 2)),
    line('Buffers', more.buffers),
    line('Cached', info.Cached - more.buffers),
    line('SwapCached', info.SwapCached),
    line('Active', info.Active),
    line('Inactive', info.Inactive),
    line('Active(anon)', info['Active(anon)']),
    line('Inactive(anon)', info['Inactive(anon)']),
    line('Active(file)', info['Active(file)']),
    line('Inactive(file)', info['Inactive(file)']),
    line('Unevictable', info.Unevictable),
    line('Mlocked', info.Unevictable),
    line('SwapTotal', swap),
    line('SwapFree', info.SwapFree),
    line('Zswap', 0),
    line('Zswapped', 0),
    line('Dirty', info.Dirty),
    line('Writeback', 0),
    line('AnonPages', info.AnonPages),
    line('Mapped', more.mapped),
    line('Shmem', info.Shmem),
    line('KReclaimable', parts.reclaimable),
    line('Slab', slab),
    line('SReclaimable', parts.reclaimable),
    line('SUnreclaim', slab - parts.reclaimable),
    line('KernelStack', parts.stacks),
    line('PageTables', info.PageTables),
    line('SecPageTables', info.SecPageTables),
    line('NFS_Unstable', 0),
    line('Bounce', 0),
    line('WritebackTmp', 0),
    line('CommitLimit', limit),
    line('Committed_AS', info.Committed_AS),
    line('VmallocTotal', 34359738367),
    line('VmallocUsed', parts.vmalloc),
    line('VmallocChunk', 0),
    line('Percpu', parts.perCpu),
    `HardwareCorrupted: ${'0'.padStart(5)} kB\n`,
    line('AnonHugePages', info.AnonHugePages),
    line('ShmemHugePages', 0),
    line('ShmemPmdMapped', 0),
    line('FileHugePages', 0),
    line('FilePmdMapped', 0),
    count('HugePages_Total', memory.pool('2M').total),
    count('HugePages_Free', memory.pool('2M').free),
    count('HugePages_Rsvd', memory.pool('2M').reserved),
    count('HugePages_Surp', memory.pool('2M').surplus),
    line('Hugepagesize', 2048),
    line('Hugetlb', info.Hugetlb),
    line('DirectMap4k', all - giants - large),
    line('DirectMap2M', large),
    ...(more.giant ? [line('DirectMap1G', giants)] : []),
  ].join('');
}

/** /sys/devices/system/node/nodeN/meminfo (drivers/base/node.c). */
export function nodeMeminfoText(memory: KernelMemory, cell: number, more: MoreMeminfo): string {
  const cells = memory.cells;
  const here = cells[cell];
  if (here === undefined) return '';
  const pages: Record<string, number> = {};
  for (const { kind, frames } of memory.totalsOf(cell)) pages[kind] = (pages[kind] ?? 0) + frames;
  const kib = (kind: string): number => (pages[kind] ?? 0) * 4;
  const info = memory.meminfo;
  const share =
    here.managed /
    Math.max(
      1,
      cells.reduce((sum, { managed }) => sum + managed, 0),
    );
  const part = (all: number): number => Math.round((all * share) / 4) * 4;
  const anon = kib('anonymous') + kib('ksm') + kib('swap-cache');
  const total = here.managed * 4;
  const free = here.free * 4;
  const slabs = Math.max(
    0,
    kib('kernel') - part(more.parts.stacks + more.parts.perCpu + more.parts.untold),
  );
  const reclaimable = Math.min(part(more.parts.reclaimable), slabs);
  const files = kib('file');
  // Lists are the whole kernel's here: a cell's part of them follows what it has of either kind.
  const ofAnon = anon / Math.max(1, info.AnonPages + info.SwapCached);
  const ofFile = files / Math.max(1, info.Cached);
  const round = (value: number): number => Math.round(value / 4) * 4;
  const activeAnon = round(info['Active(anon)'] * ofAnon);
  const inactiveAnon = round(info['Inactive(anon)'] * ofAnon);
  const activeFile = round(info['Active(file)'] * ofFile);
  const inactiveFile = round(info['Inactive(file)'] * ofFile);
  const row = (name: string, value: number, width = 16): string =>
    `Node ${cell} ${`${name}:`.padEnd(width)}${String(value).padStart(8)} kB\n`;
  const pool = (name: string, value: number): string =>
    `Node ${cell} ${`${name}:`.padEnd(17)}${String(value).padStart(5)}\n`;
  return [
    row('MemTotal', total),
    row('MemFree', free),
    row('MemUsed', total - free),
    row('SwapCached', round(info.SwapCached * ofAnon)),
    row('Active', activeAnon + activeFile),
    row('Inactive', inactiveAnon + inactiveFile),
    row('Active(anon)', activeAnon),
    row('Inactive(anon)', inactiveAnon),
    row('Active(file)', activeFile),
    row('Inactive(file)', inactiveFile),
    row('Unevictable', 0),
    row('Mlocked', 0),
    row('Dirty', round(info.Dirty * ofFile)),
    row('Writeback', 0),
    row('FilePages', files),
    row('Mapped', part(more.mapped)),
    row('AnonPages', anon),
    row('Shmem', part(info.Shmem)),
    row('KernelStack', part(more.parts.stacks)),
    row('PageTables', kib('table')),
    row('SecPageTables', kib('kvm-table')),
    row('NFS_Unstable', 0),
    row('Bounce', 0),
    row('WritebackTmp', 0),
    row('KReclaimable', reclaimable),
    row('Slab', slabs),
    row('SReclaimable', reclaimable),
    row('SUnreclaim', slabs - reclaimable),
    row('AnonHugePages', Math.min(round(info.AnonHugePages * ofAnon), anon)),
    row('ShmemHugePages', 0),
    row('ShmemPmdMapped', 0),
    row('FileHugePages', 0, 15),
    row('FilePmdMapped', 0, 15),
    pool('HugePages_Total', here.huge2M),
    pool('HugePages_Free', here.free2M),
    pool('HugePages_Surp', 0),
  ].join('');
}
