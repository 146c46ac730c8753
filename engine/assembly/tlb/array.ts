/**
 * One array of a TLB: sets of ways, true LRU, tags compared four at a time.
 *
 * Each set is a block of its own: the ages of its ways, a byte each, 0 for the one used last; the low
 * halves of their tags; the high halves; the payloads. The ages are always a permutation of 0 to
 * ways - 1, the empty ways the oldest; so the victim is the way of the highest age, with or without
 * empty ones.
 */
import { reserveBlock } from '../memory';

@unmanaged
export class TlbArray {
  /** The first block. */
  base: usize;
  /** Sets - 1; the number of sets is a power of two. */
  setMask: u32;
  /** Bytes of a block. */
  blockBytes: u32;
  ways: u32;
  /** Places for tags in a block: the ways, filled up with places never used to 4, 8 or 16n. */
  stride: u32;
  /** Bytes of the ages: 16n. */
  ageBytes: u32;
  /** Where the payloads are in a block. */
  payloads: u32;
}

/** Ways of the widest array: ages are signed bytes. */
export const MAX_WAYS: u32 = 128;

// Ages of arrays of up to 16 ways, all but fully associative ones.
const NARROW: u32 = 16;
// Filling places are older than every way and never a victim.
const NEVER: u8 = 0x7f;

/** Readies an array with `sets` (a power of two) times `ways` (1 to 128) empty entries. */
export function openArray(array: TlbArray, sets: u32, ways: u32): void {
  const stride = ways <= 4 ? 4 : ways <= 8 ? 8 : (ways + 15) & ~15;
  array.ways = ways;
  array.stride = stride;
  array.ageBytes = (ways + 15) & ~15;
  array.setMask = sets - 1;
  array.payloads = array.ageBytes + stride * 8;
  array.blockBytes = array.payloads + stride * 8;
  array.base = reserveBlock(<usize>(sets * array.blockBytes));
  for (let set: u32 = 0; set < sets; set++) {
    const ages = blockOf(array, set);
    for (let way: u32 = 0; way < array.ageBytes; way++) {
      store<u8>(ages + way, way < ways ? <u8>way : NEVER);
    }
  }
}

/** The block of the set to which a page number belongs: the set is its low bits. */
// @ts-ignore: decorator
@inline
export function blockOf(array: TlbArray, low: u32): usize {
  return array.base + <usize>((low & array.setMask) * array.blockBytes);
}

// @ts-ignore: decorator
@inline
function lowsOf(array: TlbArray, block: usize): usize {
  return block + array.ageBytes;
}

// @ts-ignore: decorator
@inline
function highsOf(array: TlbArray, block: usize): usize {
  return block + (array.ageBytes + array.stride * 4);
}

/** The halves of the tag of a way. */
// @ts-ignore: decorator
@inline
export function lowAt(array: TlbArray, block: usize, way: u32): u32 {
  return load<u32>(lowsOf(array, block) + ((<usize>way) << 2));
}

// @ts-ignore: decorator
@inline
export function highAt(array: TlbArray, block: usize, way: u32): u32 {
  return load<u32>(highsOf(array, block) + ((<usize>way) << 2));
}

/** Where the payload of a way lies. */
// @ts-ignore: decorator
@inline
export function payloadAt(array: TlbArray, block: usize, way: i32): usize {
  return block + (array.payloads + ((<u32>way) << 3));
}

// The way whose low half matched (a bit of `mask`) and whose high half does too; -1. The first that
// matched is it, unless another context or size has the same number.
// @ts-ignore: decorator
@inline
function pick(mask: i32, highs: usize, high: u32): i32 {
  if (mask == 0) return -1;
  const way = ctz(mask);
  if (load<u32>(highs + ((<usize>way) << 2)) == high) return way;
  return pickOther(mask, highs, high);
}

function pickOther(mask: i32, highs: usize, high: u32): i32 {
  while ((mask &= mask - 1) != 0) {
    const way = ctz(mask);
    if (load<u32>(highs + ((<usize>way) << 2)) == high) return way;
  }
  return -1;
}

// Which of four places hold the low half.
// @ts-ignore: decorator
@inline
function equal4(at: usize, wanted: v128): v128 {
  return i32x4.eq(v128.load(at), wanted);
}

// Which of sixteen, a bit each.
// @ts-ignore: decorator
@inline
function equal16(at: usize, wanted: v128): i32 {
  return i8x16.bitmask(
    i8x16.narrow_i16x8_s(
      i16x8.narrow_i32x4_s(equal4(at, wanted), equal4(at + 16, wanted)),
      i16x8.narrow_i32x4_s(equal4(at + 32, wanted), equal4(at + 48, wanted)),
    ),
  );
}

/** The way of a set that holds this tag, or -1. */
// @ts-ignore: decorator
@inline
export function find(array: TlbArray, block: usize, low: u32, high: u32): i32 {
  const stride = array.stride;
  const at = block + <usize>NARROW;
  const wanted = i32x4.splat(<i32>low);
  if (stride == 4) return pick(i32x4.bitmask(equal4(at, wanted)), at + 16, high);
  if (stride == 16) {
    if (array.ageBytes == NARROW) return pick(equal16(at, wanted), at + 64, high);
  } else if (stride == 8) {
    const both = i16x8.narrow_i32x4_s(equal4(at, wanted), equal4(at + 16, wanted));
    return pick(i16x8.bitmask(both), at + 32, high);
  }
  return findWide(array, block, wanted, high);
}

// More than sixteen ways: fully associative arrays.
function findWide(array: TlbArray, block: usize, wanted: v128, high: u32): i32 {
  const lows = lowsOf(array, block);
  const highs = highsOf(array, block);
  for (let from: u32 = 0; from < array.stride; from += 16) {
    const skip = (<usize>from) << 2;
    const way = pick(equal16(lows + skip, wanted), highs + skip, high);
    if (way >= 0) return <i32>from + way;
  }
  return -1;
}

// Row n of sixteen: all bits of lane n. A load is cheaper than a constant vector is to engines.
const LANES: usize = memory.data<u8>([
  255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255,
], 16);

/**
 * Of an array of up to four ways: the first way with this low half, if its high half is right too; else
 * -1, and another may be the one. For `isShort` arrays, as all that end in 4.
 */
// @ts-ignore: decorator
@inline
export function findFirst4(block: usize, low: u32, high: u32): i32 {
  const mask = i32x4.bitmask(equal4(block + <usize>NARROW, i32x4.splat(<i32>low)));
  if (mask == 0) return -1;
  const way = ctz(mask);
  return load<u32>(block + ((<usize>way) << 2), 32) == high ? way : -1;
}

// @ts-ignore: decorator
@inline
export function payloadAt4(block: usize, way: i32): usize {
  return block + 48 + ((<usize>way) << 3);
}

/** Whether the array has up to four ways, with which the functions above deal. */
export function isShort(array: TlbArray): bool {
  return array.stride == 4;
}

/** Makes a way the one used last: those younger than it grow older by one. */
// @ts-ignore: decorator
@inline
export function touch(array: TlbArray, block: usize, way: i32): void {
  if (array.ageBytes == NARROW) touchNarrow(block, way);
  else touchWide(array, block, way);
}

/** The same, of an array of up to sixteen ways. */
// @ts-ignore: decorator
@inline
export function touchNarrow(block: usize, way: i32): void {
  const ages = v128.load(block);
  const older = i8x16.sub(ages, i8x16.lt_s(ages, v128.load8_splat(block + <usize>way)));
  v128.store(block, v128.andnot(older, v128.load(LANES + ((<usize>way) << 4))));
}

function touchWide(array: TlbArray, block: usize, way: i32): void {
  const age = v128.load8_splat(block + <usize>way);
  for (let from: u32 = 0; from < array.ageBytes; from += 16) {
    const ages = v128.load(block + from);
    v128.store(block + from, i8x16.sub(ages, i8x16.lt_s(ages, age)));
  }
  store<u8>(block + <usize>way, 0);
}

/** Puts an entry in the place of the oldest of its set; returns the way. It must not be there yet. */
// @ts-ignore: decorator
@inline
export function insert(array: TlbArray, block: usize, low: u32, high: u32, payload: u64): i32 {
  let way: i32;
  if (array.ageBytes == NARROW) {
    const oldest = i8x16.splat(<i8>(array.ways - 1));
    const ages = v128.load(block);
    const victim = i8x16.eq(ages, oldest);
    way = ctz(i8x16.bitmask(victim));
    v128.store(block, v128.andnot(i8x16.sub(ages, i8x16.lt_s(ages, oldest)), victim));
  } else way = ageWide(array, block);
  put(array, block, way, low, high, payload);
  return way;
}

function ageWide(array: TlbArray, block: usize): i32 {
  const oldest = i8x16.splat(<i8>(array.ways - 1));
  let way = 0;
  for (let from: u32 = 0; from < array.ageBytes; from += 16) {
    const ages = v128.load(block + from);
    const victim = i8x16.eq(ages, oldest);
    if (v128.any_true(victim)) way = <i32>from + ctz(i8x16.bitmask(victim));
    v128.store(block + from, v128.andnot(i8x16.sub(ages, i8x16.lt_s(ages, oldest)), victim));
  }
  return way;
}

// @ts-ignore: decorator
@inline
function put(array: TlbArray, block: usize, way: i32, low: u32, high: u32, payload: u64): void {
  const at = lowsOf(array, block) + ((<usize>way) << 2);
  store<u32>(at, low);
  store<u32>(at + array.stride * 4, high);
  store<u64>(payloadAt(array, block, way), payload);
}

/**
 * Puts an entry in, or overwrites the one of the same tag; it is then the one used last. Returns where
 * its payload lies.
 */
export function upsert(array: TlbArray, low: u32, high: u32, payload: u64): usize {
  const block = blockOf(array, low);
  let way = find(array, block, low, high);
  if (way < 0) way = insert(array, block, low, high, payload);
  else {
    touch(array, block, way);
    store<u64>(payloadAt(array, block, way), payload);
  }
  return payloadAt(array, block, way);
}

/** Empties a way, which becomes the oldest of its set. */
export function remove(array: TlbArray, block: usize, way: i32): void {
  put(array, block, way, 0, 0, 0);
  const age = load<u8>(block + <usize>way);
  for (let other: u32 = 0; other < array.ways; other++) {
    const was = load<u8>(block + other);
    if (was > age) store<u8>(block + other, was - 1);
  }
  store<u8>(block + <usize>way, <u8>(array.ways - 1));
}
