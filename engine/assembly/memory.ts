/**
 * Host-physical memory: 2^52 bytes, of which only the frames ever written exist. A frame is 4 KiB of
 * this module's linear memory, found through an open-addressing hash table keyed by frame number.
 * Every byte that was never written reads as zero.
 */

const FRAME_BYTES: usize = 4096;
const INITIAL_SLOTS: u32 = 4096;

// The arena: the hash table and the frames, handed out upward and given back all at once by clear().
const arenaStart: usize = (__heap_base + (FRAME_BYTES - 1)) & ~(FRAME_BYTES - 1);
let arenaEnd: usize = arenaStart;

// Two parallel arrays: frame number + 1 (0 means empty), and where the frame lies.
let slots: u32 = 0;
let used: u32 = 0;
let keys: usize = 0;
let frames: usize = 0;

// The frame found last: a walk reads the same few tables again and again.
let lastKey: u64 = 0;
let lastFrame: usize = 0;

function reserve(bytes: usize): usize {
  const at = arenaEnd;
  arenaEnd = at + ((bytes + (FRAME_BYTES - 1)) & ~(FRAME_BYTES - 1));
  const have = <usize>memory.size() << 16;
  if (arenaEnd > have) {
    // Growing by a quarter at a time keeps the number of times that views are detached small.
    const wanted = max(arenaEnd - have, have >> 2);
    if (memory.grow(<i32>((wanted + 0xffff) >> 16)) < 0) unreachable();
  }
  memory.fill(at, 0, arenaEnd - at);
  return at;
}

function openTable(count: u32): void {
  slots = count;
  used = 0;
  keys = reserve((<usize>count) << 3);
  frames = reserve((<usize>count) << 2);
}

/**
 * A block of linear memory for a table of the machine's own, zeroed, whole pages; gone with the next
 * clear(). Returns where it lies.
 */
export function reserveBlock(bytes: usize): usize {
  if (slots == 0) clear();
  return reserve(bytes);
}

/** Forgets everything: all of memory reads as zero again. */
export function clear(): void {
  arenaEnd = arenaStart;
  lastKey = 0;
  openTable(INITIAL_SLOTS);
}

// @ts-ignore: decorator
@inline
function hash(key: u64): u32 {
  return <u32>((key * 0x9e3779b97f4a7c15) >> 32);
}

// The slot of a key, or the empty slot where it belongs.
function probe(key: u64): u32 {
  const mask = slots - 1;
  let slot = hash(key) & mask;
  while (true) {
    const there = load<u64>(keys + ((<usize>slot) << 3));
    if (there == key || there == 0) return slot;
    slot = (slot + 1) & mask;
  }
}

function growTable(): void {
  const oldSlots = slots;
  const oldKeys = keys;
  const oldFrames = frames;
  const had = used;
  openTable(oldSlots << 1);
  used = had;
  for (let slot: u32 = 0; slot < oldSlots; slot++) {
    const key = load<u64>(oldKeys + ((<usize>slot) << 3));
    if (key == 0) continue;
    const to = probe(key);
    store<u64>(keys + ((<usize>to) << 3), key);
    store<u32>(frames + ((<usize>to) << 2), load<u32>(oldFrames + ((<usize>slot) << 2)));
  }
}

/** Where the frame of a host-physical address lies in linear memory; 0 when nothing was written there. */
function frameOf(hpa: u64): usize {
  const key = (hpa >> 12) + 1;
  if (key == lastKey) return lastFrame;
  if (slots == 0) return 0;
  const slot = probe(key);
  if (load<u64>(keys + ((<usize>slot) << 3)) == 0) return 0;
  lastKey = key;
  lastFrame = <usize>load<u32>(frames + ((<usize>slot) << 2));
  return lastFrame;
}

function makeFrame(hpa: u64): usize {
  if (slots == 0) clear();
  if (used * 2 >= slots) growTable();
  const key = (hpa >> 12) + 1;
  const frame = reserve(FRAME_BYTES);
  const slot = probe(key);
  store<u64>(keys + ((<usize>slot) << 3), key);
  store<u32>(frames + ((<usize>slot) << 2), <u32>frame);
  used++;
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

/** Makes a frame read as zero again, as before a host hands it to somebody else. */
export function zeroFrame(hpa: u64): void {
  const frame = frameOf(hpa);
  if (frame != 0) memory.fill(frame, 0, FRAME_BYTES);
}
