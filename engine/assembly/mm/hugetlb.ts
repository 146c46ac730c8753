/**
 * Pools of huge pages (Linux mm/hugetlb.c): pages of 2 MiB or 1 GiB set aside for those who ask for them.
 * They are never swapped or merged, and come and go whole.
 */
import { zeroFrame } from '../memory';
import { anywhere, cellOf, cellStart, isAllowed, nearCell, within } from './cells';
import { Node } from './node';
import { HUGETLB, NONE, PAGE_BYTES, Page, USED, reset } from './page';
import { at, peek } from './sparse';
import {
  MARK_MIN,
  MAX_ORDER,
  MOVABLE,
  allocate,
  allocateRun,
  release,
  takeUntouched,
} from './zone';

@unmanaged
export class Pool {
  order: u32;
  /** Pages in the pool; those not mapped; those promised and not yet mapped; those beyond `wanted`. */
  total: u32;
  free: u32;
  reserved: u32;
  surplus: u32;
  /** How many more may be taken from free memory when the pool has none (nr_overcommit_hugepages). */
  overcommit: u32;
  /** The first free page; the others follow by `next`. */
  first: u32;
  /** The cell from which the pool grows next: it takes from all in turn (hstate_next_node_to_alloc()). */
  turn: u32;
}

/** The record of a huge page, by its first frame. Its frames have none of their own. */
export function hugeAt(node: Node, frame: u32): Page {
  return changetype<Page>(at(node.huge, frame >> 9, PAGE_BYTES));
}

/** The record of the 2 MiB page that a frame is the first of, or lies in; 0 where it is in no pool. */
export function hugeOf(node: Node, frame: u32): usize {
  const record = peek(node.huge, frame >> 9, PAGE_BYTES);
  return record != 0 && changetype<Page>(record).kind == HUGETLB ? record : 0;
}

// 2^order frames of the cells that are allowed.
function takeRun(node: Node, order: u32): u32 {
  const frame = takeUntouched(node, order);
  if (frame != 0) return frame;
  return order > MAX_ORDER ? allocateRun(node, 1 << order) : allocate(node, order, MOVABLE, MARK_MIN);
}

// Takes a page out of ordinary memory, of the cell whose turn it is, or of the next that has one.
function grow(node: Node, pool: Pool): u32 {
  for (let step: u32 = 0; step < node.cells; step++) {
    const cell = pool.turn % node.cells;
    pool.turn = cell + 1;
    const frame = growIn(node, pool, cell);
    if (frame != 0) return frame;
  }
  return 0;
}

function growIn(node: Node, pool: Pool, cell: u32): u32 {
  const order = pool.order;
  within(cell, (<u32>1) << cell);
  const frame = takeRun(node, order);
  anywhere();
  if (frame == 0) return 0;
  const page = hugeAt(node, frame);
  reset(page, HUGETLB);
  page.order = <u8>order;
  // The further pieces of a 1 GiB page say so too.
  for (let piece: u32 = 512; piece < 1 << order; piece += 512) {
    reset(hugeAt(node, frame + piece), HUGETLB);
  }
  pool.total++;
  return frame;
}

function shrink(node: Node, pool: Pool, frame: u32): void {
  pool.total--;
  const order = pool.order;
  for (let piece: u32 = 0; piece < 1 << order; piece += 512) reset(hugeAt(node, frame + piece), NONE);
  const step = min<u32>(order, MAX_ORDER);
  for (let at: u32 = 0; at < 1 << order; at += 1 << step) release(node, frame + at, step);
}

function putFree(node: Node, pool: Pool, frame: u32): void {
  const page = hugeAt(node, frame);
  page.next = pool.first;
  pool.first = frame;
  pool.free++;
}

function takeFree(node: Node, pool: Pool): u32 {
  const frame = pool.first;
  if (frame == 0) return 0;
  pool.first = hugeAt(node, frame).next;
  hugeAt(node, frame).next = 0;
  pool.free--;
  return frame;
}

// The same of one cell; 0 where it has none.
function takeFreeIn(node: Node, pool: Pool, cell: u32): u32 {
  let before: u32 = 0;
  for (let frame = pool.first; frame != 0; frame = hugeAt(node, frame).next) {
    if (cellOf(node, frame) == cell) {
      if (before == 0) return takeFree(node, pool);
      hugeAt(node, before).next = hugeAt(node, frame).next;
      hugeAt(node, frame).next = 0;
      pool.free--;
      return frame;
    }
    before = frame;
  }
  return 0;
}

/** Pages of a pool that lie in a cell; those of them that are free. */
export function totalIn(node: Node, pool: Pool, cell: u32): u32 {
  if (node.cells == 1) return pool.total;
  let count: u32 = 0;
  const size = (<u32>1) << pool.order;
  const start = (cellStart(node, cell) + size - 1) & ~(size - 1);
  for (let frame = start; frame < cellStart(node, cell + 1); frame += size) {
    const record = peek(node.huge, frame >> 9, PAGE_BYTES);
    if (record == 0) continue;
    const page = changetype<Page>(record);
    if (page.kind == HUGETLB && page.order == <u8>pool.order) count++;
  }
  return count;
}
export function poolFreeIn(node: Node, pool: Pool, cell: u32): u32 {
  if (node.cells == 1) return pool.free;
  let count: u32 = 0;
  for (let frame = pool.first; frame != 0; frame = hugeAt(node, frame).next) {
    if (cellOf(node, frame) == cell) count++;
  }
  return count;
}

/** Pages that nobody has and nobody was promised. */
export function available(pool: Pool): u32 {
  return pool.free - pool.reserved;
}

/**
 * Sets the pool's size (vm.nr_hugepages): as many as memory gives, and no fewer than are in use; those
 * in use beyond it become surplus and go when they are given back (set_max_huge_pages()). Returns the
 * size without surplus pages.
 */
export function resize(node: Node, pool: Pool, wanted: u32): u32 {
  // Pages of the pool again, first of all.
  while (pool.surplus > 0 && pool.total - pool.surplus < wanted) pool.surplus--;
  while (pool.total - pool.surplus < wanted) {
    const frame = grow(node, pool);
    if (frame == 0) break;
    putFree(node, pool, frame);
  }
  while (pool.total - pool.surplus > wanted && available(pool) > 0) {
    shrink(node, pool, takeFree(node, pool));
  }
  while (pool.total - pool.surplus > wanted) pool.surplus++;
  return pool.total - pool.surplus;
}

/**
 * The same of one cell only (nodeN/hugepages/…/nr_hugepages): as many as its memory gives, and no fewer than
 * are in use there.
 */
export function resizeIn(node: Node, pool: Pool, cell: u32, wanted: u32): void {
  let total = totalIn(node, pool, cell);
  while (total < wanted) {
    const frame = growIn(node, pool, cell);
    if (frame == 0) return;
    putFree(node, pool, frame);
    total++;
  }
  while (total > wanted && available(pool) > 0) {
    const frame = takeFreeIn(node, pool, cell);
    if (frame == 0) return;
    shrink(node, pool, frame);
    total--;
  }
}

/** Promises pages, as mmap() does; false, and nothing promised, where the pool is short. */
export function reserve(node: Node, pool: Pool, pages: u32): bool {
  while (available(pool) < pages) {
    if (pool.surplus >= pool.overcommit) return false;
    const frame = grow(node, pool);
    if (frame == 0) return false;
    pool.surplus++;
    putFree(node, pool, frame);
  }
  pool.reserved += pages;
  return true;
}

/** Takes a promise back. */
export function unreserve(node: Node, pool: Pool, pages: u32): void {
  pool.reserved -= pages;
  trim(node, pool);
}

/** A zeroed page that was promised; its first frame. */
export function takeHuge(node: Node, pool: Pool): u32 {
  let frame: u32 = 0;
  for (let step: u32 = 0; step < node.cells && frame == 0; step++) {
    const cell = (nearCell(node) + step) % node.cells;
    if (node.cells == 1) frame = takeFree(node, pool);
    else if (isAllowed(node, cell)) frame = takeFreeIn(node, pool, cell);
  }
  // Promised pages may all lie in cells that are left out. Who starts a program sees to that before.
  if (frame == 0) frame = takeFree(node, pool);
  if (frame == 0) return 0;
  if (pool.reserved > 0) pool.reserved--;
  const page: Page = hugeAt(node, frame);
  page.flags |= USED;
  for (let index: u32 = 0; index < 1 << pool.order; index++) {
    zeroFrame((<u64>(frame + index)) << 12);
    const record = peek(node.map, frame + index, PAGE_BYTES);
    if (record != 0) changetype<Page>(record).content = 0;
  }
  return frame;
}

/** Gives one back: to the pool, or to ordinary memory where it was surplus. */
export function giveHuge(node: Node, pool: Pool, frame: u32): void {
  const page: Page = hugeAt(node, frame);
  page.flags &= ~USED;
  page.owner = 0;
  page.index = 0;
  putFree(node, pool, frame);
  trim(node, pool);
}

/** Surplus pages go as soon as nobody has them and nobody was promised them. */
function trim(node: Node, pool: Pool): void {
  while (pool.surplus > 0 && available(pool) > 0) {
    pool.surplus--;
    shrink(node, pool, takeFree(node, pool));
  }
}

/** KiB that the pools take out of ordinary memory (Hugetlb of /proc/meminfo). */
export function hugetlbKib(node: Node): u64 {
  return ((<u64>node.pool2M.total) << 11) + ((<u64>node.pool1G.total) << 20);
}
