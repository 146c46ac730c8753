/** Linear and physical addresses: canonical form and slices (Intel SDM vol. 1, 3.3.7.1; vol. 3, 4.5). */

/** Bits of the page offset, and of the index into each 512-entry table. */
export const PAGE_SHIFT: i32 = 12;
export const INDEX_BITS: i32 = 9;

/** Lowest address bit that the entry at `level` translates: 12, 21, 30, 39, 48. */
// @ts-ignore: decorator
@inline
export function shiftOfLevel(level: i32): i32 {
  return PAGE_SHIFT + INDEX_BITS * (level - 1);
}

/** The index into the table of `level` that `address` selects. */
// @ts-ignore: decorator
@inline
export function slotOf(address: u64, level: i32): u64 {
  return (address >> (<u64>shiftOfLevel(level))) & 511;
}

/** All bits from the highest translated one up are equal: bits 63:47 with 4 levels, 63:56 with 5. */
export function isCanonical(address: u64, levels: i32): bool {
  const unused = <i64>(64 - shiftOfLevel(levels + 1));
  return (((<i64>address) << unused) >> unused) == <i64>address;
}

/** A mask of bits `high` to `low`, both included. */
// @ts-ignore: decorator
@inline
export function bits(high: i32, low: i32): u64 {
  return ((~(<u64>0)) >> (<u64>(63 - high))) & ((~(<u64>0)) << (<u64>low));
}
