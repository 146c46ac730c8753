import { PAGE_SIZES, leafLevel, pageBytes } from '../address.ts';
import type { Levels, PageSize } from '../address.ts';
import { DEFAULT_COSTS, readCosts } from '../cost/model.ts';
import type { Costs } from '../cost/model.ts';
import { InputError, object, show } from '../input.ts';
import { readGeometry, readStructures } from '../tlb/geometry.ts';
import type { TlbGeometry } from '../tlb/geometry.ts';
import { EXAMPLE_STRUCTURES, GEOMETRIES, GEOMETRY_NAMES } from '../tlb/geometries.ts';
import type { GeometryName } from '../tlb/geometries.ts';

/** How memory is virtualized, and the hardware that does it: what a trace is replayed through. */

export const MODES = ['native', 'shadow', 'ept', 'npt'] as const;
export type Mode = (typeof MODES)[number];

export interface Design {
  name: string;
  mode: Mode;
  /** Pages that the guest, or the only system, maps; its table levels. */
  guestPage: PageSize;
  levels: Levels;
  /** Pages that back the guest; on bare metal as guestPage. Levels of EPT or NPT, 0 without. */
  hostPage: PageSize;
  hostLevels: Levels | 0;
  /** With its paging-structure caches, if any. */
  tlb: TlbGeometry;
  costs: Costs;
}

/** The page size of TLB entries, and under shadow paging of the table that is walked. */
export const entryPage = ({ guestPage, hostPage }: Design): PageSize =>
  pageBytes(guestPage) < pageBytes(hostPage) ? guestPage : hostPage;

/** Whether a walk has a second dimension. */
const isNested = ({ mode }: Design): boolean => mode === 'ept' || mode === 'npt';

/** The level of the leaf that a walk of the first dimension ends at. */
export const walkedLeaf = (design: Design): 1 | 2 | 3 =>
  leafLevel(isNested(design) ? design.guestPage : entryPage(design));

/**
 * References of a walk that reads `guest` entries of the first dimension. Each of their addresses and
 * the final one takes a walk of the second dimension, but for the first entry's where a
 * paging-structure cache gave its host address (Intel SDM vol. 3, 4.10.3.2, 29.4.1).
 */
export function referencesOf(design: Design, guest: number, isCached: boolean): number {
  const host = design.hostLevels === 0 ? 0 : design.hostLevels + 1 - leafLevel(design.hostPage);
  const addresses = guest + (isCached ? 0 : 1);
  return guest + addresses * host;
}

/** References of a walk from the root: (g+1)(h+1)-1. */
export const fullWalk = (design: Design): number =>
  referencesOf(design, design.levels + 1 - walkedLeaf(design), false);

/** Exits at first touch: one for each page that the hypervisor maps, given the entries' pages touched. */
export function firstTouches(design: Design, touched: number): number {
  if (design.mode === 'native') return 0;
  if (design.mode === 'shadow') return touched;
  // Guest frames are handed out in the order of their first touch, one behind the other.
  const perHostPage = pageBytes(design.hostPage) / pageBytes(entryPage(design));
  return Math.ceil(touched / Number(perHostPage));
}

function readPage(value: unknown, field: string): PageSize {
  if (value === undefined) return '4K';
  const size = PAGE_SIZES.find((page) => page === value);
  if (size !== undefined) return size;
  throw new InputError(field, `is ${show(value)}; "4K", "2M" or "1G" would be right`);
}

function readLevels(value: unknown, field: string): Levels {
  if (value === undefined) return 4;
  if (value === 4 || value === 5) return value;
  throw new InputError(field, `is ${show(value)}; 4 or 5 would be right`);
}

function readTlb(value: unknown): TlbGeometry {
  if (typeof value !== 'string') return readGeometry(value, 'tlb');
  if (!(GEOMETRY_NAMES as string[]).includes(value)) {
    throw new InputError(
      'tlb',
      `is ${show(value)}; an object or one of ${GEOMETRY_NAMES.join(', ')} would be right`,
    );
  }
  return GEOMETRIES[value as GeometryName];
}

const KEYS = [
  'name',
  'mode',
  'guestPage',
  'hostPage',
  'levels',
  'hostLevels',
  'tlb',
  'psc',
  'cost',
];

/** A design from JSON; `name` is what it is called where it does not say. Throws an `InputError`. */
export function readDesign(value: unknown, name: string): Design {
  const design = object(value, 'design', KEYS);
  const own = design['name'] ?? name;
  if (typeof own !== 'string' || own === '') {
    throw new InputError('name', `is ${show(own)}; a text would be right`);
  }
  const mode = MODES.find((known) => known === design['mode']);
  if (mode === undefined) {
    const wrong = design['mode'] === undefined ? 'is missing' : `is ${show(design['mode'])}`;
    throw new InputError('mode', `${wrong}; one of ${MODES.join(', ')} would be right`);
  }
  const absent = (key: string, why: string): void => {
    if (design[key] === undefined || design[key] === null) return;
    throw new InputError(key, `is ${show(design[key])}, but ${why}; none would be right`);
  };
  if (mode === 'native') absent('hostPage', 'bare metal has no host below it');
  if (mode === 'native' || mode === 'shadow') absent('hostLevels', `${mode} has one dimension`);

  const guestPage = readPage(design['guestPage'], 'guestPage');
  const nested = mode === 'ept' || mode === 'npt';
  const tlb = readTlb(design['tlb'] ?? 'reference');
  for (const key of ['nested', 'nestedStructures'] as const) {
    if (tlb[key]) {
      throw new InputError(
        `tlb.${key}`,
        'is given, but a replay does not follow guest-physical caches; none would be right',
      );
    }
  }
  let structures = tlb.structures ?? null;
  if (design['psc'] === 'example') structures = EXAMPLE_STRUCTURES;
  else if (design['psc'] === 'none') structures = null;
  else if (typeof design['psc'] === 'string') {
    throw new InputError(
      'psc',
      `is ${show(design['psc'])}; "none", "example" or an object would be right`,
    );
  } else if (design['psc'] !== undefined) structures = readStructures(design['psc'], 'psc');
  return {
    name: own,
    mode,
    guestPage,
    levels: readLevels(design['levels'], 'levels'),
    hostPage: mode === 'native' ? guestPage : readPage(design['hostPage'], 'hostPage'),
    hostLevels: nested ? readLevels(design['hostLevels'], 'hostLevels') : 0,
    tlb: { ...tlb, structures },
    costs: readCosts(design['cost'], 'cost'),
  };
}

/** Designs by name: mode, guest page, host page; reference TLB, no paging-structure caches. */
function named(): Design[] {
  const designs: Design[] = [];
  const add = (
    name: string,
    mode: Mode,
    guestPage: PageSize,
    hostPage: PageSize,
    levels: Levels,
    hostLevels: Levels | 0,
  ): void => {
    const tlb = { ...GEOMETRIES.reference, structures: null };
    const costs = DEFAULT_COSTS;
    designs.push({ name, mode, guestPage, levels, hostPage, hostLevels, tlb, costs });
  };
  for (const page of PAGE_SIZES) {
    add(`native-${page.toLowerCase()}`, 'native', page, page, 4, 0);
  }
  for (const page of PAGE_SIZES) {
    add(`shadow-${page.toLowerCase()}`, 'shadow', page, page, 4, 0);
  }
  for (const [prefix, mode, levels] of [
    ['ept', 'ept', 4],
    ['ept5', 'ept', 5],
    ['npt', 'npt', 4],
  ] as const) {
    for (const guest of PAGE_SIZES) {
      for (const host of PAGE_SIZES) {
        const name = `${prefix}-${guest.toLowerCase()}-${host.toLowerCase()}`;
        add(name, mode, guest, host, levels, levels);
      }
    }
  }
  return designs;
}

export const DESIGNS: ReadonlyMap<string, Design> = new Map(
  named().map((design) => [design.name, design]),
);

/** What is replayed where nobody chose. */
export const USUAL_DESIGNS = [
  'native-4k',
  'native-2m',
  'shadow-4k',
  'ept-4k-4k',
  'ept-2m-4k',
  'ept-4k-2m',
  'ept-2m-2m',
  'ept5-4k-4k',
  'npt-4k-4k',
] as const;
