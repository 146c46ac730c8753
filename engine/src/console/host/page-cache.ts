import type { KernelMemory } from '../../mm/memory.ts';
import type { Inode } from '../fs/node.ts';

/** What reading and writing files does to a kernel's page cache: of the host, and of each guest. */

const PAGE = 4096;
/** Pages that a file has room for at least, as the machine counts them. */
const ROOM = 16;

/** So many bytes of a file, from an offset on, are read or written. `draw` says what is written, as a number. */
export function touch(
  memory: KernelMemory,
  draw: () => number,
  inode: Inode,
  offset: number,
  length: number,
  wrote: boolean,
): void {
  if ((inode.type !== 'file' && inode.type !== 'block') || length === 0) return;
  const isShmem = inode.tmpfs !== undefined;
  // A page of tmpfs is there once it was written; reading a hole makes none.
  if (isShmem && !wrote) return;
  const first = Math.floor(offset / PAGE);
  const end = Math.ceil((offset + length) / PAGE);
  const known = inode.cache;
  if (known === undefined || known.pages < end) {
    if (known !== undefined) memory.forgetFile(known.handle, 0);
    const room = Math.max(ROOM, end * 2);
    const handle = isShmem ? memory.newShmemFile(room) : memory.newFile(room, draw() | 1);
    inode.cache = { handle, pages: room };
    // It has outgrown its room; what was cached of it goes with it.
    if (known !== undefined && first > 0) memory.writeFile(handle, 0, first, draw() | 1);
  }
  const { handle } = inode.cache ?? { handle: 0 };
  if (wrote) memory.writeFile(handle, first, end - first, draw() | 1);
  else memory.readFile(handle, first, end - first);
}

/** KiB of the page cache that hold blocks of devices instead of files (Buffers). */
export function buffersOf(memory: KernelMemory, inodes: Iterable<Inode>): number {
  let pages = 0;
  for (const { type, cache } of inodes) {
    if (type === 'block' && cache !== undefined) pages += memory.cachedPages(cache.handle);
  }
  return (pages * PAGE) / 1024;
}

/** A file ends after so many bytes now; what was cached behind that is gone. */
export function forget(memory: KernelMemory, inode: Inode, length: number): void {
  if (inode.cache !== undefined) memory.forgetFile(inode.cache.handle, Math.ceil(length / PAGE));
}
