/** Shadow page-table entries (Linux arch/x86/kvm/mmu/spte.h): hardware entries with KVM's own bits. */

export const P: u64 = 1;
export const W: u64 = 1 << 1;
export const U: u64 = 1 << 2;
export const A: u64 = 1 << 5;
export const D: u64 = 1 << 6;
export const PS: u64 = 1 << 7;
/** The host lets this frame be written (DEFAULT_SPTE_HOST_WRITABLE). */
export const HOST_WRITABLE: u64 = 1 << 9;
/** KVM itself does not withhold write access (DEFAULT_SPTE_MMU_WRITABLE). */
export const MMU_WRITABLE: u64 = 1 << 10;
export const NX: u64 = (<u64>1) << 63;
export const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/** Rights, as KVM keeps them for shadow pages and leaves (ACC_*). */
export const ACC_EXEC: u32 = 1;
export const ACC_WRITE: u32 = 2;
export const ACC_USER: u32 = 4;
export const ACC_ALL: u32 = 7;

// @ts-ignore: decorator
@inline
export function isPresent(spte: u64): bool {
  return (spte & P) != 0;
}

// @ts-ignore: decorator
@inline
export function isLarge(spte: u64): bool {
  return (spte & PS) != 0;
}

/** Whether an entry at this level maps a page rather than a table; at level 1 even when empty. */
// @ts-ignore: decorator
@inline
export function isLast(spte: u64, level: i32): bool {
  return level == 1 || isLarge(spte);
}

/** An entry that points to a shadow page (make_nonleaf_spte()). */
// @ts-ignore: decorator
@inline
export function nonLeaf(table: u64): u64 {
  return table | P | W | U | A;
}
