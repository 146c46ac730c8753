/** Short lists of entries' addresses: the leaves that map a frame, the entries that point to a table. */
import { reserveRecord } from '../memory';
import { state } from '../state';

@unmanaged
export class Link {
  next: Link | null;
  /** Host-physical address of an entry. */
  entry: u64;
}

function take(): Link {
  if (state.freeLink == 0) return changetype<Link>(reserveRecord(offsetof<Link>()));
  const link = changetype<Link>(state.freeLink);
  state.freeLink = changetype<usize>(link.next);
  return link;
}

function give(link: Link): void {
  link.next = changetype<Link | null>(state.freeLink);
  state.freeLink = changetype<usize>(link);
}

/** Puts an entry at the front of the list whose head lies at `head` (4 bytes). */
export function add(head: usize, entry: u64): void {
  const link = take();
  link.entry = entry;
  link.next = changetype<Link | null>(<usize>load<u32>(head));
  store<u32>(head, <u32>changetype<usize>(link));
}

/** Takes an entry out of a list; nothing where it is not in it. */
export function remove(head: usize, entry: u64): void {
  let at = head;
  while (true) {
    const link = changetype<Link | null>(<usize>load<u32>(at));
    if (link === null) return;
    if (link.entry == entry) {
      store<u32>(at, <u32>changetype<usize>(link.next));
      give(link);
      return;
    }
    at = changetype<usize>(link) + offsetof<Link>('next');
  }
}

/** The first link of a list. */
// @ts-ignore: decorator
@inline
export function first(head: usize): Link | null {
  return changetype<Link | null>(<usize>load<u32>(head));
}
