/** Short lists of entries' addresses: the leaves that map a frame, the entries that point to a table. */
import { reserveBlock } from '../memory';

@unmanaged
export class Link {
  next: Link | null;
  /** Host-physical address of an entry. */
  entry: u64;
}

const BLOCK: usize = 4096;
let free: Link | null = null;

/** Forgets all links; their memory went with the machine's. */
export function resetLinks(): void {
  free = null;
}

function take(): Link {
  if (free === null) {
    const at = reserveBlock(BLOCK);
    const count = BLOCK / offsetof<Link>();
    for (let index: usize = 0; index < count; index++) {
      const link = changetype<Link>(at + index * offsetof<Link>());
      link.next = free;
      free = link;
    }
  }
  const link = free!;
  free = link.next;
  return link;
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
      link.next = free;
      free = link;
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
