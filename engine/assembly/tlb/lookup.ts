/**
 * Looking up a translation, and filling one in after a walk.
 *
 * An access looks in L1, then in L2; a hit renews the entry in that level only, a hit in L2 fills L1; a
 * walk fills both; neither level evicts from the other. In a level sizes are looked up from 4K up, and
 * of one size the own PCID's entry before a global one: at most one matches, unless software keeps two
 * translations for one address, which the manuals leave open (Intel SDM vol. 3, 4.10.2).
 */
import {
  TlbArray,
  blockOf,
  find,
  findFirst4,
  insert,
  payloadAt,
  payloadAt4,
  touch,
  touchNarrow,
  upsert,
} from './array';
import { GLOBAL, leafOf, withLeaf } from './payload';
import { SIZE_4K, highOf, lowOf, ofSize, pageOf } from './tag';
import { DATA, HAS_FRACTURED, HAS_GLOBAL, Tlb, setPresent } from './tlb';

/*
 * A hit is where the payload lies in L1, a multiple of 8, with what else there is to say in its low
 * bits: bit 0 set when it was L2 that had it, bits 2:1 the size of the entry. 0 is a miss.
 */
const FROM_L2: usize = 1;

/** 1 or 2: the level that had it. */
// @ts-ignore: decorator
@inline
export function hitLevel(hit: usize): i32 {
  return 1 + <i32>(hit & FROM_L2);
}

/** The page size of the entry: 0 = 4K, 1 = 2M, 2 = 1G. */
// @ts-ignore: decorator
@inline
export function hitSize(hit: usize): i32 {
  return <i32>((hit >> 1) & 3);
}

/** The entry's payload (payload.ts). */
// @ts-ignore: decorator
@inline
export function hitPayload(hit: usize): u64 {
  return load<u64>(hit & ~7);
}

// Looks for one tag in one array; 0 or where the payload lies. A hit is renewed.
// @ts-ignore: decorator
@inline
function seek(array: TlbArray, low: u32, high: u32): usize {
  const block = blockOf(array, low);
  const way = find(array, block, low, high);
  if (way < 0) return 0;
  touch(array, block, way);
  return payloadAt(array, block, way);
}

// One page size in one level; 0 or the hit.
// @ts-ignore: decorator
@inline
function seekSize(t: Tlb, page: u64, side: i32, level: i32, size: i32): usize {
  const at = t.route(level, side, size);
  if (at == 0) return 0;
  const array = changetype<TlbArray>(at);
  const number = ofSize(page, size);
  const low = lowOf(number);
  let high = highOf(t.own, number, size);
  let found = seek(array, low, high);
  if (found == 0) {
    if ((t.present & HAS_GLOBAL) == 0) return 0;
    high = highOf(t.shared, number, size);
    found = seek(array, low, high);
    if (found == 0) return 0;
  }
  if (level == 0) return found | (<usize>size << 1);
  return fillL1(t, side, size, low, high, load<u64>(found)) | (<usize>size << 1) | FROM_L2;
}

// What L2 had goes into L1, where it is not. There is an L1 array for every size that was filled.
// @ts-ignore: decorator
@inline
function fillL1(t: Tlb, side: i32, size: i32, low: u32, high: u32, payload: u64): usize {
  const array = changetype<TlbArray>(t.route(0, side, size));
  const block = blockOf(array, low);
  return payloadAt(array, block, insert(array, block, low, high, payload));
}

function seekLevel(t: Tlb, page: u64, side: i32, level: i32): usize {
  let hit: usize = 0;
  if ((t.present & 1) != 0) hit = seekSize(t, page, side, level, SIZE_4K);
  if (hit == 0 && (t.present & 6) != 0) hit = seekLarge(t, page, side, level);
  return hit;
}

function seekLarge(t: Tlb, page: u64, side: i32, level: i32): usize {
  let hit: usize = 0;
  if ((t.present & 2) != 0) hit = seekSize(t, page, side, level, 1);
  if (hit == 0 && (t.present & 4) != 0) hit = seekSize(t, page, side, level, 2);
  return hit;
}

// @ts-ignore: decorator
@inline
function keyOf(t: Tlb, page: u64, side: i32): u64 {
  return t.key | ((<u64>side) << 45) | page;
}

/**
 * What most accesses need and no more, without a call, for loops over many: the page used last, or a hit
 * in L1 while the short way can be taken. Returns the hit, or 0 with nothing changed: then ask `look`.
 */
// @ts-ignore: decorator
@inline
export function lookShort(t: Tlb, page: u64, side: i32): usize {
  const key = keyOf(t, page, side);
  // The page used last is the youngest of its set in L1: finding it once more would change nothing.
  if (key == t.lastKey) return t.lastHit;
  const at = side == DATA ? t.shortData : t.shortInstruction;
  if (at == 0) return 0;
  const array = changetype<TlbArray>(<usize>at);
  const number = page >> (<u64>t.shortShift);
  const low = lowOf(number);
  const block = blockOf(array, low);
  const way = findFirst4(block, low, t.shortTag | (<u32>(number >> 32)));
  if (way < 0) return 0;
  touchNarrow(block, way);
  const hit = payloadAt4(block, way) | (<usize>((t.shortTag >> 12) & 6));
  t.lastKey = key;
  t.lastHit = hit;
  return hit;
}

/**
 * Looks up the page of an address in the current context, for a data access or a fetch. Returns the
 * hit, see above, or 0. What the payload allows is the caller's to judge.
 */
export function look(t: Tlb, page: u64, side: i32): usize {
  const key = keyOf(t, page, side);
  if (key == t.lastKey) return t.lastHit;
  let hit = seekLevel(t, page, side, 0);
  if (hit == 0) {
    hit = seekLevel(t, page, side, 1);
    if (hit == 0) return 0;
  }
  t.lastKey = key;
  t.lastHit = hit & ~FROM_L2;
  return hit;
}

/** `look`, by handle and address. */
export function lookup(tlb: usize, address: u64, side: i32): usize {
  const t = changetype<Tlb>(tlb);
  const page = pageOf(address);
  const hit = lookShort(t, page, side);
  return hit != 0 ? hit : look(t, page, side);
}

/** Notes that the page of `address` is the one used last, and where its entry lies in L1. */
// @ts-ignore: decorator
@inline
function remember(t: Tlb, page: u64, side: i32, hit: usize): void {
  t.lastKey = keyOf(t, page, side);
  t.lastHit = hit;
}

/**
 * Fills in what a walk found for `address`: an entry of `size` in both levels, in place of one with
 * the same tag. The payload's frame is that of the whole entry; G makes the entry global. A size for
 * which there is no array in L1 is kept as the piece of the next smaller one that holds the address
 * (AMD's for 1G in several cores). Returns the hit, in L1.
 */
export function fill(tlb: usize, address: u64, size: i32, payload: u64, side: i32): usize {
  const t = changetype<Tlb>(tlb);
  if (leafOf(payload) < size) payload = withLeaf(payload, size);
  while (size > 0 && t.route(0, side, size) == 0) {
    size--;
    const pieces = ((<u64>511) << (<u64>(12 + 9 * size))) & address;
    payload = (payload & ~((<u64>511) << (<u64>(12 + 9 * size)))) | pieces;
  }
  const page = pageOf(address);
  const number = ofSize(page, size);
  const low = lowOf(number);
  const isGlobal = (payload & GLOBAL) != 0;
  const high = highOf(isGlobal ? t.shared : t.own, number, size);
  setPresent(
    t,
    t.present |
      ((<u32>1) << size) |
      (isGlobal ? HAS_GLOBAL : 0) |
      (leafOf(payload) > size ? HAS_FRACTURED : 0),
  );

  const second = t.route(1, side, size);
  if (second != 0) upsert(changetype<TlbArray>(second), low, high, payload);
  const hit =
    upsert(changetype<TlbArray>(t.route(0, side, size)), low, high, payload) | (<usize>size << 1);
  // An entry of a smaller size, or the PCID's own, would be found before this one.
  if (isGlobal || (t.present & (((<u32>1) << size) - 1)) != 0) t.lastKey = 0;
  else remember(t, page, side, hit);
  return hit;
}

/** `fill` right after a lookup of the same address that missed, with an L1 array for that size. */
// @ts-ignore: decorator
@inline
export function fillMissed(t: Tlb, address: u64, size: i32, payload: u64, side: i32): void {
  const page = pageOf(address);
  const number = ofSize(page, size);
  const low = lowOf(number);
  const high = highOf(t.own, number, size);
  const present = t.present | ((<u32>1) << size);
  if (present != t.present) setPresent(t, present);
  const second = t.route(1, side, size);
  if (second != 0) {
    const array = changetype<TlbArray>(second);
    insert(array, blockOf(array, low), low, high, payload);
  }
  remember(t, page, side, fillL1(t, side, size, low, high, payload) | (<usize>size << 1));
}
