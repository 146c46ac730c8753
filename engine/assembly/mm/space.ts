/**
 * An address space: a process's memory and its page tables (Linux struct mm_struct). The tables are
 * entries in frames of the kernel's own memory; what a region of 2 MiB is mapped by is also noted
 * beside, so that finding it takes no walk.
 */
import { slotOf } from '../address';
import { reserveBlock, reserveRecord } from '../memory';
import { takeTable } from './frames';
import { Node } from './node';
import { TABLE } from './page';
import { flushed, isShadowed, load64, store64 } from './physical';

@unmanaged
export class Space {
  next: Space | null;
  node: Node;
  /** Number among the kernel's processes, from 1. */
  number: u32;
  /** The virtual machine whose memory it is; 0 for any other process. */
  vm: usize;
  /** Its memory, in pages; its first address. */
  pages: u32;
  base: u64;
  /** Address of its top table. */
  root: u64;
  /** Per 2 MiB: 0, where the table of its entries lies, or the entry that maps all of it. */
  regions: usize;
  /** Per 2 MiB: what it is to be backed with. */
  kinds: usize;
  /** Pages from here on are advised as mergeable (MADV_MERGEABLE); `pages` where none is. */
  mergeable: u32;
  /** mlock(): stays in memory. */
  locked: bool;
  /** The NUMA cell that it runs on; those whose memory it may have, a bit for each, 0 for all. */
  cell: u32;
  cells: u32;
  /** The process was killed. */
  dead: bool;
  oomAdjust: i32;
  /** Anonymous pages in memory, pages in swap, pages of hugetlb, frames of its tables. */
  rss: u32;
  swapped: u32;
  hugetlb: u32;
  tables: u32;
  minor: u64;
  major: u64;
  /** Items of ksmd, per page. */
  items: usize;
  /** Pages that khugepaged may look at next. */
  scanned: u32;
}

/** Bits of an entry, as the processor has them. */
export const P: u64 = 1;
export const W: u64 = 1 << 1;
const U: u64 = 1 << 2;
export const A: u64 = 1 << 5;
export const D: u64 = 1 << 6;
export const PS: u64 = 1 << 7;
/** Software's: an entry for a part of a 1 GiB page. */
export const GIANT: u64 = 1 << 9;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/** What memory is backed with: pages of 4 KiB, of hugetlb pools, or transparently of 2 MiB. */
export const SMALL: u8 = 0;
export const HUGETLB_2M: u8 = 1;
export const HUGETLB_1G: u8 = 2;
export const THP: u8 = 3;

const REGION: u32 = 512;

/** A process with `pages` of memory from address `base` on. */
export function newSpace(node: Node, pages: u32, base: u64): Space {
  const space = changetype<Space>(reserveRecord(offsetof<Space>()));
  space.node = node;
  space.pages = pages;
  space.base = base;
  const count = <usize>((pages + REGION - 1) / REGION);
  space.regions = reserveBlock(count << 3);
  space.kinds = reserveBlock(count);
  space.mergeable = pages;
  space.root = tableOf(space);
  if (node.kernelRoot != 0) {
    for (let slot: u64 = 256; slot < 512; slot++) {
      const entry = load64(node, node.kernelRoot | (slot << 3));
      if (entry != 0) store64(node, space.root | (slot << 3), entry);
    }
  }
  const last = node.lastSpace;
  space.number = last === null ? 1 : last.number + 1;
  if (last === null) node.firstSpace = space;
  else last.next = space;
  node.lastSpace = space;
  return space;
}

function tableOf(space: Space): u64 {
  space.tables++;
  return (<u64>takeTable(space.node, TABLE)) << 12;
}

// @ts-ignore: decorator
@inline
function regionAt(space: Space, page: u32): usize {
  return space.regions + (<usize>(page >> 9) << 3);
}

// @ts-ignore: decorator
@inline
export function kindAt(space: Space, page: u32): u8 {
  return load<u8>(space.kinds + <usize>(page >> 9));
}

/** Has a range of memory backed with pages of a kind, from the next touch on. */
export function backWith(space: Space, page: u32, count: u32, kind: u8): void {
  for (let each = page; each < page + count; each += REGION) {
    store<u8>(space.kinds + <usize>(each >> 9), kind);
  }
}

/** The entry that maps a page, or says where it is; of a large page, as that of its piece. */
export function entryOf(space: Space, page: u32): u64 {
  const region = load<u64>(regionAt(space, page));
  if (region == 0) return 0;
  if ((region & P) != 0) return region + ((<u64>(page & (REGION - 1))) << 12);
  return load64(space.node, region | ((<u64>(page & (REGION - 1))) << 3));
}

// @ts-ignore: decorator
@inline
export function frameOf(entry: u64): u32 {
  return <u32>((entry & ADDRESS) >> 12);
}

// The entry of a page's address at some level; tables above are made.
function entryAt(space: Space, page: u32, level: i32): u64 {
  const address = space.base + ((<u64>page) << 12);
  let table = space.root;
  for (let above = 4; above > level; above--) {
    const at = table | (slotOf(address, above) << 3);
    let entry = load64(space.node, at);
    if ((entry & P) == 0) {
      entry = tableOf(space) | P | W | U | A;
      store64(space.node, at, entry);
    }
    table = entry & ADDRESS;
  }
  return table | (slotOf(address, level) << 3);
}

/** Puts the entry of a page of 4 KiB; its region must not be mapped whole. */
export function setEntry(space: Space, page: u32, entry: u64): void {
  const region = regionAt(space, page);
  let table = load<u64>(region);
  if (table == 0) {
    if (entry == 0) return;
    table = entryAt(space, page, 1) & ~(<u64>0xfff);
    store<u64>(region, table);
  }
  const at = table | ((<u64>(page & (REGION - 1))) << 3);
  if (!isShadowed(space.node)) {
    store64(space.node, at, entry);
    return;
  }
  const before = load64(space.node, at);
  store64(space.node, at, entry);
  if ((before & P) != 0 && before != entry) flushed(space.node, space.base + ((<u64>page) << 12));
}

/** Maps a region of 2 MiB whole, or not at all (0). There must be no table in the way. */
export function setLarge(space: Space, page: u32, entry: u64): void {
  store64(space.node, entryAt(space, page, 2), entry);
  store<u64>(regionAt(space, page), entry);
}

/** Maps 1 GiB whole. */
export function setGiant(space: Space, page: u32, entry: u64): void {
  store64(space.node, entryAt(space, page, 3), entry);
  const first = page & ~(REGION * REGION - 1);
  for (let index: u32 = 0; index < REGION; index++) {
    if (first + index * REGION >= space.pages) break;
    store<u64>(
      regionAt(space, first + index * REGION),
      entry == 0 ? 0 : (entry + ((<u64>index) << 21)) | GIANT,
    );
  }
}

/** Whether a region of 2 MiB, of a 1 GiB page too, is mapped by one entry. */
// @ts-ignore: decorator
@inline
export function isLarge(space: Space, page: u32): bool {
  return (load<u64>(regionAt(space, page)) & P) != 0;
}

/** Whether there is a table of entries, or a large entry, for the region of a page. */
// @ts-ignore: decorator
@inline
export function hasRegion(space: Space, page: u32): bool {
  return load<u64>(regionAt(space, page)) != 0;
}

/** Puts a table of entries in the place of a large entry; the caller fills it. */
export function openRegion(space: Space, page: u32): void {
  setLarge(space, page, 0);
  const at = entryAt(space, page, 1);
  store<u64>(regionAt(space, page), at & ~(<u64>0xfff));
}

/** The table of a region, to be put aside when a large page takes its place; 0 when there is none. */
export function closeRegion(space: Space, page: u32): u64 {
  const table = load<u64>(regionAt(space, page));
  if (table == 0 || (table & P) != 0) return 0;
  store64(space.node, entryAt(space, page, 2), 0);
  store<u64>(regionAt(space, page), 0);
  space.tables--;
  return table;
}

/** An entry that maps a frame: used, and written where it may be. */
export function mapping(frame: u32, writable: bool, large: bool): u64 {
  return ((<u64>frame) << 12) | P | U | A | (writable ? W | D : 0) | (large ? PS : 0);
}
