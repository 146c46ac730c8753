/** Comparing a shadow page with the guest's table (Linux paging_tmpl.h, sync_page()). */
import * as guest from '../entry';
import { bits } from '../address';
import { read64, write64 } from '../memory';
import * as walker from './guest-walk';
import { readGuest } from './memslot';
import { makeSpte } from './make-spte';
import { dropEntry } from './rmap';
import { ShadowPage, entryAt, frameOfEntry, noteEntry } from './shadow-page';
import { ADDRESS, HOST_WRITABLE } from './spte';
import { Vm } from './vm';

/** Whether a guest leaf entry may be shadowed without being asked for (prefetch_invalid_gpte()). */
export function mayPrefetch(gpte: u64): bool {
  return (
    (gpte & guest.P) != 0 && (gpte & guest.A) != 0 && !walker.isReservedLeaf(gpte)
  );
}

// @ts-ignore: decorator
@inline
export function frameOfGuestEntry(gpte: u64): u64 {
  return (gpte & bits(45, 12)) >> 12;
}

/**
 * Refreshes each present entry of a leaf table's shadow: dropped where the guest's entry is gone, has
 * its accessed bit clear or names another frame; its rights made anew otherwise. None is added.
 */
export function syncPage(vm: Vm, page: ShadowPage): void {
  for (let index = 0; index < 512; index++) {
    const entry = entryAt(page, index);
    const spte = read64(entry);
    if (spte == 0) continue;
    const gpte = readGuest(vm, (page.gfn << 12) | ((<u64>index) << 3));
    const gfn = frameOfGuestEntry(gpte);
    if (!mayPrefetch(gpte) || gfn != frameOfEntry(page, index)) {
      dropEntry(vm, entry);
      continue;
    }
    const access = walker.withoutCleanWrite(page.access & walker.accessOf(gpte), gpte);
    noteEntry(page, index, gfn, access);
    const writable = (spte & HOST_WRITABLE) != 0;
    write64(
      entry,
      makeSpte(vm, page, access, gfn, spte & ADDRESS, spte, true, false, writable),
    );
  }
}
