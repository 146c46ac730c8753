import type { Address } from '../address.ts';
import type { Counters } from '../kvm/counters.ts';
import type { Happening } from '../kvm/happenings.ts';
import type { ShadowPageView, TableView, TlbArrayView } from '../kvm/views.ts';
import { readTlb } from './read.ts';
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
  /** The guest's own tables below its processes' roots, by guest-physical address. */
  guestTables: Map<Address, TableView>;
  shadowPages: ShadowPageView[];
  /** KVM's shadow tables, by host-physical address. */
  shadowTables: Map<Address, TableView>;
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

/** The tables that a root leads to, itself included, as far as `read` finds entries. */
function below(
  root: Address,
  levels: number,
  read: (table: Address) => TableView,
  into: Map<Address, TableView>,
  keep: (level: number, slot: number) => boolean,
): void {
  const visit = (table: Address, level: number): void => {
    if (into.has(table)) return;
    const entries = read(table).filter(({ slot }) => keep(level, slot));
    into.set(table, entries);
    if (level === 1) return;
    for (const { entry } of entries) {
      const leaf = level <= 3 && (entry & PS) !== 0n;
      if ((entry & 1n) !== 0n && !leaf) visit(entry & ADDRESS, level - 1);
    }
  };
  visit(root, levels);
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
    const guestTables = new Map<Address, TableView>();
    // The upper half is the kernel's window, the same in every process.
    const isLower = (level: number, slot: number): boolean => level < levels || slot < 256;
    for (const { root } of processes) {
      below(root, levels, (table) => kvm.guestTable(vm, table), guestTables, isLower);
    }
    const shadowPages = machine.mmu.mode === 'shadow' ? kvm.shadowPages(vm) : [];
    const shadowTables = new Map(shadowPages.map(({ table }) => [table, kvm.table(table)]));
    return {
      name,
      processes,
      vcpus: vcpus.map((vcpu) => ({ cr3: kvm.cr3(vcpu), roots: kvm.roots(vcpu) })),
      guestTables,
      shadowPages,
      shadowTables,
    };
  });
  return {
    counters: run.counters,
    tlbs: Array.from({ length: world.cpus }, (_, cpu) => kvm.tlb(cpu, geometry)),
    guests,
    happenings,
  };
}
