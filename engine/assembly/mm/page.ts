/**
 * One record for each frame of physical memory (Linux struct page, include/linux/mm_types.h): what it is
 * used for, by whom, and where it stands in the lists of reclaim. Frames never used have none.
 */
import { at, peek } from './sparse';
import { Node } from './node';

@unmanaged
export class Page {
  kind: u8;
  /** Of the first frame of a block: its size is 2^order frames. */
  order: u8;
  flags: u16;
  /** Entries of page tables that map it (_mapcount + 1). */
  maps: u32;
  /** Neighbours in a list, as frame numbers; 0 is none. */
  prev: u32;
  next: u32;
  /** Whose it is: a Space (anonymous), a StableNode (KSM), a File (page cache), a ShadowPage, a head. */
  owner: u32;
  /** Page number in what owns it. */
  index: u32;
  /** Stands for what it holds, where its bytes are not kept (content.ts). */
  content: u32;
  /** Swap slot that has a copy of it, + 1 (the page is in the swap cache). */
  slot: u32;
}

/** Not in use and not the first of a free block, or never used. */
export const NONE: u8 = 0;
/** First frame of a free block. */
export const FREE: u8 = 1;
/** The kernel's image, its array of pages, the zero page: never in the buddy's hands. */
export const RESERVED: u8 = 2;
/** The kernel's own allocations. */
export const KERNEL: u8 = 3;
/** Page tables of processes. */
export const TABLE: u8 = 4;
/** Page tables of KVM: nested or shadow. */
export const KVM_TABLE: u8 = 5;
/** Anonymous memory of a process. */
export const ANON: u8 = 6;
/** Page cache. */
export const FILE: u8 = 7;
/** First frame of a page of a hugetlb pool. */
export const HUGETLB: u8 = 8;
/** A page that KSM made of equal ones. */
export const KSM: u8 = 9;
/** A further frame of a hugetlb or transparent huge page; `owner` is the first's number. */
export const TAIL: u8 = 10;
/** In the balloon of a guest. */
export const BALLOON: u8 = 11;

/** Found in use since it was put on its list (PG_referenced). */
export const REFERENCED: u16 = 1;
/** On the active list (PG_active). */
export const ACTIVE: u16 = 2;
/** On a list of reclaim at all (PG_lru). */
export const LISTED: u16 = 4;
/** A page of the page cache that differs from the disk (PG_dirty). */
export const DIRTY: u16 = 8;
/** A hugetlb page that is mapped. */
export const USED: u16 = 16;
/** A hugetlb page beyond the pool's wanted size. */
export const SURPLUS: u16 = 32;
/** Reported to the host as free (PG_reported). */
export const REPORTED: u16 = 64;
/** Reclaim took it out once: coming back soon is a refault (workingset). */
export const WORKINGSET: u16 = 128;
/** A page of a file that is in memory only (PG_swapbacked of a file's page: tmpfs). */
export const SHMEM: u16 = 256;
/** A page of a file that a process has mapped. */
export const MAPPED: u16 = 512;

export const PAGE_BYTES: u32 = <u32>offsetof<Page>();

// @ts-ignore: decorator
@inline
export function pageAt(node: Node, frame: u32): Page {
  return changetype<Page>(at(node.map, frame, PAGE_BYTES));
}

/** The kind of a frame; NONE for one that was never used. */
// @ts-ignore: decorator
@inline
export function kindOf(node: Node, frame: u32): u8 {
  const page = peek(node.map, frame, PAGE_BYTES);
  return page == 0 ? NONE : changetype<Page>(page).kind;
}

/** Makes a record as new. */
export function reset(page: Page, kind: u8): void {
  memory.fill(changetype<usize>(page), 0, PAGE_BYTES);
  page.kind = kind;
}
