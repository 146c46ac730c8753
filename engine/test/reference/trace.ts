import type { AccessKind, PageSize, Table } from './contract.ts';

/** Bit `n` of a 64-bit value. */
export const bit = (n: number): bigint => 1n << BigInt(n);

/** Bits `high`:`low`, both included, as the manuals write it; none when `high` < `low`. */
export const bits = (high: number, low: number): bigint =>
  high < low ? 0n : (bit(high - low + 1) - 1n) << BigInt(low);

/** The page that an entry of this level maps if it is a leaf (SDM 4.5; 29.3.2). */
export const sizeAtLevel = (level: number): PageSize =>
  level === 1 ? '4K' : level === 2 ? '2M' : '1G';

/** The lowest address bit that the entry of this level translates: 12, 21, 30, 39, 48 (SDM 4.5). */
export const lowBit = (level: number): number => 12 + 9 * (level - 1);

const INDEX_SHIFT = [0n, 12n, 21n, 30n, 39n, 48n] as const;

/** Byte offset of the entry for `address` in a table of this level: nine bits, eight bytes each. */
export const entryOffset = (address: bigint, level: number): bigint =>
  ((address >> INDEX_SHIFT[level]!) & 0x1ffn) << 3n;

export interface TracedRef {
  table: Table;
  level: number;
  hpa: bigint;
  value: bigint;
  /** Index of the reference that this one served; `null` when it served the access itself. */
  parent: number | null;
}

/** Memory, and everything that the walk reads from and stores to it, in order. */
export class Trace {
  readonly refs: TracedRef[] = [];
  readonly stores: { hpa: bigint; value: bigint }[] = [];
  private readonly memory: Map<bigint, bigint>;

  constructor(memory: Map<bigint, bigint>) {
    this.memory = memory;
  }

  /** One reference. What is not in the map reads as zero. */
  read(table: Table, level: number, hpa: bigint): bigint {
    const value = this.memory.get(hpa) ?? 0n;
    this.refs.push({ table, level, hpa, value, parent: null });
    return value;
  }

  /** Whether setting these flags would change the entry as memory has it now. */
  lacks(hpa: bigint, flags: bigint): boolean {
    return ((this.memory.get(hpa) ?? 0n) & flags) !== flags;
  }

  /** An accessed or dirty update: a locked read-modify-write (SDM 4.8), nothing if all are set. */
  set(hpa: bigint, flags: bigint): void {
    if (!this.lacks(hpa, flags)) return;
    const value = (this.memory.get(hpa) ?? 0n) | flags;
    this.memory.set(hpa, value);
    this.stores.push({ hpa, value });
  }

  /** The references from `first` on were made to find the entry that was just read. */
  servedLast(first: number): void {
    const last = this.refs.length - 1;
    for (let i = first; i < last; i++) this.refs[i]!.parent = last;
  }
}

/** Why the second dimension is asked: for a guest entry, or for the access's own page. */
export type Purpose = { table: true } | { table: false; kind: AccessKind };

/** A guest-physical address that has been translated. */
export interface Mapped {
  end: null;
  hpa: bigint;
  /** `null` on bare metal, where nothing maps it. */
  page: PageSize | null;
  /** What a guest accessed or dirty update stored there ends in; `null` when it is allowed. */
  updateFault: Fault | null;
}

export type Fault = { end: 'fault' } & (
  | { result: 'page-fault'; errorCode: number }
  | { result: 'general-protection' }
  | { result: 'ept-violation'; qualification: number; gpa: bigint }
  | { result: 'ept-misconfiguration'; gpa: bigint }
  | { result: 'nested-page-fault'; errorCode: bigint; gpa: bigint }
  | { result: 'invalid' }
);

/** What turns a guest-physical address into a host-physical one. */
export interface SecondDimension {
  translate(gpa: bigint, purpose: Purpose): Mapped | Fault;
}
