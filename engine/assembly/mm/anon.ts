/**
 * Anonymous memory (Linux mm/memory.c, mm/huge_memory.c): there from the first touch on, read-only and
 * shared (the zero page) while it was only read; a page of its own at the first write, of 2 MiB where that
 * may be; gone to swap and back.
 */
import {
  COPY_ON_WRITE,
  DISCARD,
  POPULATE,
  SPLIT,
  SWAP_IN,
} from '../events';
import { anywhere, within } from './cells';
import { clear, copy } from './content';
import { count, giveFrame, takeFrame } from './frames';
import { giveHuge, hugeAt, takeHuge } from './hugetlb';
import { delist, enlist, enlistLast } from './lru';
import { Node } from './node';
import { discarded, tell } from './notifier';
import { ANON, KERNEL, KSM, LISTED, Page, TAIL, pageAt, reset } from './page';
import {
  A,
  GIANT,
  HUGETLB_1G,
  HUGETLB_2M,
  P,
  Space,
  THP,
  W,
  entryOf,
  frameOf,
  hasRegion,
  isLarge,
  kindAt,
  mapping,
  openRegion,
  setEntry,
  setGiant,
  setLarge,
} from './space';
import * as swap from './swap';
import { MARK_LOW, MOVABLE, UNMOVABLE, allocate, release } from './zone';

const LARGE: u32 = 512;
const LARGE_ORDER: u32 = 9;

/** Level of the mapping of a page: 1 = 4K, 2 = 2M, 3 = 1G. */
// @ts-ignore: decorator
@inline
export function levelOf(space: Space, page: u32): i32 {
  if (!isLarge(space, page)) return 1;
  return (entryOf(space, page) & GIANT) != 0 ? 3 : 2;
}

/** Whether the kernel shows zeroes there: no frame of the process's own. */
// @ts-ignore: decorator
@inline
export function isZeroes(node: Node, frame: u32): bool {
  return (
    frame == node.zeroFrame ||
    (node.largeZeroFrame != 0 && (frame & ~(LARGE - 1)) == node.largeZeroFrame)
  );
}

// Makes a frame a page of this process.
function own(space: Space, page: u32, frame: u32): void {
  const record = pageAt(space.node, frame);
  record.owner = <u32>changetype<usize>(space);
  record.index = page;
  record.maps = 1;
  space.rss += 1 << record.order;
  enlist(space.node, frame);
}

/** A transparent huge page may come where nothing is yet, and the whole 2 MiB are the process's. */
function mayBeLarge(space: Space, page: u32): bool {
  const first = page & ~(LARGE - 1);
  return kindAt(space, page) == THP && first + LARGE <= space.pages && !hasRegion(space, page);
}

/** 2 MiB of zeroed anonymous memory in one piece; 0 where there are none without reclaim. */
export function takeLarge(node: Node): u32 {
  const frame = allocate(node, LARGE_ORDER, MOVABLE, MARK_LOW);
  if (frame == 0) return 0;
  const page = pageAt(node, frame);
  reset(page, ANON);
  page.order = <u8>LARGE_ORDER;
  for (let index: u32 = 0; index < LARGE; index++) {
    if (index > 0) {
      reset(pageAt(node, frame + index), TAIL);
      pageAt(node, frame + index).owner = frame;
    }
    clear(node, frame + index);
  }
  count(node, ANON, LARGE);
  node.anonHuge += LARGE;
  return frame;
}

function populate(space: Space, page: u32): void {
  const node = space.node;
  const kind = kindAt(space, page);
  let level = 1;
  if (kind == HUGETLB_1G) {
    setGiant(space, page, mapping(takeHuge(node, node.pool1G), true, true));
    space.hugetlb += LARGE * LARGE;
    level = 3;
  } else if (kind == HUGETLB_2M) {
    setLarge(space, page, mapping(takeHuge(node, node.pool2M), true, true));
    space.hugetlb += LARGE;
    level = 2;
  }
  if (level > 1) {
    const head = hugeAt(node, frameOf(entryOf(space, page & ~(level == 3 ? LARGE * LARGE - 1 : LARGE - 1))));
    head.owner = <u32>changetype<usize>(space);
    head.index = page;
    head.maps = 1;
  } else {
    if (mayBeLarge(space, page)) {
      const frame = takeLarge(node);
      if (frame != 0) {
        node.stat.thp_fault_alloc++;
        own(space, page & ~(LARGE - 1), frame);
        setLarge(space, page, mapping(frame, true, true));
        level = 2;
      } else node.stat.thp_fault_fallback++;
    }
    if (level == 1) {
      const frame = takeFrame(node, ANON);
      setEntry(space, page, mapping(frame, true, false));
      own(space, page, frame);
    }
  }
  note(POPULATE, space, page, level, 0);
}

function note(type: u8, space: Space, page: u32, level: i32, extra: u32): void {
  tell(space, type, level, 0, (<u64>frameOf(entryOf(space, page))) << 12, page, extra);
}

// 2 MiB of zeroes, made when they are first asked for.
function largeZeroes(node: Node): u32 {
  if (node.largeZeroFrame != 0) return node.largeZeroFrame;
  const frame = allocate(node, LARGE_ORDER, UNMOVABLE, MARK_LOW);
  if (frame == 0) return 0;
  for (let index: u32 = 0; index < LARGE; index++) {
    reset(pageAt(node, frame + index), KERNEL);
    clear(node, frame + index);
  }
  count(node, KERNEL, LARGE);
  node.largeZeroFrame = frame;
  return frame;
}

// Memory that is only read: the zero page.
function showZeroes(space: Space, page: u32): void {
  const node = space.node;
  const large = mayBeLarge(space, page) ? largeZeroes(node) : 0;
  if (large != 0) setLarge(space, page, mapping(large, false, true));
  else setEntry(space, page, mapping(node.zeroFrame, false, false));
  note(POPULATE, space, page, large != 0 ? 2 : 1, 1);
}

/** Cuts a transparent huge page in 512 pages of their own; mapped or not (split_huge_page()). */
function cutLarge(node: Node, frame: u32): void {
  const head = pageAt(node, frame);
  const owner = head.owner;
  const index = head.index;
  const flags = head.flags;
  delist(node, frame);
  node.anonHuge -= LARGE;
  node.stat.thp_split_page++;
  // From the last to the first, so that the first is at the head of the list.
  for (let piece = LARGE; piece > 0; piece--) {
    const page = pageAt(node, frame + piece - 1);
    const content = page.content;
    reset(page, ANON);
    page.content = content;
    page.owner = owner;
    page.index = index + piece - 1;
    page.maps = 1;
    page.flags = flags & ~LISTED;
    enlist(node, frame + piece - 1);
  }
}

/** A large mapping becomes 512 small ones; whoever mapped it by one entry loses it. */
export function split(space: Space, page: u32): void {
  const first = page & ~(LARGE - 1);
  const entry = entryOf(space, first);
  const node = space.node;
  const zeroes = isZeroes(node, frameOf(entry));
  for (let each = first; each < min(first + LARGE, space.pages); each++) discarded(space, each);
  openRegion(space, first);
  if (!zeroes) cutLarge(node, frameOf(entry));
  for (let index: u32 = 0; index < LARGE; index++) {
    const frame = zeroes ? node.zeroFrame : frameOf(entry) + index;
    setEntry(space, first + index, (mapping(frame, (entry & W) != 0, false) & ~A) | (entry & A));
  }
  tell(space, SPLIT, 2, 0, (<u64>frameOf(entry)) << 12, first, zeroes ? 1 : 0);
}

/** Cuts a large page that nobody used lately, so that its pieces are the next to be reclaimed. */
export function cutForReclaim(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  split(changetype<Space>(<usize>page.owner), page.index);
  for (let piece: u32 = 1; piece <= LARGE; piece++) {
    delist(node, frame + LARGE - piece);
    enlistLast(node, frame + LARGE - piece);
  }
}

/** A mapping of a page is gone; with the last one, the page. */
export function put(node: Node, frame: u32): void {
  const page: Page = pageAt(node, frame);
  if (--page.maps > 0) return;
  swap.dropFromCache(node, frame);
  delist(node, frame);
  giveFrame(node, frame);
}

// A copy of a shared page, for this process alone.
function copyOnWrite(space: Space, page: u32, entry: u64): void {
  const node = space.node;
  const from = frameOf(entry);
  const zeroes = from == node.zeroFrame;
  const frame = takeFrame(node, ANON);
  if (!zeroes) copy(node, from, frame);
  discarded(space, page);
  if (!zeroes) {
    space.rss--;
    if (pageAt(node, from).kind == KSM) node.stat.cow_ksm++;
    put(node, from);
  }
  setEntry(space, page, mapping(frame, true, false));
  own(space, page, frame);
  if (zeroes) note(POPULATE, space, page, 1, 0);
  else tell(space, COPY_ON_WRITE, 1, (<u64>from) << 12, (<u64>frame) << 12, page, 0);
}

// A page that was swapped out comes back (do_swap_page()).
function swapIn(space: Space, page: u32, entry: u64, write: bool): void {
  const node = space.node;
  const slot = swap.slotOf(entry);
  let frame = swap.cachedFrame(node, slot);
  const major = frame == 0;
  if (major) {
    frame = takeFrame(node, ANON);
    swap.readIn(node, frame, slot);
    swap.addToCache(node, frame, slot);
    node.stat.pgmajfault++;
    space.major++;
  }
  space.swapped--;
  const there = pageAt(node, frame);
  if (there.maps > 0) {
    // Shared before it went out: whoever comes later gets a copy (ksm_might_need_to_copy()).
    const shared = frame;
    frame = takeFrame(node, ANON);
    copy(node, shared, frame);
    node.stat.ksm_swpin_copy++;
    swap.unreference(node, slot);
    setEntry(space, page, mapping(frame, true, false));
    own(space, page, frame);
  } else {
    swap.unreference(node, slot);
    const alone = swap.countOf(node, slot) == 0;
    if (alone && (write || swap.isFull(node))) swap.dropFromCache(node, frame);
    setEntry(space, page, mapping(frame, write && there.slot == 0, false));
    delist(node, frame);
    own(space, page, frame);
  }
  tell(space, SWAP_IN, 1, slot, (<u64>frame) << 12, page, major ? 1 : 0);
  // Shared slots stay, so a write needs a page of its own.
  const now = entryOf(space, page);
  if (write && (now & W) == 0) copyOnWrite(space, page, now);
}

/**
 * A fault of a process's memory. True when the mapping that guests had of the page went away under the
 * fault, as it does when a shared frame is replaced by one of its own: who mapped it must try again.
 */
export function fault(space: Space, page: u32, write: bool): bool {
  if (space.node.cells == 1) return serve(space, page, write);
  within(space.cell, space.cells == 0 ? ~0 : space.cells);
  const moved = serve(space, page, write);
  anywhere();
  return moved;
}

function serve(space: Space, page: u32, write: bool): bool {
  const node = space.node;
  let entry = entryOf(space, page);
  node.stat.pgfault++;
  if (swap.isSwap(entry)) {
    swapIn(space, page, entry, write);
    return false;
  }
  space.minor++;
  if (entry == 0) {
    const kind = kindAt(space, page);
    if (write || kind == HUGETLB_2M || kind == HUGETLB_1G) populate(space, page);
    else showZeroes(space, page);
    return false;
  }
  if (!write || (entry & W) != 0) return false;
  if (isLarge(space, page)) {
    split(space, page);
    entry = entryOf(space, page);
  }
  const frame = frameOf(entry);
  if (frame != node.zeroFrame && pageAt(node, frame).kind == ANON && isAlone(node, frame)) {
    // Its copy on the swap area is old from now on.
    swap.dropFromCache(node, frame);
    setEntry(space, page, mapping(frame, true, false));
    return false;
  }
  copyOnWrite(space, page, entry);
  return true;
}

function isAlone(node: Node, frame: u32): bool {
  const page = pageAt(node, frame);
  return page.slot == 0 || swap.countOf(node, page.slot - 1) == 0;
}

/** Drops a page of 4 KiB: it reads as zero from now on. */
export function drop(space: Space, page: u32): void {
  let entry = entryOf(space, page);
  if (entry == 0) return;
  const node = space.node;
  if (swap.isSwap(entry)) {
    setEntry(space, page, 0);
    space.swapped--;
    const slot = swap.slotOf(entry);
    const cached = swap.cachedFrame(node, slot);
    swap.unreference(node, slot);
    if (cached != 0 && pageAt(node, cached).maps == 0 && swap.countOf(node, slot) == 0) {
      discardCached(node, cached);
    }
    return;
  }
  if (isLarge(space, page)) {
    split(space, page);
    entry = entryOf(space, page);
  }
  discarded(space, page);
  const frame = frameOf(entry);
  tell(space, DISCARD, 1, 0, (<u64>frame) << 12, page, 0);
  setEntry(space, page, 0);
  if (frame == node.zeroFrame) return;
  space.rss--;
  put(node, frame);
}

/** A page that only the swap cache has goes. */
export function discardCached(node: Node, frame: u32): void {
  swap.dropFromCache(node, frame);
  delist(node, frame);
  giveFrame(node, frame);
}

/** Drops a whole page of 2 MiB. */
export function dropLarge(space: Space, page: u32): void {
  const entry = entryOf(space, page);
  const node = space.node;
  for (let each = page; each < min(page + LARGE, space.pages); each++) discarded(space, each);
  tell(space, DISCARD, 2, 0, (<u64>frameOf(entry)) << 12, page, 0);
  setLarge(space, page, 0);
  const frame = frameOf(entry);
  if (kindAt(space, page) == HUGETLB_2M) {
    space.hugetlb -= LARGE;
    // The promise stands: the page may be asked for again.
    node.pool2M.reserved++;
    giveHuge(node, node.pool2M, frame);
    return;
  }
  if (isZeroes(node, frame)) return;
  space.rss -= LARGE;
  delist(node, frame);
  node.anonHuge -= LARGE;
  count(node, ANON, -LARGE);
  for (let index: u32 = 1; index < LARGE; index++) reset(pageAt(node, frame + index), 0);
  release(node, frame, LARGE_ORDER);
}

/** Gives a process a copy of its own of a page that was merged (break_ksm()). */
export function breakShared(space: Space, page: u32): void {
  const entry = entryOf(space, page);
  if ((entry & 1) == 0) return;
  const frame = frameOf(entry);
  if (frame != space.node.zeroFrame && pageAt(space.node, frame).kind == KSM) {
    copyOnWrite(space, page, entry);
  }
}
