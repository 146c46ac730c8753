/** The page cache (Linux mm/filemap.c): pages of files, kept in memory that nobody else needs. */
import { reserveRecord } from '../memory';
import { clear, fill, fillByDevice } from './content';
import { giveFrame, takeFrame } from './frames';
import { delist, enlist, setActive } from './lru';
import { Node } from './node';
import { ACTIVE, DIRTY, FILE, MAPPED, REFERENCED, SHMEM, pageAt } from './page';
import { at, nextThere, openSparse, peek } from './sparse';

@unmanaged
export class File {
  next: File | null;
  number: u32;
  /** What its pages hold follows from this and their number; files of equal seed are equal. */
  seed: u32;
  pages: u32;
  /** Per page, the frame that has it. */
  frames: usize;
  cached: u32;
  /** It is in memory only, as those of tmpfs are: the page cache is all there is of it. */
  isShmem: bool;
}

@unmanaged
export class Cache {
  first: File | null;
  files: u32;
}

export function newFile(node: Node, pages: u32, seed: u32): File {
  const file = changetype<File>(reserveRecord(offsetof<File>()));
  file.number = ++node.cache.files;
  file.pages = pages;
  file.seed = seed;
  file.frames = openSparse(pages);
  file.next = node.cache.first;
  node.cache.first = file;
  return file;
}

/** What a page of a file holds, on disk: a number that is never 0, which stands for zeroes. */
export function contentOf(seed: u32, page: u32): u32 {
  let mixed = (<u64>seed << 32) | page;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  const folded = <u32>(mixed ^ (mixed >> 31));
  return folded == 0 ? 1 : folded;
}

/** The frame that has a page of a file, or 0. */
export function cachedPage(file: File, page: u32): u32 {
  const slot = peek(file.frames, page, 4);
  return slot == 0 ? 0 : load<u32>(slot);
}

/** A page is used again: the second time makes it active (folio_mark_accessed()). */
export function markAccessed(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  if ((page.flags & REFERENCED) == 0) {
    page.flags |= REFERENCED;
    return;
  }
  if ((page.flags & ACTIVE) != 0) return;
  page.flags &= ~REFERENCED;
  setActive(node, frame, true);
  node.stat.pgactivate++;
}

/** Reads a page of a file into a frame, where none has it yet; the frame. */
export function readPage(node: Node, file: File, page: u32): u32 {
  const there = cachedPage(file, page);
  if (there != 0) {
    markAccessed(node, there);
    return there;
  }
  const frame = takeFrame(node, FILE);
  const record = pageAt(node, frame);
  record.owner = <u32>changetype<usize>(file);
  record.index = page;
  store<u32>(at(file.frames, page, 4), frame);
  file.cached++;
  if (file.isShmem) {
    record.flags |= SHMEM;
    node.shmem++;
    clear(node, frame);
  } else {
    node.stat.pgpgin += 4;
    fillByDevice(node, frame, contentOf(file.seed, page));
  }
  enlist(node, frame);
  return frame;
}

/** A process maps a page of a file that is cached: it is in use until it is dropped. */
export function mapPage(node: Node, file: File, page: u32): void {
  const frame = cachedPage(file, page);
  if (frame == 0) return;
  const record = pageAt(node, frame);
  if ((record.flags & MAPPED) != 0) return;
  record.flags |= MAPPED;
  node.mapped++;
  // Programs run in it: reclaim passes it over for long (VM_EXEC in shrink_active_list()).
  setActive(node, frame, true);
}

/** Writes a page of a file: to the cache, for now. */
export function writePage(node: Node, file: File, page: u32, content: u32): u32 {
  const frame = readPage(node, file, page);
  fill(node, frame, content);
  const record = pageAt(node, frame);
  // There is no disk that such a page could differ from.
  if ((record.flags & (DIRTY | SHMEM)) == 0) {
    record.flags |= DIRTY;
    node.dirty++;
  }
  return frame;
}

/** Drops a page of the cache; what differs from the disk is written first. */
export function dropFile(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  const file = changetype<File>(<usize>page.owner);
  clean(node, frame);
  store<u32>(at(file.frames, page.index, 4), 0);
  file.cached--;
  if ((page.flags & SHMEM) != 0) node.shmem--;
  if ((page.flags & MAPPED) != 0) node.mapped--;
  delist(node, frame);
  giveFrame(node, frame);
}

function clean(node: Node, frame: u32): void {
  const page = pageAt(node, frame);
  if ((page.flags & DIRTY) == 0) return;
  page.flags &= ~DIRTY;
  node.dirty--;
  node.stat.pgpgout += 4;
}

/** Drops a file's pages from one on, written or not. */
export function forget(node: Node, file: File, first: u32): void {
  for (let page = nextThere(file.frames, first, file.pages); page < file.pages; page = nextThere(file.frames, page + 1, file.pages)) {
    const frame = cachedPage(file, page);
    if (frame == 0) continue;
    const record = pageAt(node, frame);
    // What nobody will read need not be written.
    if ((record.flags & DIRTY) != 0) {
      record.flags &= ~DIRTY;
      node.dirty--;
    }
    dropFile(node, frame);
  }
}

/** Writes everything that differs from the disk (sync). */
export function sync(node: Node): void {
  for (let file = node.cache.first; file !== null; file = file!.next) {
    const end = file.pages;
    for (let page = nextThere(file.frames, 0, end); page < end; page = nextThere(file.frames, page + 1, end)) {
      const frame = cachedPage(file, page);
      if (frame != 0) clean(node, frame);
    }
  }
}

/**
 * Drops what is clean and mapped by nobody (echo 1 > /proc/sys/vm/drop_caches; invalidate_mapping_pages()). What is in
 * memory only has no other copy: it stays.
 */
export function dropCaches(node: Node): void {
  node.stat.drop_pagecache++;
  for (let file = node.cache.first; file !== null; file = file!.next) {
    const end = file.pages;
    for (let page = nextThere(file.frames, 0, end); page < end; page = nextThere(file.frames, page + 1, end)) {
      const frame = cachedPage(file, page);
      if (frame != 0 && (pageAt(node, frame).flags & (DIRTY | SHMEM | MAPPED)) == 0) dropFile(node, frame);
    }
  }
}
