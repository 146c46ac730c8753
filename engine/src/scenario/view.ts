import type { Address } from '../address.ts';
import type { Counters } from '../kvm/counters.ts';
import type { Happening } from '../kvm/happenings.ts';
import type { ShadowPageView, TableView, TlbArrayView } from '../kvm/views.ts';
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
}

export interface RunView {
  counters: Counters;
  /** Each processor's TLB, array by array. */
  tlbs: TlbArrayView[][];
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
    const shadowTables = new Map(shadowPages.map(({ table }) => [table, kvm.table(table)]));
    return {
      name,
      processes,
      vcpus: vcpus.map((vcpu) => ({ cr3: kvm.cr3(vcpu), roots: kvm.roots(vcpu) })),
      shadowPages,
      pairs: processes.map(({ root }) =>
        pairTables({
          tables: below(root, levels, (table) => kvm.guestTable(vm, table), isLower),
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
    };
  });
  return {
    counters: run.counters,
    tlbs: Array.from({ length: world.cpus }, (_, cpu) => kvm.tlb(cpu, geometry)),
    guests,
    happenings,
  };
}
