/** Taking a swap area away (Linux mm/swapfile.c, try_to_unuse()): all that it holds comes back first. */
import { discardCached, fault } from './anon';
import { ACTIVE_FILE, INACTIVE_FILE, Node, listOf } from './node';
import { pageAt } from './page';
import { provide } from './reclaim';
import { Space, entryOf, hasRegion, isLarge } from './space';
import {
  SwapArea,
  areaOf,
  cachedFrame,
  dropFromCache,
  isSwap,
  nextUsed,
  slotOf,
  swapRoom,
} from './swap';
import { watermark } from './zone';

const TYPE_SHIFT: u32 = 27;
const REGION: u32 = 512;

function bringBack(space: Space, type: u32): bool {
  const node = space.node;
  for (let first: u32 = 0; first < space.pages; first += REGION) {
    if (!hasRegion(space, first) || isLarge(space, first)) continue;
    for (let page = first; page < min(first + REGION, space.pages); page++) {
      const entry = entryOf(space, page);
      if (!isSwap(entry) || slotOf(entry) >> TYPE_SHIFT != type) continue;
      if (!provide(node, 8) || space.dead) return false;
      // To read it is enough; the slot goes with the last entry that names it.
      fault(space, page, false);
    }
  }
  return true;
}

/** False, with nothing changed, where what the area holds has room neither in memory nor in the others. */
export function switchOff(node: Node, type: u32): bool {
  const area: SwapArea | null = areaOf(node, type);
  if (area === null || area.gone) return false;
  area.closing = true;
  const cache = listOf(node, ACTIVE_FILE).count + listOf(node, INACTIVE_FILE).count;
  const room = <i64>node.free + <i64>cache + <i64>swapRoom(node) - <i64>watermark(node, 2);
  if (<i64>area.used > room) {
    area.closing = false;
    return false;
  }
  for (let space = node.firstSpace; space !== null; space = space!.next) {
    if (!space.dead && space.swapped > 0) bringBack(space, type);
  }
  // What only the swap cache still holds there.
  for (let offset = nextUsed(area, 1); offset != 0; offset = nextUsed(area, offset + 1)) {
    const frame = cachedFrame(node, (type << TYPE_SHIFT) | offset);
    if (frame == 0) continue;
    if (pageAt(node, frame).maps == 0) discardCached(node, frame);
    else dropFromCache(node, frame);
  }
  if (area.used > 0) {
    // Memory became short on the way: what is still there stays there.
    area.closing = false;
    return false;
  }
  unlink(node, area);
  return true;
}

/** An area that holds nothing any more is gone. */
export function unlink(node: Node, area: SwapArea): void {
  area.gone = true;
  if (node.firstArea === area) {
    node.firstArea = area.next;
    return;
  }
  let before = node.firstArea!;
  while (before.next !== area) before = before.next!;
  before.next = area.next;
}
