/**
 * Pools of huge pages (Linux mm/hugetlb.c): pages of 2 MiB or 1 GiB set aside for those who ask for them.
 * They are never swapped or merged, and come and go whole.
 */
import { clear } from './content';
import { Node } from './node';
import { HUGETLB, Page, USED, pageAt, reset } from './page';
import { MARK_MIN, MOVABLE, allocate, allocateRun, release } from './zone';

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
}

// Takes a page out of ordinary memory.
function grow(node: Node, pool: Pool): u32 {
  const order = pool.order;
  const frame =
    order > 10 ? allocateRun(node, 1 << order) : allocate(node, order, MOVABLE, MARK_MIN);
  if (frame == 0) return 0;
  const page = pageAt(node, frame);
  reset(page, HUGETLB);
  page.order = <u8>order;
  pool.total++;
  return frame;
}

function shrink(node: Node, pool: Pool, frame: u32): void {
  pool.total--;
  const order = pool.order;
  const step = min<u32>(order, 10);
  for (let at: u32 = 0; at < 1 << order; at += 1 << step) release(node, frame + at, step);
}

function putFree(node: Node, pool: Pool, frame: u32): void {
  const page = pageAt(node, frame);
  page.next = pool.first;
  pool.first = frame;
  pool.free++;
}

function takeFree(node: Node, pool: Pool): u32 {
  const frame = pool.first;
  if (frame == 0) return 0;
  pool.first = pageAt(node, frame).next;
  pageAt(node, frame).next = 0;
  pool.free--;
  return frame;
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
export function unreserve(pool: Pool, pages: u32): void {
  pool.reserved -= pages;
}

/** A zeroed page that was promised; its first frame. */
export function takeHuge(node: Node, pool: Pool): u32 {
  const frame = takeFree(node, pool);
  if (frame == 0) return 0;
  if (pool.reserved > 0) pool.reserved--;
  const page: Page = pageAt(node, frame);
  page.flags |= USED;
  for (let index: u32 = 0; index < 1 << pool.order; index++) {
    clear(node, frame + index);
  }
  return frame;
}

/** Gives one back: to the pool, or to ordinary memory where it was surplus. */
export function giveHuge(node: Node, pool: Pool, frame: u32): void {
  const page: Page = pageAt(node, frame);
  page.flags &= ~USED;
  page.owner = 0;
  page.index = 0;
  if (pool.surplus > 0) {
    pool.surplus--;
    shrink(node, pool, frame);
  } else putFree(node, pool, frame);
}

/** KiB that the pools take out of ordinary memory (Hugetlb of /proc/meminfo). */
export function hugetlbKib(node: Node): u64 {
  return ((<u64>node.pool2M.total) << 11) + ((<u64>node.pool1G.total) << 20);
}
