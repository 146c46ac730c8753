/**
 * Frames of host memory for guests and for KVM's own tables, handed out and taken back. What was given
 * back is a list through the frames themselves: each holds the address of the one given back before it.
 */
import { read64, write64, zeroFrame } from '../memory';
import { state } from '../state';

/** The frame that the kernel shows, read-only, where nothing was written yet (ZERO_PAGE). */
export const ZERO_PAGE: u64 = 0x0ff_f000;
/** The same in one piece of 2 MiB (huge_zero_page). */
export const LARGE_ZERO_PAGE: u64 = 0x0c0_0000;
const TABLES_AT: u64 = 0x1000_0000;
const SMALL_AT: u64 = 0x4000_0000;
const LARGE_AT: u64 = 0x20_0000_0000;
const GIANT_AT: u64 = 0x100_0000_0000;

// Set in what a frame given back holds, so that whoever still reads it is found out.
const FREE: u64 = (<u64>1) << 63;

/** Frames of 4 KiB in a 2 MiB page. */
const LARGE_FRAMES: u64 = 512;
const GIANT_FRAMES: u64 = 512 * 512;
const SHIFT: u64 = 12;

export function startFrames(): void {
  state.nextTable = TABLES_AT;
  state.nextSmall = SMALL_AT;
  state.nextLarge = LARGE_AT;
  state.nextGiant = GIANT_AT;
}

/** A zeroed frame for a table of KVM's. */
export function takeTable(): u64 {
  const frame = state.freeTable;
  if (frame == 0) {
    state.nextTable += 0x1000;
    return state.nextTable - 0x1000;
  }
  state.freeTable = read64(frame) & ~FREE;
  zeroFrame(frame);
  return frame;
}

export function giveTable(frame: u64): void {
  write64(frame, state.freeTable | FREE);
  state.freeTable = frame;
}

/** Index of a table frame, for finding what belongs to it. */
// @ts-ignore: decorator
@inline
export function tableIndex(hpa: u64): u32 {
  return <u32>((hpa - TABLES_AT) >> SHIFT);
}

/** A zeroed 4 KiB frame for guest memory. */
export function takeSmall(): u64 {
  state.framesUsed++;
  const frame = state.freeSmall;
  if (frame == 0) {
    state.nextSmall += 0x1000;
    return state.nextSmall - 0x1000;
  }
  state.freeSmall = read64(frame) & ~FREE;
  zeroFrame(frame);
  return frame;
}

export function giveSmall(frame: u64): void {
  state.framesUsed--;
  write64(frame, state.freeSmall | FREE);
  state.freeSmall = frame;
}

/** 2 MiB of zeroed host memory in one piece. */
export function takeLarge(): u64 {
  state.framesUsed += LARGE_FRAMES;
  const first = state.freeLarge;
  if (first == 0) {
    state.nextLarge += LARGE_FRAMES << SHIFT;
    return state.nextLarge - (LARGE_FRAMES << SHIFT);
  }
  state.freeLarge = read64(first) & ~FREE;
  for (let index: u64 = 0; index < LARGE_FRAMES; index++) zeroFrame(first + (index << SHIFT));
  return first;
}

export function giveLarge(first: u64): void {
  state.framesUsed -= LARGE_FRAMES;
  write64(first, state.freeLarge | FREE);
  state.freeLarge = first;
}

/** 1 GiB of host memory in one piece; hugetlb keeps it for the guest's life. */
export function takeGiant(): u64 {
  state.framesUsed += GIANT_FRAMES;
  state.nextGiant += GIANT_FRAMES << SHIFT;
  return state.nextGiant - (GIANT_FRAMES << SHIFT);
}
