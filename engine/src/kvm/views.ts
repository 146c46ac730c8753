import type { StructureName } from '../tlb/geometry.ts';
import { pageShift } from '../address.ts';
import type { Address, PageSize } from '../address.ts';

/** What the machine holds, as plain data to look at. Nothing here changes it. */

/** What kind of mapping a TLB entry is, by what it was made from (Intel SDM vol. 3, 29.4.1). */
export const TLB_KINDS = ['linear', 'guest-physical', 'combined', 'asid'] as const;
export type TlbKind = (typeof TLB_KINDS)[number];

/** One entry of a TLB. */
export interface TlbEntryView {
  /** The address of its page. */
  address: Address;
  page: PageSize;
  /** The frame that it gives. */
  frame: Address;
  writable: boolean;
  executable: boolean;
  user: boolean;
  dirty: boolean;
  global: boolean;
  kind: TlbKind;
  vpid: number;
  /** null: usable under any (global). */
  pcid: number | null;
  /** Root of EPT that it was made under; 0 for linear mappings. */
  ep4ta: Address;
}

/** One way of a set: an entry or nothing, and its place in the order of use (0 used last). */
export interface TlbWayView {
  age: number;
  entry: TlbEntryView | null;
}

/** One array of a TLB. */
export interface TlbArrayView {
  /** `L1` or `L2`. */
  level: 1 | 2;
  side: 'both' | 'data' | 'instruction';
  sizes: readonly PageSize[];
  /** Sets, each a list of ways. */
  sets: TlbWayView[][];
}

/** One entry of a paging-structure cache: for the top bits of an address, the table that a walk reads next. */
export interface StructureEntryView {
  /** First address that it serves: linear, or guest-physical in the second dimension. */
  address: Address;
  /** Host-physical address of the table that it leads to. */
  table: Address;
  vpid: number;
  pcid: number | null;
  ep4ta: Address;
}

/** A paging-structure cache (Intel SDM vol. 3, 4.10.3). */
export interface StructureCacheView {
  /** Whose entries it holds. */
  of: StructureName;
  /** Of the walk of the second dimension. */
  nested: boolean;
  /** Sets, each a list of ways. */
  sets: { age: number; entry: StructureEntryView | null }[][];
}

/** The set of an array in which the page of an address is looked for: the low bits of its number. */
export const setOf = (array: TlbArrayView, address: Address, page: PageSize): number =>
  Number((address >> pageShift(page)) % BigInt(array.sets.length));

/** One shadow page: a table of KVM's for a table of the guest's, in one role. */
export interface ShadowPageView {
  /** Host-physical address of the table. */
  table: Address;
  /** Guest-physical address of the table that it shadows; of a direct one, of the first page that it maps. */
  gpa: Address;
  level: number;
  /** Rights that the guest's upper levels leave. */
  access: { execute: boolean; write: boolean; user: boolean };
  direct: boolean;
  /** The guest may write its table: it can be stale. */
  unsync: boolean;
  /** vCPUs that have it as a root. */
  roots: number;
  /** Emulated stores to the guest's table since it was last used. */
  writes: number;
}

/** A table's entries that are not zero. */
export type TableView = { slot: number; entry: Address }[];
