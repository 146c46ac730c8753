/** Taking frames out of the buddy's hands for a purpose, and giving them back. */
import { zeroFrame } from '../memory';
import { loosen, tighten } from './cells';
import { clear } from './content';
import { StableNode } from './ksm-records';
import { Node } from './node';
import { ANON, FILE, KERNEL, KSM, KVM_TABLE, Page, TABLE, pageAt, reset } from './page';
import {
  MARK_LOW,
  MARK_MIN,
  MARK_NONE,
  MOVABLE,
  UNMOVABLE,
  allocate,
  release,
} from './zone';

/** Counts frames by what they hold, for /proc/meminfo. */
export function count(node: Node, kind: u8, by: i32): void {
  if (kind == ANON) node.anon += by;
  else if (kind == FILE) node.file += by;
  else if (kind == KERNEL) node.kernel += by;
  else if (kind == TABLE) node.tables += by;
  else if (kind == KVM_TABLE) node.kvmTables += by;
  else if (kind == KSM) node.ksmFrames += by;
}

function allocateUrgently(node: Node, order: u32, mobility: u32): u32 {
  let frame = allocate(node, order, mobility, MARK_LOW);
  if (frame != 0) return frame;
  node.awake = true;
  frame = allocate(node, order, mobility, MARK_MIN);
  if (frame == 0) frame = allocate(node, order, mobility, MARK_NONE);
  if (frame != 0 || node.cells == 1) return frame;
  // The cells that may be used are full. Linux would kill a process of theirs (CONSTRAINT_MEMORY_POLICY).
  const mask = loosen();
  frame = allocate(node, order, mobility, MARK_NONE);
  tighten(mask);
  return frame;
}

/**
 * A zeroed frame for a purpose. Whoever needs some sees to it beforehand that they are there
 * (reclaim.ts, `provide`), as KVM and the kernel do for what must not wait.
 */
export function takeFrame(node: Node, kind: u8): u32 {
  const movable = kind == ANON || kind == FILE || kind == KSM;
  const frame = allocateUrgently(node, 0, movable ? MOVABLE : UNMOVABLE);
  if (frame == 0) unreachable();
  reset(pageAt(node, frame), kind);
  // What a device will fill need not be zeroed first.
  if (kind != FILE) clear(node, frame);
  count(node, kind, 1);
  return frame;
}

/** A frame for a table: of a process, or of KVM. */
export function takeTable(node: Node, kind: u8): u32 {
  return takeFrame(node, kind);
}

/** The kernel takes a frame for objects that it can do without: names and inodes of files (SLAB_RECLAIM_ACCOUNT). */
export function takeSlab(node: Node): void {
  const frame = takeFrame(node, KERNEL);
  pageAt(node, frame).next = node.slab;
  node.slab = frame;
  node.slabFrames++;
}

/** Gives back slabs until so many frames of them are left (shrink_slab()). */
export function shrinkSlab(node: Node, left: u32): void {
  while (node.slabFrames > left) {
    const frame = node.slab;
    node.slab = pageAt(node, frame).next;
    node.slabFrames--;
    giveFrame(node, frame);
  }
}

/** Gives a frame back that is on no list and mapped nowhere. */
export function giveFrame(node: Node, frame: u32): void {
  const page: Page = pageAt(node, frame);
  // What ksmd knows of it is of a page that is no more.
  if (page.kind == KSM) changetype<StableNode>(<usize>page.owner).frame = 0;
  count(node, page.kind, -1);
  if (node.vm == 0) zeroFrame((<u64>frame) << 12);
  release(node, frame, 0);
}
