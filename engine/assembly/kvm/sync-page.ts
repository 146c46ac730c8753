/** Comparing a shadow page with the guest's table (Linux paging_tmpl.h, sync_page()). */
import * as guest from '../entry';
import { bits } from '../address';
import { SYNC, happened } from '../events';
import { read64, write64 } from '../memory';
import * as walker from './guest-walk';
import { readGuest } from './memslot';
import { makeSpte } from './make-spte';
import { flushRemote } from './requests';
import { dropEntry } from './rmap';
import { ShadowPage, entryAt, frameOfEntry, noteEntry } from './shadow-page';
import { A, ADDRESS, HOST_WRITABLE, W } from './spte';
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
    const now = makeSpte(vm, page, access, gfn, spte & ADDRESS, spte, true, false, writable);
    write64(entry, now);
    // Less than hardware may still hold for it (mmu_spte_update()).
    if ((spte & ~now & (W | A)) != 0) flushRemote(vm);
  }
  happened(SYNC, page.level, page.table, 0, page.gfn, 0);
}
