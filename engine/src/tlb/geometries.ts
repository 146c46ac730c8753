import type { ArrayGeometry, StructureCaches, TlbGeometry } from './geometry.ts';

/**
 * TLBs by name. The numbers of real processors are those that CPUID gives on real machines (dumps of
 * InstLatx64, leaves 2, 18H, 8000_0005H, 8000_0006H and 8000_0019H) or, where it says so, their maker's
 * manual; what neither tells is a choice, and named. Replacement is documented for none: true LRU is
 * our choice for all.
 */
export interface NamedGeometry extends TlbGeometry {
  /** Where the numbers come from. */
  source: string;
  /** What real hardware does otherwise, or does not tell. */
  note?: string;
}

const array = (
  sizes: ArrayGeometry['sizes'],
  entries: number,
  ways: ArrayGeometry['ways'],
  side: NonNullable<ArrayGeometry['side']> = 'both',
): ArrayGeometry => ({ sizes, entries, ways, side });

const ALL = ['4K', '2M', '1G'] as const;

export const GEOMETRIES = {
  reference: {
    source:
      'the contract of `pagewalk replay`; the data side of Skylake, one array for 2M and larger',
    l1: [array(['4K'], 64, 4), array(['2M', '1G'], 32, 4)],
    l2: [array(['4K', '2M'], 1536, 12)],
  },
  nehalem: {
    source: 'CPUID of 106A4, leaf 2; 2008',
    note: 'no array for 1G; 2M pages have no second level',
    l1: [
      array(['4K'], 64, 4, 'data'),
      array(['2M'], 32, 4, 'data'),
      array(['4K'], 64, 4, 'instruction'),
      array(['2M'], 7, 'full', 'instruction'),
    ],
    l2: [array(['4K'], 512, 4)],
  },
  haswell: {
    source: 'CPUID of 306C3, leaf 2; 2013',
    note: 'instruction arrays without hyper-threading',
    l1: [
      array(['4K'], 64, 4, 'data'),
      array(['2M'], 32, 4, 'data'),
      array(['1G'], 4, 4, 'data'),
      array(['4K'], 128, 8, 'instruction'),
      array(['2M'], 8, 'full', 'instruction'),
    ],
    l2: [array(['4K', '2M'], 1024, 8)],
  },
  skylake: {
    source:
      'CPUID of 506E3 and 50657, leaf 2; ways of the second level from the Intel optimization manual (248966-045, table 2-15); 2015',
    note: 'instruction arrays without hyper-threading',
    l1: [
      array(['4K'], 64, 4, 'data'),
      array(['2M'], 32, 4, 'data'),
      array(['1G'], 4, 4, 'data'),
      array(['4K'], 128, 8, 'instruction'),
      array(['2M'], 8, 'full', 'instruction'),
    ],
    l2: [array(['4K', '2M'], 1536, 12), array(['1G'], 16, 4)],
  },
  'granite-rapids': {
    source: 'CPUID of A06D1, leaf 18H; 2024',
    note: 'the array for loads stands for the data side (stores have 16 of their own); the two second-level arrays of 1024, for 4K with 2M and for 4K with 1G, are taken as one for each size',
    l1: [
      array(['4K'], 96, 6, 'data'),
      array(['2M'], 32, 4, 'data'),
      array(['1G'], 8, 'full', 'data'),
      array(['4K'], 256, 8, 'instruction'),
      array(['2M'], 32, 8, 'instruction'),
    ],
    l2: [array(['4K'], 2048, 16), array(['2M'], 1024, 8), array(['1G'], 1024, 8)],
  },
  'zen-2': {
    source: 'CPUID of 830F10, leaves 8000_0005H and 8000_0006H; 2019',
    note: 'CPUID gives a range for the ways of the second level: 8 is a choice within it',
    l1: [array(ALL, 64, 'full', 'data'), array(ALL, 64, 'full', 'instruction')],
    l2: [array(['4K', '2M'], 2048, 8, 'data'), array(['4K', '2M'], 1024, 8, 'instruction')],
  },
  'zen-4': {
    source: 'CPUID of A10F11, leaves 8000_0005H, 8000_0006H and 8000_0019H; 2022',
    note: 'CPUID gives ranges for the ways of the second level: 12 and 4 are choices',
    l1: [array(ALL, 72, 'full', 'data'), array(ALL, 64, 'full', 'instruction')],
    l2: [
      array(['4K', '2M'], 3072, 12, 'data'),
      array(['1G'], 64, 'full', 'data'),
      array(['4K', '2M'], 512, 4, 'instruction'),
    ],
  },
} as const satisfies Record<string, NamedGeometry>;

export type GeometryName = keyof typeof GEOMETRIES;

export const GEOMETRY_NAMES = Object.keys(GEOMETRIES) as GeometryName[];

/**
 * Paging-structure caches of about the size that some Intel processors seem to have. Their sizes are
 * mostly unpublished: an example, no measurement.
 */
export const EXAMPLE_STRUCTURES: StructureCaches = {
  pde: { entries: 32, ways: 4 },
  pdpte: { entries: 4, ways: 'full' },
  pml4e: { entries: 4, ways: 'full' },
  pml5e: { entries: 4, ways: 'full' },
};
