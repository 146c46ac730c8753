/**
 * Shadow pages out of step with the guest's table (Linux mmu.c, mmu_try_to_unsync_pages(),
 * mmu_sync_children()): stale as a TLB may be, until the guest flushes.
 */
import { UNSYNC, happened } from '../events';
import { read64 } from '../memory';
import { writeProtect } from './rmap';
import { ShadowPage, entryAt, firstFor, pageOf } from './shadow-page';
import { syncPage } from './sync-page';
import { ADDRESS, isLarge, isPresent } from './spte';
import { isTracked } from './track';
import { Vm } from './vm';

function markUnsync(vm: Vm, page: ShadowPage): void {
  vm.stats.mmu_unsync++;
  page.unsync = true;
  happened(UNSYNC, page.level, page.table, 0, page.gfn, 0);
}

export function markSynced(vm: Vm, page: ShadowPage): void {
  page.unsync = false;
  vm.stats.mmu_unsync--;
}

/**
 * A writable leaf for this guest frame is about to be made. If the frame holds leaf tables their
 * shadows go out of sync; true when it may not be writable instead.
 */
export function mustProtect(vm: Vm, gfn: u64, canUnsync: bool, prefetch: bool): bool {
  if (isTracked(vm, gfn)) return true;
  for (let page = firstFor(vm, gfn); page !== null; page = page!.sameFrame) {
    if (page.invalid || page.direct) continue;
    if (!canUnsync) return true;
    if (page.unsync) continue;
    if (prefetch) return true;
    markUnsync(vm, page);
  }
  return false;
}

/** The shadow page that a present, non-leaf entry points to; null for any other entry. */
export function childOf(spte: u64): ShadowPage | null {
  if (!isPresent(spte) || isLarge(spte)) return null;
  return pageOf(spte & ADDRESS);
}

/** Whether some shadow page below this one is out of sync. */
export function hasUnsyncChildren(page: ShadowPage): bool {
  if (page.level == 1) return false;
  for (let index = 0; index < 512; index++) {
    const child = childOf(read64(entryAt(page, index)));
    if (child === null || child.direct) continue;
    if (child.unsync || hasUnsyncChildren(child)) return true;
  }
  return false;
}

/**
 * Brings every shadow page below `parent` back in step: all their tables lose write access first, then
 * each is compared with the guest's. Pages are few and found by walking down, as mmu_unsync_walk() does.
 */
export function syncChildren(vm: Vm, parent: ShadowPage): void {
  if (parent.level == 1) return;
  protectChildren(vm, parent);
  syncBelow(vm, parent);
}

function protectChildren(vm: Vm, parent: ShadowPage): void {
  for (let index = 0; index < 512; index++) {
    const child = childOf(read64(entryAt(parent, index)));
    if (child === null || child.direct) continue;
    if (child.unsync) writeProtect(vm, child.gfn);
    else if (child.level > 1) protectChildren(vm, child);
  }
}

function syncBelow(vm: Vm, parent: ShadowPage): void {
  for (let index = 0; index < 512; index++) {
    const child = childOf(read64(entryAt(parent, index)));
    if (child === null || child.direct) continue;
    if (child.unsync) {
      markSynced(vm, child);
      syncPage(vm, child);
    } else if (child.level > 1) syncBelow(vm, child);
  }
}
