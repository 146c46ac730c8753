/** A guest's own page tables, built in guest memory as its kernel would build them. */
import { slotOf } from './address';
import { A, P, PS, RW, US } from './entry';
import { back, readGuest64, writeGuest64 } from './host';
import { NESTED_NONE, addressMask, cr3, levels, nestedKind } from './registers';

/** Guest-physical memory for tables: every third frame from here on, so that an address tells them apart. */
const TABLES_AT: u64 = 0x2000;
const TABLES_APART: u64 = 0x3000;

let nextTable: u64 = TABLES_AT;

/** Starts a guest that has no tables yet. */
export function startGuest(): void {
  nextTable = TABLES_AT;
}

/** A fresh guest frame for a table. The kernel clears it, so the host has to back it. */
export function takeGuestTable(): u64 {
  const frame = nextTable;
  nextTable += TABLES_APART;
  if (nestedKind != NESTED_NONE) back(frame);
  return frame;
}

/**
 * Maps the page of `gva` to that of `gpa` by a leaf at `leaf` (1 = 4K, 2 = 2M, 3 = 1G) whose other
 * bits are `flags`. Tables on the way are made where they are missing, open to everyone: the leaf
 * decides.
 */
export function mapGuest(gva: u64, gpa: u64, leaf: i32, flags: u64): void {
  let table = cr3;
  for (let level = levels; level > leaf; level--) {
    const at = table | (slotOf(gva, level) << 3);
    let entry = readGuest64(at);
    if ((entry & P) == 0) {
      entry = takeGuestTable() | P | RW | US | A;
      writeGuest64(at, entry);
    }
    table = entry & addressMask;
  }
  writeGuest64(table | (slotOf(gva, leaf) << 3), gpa | flags | (leaf > 1 ? PS : 0));
}
