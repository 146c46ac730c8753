/**
 * Reclaim (Linux mm/vmscan.c): what is taken when memory is short. kswapd works from below the low
 * watermark up to the high one; who finds less than the minimum reclaims for itself; when nothing can
 * be had, a process is killed.
 */
import { SWAP_OUT } from '../events';
import { cutForReclaim, discardCached } from './anon';
import { dropFile } from './cache';
import { mappersOf, nextMapper } from './rmap';
import { setActive } from './lru';
import { deflateFor } from '../linux/deflate-on-oom';
import { killOne } from './oom';
import { discarded, tell, young } from './notifier';
import {
  ACTIVE_ANON,
  ACTIVE_FILE,
  INACTIVE_ANON,
  INACTIVE_FILE,
  Node,
  listOf,
} from './node';
import { FILE, Page, REFERENCED, SHMEM, pageAt } from './page';
import { A, entryOf, isLarge, setEntry, setLarge } from './space';
import * as swap from './swap';
import { root, watermark } from './zone';

/** Pages that one round isolates (SWAP_CLUSTER_MAX). */
const BATCH: u32 = 32;
/** Where the parts of the lists that are looked at begin: 1/2^12 (DEF_PRIORITY). */
const PRIORITY: u32 = 12;
/** A mebibyte in pages; a gibibyte's shift from pages. */
const GIB_SHIFT: u32 = 18;

/** Whether the inactive list is too short beside the active one (inactive_is_low()). */
function isLow(inactive: u32, active: u32): bool {
  const gib = (inactive + active) >> GIB_SHIFT;
  const ratio = gib != 0 ? <u32>root(10 * gib) : 1;
  return <u64>inactive * ratio < active;
}

/** How many entries say that the page was used; they are asked anew from now on (folio_referenced()). */
function referenced(node: Node, frame: u32): u32 {
  let times: u32 = 0;
  mappersOf(node, frame);
  for (let which = nextMapper(); which; which = nextMapper()) {
    const space = which.space;
    const page = which.page;
    let used = young(space, page);
    const entry = entryOf(space, page);
    if ((entry & A) != 0) {
      used = true;
      if (isLarge(space, page)) setLarge(space, page, entry & ~A);
      else setEntry(space, page, entry & ~A);
    }
    if (used) times++;
  }
  return times;
}

/** The oldest active pages become inactive; being used lately does not save them (shrink_active_list()). */
function deactivate(node: Node, active: i32, pages: u32): void {
  for (let done: u32 = 0; done < pages; ) {
    const frame = listOf(node, active).tail;
    if (frame == 0) return;
    const page = pageAt(node, frame);
    done += 1 << page.order;
    referenced(node, frame);
    setActive(node, frame, false);
    node.stat.pgdeactivate += 1 << page.order;
  }
}

const RECLAIM: i32 = 0;
const KEEP: i32 = 1;
const ACTIVATE: i32 = 2;

/** What is to become of a page at the end of the inactive list (folio_check_references()). */
function judge(node: Node, frame: u32): i32 {
  const times = referenced(node, frame);
  const page = pageAt(node, frame);
  const before = (page.flags & REFERENCED) != 0;
  page.flags &= ~REFERENCED;
  if (times == 0) return RECLAIM;
  page.flags |= REFERENCED;
  return before || times > 1 ? ACTIVATE : KEEP;
}

/** Unmaps a page everywhere; its mappings name the slot from now on (try_to_unmap()). */
function unmap(node: Node, frame: u32, slot: u32): void {
  const entry = swap.entryFor(slot);
  mappersOf(node, frame);
  for (let which = nextMapper(); which; which = nextMapper()) {
    const space = which.space;
    const page = which.page;
    discarded(space, page);
    setEntry(space, page, entry);
    swap.reference(node, slot);
    space.rss--;
    space.swapped++;
    pageAt(node, frame).maps--;
    tell(space, SWAP_OUT, 1, slot, (<u64>frame) << 12, page, 0);
  }
}

/** Writes an anonymous page to swap, unless its copy there is still right, and frees it. */
function swapOut(node: Node, frame: u32): bool {
  const page: Page = pageAt(node, frame);
  // An area that is being emptied must not get back what came from it.
  if (page.slot != 0 && swap.isClosing(node, page.slot - 1)) {
    if (swap.countOf(node, page.slot - 1) > 0) return false;
    swap.dropFromCache(node, frame);
  }
  const clean = page.slot != 0;
  if (!clean) {
    const slot = swap.takeSlot(node);
    if (slot == ~0) return false;
    swap.addToCache(node, frame, slot);
  }
  const slot = page.slot - 1;
  unmap(node, frame, slot);
  if (!clean) swap.writeOut(node, frame, slot);
  discardCached(node, frame);
  return true;
}

/** Takes pages from the end of an inactive list; returns how many frames came of it. */
function shrinkInactive(node: Node, list: i32, pages: u32): u32 {
  let freed: u32 = 0;
  let scanned: u32 = 0;
  const most = min(pages, listOf(node, list).count);
  while (scanned < most) {
    let frame = listOf(node, list).tail;
    if (frame == 0) break;
    scanned += 1 << pageAt(node, frame).order;
    const verdict = judge(node, frame);
    if (verdict != RECLAIM) {
      setActive(node, frame, verdict == ACTIVATE);
      if (verdict == ACTIVATE) node.stat.pgactivate++;
      continue;
    }
    const page = pageAt(node, frame);
    if (page.kind == FILE && (page.flags & SHMEM) != 0) {
      // Linux could swap it; here what is in memory only stays there.
      setActive(node, frame, true);
      continue;
    }
    if (page.kind == FILE) {
      dropFile(node, frame);
      freed++;
      continue;
    }
    if (swap.swapRoom(node) == 0 && page.slot == 0) {
      setActive(node, frame, true);
      continue;
    }
    if (page.order > 0) {
      // Its pieces come to the end of the list and are taken one by one.
      scanned -= 1 << page.order;
      cutForReclaim(node, frame);
      continue;
    }
    if (swapOut(node, frame)) freed++;
    else setActive(node, frame, true);
  }
  if (node.reclaiming) node.stat.pgscan_direct += scanned;
  else node.stat.pgscan_kswapd += scanned;
  return freed;
}

function shrinkList(node: Node, active: i32, inactive: i32, pages: u32): u32 {
  if (isLow(listOf(node, inactive).count, listOf(node, active).count)) {
    deactivate(node, active, pages);
  }
  return shrinkInactive(node, inactive, pages);
}

let anonShare: u64 = 0;
let fileShare: u64 = 0;

/** How the work divides between anonymous memory and the page cache (get_scan_count()). */
function divide(node: Node, priority: u32): void {
  const room = swap.swapRoom(node) > 0;
  const file = listOf(node, INACTIVE_FILE).count + listOf(node, ACTIVE_FILE).count;
  anonShare = 0;
  fileShare = 1;
  if (!room) return;
  if (node.swappiness == 0) {
    // Not before free memory and page cache together are below the high watermark.
    if (node.free + file > watermark(node, 2)) return;
    anonShare = 1;
    fileShare = 0;
    return;
  }
  if (node.free + file <= watermark(node, 2) || (priority == 0 && node.swappiness != 0)) {
    anonShare = 1;
    fileShare = priority == 0 ? 1 : 0;
    return;
  }
  const all: u64 = <u64>node.anonCost + node.fileCost;
  const anonCost = all + node.anonCost;
  const fileCost = all + node.fileCost;
  const total = anonCost + fileCost;
  anonShare = (<u64>node.swappiness * (total + 1)) / (anonCost + 1);
  fileShare = (<u64>(200 - node.swappiness) * (total + 1)) / (fileCost + 1);
}

function shrink(node: Node, priority: u32): u32 {
  divide(node, priority);
  const anon = listOf(node, INACTIVE_ANON).count + listOf(node, ACTIVE_ANON).count;
  const file = listOf(node, INACTIVE_FILE).count + listOf(node, ACTIVE_FILE).count;
  // At the last priority all of both (SCAN_EQUAL).
  const shares = priority == 0 && anonShare == fileShare ? 1 : anonShare + fileShare;
  let anonScan = <u32>((((<u64>anon) >> priority) * anonShare) / shares);
  let fileScan = <u32>((((<u64>file) >> priority) * fileShare) / shares);
  if (anonShare != 0 && anonScan == 0) anonScan = min(anon, BATCH);
  if (fileShare != 0 && fileScan == 0) fileScan = min(file, BATCH);
  let freed: u32 = 0;
  while (anonScan > 0 || fileScan > 0) {
    const someFile = min(fileScan, BATCH);
    const someAnon = min(anonScan, BATCH);
    if (someFile > 0) freed += shrinkList(node, ACTIVE_FILE, INACTIVE_FILE, someFile);
    if (someAnon > 0) freed += shrinkList(node, ACTIVE_ANON, INACTIVE_ANON, someAnon);
    fileScan -= someFile;
    anonScan -= someAnon;
    if (freed >= BATCH && priority < PRIORITY) break;
  }
  return freed;
}

/** Reclaims until so many frames are free, looking at ever more of the lists; true when they are. */
function reclaimTo(node: Node, free: u32): bool {
  let priority = PRIORITY;
  while (node.free < free) {
    const freed = shrink(node, priority);
    if (node.free >= free) break;
    if (freed == 0) {
      if (priority == 0) return false;
      priority--;
    } else if (priority < PRIORITY) priority = min(priority + 1, PRIORITY);
  }
  return true;
}

/** What kswapd does when it is awake: works up to the high watermark. */
export function kswapd(node: Node): void {
  if (!node.awake) return;
  node.awake = false;
  if (node.free > watermark(node, 2)) return;
  node.stat.kswapd_runs++;
  const before = node.free;
  reclaimTo(node, watermark(node, 2));
  if (node.free > before) node.stat.pgsteal_kswapd += node.free - before;
}

/** Rounds that bring nothing, after which no more can be had (MAX_RECLAIM_RETRIES). */
const RETRIES: i32 = 16;

function reclaimDirectly(node: Node, free: u32): bool {
  node.reclaiming = true;
  let enough = false;
  for (let vain = 0; vain < RETRIES && !enough; ) {
    node.stat.allocstall++;
    const before = node.free;
    enough = reclaimTo(node, free);
    if (node.free > before) {
      node.stat.pgsteal_direct += node.free - before;
      vain = 0;
    } else vain++;
  }
  node.reclaiming = false;
  return enough;
}

/**
 * Sees to it that `frames` can be taken without going below the minimum: reclaims, and kills when that
 * gives nothing. False when there is nobody left to kill.
 */
export function provide(node: Node, frames: u32): bool {
  const wanted = watermark(node, 1) + frames;
  if (node.free < wanted) node.awake = true;
  const least = watermark(node, 0) + frames;
  while (node.free < least) {
    if (reclaimDirectly(node, least)) return true;
    if (deflateFor(node)) continue;
    if (!killOne(node)) return false;
  }
  return true;
}

/** Reclaims about so many frames on demand (memory.reclaim; the balloon's driver); how many came. */
export function reclaimSome(node: Node, frames: u32): u32 {
  const before = node.free;
  node.reclaiming = true;
  reclaimTo(node, node.free + frames);
  node.reclaiming = false;
  return node.free - before;
}
