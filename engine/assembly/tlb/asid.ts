/**
 * AMD's flushes (AMD APM vol. 2, 15.16): an ASID stands where Intel has a VPID, 0 for the host. There is
 * no instruction for the nested tables alone: what was made from them goes with its ASID.
 */
import { ANY, ANY_EP4TA, dropAddress, dropMarked, mark } from './invalidate';
import { DONE, INVALID_OPERAND } from './operations';
import { Tlb } from './tlb';

const ALL_KINDS: u32 = 0b1111;

/**
 * TLB_CONTROL of a VMCB, as VMRUN carries it out for `asid`: 0 nothing, 1 everything of all ASIDs, 3 this
 * ASID, 7 this ASID but for global ones. INVALID_OPERAND for another value (VMRUN then fails).
 */
export function tlbControl(tlb: usize, value: i32, asid: u32): i32 {
  const t = changetype<Tlb>(tlb);
  if (value == 0) return DONE;
  if (value != 1 && value != 3 && value != 7) return INVALID_OPERAND;
  if (mark(t, ALL_KINDS, value == 1 ? ANY : asid, ANY, ANY_EP4TA, value != 7)) {
    dropMarked(
      t,
      t.translations | t.structures | t.nestedTranslations | t.nestedStructures,
    );
  }
  return DONE;
}

/** INVLPGA: the page of `address` in `asid`, whatever the PCID, and paging-structure entries of it. */
export function invlpga(tlb: usize, address: u64, asid: u32): void {
  const t = changetype<Tlb>(tlb);
  mark(t, ALL_KINDS, asid, ANY, ANY_EP4TA, true);
  dropAddress(t, t.translations, address);
  dropMarked(t, t.structures);
}
