/**
 * Random workloads in the form of the records (../shared/kvm/README.md): guests that keep to
 * the rules and guests that do not, over tables that are shared, linked at two levels, cleared, flooded
 * and handed out late. None of them unmaps its own code, or reaches beyond its memory.
 */

export interface RecordForm {
  name: string;
  params: string;
  host: { populated: boolean; page: '4K' | '2M' };
  layout: string[];
  phases: { name: string; ops: string[] }[];
}

interface Table {
  gpa: bigint;
  level: number;
  /** Entries that the layout filled, or a store. */
  used: number[];
  /** By entry: the table that the layout linked there. */
  linked: Map<number, bigint>;
}

const WINDOW = 0xffff_8880_0000_0000n;
const TABLES = 0x20_0000n;
const TABLES_END = 0x40_0000n;
const DATA = 0x40_0000n;
const HUGE_DATA = 0x400_0000n;
const NO_EXECUTE = 1n << 63n;
const WINDOW_PDPT = TABLES;
const FIRST_ROOT = 0x20_1000n;
const SYSTEM_TABLE = 0x20_3000n;
const WINDOW_TABLE = 0x20_4000n;
/** Entries that lead to the code and to the tables, which keep leading there. */
const CRITICAL: readonly (readonly [bigint, number, bigint])[] = [
  [FIRST_ROOT, 273, 0x20_0000n],
  [WINDOW_PDPT, 0, 0x20_2000n],
  [0x20_2000n, 0, SYSTEM_TABLE],
  [0x20_2000n, 1, WINDOW_TABLE],
];

const LEAF_FLAGS = [0x67n, 0x67n, 0x27n, 0x7n, 0x47n, 0x65n, 0x25n, 0x5n, 0x63n, 0x23n, 0x3n];
const UPPER_FLAGS = [0x27n, 0x27n, 0x27n, 0x7n, 0x67n, 0x25n, 0x5n, 0x23n];
const LARGE_FLAGS = [0xe7n, 0xe7n, 0xa7n, 0x87n, 0xe5n, 0xa5n];

/** How often each kind of operation comes, relative to the others. */
const WEIGHTS = {
  read: 30,
  write: 20,
  leaf: 20,
  upper: 6,
  flood: 2,
  invlpg: 8,
  cr3: 8,
  cr4: 1,
  look: 3,
  hand: 1,
  host: 0,
  path: 0,
  nop: 1,
  sweep: 1,
};
type Doing = keyof typeof WEIGHTS;

/** A generator of numbers that repeats (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const hex = (value: bigint): string => value.toString(16);
const slotOf = (va: bigint, level: number): number => Number((va >> BigInt(3 + 9 * level)) & 511n);

/** The workload of a seed, with about `length` operations. */
export function randomWorkload(seed: number, length: number): RecordForm {
  return new Generator(seed).workload(seed, length);
}

class Generator {
  readonly #below: (below: number) => number;
  readonly #layout: string[] = [];
  readonly #ops: string[] = [];
  readonly #tables: Table[] = [];
  readonly #roots: bigint[] = [];
  /** Where data is, or may be one day: first addresses of 2 MiB regions. */
  readonly #regions: bigint[] = [];
  /** Which table translates what, by root, level and prefix. */
  readonly #paths = new Map<string, Table>();
  readonly #weights: Record<Doing, number> = { ...WEIGHTS };
  #next = TABLES;
  readonly #huge: boolean;
  readonly #populated: boolean;
  /** Pages of a region that the operations reach. */
  readonly #reach: number;
  /** Large pages are made; then no table of level 2 is linked higher. */
  readonly #large: boolean;
  readonly #disciplined: boolean;
  readonly #crowd: boolean;

  constructor(seed: number) {
    this.#below = numbers(seed);
    this.#huge = this.#chance(8);
    this.#populated = !this.#chance(5);
    this.#large = this.#huge || this.#chance(4);
    this.#disciplined = this.#chance(3);
    this.#crowd = this.#chance(6);
    this.#reach = this.#pick(this.#crowd ? [1, 2, 4] : [4, 12, 24, 32, 64, 512]);
  }

  #chance(oneIn: number): boolean {
    return this.#below(oneIn) === 0;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }

  workload(seed: number, length: number): RecordForm {
    this.#chooseWeights();
    this.#build();
    while (this.#ops.length < length) this.#operate();
    return {
      name: 'random',
      params: `seed=${seed} ops=${length} spaces=${this.#roots.length} large=${this.#large}`,
      host: { populated: this.#populated, page: this.#huge ? '2M' : '4K' },
      layout: this.#layout,
      phases: [
        { name: 'boot', ops: ['NOP', 'W ffff888000001d00 1', 'NOP'] },
        { name: 'trace', ops: this.#ops },
      ],
    };
  }

  #chooseWeights(): void {
    for (const name of Object.keys(WEIGHTS) as Doing[]) {
      if (this.#chance(4)) this.#weights[name] *= this.#pick([0, 0, 3, 6]);
    }
    if (this.#crowd) this.#weights.read += 100;
    if (!this.#populated || this.#chance(4)) this.#weights.host = 4;
    if (this.#chance(4)) this.#weights.path = 4;
    if (this.#disciplined && this.#weights.read === 0) this.#weights.read = 30;
    this.#weights.nop += 1;
  }

  // ---- Layout

  #hand(level: number): Table | null {
    if (this.#next >= TABLES_END) return null;
    const table: Table = { gpa: this.#next, level, used: [], linked: new Map() };
    this.#next += 0x1000n;
    this.#tables.push(table);
    return table;
  }

  #lay(level: number): Table {
    const table = this.#hand(level)!;
    this.#layout.push(`A gpa=${hex(table.gpa)} level=${level}`);
    return table;
  }

  #build(): void {
    const window = this.#lay(3);
    const spaces = 1 + this.#below(6);
    for (let space = 0; space < spaces; space++) {
      const root = this.#lay(4);
      this.#roots.push(root.gpa);
      this.#paths.set(`${root.gpa} 4 0`, root);
      this.#layout.push(`SPACE root=${hex(root.gpa)}`);
      if (space > 0) continue;
      this.#paths.set(`${root.gpa} 3 ${WINDOW >> 39n}`, window);
      this.#map(root.gpa, WINDOW + 0x1000n, 0x1000n, 1, 0x67n, false);
      this.#map(root.gpa, WINDOW + TABLES, TABLES, 512, 0x67n, false);
    }
    // A crowd of tables takes KVM to its limit of shadow pages.
    const most = this.#crowd ? Math.floor((150 + this.#below(250)) / spaces) : 1 + this.#below(4);
    for (const root of this.#roots) {
      for (let each = 0; each < most; each++) this.#mapRegion(root, each);
    }
  }

  #mapRegion(root: bigint, index: number): void {
    const far = this.#chance(12) ? this.#pick([1n << 30n, 1n << 39n, 3n << 39n]) : 0n;
    const va = 0x4000_0000n + far + BigInt(index) * 0x20_0000n;
    if (this.#next + 0x4000n > TABLES_END) return;
    if (!this.#regions.includes(va)) this.#regions.push(va);
    if (this.#large && this.#chance(2)) {
      this.#map(root, va, this.#largeFrame(), 1, this.#pick([0x67n, 0x27n, 0x7n, 0x65n]), true);
      return;
    }
    const count = this.#pick([1, 8, 24, this.#reach, this.#reach, this.#reach]);
    this.#map(root, va, this.#frame(), count, this.#pick(LEAF_FLAGS), false);
  }

  /** A mapping, and after it the tables that it needed. */
  #map(root: bigint, va: bigint, gpa: bigint, n: number, flags: bigint, large: boolean): void {
    const size = large ? this.#pick(['pde', '2m']) : '4k';
    this.#layout.push(
      `M root=${hex(root)} va=${hex(va)} gpa=${hex(gpa)} n=${n} flags=${hex(flags)} size=${size}`,
    );
    const leaf = large ? 2 : 1;
    let above: Table | undefined;
    for (let level = 4; level >= leaf; level--) {
      const prefix = va >> BigInt(12 + 9 * level);
      const key = level === 4 ? `${root} 4 0` : `${root} ${level} ${prefix & ((1n << 36n) - 1n)}`;
      const shared = `${FIRST_ROOT} ${level} ${prefix}`;
      let table = this.#paths.get(key) ?? (va >= WINDOW ? this.#paths.get(shared) : undefined);
      if (table === undefined) {
        table = this.#lay(level);
        this.#paths.set(key, table);
      }
      above?.linked.set(slotOf(va, level + 1), table.gpa);
      above = table;
      const slot = slotOf(va, level);
      if (!table.used.includes(slot)) table.used.push(slot);
      if (level === 1)
        for (let each = 1; each < Math.min(n, 8); each++) table.used.push(slot + each);
    }
  }

  // ---- What entries hold

  /** A data frame; with room for 512 behind it. */
  #frame(): bigint {
    const base = this.#huge && !this.#chance(6) ? HUGE_DATA : DATA;
    return base + BigInt(this.#below(this.#pick([8, 64, 0x200]))) * 0x1000n;
  }

  #largeFrame(): bigint {
    if (this.#huge && !this.#chance(4)) return HUGE_DATA;
    return DATA + BigInt(this.#below(4)) * 0x20_0000n;
  }

  /** Tables that an entry may be pointed at, or written into. */
  #others(level: number): Table[] {
    return this.#tables.filter((table) => table.level === level && !isWindow(table));
  }

  #table(level: number): Table | undefined {
    const from = this.#others(level);
    return from.length === 0 ? undefined : this.#pick(from);
  }

  #leafEntry(): bigint {
    if (this.#chance(6)) return 0n;
    const flags = this.#pick(LEAF_FLAGS) | (this.#chance(12) ? NO_EXECUTE : 0n);
    // A table under a data address: what is stored there is not present.
    if (!this.#disciplined && this.#chance(20)) return this.#pick(this.#safeTables()).gpa | flags;
    return this.#frame() | flags;
  }

  #safeTables(): Table[] {
    return this.#tables.filter(({ gpa }) => gpa !== SYSTEM_TABLE);
  }

  #upperEntry({ gpa, level, linked }: Table, slot: number): bigint {
    if (this.#chance(5)) return 0n;
    // A table that maps itself.
    if (!this.#disciplined && this.#chance(10)) return gpa | this.#pick(UPPER_FLAGS);
    const first = linked.get(slot);
    if (first !== undefined && this.#below(4) > 0) return first | this.#pick(UPPER_FLAGS);
    if (level === 2 && this.#large && this.#chance(2)) {
      const flags = this.#pick(LARGE_FLAGS) | (this.#chance(12) ? NO_EXECUTE : 0n);
      return (!this.#disciplined && this.#chance(10) ? TABLES : this.#largeFrame()) | flags;
    }
    const flags = this.#pick(UPPER_FLAGS) | (this.#chance(16) ? NO_EXECUTE : 0n);
    return this.#target(level) | flags;
  }

  /** What an entry points at: mostly a table of the next level. */
  #target(level: number): bigint {
    if (!this.#disciplined && this.#chance(6)) {
      if (this.#chance(4)) return this.#frame();
      const low = this.#large ? this.#others(1) : this.#tables.filter((each) => !isWindow(each));
      if (low.length > 0) return this.#pick(low).gpa;
    }
    if (level === 2 && !this.#disciplined && this.#chance(12)) return WINDOW_TABLE;
    return (this.#table(level - 1) ?? this.#pick(this.#safeTables().slice(-1))).gpa;
  }

  // ---- Operations

  #operate(): void {
    const names = Object.keys(this.#weights) as Doing[];
    let at = this.#below(names.reduce((sum, name) => sum + this.#weights[name], 0));
    for (const name of names) {
      at -= this.#weights[name];
      if (at < 0) {
        this.#do(name);
        return;
      }
    }
  }

  #do(name: Doing): void {
    switch (name) {
      case 'read':
        this.#ops.push(`R ${hex(this.#data())}`);
        return;
      case 'write':
        this.#ops.push(`W ${hex(this.#data() + 0x800n)} ${hex(BigInt(this.#below(2 ** 29) * 2))}`);
        return;
      case 'leaf':
        this.#storeLeaves();
        return;
      case 'upper':
        this.#storeUpper(1);
        return;
      case 'flood':
        this.#storeUpper(2 + this.#below(5));
        return;
      case 'invlpg':
        this.#ops.push(`INVLPG ${hex(this.#chance(8) ? this.#windowPage() : this.#data())}`);
        return;
      case 'cr3':
        this.#ops.push(`CR3 ${hex(this.#pick(this.#roots))}`);
        return;
      case 'cr4':
        this.#ops.push(`CR4 ${this.#pick(['20', 'a0'])}`);
        return;
      case 'look': {
        const table = this.#pick(this.#tables);
        this.#ops.push(`R ${hex(WINDOW + table.gpa + BigInt(this.#slot(table)) * 8n)}`);
        return;
      }
      case 'hand': {
        const table = this.#hand(1 + this.#below(4));
        if (table === null) return;
        this.#ops.push(`LAYOUT A gpa=${hex(table.gpa)} level=${table.level}`);
        return;
      }
      case 'host':
        this.#host();
        return;
      case 'sweep':
        this.#sweep();
        return;
      case 'path':
        this.#path();
        return;
      default:
        this.#ops.push('NOP');
    }
  }

  #data(): bigint {
    const region = this.#pick(this.#regions);
    // Under a table that maps itself one entry can translate at two levels.
    if (this.#chance(40)) return region + BigInt(slotOf(region, 2)) * 0x1000n;
    const page = this.#below(this.#chance(40) ? 512 : this.#reach);
    return region + BigInt(page) * 0x1000n;
  }

  /** Page after page of a region, in some stride. */
  #sweep(): void {
    const region = this.#pick(this.#regions);
    const stride = this.#pick([1, 1, 1, 2, 7, 8, 16]);
    const write = this.#chance(2);
    for (let page = 0, left = 16; page < this.#reach && left > 0; page += stride, left--) {
      const va = region + BigInt(page) * 0x1000n;
      this.#ops.push(write ? `W ${hex(va + 0x800n)} ${hex(BigInt(page * 2))}` : `R ${hex(va)}`);
    }
  }

  #windowPage(): bigint {
    return WINDOW + this.#pick(this.#tables).gpa;
  }

  #slot(table: Table): number {
    return table.used.length > 0 && !this.#chance(3)
      ? this.#pick(table.used)
      : this.#below(table.level === 1 ? this.#reach : 512);
  }

  #store(table: Table, slot: number, value: bigint): void {
    // The code and the window stay where they are; index 256 is where data is stored.
    if (table.level === 4 && slot === 273) return;
    this.#ops.push(`W ${hex(WINDOW + table.gpa + BigInt(slot) * 8n)} ${hex(value)}`);
    if (value !== 0n && !table.used.includes(slot)) table.used.push(slot);
  }

  #storeLeaves(): void {
    const table = this.#table(1);
    if (table === undefined) return;
    const first = this.#slot(table);
    const count = this.#pick([1, 1, 1, 2, 8]);
    for (let slot = first; slot < Math.min(first + count, 512); slot++) {
      this.#store(table, slot, this.#leafEntry());
    }
    if (!this.#disciplined) return;
    if (this.#chance(4)) this.#ops.push(`CR3 ${hex(this.#pick(this.#roots))}`);
    else this.#ops.push(`INVLPG ${hex(this.#pick(this.#regions) + BigInt(first) * 0x1000n)}`);
  }

  #storeUpper(count: number): void {
    const level = this.#pick([2, 2, 2, 3, 3, 4]);
    const table = this.#table(level);
    if (table === undefined) return;
    for (let each = 0; each < count; each++) {
      const empty = count > 1 && this.#chance(2);
      const slot = empty ? 257 + this.#below(15) : this.#slot(table);
      this.#store(table, slot, empty ? 0n : this.#upperEntry(table, slot));
    }
  }

  /** Rewrites an entry on the way to the code or to the tables, with the same target. */
  #path(): void {
    const root = this.#pick(this.#roots);
    const kind = this.#below(8);
    if (kind < CRITICAL.length) {
      const [table, slot, target] = CRITICAL[kind]!;
      const at = (slot === 273 ? root : table) + BigInt(slot) * 8n;
      const value = target | this.#pick([0x27n, 0x7n, 0x67n, 0x23n]);
      this.#ops.push(`W ${hex(WINDOW + at)} ${hex(value)}`);
    } else if (kind === 4) {
      const flags = this.#pick([0x67n, 0x47n, 0x27n, 0x7n, 0x63n]);
      this.#ops.push(`W ${hex(WINDOW + SYSTEM_TABLE + 8n)} ${hex(0x1000n | flags)}`);
    } else if (kind < 7) {
      const { gpa } = this.#pick(this.#tables);
      const at = WINDOW_TABLE + ((gpa - TABLES) >> 12n) * 8n;
      const flags = this.#pick([0x67n, 0x47n, 0x27n, 0x7n, 0x67n | NO_EXECUTE]);
      this.#ops.push(`W ${hex(WINDOW + at)} ${hex(gpa | flags)}`);
    } else {
      // The window's upper tables as a store's target, away from what is used.
      const table = this.#pick([WINDOW_PDPT, 0x20_2000n]);
      for (let each = 0; each < 1 + this.#below(4); each++) {
        this.#ops.push(`W ${hex(WINDOW + table + BigInt(300 + each) * 8n)} 0`);
      }
    }
  }

  #host(): void {
    const huge = this.#huge && this.#chance(4);
    const gpa = huge ? HUGE_DATA : DATA + BigInt(this.#below(64)) * 0x1000n;
    const n = huge ? this.#pick([512, 512, 8]) : this.#pick([1, 1, 8, 16]);
    const act = this.#pick(['madvise_dontneed', 'madvise_dontneed', 'host_write']);
    this.#ops.push(`HOST ${act} gpa=${hex(gpa)} n=${n}`);
  }
}

/** Tables of the window, whose entries only `path` touches. */
const isWindow = ({ gpa }: Table): boolean => gpa !== FIRST_ROOT && gpa <= WINDOW_TABLE;
