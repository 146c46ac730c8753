/** Frames of host memory for guests and for KVM's own tables, handed out and taken back. */
import { reserveBlock, zeroFrame } from '../memory';

/** The frame that the kernel shows, read-only, where nothing was written yet (ZERO_PAGE). */
export const ZERO_PAGE: u64 = 0x0ff_f000;
const TABLES_AT: u64 = 0x1000_0000;
const SMALL_AT: u64 = 0x4000_0000;
const LARGE_AT: u64 = 0x20_0000_0000;

const LARGE: u64 = 0x20_0000;

let nextTable: u64 = TABLES_AT;
let nextSmall: u64 = SMALL_AT;
let nextLarge: u64 = LARGE_AT;

/** Frames given back, as stacks in linear memory. */
const STACK: i32 = 1 << 16;
let freeTables: usize = 0;
let freeTableCount: i32 = 0;
let freeSmall: usize = 0;
let freeSmallCount: i32 = 0;
let freeLarge: usize = 0;
let freeLargeCount: i32 = 0;

export function resetFrames(): void {
  nextTable = TABLES_AT;
  nextSmall = SMALL_AT;
  nextLarge = LARGE_AT;
  freeTables = reserveBlock((<usize>STACK) << 3);
  freeSmall = reserveBlock((<usize>STACK) << 3);
  freeLarge = reserveBlock((<usize>STACK) << 3);
  freeTableCount = 0;
  freeSmallCount = 0;
  freeLargeCount = 0;
}

/** A zeroed frame for a table of KVM's. */
export function takeTable(): u64 {
  if (freeTableCount > 0) {
    freeTableCount--;
    const frame = load<u64>(freeTables + ((<usize>freeTableCount) << 3));
    zeroFrame(frame);
    return frame;
  }
  const frame = nextTable;
  nextTable += 0x1000;
  return frame;
}

export function giveTable(frame: u64): void {
  if (freeTableCount == STACK) return;
  store<u64>(freeTables + ((<usize>freeTableCount) << 3), frame);
  freeTableCount++;
}

/** Index of a table frame, for finding what belongs to it. */
// @ts-ignore: decorator
@inline
export function tableIndex(hpa: u64): usize {
  return <usize>((hpa - TABLES_AT) >> 12);
}

/** A zeroed 4 KiB frame for guest memory. */
export function takeSmall(): u64 {
  if (freeSmallCount > 0) {
    freeSmallCount--;
    const frame = load<u64>(freeSmall + ((<usize>freeSmallCount) << 3));
    zeroFrame(frame);
    return frame;
  }
  const frame = nextSmall;
  nextSmall += 0x1000;
  return frame;
}

export function giveSmall(frame: u64): void {
  if (freeSmallCount == STACK) return;
  store<u64>(freeSmall + ((<usize>freeSmallCount) << 3), frame);
  freeSmallCount++;
}

/** 2 MiB of zeroed host memory in one piece. */
export function takeLarge(): u64 {
  if (freeLargeCount > 0) {
    freeLargeCount--;
    const frame = load<u64>(freeLarge + ((<usize>freeLargeCount) << 3));
    for (let each: u64 = 0; each < LARGE; each += 0x1000) zeroFrame(frame + each);
    return frame;
  }
  const frame = nextLarge;
  nextLarge += LARGE;
  return frame;
}

export function giveLarge(frame: u64): void {
  if (freeLargeCount == STACK) return;
  store<u64>(freeLarge + ((<usize>freeLargeCount) << 3), frame);
  freeLargeCount++;
}
