import fc from 'fast-check';
import type { AccessKind, Levels, PageSize, Table, TranslateInput } from './contract.ts';

/**
 * Machines for comparing two walkers. A machine is drawn as a small description, a `Shape`, which is
 * then built; so a failing one can be shrunk by simplifying the description and the memory it makes.
 */

const P = 1n;
const RW = 2n;
const US = 4n;
const A = 1n << 5n;
const D = 1n << 6n;
const PS = 1n << 7n;
const XD = 1n << 63n;
const EPT_A = 1n << 8n;
const EPT_D = 1n << 9n;

const PAGE_SIZES: readonly PageSize[] = ['4K', '2M', '1G'];
const WIDTHS = [36, 39, 40, 46, 48, 52] as const;
const KINDS: readonly AccessKind[] = ['read', 'write', 'fetch'];
const LEAF_LEVEL: Record<PageSize, number> = { '4K': 1, '2M': 2, '1G': 3 };
const SHIFT: Record<PageSize, number> = { '4K': 12, '2M': 21, '1G': 30 };

const index = (address: bigint, level: number): bigint =>
  (address >> BigInt(12 + 9 * (level - 1))) & 0x1ffn;
const pageOf = (address: bigint): bigint => address & ~0xfffn;

/** One thing done to a finished machine. `target` chooses the entry, `argument` the rest. */
export interface Corruption {
  what: CorruptionKind;
  target: number;
  argument: number;
}

const CORRUPTIONS = [
  'clear-present',
  'zero',
  'clear-write',
  'clear-user-or-execute',
  'rights',
  'execute-disable',
  'large',
  'reserved-high',
  'reserved-low',
  'memory-type',
  'flip',
  'random-entry',
  'swap',
  'point-to-itself',
  'share-table',
  'guest-table-in-nested-table',
  'guest-rights',
  'guest-table-read-only',
  'wide-address',
  'earlier-duplicate',
] as const;
type CorruptionKind = (typeof CORRUPTIONS)[number];

export interface Shape {
  seed: number;
  kind: 'bare' | 'ept' | 'npt';
  levels: Levels;
  hostLevels: Levels;
  maxphyaddr: number;
  wp: boolean;
  nxe: boolean;
  smep: boolean;
  smap: boolean;
  ac: boolean;
  page1g: boolean;
  /** EPT: accessed and dirty bits. */
  ad: boolean;
  executeOnly: boolean;
  /** NPT: EFER.NXE of the host. */
  hostNxe: boolean;
  guestPage: PageSize;
  /** The host's page under the guest table of level 1, 2, ... */
  hostTables: PageSize[];
  hostData: PageSize;
  gva: bigint;
  access: AccessKind;
  cpl: 0 | 3;
  /** Whether the guest page is meant to be a user page. */
  userPage: boolean;
  /** So many upper guest (nested) levels lead back to the root table. */
  recursion: number;
  hostRecursion: number;
  /** All tables in a handful of pages, so that they overlap, guest ones with nested ones as well. */
  crowded: boolean;
  /** Random ignored bits, accessed and dirty bits, memory types. */
  noisy: boolean;
  /** Entries whose rights are at random, out of 256. */
  meanness: number;
  corruptions: Corruption[];
  /** Positions in `memory` that shrinking has taken out. */
  dropped: number[];
}

/** Small fast pseudo-random numbers (Marsaglia's xorshift32 after a mix of the seed). */
class Dice {
  private state: number;

  constructor(seed: number) {
    let x = (seed ^ 0x9e3779b9) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    this.state = (x ^ (x >>> 16)) >>> 0 || 1;
  }

  u32(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }

  below(n: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * n);
  }

  /** True in `of256` cases of 256. */
  chance(of256: number): boolean {
    return this.u32() >>> 24 < of256;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A number of up to 64 bits. */
  bits(n: number): bigint {
    if (n <= 32) return BigInt(n === 0 ? 0 : this.u32() >>> (32 - n));
    return (BigInt(this.u32() >>> (64 - n)) << 32n) | BigInt(this.u32());
  }
}

/** Linear addresses at the edges of the canonical halves, for four levels and for five. */
const EDGES = [
  0n,
  0xfffn,
  0x7fff_ffff_ffffn,
  0x8000_0000_0000n,
  0xffff_7fff_ffff_ffffn,
  0xffff_8000_0000_0000n,
  0x00ff_ffff_ffff_ffffn,
  0x0100_0000_0000_0000n,
  0xfeff_ffff_ffff_ffffn,
  0xff00_0000_0000_0000n,
  0xffff_ffff_ffff_ffffn,
] as const;

function drawGva(dice: Dice, levels: Levels, crowded: boolean, recursion: number): bigint {
  if (dice.chance(16)) return dice.pick(EDGES);
  const width = levels === 5 ? 57 : 48;
  let gva = dice.bits(width);
  if (crowded) gva &= 0x0101_0080_4020_1fffn; // one bit of each index: entries meet
  if (recursion > 0 && dice.chance(160)) {
    // The same index at the recursive levels and one more: one entry is used several times.
    const top = index(gva, levels);
    for (let i = 1; i <= recursion && i < levels; i++) {
      const at = BigInt(12 + 9 * (levels - 1 - i));
      gva = (gva & ~(0x1ffn << at)) | (top << at);
    }
  }
  if (dice.chance(10)) return gva | (dice.bits(64 - width + 1) << BigInt(width - 1));
  return BigInt.asUintN(64, BigInt.asIntN(width, gva));
}

/** Draws a shape. The same seed gives the same shape, and the same machine, everywhere. */
export function drawShape(seed: number): Shape {
  const dice = new Dice(seed);
  const draw = dice.below(16);
  const kind = draw < 3 ? 'bare' : draw < 11 ? 'ept' : 'npt';
  const levels = dice.chance(128) ? 4 : 5;
  const hostLevels = dice.chance(144) ? 4 : 5;
  const crowded = dice.chance(24);
  const recursion = dice.chance(24) ? 1 + dice.below(levels) : 0;
  const access = dice.pick(KINDS);
  const cpl = dice.chance(128) ? 3 : 0;
  const size = (): PageSize => PAGE_SIZES[dice.chance(128) ? 0 : dice.below(3)]!;
  const plain = dice.chance(110);
  const corruptions: Corruption[] = [];
  for (let n = plain ? 0 : dice.below(4); n > 0; n--) {
    corruptions.push({ what: dice.pick(CORRUPTIONS), target: dice.u32(), argument: dice.u32() });
  }
  const maxphyaddr = dice.pick(WIDTHS);
  const also = (what: CorruptionKind, of256: number): void => {
    if (dice.chance(of256)) corruptions.push({ what, target: dice.u32(), argument: dice.u32() });
  };
  also('guest-rights', 16);
  if (kind !== 'bare' && hostLevels === 4 && maxphyaddr === 52) also('wide-address', 32);
  return {
    seed,
    kind,
    levels,
    hostLevels,
    maxphyaddr,
    wp: dice.chance(176),
    nxe: dice.chance(192),
    smep: dice.chance(80),
    smap: dice.chance(80),
    ac: dice.chance(96),
    page1g: dice.chance(216),
    ad: dice.chance(128),
    executeOnly: dice.chance(160),
    hostNxe: dice.chance(176),
    guestPage: dice.pick(PAGE_SIZES),
    hostTables: [size(), size(), size(), size(), size()],
    hostData: dice.pick(PAGE_SIZES),
    gva: drawGva(dice, levels, crowded, recursion),
    access,
    cpl,
    userPage: cpl === 3 || dice.chance(80),
    recursion,
    hostRecursion: dice.chance(12) ? 1 + dice.below(3) : 0,
    crowded,
    noisy: dice.chance(224),
    meanness: dice.chance(40) ? dice.below(48) : 0,
    corruptions,
    dropped: [],
  };
}

/** An entry that the builder made, or followed. */
interface Built {
  table: Table;
  level: number;
  hpa: bigint;
  /** Of a guest entry, under nested translation: its own guest-physical address. */
  gpa: bigint;
  /** Of a nested entry: the level of the guest table whose page it helps to map; 0 the final page. */
  row: number;
  leaf: boolean;
}

type Frames = (size: PageSize, width: number) => bigint;

class Builder {
  readonly memory = new Map<bigint, bigint>();
  readonly built: Built[] = [];
  readonly root: bigint;
  cr3: bigint;
  /** Entries listed before the others for the same addresses: the later ones count. */
  readonly earlier: [bigint, bigint][] = [];
  private readonly shape: Shape;
  private readonly dice: Dice;
  private readonly frames: Frames;
  private readonly gpaWidth: number;
  private readonly address: bigint;

  constructor(shape: Shape, dice: Dice, frames: Frames) {
    this.shape = shape;
    this.dice = dice;
    this.frames = frames;
    const { maxphyaddr, kind, hostLevels } = shape;
    this.gpaWidth = kind !== 'bare' && hostLevels === 4 ? Math.min(maxphyaddr, 48) : maxphyaddr;
    this.address = ((1n << BigInt(maxphyaddr)) - 1n) & ~0xfffn;
    this.root = frames('4K', maxphyaddr);
    this.cr3 = frames('4K', this.gpaWidth);
    this.buildGuest();
  }

  private buildGuest(): void {
    const { shape, dice, memory } = this;
    const leafLevel = LEAF_LEVEL[shape.guestPage];
    let table = this.cr3;
    for (let level: number = shape.levels; ; level--) {
      const gpa = table | (index(shape.gva, level) << 3n);
      const hpa = this.back(gpa, shape.hostTables[level - 1]!, level);
      const isLeaf = level === leafLevel;
      this.built.push({ table: 'guest', level, hpa, gpa, row: 0, leaf: isLeaf });
      // Tables may share a page; what is there already is followed, not overwritten.
      let entry = memory.get(hpa);
      if (entry === undefined) {
        const recursive = shape.levels - level < shape.recursion && !isLeaf;
        const target = isLeaf
          ? this.frames(shape.guestPage, this.gpaWidth)
          : recursive
            ? this.cr3
            : this.frames('4K', this.gpaWidth);
        entry = target | this.guestFlags(level, isLeaf);
        memory.set(hpa, entry);
      }
      if (isLeaf) {
        const low = (1n << BigInt(SHIFT[shape.guestPage])) - 1n;
        this.back((entry & this.address & ~low) | (shape.gva & low), shape.hostData, 0);
        return;
      }
      table = entry & this.address;
      if (dice.chance(shape.meanness)) memory.set(hpa, entry & ~(1n << BigInt(dice.below(3))));
    }
  }

  /** Maps a guest-physical address in the nested table and gives the host-physical one. */
  private back(gpa: bigint, size: PageSize, row: number): bigint {
    const { shape, memory, dice } = this;
    if (shape.kind === 'bare') return gpa;
    const leafLevel = LEAF_LEVEL[size];
    let table = this.root;
    for (let level: number = shape.hostLevels; ; level--) {
      const hpa = table | (index(gpa, level) << 3n);
      let entry = memory.get(hpa);
      if (entry === undefined) {
        const isLeaf = level === leafLevel;
        const recursive = shape.hostLevels - level < shape.hostRecursion && !isLeaf;
        const target = recursive ? this.root : this.frames(isLeaf ? size : '4K', shape.maxphyaddr);
        entry =
          target |
          (shape.kind === 'ept' ? this.eptFlags(level, isLeaf) : this.nptFlags(level, isLeaf));
        if (dice.chance(shape.meanness)) entry &= ~(1n << BigInt(dice.below(3)));
        memory.set(hpa, entry);
      }
      const leaf = level === 1 || (level <= 3 && (entry & PS) !== 0n);
      this.built.push({ table: shape.kind, level, hpa, gpa, row, leaf });
      if (leaf) {
        const low = (1n << BigInt(12 + 9 * (level - 1))) - 1n;
        return (entry & this.address & ~low) | (gpa & low);
      }
      table = entry & this.address;
    }
  }

  private guestFlags(level: number, leaf: boolean): bigint {
    const { shape, dice } = this;
    let flags = P | RW | (shape.userPage ? US : 0n) | (leaf && level > 1 ? PS : 0n);
    if (!shape.noisy) return flags;
    flags |= this.longModeNoise(level, leaf);
    // A supervisor page needs one supervisor entry only; the others may say user.
    if (!shape.userPage && !leaf && dice.chance(128)) flags |= US;
    if (shape.nxe && shape.access !== 'fetch' && dice.chance(40)) flags |= XD;
    return flags;
  }

  private nptFlags(level: number, leaf: boolean): bigint {
    const { shape, dice } = this;
    let flags = P | RW | US | (leaf && level > 1 ? PS : 0n);
    if (!shape.noisy) return flags;
    flags |= this.longModeNoise(level, leaf);
    if (shape.hostNxe && shape.access !== 'fetch' && dice.chance(40)) flags |= XD;
    return flags;
  }

  /** Bits that change nothing but accessed and dirty stores (SDM 4.5): A, D, PWT, PCD, ignored ones. */
  private longModeNoise(level: number, leaf: boolean): bigint {
    const { dice } = this;
    const random = dice.bits(32);
    let noise = (random & 0xf18n) | ((random << 36n) & 0x7ff0_0000_0000_0000n & ~XD);
    if (dice.chance(128)) noise |= A;
    if (dice.chance(128)) noise |= D; // ignored in an entry that points to a table
    if (level === 1 && dice.chance(64)) noise |= PS; // PAT
    if (leaf && level > 1 && dice.chance(64)) noise |= 1n << 12n; // PAT
    return dice.chance(160) ? noise & (A | D | 0x1000n | (level === 1 ? PS : 0n)) : noise;
  }

  private eptFlags(level: number, leaf: boolean): bigint {
    const { shape, dice } = this;
    let flags = 7n | (leaf && level > 1 ? PS : 0n);
    if (leaf) flags |= (shape.noisy ? dice.pick([0n, 1n, 4n, 5n, 6n]) : 6n) << 3n;
    if (!shape.noisy) return flags;
    if (dice.chance(128)) flags |= EPT_A;
    if (dice.chance(128)) flags |= EPT_D;
    if (leaf && dice.chance(64)) flags |= 1n << 6n; // ignore PAT
    if (level === 1 && dice.chance(64)) flags |= PS; // ignored in a PTE
    if (dice.chance(80)) flags |= (dice.bits(14) << 50n) & ~(3n << 50n);
    if (dice.chance(80)) flags |= dice.bits(2) << 10n;
    return flags;
  }

  corrupt({ what, target, argument }: Corruption): void {
    const { memory, built, shape } = this;
    const chosen = this.choose(what, target);
    const { hpa, table } = chosen;
    const entry = memory.get(hpa) ?? 0n;
    const ept = table === 'ept';
    const n = BigInt(argument >>> 8);
    const set = (value: bigint): void => void memory.set(hpa, BigInt.asUintN(64, value));
    switch (what) {
      case 'clear-present':
        return set(entry & ~(ept ? 7n : P));
      case 'zero':
        return set(0n);
      case 'clear-write':
        return set(entry & ~RW);
      case 'clear-user-or-execute':
        return set(entry & ~US);
      case 'rights':
        return set((entry & ~7n) | (n & 7n));
      case 'execute-disable':
        return set(entry ^ XD);
      case 'large':
        return set(entry ^ PS);
      case 'reserved-high': {
        const room = BigInt(52 - shape.maxphyaddr);
        return set(entry | (room === 0n ? XD : 1n << (BigInt(shape.maxphyaddr) + (n % room))));
      }
      case 'reserved-low':
        return set(entry | (1n << (12n + (n % 18n))));
      case 'memory-type':
        return set((entry & ~0x38n) | ((n & 7n) << 3n));
      case 'flip':
        return set(entry ^ (1n << (n & 63n)));
      case 'random-entry':
        return set((n << 40n) ^ (n << 17n) ^ n);
      case 'swap': {
        const other = built[argument % built.length]!.hpa;
        set(memory.get(other) ?? 0n);
        memory.set(other, entry);
        return;
      }
      case 'point-to-itself':
        return set((entry & ~this.address) | this.tableOf(chosen));
      case 'share-table':
        return this.shareTable(chosen, built[argument % built.length]!);
      case 'guest-table-in-nested-table':
        return this.overlap(target, argument);
      case 'guest-table-read-only': {
        const leaves = built.filter((b) => b.leaf && b.row > 0);
        const leaf = leaves[target % Math.max(1, leaves.length)] ?? chosen;
        memory.set(leaf.hpa, (memory.get(leaf.hpa) ?? 0n) & ~RW);
        return;
      }
      case 'guest-rights':
        return set((entry & ~(RW | US)) | (n & (RW | US)));
      case 'wide-address':
        // CR3 is a guest-physical address too.
        if (argument & 0x80 && shape.maxphyaddr === 52) this.cr3 |= 1n << (48n + (n & 3n));
        else set(entry | (1n << (48n + (n & 3n))));
        return;
      case 'earlier-duplicate':
        this.earlier.push([hpa, n]);
        return;
    }
  }

  /** Nested entries of the final page are few among all; half of the time it is one of them. */
  private choose(what: CorruptionKind, target: number): Built {
    const { built } = this;
    const guests = built.filter((b) => b.table === 'guest');
    const finals = built.filter((b) => b.table !== 'guest' && b.row === 0);
    const list =
      what === 'wide-address' || what === 'guest-rights'
        ? guests
        : finals.length > 0 && target >>> 31 === 1
          ? finals
          : built;
    return list[target % list.length]!;
  }

  /** The page of the table that holds this entry, as the entry above names it. */
  private tableOf({ table, gpa, hpa }: Built): bigint {
    return pageOf(table === 'guest' && this.shape.kind !== 'bare' ? gpa : hpa);
  }

  /** Lets an entry point to another table's page, and puts the entry that comes next there as well. */
  private shareTable(above: Built, other: Built): void {
    const { memory, built } = this;
    if ((above.table === 'guest') !== (other.table === 'guest')) return;
    memory.set(
      above.hpa,
      ((memory.get(above.hpa) ?? 0n) & ~this.address) | (this.tableOf(other) & this.address),
    );
    const below = built
      .slice(built.indexOf(above) + 1)
      .find((b) => b.table === above.table && b.level === above.level - 1);
    if (below === undefined) return;
    const place = pageOf(other.hpa) | (below.hpa & 0xfffn);
    if (!memory.has(place)) memory.set(place, memory.get(below.hpa) ?? 0n);
  }

  /** Lets the page of a guest table be the page of a nested one, with the guest's entry in it. */
  private overlap(target: number, argument: number): void {
    const { memory, built } = this;
    const guests = built.filter((b) => b.table === 'guest');
    const guest = guests[target % guests.length]!;
    const leaf = built.find((b) => b.leaf && b.row === guest.level && b.gpa === guest.gpa);
    const tables = built.filter((b) => b.table !== 'guest');
    const table = tables[argument % Math.max(1, tables.length)];
    if (leaf === undefined || table === undefined || leaf.level !== 1) return;
    const page = pageOf(table.hpa);
    memory.set(leaf.hpa, ((memory.get(leaf.hpa) ?? 0n) & ~this.address) | page);
    const place = page | (guest.hpa & 0xfffn);
    // With a coin for what is there already: then one word is a guest entry and a nested one at once.
    if (!memory.has(place) || argument & 0x100) memory.set(place, memory.get(guest.hpa) ?? 0n);
  }
}

const hex = (value: bigint): string => '0x' + value.toString(16);

function describeMachine(shape: Shape, builder: Builder, id: string): TranslateInput {
  const { kind, levels, hostLevels, maxphyaddr, wp, nxe, smep, smap, ac, page1g } = shape;
  const memory: [string, string][] = [];
  for (const [at, value] of builder.earlier) memory.push([hex(at), hex(value)]);
  let position = 0;
  for (const [at, value] of builder.memory) {
    if (!shape.dropped.includes(position++)) memory.push([hex(at), hex(value)]);
  }
  // The low 12 bits of both roots are ignored; in a noisy machine they are there.
  const low = shape.noisy ? BigInt(shape.seed & 0xfff) : 0n;
  const root = hex(builder.root | low);
  return {
    id,
    paging: {
      levels,
      cr3: hex(builder.cr3 | (low >> 1n)),
      maxphyaddr,
      wp,
      nxe,
      smep,
      smap,
      ac,
      page1g,
    },
    nested:
      kind === 'bare'
        ? null
        : kind === 'ept'
          ? { kind, root, levels: hostLevels, ad: shape.ad, executeOnly: shape.executeOnly }
          : { kind, root, levels: hostLevels, nxe: shape.hostNxe },
    memory,
    access: { gva: hex(shape.gva), kind: shape.access, cpl: shape.cpl },
  };
}

/** Builds the machine and the access of a shape, as one line of the contract. */
export const buildShape = (shape: Shape): TranslateInput =>
  describeMachine(shape, build(shape), `seed ${shape.seed}`);

function build(shape: Shape): Builder {
  const dice = new Dice(shape.seed ^ 0x5bd1e995);
  const frames: Frames = (size, width) => {
    if (shape.crowded) return BigInt(dice.below(size === '4K' ? 12 : 2)) << BigInt(SHIFT[size]);
    return dice.bits(width - SHIFT[size]) << BigInt(SHIFT[size]);
  };
  const builder = new Builder(shape, dice, frames);
  for (const corruption of shape.corruptions) builder.corrupt(corruption);
  return builder;
}

/** The machine of a seed. */
export const randomMachine = (seed: number): TranslateInput => buildShape(drawShape(seed));

/** What a description becomes on its way to a simple machine, most telling simplification first. */
function* simpler(shape: Shape): Generator<Shape> {
  const { corruptions, dropped } = shape;
  if (corruptions.length > 1) yield { ...shape, corruptions: [], dropped: [] };
  for (let i = 0; i < corruptions.length; i++) {
    yield { ...shape, corruptions: corruptions.filter((_, j) => j !== i), dropped: [] };
  }
  const plain: Partial<Shape>[] = [
    { noisy: false },
    { meanness: 0 },
    { crowded: false },
    { recursion: 0 },
    { hostRecursion: 0 },
    { kind: 'bare' },
    { levels: 4, gva: BigInt.asUintN(64, BigInt.asIntN(48, shape.gva)) },
    { hostLevels: 4 },
    { guestPage: '4K' },
    { hostTables: ['4K', '4K', '4K', '4K', '4K'] },
    { hostData: '4K' },
    { maxphyaddr: 46 },
    { access: 'read' },
    { cpl: 3, userPage: true },
    { wp: true },
    { nxe: true },
    { smep: false },
    { smap: false },
    { ac: false },
    { page1g: true },
    { ad: false },
    { executeOnly: true },
    { hostNxe: true },
  ];
  for (const change of plain) {
    const same = Object.entries(change).every(
      ([key, value]) => String(shape[key as keyof Shape]) === String(value),
    );
    if (!same) yield { ...shape, ...change, dropped: [] };
  }
  // At last the memory: a half, a quarter, ... one entry at a time.
  const all = [...build(shape).memory.keys()].map((_, i) => i);
  const left = all.filter((i) => !dropped.includes(i));
  for (
    let size = Math.ceil(left.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < left.length; from += size) {
      yield { ...shape, dropped: [...dropped, ...left.slice(from, from + size)] };
    }
  }
}

/** Shapes for fast-check: drawn from one number for speed, shrunk by their meaning. */
class ShapeArbitrary extends fc.Arbitrary<Shape> {
  override generate(random: fc.Random): fc.Value<Shape> {
    return new fc.Value(drawShape(random.nextInt()), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Shape {
    return typeof value === 'object' && value !== null && 'corruptions' in value;
  }

  override shrink(shape: Shape): fc.Stream<fc.Value<Shape>> {
    return fc.stream(simpler(shape)).map((next) => new fc.Value(next, undefined));
  }
}

export const shapes = (): fc.Arbitrary<Shape> => new ShapeArbitrary();

export interface MachinePlan {
  levels: Levels;
  /** Of the nested table; of no use on bare metal. */
  hostLevels?: Levels;
  guestPage: PageSize;
  hostPageTables?: PageSize;
  hostPageData?: PageSize;
  kind: 'bare' | 'ept' | 'npt';
}

/**
 * A tidy machine on which the access succeeds: every table and page in a gigabyte of its own, so that
 * each gets host pages of the size asked for.
 */
export function buildMachine(plan: MachinePlan): TranslateInput {
  const { levels, guestPage, kind, hostLevels = 4 } = plan;
  const { hostPageTables = '4K', hostPageData = '4K' } = plan;
  const shape: Shape = {
    ...drawShape(0),
    ...{ kind, levels, hostLevels, guestPage, maxphyaddr: 46 },
    ...{ wp: true, nxe: true, smep: false, smap: false, ac: false, page1g: true },
    ...{ ad: false, executeOnly: true, hostNxe: true },
    hostTables: Array<PageSize>(5).fill(hostPageTables),
    hostData: hostPageData,
    gva: 0x1234_5678_9abcn & 0x7fff_ffff_ffffn,
    ...{ access: 'read', cpl: 3, userPage: true },
    ...{ recursion: 0, hostRecursion: 0, crowded: false, noisy: false, meanness: 0 },
    ...{ corruptions: [], dropped: [] },
  };
  let gigabyte = 0n;
  return describeMachine(shape, new Builder(shape, new Dice(0), () => ++gigabyte << 30n), 'plan');
}
