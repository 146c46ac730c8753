/**
 * The nested TLB: guest-physical translations, made from EPT or NPT alone (Intel SDM vol. 3, 29.4.1).
 * One level; hits and payloads are as in `lookup.ts`, the address is guest-physical.
 */
import { TlbArray, blockOf, find, payloadAt, touch, upsert } from './array';
import { highOf, lowOf, ofSize, pageOf } from './tag';
import { Tlb } from './tlb';

/** Looks up a guest-physical address under the current EP4TA (or ASID), sizes from 4K up. */
export function lookupNested(tlb: usize, gpa: u64): usize {
  const t = changetype<Tlb>(tlb);
  if (t.nested == 0) return 0;
  const array = changetype<TlbArray>(t.nested);
  const page = pageOf(gpa);
  for (let size = 0; size < 3; size++) {
    const number = ofSize(page, size);
    const low = lowOf(number);
    const block = blockOf(array, low);
    const way = find(array, block, low, highOf(t.guestPhysical, number, size));
    if (way < 0) continue;
    touch(array, block, way);
    return payloadAt(array, block, way) | ((<usize>size) << 1);
  }
  return 0;
}

/** Keeps the translation of a guest-physical page of `size`; nothing where there is no nested TLB. */
export function fillNested(tlb: usize, gpa: u64, size: i32, payload: u64): void {
  const t = changetype<Tlb>(tlb);
  if (t.nested == 0) return;
  const number = ofSize(pageOf(gpa), size);
  upsert(
    changetype<TlbArray>(t.nested),
    lowOf(number),
    highOf(t.guestPhysical, number, size),
    payload,
  );
}
