/**
 * khugepaged (Linux mm/khugepaged.c): memory that may be of transparent huge pages and is of small ones
 * is copied into a large page, when there is one to be had.
 */
import { COLLAPSE } from '../events';
import { copy } from './content';
import { takeLarge } from './anon';
import { giveFrame } from './frames';
import { delist, enlist } from './lru';
import { Node } from './node';
import { discarded, tell } from './notifier';
import { ANON, pageAt } from './page';
import {
  P,
  Space,
  THP,
  closeRegion,
  entryOf,
  frameOf,
  hasRegion,
  isLarge,
  kindAt,
  mapping,
  setEntry,
  setLarge,
} from './space';
import * as swap from './swap';

const LARGE: u32 = 512;
/** Pages looked at in one go (pages_to_scan), and how many of a region may be missing (max_ptes_none). */
const PAGES_TO_SCAN: u32 = 4096;
const MAX_MISSING: u32 = 511;

/** Whether all of a region is this process's own, small, and in memory. */
function mayCollapse(space: Space, first: u32): bool {
  if (kindAt(space, first) != THP || first + LARGE > space.pages) return false;
  if (!hasRegion(space, first) || isLarge(space, first)) return false;
  let missing: u32 = 0;
  for (let page = first; page < first + LARGE; page++) {
    const entry = entryOf(space, page);
    if (swap.isSwap(entry)) return false;
    const frame = frameOf(entry);
    if (entry == 0 || frame == space.node.zeroFrame) missing++;
    else if ((entry & P) == 0 || pageAt(space.node, frame).kind != ANON) return false;
    else if (pageAt(space.node, frame).slot != 0) return false;
  }
  return missing <= MAX_MISSING;
}

/** Makes one page of a region; false where no large page is free. */
function collapse(space: Space, first: u32): bool {
  const node = space.node;
  const large = takeLarge(node);
  if (large == 0) return false;
  for (let index: u32 = 0; index < LARGE; index++) {
    const page = first + index;
    const entry = entryOf(space, page);
    if (entry == 0) continue;
    const frame = frameOf(entry);
    discarded(space, page);
    setEntry(space, page, 0);
    if (frame == node.zeroFrame) continue;
    copy(node, frame, large + index);
    delist(node, frame);
    giveFrame(node, frame);
    space.rss--;
  }
  const table = closeRegion(space, first);
  if (table != 0) giveFrame(node, <u32>(table >> 12));
  const head = pageAt(node, large);
  head.owner = <u32>changetype<usize>(space);
  head.index = first;
  head.maps = 1;
  space.rss += LARGE;
  setLarge(space, first, mapping(large, true, true));
  enlist(node, large);
  node.stat.thp_collapse_alloc++;
  tell(space, COLLAPSE, 2, 0, (<u64>large) << 12, first, 0);
  return true;
}

/** Goes on through the processes' memory, a round of its sleep's worth. */
export function collapseSome(node: Node): void {
  let left = PAGES_TO_SCAN;
  for (let space = node.firstSpace; space !== null && left > 0; space = space!.next) {
    const here: Space = space;
    if (here.dead) continue;
    if (here.scanned >= here.pages) here.scanned = 0;
    while (left > 0 && here.scanned < here.pages) {
      const first = here.scanned;
      here.scanned += LARGE;
      // Regions without anything cost nothing.
      if (!hasRegion(here, first)) continue;
      left -= min(left, LARGE);
      if (mayCollapse(here, first) && !collapse(here, first)) return;
    }
  }
}
