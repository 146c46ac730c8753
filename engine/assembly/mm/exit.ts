/** The end of a process: all that it had goes back (Linux exit_mmap()). */
import { destroyVm } from '../kvm/destroy';
import { Vm } from '../kvm/vm';
import { drop, dropLarge } from './anon';
import { giveHuge, unreserve } from './hugetlb';
import { giveFrame } from './frames';
import { forgetItems } from './ksm';
import { discarded } from './notifier';
import { left, load64 } from './physical';
import { P, PS, Space, HUGETLB_1G, HUGETLB_2M, entryOf, frameOf, hasRegion, isLarge, kindAt, setGiant } from './space';

const REGION: u32 = 512;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

// The frames of a table and of those below.
function giveTables(space: Space, table: u64, level: i32): void {
  if (level > 1) {
    // The upper half is the kernel's, and every process's.
    const slots: u64 = level == 4 ? 256 : 512;
    for (let slot: u64 = 0; slot < slots; slot++) {
      const entry = load64(space.node, table | (slot << 3));
      if ((entry & P) != 0 && (entry & PS) == 0) giveTables(space, entry & ADDRESS, level - 1);
    }
  }
  space.tables--;
  giveFrame(space.node, <u32>(table >> 12));
}

/** Drops all memory of a process, and what pools have promised it. */
export function exit(space: Space): void {
  const node = space.node;
  forgetItems(space);
  for (let first: u32 = 0; first < space.pages; first += REGION) {
    const kind = kindAt(space, first);
    if (!hasRegion(space, first)) {
      // What was promised and never touched.
      if (kind == HUGETLB_2M) unreserve(node, node.pool2M, 1);
      else if (kind == HUGETLB_1G && (first & (REGION * REGION - 1)) == 0) {
        unreserve(node, node.pool1G, 1);
      }
      continue;
    }
    if (!isLarge(space, first)) {
      for (let page = first; page < first + REGION && page < space.pages; page++) drop(space, page);
    } else if (kind == HUGETLB_1G) {
      const head = frameOf(entryOf(space, first & ~(REGION * REGION - 1)));
      for (let page = first; page < min(first + REGION * REGION, space.pages); page++) {
        discarded(space, page);
      }
      setGiant(space, first, 0);
      space.hugetlb -= REGION * REGION;
      giveHuge(node, node.pool1G, head);
    } else {
      dropLarge(space, first);
      if (kind == HUGETLB_2M) unreserve(node, node.pool2M, 1);
    }
  }
  left(node, space.root);
  if (space.vm != 0) destroyVm(changetype<Vm>(space.vm));
  giveTables(space, space.root, 4);
  space.root = 0;
}
