/**
 * A stopped machine's memory in a file (virsh save): what it holds lies in an area of its own, which is no swap
 * of the host's, and comes back into memory when the machine goes on.
 */
import { putAside as tablesAside } from '../kvm/destroy';
import { Vm } from '../kvm/vm';
import { drop, fault, isZeroes, split } from './anon';
import { anywhere } from './cells';
import { hugeOf } from './hugetlb';
import { provide } from './reclaim';
import { Space, entryOf, frameOf, hasRegion, isLarge, setEntry } from './space';
import {
  SwapArea,
  addArea,
  areaOf,
  copyOut,
  entryFor,
  isSwap,
  reference,
  slotOf,
  takeSlotOf,
} from './swap';
import { unlink } from './swapoff';

const REGION: u32 = 512;
const TYPE_SHIFT: u32 = 27;
const ROOM: u32 = 64;

/** Puts all memory of a process into a file; its number, or -1 where that cannot be: huge pages of a pool stay. */
export function park(space: Space): i32 {
  const node = space.node;
  for (let first: u32 = 0; first < space.pages; first += REGION) {
    if (isLarge(space, first) && hugeOf(node, frameOf(entryOf(space, first))) != 0) return -1;
  }
  const area = addArea(node, space.pages + 1, 0);
  if (area === null) return -1;
  area.isFile = true;
  for (let first: u32 = 0; first < space.pages; first += REGION) {
    if (!hasRegion(space, first)) continue;
    if (isLarge(space, first)) {
      provide(node, ROOM);
      split(space, first);
    }
    for (let page = first; page < min(first + REGION, space.pages); page++) putAside(space, page, area);
  }
  anywhere();
  if (space.vm != 0) tablesAside(changetype<Vm>(space.vm));
  return <i32>area.type;
}

function putAside(space: Space, page: u32, area: SwapArea): void {
  const node = space.node;
  if (isSwap(entryOf(space, page))) {
    provide(node, ROOM);
    fault(space, page, false);
  }
  const entry = entryOf(space, page);
  if (entry == 0) return;
  const frame = frameOf(entry);
  if (isZeroes(node, frame)) {
    drop(space, page);
    return;
  }
  const slot = takeSlotOf(area);
  copyOut(node, frame, slot);
  drop(space, page);
  setEntry(space, page, entryFor(slot));
  reference(node, slot);
  space.swapped++;
}

/** Brings it back; false where the host has no memory for it. */
export function unpark(space: Space, type: u32): bool {
  const node = space.node;
  const area: SwapArea | null = areaOf(node, type);
  if (area === null) return false;
  // To read a file is no swapping.
  const read = node.stat.pswpin;
  const faults = node.stat.pgmajfault;
  for (let first: u32 = 0; first < space.pages; first += REGION) {
    if (!hasRegion(space, first) || isLarge(space, first)) continue;
    for (let page = first; page < min(first + REGION, space.pages); page++) {
      const entry = entryOf(space, page);
      if (!isSwap(entry) || slotOf(entry) >> TYPE_SHIFT != type) continue;
      if (!provide(node, ROOM) || space.dead) return false;
      // As if it were written: the file is not its swap, and keeps no copy.
      fault(space, page, true);
    }
  }
  node.stat.pswpin = read;
  node.stat.pgmajfault = faults;
  unlink(node, area);
  return true;
}

/** The file is removed, after its process ended. */
export function forgetFile(space: Space, type: u32): void {
  const area: SwapArea | null = areaOf(space.node, type);
  if (area !== null) unlink(space.node, area);
}
