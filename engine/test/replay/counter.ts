import type { PageSize } from '../../src/address.ts';
import type { ArrayGeometry, CacheGeometry, TlbGeometry } from '../../src/tlb/geometry.ts';

/**
 * A second replay, as plain as can be: a regular expression reads the lines, lists of numbers are the
 * TLB. It shares nothing with the engine but the names of what it counts.
 */

const LINE = /^[ \t]*([ILSM])[ \t]+([0-9a-fA-F]{1,16}),([0-9]+)[ \t]*$/;

export interface Access {
  page: bigint;
  fetch: boolean;
}

/** The 4 KiB pages of each access in order, and the numbers of the lines that are none. */
export function readTrace(
  text: string,
  kinds: 'data' | 'fetch' | 'all',
): { accesses: Access[]; bad: number[] } {
  const accesses: Access[] = [];
  const bad: number[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.startsWith('==') || line.trim() === '') return;
    const match = LINE.exec(line);
    const size = Number(match?.[3]);
    const address = BigInt(`0x${match?.[2] ?? '0'}`);
    const top = address >> 56n;
    if (match === null || size < 1 || size > 4096 || (top !== 0n && top !== 0xffn)) {
      bad.push(index + 1);
      return;
    }
    const kind = match[1];
    const fetch = kind === 'I';
    if (kinds !== 'all' && fetch !== (kinds === 'fetch')) return;
    const first = BigInt.asUintN(57, address) >> 12n;
    const last = BigInt.asUintN(57, address + BigInt(size) - 1n) >> 12n;
    for (let times = kind === 'M' ? 2 : 1; times > 0; times--) {
      accesses.push({ page: first, fetch });
      if (last !== first) accesses.push({ page: last, fetch });
    }
  });
  return { accesses, bad };
}

class Sets {
  readonly #sets = new Map<bigint, string[]>();
  readonly #count: bigint;
  readonly #ways: number;

  constructor(shape: CacheGeometry) {
    this.#ways = shape.ways === 'full' ? shape.entries : shape.ways;
    this.#count = BigInt(shape.entries / this.#ways);
  }

  has(number: bigint, name = ''): boolean {
    const set = this.#sets.get(number % this.#count) ?? [];
    const key = `${name}${number}`;
    const at = set.indexOf(key);
    if (at < 0) return false;
    set.push(...set.splice(at, 1));
    return true;
  }

  add(number: bigint, name = ''): void {
    const which = number % this.#count;
    const set = this.#sets.get(which) ?? [];
    set.push(`${name}${number}`);
    if (set.length > this.#ways) set.shift();
    this.#sets.set(which, set);
  }
}

const BITS: Record<PageSize, bigint> = { '4K': 0n, '2M': 9n, '1G': 18n };

/** Counts of a trace in which every entry has `entry`, a size that L1 has on both sides. */
export function countTlb(
  accesses: readonly Access[],
  geometry: TlbGeometry,
  entry: PageSize,
  walk?: { levels: number; leaf: number },
): { l1: number; l2: number; misses: number; pages: number; left: number[]; full: number } {
  const pick = (arrays: readonly ArrayGeometry[], fetch: boolean): ArrayGeometry | undefined =>
    arrays.find(
      ({ sizes, side = 'both' }) =>
        sizes.includes(entry) && (side === 'both' || (side === 'instruction') === fetch),
    );
  const opened = new Map<ArrayGeometry, Sets>();
  const open = (array: ArrayGeometry | undefined): Sets | undefined => {
    if (array === undefined) return undefined;
    let sets = opened.get(array);
    if (sets === undefined) opened.set(array, (sets = new Sets(array)));
    return sets;
  };
  const { pde, pdpte, pml4e, pml5e } = geometry.structures ?? {};
  const structures = [pde, pdpte, pml4e, pml5e].map((shape) =>
    shape === undefined ? undefined : new Sets(shape),
  );
  const counts = { l1: 0, l2: 0, misses: 0, left: [0, 0, 0, 0, 0], full: 0 };
  const pages = new Set<bigint>();
  for (const { page, fetch } of accesses) {
    const number = page >> BITS[entry];
    const first = open(pick(geometry.l1, fetch))!;
    const second = open(pick(geometry.l2, fetch));
    if (first.has(number)) counts.l1++;
    else if (second?.has(number) === true) {
      counts.l2++;
      first.add(number);
    } else {
      counts.misses++;
      pages.add(number);
      first.add(number);
      second?.add(number);
      if (walk === undefined) continue;
      let level = walk.levels;
      const prefix = (at: number): bigint => page >> BigInt(9 * (at - 1));
      const hit = [2, 3, 4, 5].find((at) => structures[at - 2]?.has(prefix(at)));
      if (hit === undefined) counts.full++;
      else {
        level = hit - 1;
        counts.left[level - walk.leaf + 1]!++;
      }
      for (; level > walk.leaf; level--) structures[level - 2]?.add(prefix(level));
    }
  }
  return { ...counts, pages: pages.size };
}
