/**
 * Two-dimensional paging as KVM keeps it (Linux tdp_mmu.c): one nested table for each virtual machine,
 * filled at the first touch of each guest-physical page; the guest's own tables are its own affair.
 */
import { slotOf } from '../address';
import * as ept from '../ept';
import { read64, write64 } from '../memory';
import { takeTable } from './host-frames';
import { FIXED, RETRY } from './make-spte';
import { faultIn, frameOf, hostLevel, isMemory, isWritable } from './memslot';
import { A, ADDRESS, D, P, PS, U, W } from './spte';
import { TDP_EPT, Vm } from './vm';

// @ts-ignore: decorator
@inline
function presence(vm: Vm): u64 {
  return vm.mode == TDP_EPT ? ept.R | ept.W | ept.X : P;
}

/** Makes the root of the nested table. */
export function startTdp(vm: Vm, levels: i32): void {
  vm.tdpLevels = levels;
  vm.tdpRoot = takeTable();
}

function count(vm: Vm, level: i32, by: i64): void {
  if (level == 1) vm.stats.pages_4k += by;
  else vm.stats.pages_2m += by;
}

/** An EPT violation or nested page fault: the page is found in host memory and mapped (kvm_tdp_mmu_map()). */
export function tdpFault(vm: Vm, gpa: u64, write: bool): i32 {
  vm.stats.pf_taken++;
  const gfn = gpa >> 12;
  if (!isMemory(vm, gfn)) {
    vm.stats.pf_emulate++;
    return -1;
  }
  if (faultIn(vm, gfn, write)) return RETRY;
  const goal = hostLevel(vm, gfn);
  let table = vm.tdpRoot;
  for (let level = vm.tdpLevels; level > goal; level--) {
    const at = table | (slotOf(gpa, level) << 3);
    let entry = read64(at);
    if ((entry & presence(vm)) == 0) {
      entry =
        takeTable() | (vm.mode == TDP_EPT ? ept.R | ept.W | ept.X : P | W | U | A);
      write64(at, entry);
    }
    table = entry & ADDRESS;
  }
  const at = table | (slotOf(gpa, goal) << 3);
  if ((read64(at) & presence(vm)) == 0) count(vm, goal, 1);
  const frame = goal == 1 ? frameOf(vm, gfn) : frameOf(vm, gfn & ~(<u64>511));
  const writable = isWritable(vm, gfn);
  let entry = frame;
  if (vm.mode == TDP_EPT) {
    entry |= ept.R | ept.X | ept.WB | (writable ? ept.W : 0) | (goal > 1 ? ept.LARGE : 0);
  } else {
    entry |= P | U | A | (writable ? W | D : 0) | (goal > 1 ? PS : 0);
  }
  write64(at, entry);
  vm.stats.pf_fixed++;
  return FIXED;
}

/** The host takes a frame away: the entry that maps it goes, a large one whole. */
export function dropTdpFrame(vm: Vm, gfn: u64): void {
  const gpa = gfn << 12;
  let table = vm.tdpRoot;
  for (let level = vm.tdpLevels; level >= 1; level--) {
    const at = table | (slotOf(gpa, level) << 3);
    const entry = read64(at);
    if ((entry & presence(vm)) == 0) return;
    if (level == 1 || (entry & PS) != 0) {
      write64(at, 0);
      count(vm, level, -1);
      return;
    }
    table = entry & ADDRESS;
  }
}
