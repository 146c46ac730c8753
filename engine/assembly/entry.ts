/** Entries of IA-32e paging, which NPT uses too (Intel SDM vol. 3, 4.5; AMD APM vol. 2, 5.3 and 15.25). */
import { bits } from './address';
import { reservedAddress } from './registers';

export const P: u64 = 1;
export const RW: u64 = 1 << 1;
export const US: u64 = 1 << 2;
export const A: u64 = 1 << 5;
export const D: u64 = 1 << 6;
export const PS: u64 = 1 << 7;
/** Global: a TLB entry made from it is good under any PCID. */
export const G: u64 = 1 << 8;
export const XD: u64 = (<u64>1) << 63;

/** Low address bits of a large leaf that must be 0; bit 12 of it is PAT. */
const RESERVED_1G: u64 = bits(29, 13);
const RESERVED_2M: u64 = bits(20, 13);

/** Whether a present entry at `level` maps a page. */
// @ts-ignore: decorator
@inline
export function isLeaf(entry: u64, level: i32): bool {
  return level == 1 || ((level == 2 || level == 3) && (entry & PS) != 0);
}

/** The bits of a present entry that are reserved where it stands. */
// @ts-ignore: decorator
@inline
export function reservedBits(entry: u64, level: i32, nxe: bool, page1g: bool): u64 {
  let mask = reservedAddress;
  if (!nxe) mask |= XD;
  if (level >= 4) mask |= PS;
  else if (level == 3) {
    if (!page1g) mask |= PS;
    else if ((entry & PS) != 0) mask |= RESERVED_1G;
  } else if (level == 2 && (entry & PS) != 0) mask |= RESERVED_2M;
  return mask;
}
