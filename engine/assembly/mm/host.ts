/** The host: its memory, and what its kernel keeps of it for itself. */
import { state } from '../state';
import { Node, newNode } from './node';
import { RESERVED, pageAt, reset } from './page';
import { openZones } from './zone';

/** Bytes of struct page, one for each frame: 1.6 % of memory is never free. */
const STRUCT_PAGE: u32 = 64;
/** The kernel's image: a sixteenth of a small machine, never more than this many frames. */
const IMAGE_FRAMES: u32 = 4096;

// @ts-ignore: decorator
@inline
export function hostNode(): Node {
  return changetype<Node>(state.host);
}

/** Frames that a kernel with so much memory keeps for itself from the start. */
export function reservedFrames(frames: u32): u32 {
  const records = <u32>((<u64>frames * STRUCT_PAGE + 4095) >> 12);
  return records + min(frames >> 4, IMAGE_FRAMES);
}

/** A kernel's memory as it is after boot. The zero page is the kernel's own second frame. */
export function bootNode(frames: u32, vm: usize): Node {
  const node = newNode(frames, vm);
  node.zeroFrame = 1;
  reset(pageAt(node, 0), RESERVED);
  reset(pageAt(node, 1), RESERVED);
  openZones(node, max(reservedFrames(frames), 2));
  return node;
}

/** The host's memory, of so many frames. */
export function bootHost(frames: u32): void {
  state.host = changetype<usize>(bootNode(frames, 0));
}
