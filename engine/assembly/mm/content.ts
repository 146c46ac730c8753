/**
 * What a frame of the host holds: bytes, where somebody stored some (memory.ts), or a number that stands
 * for what it holds; a page with number n is one whose first word is n and whose others are zero.
 */
import { frameAt, giveBlock, makeFrameAt, read64, takeBlock, zeroFrame } from '../memory';
import { hostNode } from './host';
import { Node } from './node';
import { pageAt } from './page';
import { reach, reachForDevice } from './physical';

const BYTES: usize = 4096;

// @ts-ignore: decorator
@inline
function hpaOf(frame: u32): u64 {
  return (<u64>frame) << 12;
}

/** The page holds zeroes from now on. */
export function clear(node: Node, frame: u32): void {
  fillHost(reach(node, frame, true), 0);
}

/** The page holds what `content` stands for from now on. */
export function fill(node: Node, frame: u32, content: u32): void {
  fillHost(reach(node, frame, true), content);
}

/** The same, by a device that reads it from a disk. */
export function fillByDevice(node: Node, frame: u32, content: u32): void {
  fillHost(reachForDevice(node, frame), content);
}

function fillHost(frame: u32, content: u32): void {
  zeroFrame(hpaOf(frame));
  pageAt(hostNode(), frame).content = content;
}

/** What a page holds, as a number: that which stands for it, or its first word. */
export function numberOf(node: Node, frame: u32): u64 {
  const behind = reach(node, frame, false);
  const content = pageAt(hostNode(), behind).content;
  return content != 0 ? content : read64(hpaOf(behind));
}

/** Copies a page. What it holds is taken first: making room for the target may move the source. */
export function copy(node: Node, source: u32, target: u32): void {
  if (node.vm == 0) copyHost(source, target);
  else {
    save(node, source);
    const data = saved;
    const isBlock = savedIsBlock;
    const to = reach(node, target, true);
    fillHost(to, isBlock ? 0 : data);
    if (!isBlock) return;
    memory.copy(makeFrameAt(hpaOf(to)), <usize>data, BYTES);
    giveBlock(<usize>data);
  }
}

function copyHost(from: u32, to: u32): void {
  const content = pageAt(hostNode(), from).content;
  fillHost(to, content);
  if (content != 0 || frameAt(hpaOf(from)) == 0) return;
  const bytes = makeFrameAt(hpaOf(to));
  memory.copy(bytes, frameAt(hpaOf(from)), BYTES);
}

/** Compares two pages of the host as memcmp() does; words instead of bytes. */
export function compare(node: Node, one: u32, other: u32): i32 {
  const a = pageAt(node, one).content;
  const b = pageAt(node, other).content;
  const first: usize = a != 0 ? 0 : frameAt(hpaOf(one));
  const second: usize = b != 0 ? 0 : frameAt(hpaOf(other));
  const x = first != 0 ? load<u64>(first) : <u64>a;
  const y = second != 0 ? load<u64>(second) : <u64>b;
  if (x != y) return x < y ? -1 : 1;
  if (first == 0 && second == 0) return 0;
  for (let at: usize = 8; at < BYTES; at += 8) {
    const m = first == 0 ? 0 : load<u64>(first + at);
    const n = second == 0 ? 0 : load<u64>(second + at);
    if (m != n) return m < n ? -1 : 1;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function mix(hash: u64, word: u64): u64 {
  return rotl<u64>(hash ^ (word * 0xc2b2ae3d27d4eb4f), 31) * 0x9e3779b185ebca87;
}

/** A checksum of what a page of the host holds (calc_checksum(), which is xxhash): equal pages have equal ones. */
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

/** Copies what a page holds to a device: `saved` and `savedIsBlock`. */
export function save(node: Node, frame: u32): void {
  const behind = reach(node, frame, false);
  saved = pageAt(hostNode(), behind).content;
  savedIsBlock = false;
  if (saved != 0) return;
  const bytes = frameAt(hpaOf(behind));
  if (bytes == 0) return;
  const block = takeBlock();
  memory.copy(block, frameAt(hpaOf(behind)), BYTES);
  saved = <u32>block;
  savedIsBlock = true;
}

/** Copies it from the device, which keeps it. */
export function restore(node: Node, frame: u32, data: u32, isBlock: bool): void {
  const behind = reachForDevice(node, frame);
  fillHost(behind, isBlock ? 0 : data);
  if (isBlock) memory.copy(makeFrameAt(hpaOf(behind)), <usize>data, BYTES);
}
