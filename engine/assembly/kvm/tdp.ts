/**
 * Two-dimensional paging as KVM keeps it (Linux tdp_mmu.c): one nested table for each virtual machine,
 * filled at the first touch of each guest-physical page; the guest's own tables are its own affair.
 */
import { slotOf } from '../address';
import * as ept from '../ept';
import { DROP, LINK, MAP, happened } from '../events';
import { read64, reserveBlock, write64 } from '../memory';
import { giveTable, takeTable } from './tables';
import { EMULATE, FIXED, RETRY } from './make-spte';
import { faultIn, frameOf, hostLevel, isMemory, isWritable } from './memslot';
import { flushRemote } from './requests';
import { countPages } from './rmap';
import { A, ADDRESS, D, P, PS, U, W } from './spte';
import { TDP_EPT, Vm } from './vm';

// @ts-ignore: decorator
@inline
function isPresent(vm: Vm, entry: u64): bool {
  return (entry & (vm.mode == TDP_EPT ? ept.R | ept.W | ept.X : P)) != 0;
}

/** Makes the root of the nested table. */
export function startTdp(vm: Vm, levels: i32): void {
  vm.tdpLevels = levels;
  vm.tdpRoot = takeTable();
  vm.tdpLeaves = reserveBlock(<usize>((vm.frames >> 9) + 1) << 3);
}

// An entry that points to a table: every right, the leaf decides.
function tableEntry(vm: Vm, table: u64): u64 {
  return table | (vm.mode == TDP_EPT ? ept.R | ept.W | ept.X | ept.ACCESSED : P | W | U | A);
}

function leafEntry(vm: Vm, frame: u64, level: i32, writable: bool): u64 {
  if (vm.mode == TDP_EPT) {
    return (
      frame |
      ept.R |
      ept.X |
      ept.WB |
      ept.ACCESSED |
      (writable ? ept.W | ept.DIRTY : 0) |
      (level > 1 ? ept.LARGE : 0)
    );
  }
  return frame | P | U | A | (writable ? W | D : 0) | (level > 1 ? PS : 0);
}

/** An EPT violation or nested page fault: the page is found in host memory and mapped (kvm_tdp_mmu_map()). */
export function tdpFault(vm: Vm, gpa: u64, write: bool): i32 {
  vm.stats.pf_taken++;
  const gfn = gpa >> 12;
  if (!isMemory(vm, gfn)) {
    vm.stats.pf_emulate++;
    return EMULATE;
  }
  if (faultIn(vm, gfn, write)) return RETRY;
  const goal = hostLevel(vm, gfn);
  let table = vm.tdpRoot;
  for (let level = vm.tdpLevels; level > goal; level--) {
    const at = table | (slotOf(gpa, level) << 3);
    let entry = read64(at);
    if (!isPresent(vm, entry)) {
      entry = tableEntry(vm, takeTable());
      write64(at, entry);
      happened(LINK, level, at, entry, gfn, 0);
    }
    table = entry & ADDRESS;
    if (level == 2) store<u64>(leavesAt(vm, gfn), table);
  }
  const at = table | (slotOf(gpa, goal) << 3);
  const before = read64(at);
  const isTable = goal > 1 && isPresent(vm, before) && (before & PS) == 0;
  // A large page took the place of small ones, which are gone.
  if (isTable) {
    giveTables(vm, before & ADDRESS, goal - 1);
    store<u64>(leavesAt(vm, gfn), 0);
  }
  if (!isPresent(vm, before) || isTable) countPages(vm, goal, 1);
  const first = gfn & ~(((<u64>1) << (<u64>(9 * (goal - 1)))) - 1);
  const entry = leafEntry(vm, frameOf(vm, first), goal, isWritable(vm, gfn));
  write64(at, entry);
  happened(MAP, goal, at, entry, first, 0);
  vm.stats.pf_fixed++;
  return FIXED;
}

// @ts-ignore: decorator
@inline
function leavesAt(vm: Vm, gfn: u64): usize {
  return vm.tdpLeaves + (<usize>(gfn >> 9) << 3);
}

/** Level of the entry that `leafAt` found last. */
export let leafLevel: i32 = 1;

/** Where the entry lies that maps a guest frame; 0 when none does. */
export function leafAt(vm: Vm, gfn: u64): u64 {
  const known = load<u64>(leavesAt(vm, gfn));
  if (known != 0) {
    leafLevel = 1;
    const at = known | ((gfn & 511) << 3);
    return isPresent(vm, read64(at)) ? at : 0;
  }
  const gpa = gfn << 12;
  let table = vm.tdpRoot;
  for (let level = vm.tdpLevels; level >= 1; level--) {
    const at = table | (slotOf(gpa, level) << 3);
    const entry = read64(at);
    if (!isPresent(vm, entry)) return 0;
    if (level == 1 || (entry & PS) != 0) {
      leafLevel = level;
      return at;
    }
    table = entry & ADDRESS;
  }
  return 0;
}

/** Whether the frame was used since this was asked last: the accessed bit, which is cleared. */
export function ageTdpFrame(vm: Vm, gfn: u64): bool {
  const at = leafAt(vm, gfn);
  if (at == 0) return false;
  const accessed = vm.mode == TDP_EPT ? ept.ACCESSED : A;
  const entry = read64(at);
  if ((entry & accessed) == 0) return false;
  write64(at, entry & ~accessed);
  return true;
}

function giveTables(vm: Vm, table: u64, level: i32): void {
  for (let slot: u64 = 0; slot < 512 && level > 1; slot++) {
    const entry = read64(table | (slot << 3));
    if (isPresent(vm, entry) && (entry & PS) == 0) giveTables(vm, entry & ADDRESS, level - 1);
  }
  giveTable(table);
}

/** The machine ends: its nested tables are memory of the host again. */
export function endTdp(vm: Vm): void {
  giveTables(vm, vm.tdpRoot, vm.tdpLevels);
  vm.tdpRoot = 0;
}

/** Nothing is mapped any more: all tables but the root are memory of the host again. */
export function emptyTdp(vm: Vm): void {
  for (let slot: u64 = 0; slot < 512; slot++) {
    const at = vm.tdpRoot | (slot << 3);
    const entry = read64(at);
    if (!isPresent(vm, entry)) continue;
    giveTables(vm, entry & ADDRESS, vm.tdpLevels - 1);
    write64(at, 0);
  }
  for (let gfn: u64 = 0; gfn < <u64>vm.frames; gfn += 512) store<u64>(leavesAt(vm, gfn), 0);
}

/** The host takes a frame away: the entry that maps it goes, a large one whole. */
export function dropTdpFrame(vm: Vm, gfn: u64): void {
  const at = leafAt(vm, gfn);
  if (at == 0) return;
  const entry = read64(at);
  write64(at, 0);
  countPages(vm, leafLevel, -1);
  happened(DROP, leafLevel, at, entry, gfn, 0);
  flushRemote(vm);
}
