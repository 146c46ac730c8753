import type { PageSize } from '../../src/address.ts';
import type { ArrayGeometry, CacheGeometry, TlbGeometry } from '../../src/tlb/geometry.ts';

/**
 * A second TLB, plain: entries are objects that carry their whole tag, sets are lists with the entry
 * used last in front, and each flush is the predicate that the manuals' table says. It shares nothing
 * with the engine but the names of geometries.
 */

export type Side = 'data' | 'instruction';
export type Kind = 'linear' | 'guest-physical' | 'combined' | 'by-asid';

export interface Context {
  kind: Kind;
  vpid: number;
  pcid: number;
  ep4ta: bigint;
}

interface Entry extends Context {
  global: boolean;
  size: PageSize;
  /** Page number, in pages of its size. */
  page: bigint;
  leaf: PageSize;
  payload: bigint;
}

export interface Hit {
  level: 1 | 2;
  size: PageSize;
  payload: bigint;
}

const SIZES: readonly PageSize[] = ['4K', '2M', '1G'];
const BITS: Record<PageSize, bigint> = { '4K': 12n, '2M': 21n, '1G': 30n };
const ADDRESS = (1n << 57n) - 1n;
const GLOBAL = 1n << 5n;

const pageOf = (address: bigint, size: PageSize): bigint => (address & ADDRESS) >> BITS[size];
const leafOf = (payload: bigint): PageSize => SIZES[Number((payload >> 6n) & 3n)] ?? '1G';
const larger = (a: PageSize, b: PageSize): PageSize => (BITS[a] > BITS[b] ? a : b);

class Cache {
  readonly #sets: number;
  readonly #ways: number;
  readonly #lists = new Map<number, Entry[]>();

  constructor(shape: CacheGeometry) {
    this.#ways = shape.ways === 'full' ? shape.entries : shape.ways;
    this.#sets = shape.entries / this.#ways;
  }

  #list(page: bigint): Entry[] {
    const set = Number(page % BigInt(this.#sets));
    let list = this.#lists.get(set);
    if (list === undefined) this.#lists.set(set, (list = []));
    return list;
  }

  use(page: bigint, matches: (entry: Entry) => boolean): Entry | undefined {
    const list = this.#list(page);
    const index = list.findIndex((entry) => entry.page === page && matches(entry));
    if (index < 0) return undefined;
    const [entry] = list.splice(index, 1);
    list.unshift(entry!);
    return entry;
  }

  put(entry: Entry): void {
    const list = this.#list(entry.page);
    const same = list.findIndex(
      (there) =>
        there.page === entry.page &&
        there.size === entry.size &&
        there.kind === entry.kind &&
        there.vpid === entry.vpid &&
        there.ep4ta === entry.ep4ta &&
        there.global === entry.global &&
        (entry.global || there.pcid === entry.pcid),
    );
    if (same >= 0) list.splice(same, 1);
    list.unshift({ ...entry });
    if (list.length > this.#ways) list.pop();
  }

  drop(goes: (entry: Entry) => boolean): void {
    for (const [set, list] of this.#lists) {
      this.#lists.set(
        set,
        list.filter((entry) => !goes(entry)),
      );
    }
  }

  *entries(): Generator<Entry> {
    for (const list of this.#lists.values()) yield* list;
  }
}

type Rule = (entry: Entry) => boolean;

export class ModelTlb {
  readonly #levels: { array: ArrayGeometry; cache: Cache }[][];
  readonly #nested: Cache | undefined;
  readonly #structures: (Cache | undefined)[];
  readonly #nestedStructures: (Cache | undefined)[];
  now: Context = { kind: 'linear', vpid: 0, pcid: 0, ep4ta: 0n };

  constructor(geometry: TlbGeometry) {
    const level = (arrays: readonly ArrayGeometry[]): { array: ArrayGeometry; cache: Cache }[] =>
      arrays.map((array) => ({ array, cache: new Cache(array) }));
    this.#levels = [level(geometry.l1), level(geometry.l2)];
    this.#nested = geometry.nested ? new Cache(geometry.nested) : undefined;
    const caches = (given: TlbGeometry['structures']): (Cache | undefined)[] =>
      [given?.pde, given?.pdpte, given?.pml4e, given?.pml5e].map((shape) =>
        shape === undefined ? undefined : new Cache(shape),
      );
    this.#structures = caches(geometry.structures);
    this.#nestedStructures = caches(geometry.nestedStructures);
  }

  select(context: Context): void {
    this.now = { ...context, ep4ta: context.kind === 'combined' ? context.ep4ta : 0n };
  }

  /** A side that keeps a size in pieces in L1 does not look for it whole in L2. */
  #cache(level: number, side: Side, size: PageSize): Cache | undefined {
    if (level === 1 && this.#cache(0, side, size) === undefined) return undefined;
    return this.#levels[level]!.find(
      ({ array }) => array.sizes.includes(size) && [side, 'both', undefined].includes(array.side),
    )?.cache;
  }

  lookup(address: bigint, side: Side): Hit | null {
    const { kind, vpid, pcid, ep4ta } = this.now;
    for (const level of [0, 1]) {
      for (const size of SIZES) {
        const cache = this.#cache(level, side, size);
        const mine = (entry: Entry): boolean =>
          entry.size === size &&
          entry.kind === kind &&
          entry.vpid === vpid &&
          entry.ep4ta === ep4ta;
        const page = pageOf(address, size);
        const found =
          cache?.use(page, (entry) => mine(entry) && !entry.global && entry.pcid === pcid) ??
          cache?.use(page, (entry) => mine(entry) && entry.global);
        if (found === undefined) continue;
        if (level === 1) this.#cache(0, side, size)!.put(found);
        return { level: level === 0 ? 1 : 2, size, payload: found.payload };
      }
    }
    return null;
  }

  fill(address: bigint, wanted: PageSize, given: bigint, side: Side): void {
    let size = wanted;
    const leaf = larger(leafOf(given), wanted);
    let payload = (given & ~(3n << 6n)) | (BigInt(SIZES.indexOf(leaf)) << 6n);
    while (this.#cache(0, side, size) === undefined) {
      const smaller = SIZES[SIZES.indexOf(size) - 1]!;
      // The piece of the larger page that holds the address.
      const piece = (1n << BITS[size]) - (1n << BITS[smaller]);
      payload = (payload & ~piece) | (address & piece);
      size = smaller;
    }
    const page = pageOf(address, size);
    const global = (payload & GLOBAL) !== 0n;
    const entry: Entry = { ...this.now, global, size, page, leaf, payload };
    this.#cache(1, side, size)?.put(entry);
    this.#cache(0, side, size)!.put(entry);
  }

  #guestPhysical(): Context {
    const { kind, vpid, ep4ta } = this.now;
    return { kind: 'guest-physical', vpid: kind === 'by-asid' ? vpid : 0, pcid: 0, ep4ta };
  }

  #isOf(context: Context): Rule {
    return (entry) =>
      entry.kind === context.kind &&
      entry.vpid === context.vpid &&
      entry.pcid === context.pcid &&
      entry.ep4ta === context.ep4ta;
  }

  lookupNested(gpa: bigint): { size: PageSize; payload: bigint } | null {
    const is = this.#isOf(this.#guestPhysical());
    for (const size of SIZES) {
      const found = this.#nested?.use(
        pageOf(gpa, size),
        (entry) => entry.size === size && is(entry),
      );
      if (found !== undefined) return { size, payload: found.payload };
    }
    return null;
  }

  fillNested(gpa: bigint, size: PageSize, payload: bigint): void {
    const context = this.#guestPhysical();
    const page = pageOf(gpa, size);
    const leaf = larger(leafOf(payload), size);
    this.#nested?.put({ ...context, global: false, size, page, leaf, payload });
  }

  findStructure(address: bigint, nested: boolean): { level: number; payload: bigint } | null {
    const caches = nested ? this.#nestedStructures : this.#structures;
    const is = this.#isOf(nested ? this.#guestPhysical() : this.now);
    for (let level = 2; level <= 5; level++) {
      const page = (address & ADDRESS) >> BigInt(12 + 9 * (level - 1));
      const found = caches[level - 2]?.use(page, is);
      if (found !== undefined) return { level, payload: found.payload };
    }
    return null;
  }

  fillStructure(address: bigint, level: number, payload: bigint, nested: boolean): void {
    const caches = nested ? this.#nestedStructures : this.#structures;
    const context = nested ? this.#guestPhysical() : this.now;
    const page = (address & ADDRESS) >> BigInt(12 + 9 * (level - 1));
    caches[level - 2]?.put({
      ...context,
      global: false,
      size: '4K',
      page,
      leaf: '4K',
      payload,
    });
  }

  #dropTranslations(goes: Rule): void {
    for (const level of this.#levels) for (const { cache } of level) cache.drop(goes);
  }

  /** Paging-structure entries; `address`: only those that a walk of it would use. */
  #dropStructures(goes: Rule, nested = false, address?: bigint): void {
    (nested ? this.#nestedStructures : this.#structures).forEach((cache, index) => {
      const bits = BigInt(12 + 9 * (index + 1));
      cache?.drop(
        (entry) =>
          goes(entry) && (address === undefined || entry.page === (address & ADDRESS) >> bits),
      );
    });
  }

  /** Whether an entry belongs to the page, whole or in pieces, that holds the address. */
  #covers(address: bigint): Rule {
    return (entry) =>
      (entry.page << BITS[entry.size]) >> BITS[entry.leaf] === pageOf(address, entry.leaf);
  }

  /** What a guest's or the host's own instructions reach: everything but guest-physical mappings. */
  #isLinear(entry: Entry): boolean {
    return entry.kind !== 'guest-physical';
  }

  invlpg(address: bigint): void {
    const { vpid, pcid } = this.now;
    const mine: Rule = (entry) => this.#isLinear(entry) && entry.vpid === vpid;
    const covers = this.#covers(address);
    this.#dropTranslations(
      (entry) => mine(entry) && (entry.pcid === pcid || entry.global) && covers(entry),
    );
    this.#dropStructures((entry) => mine(entry) && entry.pcid === pcid);
  }

  invpcid(type: number, pcid: number, address: bigint): void {
    const mine: Rule = (entry) => this.#isLinear(entry) && entry.vpid === this.now.vpid;
    const covers = this.#covers(address);
    const rules: Rule[] = [
      (entry) => mine(entry) && !entry.global && entry.pcid === pcid && covers(entry),
      (entry) => mine(entry) && !entry.global && entry.pcid === pcid,
      mine,
      (entry) => mine(entry) && !entry.global,
    ];
    this.#dropTranslations(rules[type]!);
    this.#dropStructures((entry) => mine(entry) && (type >= 2 || entry.pcid === pcid));
  }

  movCr3(pcid: number, pcide: boolean, keep: boolean): void {
    if (pcide && keep) return;
    const whose = pcide ? pcid : 0;
    const goes: Rule = (entry) =>
      this.#isLinear(entry) &&
      entry.vpid === this.now.vpid &&
      !entry.global &&
      entry.pcid === whose;
    this.#dropTranslations(goes);
    this.#dropStructures(goes);
  }

  #dropVpid(isIt: (vpid: number) => boolean, globals: boolean): void {
    const goes: Rule = (entry) =>
      this.#isLinear(entry) && isIt(entry.vpid) && (globals || !entry.global);
    this.#dropTranslations(goes);
    this.#dropStructures(goes);
  }

  flushAll(): void {
    this.#dropVpid((vpid) => vpid === this.now.vpid, true);
  }

  flushPcid(): void {
    const goes: Rule = (entry) =>
      this.#isLinear(entry) &&
      entry.vpid === this.now.vpid &&
      (entry.global || entry.pcid === this.now.pcid);
    this.#dropTranslations(goes);
    this.#dropStructures(goes);
  }

  vmTransition(vpidEnabled: boolean): void {
    if (!vpidEnabled) this.#dropVpid((vpid) => vpid === 0, true);
  }

  invvpid(type: number, vpid: number, address: bigint): void {
    if (type === 0) {
      const goes: Rule = (entry) => this.#isLinear(entry) && entry.vpid === vpid;
      const covers = this.#covers(address);
      this.#dropTranslations((entry) => goes(entry) && covers(entry));
      this.#dropStructures(goes, false, address);
    } else if (type === 2) this.#dropVpid((whose) => whose !== 0, true);
    else this.#dropVpid((whose) => whose === vpid, type === 1);
  }

  invept(type: number, ep4ta: bigint): void {
    const goes: Rule = (entry) =>
      (entry.kind === 'combined' || entry.kind === 'guest-physical') &&
      (type === 2 || entry.ep4ta === ep4ta);
    this.#dropTranslations(goes);
    this.#dropStructures(goes);
    this.#dropStructures(goes, true);
    this.#nested?.drop(goes);
  }

  pageFault(address: bigint): void {
    const { vpid, pcid } = this.now;
    const goes: Rule = (entry) =>
      this.#isLinear(entry) && entry.vpid === vpid && (entry.global || entry.pcid === pcid);
    const covers = this.#covers(address);
    this.#dropTranslations((entry) => goes(entry) && covers(entry));
    this.#dropStructures(goes, false, address);
  }

  eptViolation(gpa: bigint, linear: boolean, address: bigint): void {
    const { vpid, pcid, ep4ta } = this.now;
    const nested: Rule = (entry) => entry.kind === 'guest-physical' && entry.ep4ta === ep4ta;
    const coversGpa = this.#covers(gpa);
    this.#nested?.drop((entry) => nested(entry) && coversGpa(entry));
    this.#dropStructures(nested, true, gpa);
    if (!linear) return;
    const combined: Rule = (entry) =>
      entry.kind === 'combined' &&
      entry.vpid === vpid &&
      entry.ep4ta === ep4ta &&
      (entry.global || entry.pcid === pcid);
    const covers = this.#covers(address);
    this.#dropTranslations((entry) => combined(entry) && covers(entry));
    this.#dropStructures(combined, false, address);
  }

  tlbControl(value: number, asid: number): void {
    if (value === 0) return;
    const goes: Rule = (entry) =>
      value === 1 || (entry.vpid === asid && (value === 3 || !entry.global));
    this.#dropTranslations(goes);
    this.#dropStructures(goes);
    this.#dropStructures(goes, true);
    this.#nested?.drop(goes);
  }

  invlpga(address: bigint, asid: number): void {
    const covers = this.#covers(address);
    this.#dropTranslations((entry) => entry.vpid === asid && covers(entry));
    this.#dropStructures((entry) => entry.vpid === asid);
  }

  /** Every translation that is somewhere, as its whole tag. */
  translations(): Entry[] {
    return this.#levels.flatMap((level) => level.flatMap(({ cache }) => [...cache.entries()]));
  }
}
