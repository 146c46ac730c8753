import type { Address } from '../address.ts';
import type { ShadowPageView, TableView } from '../kvm/views.ts';

/** A guest's tables beside KVM's shadows of them, entry by entry: what is missing, stale, withheld. */

/** What an entry says, by name. */
export interface EntryView {
  present: boolean;
  writable: boolean;
  user: boolean;
  executable: boolean;
  accessed: boolean;
  dirty: boolean;
  /** Whether it maps a large page. */
  large: boolean;
  /** The address in it: of a table or of a page. */
  target: Address;
}

const ADDRESS = 0x000f_ffff_ffff_f000n;

export function entryView(entry: Address): EntryView {
  const has = (bit: bigint): boolean => ((entry >> bit) & 1n) === 1n;
  return {
    present: has(0n),
    writable: has(1n),
    user: has(2n),
    accessed: has(5n),
    dirty: has(6n),
    large: has(7n),
    executable: !has(63n),
    target: entry & ADDRESS,
  };
}

/** How a shadow entry stands to the guest's. */
export type PairState =
  /** It says the same. */
  | 'same'
  /** The guest has an entry, the shadow none yet: the first use is a page fault that the guest never sees. */
  | 'missing'
  /** The shadow still says what the guest's entry no longer says. */
  | 'stale'
  /** The guest may write there, the shadow withholds it: a clean page, or one that holds a table. */
  | 'withheld';

export interface PairRow {
  slot: number;
  guest: EntryView | null;
  shadow: EntryView | null;
  state: PairState;
}

/** One table of the guest's, with its shadow if there is one. */
export interface PairTable {
  level: number;
  /** Guest-physical address of the guest's table. */
  gpa: Address;
  shadow: ShadowPageView | null;
  rows: PairRow[];
}

function stateOf(
  level: number,
  guest: EntryView | null,
  shadow: EntryView | null,
  behind: (gpa: Address) => Address | null,
  gpaOf: (table: Address) => Address | null,
): PairState {
  if (guest?.present !== true) return shadow === null ? 'same' : 'stale';
  if (shadow === null) return 'missing';
  const isLeaf = level === 1 || guest.large;
  if (!isLeaf) return gpaOf(shadow.target) === guest.target ? 'same' : 'stale';
  // A large page of the guest's that the host has in small ones is a table of KVM's own.
  if (level > 1 && !shadow.large) return 'same';
  if (behind(guest.target) !== shadow.target) return 'stale';
  if (shadow.writable && !guest.writable) return 'stale';
  return guest.writable && !shadow.writable ? 'withheld' : 'same';
}

/** Puts tables and shadows side by side, the guest's in the order of `guestTables`. */
export function pairTables(guest: {
  tables: { gpa: Address; level: number; entries: TableView }[];
  shadowPages: readonly ShadowPageView[];
  shadowTables: ReadonlyMap<Address, TableView>;
  /** The host frame behind a guest-physical page. */
  behind: (gpa: Address) => Address | null;
}): PairTable[] {
  const gpaByTable = new Map(guest.shadowPages.map(({ table, gpa }) => [table, gpa]));
  const gpaOf = (table: Address): Address | null => gpaByTable.get(table) ?? null;
  return guest.tables.map(({ gpa, level, entries }) => {
    const shadow =
      guest.shadowPages.find((page) => !page.direct && page.gpa === gpa && page.level === level) ??
      null;
    const own = new Map(entries.map(({ slot, entry }) => [slot, entryView(entry)]));
    const theirs = new Map(
      (shadow === null ? [] : (guest.shadowTables.get(shadow.table) ?? []))
        .map(({ slot, entry }) => [slot, entryView(entry)] as const)
        .filter(([slot, entry]) => entry.present && own.has(slot)),
    );
    // What the guest cleared and the shadow still has must be seen too.
    for (const { slot, entry } of guest.shadowTables.get(shadow?.table ?? -1n) ?? []) {
      if (level === 1 && (entry & 1n) === 1n) theirs.set(slot, entryView(entry));
    }
    const slots = [...new Set([...own.keys(), ...theirs.keys()])].sort((a, b) => a - b);
    return {
      level,
      gpa,
      shadow,
      rows: slots.map((slot) => {
        const mine = own.get(slot) ?? null;
        const its = theirs.get(slot) ?? null;
        return {
          slot,
          guest: mine,
          shadow: its,
          state: stateOf(level, mine, its, guest.behind, gpaOf),
        };
      }),
    };
  });
}
