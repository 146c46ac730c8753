import { PAGE_SIZES } from '../address.ts';
import type { PageSize } from '../address.ts';
import { InputError, object, show } from '../input.ts';

/** A TLB as plain data: which arrays there are, how large, and for which pages. */

/** One array. Its set is the low bits of the page number of the entry's size; each set is true LRU. */
export interface ArrayGeometry {
  /** The page sizes that it holds, kept apart by their size in the same sets. */
  sizes: readonly PageSize[];
  /** Entries in all: sets times ways, the sets a power of two. */
  entries: number;
  /** Ways of a set, 1 to 128; `full` is fully associative: one set. */
  ways: number | 'full';
  /** Whom it serves; both by default. */
  side?: 'both' | 'data' | 'instruction';
}

/** A cache of the walk: as an array, but what it holds follows from its place. */
export type CacheGeometry = Pick<ArrayGeometry, 'entries' | 'ways'>;

/** Paging-structure caches by the entries that they hold (Intel SDM vol. 3, 4.10.3). */
export type StructureCaches = Partial<Record<StructureName, CacheGeometry>>;

export interface TlbGeometry {
  /** First level. Each side needs an array for 4K; a size that a side lacks is kept in smaller pieces. */
  l1: readonly ArrayGeometry[];
  /** Second level; a size that it lacks lives in the first alone. */
  l2: readonly ArrayGeometry[];
  /** Guest-physical translations, all sizes together. */
  nested?: CacheGeometry | null;
  /** Caches of the linear walk, and of that of the second dimension. */
  structures?: StructureCaches | null;
  nestedStructures?: StructureCaches | null;
}

export const STRUCTURES = ['pde', 'pdpte', 'pml4e', 'pml5e'] as const;
export type StructureName = (typeof STRUCTURES)[number];

/** What the machine has room for (engine/assembly/tlb). */
const MAX_WAYS = 128;
const MAX_ENTRIES = 30_000;
const MAX_ARRAYS = 24;

const SIDES = ['both', 'data', 'instruction'];

/** Sets and ways of an array. */
export function shapeOf(array: CacheGeometry): { sets: number; ways: number } {
  const ways = array.ways === 'full' ? array.entries : array.ways;
  return { sets: array.entries / ways, ways };
}

export const sidesOf = (array: ArrayGeometry): ('data' | 'instruction')[] =>
  array.side === undefined || array.side === 'both' ? ['data', 'instruction'] : [array.side];

function wholeNumber(value: unknown, field: string, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new InputError(field, `is ${show(value)}; ${what} would be right`);
  }
  return value;
}

function readShape(value: Record<string, unknown>, field: string): CacheGeometry {
  const entries = wholeNumber(value['entries'], `${field}.entries`, 'a whole number from 1');
  if (entries > MAX_ENTRIES) {
    throw new InputError(
      `${field}.entries`,
      `is ${entries}; at most ${MAX_ENTRIES} would be right`,
    );
  }
  const given = value['ways'];
  const ways =
    given === 'full'
      ? entries
      : wholeNumber(given, `${field}.ways`, 'a whole number from 1, or "full",');
  if (ways > MAX_WAYS) {
    throw new InputError(`${field}.ways`, `is ${ways}; at most ${MAX_WAYS} would be right`);
  }
  const sets = entries / ways;
  if (!Number.isInteger(sets)) {
    throw new InputError(
      `${field}.entries`,
      `is ${entries}, which ${ways} ways do not divide; sets times ways would be right`,
    );
  }
  if (!Number.isInteger(Math.log2(sets))) {
    throw new InputError(
      `${field}.entries`,
      `is ${entries}, which with ${ways} ways makes ${sets} sets; a power of two of them would be right`,
    );
  }
  return { entries, ways: given === 'full' ? 'full' : ways };
}

function readArray(value: unknown, field: string): ArrayGeometry {
  const array = object(value, field, ['sizes', 'entries', 'ways', 'side']);
  const sizes = array['sizes'];
  if (
    !Array.isArray(sizes) ||
    sizes.length === 0 ||
    !sizes.every((size) => (PAGE_SIZES as readonly unknown[]).includes(size))
  ) {
    throw new InputError(
      `${field}.sizes`,
      `is ${show(sizes)}; a list of ${PAGE_SIZES.map((size) => `"${size}"`).join(', ')} would be right`,
    );
  }
  const side = array['side'] ?? 'both';
  if (typeof side !== 'string' || !SIDES.includes(side)) {
    throw new InputError(
      `${field}.side`,
      `is ${show(side)}; "both", "data" or "instruction" would be right`,
    );
  }
  return {
    sizes: sizes as PageSize[],
    ...readShape(array, field),
    side: side as NonNullable<ArrayGeometry['side']>,
  };
}

function readLevel(value: unknown, field: string): ArrayGeometry[] {
  if (!Array.isArray(value)) {
    throw new InputError(field, `is ${show(value)}; a list of arrays would be right`);
  }
  const arrays = value.map((array, index) => readArray(array, `${field}[${index}]`));
  const taken = new Set<string>();
  arrays.forEach((array, index) => {
    for (const side of sidesOf(array)) {
      for (const size of array.sizes) {
        const place = `${side} ${size}`;
        if (taken.has(place)) {
          throw new InputError(
            `${field}[${index}].sizes`,
            `has ${size} a second time on the ${side} side; one array of a level for each would be right`,
          );
        }
        taken.add(place);
      }
    }
  });
  return arrays;
}

function readCache(value: unknown, field: string): CacheGeometry {
  return readShape(object(value, field, ['entries', 'ways']), field);
}

/** Paging-structure caches from JSON; null where there are none. Throws an `InputError` with the field. */
export function readStructures(value: unknown, field: string): StructureCaches | null {
  if (value === null || value === undefined) return null;
  const caches: StructureCaches = {};
  for (const [name, cache] of Object.entries(object(value, field, STRUCTURES))) {
    caches[name as StructureName] = readCache(cache, `${field}.${name}`);
  }
  return caches;
}

/** A TLB from JSON. Throws an `InputError` that names the field. */
export function readGeometry(value: unknown, field: string): TlbGeometry {
  const tlb = object(value, field, ['l1', 'l2', 'nested', 'structures', 'nestedStructures']);
  const l1 = readLevel(tlb['l1'], `${field}.l1`);
  const l2 = readLevel(tlb['l2'] ?? [], `${field}.l2`);
  for (const side of ['data', 'instruction'] as const) {
    if (!l1.some((array) => array.sizes.includes('4K') && sidesOf(array).includes(side))) {
      throw new InputError(
        `${field}.l1`,
        `has no array for 4K on the ${side} side; one would be right`,
      );
    }
  }
  const nested = tlb['nested'];
  const geometry = {
    l1,
    l2,
    nested: nested === null || nested === undefined ? null : readCache(nested, `${field}.nested`),
    structures: readStructures(tlb['structures'], `${field}.structures`),
    nestedStructures: readStructures(tlb['nestedStructures'], `${field}.nestedStructures`),
  };
  const shapes = cachesOf(geometry);
  if (shapes.length > MAX_ARRAYS) {
    throw new InputError(
      field,
      `has ${shapes.length} arrays; at most ${MAX_ARRAYS} would be right`,
    );
  }
  const entries = shapes.reduce((sum, array) => sum + array.entries, 0);
  if (entries > MAX_ENTRIES) {
    throw new InputError(
      field,
      `has ${entries} entries in all; at most ${MAX_ENTRIES} would be right`,
    );
  }
  return geometry;
}

const cachesOf = (geometry: TlbGeometry): CacheGeometry[] => [
  ...geometry.l1,
  ...geometry.l2,
  ...(geometry.nested ? [geometry.nested] : []),
  ...Object.values(geometry.structures ?? {}),
  ...Object.values(geometry.nestedStructures ?? {}),
];
