/** Nested page tables (AMD APM vol. 2, 15.25): ordinary page tables, every access a user access. */
import { FETCH, WRITE } from './access';
import { bits, shiftOfLevel, slotOf } from './address';
import { A, D, P, RW, US, XD, isLeaf, reservedBits } from './entry';
import * as evidence from './evidence';
import { read64 } from './memory';
import { addressMask, hostNxe, nestedLevels, nestedRoot } from './registers';
import { setFlags } from './update';
import {
  caches,
  findStart,
  keepStructure,
  startAll,
  startAny,
  startLevel,
  startTable,
} from './walk-caches';

const CODE_P: u64 = 1;
const CODE_RW: u64 = 1 << 1;
const CODE_US: u64 = 1 << 2;
const CODE_RSV: u64 = 1 << 3;
const CODE_ID: u64 = 1 << 4;
/** The fault was on the final translation, or on an access to a guest paging-structure entry. */
const CODE_FINAL: u64 = (<u64>1) << 32;
const CODE_TABLE: u64 = (<u64>1) << 33;

/** What the translation found, when it succeeded. */
export let hpa: u64 = 0;
export let leafLevel: i32 = 0;
/** What the entries together allow, as EPT's bits have it: R, W, X. */
export let rights: u64 = 0;

/**
 * Translates a guest-physical address. `final` is false for an access to a guest paging-structure
 * entry, which is always a write. `row` is the level of that entry, 0 for the final page.
 */
export function translate(gpa: u64, access: i32, final: bool, row: i32): bool {
  const writes = !final || access == WRITE;
  const fetches = final && access == FETCH;
  // EXITINFO1 of a #NPF, but for P and RSV.
  const code =
    CODE_US |
    (writes ? CODE_RW : 0) |
    (fetches && hostNxe ? CODE_ID : 0) |
    (final ? CODE_FINAL : CODE_TABLE);

  const first = evidence.numberOfReferences();
  let table = nestedRoot;
  let from = -1;
  let all = RW | US;
  let any: u64 = 0;
  let level = nestedLevels;
  if (caches != 0 && findStart(gpa, true)) {
    level = startLevel;
    table = startTable;
    all = startAll;
    any = startAny;
  }
  const allAbove = all;
  const anyAbove = any;
  while (true) {
    const at = table | (slotOf(gpa, level) << 3);
    const entry = read64(at);
    const index = evidence.read(evidence.TABLE_NPT, level, row, at, entry, gpa, 0, from);
    if ((entry & P) == 0) {
      evidence.means(index, evidence.MEANS_NOT_PRESENT, 0);
      return fault(code, gpa);
    }
    if ((entry & reservedBits(entry, level, hostNxe, true)) != 0) {
      evidence.means(index, evidence.MEANS_RESERVED, 0);
      return fault(code | CODE_P | CODE_RSV, gpa);
    }
    all &= entry;
    any |= entry;
    from = index;
    if (isLeaf(entry, level)) {
      const offset = bits(shiftOfLevel(level) - 1, 0);
      const frame = entry & addressMask & ~offset;
      evidence.means(index, evidence.MEANS_PAGE, frame);
      hpa = frame | (gpa & offset);
      break;
    }
    table = entry & addressMask;
    evidence.means(index, evidence.MEANS_TABLE, table);
    level--;
  }

  if ((all & US) == 0 || (writes && (all & RW) == 0) || (fetches && (any & XD) != 0)) {
    return fault(code | CODE_P, gpa);
  }
  for (let index = first; index <= from; index++) {
    setFlags(index, index == from && writes ? A | D : A);
  }
  if (caches != 0) keepUsed(gpa, first, from, level, allAbove, anyAbove);
  leafLevel = level;
  rights = 1 | ((all & RW) != 0 ? 2 : 0) | ((any & XD) == 0 ? 4 : 0);
  return true;
}

// The entries that led to other tables go into the caches.
function keepUsed(
  gpa: u64,
  first: i32,
  leaf: i32,
  leafLevel_: i32,
  allAbove: u64,
  anyAbove: u64,
): void {
  let all = allAbove;
  let any = anyAbove;
  for (let index = first; index < leaf; index++) {
    const entry = read64(evidence.reference(index).hpa);
    all &= entry;
    any |= entry;
    keepStructure(gpa, leafLevel_ + leaf - index, entry & addressMask, all, any, true);
  }
}

function fault(code: u64, gpa: u64): bool {
  evidence.outcome.result = evidence.NESTED_PAGE_FAULT;
  evidence.outcome.code = code;
  evidence.outcome.gpa = gpa;
  return false;
}
