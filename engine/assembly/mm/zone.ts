/**
 * Zones and the buddy allocator (Linux mm/page_alloc.c): free memory in blocks of 2^order frames, split
 * when a smaller one is asked for, joined with its buddy when both are free. What the kernel cannot move
 * and what it can are kept in different blocks of 2 MiB, as long as there is a choice.
 */
import { reserveBlock, reserveRecord } from '../memory';
import { cellStart, isAllowed, nearCell } from './cells';
import { List, Node } from './node';
import { FREE, NONE, Page, RESERVED, kindOf, pageAt, reset } from './page';

@unmanaged
export class Zone {
  start: u32;
  end: u32;
  /** The NUMA cell that it lies in; its first frames, up to here, are the kernel's for good. */
  cell: u32;
  reserved: u32;
  /** From here on no frame was ever handed out: free, in blocks of the highest order. */
  frontier: u32;
  managed: u32;
  free: u32;
  min: u32;
  low: u32;
  high: u32;
  /** Kept back from those who could have been served by a higher zone (lowmem_reserve). */
  reserve: u32;
  /** Free lists, by mobility and order. */
  lists: usize;
  /** Mobility of each pageblock. */
  mobility: usize;
}

/** The largest block is of 4 MiB (MAX_ORDER, 10); mobility is a matter of 2 MiB (pageblock_order). */
export const MAX_ORDER: u32 = 10;
const ORDERS: u32 = MAX_ORDER + 1;
const PAGEBLOCK: u32 = 9;

export const MOVABLE: u32 = 0;
export const UNMOVABLE: u32 = 1;

const DMA_END: u32 = 4096;
const DMA32_END: u32 = 1 << 20;
const RESERVE_RATIO: u32 = 256;

// @ts-ignore: decorator
@inline
function freeList(zone: Zone, mobility: u32, order: u32): List {
  return changetype<List>(zone.lists + (<usize>(mobility * ORDERS + order) << 4));
}

/** The zone of a node by number, the lowest first. */
// @ts-ignore: decorator
@inline
export function zoneAt(node: Node, index: i32): Zone {
  return changetype<Zone>(
    load<u32>(changetype<usize>(node) + offsetof<Node>('zone0') + (<usize>index << 2)),
  );
}

function openZone(node: Node, cell: u32, start: u32, end: u32, reserved: u32): void {
  if (start >= end) return;
  const zone = changetype<Zone>(reserveRecord(offsetof<Zone>()));
  zone.start = start;
  zone.end = end;
  zone.cell = cell;
  zone.frontier = max(start, min(end, reserved));
  zone.reserved = zone.frontier;
  zone.managed = end - zone.frontier;
  zone.free = zone.managed;
  zone.lists = reserveRecord(<usize>(2 * ORDERS) << 4);
  const blocks = <usize>(((end - start) >> PAGEBLOCK) + 2);
  zone.mobility = blocks < 2048 ? reserveRecord(blocks) : reserveBlock(blocks);
  store<u32>(
    changetype<usize>(node) + offsetof<Node>('zone0') + (<usize>node.zones << 2),
    <u32>changetype<usize>(zone),
  );
  node.zones++;
  node.free += zone.free;
  node.managed += zone.managed;
}

/** Integer square root (int_sqrt()). */
export function root(value: u64): u64 {
  let low: u64 = 0;
  let high: u64 = (<u64>1) << 31;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (middle * middle <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Zones over one cell, of which the first `reserved` frames never come into anybody's hands. */
export function openZones(node: Node, cell: u32, reserved: u32): void {
  const start = cellStart(node, cell);
  const end = cellStart(node, cell + 1);
  const kept = start + reserved;
  openZone(node, cell, start, min(end, DMA_END), kept);
  openZone(node, cell, max(start, DMA_END), min(end, DMA32_END), kept);
  openZone(node, cell, max(start, DMA32_END), end, kept);
}

/** Frames of a cell that its zones manage, or that are free now. */
export function managedIn(node: Node, cell: u32): u32 {
  let sum: u32 = 0;
  for (let index = 0; index < node.zones; index++) {
    if (zoneAt(node, index).cell == cell) sum += zoneAt(node, index).managed;
  }
  return sum;
}
export function freeIn(node: Node, cell: u32): u32 {
  let sum: u32 = 0;
  for (let index = 0; index < node.zones; index++) {
    if (zoneAt(node, index).cell == cell) sum += zoneAt(node, index).free;
  }
  return sum;
}

/** Where the frames that the kernel keeps for good end, of those of which this is one; 0 where it is none. */
export function reservedEnd(node: Node, frame: u32): u32 {
  const zone = zoneOf(node, frame);
  return frame < zone.reserved ? zone.reserved : 0;
}

/**
 * Watermarks: min is the zone's part of min_free_kbytes, 4 * sqrt(managed KiB) from 128 KiB up to 256 MiB
 * (calculate_min_free_kbytes()); low and high lie a quarter of it above, or 0.1 % of the zone where
 * that is more (__setup_per_zone_wmarks(), watermark_scale_factor 10).
 */
export function setWatermarks(node: Node): void {
  const kib = root((<u64>node.managed << 2) * 16);
  const all = max<u64>(min<u64>(kib, 262144), 128) >> 2;
  let above: u64 = 0;
  let cell = node.cells;
  for (let index = node.zones - 1; index >= 0; index--) {
    const zone = zoneAt(node, index);
    if (zone.cell != cell) above = 0;
    cell = zone.cell;
    zone.min = <u32>((all * zone.managed) / max<u32>(node.managed, 1));
    const step = max(zone.min >> 2, <u32>((<u64>zone.managed * 10) / 10000));
    zone.low = zone.min + step;
    zone.high = zone.low + step;
    zone.reserve = <u32>(above / RESERVE_RATIO);
    above += zone.managed;
  }
}

/** The sum of a mark over the zones: 0 min, 1 low, 2 high. */
export function watermark(node: Node, which: i32): u32 {
  let sum: u32 = 0;
  for (let index = 0; index < node.zones; index++) {
    const zone = zoneAt(node, index);
    sum += which == 0 ? zone.min : which == 1 ? zone.low : zone.high;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function mobilityOf(zone: Zone, frame: u32): u32 {
  return load<u8>(zone.mobility + <usize>((frame - zone.start) >> PAGEBLOCK));
}

function setMobility(zone: Zone, frame: u32, order: u32, mobility: u32): void {
  const first = (frame - zone.start) >> PAGEBLOCK;
  const count = order > PAGEBLOCK ? 1 << (order - PAGEBLOCK) : 1;
  for (let block = first; block < first + count; block++) {
    store<u8>(zone.mobility + <usize>block, <u8>mobility);
  }
}

function link(node: Node, list: List, frame: u32, page: Page): void {
  page.prev = 0;
  page.next = list.head;
  if (list.head != 0) pageAt(node, list.head).prev = frame;
  else list.tail = frame;
  list.head = frame;
  list.count++;
}

function unlink(node: Node, list: List, page: Page): void {
  if (page.prev != 0) pageAt(node, page.prev).next = page.next;
  else list.head = page.next;
  if (page.next != 0) pageAt(node, page.next).prev = page.prev;
  else list.tail = page.prev;
  list.count--;
}

// Frame 0 ends lists, so no block may begin there: it is reserved always.
function putFree(node: Node, zone: Zone, frame: u32, order: u32): void {
  const page = pageAt(node, frame);
  reset(page, FREE);
  page.order = <u8>order;
  link(node, freeList(zone, mobilityOf(zone, frame), order), frame, page);
}

function takeFree(node: Node, zone: Zone, frame: u32): void {
  const page = pageAt(node, frame);
  unlink(node, freeList(zone, mobilityOf(zone, frame), page.order), page);
  reset(page, NONE);
}

/** Gives the second halves back until the block has the wanted order. */
function cut(node: Node, zone: Zone, frame: u32, from: u32, to: u32): void {
  let order = from;
  while (order > to) {
    order--;
    putFree(node, zone, frame + (1 << order), order);
  }
}

// Where the frontier does not stand on a block of the highest order, smaller ones fill the gap.
function fromFrontier(node: Node, zone: Zone): bool {
  if (zone.frontier >= zone.end) return false;
  let order = MAX_ORDER;
  while ((zone.frontier & ((1 << order) - 1)) != 0 || zone.frontier + (1 << order) > zone.end) {
    order--;
  }
  const frame = zone.frontier;
  zone.frontier += 1 << order;
  putFree(node, zone, frame, order);
  return true;
}

function fromLists(node: Node, zone: Zone, order: u32, mobility: u32): u32 {
  for (let from = order; from <= MAX_ORDER; from++) {
    const frame = freeList(zone, mobility, from).head;
    if (frame == 0) continue;
    takeFree(node, zone, frame);
    cut(node, zone, frame, from, order);
    return frame;
  }
  return 0;
}

/** Takes the largest block of the other mobility; whole pageblocks change hands (__rmqueue_fallback()). */
function steal(node: Node, zone: Zone, order: u32, mobility: u32): u32 {
  for (let from = MAX_ORDER + 1; from > order; from--) {
    const frame = freeList(zone, 1 - mobility, from - 1).head;
    if (frame == 0) continue;
    takeFree(node, zone, frame);
    if (from - 1 >= PAGEBLOCK) setMobility(zone, frame, from - 1, mobility);
    cut(node, zone, frame, from - 1, order);
    return frame;
  }
  return 0;
}

function fromZone(node: Node, zone: Zone, order: u32, mobility: u32): u32 {
  let frame = fromLists(node, zone, order, mobility);
  if (frame == 0 && zone.frontier < zone.end) {
    while (fromFrontier(node, zone)) {
      frame = fromLists(node, zone, order, mobility);
      if (frame != 0) break;
      const at = freeList(zone, 1 - mobility, MAX_ORDER).head;
      if (at != 0) break;
    }
  }
  if (frame == 0) frame = steal(node, zone, order, mobility);
  if (frame == 0) return 0;
  zone.free -= 1 << order;
  node.free -= 1 << order;
  return frame;
}

/** How far below a mark an allocation may go. */
export const MARK_LOW: i32 = 0;
export const MARK_MIN: i32 = 1;
export const MARK_NONE: i32 = 2;

/**
 * A block of 2^order frames, from near by if that can be, the highest zone first; 0 where every zone would
 * fall below its mark. The records of its frames are left as NONE.
 */
export function allocate(node: Node, order: u32, mobility: u32, mark: i32): u32 {
  for (let step: u32 = 0; step < node.cells; step++) {
    const cell = (nearCell(node) + step) % node.cells;
    if (!isAllowed(node, cell)) continue;
    const frame = fromCell(node, cell, order, mobility, mark);
    if (frame != 0) return frame;
  }
  return 0;
}

function fromCell(node: Node, cell: u32, order: u32, mobility: u32, mark: i32): u32 {
  for (let index = node.zones - 1; index >= 0; index--) {
    const zone = zoneAt(node, index);
    if (zone.cell != cell) continue;
    const keep =
      mark == MARK_LOW
        ? zone.low + zone.reserve
        : mark == MARK_MIN
          ? zone.min + zone.reserve
          : 0;
    if (zone.free < keep + (1 << order)) continue;
    const frame = fromZone(node, zone, order, mobility);
    if (frame == 0) continue;
    node.stat.pgalloc += 1 << order;
    return frame;
  }
  return 0;
}

function zoneOf(node: Node, frame: u32): Zone {
  for (let index = node.zones - 1; index > 0; index--) {
    const zone = zoneAt(node, index);
    if (frame >= zone.start) return zone;
  }
  return node.zone0;
}

/** Gives a block back; joined with its buddy as long as that is free too (__free_one_page()). */
export function release(node: Node, frame: u32, order: u32): void {
  const zone = zoneOf(node, frame);
  node.stat.pgfree += 1 << order;
  zone.free += 1 << order;
  node.free += 1 << order;
  let at = frame;
  let size = order;
  reset(pageAt(node, frame), NONE);
  while (size < MAX_ORDER) {
    const buddy = at ^ (1 << size);
    if (buddy < zone.start || buddy + (1 << size) > zone.frontier) break;
    if (kindOf(node, buddy) != FREE || pageAt(node, buddy).order != size) break;
    takeFree(node, zone, buddy);
    at = min(at, buddy);
    size++;
  }
  putFree(node, zone, at, size);
}

/** Whether all frames of an aligned range are free, or were never handed out. */
function isFreeRange(node: Node, zone: Zone, first: u32, count: u32): bool {
  let frame = first;
  while (frame < first + count) {
    if (frame >= zone.frontier) return true;
    if (kindOf(node, frame) != FREE) return false;
    frame += 1 << pageAt(node, frame).order;
  }
  return true;
}

/**
 * A run of frames larger than the largest block, aligned to its size (alloc_contig_pages()): 0 where no
 * such range is free.
 */
export function allocateRun(node: Node, count: u32): u32 {
  for (let index = node.zones - 1; index >= 0; index--) {
    const zone = zoneAt(node, index);
    if (!isAllowed(node, zone.cell) || zone.free < count + zone.min) continue;
    let first = (max(zone.start, 1) + count - 1) & ~(count - 1);
    for (; first + count <= zone.end; first += count) {
      if (!isFreeRange(node, zone, first, count)) continue;
      while (zone.frontier < first + count && fromFrontier(node, zone));
      let frame = first;
      while (frame < first + count) {
        const order = pageAt(node, frame).order;
        takeFree(node, zone, frame);
        frame += 1 << order;
      }
      zone.free -= count;
      node.free -= count;
      node.stat.pgalloc += count;
      return first;
    }
  }
  return 0;
}

/**
 * A block of 2^order frames that nobody ever had, without records for its frames: for what has records of
 * its own. 0 where there is none.
 */
export function takeUntouched(node: Node, order: u32): u32 {
  for (let index = node.zones - 1; index >= 0; index--) {
    const zone = zoneAt(node, index);
    const size = (<u32>1) << order;
    if (!isAllowed(node, zone.cell)) continue;
    if (zone.free < zone.min + zone.reserve + size) continue;
    while ((zone.frontier & (size - 1)) != 0 && zone.frontier < zone.end) fromFrontier(node, zone);
    if (zone.frontier + size > zone.end) continue;
    const frame = zone.frontier;
    zone.frontier += size;
    zone.free -= size;
    node.free -= size;
    node.stat.pgalloc += size;
    return frame;
  }
  return 0;
}

/** The number of free blocks of an order in a zone, as /proc/buddyinfo has it. */
export function freeBlocks(node: Node, index: i32, order: u32): u32 {
  const zone = zoneAt(node, index);
  let count = freeList(zone, MOVABLE, order).count + freeList(zone, UNMOVABLE, order).count;
  if (order == MAX_ORDER && zone.frontier < zone.end) {
    count += (zone.end - zone.frontier) >> MAX_ORDER;
  }
  return count;
}

/** The free blocks of one order and mobility. */
export function freeBlockList(node: Node, zone: i32, mobility: u32, order: u32): List {
  return freeList(zoneAt(node, zone), mobility, order);
}

/** Marks frames that the kernel keeps for itself. */
export function reserveFrames(node: Node, first: u32, count: u32): void {
  for (let frame = first; frame < first + count; frame++) reset(pageAt(node, frame), RESERVED);
}
