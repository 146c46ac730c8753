/**
 * The lists of reclaim (Linux mm/swap.c, mm/vmscan.c): active and inactive, of anonymous memory and of
 * the page cache. A page comes in at the head of the inactive list; reclaim takes from the tail.
 */
import {
  ACTIVE_ANON,
  ACTIVE_FILE,
  INACTIVE_ANON,
  INACTIVE_FILE,
  List,
  Node,
  UNEVICTABLE,
  listOf,
} from './node';
import { ACTIVE, ANON, FILE, LISTED, Page, SHMEM, pageAt } from './page';
import { Space } from './space';

/** Which list a page belongs on. */
export function whichList(page: Page): i32 {
  const active = (page.flags & ACTIVE) != 0;
  if (page.kind == FILE && (page.flags & SHMEM) == 0) return active ? ACTIVE_FILE : INACTIVE_FILE;
  if (page.kind == ANON && page.owner != 0 && changetype<Space>(<usize>page.owner).locked) return UNEVICTABLE;
  return active ? ACTIVE_ANON : INACTIVE_ANON;
}

// @ts-ignore: decorator
@inline
function weight(page: Page): u32 {
  return 1 << page.order;
}

/** Puts a page at the head of its list. */
export function enlist(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  const list = listOf(node, whichList(page));
  page.flags |= LISTED;
  page.prev = 0;
  page.next = list.head;
  if (list.head != 0) pageAt(node, list.head).prev = frame;
  else list.tail = frame;
  list.head = frame;
  list.count += weight(page);
}

/** Puts a page at the tail of its list, where reclaim takes it next. */
export function enlistLast(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  const list = listOf(node, whichList(page));
  page.flags |= LISTED;
  page.next = 0;
  page.prev = list.tail;
  if (list.tail != 0) pageAt(node, list.tail).next = frame;
  else list.head = frame;
  list.tail = frame;
  list.count += weight(page);
}

/** Takes a page off its list; nothing where it is on none. */
export function delist(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  if ((page.flags & LISTED) == 0) return;
  const list: List = listOf(node, whichList(page));
  if (page.prev != 0) pageAt(node, page.prev).next = page.next;
  else list.head = page.next;
  if (page.next != 0) pageAt(node, page.next).prev = page.prev;
  else list.tail = page.prev;
  list.count -= weight(page);
  page.flags &= ~LISTED;
  page.prev = 0;
  page.next = 0;
}

/** Moves a page to the active list, or from it. */
export function setActive(node: Node, frame: u32, active: bool): void {
  delist(node, frame);
  const page = pageAt(node, frame);
  if (active) page.flags |= ACTIVE;
  else page.flags &= ~ACTIVE;
  enlist(node, frame);
}
