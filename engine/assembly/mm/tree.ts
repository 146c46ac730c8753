/**
 * A search tree kept level by priorities drawn from where its nodes lie, instead of by colours as the
 * kernel's red-black trees; the order, and the depth to be expected, are the same.
 */
@unmanaged
export class TreeNode {
  left: TreeNode | null;
  right: TreeNode | null;
  parent: TreeNode | null;
}

/** Where the root is kept. */
@unmanaged
export class Tree {
  root: TreeNode | null;
}

// @ts-ignore: decorator
@inline
function priority(node: TreeNode): u32 {
  return <u32>changetype<usize>(node) * 0x9e3779b1;
}

function replace(tree: Tree, at: TreeNode, by: TreeNode | null): void {
  const parent = at.parent;
  if (parent === null) tree.root = by;
  else if (parent.left === at) parent.left = by;
  else parent.right = by;
  if (by !== null) by.parent = parent;
}

function rotate(tree: Tree, up: TreeNode): void {
  const down = up.parent!;
  replace(tree, down, up);
  if (down.left === up) {
    down.left = up.right;
    if (up.right !== null) up.right!.parent = down;
    up.right = down;
  } else {
    down.right = up.left;
    if (up.left !== null) up.left!.parent = down;
    up.left = down;
  }
  down.parent = up;
}

/** Puts a node in below `parent`, on the side of `order` (negative is left). */
export function insert(tree: Tree, node: TreeNode, parent: TreeNode | null, order: i32): void {
  node.left = null;
  node.right = null;
  node.parent = parent;
  if (parent === null) {
    tree.root = node;
    return;
  }
  if (order < 0) parent.left = node;
  else parent.right = node;
  while (node.parent !== null && priority(node) < priority(node.parent!)) rotate(tree, node);
}

/** Takes a node out. */
export function erase(tree: Tree, node: TreeNode): void {
  while (node.left !== null && node.right !== null) {
    rotate(tree, priority(node.left!) < priority(node.right!) ? node.left! : node.right!);
  }
  replace(tree, node, node.left !== null ? node.left : node.right);
}

/** Puts a node in the place of another. */
export function substitute(tree: Tree, old: TreeNode, by: TreeNode): void {
  by.left = old.left;
  by.right = old.right;
  by.parent = old.parent;
  if (by.left !== null) by.left!.parent = by;
  if (by.right !== null) by.right!.parent = by;
  const parent = old.parent;
  if (parent === null) tree.root = by;
  else if (parent.left === old) parent.left = by;
  else parent.right = by;
}
