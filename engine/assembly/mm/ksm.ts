/**
 * Kernel samepage merging (Linux mm/ksm.c, Documentation/admin-guide/mm/ksm.rst). ksmd goes through the
 * mergeable pages, one after the other and pass after pass: a page equal to a merged one joins it; one
 * that did not change since the last pass is sought among the others of this pass, and where two are
 * equal they become one, read-only until somebody writes.
 */
import { MERGE } from '../events';
import { reserveRecord } from '../memory';
import { state } from '../state';
import { put, split } from './anon';
import { ZERO_CHECKSUM, checksum, compare } from './content';
import { count } from './frames';
import { KsmItem, LOOSE, STABLE, StableNode, UNSTABLE } from './ksm-records';
import { delist, enlist } from './lru';
import { Node } from './node';
import { provide } from './reclaim';
import { discarded, tell } from './notifier';
import { ANON, KSM, TAIL, pageAt } from './page';
import { breakShared } from './anon';
import {
  HUGETLB_1G,
  HUGETLB_2M,
  P,
  Space,
  W,
  entryOf,
  frameOf,
  hasRegion,
  isLarge,
  kindAt,
  mapping,
  setEntry,
} from './space';
import { at, nextThere, openSparse, peek } from './sparse';
import { dropFromCache } from './swap';
import { Tree, erase, insert, substitute } from './tree';

@unmanaged
export class Ksm {
  unstable: Tree;
  stable: Tree;
  /** /sys/kernel/mm/ksm: 0 stands still, 1 scans, 2 took everything apart. */
  run: u32;
  pagesToScan: u32;
  sleepMillisecs: u32;
  maxPageSharing: u32;
  useZeroPages: bool;
  /** Where ksmd is: the process, its next page, the number of the pass. */
  space: Space | null;
  page: u32;
  pass: u32;
  fullScans: u32;
  shared: u32;
  sharing: u32;
  unshared: u32;
  items: u32;
  chains: u32;
  copies: u32;
  zeroPages: u32;
  /** Pages that ksmd has looked at, in all. */
  scanned: u64;
  /** Time that is left of its sleep, in microseconds. */
  asleep: u32;
}

export function ksmOf(node: Node): Ksm {
  const there = node.ksm;
  if (there !== null) return there;
  const ksm = changetype<Ksm>(reserveRecord(offsetof<Ksm>()));
  ksm.unstable = changetype<Tree>(reserveRecord(offsetof<Tree>()));
  ksm.stable = changetype<Tree>(reserveRecord(offsetof<Tree>()));
  ksm.pagesToScan = 100;
  ksm.sleepMillisecs = 20;
  ksm.maxPageSharing = 256;
  node.ksm = ksm;
  return ksm;
}

/** pages_volatile: what changed too fast to be put into a tree. */
export function volatilePages(ksm: Ksm): u32 {
  return ksm.items - ksm.shared - ksm.sharing - ksm.unshared;
}

// ---- items ----

function newItem(ksm: Ksm, space: Space, page: u32): KsmItem {
  let item: KsmItem;
  if (state.freeItem != 0) {
    item = changetype<KsmItem>(state.freeItem);
    state.freeItem = changetype<usize>(item.next);
    memory.fill(changetype<usize>(item), 0, offsetof<KsmItem>());
  } else item = changetype<KsmItem>(reserveRecord(offsetof<KsmItem>()));
  item.space = space;
  item.page = page;
  ksm.items++;
  store<u32>(at(space.items, page, 4), <u32>changetype<usize>(item));
  return item;
}

function freeItem(ksm: Ksm, item: KsmItem): void {
  store<u32>(at(item.space.items, item.page, 4), 0);
  ksm.items--;
  item.next = changetype<KsmItem | null>(state.freeItem);
  state.freeItem = changetype<usize>(item);
}

function itemAt(space: Space, page: u32): KsmItem | null {
  const at = peek(space.items, page, 4);
  return at == 0 ? null : changetype<KsmItem | null>(<usize>load<u32>(at));
}

// The first item of a merged page is counted as shared, every other one as sharing.
function append(ksm: Ksm, item: KsmItem, node: StableNode): void {
  item.state = STABLE;
  item.stable = node;
  item.prev = null;
  item.next = node.first;
  if (node.first !== null) {
    node.first!.prev = item;
    ksm.sharing++;
  } else ksm.shared++;
  node.first = item;
  node.count++;
}

/** Takes an item out of the tree in which it is (remove_rmap_item_from_tree()). */
function loosen(ksm: Ksm, item: KsmItem): void {
  if (item.state == STABLE) {
    const node = item.stable!;
    if (item.prev !== null) item.prev!.next = item.next;
    else node.first = item.next;
    if (item.next !== null) item.next!.prev = item.prev;
    node.count--;
    if (node.first !== null) ksm.sharing--;
    else ksm.shared--;
    item.stable = null;
    item.next = null;
    item.prev = null;
  } else if (item.state == UNSTABLE) {
    // Of an earlier pass: that tree is no more.
    if (item.pass == ksm.pass) erase(ksm.unstable, item);
    ksm.unshared--;
  }
  item.state = LOOSE;
}

/** The end of a process: ksmd forgets its pages. */
export function forgetItems(space: Space): void {
  const ksm = space.node.ksm;
  if (ksm === null || space.items == 0) return;
  for (let page = nextThere(space.items, 0, space.pages); page < space.pages; ) {
    const item = itemAt(space, page);
    if (item !== null) {
      loosen(ksm, item);
      freeItem(ksm, item);
    }
    page = nextThere(space.items, page + 1, space.pages);
  }
  if (ksm.space === space) {
    ksm.space = space.next;
    ksm.page = 0;
  }
}

// ---- the stable tree ----

function newStable(frame: u32, number: u32): StableNode {
  let node: StableNode;
  if (state.freeStable != 0) {
    node = changetype<StableNode>(state.freeStable);
    state.freeStable = changetype<usize>(node.nextCopy);
    memory.fill(changetype<usize>(node), 0, offsetof<StableNode>());
  } else node = changetype<StableNode>(reserveRecord(offsetof<StableNode>()));
  node.frame = frame;
  node.number = number;
  node.head = node;
  return node;
}

/** Forgets a merged page whose frame is gone (remove_node_from_stable_tree()). */
function forgetStable(ksm: Ksm, node: StableNode): void {
  for (let item = node.first; item !== null; ) {
    const next: KsmItem | null = item.next;
    if (next !== null) ksm.sharing--;
    else ksm.shared--;
    item.state = LOOSE;
    item.stable = null;
    item.next = null;
    item.prev = null;
    item = next;
  }
  const head = node.head;
  if (head === node) {
    const next = node.nextCopy;
    if (next === null) erase(ksm.stable, node);
    else {
      substitute(ksm.stable, node, next);
      for (let copy: StableNode | null = next; copy !== null; copy = copy.nextCopy) copy.head = next;
    }
    if (next !== null) leaveChain(ksm, next);
  } else {
    let before = head;
    while (before.nextCopy !== node) before = before.nextCopy!;
    before.nextCopy = node.nextCopy;
    leaveChain(ksm, head);
  }
  node.nextCopy = changetype<StableNode | null>(state.freeStable);
  state.freeStable = changetype<usize>(node);
}

// One copy fewer; a chain of one is none.
function leaveChain(ksm: Ksm, head: StableNode): void {
  ksm.copies--;
  if (head.nextCopy !== null) return;
  ksm.copies--;
  ksm.chains--;
}

/** Forgets the copies of a chain whose frames are gone; whether one is left. */
function prune(ksm: Ksm, head: StableNode): StableNode | null {
  let alive: StableNode | null = null;
  for (let copy: StableNode | null = head; copy !== null; ) {
    const next: StableNode | null = copy.nextCopy;
    if (copy.frame == 0) forgetStable(ksm, copy);
    else if (alive === null) alive = copy;
    copy = next;
  }
  return alive === null ? null : alive.head;
}

let parent: StableNode | null = null;
let side: i32 = 0;

/** The merged pages equal to a frame; null where there are none, and then where they would belong. */
function findStable(node: Node, ksm: Ksm, frame: u32): StableNode | null {
  let again = true;
  while (again) {
    parent = null;
    side = 0;
    again = false;
    const number = pageAt(node, frame).content;
    let here = changetype<StableNode | null>(ksm.stable.root);
    while (here !== null) {
      const head = here.frame != 0 && here.nextCopy === null ? here : prune(ksm, here);
      if (head === null) {
        // It was taken out of the tree: what has been passed may lie elsewhere now.
        again = true;
        break;
      }
      side =
        number != 0 && head.number != 0
          ? number < head.number
            ? -1
            : number > head.number
              ? 1
              : 0
          : compare(node, frame, head.frame);
      if (side == 0) return head;
      parent = head;
      here = changetype<StableNode | null>(side < 0 ? head.left : head.right);
    }
  }
  return null;
}

/** Of the copies the one mapped most that may take another (stable_node_dup()). */
function roomiest(ksm: Ksm, head: StableNode): StableNode | null {
  let best: StableNode | null = null;
  for (let copy: StableNode | null = head; copy !== null; copy = copy.nextCopy) {
    if (copy.count >= ksm.maxPageSharing) continue;
    if (best === null || copy.count > best.count) best = copy;
  }
  return best;
}

/** Makes a frame a merged page, with a node of its own (stable_tree_insert()). */
function insertStable(node: Node, ksm: Ksm, frame: u32): StableNode {
  const stable = newStable(frame, pageAt(node, frame).content);
  const head = findStable(node, ksm, frame);
  if (head === null) insert(ksm.stable, stable, parent, side);
  else {
    stable.head = head;
    stable.nextCopy = head.nextCopy;
    if (head.nextCopy === null) {
      ksm.chains++;
      ksm.copies++;
    }
    ksm.copies++;
    head.nextCopy = stable;
  }
  const page = pageAt(node, frame);
  delist(node, frame);
  count(node, ANON, -1);
  count(node, KSM, 1);
  page.kind = KSM;
  page.owner = <u32>changetype<usize>(stable);
  page.index = 0;
  enlist(node, frame);
  return stable;
}

// ---- merging ----

/** The frame of a page that ksmd may look at: there, anonymous, no zero page; 0 otherwise. */
function mergeableFrame(space: Space, page: u32): u32 {
  const entry = entryOf(space, page);
  if ((entry & P) == 0) return 0;
  const frame = frameOf(entry);
  const node = space.node;
  if (frame == node.zeroFrame) return 0;
  const backing = kindAt(space, page);
  if (backing == HUGETLB_2M || backing == HUGETLB_1G) return 0;
  const kind = pageAt(node, frame).kind;
  if (kind == ANON || kind == KSM) return frame;
  // A piece of a transparent huge page.
  return kind == TAIL && pageAt(node, pageAt(node, frame).owner).kind == ANON ? frame : 0;
}

/** Takes write access to a page from all who map it, so that it holds still. */
function protect(space: Space, page: u32): void {
  if (isLarge(space, page)) split(space, page);
  const entry = entryOf(space, page);
  dropFromCache(space.node, frameOf(entry));
  if ((entry & W) == 0) return;
  discarded(space, page);
  setEntry(space, page, entry & ~W);
}

/** Maps the merged page in the place of an equal one; false where they are not equal any more. */
function join(item: KsmItem, frame: u32, merged: u32): bool {
  const space = item.space;
  const node = space.node;
  protect(space, item.page);
  if (compare(node, frame, merged) != 0) return false;
  discarded(space, item.page);
  setEntry(space, item.page, mapping(merged, false, false));
  pageAt(node, merged).maps++;
  tell(space, MERGE, 1, (<u64>frame) << 12, (<u64>merged) << 12, item.page, 0);
  put(node, frame);
  return true;
}

// All zero: the page that shows zeroes will do.
function joinZeroes(ksm: Ksm, item: KsmItem, frame: u32): void {
  const space = item.space;
  protect(space, item.page);
  discarded(space, item.page);
  setEntry(space, item.page, mapping(space.node.zeroFrame, false, false));
  space.rss--;
  ksm.zeroPages++;
  tell(space, MERGE, 1, (<u64>frame) << 12, (<u64>space.node.zeroFrame) << 12, item.page, 0);
  put(space.node, frame);
}

/** The item of this pass with an equal page; else the item takes its place among them. */
function findUnstable(ksm: Ksm, item: KsmItem, frame: u32): KsmItem | null {
  const node = item.space.node;
  let above: KsmItem | null = null;
  let order = 0;
  let here = changetype<KsmItem | null>(ksm.unstable.root);
  while (here !== null) {
    const other = mergeableFrame(here.space, here.page);
    if (other == 0 || other == frame) return null;
    order = compare(node, frame, other);
    if (order == 0) return here;
    above = here;
    here = changetype<KsmItem | null>(order < 0 ? here.left : here.right);
  }
  item.state = UNSTABLE;
  item.pass = ksm.pass;
  insert(ksm.unstable, item, above, order);
  ksm.unshared++;
  return null;
}

/** What ksmd does with one page (cmp_and_merge_page()). */
function consider(ksm: Ksm, item: KsmItem, frame: u32): void {
  const node = item.space.node;
  const page = pageAt(node, frame);
  if (page.kind == KSM) {
    const stable = changetype<StableNode>(<usize>page.owner);
    if (item.state == STABLE && item.stable === stable) return;
    loosen(ksm, item);
    append(ksm, item, stable);
    return;
  }
  const head = findStable(node, ksm, frame);
  loosen(ksm, item);
  if (head !== null) {
    const stable = roomiest(ksm, head);
    if (stable !== null) {
      if (join(item, frame, stable.frame)) append(ksm, item, stable);
      return;
    }
  }
  const sum = checksum(node, frame);
  if (item.checksum != sum) {
    item.checksum = sum;
    return;
  }
  if (ksm.useZeroPages && sum == ZERO_CHECKSUM) {
    joinZeroes(ksm, item, frame);
    return;
  }
  const other = findUnstable(ksm, item, frame);
  if (other === null) return;
  const otherFrame = mergeableFrame(other.space, other.page);
  protect(item.space, item.page);
  loosen(ksm, other);
  const merged = insertStable(node, ksm, frame);
  // Two pieces of one large page cannot both be it: the other is looked at again.
  if (join(other, otherFrame, frame)) append(ksm, other, merged);
  append(ksm, item, merged);
}

/** The next page that ksmd may look at; false at the end of a pass. */
function advance(node: Node, ksm: Ksm): bool {
  while (ksm.space !== null) {
    const space = ksm.space!;
    if (!space.dead && space.mergeable < space.pages) {
      if (space.items == 0) space.items = openSparse(space.pages);
      let page = max(ksm.page, space.mergeable);
      while (page < space.pages) {
        const frame = hasRegion(space, page) ? mergeableFrame(space, page) : 0;
        if (frame != 0) {
          ksm.page = page;
          return true;
        }
        const item = itemAt(space, page);
        if (item !== null) {
          loosen(ksm, item);
          freeItem(ksm, item);
        }
        page++;
        // Whole regions that hold nothing and of which nothing is known.
        while (
          (page & 1023) == 0 &&
          page < space.pages &&
          !hasRegion(space, page) &&
          (page + 512 >= space.pages || !hasRegion(space, page + 512)) &&
          peek(space.items, page, 4) == 0
        ) {
          page += 1024;
        }
      }
    }
    ksm.space = space.next;
    ksm.page = 0;
  }
  return false;
}

/** Frames that looking at one page may take: a large one is cut, which needs a table. */
const STEP_FRAMES: u32 = 8;

/** Looks at one page; false when that ended a pass instead. */
function step(node: Node, ksm: Ksm): bool {
  provide(node, STEP_FRAMES);
  if (ksm.space === null) {
    ksm.space = node.firstSpace;
    ksm.page = 0;
  }
  if (!advance(node, ksm)) {
    ksm.fullScans++;
    ksm.pass++;
    ksm.unstable.root = null;
    return false;
  }
  const space = ksm.space!;
  const page = ksm.page++;
  ksm.scanned++;
  const known = itemAt(space, page);
  consider(ksm, known !== null ? known : newItem(ksm, space, page), mergeableFrame(space, page));
  return true;
}

/** Looks at so many pages, over the end of a pass if need be (ksm_do_scan()). */
export function scan(node: Node, pages: u32): void {
  const ksm = ksmOf(node);
  let left = pages;
  let ends = 0;
  while (left > 0 && ends < 2) {
    if (step(node, ksm)) left--;
    else ends++;
  }
}

/** Goes on to the end of the pass, or through a whole one at its beginning. */
export function pass(node: Node): void {
  const ksm = ksmOf(node);
  while (step(node, ksm));
}

/** Takes all merged pages apart (writing 2 to run): every process gets its own copy again. */
export function unmerge(node: Node): void {
  const ksm = ksmOf(node);
  for (let space = node.firstSpace; space !== null; space = space!.next) {
    if (space.items == 0) continue;
    for (let page = nextThere(space.items, 0, space.pages); page < space.pages; ) {
      if (itemAt(space, page) !== null) {
        // It may take more memory than there is.
        provide(node, STEP_FRAMES);
        if (space.dead) break;
        const item = itemAt(space, page)!;
        breakShared(space, page);
        loosen(ksm, item);
        freeItem(ksm, item);
      }
      page = nextThere(space.items, page + 1, space.pages);
    }
  }
  while (ksm.stable.root !== null) forgetStable(ksm, changetype<StableNode>(ksm.stable.root));
  ksm.space = null;
  ksm.page = 0;
  ksm.fullScans = 0;
  ksm.pass++;
  ksm.unstable.root = null;
}
