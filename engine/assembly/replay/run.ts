/**
 * One TLB fed with a trace. Everything is mapped; nothing is flushed. What a miss costs follows from
 * the counts here and from the lengths of walks, outside: designs that differ in those alone share a run.
 */
import { PAGE_MASK, ofSize } from '../tlb/tag';
import { R, U, W, X } from '../tlb/payload';
import { runShort } from '../tlb/batch';
import { fill, fillMissed, hitLevel, look } from '../tlb/lookup';
import { fillStructure, findStructure, structureLevel } from '../tlb/structures';
import { Tlb } from '../tlb/tlb';
import { reserveBlock } from '../memory';
import { PageSet, addPage, openPages } from './pages';

@unmanaged
export class Run {
  l1Hits: u64;
  l2Hits: u64;
  misses: u64;
  /** Misses whose walk began at a paging-structure cache, by the guest entries left to read: 1 to 4. */
  walksLeft1: u64;
  walksLeft2: u64;
  walksLeft3: u64;
  walksLeft4: u64;
  /** Pages of the entries' size touched so far. */
  pages: PageSet;
  tlb: usize;
  size: i32;
  /** With paging-structure caches: levels of the tables that they cache, and of the leaf; else 0. */
  levels: i32;
  leaf: i32;
}

/** A run on an opened TLB whose entries have `size`; `levels` 0 is without paging-structure caches. */
export function newRun(tlb: usize, size: i32, levels: i32, leaf: i32): Run {
  const at = reserveBlock(offsetof<Run>() + offsetof<PageSet>());
  const run = changetype<Run>(at);
  run.pages = changetype<PageSet>(at + offsetof<Run>());
  openPages(run.pages);
  run.tlb = tlb;
  run.size = size;
  run.levels = levels;
  run.leaf = leaf;
  return run;
}

// The walk of a miss, as far as the paging-structure caches know of it.
function walk(run: Run, address: u64): void {
  const hit = findStructure(run.tlb, address, false);
  let level = run.levels;
  if (hit != 0) {
    level = structureLevel(hit) - 1;
    const left = changetype<usize>(run) + offsetof<Run>('walksLeft1');
    const at = left + ((<usize>(level - run.leaf)) << 3);
    store<u64>(at, load<u64>(at) + 1);
  }
  for (; level > run.leaf; level--) fillStructure(run.tlb, address, level, 0, false);
}

function miss(run: Run, t: Tlb, page: u64, side: i32): void {
  const address = page << 12;
  run.misses++;
  addPage(run.pages, ofSize(page, run.size));
  if (run.levels != 0) walk(run, address);
  // Identity: where a page lies changes no count.
  const payload = (address & ~(((<u64>4096) << (<u64>(9 * run.size))) - 1)) | R | W | X | U;
  if (t.route(0, side, run.size) == 0) fill(run.tlb, address, run.size, payload, side);
  else fillMissed(t, address, run.size, payload, side);
}

/** Looks up `count` pages (bits 44:0; bit 45: a fetch), walking for those that miss. */
export function runPages(run: Run, pages: usize, count: u32): void {
  const t = changetype<Tlb>(run.tlb);
  let index: u32 = 0;
  while (true) {
    const short = runShort(run.tlb, pages, index, count);
    run.l1Hits += short;
    index += short;
    if (index >= count) return;
    const element = load<u64>(pages + (<usize>(index++) << 3));
    const side = <i32>(element >> 45);
    const page = element & PAGE_MASK;
    const hit = look(t, page, side);
    if (hit == 0) miss(run, t, page, side);
    else if (hitLevel(hit) == 1) run.l1Hits++;
    else run.l2Hits++;
  }
}
