/**
 * Host-physical memory: 2^52 bytes, of which only the frames ever written exist. A frame is 4 KiB of
 * this module's linear memory, found through an open-addressing hash table keyed by frame number.
 * Every byte that was never written reads as zero.
 */

import { State, state } from './state';

const FRAME_BYTES: usize = 4096;
const INITIAL_SLOTS: u32 = 4096;

// The arena: the hash table and the frames, handed out upward and given back all at once by clear().
const arenaStart: usize = (__heap_base + (FRAME_BYTES - 1)) & ~(FRAME_BYTES - 1);

// The table of frames is two parallel arrays: frame number + 1 (0 means empty), and where the frame lies.

// The frame found last: a walk reads the same few tables again and again.
let lastKey: u64 = 0;
let lastFrame: usize = 0;

function reserve(bytes: usize): usize {
  const at = state.arenaEnd;
  state.arenaEnd = at + ((bytes + (FRAME_BYTES - 1)) & ~(FRAME_BYTES - 1));
  const have = <usize>memory.size() << 16;
  if (state.arenaEnd > have) {
    // Growing by a quarter at a time keeps the number of times that views are detached small.
    const wanted = max(state.arenaEnd - have, have >> 2);
    if (memory.grow(<i32>((wanted + 0xffff) >> 16)) < 0) unreachable();
  }
  memory.fill(at, 0, state.arenaEnd - at);
  return at;
}

function openTable(count: u32): void {
  state.slots = count;
  state.used = 0;
  state.keys = reserve((<usize>count) << 3);
  state.frames = reserve((<usize>count) << 2);
}

/**
 * A block of linear memory for a table of the machine's own, zeroed, whole pages; gone with the next
 * clear(). Returns where it lies.
 */
export function reserveBlock(bytes: usize): usize {
  if (state.slots == 0) clear();
  return reserve(bytes);
}

/** A record of the machine's own, zeroed, 8-aligned and smaller than a page: many share one block. */
export function reserveRecord(bytes: usize): usize {
  const size = (bytes + 7) & ~(<usize>7);
  if (state.recordsLeft < size) {
    state.records = reserveBlock(FRAME_BYTES);
    state.recordsLeft = FRAME_BYTES;
  }
  const at = state.records;
  state.records += size;
  state.recordsLeft -= size;
  return at;
}

/** Forgets everything: all of memory reads as zero again, and no machine is left. */
export function clear(): void {
  memory.fill(changetype<usize>(state), 0, offsetof<State>());
  state.arenaEnd = arenaStart;
  forgetFound();
  openTable(INITIAL_SLOTS);
}

/** To be called when linear memory was put back as it was earlier: nothing found before holds. */
export function forgetFound(): void {
  lastKey = 0;
}

/** Where the arena begins; it ends where the state's header says. */
export function arenaAt(): usize {
  return arenaStart;
}

// @ts-ignore: decorator
@inline
function hash(key: u64): u32 {
  return <u32>((key * 0x9e3779b97f4a7c15) >> 32);
}

// The slot of a key, or the empty slot where it belongs.
function probe(key: u64): u32 {
  const mask = state.slots - 1;
  let slot = hash(key) & mask;
  while (true) {
    const there = load<u64>(state.keys + ((<usize>slot) << 3));
    if (there == key || there == 0) return slot;
    slot = (slot + 1) & mask;
  }
}

function growTable(): void {
  const oldSlots = state.slots;
  const oldKeys = state.keys;
  const oldFrames = state.frames;
  const had = state.used;
  openTable(oldSlots << 1);
  state.used = had;
  for (let slot: u32 = 0; slot < oldSlots; slot++) {
    const key = load<u64>(oldKeys + ((<usize>slot) << 3));
    if (key == 0) continue;
    const to = probe(key);
    store<u64>(state.keys + ((<usize>to) << 3), key);
    store<u32>(state.frames + ((<usize>to) << 2), load<u32>(oldFrames + ((<usize>slot) << 2)));
  }
}

/** Where the frame of a host-physical address lies in linear memory; 0 when nothing was written there. */
function frameOf(hpa: u64): usize {
  const key = (hpa >> 12) + 1;
  if (key == lastKey) return lastFrame;
  if (state.slots == 0) return 0;
  const slot = probe(key);
  if (load<u64>(state.keys + ((<usize>slot) << 3)) == 0) return 0;
  lastKey = key;
  lastFrame = <usize>load<u32>(state.frames + ((<usize>slot) << 2));
  return lastFrame;
}

function makeFrame(hpa: u64): usize {
  if (state.slots == 0) clear();
  if (state.used * 2 >= state.slots) growTable();
  const key = (hpa >> 12) + 1;
  const frame = takeBlock();
  const slot = probe(key);
  store<u64>(state.keys + ((<usize>slot) << 3), key);
  store<u32>(state.frames + ((<usize>slot) << 2), <u32>frame);
  state.used++;
  lastKey = key;
  lastFrame = frame;
  return frame;
}

/** Reads the 8-byte entry at an 8-aligned host-physical address. */
export function read64(hpa: u64): u64 {
  const frame = frameOf(hpa);
  return frame == 0 ? 0 : load<u64>(frame + (<usize>(hpa & 0xff8)));
}

/** The one way to change memory: stores an 8-byte entry at an 8-aligned host-physical address. */
export function write64(hpa: u64, value: u64): void {
  let frame = frameOf(hpa);
  if (frame == 0) {
    if (value == 0) return;
    frame = makeFrame(hpa);
  }
  store<u64>(frame + (<usize>(hpa & 0xff8)), value);
}

/** Where a frame's 4 KiB lie in linear memory, for who reads all of it; 0 when nothing was written there. */
export function frameAt(hpa: u64): usize {
  return frameOf(hpa);
}

/** The same, of a frame that exists from now on. */
export function makeFrameAt(hpa: u64): usize {
  const frame = frameOf(hpa);
  return frame != 0 ? frame : makeFrame(hpa);
}

/**
 * Makes a frame read as zero again, as before a host hands it to somebody else: its bytes go, and the place
 * they had is free for another frame.
 */
export function zeroFrame(hpa: u64): void {
  const frame = frameOf(hpa);
  if (frame == 0) return;
  remove(probe((hpa >> 12) + 1));
  lastKey = 0;
  state.used--;
  giveBlock(frame);
}

// Takes a key out of the table of frames; those that stand after it because of it move up.
function remove(slot: u32): void {
  const mask = state.slots - 1;
  let hole = slot;
  let next = slot;
  while (true) {
    next = (next + 1) & mask;
    const key = load<u64>(state.keys + ((<usize>next) << 3));
    if (key == 0) break;
    const home = hash(key) & mask;
    // Whether its home lies cyclically after the hole: then it stays.
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    store<u64>(state.keys + ((<usize>hole) << 3), key);
    store<u32>(
      state.frames + ((<usize>hole) << 2),
      load<u32>(state.frames + ((<usize>next) << 2)),
    );
    hole = next;
  }
  store<u64>(state.keys + ((<usize>hole) << 3), 0);
  store<u32>(state.frames + ((<usize>hole) << 2), 0);
}

/** 4 KiB of linear memory, zeroed. */
export function takeBlock(): usize {
  const block = state.freeBlock;
  if (block == 0) return reserve(FRAME_BYTES);
  state.freeBlock = load<u32>(block);
  store<u32>(block, 0);
  return block;
}

/** Gives such a block back. */
export function giveBlock(block: usize): void {
  memory.fill(block, 0, FRAME_BYTES);
  store<u32>(block, <u32>state.freeBlock);
  state.freeBlock = block;
}
