/** Reading a TLB without touching it: what each way of each set holds, for views and tests. */
import { TlbArray, blockOf, highAt, lowAt, payloadAt } from './array';
import { contextAt, kindOf, pcidOf, vpidOf } from './context';
import { contextOf, numberOf, sizeOf } from './tag';
import { Tlb } from './tlb';

/** One way. `there` is 0 where it is empty. */
@unmanaged
export class TlbEntry {
  /** The page number, in pages of the entry's size. */
  number: u64;
  /** As payload.ts has it. */
  payload: u64;
  ep4ta: u64;
  vpid: u32;
  /** 0x1000: any (a global entry). */
  pcid: u32;
  there: u8;
  size: u8;
  /** LINEAR, GUEST_PHYSICAL, COMBINED or BY_ASID. */
  kind: u8;
  /** 0 was used last; the oldest is the next victim. */
  age: u8;
}

const entry: TlbEntry = changetype<TlbEntry>(memory.data(offsetof<TlbEntry>(), 8));

export function tlbEntryAt(): usize {
  return changetype<usize>(entry);
}
export const TLB_ENTRY_NUMBER: u32 = <u32>offsetof<TlbEntry>('number');
export const TLB_ENTRY_PAYLOAD: u32 = <u32>offsetof<TlbEntry>('payload');
export const TLB_ENTRY_EP4TA: u32 = <u32>offsetof<TlbEntry>('ep4ta');
export const TLB_ENTRY_VPID: u32 = <u32>offsetof<TlbEntry>('vpid');
export const TLB_ENTRY_PCID: u32 = <u32>offsetof<TlbEntry>('pcid');
export const TLB_ENTRY_THERE: u32 = <u32>offsetof<TlbEntry>('there');
export const TLB_ENTRY_SIZE: u32 = <u32>offsetof<TlbEntry>('size');
export const TLB_ENTRY_KIND: u32 = <u32>offsetof<TlbEntry>('kind');
export const TLB_ENTRY_AGE: u32 = <u32>offsetof<TlbEntry>('age');

/** Reads a way of a set of the array with this index, in the order in which arrays were added. */
export function tlbReadEntry(tlb: usize, index: u32, set: u32, way: u32): void {
  const t = changetype<Tlb>(tlb);
  const array = changetype<TlbArray>(t.array(index));
  const block = blockOf(array, set);
  const high = highAt(array, block, way);
  memory.fill(changetype<usize>(entry), 0, offsetof<TlbEntry>());
  entry.age = load<u8>(block + <usize>way);
  if (high == 0) return;
  const context = contextAt(t, contextOf(high));
  entry.there = 1;
  entry.size = <u8>sizeOf(high);
  entry.number = numberOf(lowAt(array, block, way), high);
  entry.payload = load<u64>(payloadAt(array, block, way));
  entry.kind = <u8>kindOf(context);
  entry.vpid = vpidOf(context);
  entry.pcid = pcidOf(context);
  entry.ep4ta = context.ep4ta;
}
