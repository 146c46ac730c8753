/**
 * What a kernel says of its memory (Linux fs/proc/meminfo.c, mm/show_mem.c si_mem_available()): every line
 * counted from frames. In KiB, in the order of `MEMINFO_FIELDS` on the other side.
 */
import { hugetlbKib } from './hugetlb';
import { ACTIVE_ANON, ACTIVE_FILE, INACTIVE_ANON, INACTIVE_FILE, Node, UNEVICTABLE, listOf } from './node';
import { Space } from './space';
import { swapFree, swapTotal } from './swap';
import { watermark, zoneAt } from './zone';

const values: usize = memory.data(35 * 8, 8);

// @ts-ignore: decorator
@inline
function put(field: usize, value: u64): void {
  store<u64>(values + (field << 3), value);
}


function list(node: Node, which: i32): u64 {
  return (<u64>listOf(node, which).count) << 2;
}

/** Pages that the kernel counts on never having (totalreserve_pages). */
function totalReserve(node: Node): u32 {
  let sum: u32 = 0;
  for (let index = 0; index < node.zones; index++) {
    const zone = zoneAt(node, index);
    sum += min(zone.high + zone.reserve, zone.managed);
  }
  return sum;
}

/** An estimate of what new programs could have without swapping. */
function available(node: Node): u64 {
  let pages = <i64>node.free - <i64>totalReserve(node);
  let cache = <i64>listOf(node, ACTIVE_FILE).count + <i64>listOf(node, INACTIVE_FILE).count;
  cache -= min(cache / 2, <i64>watermark(node, 1));
  pages += cache;
  return <u64>max<i64>(pages, 0) << 2;
}

/** Pages promised to processes in all: what they could ask for, touched or not (Committed_AS). */
function committed(node: Node): u64 {
  let sum: u64 = 0;
  for (let space: Space | null = node.firstSpace; space !== null; space = space!.next) {
    if (!space.dead) sum += space.pages;
  }
  return sum << 2;
}

/** Fills the values in; where they lie. */
export function meminfo(node: Node): usize {
  const total = (<u64>node.managed) << 2;
  const huge = hugetlbKib(node);
  const swap = (<u64>swapTotal(node)) << 2;
  put(0, total);
  put(1, (<u64>node.free) << 2);
  put(2, available(node));
  // Buffers
  put(3, 0);
  put(4, (<u64>node.file) << 2);
  put(5, (<u64>node.swapCached) << 2);
  put(6, list(node, ACTIVE_ANON) + list(node, ACTIVE_FILE));
  put(7, list(node, INACTIVE_ANON) + list(node, INACTIVE_FILE));
  put(8, list(node, ACTIVE_ANON));
  put(9, list(node, INACTIVE_ANON));
  put(10, list(node, ACTIVE_FILE));
  put(11, list(node, INACTIVE_FILE));
  put(12, list(node, UNEVICTABLE));
  put(13, swap);
  put(14, (<u64>swapFree(node)) << 2);
  put(15, (<u64>node.dirty) << 2);
  put(16, (<u64>(node.anon + node.ksmFrames)) << 2);
  // Slab: all that the kernel took for itself.
  put(17, (<u64>node.kernel) << 2);
  put(18, (<u64>node.tables) << 2);
  put(19, (<u64>node.kvmTables) << 2);
  put(20, (total - min(total, huge)) / 2 + swap);
  put(21, committed(node));
  put(22, (<u64>node.anonHuge) << 2);
  put(23, node.pool2M.total);
  put(24, node.pool2M.free);
  put(25, node.pool2M.reserved);
  put(26, node.pool2M.surplus);
  put(27, 2048);
  put(28, huge);
  // Not a line of meminfo: pages in the balloon, which are in none of the others.
  put(29, (<u64>node.ballooned) << 2);
  put(30, (<u64>node.ksmFrames) << 2);
  put(31, (<u64>node.frames) << 2);
  put(32, (<u64>node.shmem) << 2);
  put(33, (<u64>node.mapped) << 2);
  put(34, (<u64>node.slabFrames) << 2);
  return values;
}
