/**
 * One translation on cold hardware: the guest's page walk, each of its addresses translated by the
 * second dimension where there is one (Intel SDM vol. 3, 4.5 to 4.8 and 29.3; AMD APM vol. 2, 15.25).
 */
import { FETCH, READ, WRITE } from './access';
import { bits, isCanonical, shiftOfLevel, slotOf } from './address';
import { A, D, G, P, RW, US, XD, isLeaf, reservedBits } from './entry';
import * as ept from './ept';
import * as evidence from './evidence';
import { read64 } from './memory';
import * as nested from './nested';
import {
  NESTED_EPT,
  NESTED_NONE,
  ac,
  addressMask,
  cr3,
  eptAd,
  levels,
  nestedKind,
  nxe,
  page1g,
  smap,
  smep,
  wp,
} from './registers';
import * as payload from './tlb/payload';
import { setFlags, wouldChange } from './update';
import {
  caches,
  findStart,
  keepStructure,
  startAll,
  startAny,
  startLevel,
  startTable,
} from './walk-caches';

// Error code of a #PF (SDM vol. 3, 4.7).
const CODE_P: u64 = 1;
const CODE_WR: u64 = 1 << 1;
const CODE_US: u64 = 1 << 2;
const CODE_RSVD: u64 = 1 << 3;
const CODE_ID: u64 = 1 << 4;

// The guest entries used, root first: their reference indices, and what EPT allows on their pages.
const used: usize = memory.data(8 * sizeof<i32>(), 4);
const usedRights: usize = memory.data(8 * sizeof<u64>(), 8);

/** Whether the entries together permit the access (SDM vol. 3, 4.6.1). */
// @ts-ignore: decorator
@inline
function isPermitted(all: u64, any: u64, access: i32, user: bool): bool {
  const userPage = (all & US) != 0;
  const writable = (all & RW) != 0;
  const executable = !nxe || (any & XD) == 0;
  if (access == FETCH) {
    if (!executable) return false;
    return user ? userPage : !(smep && userPage);
  }
  if (user) return userPage && (access == READ || writable);
  if (userPage && smap && !ac) return false;
  return access == READ || writable || !wp;
}

function pageFault(gva: u64, code: u64): void {
  evidence.outcome.result = evidence.PAGE_FAULT;
  evidence.outcome.code = code;
  evidence.outcome.gpa = gva;
}

/**
 * Sets accessed and dirty in the guest entries used, root to leaf. Under EPT without accessed and
 * dirty bits of its own the tables were only read so far: an update that changes an entry is a write
 * to its page, and may be refused there (SDM vol. 3, 29.3.3.2).
 */
// @ts-ignore: decorator
@inline
function updateGuest(count: i32, access: i32): bool {
  for (let step = 0; step < count; step++) {
    const index = load<i32>(used + ((<usize>step) << 2));
    const flags = step == count - 1 && access == WRITE ? A | D : A;
    if (nestedKind == NESTED_EPT && !eptAd && wouldChange(index, flags)) {
      const allowed = load<u64>(usedRights + ((<usize>step) << 3));
      if ((allowed & ept.W) == 0) {
        ept.violation(ept.R | ept.W, allowed, false, evidence.reference(index).gpa);
        return false;
      }
    }
    setFlags(index, flags);
  }
  return true;
}

/** The entries that led to other tables go into the caches: all of them were used, and are accessed. */
function keepUsed(gva: u64, count: i32, leaf: i32, allAbove: u64, anyAbove: u64): void {
  let all = allAbove;
  let any = anyAbove;
  for (let step = 0; step < count - 1; step++) {
    const entry = read64(evidence.reference(load<i32>(used + ((<usize>step) << 2))).hpa);
    all &= entry;
    any |= entry;
    const next = evidence.reference(load<i32>(used + ((<usize>(step + 1)) << 2))).hpa;
    keepStructure(gva, leaf + count - 1 - step, next, all, any, false);
  }
}

/** What a TLB keeps of a translation besides its frame: what both dimensions allow, dirty, global. */
function rightsOf(all: u64, any: u64, leaf: i32): u64 {
  const entry = read64(evidence.reference(leaf).hpa);
  let rights = payload.R;
  if ((all & RW) != 0 && (nested.rights & ept.W) != 0) rights |= payload.W;
  if ((!nxe || (any & XD) == 0) && (nested.rights & ept.X) != 0) rights |= payload.X;
  if ((all & US) != 0) rights |= payload.U;
  if ((entry & D) != 0) rights |= payload.DIRTY;
  if ((entry & G) != 0) rights |= payload.GLOBAL;
  return rights;
}

/**
 * Translates `gva` for an access of kind READ, WRITE or FETCH at privilege level `cpl` (0 or 3),
 * leaving the evidence. Returns how it ended.
 */
export function translate(gva: u64, access: i32, cpl: i32): i32 {
  evidence.begin();
  const outcome = evidence.outcome;
  if (!isCanonical(gva, levels)) {
    outcome.result = evidence.GENERAL_PROTECTION;
    return outcome.result;
  }
  const user = cpl == 3;
  const code =
    (access == WRITE ? CODE_WR : 0) |
    (user ? CODE_US : 0) |
    (access == FETCH && (nxe || smep) ? CODE_ID : 0);

  let table = cr3;
  let from = -1;
  let all = RW | US;
  let any: u64 = 0;
  let count = 0;
  let level = levels;
  let gpa: u64 = 0;
  // The host-physical address of the first table, where a cache has it.
  let known: u64 = 0;
  if (caches != 0 && findStart(gva, false)) {
    level = startLevel;
    known = startTable;
    all = startAll;
    any = startAny;
    evidence.startedBelow(level + 1);
  }
  const allAbove = all;
  const anyAbove = any;
  while (true) {
    const at = table | (slotOf(gva, level) << 3);
    const first = evidence.numberOfReferences();
    let where = known | (slotOf(gva, level) << 3);
    if (known == 0) {
      if (!nested.translate(at, READ, false, level)) return outcome.result;
      where = nested.hpa;
    }
    const entry = read64(where);
    const index = evidence.read(
      evidence.TABLE_GUEST,
      level,
      level,
      where,
      entry,
      gva,
      nestedKind == NESTED_NONE || known != 0 ? 0 : at,
      from,
    );
    evidence.serve(first, index);
    if ((entry & P) == 0) {
      evidence.means(index, evidence.MEANS_NOT_PRESENT, 0);
      pageFault(gva, code);
      return outcome.result;
    }
    if ((entry & reservedBits(entry, level, nxe, page1g)) != 0) {
      evidence.means(index, evidence.MEANS_RESERVED, 0);
      pageFault(gva, code | CODE_P | CODE_RSVD);
      return outcome.result;
    }
    store<i32>(used + ((<usize>count) << 2), index);
    // Whoever cached the table's address could write to it, or had no need to.
    store<u64>(usedRights + ((<usize>count) << 3), known == 0 ? nested.rights : 7);
    known = 0;
    count++;
    all &= entry;
    any |= entry;
    from = index;
    if (isLeaf(entry, level)) {
      const offset = bits(shiftOfLevel(level) - 1, 0);
      const frame = entry & addressMask & ~offset;
      evidence.means(index, evidence.MEANS_PAGE, frame);
      gpa = frame | (gva & offset);
      break;
    }
    table = entry & addressMask;
    evidence.means(index, evidence.MEANS_TABLE, table);
    level--;
  }

  if (!isPermitted(all, any, access, user)) {
    pageFault(gva, code | CODE_P);
    return outcome.result;
  }
  if (!updateGuest(count, access)) return outcome.result;
  if (!nested.translate(gpa, access, true, 0)) return outcome.result;
  if (caches != 0) keepUsed(gva, count, level, allAbove, anyAbove);

  outcome.result = evidence.OK;
  outcome.hpa = nested.hpa;
  outcome.gpa = gpa;
  outcome.rights = rightsOf(all, any, from);
  outcome.guestLeaf = <u8>level;
  outcome.hostLeaf = <u8>nested.leafLevel;
  return outcome.result;
}
