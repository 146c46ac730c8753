import type { Address } from '../address.ts';
import type { Counters } from '../kvm/counters.ts';
import type { Happening } from '../kvm/happenings.ts';
import type { Vm } from '../kvm/kvm.ts';
import type { StructureCacheView, ShadowPageView, TableView, TlbArrayView } from '../kvm/views.ts';
import { pairTables } from './pairs.ts';
import type { PairTable } from './pairs.ts';
import { readTlb } from './read.ts';
import { pagesOf } from './spaces.ts';
import type { SpacePage } from './spaces.ts';
import type { Run } from './run.ts';

/** What pictures of a running scenario are drawn from: read out of the machine, plain data. */

export interface ProcessView {
  name: string;
  /** Guest-physical address of its top table. */
  root: Address;
}

export interface VcpuView {
  cr3: Address;
  /** Host-physical addresses of its shadow roots, the one in use first; 0 where there is none. */
  roots: Address[];
}

export interface GuestView {
  name: string;
  processes: ProcessView[];
  vcpus: VcpuView[];
  shadowPages: ShadowPageView[];
  /** By process: its tables from the top down, each beside its shadow. */
  pairs: PairTable[][];
  /** By process: the pages that it maps, each with the way to the host's frame. */
  spaces: SpacePage[][];
  /** What was counted for this guest since the start. */
  counters: Counters;
  /** Page tables of 4 KiB: the guest's own for its processes, and the nested ones that map its memory. */
  tables: { guest: number; nested: number };
}

export interface RunView {
  counters: Counters;
  /** Each processor's TLB, array by array. */
  tlbs: TlbArrayView[][];
  /** Each processor's paging-structure caches. */
  structures: StructureCacheView[][];
  guests: GuestView[];
  /** What the step just done consisted of; empty at the start and after a jump. */
  happenings: Happening[];
}

const ADDRESS = 0x000f_ffff_ffff_f000n;
const PS = 0x80n;

/** The tables that a root leads to, itself included, as far as `read` finds entries; top level first. */
function below(
  root: Address,
  levels: number,
  read: (table: Address) => TableView,
  keep: (level: number, slot: number) => boolean,
): { gpa: Address; level: number; entries: TableView }[] {
  const found = new Map<Address, { gpa: Address; level: number; entries: TableView }>();
  const visit = (table: Address, level: number): void => {
    if (found.has(table)) return;
    const entries = read(table).filter(({ slot }) => keep(level, slot));
    found.set(table, { gpa: table, level, entries });
    if (level === 1) return;
    for (const { entry } of entries) {
      const leaf = level <= 3 && (entry & PS) !== 0n;
      if ((entry & 1n) !== 0n && !leaf) visit(entry & ADDRESS, level - 1);
    }
  };
  visit(root, levels);
  return [...found.values()].sort((a, b) => b.level - a.level);
}

const EPT_PRESENT = 7n;

/** The nested tables of a guest; none where there is no nested paging. */
function nestedTables({ world, scenario }: Run, vm: Vm): number {
  const { mmu } = scenario.machine;
  if (mmu.mode !== 'ept' && mmu.mode !== 'npt') return 0;
  const present = mmu.mode === 'ept' ? EPT_PRESENT : 1n;
  const count = (table: Address, level: number): number =>
    world.kvm.table(table).reduce((sum, { entry }) => {
      const isTable = (entry & present) !== 0n && !(level <= 3 && (entry & PS) !== 0n);
      return sum + (level > 1 && isTable ? count(entry & ADDRESS, level - 1) : 0);
    }, 1);
  const root = world.kvm.tdpRoot(vm);
  return root === 0n ? 0 : count(root, mmu.nestedLevels ?? mmu.levels);
}

/** Reads the machine of a run as it is now. */
export function viewOf(run: Run, happenings: Happening[] = []): RunView {
  const { world, scenario } = run;
  const { kvm } = world;
  const { machine } = scenario;
  const geometry = readTlb(machine.tlb);
  const { levels } = machine.mmu;
  const guests = machine.guests.map(({ name }): GuestView => {
    const { vm, vcpus } = world.guest(name);
    const processes = run.processes
      .filter((each) => each.guest === name)
      .map((each) => ({ name: each.name, root: kvm.processRoot(each.process) }));
    // The upper half is the kernel's window, the same in every process.
    const isLower = (level: number, slot: number): boolean => level < levels || slot < 256;
    const shadowPages = machine.mmu.mode === 'shadow' ? kvm.shadowPages(vm) : [];
    const tables = processes.map(({ root }) =>
      below(root, levels, (table) => kvm.guestTable(vm, table), isLower),
    );
    const shadowTables = new Map(shadowPages.map(({ table }) => [table, kvm.table(table)]));
    return {
      name,
      processes,
      vcpus: vcpus.map((vcpu) => ({ cr3: kvm.cr3(vcpu), roots: kvm.roots(vcpu) })),
      shadowPages,
      pairs: tables.map((each) =>
        pairTables({
          tables: each,
          shadowPages,
          shadowTables,
          behind: (gpa) => kvm.hostFrame(vm, gpa),
        }),
      ),
      spaces: processes.map(({ root }) =>
        pagesOf({
          root,
          levels,
          memory: BigInt(kvm.framesOf(vm)) * 4096n,
          table: (table) => kvm.guestTable(vm, table),
          behind: (gpa) => kvm.hostFrame(vm, gpa),
        }),
      ),
      counters: kvm.counters(vm),
      tables: {
        guest: new Set(tables.flat().map(({ gpa }) => gpa)).size,
        nested: nestedTables(run, vm),
      },
    };
  });
  return {
    counters: run.counters,
    tlbs: Array.from({ length: world.cpus }, (_, cpu) => kvm.tlb(cpu, geometry)),
    structures: Array.from({ length: world.cpus }, (_, cpu) => kvm.structureCaches(cpu, geometry)),
    guests,
    happenings,
  };
}
