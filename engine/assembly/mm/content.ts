/**
 * What a frame of the host holds: bytes, where somebody stored some (memory.ts), or a number that stands
 * for what it holds; a page with number n is one whose first word is n and whose others are zero.
 */
import { frameAt, makeFrameAt, read64, reserveBlock, zeroFrame } from '../memory';
import { state } from '../state';
import { Node } from './node';
import { pageAt } from './page';

const BYTES: usize = 4096;

// @ts-ignore: decorator
@inline
function hpaOf(frame: u32): u64 {
  return (<u64>frame) << 12;
}

/** The page holds zeroes from now on. */
export function clear(node: Node, frame: u32): void {
  pageAt(node, frame).content = 0;
  zeroFrame(hpaOf(frame));
}

/** The page holds what `content` stands for from now on. */
export function fill(node: Node, frame: u32, content: u32): void {
  zeroFrame(hpaOf(frame));
  pageAt(node, frame).content = content;
}

/** The number of a page whose bytes nobody stored; of any other its first word. */
export function firstWord(node: Node, frame: u32): u64 {
  const content = pageAt(node, frame).content;
  return content != 0 ? content : read64(hpaOf(frame));
}

/** Where the bytes of a page lie; those that its number stands for are stored first. 0: all zero. */
function bytesOf(node: Node, frame: u32): usize {
  const page = pageAt(node, frame);
  if (page.content != 0) {
    store<u64>(makeFrameAt(hpaOf(frame)), page.content);
    page.content = 0;
  }
  return frameAt(hpaOf(frame));
}

export function copy(node: Node, from: u32, to: u32): void {
  const content = pageAt(node, from).content;
  if (content != 0) {
    fill(node, to, content);
    return;
  }
  pageAt(node, to).content = 0;
  const bytes = frameAt(hpaOf(from));
  if (bytes == 0) zeroFrame(hpaOf(to));
  else memory.copy(makeFrameAt(hpaOf(to)), frameAt(hpaOf(from)), BYTES);
}

/** Compares two pages as memcmp() does; words instead of bytes. */
export function compare(node: Node, one: u32, other: u32): i32 {
  const a = pageAt(node, one).content;
  const b = pageAt(node, other).content;
  if (a != 0 && b != 0) return a < b ? -1 : a > b ? 1 : 0;
  const first = bytesOf(node, one);
  const second = bytesOf(node, other);
  for (let at: usize = 0; at < BYTES; at += 8) {
    const x = first == 0 ? 0 : load<u64>(first + at);
    const y = second == 0 ? 0 : load<u64>(second + at);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function mix(hash: u64, word: u64): u64 {
  return rotl<u64>(hash ^ (word * 0xc2b2ae3d27d4eb4f), 31) * 0x9e3779b185ebca87;
}

/** A checksum of what a page holds (calc_checksum(), which is xxhash): equal pages have equal ones. */
export function checksum(node: Node, frame: u32): u32 {
  const content = pageAt(node, frame).content;
  let hash: u64 = 0;
  if (content != 0) hash = mix(0, content);
  else {
    const bytes = frameAt(hpaOf(frame));
    if (bytes == 0) return ZERO_CHECKSUM;
    let last: u64 = 0;
    let lastAt: usize = BYTES;
    hash = mix(0, load<u64>(bytes));
    for (let at: usize = 8; at < BYTES; at += 8) {
      const word = load<u64>(bytes + at);
      if (word == 0) continue;
      hash = mix(hash + at, word);
      last = word;
      lastAt = at;
    }
    if (lastAt == BYTES && load<u64>(bytes) == 0 && last == 0) return ZERO_CHECKSUM;
  }
  const folded = <u32>(hash ^ (hash >> 32));
  return folded < 2 ? folded + 2 : folded;
}

/** Of a page of zeroes; never 0, which says that a page has not been seen yet. */
export const ZERO_CHECKSUM: u32 = 1;

/** A page's content taken to a device: a number, or a block of bytes; see `isBlock`. */
export let saved: u32 = 0;
export let savedIsBlock: bool = false;

function takeBlock(): usize {
  const block = state.freeBlock;
  if (block == 0) return reserveBlock(BYTES);
  state.freeBlock = load<u32>(block);
  return block;
}

/** Gives a block of bytes back. */
export function giveBlock(block: usize): void {
  memory.fill(block, 0, BYTES);
  store<u32>(block, <u32>state.freeBlock);
  state.freeBlock = block;
}

/** Copies what a page holds to a device: `saved` and `savedIsBlock`. */
export function save(node: Node, frame: u32): void {
  saved = pageAt(node, frame).content;
  savedIsBlock = false;
  if (saved != 0) return;
  const bytes = frameAt(hpaOf(frame));
  if (bytes == 0) return;
  const block = takeBlock();
  memory.copy(block, bytes, BYTES);
  saved = <u32>block;
  savedIsBlock = true;
}

/** Copies it from the device, which keeps it. */
export function restore(node: Node, frame: u32, data: u32, isBlock: bool): void {
  if (!isBlock) {
    fill(node, frame, data);
    return;
  }
  pageAt(node, frame).content = 0;
  memory.copy(makeFrameAt(hpaOf(frame)), <usize>data, BYTES);
}
