/**
 * The tag of an entry: 64 bits, kept as two halves so that four entries are compared at once by their
 * low halves and only a match by the high one.
 *
 *     low  31:0   page number, bits 31:0
 *     high 12:0   page number, bits 44:32 (57-bit addresses have 45)
 *     high 14:13  size: 0 = 4K, 1 = 2M, 2 = 1G
 *     high 30:15  context: VPID, PCID, EP4TA and kind, interned (context.ts)
 *     high 31     the entry is there; a high half of 0 is an empty way
 */

export const SIZE_4K: i32 = 0;
export const SIZE_2M: i32 = 1;
export const SIZE_1G: i32 = 2;

export const PRESENT: u32 = (<u32>1) << 31;
const CONTEXT_SHIFT: u32 = 15;
const SIZE_SHIFT: u32 = 13;

/** Page numbers have 45 bits: bits 56:12 of an address. */
export const PAGE_MASK: u64 = ((<u64>1) << 45) - 1;

/** The number of the 4 KiB page of an address. */
// @ts-ignore: decorator
@inline
export function pageOf(address: u64): u64 {
  return (address >> 12) & PAGE_MASK;
}

/** The number of the page of `size` that holds the 4 KiB page `page`. */
// @ts-ignore: decorator
@inline
export function ofSize(page: u64, size: i32): u64 {
  return page >> (<u64>(size * 9));
}

/** What entries of a context have in the high halves of their tags. */
// @ts-ignore: decorator
@inline
export function contextTag(context: u32): u32 {
  return PRESENT | (context << CONTEXT_SHIFT);
}

// @ts-ignore: decorator
@inline
export function lowOf(page: u64): u32 {
  return <u32>page;
}

// @ts-ignore: decorator
@inline
export function highOf(tag: u32, page: u64, size: i32): u32 {
  return tag | (<u32>(page >> 32)) | ((<u32>size) << SIZE_SHIFT);
}

// @ts-ignore: decorator
@inline
export function contextOf(high: u32): u32 {
  return (high & ~PRESENT) >> CONTEXT_SHIFT;
}

// @ts-ignore: decorator
@inline
export function sizeOf(high: u32): i32 {
  return <i32>((high >> SIZE_SHIFT) & 3);
}

/** The page number, in pages of the entry's size. */
// @ts-ignore: decorator
@inline
export function numberOf(low: u32, high: u32): u64 {
  return (<u64>low) | ((<u64>(high & 0x1fff)) << 32);
}
