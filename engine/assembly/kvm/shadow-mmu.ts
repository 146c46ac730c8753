/**
 * Shadow paging: a hierarchy of KVM's own tables for each guest root, filled when the guest faults
 * (Linux paging_tmpl.h page_fault(), fetch(), pte_prefetch(), invlpg(); mmu.c).
 */
import { FETCH, WRITE } from '../access';
import { slotOf } from '../address';
import { EMULATE as EVENT_EMULATE, LINK, SHADOW_NEW, happened } from '../events';
import { read64, write64 } from '../memory';
import * as walker from './guest-walk';
import { add, remove } from './list';
import { EMULATE, FIXED, RETRY, SPURIOUS, setSpte } from './make-spte';
import { flushCurrent, flushRemote } from './requests';
import { faultIn, hostLevel, isMemory, isWritable, readGuest, writeGuest } from './memslot';
import {
  ShadowPage,
  allocate,
  entryAt,
  firstFor,
  frameOfEntry,
  indexOf,
  pageOf,
  parentsOf,
} from './shadow-page';
import { ACC_ALL, ACC_WRITE, ADDRESS, isLarge, isLast, isPresent, nonLeaf } from './spte';
import { frameOfGuestEntry, mayPrefetch, syncPage } from './sync-page';
import { account, isTracked, mayBeLarge } from './track';
import { childOf, hasUnsyncChildren, noteLink, syncChildren } from './unsync';
import { PREVIOUS_ROOTS, Vcpu, Vm, previousRoot, setPreviousRoot } from './vm';
import { makeRoom, zap, zapEntry } from './zap';

/** The fault belongs to the guest: it gets a #PF. */
export const INJECT: i32 = 4;

const PREFETCH: i32 = 8;
const FLOOD: i32 = 3;

/** Finds the shadow page of a guest table in this role, or makes it (kvm_mmu_get_shadow_page()). */
function getShadowPage(vm: Vm, gfn: u64, level: i32, access: u32, direct: bool): ShadowPage {
  let page = firstFor(vm, gfn);
  while (page !== null) {
    const next: ShadowPage | null = page.sameFrame;
    if (!page.invalid) {
      if (page.level == level && page.access == access && page.direct == direct) {
        if (!direct) {
          // Its entries are made good, but the guest may go on writing its table.
          if (page.unsync) syncPage(vm, page);
          page.writes = 0;
        }
        return page;
      }
      // The guest makes an upper-level table of it, so it is no leaf table any more.
      if (level > 1 && page.unsync) zap(vm, page);
    }
    page = next;
  }
  vm.stats.mmu_cache_miss++;
  const made = allocate(vm, gfn, level, access, direct);
  happened(SHADOW_NEW, level, made.table, 0, gfn, access | (direct ? 8 : 0));
  if (!direct) account(vm, made);
  return made;
}

/** The shadow page below an entry, made and linked where it is missing. */
function descend(vm: Vm, entry: u64, gfn: u64, access: u32, direct: bool): ShadowPage {
  const spte = read64(entry);
  if (isPresent(spte) && !isLarge(spte)) return pageOf(spte & ADDRESS);
  const level = pageOf(entry).level - 1;
  const page = getShadowPage(vm, gfn, level, access, direct);
  // The guest need not flush to link a table anew: what lies below must be right before it is reached.
  if (!direct && hasUnsyncChildren(page)) syncChildren(vm, page);
  if (isPresent(read64(entry))) zapEntry(vm, pageOf(entry), entry);
  write64(entry, nonLeaf(page.table));
  add(parentsOf(page), entry);
  happened(LINK, level + 1, entry, nonLeaf(page.table), gfn, 0);
  noteLink(entry, page);
  return page;
}

/** A large guest page that was clean is shadowed in another role once it is written. */
function validateDirect(vm: Vm, entry: u64, access: u32): void {
  const child = childOf(read64(entry));
  if (child === null || child.access == access) return;
  remove(parentsOf(child), entry);
  write64(entry, 0);
  flushRemote(vm);
}

/** How large the leaf may be: as the guest's page and the host's allow, and no table in its range. */
function leafLevel(vm: Vm, gfn: u64, most: i32): i32 {
  let level = min(most, hostLevel(vm, gfn));
  while (level > 1 && !mayBeLarge(vm, gfn, level)) level--;
  return level;
}

/** Puts in what the guest's walk found, and all that is missing on the way (fetch()). */
function fetch(vcpu: Vcpu, gva: u64, write: bool, selfMapping: bool): i32 {
  const vm = vcpu.vm;
  let page = vcpu.root!;
  if (walker.hasChanged(vm, gva, page.level)) return RETRY;
  let entry = entryAt(page, <i32>slotOf(gva, page.level));
  while (page.level > walker.level) {
    page.writes = 0;
    const below = page.level - 1;
    page = descend(vm, entry, walker.tableFrame(below), walker.accessAbove(below), false);
    if (walker.hasChanged(vm, gva, below)) return RETRY;
    entry = entryAt(page, <i32>slotOf(gva, page.level));
  }
  const goal = selfMapping ? 1 : leafLevel(vm, walker.gfn, walker.level);
  while (page.level > goal) {
    page.writes = 0;
    validateDirect(vm, entry, walker.pageAccess);
    const first = walker.gfn & ~(((<u64>1) << (<u64>(9 * (page.level - 1)))) - 1);
    page = descend(vm, entry, first, walker.pageAccess, true);
    entry = entryAt(page, <i32>slotOf(gva, page.level));
  }
  page.writes = 0;
  const gfn = walker.gfn & ~(((<u64>1) << (<u64>(9 * (page.level - 1)))) - 1);
  const writable = isWritable(vm, walker.gfn);
  const result = setSpte(vm, page, entry, walker.pageAccess, gfn, writable, true, write);
  if (result != SPURIOUS) prefetch(vm, page, entry);
  return result;
}

/** One guest leaf entry put in without being asked for; false where it does not qualify. */
function prefetchEntry(vm: Vm, page: ShadowPage, entry: u64, gpte: u64): bool {
  if (!mayPrefetch(gpte)) return false;
  const gfn = frameOfGuestEntry(gpte);
  const access = walker.withoutCleanWrite(page.access & walker.accessOf(gpte), gpte);
  if (!isWritable(vm, gfn)) return false;
  setSpte(vm, page, entry, access, gfn, true, false, false);
  return true;
}

/** The aligned block of eight entries around a new leaf is filled as far as it qualifies. */
function prefetch(vm: Vm, page: ShadowPage, entry: u64): void {
  if (page.level > 1) return;
  const block = indexOf(entry) & ~(PREFETCH - 1);
  if (page.direct) {
    prefetchDirect(vm, page, entry, block);
    return;
  }
  for (let index = block; index < block + PREFETCH; index++) {
    const at = entryAt(page, index);
    if (at == entry || isPresent(read64(at))) continue;
    const gpte = readGuest(vm, (page.gfn << 12) | ((<u64>index) << 3));
    if (!prefetchEntry(vm, page, at, gpte)) return;
  }
}

/** Inside a large guest page: run after run of missing entries, each as far as the host has frames. */
function prefetchDirect(vm: Vm, page: ShadowPage, entry: u64, block: i32): void {
  let index = block;
  while (index < block + PREFETCH) {
    const at = entryAt(page, index);
    if (at == entry || isPresent(read64(at))) {
      index++;
      continue;
    }
    let filled = 0;
    while (index < block + PREFETCH) {
      const each = entryAt(page, index);
      if (each == entry || isPresent(read64(each))) break;
      const gfn = frameOfEntry(page, index);
      if (!isWritable(vm, gfn)) {
        // The rest of the run is not there; without any of it the whole block is given up.
        if (filled == 0) return;
        while (index < block + PREFETCH && entryAt(page, index) != entry) {
          if (isPresent(read64(entryAt(page, index)))) break;
          index++;
        }
        break;
      }
      setSpte(vm, page, each, page.access, gfn, true, false, false);
      filled++;
      index++;
    }
  }
}

/** A write that changes the tables which translate it must not be covered by a large leaf. */
function isSelfMapping(gfn: u64, write: bool, levels: i32): bool {
  if (!write) return false;
  for (let level = walker.level; level <= levels; level++) {
    const table = walker.tableFrame(level);
    if (walker.level > 1 ? table >> 9 == gfn >> 9 : table == gfn) return true;
  }
  return false;
}

/** Faults through a table show that the guest still uses it as one. */
function clearFlood(vcpu: Vcpu, gva: u64): void {
  let page: ShadowPage | null = vcpu.root;
  while (page !== null) {
    page.writes = 0;
    const spte = read64(entryAt(page, <i32>slotOf(gva, page.level)));
    page = isLast(spte, page.level) ? null : childOf(spte);
  }
}

/** A #PF that the processor took on the shadow tables (page_fault()). */
export function pageFault(vcpu: Vcpu, gva: u64, access: i32, user: bool, present: bool): i32 {
  const vm = vcpu.vm;
  const write = access == WRITE;
  vm.stats.pf_taken++;
  if (!walker.walk(vm, vcpu.cr3, gva, access, user)) {
    // A stale entry may be what made it a protection fault.
    if ((walker.errorCode & 1) != 0 && vcpu.root !== null) refresh(vcpu, gva, vcpu.root!);
    vm.stats.pf_guest++;
    return INJECT;
  }
  if (!isMemory(vm, walker.gfn)) {
    vm.stats.pf_emulate++;
    return EMULATE;
  }
  if (present && write && isTracked(vm, walker.gfn)) {
    clearFlood(vcpu, gva);
    vm.stats.pf_emulate++;
    return EMULATE;
  }
  const selfMapping = isSelfMapping(walker.gfn, write, vm.levels);
  if (faultIn(vm, walker.gfn, write)) return RETRY;
  makeRoom(vm);
  const result = fetch(vcpu, gva, write, selfMapping);
  if (result == FIXED) vm.stats.pf_fixed++;
  else if (result == EMULATE) vm.stats.pf_emulate++;
  else if (result == SPURIOUS) vm.stats.pf_spurious++;
  return result;
}

/** An emulated store by the guest to memory that may hold its tables (kvm_mmu_pte_write()). */
export function emulateWrite(vcpu: Vcpu, gpa: u64, value: u64): void {
  const vm = vcpu.vm;
  writeGuest(vm, gpa, value);
  happened(EVENT_EMULATE, 0, gpa, value, gpa >> 12, 0);
  const gfn = gpa >> 12;
  if (vm.indirect == 0 || !isMemory(vm, gfn)) return;
  vm.stats.mmu_pte_write++;
  let page = firstFor(vm, gfn);
  while (page !== null) {
    const next: ShadowPage | null = page.sameFrame;
    if (!page.invalid && !page.direct) {
      if (page.level > 1 && ++page.writes >= FLOOD) {
        // So many stores and no use: it is no table any more.
        zap(vm, page);
        vm.stats.mmu_flooded++;
      } else {
        zapEntry(vm, page, entryAt(page, <i32>((gpa >> 3) & 511)));
        if (value != 0 && page.level > 1) vm.stats.mmu_pde_zapped++;
      }
    }
    page = next;
  }
}

/** Makes the entry of one address good again, under one root (invlpg() of kernel 6.1). */
function refresh(vcpu: Vcpu, gva: u64, root: ShadowPage): void {
  const vm = vcpu.vm;
  let page: ShadowPage | null = root;
  while (page !== null) {
    const index = <i32>slotOf(gva, page.level);
    const entry = entryAt(page, index);
    const spte = read64(entry);
    if (isLast(spte, page.level)) {
      if (!page.unsync) return;
      zapEntry(vm, page, entry);
      const gpte = readGuest(vm, (page.gfn << 12) | ((<u64>index) << 3));
      prefetchEntry(vm, page, entry, gpte);
      return;
    }
    page = childOf(spte);
  }
}

/** INVLPG by the guest: the address in the current and the previous roots (kvm_mmu_invlpg()). */
export function invlpg(vcpu: Vcpu, gva: u64): void {
  vcpu.vm.stats.invlpg++;
  if (vcpu.root !== null) refresh(vcpu, gva, vcpu.root!);
  for (let index = 0; index < PREVIOUS_ROOTS; index++) {
    const root = previousRoot(vcpu, index);
    if (root !== null) refresh(vcpu, gva, root);
  }
}

function dropRoot(vm: Vm, root: ShadowPage): void {
  root.roots--;
  if (root.roots == 0 && root.invalid) zap(vm, root);
}

/** Whether a root that is kept can serve again. */
function isUsable(root: ShadowPage | null, gfn: u64): bool {
  return root !== null && !root.invalid && root.gfn == gfn;
}

/** MOV to CR3: a kept root is taken up again, else the oldest is let go (kvm_mmu_new_pgd()). */
function switchRoot(vcpu: Vcpu, cr3: u64): void {
  const gfn = (cr3 & 0x3fff_ffff_f000) >> 12;
  if (isUsable(vcpu.root, gfn)) return;
  for (let index = 0; index < PREVIOUS_ROOTS; index++) {
    const kept = previousRoot(vcpu, index);
    setPreviousRoot(vcpu, index, vcpu.root);
    vcpu.root = kept;
    if (isUsable(kept, gfn)) {
      kept!.writes = 0;
      return;
    }
  }
  if (vcpu.root !== null) {
    dropRoot(vcpu.vm, vcpu.root!);
    vcpu.root = null;
  }
}

/** Before the guest runs: a root, in step with the guest's tables (kvm_mmu_load()). */
export function loadRoot(vcpu: Vcpu): void {
  freeObsolete(vcpu);
  if (vcpu.root !== null) return;
  makeRoom(vcpu.vm);
  const root = getShadowPage(vcpu.vm, (vcpu.cr3 & 0x3fff_ffff_f000) >> 12, vcpu.vm.levels, ACC_ALL, false);
  root.roots++;
  vcpu.root = root;
  syncChildren(vcpu.vm, root);
}

/** Lets go of all roots; they are looked for again before the guest runs (kvm_mmu_unload()). */
export function unload(vcpu: Vcpu): void {
  const root = vcpu.root;
  vcpu.root = null;
  if (root !== null) dropRoot(vcpu.vm, root);
  for (let index = 0; index < PREVIOUS_ROOTS; index++) {
    const kept = previousRoot(vcpu, index);
    setPreviousRoot(vcpu, index, null);
    if (kept !== null) dropRoot(vcpu.vm, kept);
  }
}

function freeObsolete(vcpu: Vcpu): void {
  const root = vcpu.root;
  if (root !== null && root.invalid) {
    vcpu.root = null;
    dropRoot(vcpu.vm, root);
  }
  for (let index = 0; index < PREVIOUS_ROOTS; index++) {
    const kept = previousRoot(vcpu, index);
    if (kept === null || !kept.invalid) continue;
    setPreviousRoot(vcpu, index, null);
    dropRoot(vcpu.vm, kept);
  }
}

/**
 * MOV to CR3 exits, changed or not, and flushes: the tables below the root are synced. With `keep`
 * (bit 63 under PCIDE) the guest asked for no flush.
 */
export function writeCr3(vcpu: Vcpu, cr3: u64, keep: bool): void {
  if (cr3 != vcpu.cr3) switchRoot(vcpu, cr3);
  vcpu.cr3 = cr3;
  if (!keep) {
    flushCurrent(vcpu);
    if (vcpu.root !== null) syncChildren(vcpu.vm, vcpu.root!);
  }
  loadRoot(vcpu);
}

/**
 * A flush of everything, as a change of CR4.PGE asks for (kvm_vcpu_flush_tlb_guest()): the root in use
 * is synced; of those kept, one with tables out of sync is let go and synced when it comes back
 * (kvm_mmu_sync_prev_roots()).
 */
export function flushAll(vcpu: Vcpu): void {
  vcpu.vm.stats.tlb_flush++;
  if (vcpu.root !== null) syncChildren(vcpu.vm, vcpu.root!);
  for (let index = 0; index < PREVIOUS_ROOTS; index++) {
    const kept = previousRoot(vcpu, index);
    // is_unsync_root()
    if (kept === null || !hasUnsyncChildren(kept)) continue;
    setPreviousRoot(vcpu, index, null);
    dropRoot(vcpu.vm, kept);
  }
}
