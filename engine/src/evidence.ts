import type { Address, PageSize } from './address.ts';
import type { Access } from './paging.ts';

/**
 * What a translation leaves behind: the ordered list of everything that it read and wrote, and how it
 * ended. Every view (the walk grid, the narration, the CSV, an exercise's solution) is a reading of
 * this list; none computes anything about memory.
 */

/** Which table an entry belongs to: the guest's own (or the only one, on bare metal), EPT or NPT. */
export type Table = 'guest' | 'ept' | 'npt';

/** What the walker made of an entry when it read it. */
export type Meaning =
  /** It points to the table of the next level. */
  | 'table'
  /** It is a leaf: it maps a page. */
  | 'page'
  /** P = 0, or in EPT bits 2:0 all clear: the walk ends here. */
  | 'not-present'
  /** A reserved bit is set: #PF with RSVD, or #NPF. */
  | 'reserved'
  /** EPT only: present, but no processor may use it. */
  | 'misconfigured';

/** One 8-byte entry read from memory. */
export interface Reference {
  /** Position among the references, from 0. */
  index: number;
  table: Table;
  /** Level of the entry: leaf level 1 is 4K; a 2M leaf is level 2, a 1G leaf level 3. */
  level: number;
  /** The 9-bit index of the entry in its table. */
  slot: number;
  /** Host-physical address of the entry. */
  hpa: Address;
  /**
   * The address that this reference helps to translate. For an EPT or NPT entry the guest-physical
   * address under translation; for a guest entry the guest-virtual address.
   */
  translates: Address;
  /** For a guest entry under nested translation: the entry's own guest-physical address. */
  gpa: Address | null;
  /** The entry as read, before any accessed or dirty update made afterwards. */
  value: Address;
  meaning: Meaning;
  /** The address in the entry: the next table or the page. Meaningless when not `table` or `page`. */
  target: Address;
  /** Size of the page mapped, when `meaning` is `page`. */
  page: PageSize | null;
  /** Where the entry came from. A cold walk reads memory each time. */
  source: 'memory';
  /**
   * The reference that this one served: for an EPT or NPT entry, the index of the guest entry whose
   * address was being translated. `null` when it served the access itself (every guest entry; the
   * nested walk of the final page) or when that guest entry was never read (the walk faulted before).
   */
  parent: number | null;
  /**
   * Which row of the two-dimensional walk it belongs to: the level of the guest entry being fetched, or
   * 0 for the final page.
   */
  row: number;
  /**
   * The reference whose entry gave the address read here: the entry one level up in the same table.
   * `null` at a root, whose address is in a register (CR3, the EPT pointer, nCR3).
   */
  from: number | null;
}

/** An accessed or dirty update: one 8-byte store that the walk itself made. */
export interface Store {
  /** The reference whose entry it updates. */
  reference: number;
  hpa: Address;
  /** The entry as memory had it just before. */
  before: Address;
  /** The entry as it is now. */
  value: Address;
}

/** One thing that happened, in order: the steps of a player. */
export type WalkEvent =
  { kind: 'reference'; reference: Reference } | { kind: 'store'; store: Store };

/** How the translation ended. Names as in the public contract. */
export type Outcome =
  | {
      result: 'ok';
      hpa: Address;
      /** `null` on bare metal. */
      gpa: Address | null;
      guestPage: PageSize;
      /** `null` on bare metal. */
      hostPage: PageSize | null;
      /** The size that a TLB entry for this translation would have: the smaller of the two. */
      page: PageSize;
    }
  | { result: 'page-fault'; errorCode: number; cr2: Address }
  | { result: 'general-protection'; errorCode: 0 }
  | { result: 'ept-violation'; qualification: number; gpa: Address }
  | { result: 'ept-misconfiguration'; gpa: Address }
  | { result: 'nested-page-fault'; errorCode: Address; gpa: Address }
  /** A guest-physical address of more than 48 bits met a four-level nested table: no such machine. */
  | { result: 'gpa-too-wide'; gpa: Address };

export interface Translation {
  access: Access;
  /** The entries read, in order. */
  references: Reference[];
  /** The accessed and dirty updates, in order. */
  stores: Store[];
  /** Both together, in order of happening. */
  events: WalkEvent[];
  outcome: Outcome;
}
