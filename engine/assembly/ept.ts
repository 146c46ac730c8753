/** Extended page tables (Intel SDM vol. 3, 29.3; 28.2 in editions before 2023). */
import { FETCH, READ, WRITE } from './access';
import { bits, shiftOfLevel, slotOf } from './address';
import * as evidence from './evidence';
import { read64 } from './memory';
import {
  addressMask,
  eptAd,
  eptExecuteOnly,
  nestedLevels,
  nestedRoot,
  reservedAddress,
} from './registers';
import { setFlags } from './update';
import {
  caches,
  findEptStart,
  keepEptStructure,
  startLevel,
  startRights,
  startTable,
} from './walk-caches';

export const R: u64 = 1;
export const W: u64 = 1 << 1;
export const X: u64 = 1 << 2;
const RIGHTS: u64 = R | W | X;
export const LARGE: u64 = 1 << 7;
export const ACCESSED: u64 = 1 << 8;
export const DIRTY: u64 = 1 << 9;
/** Memory type 6: write-back. */
export const WB: u64 = 6 << 3;

const QUALIFIES_LINEAR: u64 = 1 << 7;
const QUALIFIES_FINAL: u64 = 1 << 8;

/** What the translation found, when it succeeded. */
export let hpa: u64 = 0;
export let leafLevel: i32 = 0;
/** The AND of R, W and X over the entries used. */
export let rights: u64 = 0;

// @ts-ignore: decorator
@inline
function isLeaf(entry: u64, level: i32): bool {
  return level == 1 || ((level == 2 || level == 3) && (entry & LARGE) != 0);
}

// Present, but a combination that no processor accepts (SDM 29.3.3.1).
// @ts-ignore: decorator
@inline
function isMisconfigured(entry: u64, level: i32): bool {
  const access = entry & RIGHTS;
  if ((access & (R | W)) == W) return true;
  if (access == X && !eptExecuteOnly) return true;
  let reserved = reservedAddress;
  if (!isLeaf(entry, level)) {
    reserved |= level >= 4 ? bits(7, 3) : bits(6, 3);
  } else {
    if (level == 3) reserved |= bits(29, 12);
    else if (level == 2) reserved |= bits(20, 12);
    const memoryType = (entry >> 3) & 7;
    if (memoryType == 2 || memoryType == 3 || memoryType == 7) return true;
  }
  return (entry & reserved) != 0;
}

/**
 * An EPT violation (exit reason 48). The exit qualification: bits 2:0 the access, 5:3 what the
 * entries allowed, 7 a linear address is involved, 8 it was the final translation of it.
 */
export function violation(access: u64, allowed: u64, final: bool, gpa: u64): void {
  evidence.outcome.result = evidence.EPT_VIOLATION;
  evidence.outcome.gpa = gpa;
  evidence.outcome.code =
    access | (allowed << 3) | QUALIFIES_LINEAR | (final ? QUALIFIES_FINAL : 0);
}

// The entries that led to other tables go into the caches.
function keepUsed(gpa: u64, first: i32, leaf: i32, leafLevel_: i32, above: u64): void {
  let allowed = above;
  for (let index = first; index < leaf; index++) {
    const entry = read64(evidence.reference(index).hpa);
    allowed &= entry;
    keepEptStructure(gpa, leafLevel_ + leaf - index, entry & addressMask, allowed);
  }
}

/**
 * Translates a guest-physical address. `final` is false for an access to a guest paging-structure
 * entry, which with EPT accessed and dirty bits on is a write, and a read otherwise. `row` is the
 * level of that entry, 0 for the final page.
 */
export function translate(gpa: u64, access: i32, final: bool, row: i32): bool {
  let wanted: u64 = access == FETCH ? X : access == WRITE ? W : R;
  if (!final) wanted = eptAd ? R | W : R;
  const writes = (wanted & W) != 0;

  const first = evidence.numberOfReferences();
  let table = nestedRoot;
  let from = -1;
  let allowed = RIGHTS;
  let level = nestedLevels;
  if (caches != 0 && findEptStart(gpa)) {
    level = startLevel;
    table = startTable;
    allowed = startRights;
  }
  const above = allowed;
  while (true) {
    const at = table | (slotOf(gpa, level) << 3);
    const entry = read64(at);
    const index = evidence.read(evidence.TABLE_EPT, level, row, at, entry, gpa, 0, from);
    if ((entry & RIGHTS) == 0) {
      evidence.means(index, evidence.MEANS_NOT_PRESENT, 0);
      violation(wanted, 0, final, gpa);
      return false;
    }
    if (isMisconfigured(entry, level)) {
      evidence.means(index, evidence.MEANS_MISCONFIGURED, 0);
      evidence.outcome.result = evidence.EPT_MISCONFIGURATION;
      evidence.outcome.gpa = gpa;
      return false;
    }
    allowed &= entry;
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

  if ((allowed & wanted) != wanted) {
    violation(wanted, allowed, final, gpa);
    return false;
  }
  if (eptAd) {
    for (let index = first; index <= from; index++) {
      setFlags(index, index == from && writes ? ACCESSED | DIRTY : ACCESSED);
    }
  }
  if (caches != 0) keepUsed(gpa, first, from, level, above);
  leafLevel = level;
  rights = allowed;
  return true;
}
