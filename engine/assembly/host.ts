/**
 * The host behind a guest that the engine builds: where its memory lies, and the nested tables over it.
 *
 * Guest memory is backed in pages of one size. Which host page stands behind which guest page is a
 * fixed, scattered order: neighbours in the guest are not neighbours in the host, as on a host that
 * has run for a while.
 */
import { bits, shiftOfLevel, slotOf } from './address';
import { A, D, P, PS, RW, US } from './entry';
import { LARGE, R, W, WB, X } from './ept';
import { read64, write64 } from './memory';
import { NESTED_EPT, NESTED_NONE, addressMask, nestedKind, nestedLevels, nestedRoot } from './registers';

/** Host memory that holds nested tables, and that which backs the guest in 4K, 2M and 1G pages. */
const TABLES_AT: u64 = 0x1000_0000;
const SMALL_PAGES_AT: u64 = 0x2000_0000;
const LARGE_PAGES_AT: u64 = 0x8000_0000;
const HUGE_PAGES_AT: u64 = 0x10_0000_0000;

// Pages are scattered within groups of 2^16 (4K), 2^7 (2M) and 2^2 (1G) by an odd multiplier, which
// permutes them: a bijection.
const SMALL_GROUP: u64 = 16;
const LARGE_GROUP: u64 = 7;
const HUGE_GROUP: u64 = 2;

let backingLevel: i32 = 1;
let nextTable: u64 = TABLES_AT;

/** Starts a host that backs guests with pages of `level` (1 = 4K, 2 = 2M, 3 = 1G). */
export function startHost(level: i32): void {
  backingLevel = level;
  nextTable = TABLES_AT;
}

/** A fresh host frame for a nested table. */
export function takeTable(): u64 {
  const frame = nextTable;
  nextTable += 0x1000;
  return frame;
}

function scatter(page: u64, group: u64, odd: u64, plus: u64): u64 {
  const inGroup = ((<u64>1) << group) - 1;
  return (page & ~inGroup) | ((page * odd + plus) & inGroup);
}

/** The host-physical address behind a guest-physical one. On bare metal the two are the same. */
export function placeOf(gpa: u64): u64 {
  if (nestedKind == NESTED_NONE) return gpa;
  const shift = <u64>shiftOfLevel(backingLevel);
  const page = gpa >> shift;
  const offset = gpa & bits(<i32>shift - 1, 0);
  if (backingLevel == 1) {
    return SMALL_PAGES_AT + (scatter(page, SMALL_GROUP, 0x5b3d, 0x2c71) << shift) + offset;
  }
  if (backingLevel == 2) {
    return LARGE_PAGES_AT + (scatter(page, LARGE_GROUP, 0x35, 0x4b) << shift) + offset;
  }
  return HUGE_PAGES_AT + (scatter(page, HUGE_GROUP, 3, 1) << shift) + offset;
}

/** Reads guest memory by guest-physical address, as the hypervisor does: through its own map of it. */
export function readGuest64(gpa: u64): u64 {
  return read64(placeOf(gpa));
}

/** Writes guest memory by guest-physical address. */
export function writeGuest64(gpa: u64, value: u64): void {
  write64(placeOf(gpa), value);
}

/**
 * Backs the page that holds a guest-physical address: makes the nested entries that lead to it, as a
 * hypervisor does on the violation of a first touch. Entries already there are left alone. NPT
 * entries are made with A and D set, so that the processor has nothing to update in them.
 */
export function back(gpa: u64): void {
  const ept = nestedKind == NESTED_EPT;
  const shift = shiftOfLevel(backingLevel);
  let table = nestedRoot;
  for (let level = nestedLevels; level > backingLevel; level--) {
    const at = table | (slotOf(gpa, level) << 3);
    let entry = read64(at);
    if ((entry & (ept ? R | W | X : P)) == 0) {
      entry = takeTable() | (ept ? R | W | X : P | RW | US | A);
      write64(at, entry);
    }
    table = entry & addressMask;
  }
  const at = table | (slotOf(gpa, backingLevel) << 3);
  if ((read64(at) & (ept ? R | W | X : P)) != 0) return;
  const page = placeOf((gpa >> (<u64>shift)) << (<u64>shift));
  const large = backingLevel > 1;
  write64(
    at,
    page |
      (ept ? R | W | X | WB | (large ? LARGE : 0) : P | RW | US | A | D | (large ? PS : 0)),
  );
}

/** Backs every page from `start` up to `end` (guest-physical, excluded). */
export function backRange(start: u64, end: u64): void {
  const step = (<u64>1) << (<u64>shiftOfLevel(backingLevel));
  for (let gpa = start & ~(step - 1); gpa < end; gpa += step) back(gpa);
}
