/**
 * A guest's kernel and programs reaching their memory, whole pages at a time: the nested entry is used as
 * the processor uses it, accessed and dirty bits included, and where there is none, or none that may be
 * written, the guest exits. Under shadow paging its virtual CPU does the access, by the tables that KVM makes
 * of the guest's own. For guests whose single accesses nobody looks at.
 */
import { READ, WRITE } from '../access';
import * as ept from '../ept';
import { read64, write64 } from '../memory';
import { provide } from '../mm/reclaim';
import { faultIn, frameOf } from './memslot';
import { A, ADDRESS, D, W } from './spte';
import { leafAt, leafLevel, tdpFault } from './tdp';
import * as vcpu from './vcpu';
import { SHADOW, TDP_EPT, Vm } from './vm';

/** Frames of the host that one violation may take. */
const EXIT_FRAMES: u32 = 16;

/**
 * The host frame behind a guest frame. Frame 0, which is nobody's, where the host killed the machine: what
 * it still does then concerns nobody.
 */
export function reachByGuest(vm: Vm, gfn: u32, write: bool): u32 {
  if (vm.mode == SHADOW) return reachDirectly(vm, gfn, write);
  const writable = vm.mode == TDP_EPT ? ept.W : W;
  const used = vm.mode == TDP_EPT ? ept.ACCESSED : A;
  const dirty = vm.mode == TDP_EPT ? ept.DIRTY : D;
  while (!vm.space.dead) {
    const at = leafAt(vm, gfn);
    if (at != 0) {
      const entry = read64(at);
      if (!write || (entry & writable) != 0) {
        const now = entry | used | (write ? dirty : 0);
        if (now != entry) write64(at, now);
        const offset = ((<u32>1) << (9 * (leafLevel - 1))) - 1;
        return (<u32>((entry & ADDRESS) >> 12) & ~offset) | (gfn & offset);
      }
    }
    vm.stats.exits++;
    vm.stats.ept_violations++;
    if (!provide(vm.space.node, EXIT_FRAMES) || vm.space.dead) return 0;
    tdpFault(vm, (<u64>gfn) << 12, write);
  }
  return 0;
}

/** The same for a device, whose data the host's process writes: the host's own mapping is what counts. */
export function reachByDevice(vm: Vm, gfn: u32): u32 {
  if (vm.space.dead) return 0;
  if (!provide(vm.space.node, EXIT_FRAMES) || vm.space.dead) return 0;
  faultIn(vm, gfn, true);
  return <u32>(frameOf(vm, gfn) >> 12);
}

/** One access of 8 bytes by the guest's kernel through its direct mapping; false where the machine is dead. */
function accessDirectly(vm: Vm, gpa: u64, kind: i32, operand: u64): bool {
  const cpu = vm.firstVcpu;
  return cpu !== null && vcpu.access(cpu, vm.direct + gpa, kind, 0, operand) == vcpu.DONE;
}

function reachDirectly(vm: Vm, gfn: u32, write: bool): u32 {
  const gpa = (<u64>gfn) << 12;
  if (!accessDirectly(vm, gpa, READ, 0)) return 0;
  // A page is written whole; its first word stands for that, and keeps what it has until then.
  if (write && !accessDirectly(vm, gpa, WRITE, vcpu.lastValue())) return 0;
  return <u32>(frameOf(vm, gfn) >> 12);
}

/** Under shadow paging: the guest's kernel reads or writes 8 bytes, page tables among them. */
export function readByGuest(vm: Vm, gpa: u64): u64 {
  return accessDirectly(vm, gpa, READ, 0) ? vcpu.lastValue() : 0;
}
export function writeByGuest(vm: Vm, gpa: u64, value: u64): void {
  accessDirectly(vm, gpa, WRITE, value);
}

/** Under shadow paging: a program with these tables touches a page. */
export function touchByProgram(vm: Vm, root: u64, gva: u64, write: bool): void {
  const cpu = vm.firstVcpu;
  if (cpu === null) return;
  if (cpu.cr3 != root) vcpu.movCr3(cpu, root);
  if (vcpu.access(cpu, gva, READ, 3, 0) != vcpu.DONE || !write) return;
  vcpu.access(cpu, gva, WRITE, 3, vcpu.lastValue());
}

/** Under shadow paging: from these tables to the kernel's own, where the processor stands on them. */
export function leaveTables(vm: Vm, root: u64, kernel: u64): void {
  const cpu = vm.firstVcpu;
  if (cpu !== null && cpu.cr3 == root) vcpu.movCr3(cpu, kernel);
}

/** Under shadow paging: the guest's kernel flushes a page whose entry it changed (flush_tlb_page()). */
export function flushByGuest(vm: Vm, gva: u64): void {
  const cpu = vm.firstVcpu;
  if (cpu !== null) vcpu.invalidatePage(cpu, gva);
}
