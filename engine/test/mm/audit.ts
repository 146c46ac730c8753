import type { Kvm, Vm } from '../../src/kvm/kvm.ts';
import type { PageRecord } from '../../src/mm/fields.ts';
import type { KernelMemory } from '../../src/mm/memory.ts';

/**
 * An audit of the host's memory that trusts none of its accounts: who uses which frame is found by walking
 * the page tables of every process and the nested tables of every machine, entry by entry in memory, and
 * held against the records of the frames, the free lists and /proc/meminfo.
 */

const P = 1n;
const W = 2n;
const PS = 0x80n;
const ADDRESS = 0x000f_ffff_ffff_f000n;
const EPT_ANY = 7n;
const REGION = 512;

interface Mapping {
  process: number;
  page: number;
  writable: boolean;
}

/** What the tables say of one frame. */
interface Use {
  mappings: Mapping[];
  table: 'process' | 'kvm' | null;
}

export interface Machine {
  vm: Vm;
  mode: 'ept' | 'npt' | 'shadow';
}

export class AuditError extends Error {}

function must(condition: boolean, message: () => string): void {
  if (!condition) throw new AuditError(message());
}

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** `reserved` says of a frame that the kernel never had it; where it is not given these are the first ones. */
export function audit(
  kvm: Kvm,
  machines: readonly Machine[],
  reserved?: (frame: number) => boolean,
): void {
  const host = kvm.host;
  const uses = new Map<number, Use>();
  const useOf = (frame: number): Use => {
    let use = uses.get(frame);
    if (use === undefined) {
      use = { mappings: [], table: null };
      uses.set(frame, use);
    }
    return use;
  };
  const claimTable = (table: bigint, what: 'process' | 'kvm'): void => {
    const use = useOf(Number(table >> 12n));
    must(use.table === null, () => `table ${table.toString(16)} is used twice`);
    use.table = what;
  };

  const behind = walkProcesses(kvm, host, useOf, claimTable);
  for (const machine of machines) {
    const { vm, mode } = machine;
    if (kvm.isKilled(vm)) continue;
    if (mode === 'shadow') {
      for (const { table } of kvm.shadowPages(vm)) claimTable(table, 'kvm');
    } else walkNested(kvm, machine, behind.get(vm) ?? new Map<number, Mapped>(), claimTable);
  }
  const first = host.frames - host.meminfo.MemTotal / 4;
  checkFrames(host, uses, reserved ?? ((frame) => frame < first));
}

interface Mapped {
  frame: number;
  writable: boolean;
}

/** Walks the tables of all processes; what is behind each guest frame, by machine. */
function walkProcesses(
  kvm: Kvm,
  host: KernelMemory,
  useOf: (frame: number) => Use,
  claimTable: (table: bigint, what: 'process') => void,
): Map<number, Map<number, Mapped>> {
  const all = new Map<number, Map<number, Mapped>>();
  const bases = new Map<number, bigint>();
  for (const process of host.processes) {
    const mapped = new Map<number, Mapped>();
    let tables = 0;
    let resident = 0;
    let swapped = 0;
    if (process.dead === 0) {
      const walk = (table: bigint, level: number, address: bigint): void => {
        claimTable(table, 'process');
        tables++;
        for (const { slot, entry } of kvm.table(table)) {
          const here = address + (BigInt(slot) << BigInt(12 + 9 * (level - 1)));
          if (level > 1 && (entry & P) !== 0n && (entry & PS) === 0n) {
            walk(entry & ADDRESS, level - 1, here);
            continue;
          }
          if (!bases.has(process.number)) {
            // Memory begins on a boundary of 256 GiB.
            bases.set(process.number, (here >> 38n) << 38n);
          }
          const first = Number((here - (bases.get(process.number) ?? 0n)) >> 12n);
          if ((entry & P) === 0n) {
            if (entry !== 0n) swapped++;
            continue;
          }
          const count = REGION ** (level - 1);
          for (let index = 0; index < count && first + index < process.pages; index++) {
            const frame = Number((entry & ADDRESS) >> 12n) + index;
            const writable = (entry & W) !== 0n;
            mapped.set(first + index, { frame, writable });
            useOf(frame).mappings.push({
              process: process.number,
              page: first + index,
              writable,
            });
            if (!isZeroes(host, frame) && level < 3 && !isHugetlb(host, frame)) resident++;
          }
        }
      };
      walk(BigInt(process.root), 4, 0n);
    }
    const name = `process ${process.number}`;
    must(tables === process.tables, () => `${name}: ${tables} tables, counted ${process.tables}`);
    must(resident === process.rss, () => `${name}: ${resident} resident, counted ${process.rss}`);
    must(
      swapped === process.swapped,
      () => `${name}: ${swapped} in swap, counted ${process.swapped}`,
    );
    if (process.vm !== 0) all.set(process.vm, mapped);
  }
  return all;
}

const isZeroes = (host: KernelMemory, frame: number): boolean => {
  const large = host.largeZeroFrame;
  return frame === 1 || (large !== 0 && frame >= large && frame < large + REGION);
};

function isHugetlb(host: KernelMemory, frame: number): boolean {
  const first = Math.floor(frame / REGION) * REGION;
  return host.record(first)?.kind === 'hugetlb';
}

/** No nested entry shows a guest another frame, or lets it write more, than its process's tables do. */
function walkNested(
  kvm: Kvm,
  { vm, mode }: Machine,
  behind: Map<number, Mapped>,
  claimTable: (table: bigint, what: 'kvm') => void,
): void {
  const present = mode === 'ept' ? EPT_ANY : P;
  const walk = (table: bigint, level: number, gfn: number): void => {
    claimTable(table, 'kvm');
    for (const { slot, entry } of kvm.table(table)) {
      if ((entry & present) === 0n) continue;
      const first = gfn + slot * REGION ** (level - 1);
      if (level > 1 && (entry & PS) === 0n) {
        walk(entry & ADDRESS, level - 1, first);
        continue;
      }
      for (let index = 0; index < REGION ** (level - 1); index++) {
        const frame = Number((entry & ADDRESS) >> 12n) + index;
        const there = behind.get(first + index);
        if (there === undefined && level > 1) continue;
        must(
          there?.frame === frame,
          () => `gfn ${first + index}: nested frame ${frame}, process's ${there?.frame ?? 'none'}`,
        );
        must(
          (entry & W) === 0n || there?.writable === true,
          () => `gfn ${first + index}: the guest may write what its process may not`,
        );
      }
    }
  };
  walk(kvm.tdpRoot(vm), 4, 0);
}

/** Every frame has one owner or is free, and the accounts are the sums of that. */
function checkFrames(
  host: KernelMemory,
  uses: ReadonlyMap<number, Use>,
  reserved: (frame: number) => boolean,
): void {
  const meminfo = host.meminfo;
  const counts = { free: 0, anon: 0, ksm: 0, table: 0, kvm: 0, file: 0, kernel: 0, huge: 0 };
  let freeUntil = 0;
  let hugeUntil = 0;
  for (let frame = 0; frame < host.frames; frame++) {
    const record = host.record(frame);
    const use = uses.get(frame);
    const mappings = use?.mappings.length ?? 0;
    const say = (what: string) => () => `frame ${frame} (${record?.kind ?? 'no record'}): ${what}`;
    if (reserved(frame)) {
      must((use?.table ?? null) === null, say('reserved, and a table'));
      must(mappings === 0 || frame === 1, say('reserved, and mapped'));
      continue;
    }
    if (record?.kind === 'free') freeUntil = Math.max(freeUntil, frame + 2 ** record.order);
    if (record?.kind === 'hugetlb') hugeUntil = frame + 1;
    if (frame < hugeUntil) {
      counts.huge++;
      must((use?.table ?? null) === null, say('of a pool, and a table'));
      must(mappings <= 1, say(`mapped ${mappings} times`));
      continue;
    }
    if (record === null || record.kind === 'none' || record.kind === 'free') {
      must(use === undefined, say('free, and in use'));
      counts.free++;
      continue;
    }
    must(frame >= freeUntil, say('in use inside a free block'));
    checkUsed(host, frame, record, use, counts, say);
  }
  const kib = (pages: number) => pages * 4;
  const equal = (name: string, found: number, said: number): void => {
    must(found === said, () => `${name} says ${said} KiB, the frames ${found}`);
  };
  equal('MemFree', kib(counts.free), meminfo.MemFree);
  equal('AnonPages', kib(counts.anon + counts.ksm), meminfo.AnonPages);
  equal('PageTables', kib(counts.table), meminfo.PageTables);
  equal('SecPageTables', kib(counts.kvm), meminfo.SecPageTables);
  equal('Cached', kib(counts.file), meminfo.Cached);
  equal('Hugetlb', kib(counts.huge), meminfo.Hugetlb);
  equal('MemTotal', kib(sum(Object.values(counts))), meminfo.MemTotal);
  checkShown(host, equal);
  const pool = host.pool('2M');
  must(pool.reserved <= pool.free, () => `${pool.reserved} huge pages promised, ${pool.free} free`);
  equal(
    'Active and Inactive',
    meminfo.AnonPages + meminfo.Cached,
    meminfo.Active + meminfo.Inactive + meminfo.Unevictable,
  );
}

/** What the map of memory shows adds up to what /proc/meminfo says. */
function checkShown(
  host: KernelMemory,
  equal: (name: string, found: number, said: number) => void,
): void {
  const { meminfo } = host;
  const shown = new Map<string, number>();
  let frames = 0;
  for (const { kind, frames: count } of host.frameTotals) {
    shown.set(kind, (shown.get(kind) ?? 0) + count * 4);
    frames += count;
  }
  const kib = (...kinds: string[]): number => sum(kinds.map((kind) => shown.get(kind) ?? 0));
  equal('all frames', frames * 4, meminfo.frames);
  equal('MemFree, shown', kib('free'), meminfo.MemFree);
  equal('AnonPages, shown', kib('anonymous', 'ksm', 'swap-cache'), meminfo.AnonPages);
  equal('Cached, shown', kib('file'), meminfo.Cached);
  equal('PageTables, shown', kib('table'), meminfo.PageTables);
  equal('SecPageTables, shown', kib('kvm-table'), meminfo.SecPageTables);
  equal('Hugetlb, shown', kib('hugetlb-free', 'hugetlb-used'), meminfo.Hugetlb);
}

function checkUsed(
  host: KernelMemory,
  frame: number,
  record: PageRecord,
  use: Use | undefined,
  counts: Record<string, number>,
  say: (what: string) => () => string,
): void {
  const mappings = use?.mappings ?? [];
  const add = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  switch (record.kind) {
    case 'table':
    case 'kvm-table':
      must(
        use?.table === (record.kind === 'table' ? 'process' : 'kvm'),
        say('a table that nothing leads to'),
      );
      must(mappings.length === 0, say('a table, and mapped'));
      add(record.kind === 'table' ? 'table' : 'kvm');
      return;
    case 'anonymous': {
      must((use?.table ?? null) === null, say('memory, and a table'));
      must(mappings.length === 1, say(`mapped ${mappings.length} times`));
      must(record.maps === 1, say(`counts ${record.maps} mappings`));
      must(mappings[0]?.page === record.index, say('its reverse map names another page'));
      add('anon');
      return;
    }
    case 'tail':
      must(mappings.length === 1, say(`mapped ${mappings.length} times`));
      must(host.record(record.owner)?.kind === 'anonymous', say('of no large page'));
      add('anon');
      return;
    case 'ksm':
      must(
        mappings.length === record.maps,
        say(`mapped ${mappings.length}, counts ${record.maps}`),
      );
      must(mappings.length > 0, say('merged, and mapped by nobody'));
      must(
        mappings.every(({ writable }) => !writable),
        say('merged, and somebody may write it'),
      );
      add('ksm');
      return;
    case 'file':
      must(mappings.length === 0, say('page cache, and mapped'));
      add('file');
      return;
    case 'kernel':
      must(mappings.length === 0 || isZeroes(host, frame), say('of the kernel, and mapped'));
      add('kernel');
      return;
    default:
      throw new AuditError(say('should not be there')());
  }
}
