/**
 * Paging-structure caches (Intel SDM vol. 3, 4.10.3): for the top bits of an address, the table that the
 * walk comes to next. Level 2 holds PDEs, 3 PDPTEs, 4 PML4Es, 5 PML5Es, never a leaf.
 *
 * A payload is the next table's address, bits 51:12 (with EPT its host-physical one: the entry then
 * saves the walk of that address too), and below it bits of the caller's, such as the rights so far.
 * Those of the second dimension (`nested`) go by guest-physical address and EP4TA.
 */
import { shiftOfLevel } from '../address';
import { TlbArray, blockOf, find, highAt, lowAt, payloadAt, remove, touch, upsert } from './array';
import { contextOf, highOf, lowOf, numberOf, pageOf } from './tag';
import { Tlb } from './tlb';

// @ts-ignore: decorator
@inline
function numberAt(address: u64, level: i32): u64 {
  return pageOf(address) >> <u64>(shiftOfLevel(level) - 12);
}

// @ts-ignore: decorator
@inline
function tagOf(t: Tlb, nested: bool): u32 {
  return nested ? t.guestPhysical : t.own;
}

/*
 * A hit is where the payload lies, a multiple of 8, plus the level of the entry, 2 to 5. 0 is a miss.
 */

// @ts-ignore: decorator
@inline
export function structureLevel(hit: usize): i32 {
  return <i32>(hit & 7);
}

// @ts-ignore: decorator
@inline
export function structurePayload(hit: usize): u64 {
  return load<u64>(hit & ~7);
}

/**
 * The longest match for an address in the current context: the cached entry of the lowest level. Only
 * that one is renewed.
 */
export function findStructure(tlb: usize, address: u64, nested: bool): usize {
  const t = changetype<Tlb>(tlb);
  for (let level = 2; level <= 5; level++) {
    const at = t.structure(level, nested);
    if (at == 0) continue;
    const array = changetype<TlbArray>(at);
    const number = numberAt(address, level);
    const low = lowOf(number);
    const block = blockOf(array, low);
    const way = find(array, block, low, highOf(tagOf(t, nested), number, 0));
    if (way < 0) continue;
    touch(array, block, way);
    return payloadAt(array, block, way) | <usize>level;
  }
  return 0;
}

/** Keeps the entry of `level` that a walk of `address` used; nothing where that level has no cache. */
export function fillStructure(
  tlb: usize,
  address: u64,
  level: i32,
  payload: u64,
  nested: bool,
): void {
  const t = changetype<Tlb>(tlb);
  const at = t.structure(level, nested);
  if (at == 0) return;
  const number = numberAt(address, level);
  upsert(
    changetype<TlbArray>(at),
    lowOf(number),
    highOf(tagOf(t, nested), number, 0),
    payload,
  );
}

/** Drops the entries of marked contexts that a walk of `address` would use. */
export function dropStructuresOf(t: Tlb, address: u64, nested: bool): void {
  for (let level = 2; level <= 5; level++) {
    const at = t.structure(level, nested);
    if (at == 0) continue;
    const array = changetype<TlbArray>(at);
    const number = numberAt(address, level);
    const block = blockOf(array, lowOf(number));
    for (let way: u32 = 0; way < array.ways; way++) {
      const high = highAt(array, block, way);
      if (high == 0 || load<u8>(t.marks + contextOf(high)) == 0) continue;
      if (numberOf(lowAt(array, block, way), high) == number) remove(array, block, <i32>way);
    }
  }
}
