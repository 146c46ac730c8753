/** The host: its memory, and what its kernel keeps of it for itself. */
import { state } from '../state';
import { MOST_CELLS, addCell, oneCell } from './cells';
import { Node, newNode } from './node';
import { RESERVED, pageAt, reset } from './page';
import { openZones, setWatermarks } from './zone';

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
  oneCell(node);
  openZones(node, 0, max(reservedFrames(frames), 2));
  setWatermarks(node);
  return node;
}

/** How the next host's memory is divided: first frame of each cell, and what the kernel keeps there. */
let cells: u32 = 0;
const starts: usize = memory.data(16, 4);
const kept: usize = memory.data(16, 4);

/** Adds a NUMA cell, from this frame on, to the host that is booted next; `reserved` frames are the kernel's. */
export function planCell(start: u32, reserved: u32): void {
  if (cells >= MOST_CELLS) return;
  store<u32>(starts + (<usize>cells << 2), start);
  store<u32>(kept + (<usize>cells << 2), reserved);
  cells++;
}

/** The host's memory, of so many frames; in the cells that were planned, or in one. */
export function bootHost(frames: u32): void {
  if (cells == 0) {
    state.host = changetype<usize>(bootNode(frames, 0));
    return;
  }
  const node = newNode(frames, 0);
  node.zeroFrame = 1;
  reset(pageAt(node, 0), RESERVED);
  reset(pageAt(node, 1), RESERVED);
  oneCell(node);
  for (let cell: u32 = 1; cell < cells; cell++) addCell(node, load<u32>(starts + (<usize>cell << 2)));
  for (let cell: u32 = 0; cell < cells; cell++) {
    openZones(node, cell, max(load<u32>(kept + (<usize>cell << 2)), cell == 0 ? 2 : 0));
  }
  setWatermarks(node);
  cells = 0;
  state.host = changetype<usize>(node);
}
