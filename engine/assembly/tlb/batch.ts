/**
 * Many lookups in a row: the loop that a replay spends its time in. It is `lookShort` over and over, with
 * what does not change meanwhile, and the page used last, in registers; and without a call, before which
 * registers would have to be saved.
 */
import { TlbArray, blockOf, findFirst4, payloadAt4, touchNarrow } from './array';
import { PAGE_MASK, lowOf } from './tag';
import { Tlb } from './tlb';

/** An element names a page of 4 KiB by its number, bits 44:0, and the side that asks by bit 45. */
export const SIDE_SHIFT: u64 = 45;

/**
 * How many of the elements from `from` on, up to `count`, are found the short way, one after the other;
 * each counts as `lookup` would have it. The frames of their entries are added to `tlb.frames`.
 */
export function runShort(tlb: usize, elements: usize, from: u32, count: u32): u32 {
  const t = changetype<Tlb>(tlb);
  const own = t.key;
  const tag = t.shortTag;
  const shift = <u64>t.shortShift;
  const size = <usize>((tag >> 12) & 6);
  let lastKey = t.lastKey;
  let lastHit = t.lastHit;
  let frames: u32 = 0;
  let at = elements + ((<usize>from) << 3);
  const end = elements + ((<usize>count) << 3);
  while (at < end) {
    const element = load<u64>(at);
    const key = own | element;
    if (key != lastKey) {
      const place = element >> SIDE_SHIFT == 0 ? t.shortData : t.shortInstruction;
      if (place == 0) break;
      const array = changetype<TlbArray>(<usize>place);
      const number = (element & PAGE_MASK) >> shift;
      const low = lowOf(number);
      const block = blockOf(array, low);
      const way = findFirst4(block, low, tag | (<u32>(number >> 32)));
      if (way < 0) break;
      touchNarrow(block, way);
      lastHit = payloadAt4(block, way) | size;
      lastKey = key;
    }
    frames += <u32>(load<u64>(lastHit & ~7) >> 12);
    at += 8;
  }
  t.lastKey = lastKey;
  t.lastHit = lastHit;
  t.frames += frames;
  return (<u32>(at - elements) >> 3) - from;
}
