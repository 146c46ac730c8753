/**
 * What an entry of a TLB gives: one u64.
 *
 *     51:12  the page's frame (an address; for a piece of a larger leaf, the piece's)
 *     0 R, 1 W, 2 X, 3 U: what may be done; 4 D: dirty is set in memory; 5 G: global
 *     7:6    size of the leaf that it was made from: 0 = 4K, 1 = 2M, 2 = 1G (that of the guest's leaf
 *            in combined entries); larger than the entry where the page is fractured
 *     11:8 and 63:52  the caller's own
 *
 * Only G and the leaf's size mean anything to the TLB. `structures.ts` and its payloads differ.
 */

export const R: u64 = 1;
export const W: u64 = 1 << 1;
export const X: u64 = 1 << 2;
export const U: u64 = 1 << 3;
export const DIRTY: u64 = 1 << 4;
export const GLOBAL: u64 = 1 << 5;
export const LEAF_SHIFT: u64 = 6;

/** The size of the leaf that the entry was made from. */
// @ts-ignore: decorator
@inline
export function leafOf(payload: u64): i32 {
  return <i32>((payload >> LEAF_SHIFT) & 3);
}

/** The same, made from a leaf of this size. */
export function withLeaf(payload: u64, size: i32): u64 {
  return (payload & ~((<u64>3) << LEAF_SHIFT)) | ((<u64>size) << LEAF_SHIFT);
}
