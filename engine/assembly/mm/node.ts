/**
 * The memory of one kernel (Linux struct pglist_data): its frames and zones, the lists of reclaim, its
 * processes' address spaces, its swap and what it counted. The host has one, and so has each guest that
 * manages its memory itself.
 */
import { reserveRecord } from '../memory';
import { Cache } from './cache';
import { Ksm } from './ksm';
import { Pool } from './hugetlb';
import { Space } from './space';
import { SwapArea } from './swap';
import { VmStat } from './vmstat';
import { Zone } from './zone';
import { openSparse } from './sparse';

@unmanaged
export class List {
  head: u32;
  tail: u32;
  count: u32;
  pad: u32;
}

@unmanaged
export class Node {
  /** Frames of memory, those that the kernel keeps for itself included. */
  frames: u32;
  /** Frames that the zones manage: all but the reserved ones and those of a balloon. */
  managed: u32;
  /** Directory of the pages (page.ts). */
  map: usize;
  /** The same of the pages of hugetlb pools, one for each 2 MiB (hugetlb.ts). */
  huge: usize;
  /** The virtual machine whose memory this is; 0 for the host's. */
  vm: usize;
  /** NUMA cells; where they begin, one after the other (cells.ts). */
  cells: u32;
  cellStarts: usize;
  zones: i32;
  zone0: Zone;
  zone1: Zone | null;
  zone2: Zone | null;
  zone3: Zone | null;
  zone4: Zone | null;
  zone5: Zone | null;
  free: u32;
  lists: usize;
  stat: VmStat;
  /** Processes, the oldest first. */
  firstSpace: Space | null;
  lastSpace: Space | null;
  firstArea: SwapArea | null;
  areas: u32;
  pool2M: Pool;
  pool1G: Pool;
  ksm: Ksm | null;
  cache: Cache;
  /** vm.swappiness, 0 to 200. */
  swappiness: u32;
  /** Relative costs of reclaiming either kind (lruvec.anon_cost, file_cost). */
  anonCost: u32;
  fileCost: u32;
  /** kswapd has been woken. */
  awake: bool;
  /** Inside reclaim, which allocates without waiting (PF_MEMALLOC). */
  reclaiming: bool;
  /** Of a guest: the kernel's own top table, whose upper half every process has; 0 where there is none. */
  kernelRoot: u64;
  /** The frames that show zeroes, 4 KiB and 2 MiB; 0 while the second is not there. */
  zeroFrame: u32;
  largeZeroFrame: u32;
  /** Frames by what they hold, for /proc/meminfo. */
  anon: u32;
  file: u32;
  kernel: u32;
  tables: u32;
  kvmTables: u32;
  ksmFrames: u32;
  swapCached: u32;
  anonHuge: u32;
  ballooned: u32;
  dirty: u32;
  /** Of `file`: pages of files in memory only, and pages that processes have mapped. */
  shmem: u32;
  mapped: u32;
  /** Of `kernel`: frames of slabs that can be given back, the newest first, linked by `next` (frames.ts). */
  slab: u32;
  slabFrames: u32;
}

/** Lists of reclaim, and where none applies (Linux enum lru_list). */
export const INACTIVE_ANON: i32 = 0;
export const ACTIVE_ANON: i32 = 1;
export const INACTIVE_FILE: i32 = 2;
export const ACTIVE_FILE: i32 = 3;
export const UNEVICTABLE: i32 = 4;
export const LISTS: i32 = 5;

// @ts-ignore: decorator
@inline
export function listOf(node: Node, which: i32): List {
  return changetype<List>(node.lists + (<usize>which << 4));
}

/** A kernel's memory without frames in anybody's hands; zone.ts gives it zones. */
export function newNode(frames: u32, vm: usize): Node {
  const node = changetype<Node>(reserveRecord(offsetof<Node>()));
  node.frames = frames;
  node.map = openSparse(frames);
  node.huge = openSparse((frames >> 9) + 1);
  node.vm = vm;
  node.lists = reserveRecord(<usize>LISTS << 4);
  node.stat = changetype<VmStat>(reserveRecord(offsetof<VmStat>()));
  node.pool2M = changetype<Pool>(reserveRecord(offsetof<Pool>()));
  node.pool2M.order = 9;
  node.pool1G = changetype<Pool>(reserveRecord(offsetof<Pool>()));
  node.pool1G.order = 18;
  node.cache = changetype<Cache>(reserveRecord(offsetof<Cache>()));
  node.swappiness = 60;
  return node;
}
