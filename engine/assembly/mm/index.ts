/** The border of memory management: what may be asked of the host's memory, and what it says of itself. */
import { state } from '../state';
import { Vm } from '../kvm/vm';
import { fault } from './anon';
import * as cache from './cache';
import { File } from './cache';
import { fill } from './content';
import { exit } from './exit';
import { shrinkSlab, takeFrame, takeSlab } from './frames';
import { hostNode } from './host';
import { cellStart } from './cells';
import { Pool, poolFreeIn, totalIn } from './hugetlb';
import * as ksm from './ksm';
import { collapseSome } from './khugepaged';
import * as info from './meminfo';
import { Node } from './node';
import { KERNEL, PAGE_BYTES, Page } from './page';
import { badness } from './oom';
import * as parking from './park';
import { kswapd, provide } from './reclaim';
import { A, D, P, Space, W, backWith, entryOf, frameOf, isLarge, newSpace, setEntry } from './space';
import * as swap from './swap';
import { switchOff } from './swapoff';
import * as view from './view';
import { freeBlocks, freeIn, managedIn, zoneAt } from './zone';

// @ts-ignore: decorator
@inline
function nodeAt(handle: usize): Node {
  return changetype<Node>(handle);
}

/** Handle of the host's memory. */
export function hostMemory(): usize {
  return state.host;
}

/** Frames that an act of the host may take before it asks for more. */
const ROOM: u32 = 64;

/** Adds a swap area of so many pages, its header included; a priority below 0 is the kernel's choice. Its type,
 * or -1 where there are as many as there can be. */
export function addSwap(node: usize, pages: u32, priority: i32): i32 {
  const area = swap.addArea(nodeAt(node), pages, priority);
  return area === null ? -1 : <i32>area.type;
}

/** Empties a swap area and takes it away; false, with nothing changed, where what it holds has no room. */
export function removeSwap(node: usize, type: u32): bool {
  return switchOff(nodeAt(node), type);
}

/** Pages of a swap area that are in use. */
export function swapUsed(node: usize, type: u32): u32 {
  const area = swap.areaOf(nodeAt(node), type);
  return area === null ? 0 : area.used;
}

/** What the host does by itself between two acts: kswapd. */
export function settle(): void {
  if (state.host != 0) kswapd(hostNode());
}

/** ksmd goes through so many whole passes. */
export function ksmPass(passes: u32): void {
  for (let index: u32 = 0; index < passes; index++) {
    provide(hostNode(), ROOM);
    ksm.pass(hostNode());
  }
}

/** ksmd looks at so many pages. */
export function ksmScan(pages: u32): void {
  provide(hostNode(), ROOM);
  ksm.scan(hostNode(), pages);
}

/** /sys/kernel/mm/ksm: run, pages_to_scan, sleep_millisecs, max_page_sharing, use_zero_pages. */
export function setKsm(which: i32, value: u32): void {
  const ksmd = ksm.ksmOf(hostNode());
  if (which == 0) {
    if (value == 2 && ksmd.run != 2) ksm.unmerge(hostNode());
    ksmd.run = value;
  } else if (which == 1) ksmd.pagesToScan = value;
  else if (which == 2) ksmd.sleepMillisecs = value;
  else if (which == 3) ksmd.maxPageSharing = value;
  else ksmd.useZeroPages = value != 0;
}

/** The same and what ksmd counted, in the order of `KSM_FIELDS`. */
export function ksmField(which: i32): u64 {
  const ksmd = ksm.ksmOf(hostNode());
  if (which == 0) return ksmd.run;
  if (which == 1) return ksmd.pagesToScan;
  if (which == 2) return ksmd.sleepMillisecs;
  if (which == 3) return ksmd.maxPageSharing;
  if (which == 4) return ksmd.useZeroPages ? 1 : 0;
  if (which == 5) return ksmd.shared;
  if (which == 6) return ksmd.sharing;
  if (which == 7) return ksmd.unshared;
  if (which == 8) return ksm.volatilePages(ksmd);
  if (which == 9) return ksmd.fullScans;
  if (which == 10) return ksmd.chains;
  if (which == 11) return ksmd.copies;
  if (which == 12) return ksmd.zeroPages;
  return ksmd.scanned;
}

/** khugepaged takes a round. */
export function collapse(): void {
  if (provide(hostNode(), 1024)) collapseSome(hostNode());
}

/** vm.swappiness, 0 to 200. */
export function setSwappiness(node: usize, value: u32): void {
  nodeAt(node).swappiness = value;
}

/** Lines of /proc/meminfo as 64-bit numbers, in KiB; where they lie. */
export function meminfo(node: usize): usize {
  return info.meminfo(nodeAt(node));
}

/** Where the counters of /proc/vmstat lie (vmstat.ts). */
export function vmstatAt(node: usize): usize {
  return changetype<usize>(nodeAt(node).stat);
}

/** A pool: 0 total, 1 free, 2 reserved, 3 surplus, 4 overcommit. */
export function poolField(node: usize, order: u32, which: i32): u32 {
  const pool: Pool = order == 9 ? nodeAt(node).pool2M : nodeAt(node).pool1G;
  if (which == 0) return pool.total;
  if (which == 1) return pool.free;
  if (which == 2) return pool.reserved;
  if (which == 3) return pool.surplus;
  return pool.overcommit;
}

/** nr_overcommit_hugepages. */
export function setPoolOvercommit(node: usize, order: u32, pages: u32): void {
  (order == 9 ? nodeAt(node).pool2M : nodeAt(node).pool1G).overcommit = pages;
}

/** Free blocks of an order in a zone (/proc/buddyinfo). */
export function buddyinfo(node: usize, zone: i32, order: u32): u32 {
  return zone < nodeAt(node).zones ? freeBlocks(nodeAt(node), zone, order) : 0;
}

/** The processes: handle of the first, and of the next; 0 at the end. */
export function firstProcess(node: usize): usize {
  return changetype<usize>(nodeAt(node).firstSpace);
}
export function nextProcess(process: usize): usize {
  return changetype<usize>(changetype<Space>(process).next);
}

/** Of a process: 0 number, 1 dead, 2 pages, 3 rss, 4 swapped, 5 hugetlb, 6 tables, 7 minor, 8 major, 9 root, 10 machine,
 * 11 what counts for the OOM killer, in pages. */
export function processField(process: usize, which: i32): u64 {
  const space = changetype<Space>(process);
  if (which == 0) return space.number;
  if (which == 1) return space.dead ? 1 : 0;
  if (which == 2) return space.pages;
  if (which == 3) return space.rss;
  if (which == 4) return space.swapped;
  if (which == 5) return space.hugetlb;
  if (which == 6) return space.tables;
  if (which == 7) return space.minor;
  if (which == 8) return space.major;
  if (which == 9) return space.root;
  if (which == 10) return space.vm;
  return <u64>max<i64>(badness(space), 0);
}

/** A process of a kernel, with so many pages of memory; its handle. */
export function newProcess(node: usize, pages: u32): usize {
  provide(nodeAt(node), ROOM);
  const memory = nodeAt(node);
  const last = memory.lastSpace;
  const number: u64 = last === null ? 1 : last.number + 1;
  return changetype<usize>(newSpace(memory, pages, (0x155 + (number & 127)) << 38));
}

/** It touches pages, one after the other; written ones then hold what `content` and their number stand for, or
 * all of them the same. */
export function touchProcess(
  process: usize,
  first: u32,
  count: u32,
  write: bool,
  content: u32,
  same: bool,
): void {
  const space = changetype<Space>(process);
  for (let page = first; page < min(first + count, space.pages); page++) {
    if (space.dead || !provide(space.node, ROOM) || space.dead) return;
    let entry = entryOf(space, page);
    if ((entry & P) == 0 || (write && (entry & W) == 0)) {
      fault(space, page, write);
      entry = entryOf(space, page);
    }
    const used = entry | A | (write ? D : 0);
    if (used != entry && !isLarge(space, page)) setEntry(space, page, used);
    if (write && content != 0) {
      fill(space.node, frameOf(entry), same ? content : cache.contentOf(content, page));
    }
  }
}

/** It ends, and gives back what it had. */
export function endProcess(process: usize): void {
  const space = changetype<Space>(process);
  if (space.dead) return;
  space.dead = true;
  exit(space);
}

/** Puts a stopped machine's memory into a file, and back (park.ts); the file's number, or -1. */
export function parkProcess(process: usize): i32 {
  return parking.park(changetype<Space>(process));
}
export function unparkProcess(process: usize, file: u32): bool {
  return parking.unpark(changetype<Space>(process), file);
}
export function forgetParked(process: usize, file: u32): void {
  parking.forgetFile(changetype<Space>(process), file);
}

/** The process whose memory a machine's is. */
export function processOfVm(vm: usize): usize {
  return changetype<usize>(changetype<Vm>(vm).space);
}

/** Sets something of a process: 0 pages from here on may be merged, 1 stays in memory, 2 what the OOM killer adds,
 * 3 its cell, 4 the cells whose memory it may have, 5 the kind of pages that back it (space.ts). */
export function setProcess(process: usize, which: i32, value: i32): void {
  const space = changetype<Space>(process);
  if (which == 0) space.mergeable = <u32>value;
  else if (which == 1) space.locked = value != 0;
  else if (which == 2) space.oomAdjust = value;
  else if (which == 3) space.cell = <u32>value;
  else if (which == 4) space.cells = <u32>value;
  else backWith(space, 0, space.pages, <u8>value);
}

/** Zones of a kernel's memory; of one: 0 its first frame, 1 the one after its last, 2 its cell, 3 frames free, 4 to 6
 * its watermarks, 7 frames managed. */
export function zonesOf(node: usize): i32 {
  return nodeAt(node).zones;
}
export function zoneField(node: usize, index: i32, which: i32): u32 {
  const zone = zoneAt(nodeAt(node), index);
  if (which == 0) return zone.start;
  if (which == 1) return zone.end;
  if (which == 2) return zone.cell;
  if (which == 3) return zone.free;
  if (which == 4) return zone.min;
  if (which == 5) return zone.low;
  return which == 6 ? zone.high : zone.managed;
}

/** A process writes pages of a file: to the cache, for now. */
export function writeFilePages(node: usize, file: usize, first: u32, pages: u32, content: u32): void {
  for (let page = first; page < first + pages; page++) {
    if (!provide(nodeAt(node), ROOM)) return;
    cache.writePage(nodeAt(node), changetype<File>(file), page, content == 0 ? 0 : cache.contentOf(content, page));
  }
}

/** The cache forgets a file's pages from one on: the file is gone, or was cut. */
export function dropFilePages(node: usize, file: usize, first: u32): void {
  cache.forget(nodeAt(node), changetype<File>(file), first);
}

/** sync(). */
export function syncFiles(node: usize): void {
  cache.sync(nodeAt(node));
}

/** Reads pages of a file into a kernel's page cache, a process of the host's own doing so. */
export function readFilePages(node: usize, file: usize, first: u32, pages: u32): void {
  for (let page = first; page < first + pages; page++) {
    if (!provide(nodeAt(node), 1)) return;
    cache.readPage(nodeAt(node), changetype<File>(file), page);
  }
}
export function newFile(node: usize, pages: u32, seed: u32): usize {
  return changetype<usize>(cache.newFile(nodeAt(node), pages, seed));
}
/** A file in memory only, as those of tmpfs are. */
export function newShmemFile(node: usize, pages: u32): usize {
  const file = cache.newFile(nodeAt(node), pages, 0);
  file.isShmem = true;
  return changetype<usize>(file);
}
/** Pages of a file that the cache has. */
export function cachedPages(file: usize): u32 {
  return changetype<File>(file).cached;
}
/** A process maps pages of a file, as it does those of its program. */
export function mapFilePages(node: usize, file: usize, first: u32, pages: u32): void {
  for (let page = first; page < first + pages; page++) cache.mapPage(nodeAt(node), changetype<File>(file), page);
}
export function dropCaches(node: usize): void {
  cache.dropCaches(nodeAt(node));
}

/** Cells of the map that can be asked for at a time. */
export const MAP_CELLS: u32 = 131072;
const cells: usize = memory.data(3 * 131072, 8);

/** The map of a kernel's memory (view.ts): where the three arrays lie, each of as many bytes as cells. */
export function frameMap(node: usize, first: u32, perCell: u32, count: u32): usize {
  view.frameMap(nodeAt(node), first, perCell, min(count, MAP_CELLS), cells);
  return cells;
}

/** How many frames are shown as what, and whose (view.ts); of one cell, or of all (-1). */
export function frameTotals(node: usize, cell: i32): usize {
  const memory = nodeAt(node);
  if (cell < 0) return view.frameTotals(memory, 0, memory.frames);
  return view.frameTotals(memory, cellStart(memory, <u32>cell), cellStart(memory, <u32>cell + 1));
}

/** NUMA cells of a kernel's memory; of one: 0 its first frame, 1 frames managed, 2 free, 3 to 4 pages of 2 MiB in
 * the pool and free, 5 to 6 of 1 GiB. */
export function cellsOf(node: usize): u32 {
  return nodeAt(node).cells;
}
export function cellField(node: usize, cell: u32, which: i32): u32 {
  const memory = nodeAt(node);
  if (which == 0) return cellStart(memory, cell);
  if (which == 1) return managedIn(memory, cell);
  if (which == 2) return freeIn(memory, cell);
  if (which == 3) return totalIn(memory, memory.pool2M, cell);
  if (which == 4) return poolFreeIn(memory, memory.pool2M, cell);
  return which == 5 ? totalIn(memory, memory.pool1G, cell) : poolFreeIn(memory, memory.pool1G, cell);
}
export function frameShown(frame: u32): u32 {
  return view.frameShown(frame);
}
export function pageRecord(node: usize, frame: u32): usize {
  return view.pageRecord(nodeAt(node), frame);
}
export function framesOfNode(node: usize): u32 {
  return nodeAt(node).frames;
}
export function largeZeroFrame(node: usize): u32 {
  return nodeAt(node).largeZeroFrame;
}

export const PAGE_RECORD_BYTES: u32 = PAGE_BYTES;
export const PAGE_RECORD_KIND: u32 = <u32>offsetof<Page>('kind');
export const PAGE_RECORD_ORDER: u32 = <u32>offsetof<Page>('order');
export const PAGE_RECORD_FLAGS: u32 = <u32>offsetof<Page>('flags');
export const PAGE_RECORD_MAPS: u32 = <u32>offsetof<Page>('maps');
export const PAGE_RECORD_OWNER: u32 = <u32>offsetof<Page>('owner');
export const PAGE_RECORD_INDEX: u32 = <u32>offsetof<Page>('index');
export const PAGE_RECORD_CONTENT: u32 = <u32>offsetof<Page>('content');
export const PAGE_RECORD_SLOT: u32 = <u32>offsetof<Page>('slot');

/** The kernel takes so many frames for itself. */
export function takeKernelFrames(node: usize, count: u32): void {
  const memory = nodeAt(node);
  for (let index: u32 = 0; index < count; index++) {
    if ((index & 63) == 0 && !provide(memory, ROOM)) return;
    takeFrame(memory, KERNEL);
  }
}

/** The kernel takes so many frames for names and inodes of files. */
export function takeSlabFrames(node: usize, count: u32): void {
  const memory = nodeAt(node);
  for (let index: u32 = 0; index < count; index++) {
    if ((index & 63) == 0 && !provide(memory, ROOM)) return;
    takeSlab(memory);
  }
}
/** Drops names and inodes until so many frames of them are left (echo 2 > /proc/sys/vm/drop_caches). */
export function dropSlab(node: usize, left: u32): void {
  shrinkSlab(nodeAt(node), left);
}
