/**
 * One array of a TLB: sets of ways, true LRU, tags compared four at a time.
 *
 * A structure of arrays: low halves of tags, high halves, payloads, and the ages of the ways, a byte
 * each, 0 for the one used last. The ages of a set are always a permutation of 0 to ways - 1, the empty
 * ways the oldest; so the victim is the way of the highest age, with or without empty ones.
 */
import { reserveBlock } from '../memory';

@unmanaged
export class TlbArray {
  /** Sets - 1; the number of sets is a power of two. */
  setMask: u32;
  ways: u32;
  /** Places of a set in the tag arrays: the ways, filled up with places never used to 4, 8 or 16n. */
  stride: u32;
  /** Bytes of a set's ages: 16n. */
  ageStride: u32;
  lows: usize;
  highs: usize;
  payloads: usize;
  ages: usize;
}

/** Ways of the widest array: ages are signed bytes. */
export const MAX_WAYS: u32 = 128;

// Filling lanes are older than every way and never a victim.
const NEVER: u8 = 0x7f;

/** Readies an array with `sets` (a power of two) times `ways` (1 to 128) empty entries. */
export function openArray(array: TlbArray, sets: u32, ways: u32): void {
  const stride = ways <= 4 ? 4 : ways <= 8 ? 8 : (ways + 15) & ~15;
  const ageStride = (ways + 15) & ~15;
  array.setMask = sets - 1;
  array.ways = ways;
  array.stride = stride;
  array.ageStride = ageStride;
  const places = <usize>(sets * stride);
  array.lows = reserveBlock((places << 4) + <usize>(sets * ageStride));
  array.highs = array.lows + (places << 2);
  array.payloads = array.highs + (places << 2);
  array.ages = array.payloads + (places << 3);
  for (let set: u32 = 0; set < sets; set++) {
    const at = array.ages + <usize>(set * ageStride);
    for (let way: u32 = 0; way < ageStride; way++) {
      store<u8>(at + way, way < ways ? <u8>way : NEVER);
    }
  }
}

/** The set of a page number: its low bits. */
// @ts-ignore: decorator
@inline
export function setOf(array: TlbArray, low: u32): u32 {
  return low & array.setMask;
}

// The way of a set whose low half matched (a bit of `mask`) and whose high half does too; -1.
// @ts-ignore: decorator
@inline
function pick(mask: i32, highs: usize, high: u32): i32 {
  while (mask != 0) {
    const way = ctz(mask);
    if (load<u32>(highs + ((<usize>way) << 2)) == high) return way;
    mask &= mask - 1;
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

/** The way of `set` that holds this tag, or -1. */
// @ts-ignore: decorator
@inline
export function find(array: TlbArray, set: u32, low: u32, high: u32): i32 {
  const first = (<usize>(set * array.stride)) << 2;
  const at = array.lows + first;
  const highs = array.highs + first;
  const wanted = i32x4.splat(<i32>low);
  if (array.stride == 4) return pick(i32x4.bitmask(equal4(at, wanted)), highs, high);
  if (array.stride == 8) {
    const both = i16x8.narrow_i32x4_s(equal4(at, wanted), equal4(at + 16, wanted));
    return pick(i16x8.bitmask(both), highs, high);
  }
  if (array.stride == 16) return pick(equal16(at, wanted), highs, high);
  return findWide(array, at, highs, wanted, high);
}

// More than sixteen ways: fully associative arrays.
function findWide(array: TlbArray, at: usize, highs: usize, wanted: v128, high: u32): i32 {
  for (let from: u32 = 0; from < array.stride; from += 16) {
    const skip = (<usize>from) << 2;
    const way = pick(equal16(at + skip, wanted), highs + skip, high);
    if (way >= 0) return <i32>from + way;
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function lanes(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** Makes a way the one used last: those younger than it grow older by one. */
// @ts-ignore: decorator
@inline
export function touch(array: TlbArray, set: u32, way: i32): void {
  const at = array.ages + <usize>(set * array.ageStride);
  const age = i8x16.splat(load<i8>(at + <usize>way));
  if (array.ageStride == 16) {
    const ages = v128.load(at);
    const older = i8x16.sub(ages, i8x16.lt_s(ages, age));
    v128.store(at, v128.andnot(older, i8x16.eq(lanes(), i8x16.splat(<i8>way))));
  } else touchWide(array, at, age, way);
}

function touchWide(array: TlbArray, at: usize, age: v128, way: i32): void {
  for (let from: u32 = 0; from < array.ageStride; from += 16) {
    const ages = v128.load(at + from);
    v128.store(at + from, i8x16.sub(ages, i8x16.lt_s(ages, age)));
  }
  store<u8>(at + <usize>way, 0);
}

/** Puts an entry in the place of the oldest of its set; returns the way. It must not be there yet. */
// @ts-ignore: decorator
@inline
export function insert(array: TlbArray, set: u32, low: u32, high: u32, payload: u64): i32 {
  const at = array.ages + <usize>(set * array.ageStride);
  const oldest = i8x16.splat(<i8>(array.ways - 1));
  let way: i32;
  if (array.ageStride == 16) {
    const ages = v128.load(at);
    const victim = i8x16.eq(ages, oldest);
    way = ctz(i8x16.bitmask(victim));
    v128.store(at, v128.andnot(i8x16.sub(ages, i8x16.lt_s(ages, oldest)), victim));
  } else way = ageWide(array, at, oldest);
  put(array, set, way, low, high, payload);
  return way;
}

function ageWide(array: TlbArray, at: usize, oldest: v128): i32 {
  let way = 0;
  for (let from: u32 = 0; from < array.ageStride; from += 16) {
    const ages = v128.load(at + from);
    const victim = i8x16.eq(ages, oldest);
    if (v128.any_true(victim)) way = <i32>from + ctz(i8x16.bitmask(victim));
    v128.store(at + from, v128.andnot(i8x16.sub(ages, i8x16.lt_s(ages, oldest)), victim));
  }
  return way;
}

// @ts-ignore: decorator
@inline
function put(array: TlbArray, set: u32, way: i32, low: u32, high: u32, payload: u64): void {
  const place = <usize>(set * array.stride + <u32>way);
  store<u32>(array.lows + (place << 2), low);
  store<u32>(array.highs + (place << 2), high);
  store<u64>(array.payloads + (place << 3), payload);
}

/** Where the payload of a way lies. */
// @ts-ignore: decorator
@inline
export function payloadAt(array: TlbArray, set: u32, way: i32): usize {
  return array.payloads + ((<usize>(set * array.stride + <u32>way)) << 3);
}

/**
 * Puts an entry in, or overwrites the one of the same tag; it is then the one used last. Returns where
 * its payload lies.
 */
export function upsert(array: TlbArray, low: u32, high: u32, payload: u64): usize {
  const set = setOf(array, low);
  let way = find(array, set, low, high);
  if (way < 0) way = insert(array, set, low, high, payload);
  else {
    touch(array, set, way);
    store<u64>(payloadAt(array, set, way), payload);
  }
  return payloadAt(array, set, way);
}

/** Empties a way, which becomes the oldest of its set. */
export function remove(array: TlbArray, set: u32, way: i32): void {
  put(array, set, way, 0, 0, 0);
  const at = array.ages + <usize>(set * array.ageStride);
  const age = load<u8>(at + <usize>way);
  for (let other: u32 = 0; other < array.ways; other++) {
    const was = load<u8>(at + other);
    if (was > age) store<u8>(at + other, was - 1);
  }
  store<u8>(at + <usize>way, <u8>(array.ways - 1));
}
