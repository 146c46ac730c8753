/** Giving shadow pages up (Linux mmu.c, __kvm_mmu_prepare_zap_page()). */
import { DROP, SHADOW_ZAP, happened } from '../events';
import { read64, write64 } from '../memory';
import { first, remove } from './list';
import { flushRemote } from './requests';
import { dropEntry } from './rmap';
import {
  ShadowPage,
  entryAt,
  frameOfEntry,
  indexOf,
  parentsOf,
  release,
  retire,
} from './shadow-page';
import { isLast, isPresent } from './spte';
import { unaccount } from './track';
import { childOf, clearUnsyncChild, markSynced, nextUnsyncChild } from './unsync';
import { Vm } from './vm';

/** Clears one entry: a leaf is unmapped, a pointer to a table only cut (mmu_page_zap_pte()). */
export function zapEntry(vm: Vm, page: ShadowPage, entry: u64): void {
  const spte = read64(entry);
  if (!isPresent(spte)) return;
  if (isLast(spte, page.level)) {
    dropEntry(vm, entry);
    return;
  }
  const child = childOf(spte);
  if (child !== null) remove(parentsOf(child), entry);
  write64(entry, 0);
  happened(DROP, page.level, entry, spte, frameOfEntry(page, indexOf(entry)), 0);
  flushRemote(vm);
}

/** The out-of-sync shadow pages below go with it (mmu_zap_unsync_children()). */
function zapUnsyncChildren(vm: Vm, page: ShadowPage): i32 {
  let zapped = 0;
  for (let index = nextUnsyncChild(page, 0); index < 512; index = nextUnsyncChild(page, index + 1)) {
    clearUnsyncChild(page, index);
    const child = childOf(read64(entryAt(page, index)));
    if (child === null) continue;
    if (child.unsync) zapped += zap(vm, child);
    else zapped += zapUnsyncChildren(vm, child);
  }
  return zapped;
}

/** Zaps a shadow page; returns how many went, with those below that had to go too. */
export function zap(vm: Vm, page: ShadowPage): i32 {
  vm.stats.mmu_shadow_zapped++;
  happened(SHADOW_ZAP, page.level, page.table, 0, page.gfn, page.access);
  flushRemote(vm);
  let zapped = zapUnsyncChildren(vm, page);
  for (let index = 0; index < 512; index++) zapEntry(vm, page, entryAt(page, index));
  for (let link = first(parentsOf(page)); link !== null; link = first(parentsOf(page))) {
    write64(link.entry, 0);
    remove(parentsOf(page), link.entry);
  }
  if (!page.invalid && !page.direct) unaccount(vm, page);
  if (page.unsync) markSynced(vm, page);
  if (page.roots == 0) {
    zapped++;
    if (!page.invalid) retire(vm, page);
    vm.used--;
    page.invalid = true;
    release(vm, page);
  } else {
    // Its vCPUs look for another before they run.
    if (!page.invalid) retire(vm, page);
    page.invalid = true;
  }
  return zapped;
}

/** Zaps the oldest shadow pages until `wanted` went; roots in use stay (kvm_mmu_zap_oldest_mmu_pages()). */
function zapOldest(vm: Vm, wanted: i64): void {
  let gone: i64 = 0;
  while (gone < wanted) {
    let page = vm.oldest;
    while (page !== null && page.roots != 0) page = page.newer;
    if (page === null) break;
    gone += zap(vm, page);
  }
  vm.stats.mmu_recycled += gone;
}

/** Keeps room for the pages that one fault can need (make_mmu_pages_available()). */
export function makeRoom(vm: Vm): void {
  const room = vm.limit - vm.used;
  if (room < 5) zapOldest(vm, 25 - room);
}
