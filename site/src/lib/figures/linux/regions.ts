import type { Mapping } from '@pagewalk/engine';

/**
 * The parts of a Linux address space, by where x86-64 Linux with four levels and a randomised layout
 * puts them (Documentation/arch/x86/x86_64/mm.rst). Direct map, vmalloc and vmemmap are moved about
 * inside their common range, so they are one region here.
 */
export type Region = 'user' | 'kernel' | 'entry' | 'espfix' | 'text' | 'modules' | 'fixmap';

const STARTS: readonly [start: bigint, region: Region][] = [
  [0n, 'user'],
  [0xffff_8000_0000_0000n, 'kernel'],
  [0xffff_fe00_0000_0000n, 'entry'],
  [0xffff_ff00_0000_0000n, 'espfix'],
  [0xffff_ffff_8000_0000n, 'text'],
  [0xffff_ffff_c000_0000n, 'modules'],
  [0xffff_ffff_ff00_0000n, 'fixmap'],
];

export interface RegionPages {
  region: Region;
  /** Its pages among all pages in order of address: from `first`, `count` of them. */
  first: number;
  count: number;
}

/** Where each region's pages lie among a guest's pages, which are in order of address. */
export function regionsOf(mappings: readonly Mapping[]): RegionPages[] {
  const found: RegionPages[] = [];
  STARTS.forEach(([start, region], index) => {
    const end = STARTS[index + 1]?.[0];
    const first = mappings.findIndex((one) => one.gva >= start);
    if (first < 0) return;
    const after = end === undefined ? -1 : mappings.findIndex((one) => one.gva >= end);
    const count = (after < 0 ? mappings.length : after) - first;
    if (count > 0) found.push({ region, first, count });
  });
  return found;
}

/** The page that holds an address, or the nearest below it; -1 when there is none. */
export function pageAt(mappings: readonly Mapping[], address: bigint): number {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const one = mappings[middle];
    if (one !== undefined && one.gva <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
