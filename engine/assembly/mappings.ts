/** Reading a guest's tables as software does: every page that they map, in order of address. */
import { bits, shiftOfLevel, slotOf } from './address';
import { P, RW, US, XD, isLeaf, reservedBits } from './entry';
import { readGuest64 } from './host';
import { addressMask, cr3, levels, nxe, page1g } from './registers';

@unmanaged
export class Mapping {
  gva: u64;
  gpa: u64;
  /** The leaf entry. */
  entry: u64;
  /** P, R/W, U/S and XD as all entries on the way leave them. */
  rights: u64;
  level: u64;
}

export const mapping: Mapping = changetype<Mapping>(memory.data(offsetof<Mapping>(), 8));

export function mappingAt(): usize {
  return changetype<usize>(mapping);
}

function search(table: u64, level: i32, base: u64, from: u64, all: u64, any: u64): bool {
  const shift = <u64>shiftOfLevel(level);
  let slot: u64 = from > base ? slotOf(from, level) : 0;
  for (; slot < 512; slot++) {
    const entry = readGuest64(table | (slot << 3));
    if ((entry & P) == 0 || (entry & reservedBits(entry, level, nxe, page1g)) != 0) continue;
    let gva = base + (slot << shift);
    // Sign-extend the upper half of the address space.
    if (level == levels) gva = canonical(gva);
    if (isLeaf(entry, level)) {
      if (gva < from) continue;
      mapping.gva = gva;
      mapping.gpa = entry & addressMask & ~bits(<i32>shift - 1, 0);
      mapping.entry = entry;
      mapping.rights = P | (all & entry & (RW | US)) | ((any | entry) & XD);
      mapping.level = level;
      return true;
    }
    if (search(entry & addressMask, level - 1, gva, from, all & entry, any | entry)) return true;
  }
  return false;
}

function canonical(address: u64): u64 {
  const unused = <i64>(64 - shiftOfLevel(levels + 1));
  return <u64>(((<i64>address) << unused) >> unused);
}

/** Finds the first page mapped at or above `from` (a canonical address); false when there is none. */
export function findMapping(from: u64): bool {
  return search(cr3, levels, 0, from, RW | US, 0);
}
