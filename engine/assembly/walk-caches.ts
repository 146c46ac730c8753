/**
 * What a walk may take from the processor's caches instead of memory: paging-structure entries of
 * either dimension, and guest-physical translations (Intel SDM vol. 3, 4.10.3 and 29.4.1). Without a
 * TLB in use a walk reads every entry, as on cold hardware.
 */
import { bits } from './address';
import { RW, US, XD } from './entry';
import * as payload from './tlb/payload';
import { fillNested, lookupNested } from './tlb/nested';
import { fillStructure, findStructure, structureLevel, structurePayload } from './tlb/structures';

const ADDRESS: u64 = bits(51, 12);

/** The TLB whose caches walks use now; 0 for none. Its context is selected by who sets it. */
export let caches: usize = 0;

export function useCaches(tlb: usize): void {
  caches = tlb;
}

// In a cached entry of ordinary tables, below the address: R/W and U/S in place, XD in bit 0.
const CACHED_XD: u64 = 1;

/** Where a walk starts that found a paging-structure entry: the level it reads next, its table. */
export let startLevel: i32 = 0;
export let startTable: u64 = 0;
/** What the entries above allow, as entries say it: R/W and U/S, and XD. */
export let startAll: u64 = 0;
export let startAny: u64 = 0;

/** Looks for the longest match; false where a walk has to start at its root. */
export function findStart(address: u64, nested: bool): bool {
  const hit = findStructure(caches, address, nested);
  if (hit == 0) return false;
  const cached = structurePayload(hit);
  startLevel = structureLevel(hit) - 1;
  startTable = cached & ADDRESS;
  startAll = cached & (RW | US);
  startAny = (cached & CACHED_XD) != 0 ? XD : 0;
  return true;
}

/** Keeps an entry that a walk used: the table it leads to, and what it and those above allow. */
export function keepStructure(
  address: u64,
  level: i32,
  table: u64,
  all: u64,
  any: u64,
  nested: bool,
): void {
  const rights = (all & (RW | US)) | ((any & XD) != 0 ? CACHED_XD : 0);
  fillStructure(caches, address, level, (table & ADDRESS) | rights, nested);
}

/** The same of EPT, whose rights are three bits of their own. */
export function keepEptStructure(gpa: u64, level: i32, table: u64, rights: u64): void {
  fillStructure(caches, gpa, level, (table & ADDRESS) | (rights & 7), true);
}

export let startRights: u64 = 0;

export function findEptStart(gpa: u64): bool {
  const hit = findStructure(caches, gpa, true);
  if (hit == 0) return false;
  const cached = structurePayload(hit);
  startLevel = structureLevel(hit) - 1;
  startTable = cached & ADDRESS;
  startRights = cached & 7;
  return true;
}

/** A guest-physical translation that was found: address, level of its leaf, R, W and X. */
export let nestedHpa: u64 = 0;
export let nestedLevel: i32 = 0;
export let nestedRights: u64 = 0;

/** Looks a guest-physical address up; `wanted` are the rights it must have (R, W, X). */
export function findNested(gpa: u64, wanted: u64): bool {
  const hit = lookupNested(caches, gpa);
  if (hit == 0) return false;
  const entry = load<u64>(hit & ~7);
  const rights = entry & (payload.R | payload.W | payload.X);
  if ((rights & wanted) != wanted) return false;
  nestedLevel = 1 + <i32>((hit >> 1) & 3);
  const offset = ((<u64>1) << (<u64>(12 + 9 * (nestedLevel - 1)))) - 1;
  nestedHpa = (entry & ADDRESS & ~offset) | (gpa & offset);
  nestedRights = rights;
  return true;
}

/** Keeps one. Write access is kept only where a write would not have to set the dirty bit first. */
export function keepNested(gpa: u64, hpa: u64, level: i32, rights: u64, dirty: bool): void {
  const offset = ((<u64>1) << (<u64>(12 + 9 * (level - 1)))) - 1;
  const kept = dirty ? rights & 7 : rights & 5;
  fillNested(caches, gpa, level - 1, (hpa & ~offset) | kept | ((<u64>(level - 1)) << payload.LEAF_SHIFT));
}
