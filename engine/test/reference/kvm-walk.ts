import {
  ACCESSED,
  DIRTY,
  LARGE,
  PRESENT,
  alignFrame,
  frameIn,
  slotOf,
  type GuestMemory,
} from './kvm-memory.ts';

/**
 * KVM's software walk of the guest's tables, for code at privilege level 0 with CR0.WP=1 and
 * EFER.NXE=1 (Linux arch/x86/kvm/mmu/paging_tmpl.h, FNAME(walk_addr_generic)).
 */

export type Kind = 'read' | 'write' | 'fetch';

/** Rights as KVM notes them in a shadow page's role. */
export const EXEC = 1;
export const WRITE = 2;
const USER = 4;
export const ALL = EXEC | WRITE | USER;

export const FAULT_PRESENT = 1;
export const FAULT_WRITE = 2;
export const FAULT_RESERVED = 8;
const FAULT_FETCH = 16;

/** gpte_access(): the rights that one entry gives. */
export const rightsOf = (entry: bigint): number =>
  (Number(entry & 6n) | EXEC) ^ Number(entry >> 63n);

/** Whether KVM takes an entry for malformed: a large PML4 entry, an unaligned large page. */
export const isReserved = (entry: bigint, level: number): boolean =>
  (entry & LARGE) !== 0n && (level === 4 || (level === 2 && (entry & 0x1fe000n) !== 0n));

/** What an access that a guest's tables forbid gives the guest. */
export const faultCode = (kind: Kind, why: number): number =>
  why | (kind === 'write' ? FAULT_WRITE : 0) | (kind === 'fetch' ? FAULT_FETCH : 0);

export interface Walk {
  /** Level of the leaf. */
  level: number;
  gfn: number;
  /** Rights of the leaf; without D a read finds it not writable (protect_clean_gpte()). */
  rights: number;
  /** By level: the table there, and the rights gathered above it. */
  table: number[];
  above: number[];
  /** By level: where the entry lies, and what it was left as. */
  at: bigint[];
  entry: bigint[];
}

/** Walks, and sets A at all levels and D for a write; a number is the guest's page-fault code. */
export function walkGuest(memory: GuestMemory, cr3: bigint, va: bigint, kind: Kind): Walk | number {
  const start = { level: 5, gfn: frameIn(cr3), rights: ALL };
  const walk: Walk = { ...start, table: [], above: [], at: [], entry: [] };
  const { at } = walk;
  let entry: bigint;
  do {
    walk.level--;
    const { level } = walk;
    if (!memory.has(walk.gfn)) return faultCode(kind, 0);
    walk.table[level] = walk.gfn;
    walk.above[level] = walk.rights;
    at[level] = (BigInt(walk.gfn) << 12n) + BigInt(slotOf(va, level) * 8);
    if (memory.backing(walk.gfn) === 'absent') memory.take(walk.gfn, false);
    entry = memory.read(at[level]);
    if ((entry & PRESENT) === 0n) return faultCode(kind, 0);
    if (isReserved(entry, level)) return faultCode(kind, FAULT_PRESENT | FAULT_RESERVED);
    walk.rights &= rightsOf(entry);
    walk.gfn = frameIn(entry);
  } while (walk.level > 1 && (entry & LARGE) === 0n);
  const needed = { read: 0, write: WRITE, fetch: EXEC }[kind];
  if ((walk.rights & needed) !== needed) return faultCode(kind, FAULT_PRESENT);
  const within = Number((va >> 12n) & BigInt(512 ** (walk.level - 1) - 1));
  walk.gfn = alignFrame(walk.gfn, walk.level) + within;
  if (kind !== 'write' && (entry & DIRTY) === 0n) walk.rights &= ~WRITE;
  for (let level = 4; level >= walk.level; level--) {
    const flags = ACCESSED | (level === walk.level && kind === 'write' ? DIRTY : 0n);
    walk.entry[level] = mark(memory, at[level]!, flags);
  }
  return walk;
}

function mark(memory: GuestMemory, gpa: bigint, flags: bigint): bigint {
  const entry = memory.read(gpa);
  if ((entry & flags) !== flags) memory.hostWrite(gpa, entry | flags);
  return entry | flags;
}

/**
 * gpte_changed(): an entry that translates at two levels is another than the upper level read, once D
 * was set for the lower.
 */
export const hasChanged = (memory: GuestMemory, { at, entry }: Walk, level: number): boolean =>
  memory.read(at[level]!) !== entry[level];
