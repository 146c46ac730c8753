/** What ksmd remembers (Linux mm/ksm.c, struct ksm_rmap_item and ksm_stable_node). */
import { Space } from './space';
import { TreeNode } from './tree';

/** A page that ksmd has looked at. In the unstable tree by its first fields. */
@unmanaged
export class KsmItem extends TreeNode {
  space: Space;
  page: u32;
  /** Of what it held when ksmd came by last; 0 when it has not yet. */
  checksum: u32;
  state: u32;
  /** The pass in which it was put into the unstable tree. */
  pass: u32;
  /** The page that it was merged into, and its neighbours among those merged. */
  stable: StableNode | null;
  next: KsmItem | null;
  prev: KsmItem | null;
}

/** Not in a tree; in the unstable one; merged. */
export const LOOSE: u32 = 0;
export const UNSTABLE: u32 = 1;
export const STABLE: u32 = 2;

/** A merged page. In the stable tree by its first fields; copies beyond the first hang from that. */
@unmanaged
export class StableNode extends TreeNode {
  /** Its frame; 0 once that is gone. */
  frame: u32;
  /** The number that stands for what it holds, which does not change; 0 where its bytes are kept. */
  number: u32;
  first: KsmItem | null;
  count: u32;
  /** Of the one in the tree: the next copy of the same content. */
  nextCopy: StableNode | null;
  /** Of a copy: the one in the tree; its own for that one. */
  head: StableNode;
}
