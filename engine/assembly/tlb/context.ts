/**
 * Contexts: whose an entry is. Kind, VPID, PCID and EP4TA together have 70 bits; a table gives each
 * combination in use a number of 16 bits, which the tags carry.
 *
 * The table is twice as large as the TLB, so that a number is always to be had: when none is left,
 * those that no entry carries are taken back.
 */
import { contextOf } from './tag';
import { TlbArray, blockOf, highAt } from './array';
import { MAX_ARRAYS, Tlb } from './tlb';

/** Kinds of mappings (Intel SDM vol. 3, 29.4.1). */
export const LINEAR: u32 = 0;
export const GUEST_PHYSICAL: u32 = 1;
export const COMBINED: u32 = 2;
/** AMD's under nested paging: tagged by ASID (as VPID) and PCID; the nested root is no tag. */
export const BY_ASID: u32 = 3;

/** In the place of a PCID: usable under any (entries from leaves with G = 1). */
export const ANY_PCID: u32 = 0x1000;

@unmanaged
export class Context {
  /** Kind, VPID and PCID, plus 1 above them: 0 is a free number. */
  who: u64;
  /** Bits 51:12 of the EPT pointer, in place; 0 for linear mappings. */
  ep4ta: u64;
}

const IN_USE: u64 = (<u64>1) << 63;

// @ts-ignore: decorator
@inline
export function contextAt(tlb: Tlb, number: u32): Context {
  return changetype<Context>(tlb.contexts + (<usize>number) * offsetof<Context>());
}

// @ts-ignore: decorator
@inline
export function isUsed(context: Context): bool {
  return context.who != 0;
}

// @ts-ignore: decorator
@inline
export function kindOf(context: Context): u32 {
  return <u32>(context.who >> 32) & 3;
}

// @ts-ignore: decorator
@inline
export function vpidOf(context: Context): u32 {
  return <u32>(context.who >> 16) & 0xffff;
}

// @ts-ignore: decorator
@inline
export function pcidOf(context: Context): u32 {
  return <u32>context.who & 0xffff;
}

// @ts-ignore: decorator
@inline
function homeOf(tlb: Tlb, who: u64, ep4ta: u64): u32 {
  const mixed = (who ^ (ep4ta << 7)) * 0x9e3779b97f4a7c15;
  return <u32>(mixed >> 40) & (tlb.contextSlots - 1);
}

// The index into numbers: a slot holds number + 1, 0 is empty.
// @ts-ignore: decorator
@inline
function slotAt(tlb: Tlb, slot: u32): usize {
  return tlb.contextIndex + ((<usize>slot) << 2);
}

function place(tlb: Tlb, number: u32): void {
  const context = contextAt(tlb, number);
  let slot = homeOf(tlb, context.who, context.ep4ta);
  while (load<u32>(slotAt(tlb, slot)) != 0) slot = (slot + 1) & (tlb.contextSlots - 1);
  store<u32>(slotAt(tlb, slot), number + 1);
}

// Takes back the numbers that neither an entry nor the current selection carries.
function collect(tlb: Tlb): void {
  const marks = tlb.marks;
  memory.fill(marks, 0, tlb.contextCount);
  store<u8>(marks + contextOf(tlb.own), 1);
  store<u8>(marks + contextOf(tlb.shared), 1);
  store<u8>(marks + contextOf(tlb.guestPhysical), 1);
  for (let index: u32 = 0; index < tlb.arrayCount && index < MAX_ARRAYS; index++) {
    const array = changetype<TlbArray>(tlb.array(index));
    for (let set: u32 = 0; set <= array.setMask; set++) {
      const block = blockOf(array, set);
      for (let way: u32 = 0; way < array.ways; way++) {
        const high = highAt(array, block, way);
        if (high != 0) store<u8>(marks + contextOf(high), 1);
      }
    }
  }
  memory.fill(tlb.contextIndex, 0, (<usize>tlb.contextSlots) << 2);
  for (let number: u32 = 0; number < tlb.contextCount; number++) {
    const context = contextAt(tlb, number);
    if (load<u8>(marks + number) == 0) context.who = 0;
    else if (isUsed(context)) place(tlb, number);
  }
  tlb.contextsUsed = 0;
  // It names a context that may have just gone.
  tlb.lastKey = 0;
}

// Numbers below contextsUsed were passed since the last collection and are in use.
function takeNumber(tlb: Tlb): u32 {
  for (let round = 0; round < 2; round++) {
    while (tlb.contextsUsed < tlb.contextCount) {
      const number = tlb.contextsUsed++;
      if (!isUsed(contextAt(tlb, number))) return number;
    }
    collect(tlb);
  }
  return unreachable();
}

/** The number of a context, the same as long as an entry carries it. */
export function intern(tlb: Tlb, kind: u32, vpid: u32, pcid: u32, ep4ta: u64): u32 {
  const who = IN_USE | ((<u64>kind) << 32) | ((<u64>vpid) << 16) | <u64>pcid;
  let slot = homeOf(tlb, who, ep4ta);
  while (true) {
    const there = load<u32>(slotAt(tlb, slot));
    if (there == 0) break;
    const context = contextAt(tlb, there - 1);
    if (context.who == who && context.ep4ta == ep4ta) return there - 1;
    slot = (slot + 1) & (tlb.contextSlots - 1);
  }
  const number = takeNumber(tlb);
  const context = contextAt(tlb, number);
  context.who = who;
  context.ep4ta = ep4ta;
  place(tlb, number);
  return number;
}
