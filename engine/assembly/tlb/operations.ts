/**
 * What each operation of an Intel processor removes, no more than it must but where a comment says so
 * (Intel SDM vol. 3, 4.10.4.1, 29.4.3.1, 29.4.3.3). "Current" is what `select` chose last. An
 * instruction of a guest reaches linear and combined mappings of the current VPID, the combined ones
 * whatever their EP4TA, and what is tagged by an ASID in the VPID's place; it touches no guest-physical
 * mapping.
 */
import { isCanonical } from '../address';
import { BY_ASID, COMBINED, GUEST_PHYSICAL, LINEAR } from './context';
import { ANY, ANY_EP4TA, ANY_GUEST, dropAddress, dropMarked, mark } from './invalidate';
import { dropStructuresOf } from './structures';
import { Tlb } from './tlb';

/** What an operation comes to. */
export const DONE: i32 = 0;
/** #GP(0): nothing was invalidated. */
export const FAULT: i32 = 13;
/** VM-instruction error 28, invalid operand to INVEPT or INVVPID: nothing was invalidated. */
export const INVALID_OPERAND: i32 = 28;

const PCID_LIMIT: u32 = 0x1000;
const VPID_LIMIT: u32 = 0x10000;

/** Masks of kinds: those that linear addresses make, and those that EPT makes. */
const OF_LINEAR: u32 = (1 << LINEAR) | (1 << COMBINED) | (1 << BY_ASID);
const OF_EPT: u32 = (1 << COMBINED) | (1 << GUEST_PHYSICAL);

/** INVLPG: the page of `address`, global too; every paging-structure entry of the current PCID. */
export function invlpg(tlb: usize, address: u64, levels: i32): void {
  const t = changetype<Tlb>(tlb);
  // INVLPG of a non-canonical address does nothing.
  if (!isCanonical(address, levels)) return;
  mark(t, OF_LINEAR, t.vpid, t.pcid, ANY_EP4TA, true);
  dropAddress(t, t.translations, address);
  dropMarked(t, t.structures);
}

/**
 * INVPCID of type 0 to 3; `pcide` is CR4.PCIDE. FAULT for a type above 3, a PCID above 12 bits or, with
 * PCIDE = 0, not 0 (types 0 and 1), and a non-canonical address (type 0).
 */
export function invpcid(
  tlb: usize,
  type: i32,
  pcid: u32,
  address: u64,
  pcide: bool,
  levels: i32,
): i32 {
  const t = changetype<Tlb>(tlb);
  if (type < 0 || type > 3 || pcid >= PCID_LIMIT) return FAULT;
  if (type < 2 && !pcide && pcid != 0) return FAULT;
  if (type == 0) {
    if (!isCanonical(address, levels)) return FAULT;
    mark(t, OF_LINEAR, t.vpid, pcid, ANY_EP4TA, false);
    dropAddress(t, t.translations, address);
    dropMarked(t, t.structures);
  } else flush(t, t.vpid, type == 1 ? pcid : ANY, type == 2);
  return DONE;
}

// Linear and combined mappings and their paging-structure entries.
function flush(t: Tlb, vpid: u32, pcid: u32, globals: bool): void {
  if (!mark(t, OF_LINEAR, vpid, pcid, ANY_EP4TA, globals)) return;
  dropMarked(t, t.translations | t.structures);
}

/**
 * MOV to CR3, and a task switch: `pcid` is the new one, `keep` bit 63 of the operand. Select the new
 * context yourself.
 */
export function movCr3(tlb: usize, pcid: u32, pcide: bool, keep: bool): void {
  const t = changetype<Tlb>(tlb);
  if (pcide && keep) return;
  flush(t, t.vpid, pcide ? pcid : 0, false);
}

/** MOV to CR4 that changes PGE or clears PCIDE, MOV to CR0 that clears PG: everything of this VPID. */
export function flushAll(tlb: usize): void {
  const t = changetype<Tlb>(tlb);
  flush(t, t.vpid, ANY, true);
}

/** MOV to CR4 that changes PAE or sets SMEP: the current PCID's, global ones among them. */
export function flushPcid(tlb: usize): void {
  const t = changetype<Tlb>(tlb);
  flush(t, t.vpid, t.pcid, true);
}

/** VM entry or VM exit: without "enable VPID", linear and combined mappings of VPID 0. */
export function vmTransition(tlb: usize, vpidEnabled: bool): void {
  if (!vpidEnabled) flush(changetype<Tlb>(tlb), 0, ANY, true);
}

/**
 * INVVPID of type 0 (an address of a VPID), 1 (a VPID), 2 (all but 0) or 3 (a VPID, but for global
 * ones). INVALID_OPERAND for another type, a VPID above 16 bits, VPID 0 but for type 2, and a
 * non-canonical address (type 0).
 */
export function invvpid(tlb: usize, type: i32, vpid: u32, address: u64, levels: i32): i32 {
  const t = changetype<Tlb>(tlb);
  if (type < 0 || type > 3 || vpid >= VPID_LIMIT) return INVALID_OPERAND;
  if (type != 2 && vpid == 0) return INVALID_OPERAND;
  if (type == 0) {
    if (!isCanonical(address, levels)) return INVALID_OPERAND;
    mark(t, OF_LINEAR, vpid, ANY, ANY_EP4TA, true);
    dropAddress(t, t.translations, address);
    dropStructuresOf(t, address, false);
  } else flush(t, type == 2 ? ANY_GUEST : vpid, ANY, type != 3);
  return DONE;
}

/** INVEPT of type 1 (one EP4TA: bits 51:12 in place) or 2 (all). INVALID_OPERAND for another type. */
export function invept(tlb: usize, type: i32, ep4ta: u64): i32 {
  const t = changetype<Tlb>(tlb);
  if (type != 1 && type != 2) return INVALID_OPERAND;
  if (mark(t, OF_EPT, ANY, ANY, type == 1 ? ep4ta : ANY_EP4TA, true)) {
    dropMarked(
      t,
      t.translations | t.structures | t.nestedTranslations | t.nestedStructures,
    );
  }
  return DONE;
}

/**
 * What a #PF removes by itself: the current PCID's translations for its address and the
 * paging-structure entries used for it (SDM vol. 3, 4.10.4.1). A global translation goes too: it is what
 * the access has just used.
 */
export function pageFault(tlb: usize, address: u64): void {
  const t = changetype<Tlb>(tlb);
  mark(t, OF_LINEAR, t.vpid, t.pcid, ANY_EP4TA, true);
  dropAddress(t, t.translations, address);
  dropStructuresOf(t, address, false);
}

/**
 * What an EPT violation removes by itself: the current EP4TA's guest-physical mappings for `gpa` and,
 * where a linear address led to it, the current context's combined mappings for that (SDM vol. 3,
 * 29.4.3.1).
 */
export function eptViolation(tlb: usize, gpa: u64, linear: bool, address: u64): void {
  const t = changetype<Tlb>(tlb);
  mark(t, 1 << GUEST_PHYSICAL, ANY, ANY, t.ep4ta, false);
  dropAddress(t, t.nestedTranslations, gpa);
  dropStructuresOf(t, gpa, true);
  if (!linear) return;
  mark(t, 1 << COMBINED, t.vpid, t.pcid, t.ep4ta, true);
  dropAddress(t, t.translations, address);
  dropStructuresOf(t, address, false);
}
