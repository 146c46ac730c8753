/**
 * The benchmark's loop: each address is looked up in the engine's TLB, and walked by the engine's walk
 * where that misses. Compiled among the engine's own modules, where its imports lead.
 */
import { READ } from './access';
import * as evidence from './evidence';
import { FLAT_BYTES, flat, reserveBlock } from './memory';
import { setEpt, setPaging } from './registers';
import { runShort } from './tlb/batch';
import { fillMissed, hitLevel, hitPayload, look } from './tlb/lookup';
import { R, U, W, X } from './tlb/payload';
import {
  ROLE_NESTED,
  ROLE_NESTED_STRUCTURES,
  ROLE_STRUCTURES,
  Tlb,
  addArray,
  newTlb,
  openTlb,
  select,
} from './tlb/tlb';
import { COMBINED } from './tlb/context';
import { translate } from './walk';
import { useCaches } from './walk-caches';

export function flatAt(): usize {
  return flat;
}

export function flatBytes(): usize {
  return FLAT_BYTES;
}

export { reserveBlock };

/** The machine's registers: four levels on both sides, EPT without accessed and dirty bits. */
export function setUp(cr3: u64, eptRoot: u64): void {
  setPaging(4, cr3, 46, true, true, false, false, false, true);
  setEpt(4, eptRoot, false, true);
}

/**
 * An empty TLB: sets and ways of L1 for 4K and of L2; with the caches of a walk or without: a nested TLB of
 * 64, PDE, PDPTE and PML4E caches of 32, 16 and 4, one of 32 for EPT's PDEs.
 */
export function makeTlb(
  l1Sets: u32,
  l1Ways: u32,
  l2Sets: u32,
  l2Ways: u32,
  withCaches: bool,
): usize {
  const tlb = newTlb();
  addArray(tlb, 0, 3, 0b001, l1Sets, l1Ways);
  addArray(tlb, 0, 3, 0b110, 8, 4);
  addArray(tlb, 1, 3, 0b011, l2Sets, l2Ways);
  if (withCaches) {
    addArray(tlb, ROLE_NESTED, 0, 0, 16, 4);
    addArray(tlb, ROLE_STRUCTURES, 0, 2, 8, 4);
    addArray(tlb, ROLE_STRUCTURES, 0, 3, 4, 4);
    addArray(tlb, ROLE_STRUCTURES, 0, 4, 1, 4);
    addArray(tlb, ROLE_NESTED_STRUCTURES, 0, 2, 8, 4);
  }
  openTlb(tlb);
  select(tlb, COMBINED, 1, 0, 0x1000);
  return tlb;
}

let l1Hits: u32 = 0;
let l2Hits: u32 = 0;
let misses: u32 = 0;
let sum: u32 = 0;
let references: u32 = 0;

export function countOf(which: i32): u32 {
  return which == 0 ? l1Hits : which == 1 ? l2Hits : which == 2 ? misses : references;
}

// @ts-ignore: decorator
@inline
function frameOf(hit: usize): u32 {
  return <u32>(hitPayload(hit) >> 12);
}

// An access of any kind.
function runLong(t: Tlb, page: u64): void {
  const hit = look(t, page, 0);
  if (hit != 0) {
    if (hitLevel(hit) == 1) l1Hits++;
    else l2Hits++;
    sum += frameOf(hit);
    return;
  }
  misses++;
  const address = page << 12;
  if (translate(address, READ, 3) != evidence.OK) unreachable();
  references += evidence.numberOfReferences();
  const frame = evidence.outcome.hpa & ~4095;
  fillMissed(t, address, 0, frame | R | W | X | U, 0);
  sum += <u32>(frame >> 12);
}

/** Translates `count` pages, as the replay does it. Returns the sum of their frames. */
export function run(tlb: usize, pages: usize, count: u32, withCaches: bool): u32 {
  const t = changetype<Tlb>(tlb);
  l1Hits = 0;
  l2Hits = 0;
  misses = 0;
  sum = 0;
  references = 0;
  useCaches(withCaches ? tlb : 0);
  t.frames = 0;
  let index: u32 = 0;
  while (true) {
    const short = runShort(tlb, pages, index, count);
    l1Hits += short;
    index += short;
    if (index >= count) return sum + t.frames;
    runLong(t, load<u64>(pages + (<usize>(index++) << 3)));
  }
}
