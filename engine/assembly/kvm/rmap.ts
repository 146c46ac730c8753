/**
 * Reverse mappings: from a guest frame to the shadow leaves that map it (Linux mmu.c, rmap_add(),
 * rmap_write_protect(), kvm_unmap_gfn_range()). With them KVM can take a frame's write access, or the
 * frame itself, out of every table.
 */
import { DROP, PROTECT, happened } from '../events';
import { read64, write64 } from '../memory';
import { Link, add, first, remove } from './list';
import { flushRemote } from './requests';
import { frameOfEntry, indexOf, pageOf } from './shadow-page';
import { A, MMU_WRITABLE, W, isPresent } from './spte';
import { ageTdpFrame, dropTdpFrame } from './tdp';
import { NATIVE, SHADOW, Vm } from './vm';

// @ts-ignore: decorator
@inline
function listOf(vm: Vm, gfn: u64, level: i32): usize {
  if (level == 1) return vm.maps4k + ((<usize>gfn) << 2);
  if (level == 2) return vm.maps2m + ((<usize>(gfn >> 9)) << 2);
  return vm.maps1g + ((<usize>(gfn >> 18)) << 2);
}

/** Leaves present, by size (kvm_update_page_stats()). */
export function countPages(vm: Vm, level: i32, by: i64): void {
  if (level == 1) vm.stats.pages_4k += by;
  else if (level == 2) vm.stats.pages_2m += by;
  else vm.stats.pages_1g += by;
}

/** A new leaf maps this frame. */
export function addMapping(vm: Vm, gfn: u64, level: i32, entry: u64): void {
  add(listOf(vm, gfn, level), entry);
  countPages(vm, level, 1);
}

/** Clears a leaf and forgets that it mapped (drop_spte()). */
export function dropEntry(vm: Vm, entry: u64): void {
  const spte = read64(entry);
  if (!isPresent(spte)) return;
  const page = pageOf(entry);
  const gfn = frameOfEntry(page, indexOf(entry));
  write64(entry, 0);
  remove(listOf(vm, gfn, page.level), entry);
  countPages(vm, page.level, -1);
  happened(DROP, page.level, entry, spte, gfn, 0);
  flushRemote(vm);
}

function protect(head: usize, level: i32, gfn: u64): bool {
  let took = false;
  for (let link: Link | null = first(head); link !== null; link = link!.next) {
    const spte = read64(link.entry);
    if ((spte & (W | MMU_WRITABLE)) == 0) continue;
    write64(link.entry, spte & ~(W | MMU_WRITABLE));
    happened(PROTECT, level, link.entry, spte, gfn, 0);
    took = true;
  }
  return took;
}

/** Takes write access to a guest frame out of all leaves (kvm_mmu_slot_gfn_write_protect()). */
export function writeProtect(vm: Vm, gfn: u64): void {
  let took = false;
  for (let level = 1; level <= 3; level++) {
    if (protect(listOf(vm, gfn, level), level, gfn)) took = true;
  }
  if (took) flushRemote(vm);
}

/** The host takes the frame away: no leaf maps it any more. */
export function unmapFrame(vm: Vm, gfn: u64): void {
  if (vm.mode == NATIVE) return;
  if (vm.mode != SHADOW) {
    dropTdpFrame(vm, gfn);
    return;
  }
  for (let level = 1; level <= 3; level++) {
    const head = listOf(vm, gfn, level);
    for (let link = first(head); link !== null; link = first(head)) dropEntry(vm, link.entry);
  }
}

/** Whether a guest used the frame since this was asked last (kvm_age_gfn()); no TLB is flushed. */
export function ageFrame(vm: Vm, gfn: u64): bool {
  if (vm.mode == NATIVE) return false;
  if (vm.mode != SHADOW) return ageTdpFrame(vm, gfn);
  let young = false;
  for (let level = 1; level <= 3; level++) {
    const head = listOf(vm, gfn, level);
    for (let link: Link | null = first(head); link !== null; link = link!.next) {
      const spte = read64(link.entry);
      if ((spte & A) == 0) continue;
      write64(link.entry, spte & ~A);
      young = true;
    }
  }
  return young;
}
