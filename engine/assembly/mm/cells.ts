/**
 * NUMA cells: parts of memory that lie nearer to some processors than to others (what Linux calls nodes; here
 * a node is all that one kernel has). Who takes memory takes it from a cell near by, and from others when
 * that has none; strict policies leave some out.
 */
import { reserveRecord } from '../memory';
import { Node } from './node';

export const MOST_CELLS: u32 = 4;

/** A node of one cell. */
export function oneCell(node: Node): void {
  node.cells = 1;
  node.cellStarts = reserveRecord(<usize>MOST_CELLS << 2);
}

// @ts-ignore: decorator
@inline
export function cellStart(node: Node, cell: u32): u32 {
  return cell >= node.cells ? node.frames : load<u32>(node.cellStarts + (<usize>cell << 2));
}

/** The next cell begins at this frame. */
export function addCell(node: Node, start: u32): void {
  store<u32>(node.cellStarts + (<usize>node.cells << 2), start);
  node.cells++;
}

export function cellOf(node: Node, frame: u32): u32 {
  let cell = node.cells - 1;
  while (cell > 0 && frame < cellStart(node, cell)) cell--;
  return cell;
}

/** From where memory is taken just now, first of all, and from where it may be taken: a bit for each cell. */
let near: u32 = 0;
let allowed: u32 = ~0;

/** Memory is taken by these rules until `anywhere`: what a process does is done by its rules. */
export function within(cell: u32, mask: u32): void {
  near = cell;
  allowed = mask;
}
export function anywhere(): void {
  near = 0;
  allowed = ~0;
}

/** Memory may be taken anywhere; the rule until now, for `tighten`. */
export function loosen(): u32 {
  const mask = allowed;
  allowed = ~0;
  return mask;
}
export function tighten(mask: u32): void {
  allowed = mask;
}

// @ts-ignore: decorator
@inline
export function nearCell(node: Node): u32 {
  return near < node.cells ? near : 0;
}

/** Whether memory of a cell may be taken now. A mask without any of the node's cells forbids nothing. */
// @ts-ignore: decorator
@inline
export function isAllowed(node: Node, cell: u32): bool {
  return node.cells == 1 || (allowed & (((<u32>1) << node.cells) - 1)) == 0 || ((allowed >> cell) & 1) != 0;
}
