/**
 * Shadow pages out of step with the guest's table (Linux mmu.c, mmu_try_to_unsync_pages(),
 * mmu_sync_children()): stale as a TLB may be, until the guest flushes.
 */
import { UNSYNC, happened } from '../events';
import { read64 } from '../memory';
import { Link, first } from './list';
import { writeProtect } from './rmap';
import { ShadowPage, entryAt, firstFor, indexOf, pageOf, parentsOf } from './shadow-page';
import { syncPage } from './sync-page';
import { ADDRESS, isLarge, isPresent } from './spte';
import { isTracked } from './track';
import { Vm } from './vm';

const ENTRIES: i32 = 512;

// @ts-ignore: decorator
@inline
function wordOf(page: ShadowPage, index: i32): usize {
  return page.unsyncBelow + ((<usize>(index >> 6)) << 3);
}

/** Notes that something below an entry is out of sync, in all that lies above it (mark_unsync()). */
function markEntry(entry: u64): void {
  const page = pageOf(entry);
  const at = wordOf(page, indexOf(entry));
  const bit = (<u64>1) << (<u64>(indexOf(entry) & 63));
  if ((load<u64>(at) & bit) != 0) return;
  store<u64>(at, load<u64>(at) | bit);
  if (page.unsyncChildren++ == 0) markParents(page);
}

function markParents(page: ShadowPage): void {
  for (let link: Link | null = first(parentsOf(page)); link !== null; link = link!.next) {
    markEntry(link.entry);
  }
}

/** Takes the note back (clear_unsync_child_bit()). */
export function clearUnsyncChild(page: ShadowPage, index: i32): void {
  const at = wordOf(page, index);
  store<u64>(at, load<u64>(at) & ~((<u64>1) << (<u64>(index & 63))));
  page.unsyncChildren--;
}

/** The next noted entry from `index` on; 512 where there is none. Notes can be out of date. */
export function nextUnsyncChild(page: ShadowPage, index: i32): i32 {
  while (index < ENTRIES) {
    const rest = load<u64>(wordOf(page, index)) >> (<u64>(index & 63));
    if (rest != 0) return index + <i32>ctz(rest);
    index = (index | 63) + 1;
  }
  return ENTRIES;
}

/** An entry was made to point to a shadow page (link_shadow_page()). */
export function noteLink(entry: u64, page: ShadowPage): void {
  if (page.unsync || hasUnsyncChildren(page)) markEntry(entry);
}

function markUnsync(vm: Vm, page: ShadowPage): void {
  vm.stats.mmu_unsync++;
  page.unsync = true;
  happened(UNSYNC, page.level, page.table, 0, page.gfn, 0);
  markParents(page);
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
  if (vm.unwatched) return false;
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

/** Whether some shadow page below this one is out of sync, as far as was noted. */
// @ts-ignore: decorator
@inline
export function hasUnsyncChildren(page: ShadowPage): bool {
  return page.unsyncChildren != 0;
}

/**
 * Brings every shadow page below `parent` back in step: all their tables lose write access first, then
 * each is compared with the guest's. The notes lead there, and go (mmu_unsync_walk()).
 */
export function syncChildren(vm: Vm, parent: ShadowPage): void {
  protectChildren(vm, parent);
  syncBelow(vm, parent);
}

function protectChildren(vm: Vm, parent: ShadowPage): void {
  let index = nextUnsyncChild(parent, 0);
  for (; index < ENTRIES; index = nextUnsyncChild(parent, index + 1)) {
    const child = childOf(read64(entryAt(parent, index)));
    if (child === null) continue;
    if (child.unsync) writeProtect(vm, child.gfn);
    else protectChildren(vm, child);
  }
}

function syncBelow(vm: Vm, parent: ShadowPage): void {
  let index = nextUnsyncChild(parent, 0);
  for (; index < ENTRIES; index = nextUnsyncChild(parent, index + 1)) {
    clearUnsyncChild(parent, index);
    const child = childOf(read64(entryAt(parent, index)));
    if (child === null) continue;
    if (child.unsync) {
      markSynced(vm, child);
      syncPage(vm, child);
    } else syncBelow(vm, child);
  }
}
