import type { Address, Levels, PageSize } from '../address.ts';
import type { Table } from '../evidence.ts';
import type { Access } from '../paging.ts';

/**
 * A walk as data: which machine, what was done to it, which access is translated. A lesson's state, a
 * share link, an exercise and a test all say a walk this way; running it is `Workbench.run`.
 */

/** Whose page tables are walked. */
export type GuestName =
  /** A small guest that the engine builds: a handful of pages, every size and level count. */
  | 'teaching'
  /** The tables of a real Linux 6.1 guest, read out of its memory (the dump must be loaded first). */
  | 'linux';

/** Who translates: one dimension, or two. */
export type Mode = 'native' | 'ept' | 'npt';

/** The machine that a reader sets by switches. */
export interface WalkMachine {
  guest: GuestName;
  mode: Mode;
  /** Levels of the guest's tables; the Linux guest has 4. */
  levels: Levels;
  /** Levels of the nested tables; ignored when `mode` is native. */
  hostLevels: Levels;
  /** Size of the guest's pages; ignored for the Linux guest, which has its own. */
  guestPage: PageSize;
  /** Size of the host's pages behind the guest's memory; ignored when `mode` is native. */
  hostPage: PageSize;
  /** EPT accessed and dirty bits (EPT pointer, bit 6); ignored but for EPT. */
  ad: boolean;
  /** Whether the host has backed the guest's memory already; if not, first touch faults. */
  backed: boolean;
}

/** An entry by its place in the walk: the table, its level, and the row (guest level served; 0 = page). */
export interface EntryName {
  table: Table;
  level: number;
  row: number;
}

/** Something done to the machine before the access. */
export type WalkAction =
  /** Writes an 8-byte entry at a host-physical address. */
  | { do: 'set'; at: Address; value: Address }
  /** Sets and clears bits of the entry that the access would use there. */
  | { do: 'edit'; entry: EntryName; set?: Address; clear?: Address }
  /** The hypervisor backs the page that holds this guest-physical address. */
  | { do: 'fill'; gpa: Address };

export interface WalkScenario {
  machine: WalkMachine;
  /** In order; each acts on what the ones before it left. */
  actions: WalkAction[];
  access: Access;
}

/** The machine of the lesson's first page: 4 by 4 levels, 4 KiB on both sides, EPT. */
export const DEFAULT_MACHINE: WalkMachine = {
  guest: 'teaching',
  mode: 'ept',
  levels: 4,
  hostLevels: 4,
  guestPage: '4K',
  hostPage: '4K',
  ad: false,
  backed: true,
};

/** A page that the teaching guest has mapped. */
export interface TeachingPage {
  /** What it is, as a key for the reader's language. */
  name: 'code' | 'data' | 'stack' | 'kernel';
  /** An address inside it. */
  gva: Address;
  writable: boolean;
  executable: boolean;
  user: boolean;
}

/** The teaching guest's pages. With larger pages each is the large page around the same address. */
export const TEACHING_PAGES: readonly TeachingPage[] = [
  { name: 'data', gva: 0x55d0_c0de_1a58n, writable: true, executable: false, user: true },
  { name: 'code', gva: 0x0000_0040_1136n, writable: false, executable: true, user: true },
  { name: 'stack', gva: 0x7ffd_3c21_e9f0n, writable: true, executable: false, user: true },
  { name: 'kernel', gva: 0xffff_8880_0123_4040n, writable: true, executable: false, user: false },
];

export const DEFAULT_ACCESS: Access = { gva: 0x55d0_c0de_1a58n, kind: 'read', cpl: 3 };

/**
 * The nearest machine that can be: the Linux guest has four levels, and its 192 MiB of memory cannot
 * lie on a 1 GiB page (a hypervisor backs memory only with pages that its memory slot fills).
 */
export function possible(machine: WalkMachine): WalkMachine {
  if (machine.guest !== 'linux') return machine;
  return {
    ...machine,
    levels: 4,
    guestPage: '4K',
    hostPage: machine.hostPage === '1G' ? '2M' : machine.hostPage,
  };
}
