import { hex } from './address.ts';
import type { Address } from './address.ts';
import type { Table } from './evidence.ts';
import type { Nested, Paging } from './paging.ts';

/**
 * The 64 bits of an entry, named: what each stands for at the level where the entry lies (Intel SDM
 * vol. 3, 4.5 tables "Format of …" and 29.3.2; AMD APM vol. 2, 5.3). For views; the walker in
 * `assembly/` decides by itself, and a test holds the two together.
 */

/** What a run of bits is, as a key for the reader's language. */
export type BitName =
  | 'P'
  | 'RW'
  | 'US'
  | 'PWT'
  | 'PCD'
  | 'A'
  | 'D'
  | 'PS'
  | 'PAT'
  | 'G'
  | 'XD'
  | 'protectionKey'
  | 'R'
  | 'W'
  | 'X'
  | 'memoryType'
  | 'ignorePat'
  | 'large'
  | 'eptA'
  | 'eptD'
  | 'address'
  | 'ignored'
  | 'reserved';

export interface BitField {
  name: BitName;
  /** Highest and lowest bit, both included. */
  high: number;
  low: number;
  /** The bits as a number of their own; for an address, the address itself. */
  value: Address;
}

export interface EntryPlace {
  table: Table;
  level: number;
}

type Field = [name: BitName, high: number, low: number];

const LEAF_LOW: Record<number, number> = { 1: 12, 2: 21, 3: 30 };

function pagingFields(
  level: number,
  value: Address,
  nxe: boolean,
  page1g: boolean,
  m: number,
): Field[] {
  const large = (value & 0x80n) !== 0n;
  const leaf = level === 1 || (large && (level === 2 || (level === 3 && page1g)));
  const fields: Field[] = [
    ['P', 0, 0],
    ['RW', 1, 1],
    ['US', 2, 2],
    ['PWT', 3, 3],
    ['PCD', 4, 4],
    ['A', 5, 5],
    [leaf ? 'D' : 'ignored', 6, 6],
  ];
  if (level === 1) fields.push(['PAT', 7, 7]);
  else fields.push([level >= 4 || (level === 3 && !page1g) ? 'reserved' : 'PS', 7, 7]);
  fields.push([leaf ? 'G' : 'ignored', 8, 8], ['ignored', 11, 9]);
  const low = leaf ? (LEAF_LOW[level] ?? 12) : 12;
  if (low > 12) fields.push(['PAT', 12, 12], ['reserved', low - 1, 13]);
  fields.push(['address', m - 1, low]);
  if (m < 52) fields.push(['reserved', 51, m]);
  if (leaf) fields.push(['ignored', 58, 52], ['protectionKey', 62, 59]);
  else fields.push(['ignored', 62, 52]);
  fields.push([nxe ? 'XD' : 'reserved', 63, 63]);
  return fields;
}

function eptFields(level: number, value: Address, ad: boolean, m: number): Field[] {
  const large = (value & 0x80n) !== 0n;
  const leaf = level === 1 || (large && level <= 3);
  const fields: Field[] = [
    ['R', 0, 0],
    ['W', 1, 1],
    ['X', 2, 2],
  ];
  if (leaf) {
    fields.push(['memoryType', 5, 3], ['ignorePat', 6, 6]);
    fields.push([level === 1 ? 'ignored' : 'large', 7, 7]);
  } else {
    fields.push(['reserved', 6, 3], [level >= 4 ? 'reserved' : 'large', 7, 7]);
  }
  fields.push([ad ? 'eptA' : 'ignored', 8, 8], [ad && leaf ? 'eptD' : 'ignored', 9, 9]);
  fields.push(['ignored', 11, 10]);
  const low = leaf ? (LEAF_LOW[level] ?? 12) : 12;
  if (low > 12) fields.push(['reserved', low - 1, 12]);
  fields.push(['address', m - 1, low]);
  if (m < 52) fields.push(['reserved', 51, m]);
  fields.push(['ignored', 63, 52]);
  return fields;
}

/** The fields of an entry, from bit 0 upward, together covering all 64 bits. */
export function entryFields(
  place: EntryPlace,
  value: Address,
  paging: Pick<Paging, 'maxphyaddr' | 'nxe' | 'page1g'>,
  nested: Nested,
): BitField[] {
  const m = paging.maxphyaddr;
  let fields: Field[];
  if (place.table === 'ept') {
    fields = eptFields(place.level, value, nested?.kind === 'ept' && nested.ad, m);
  } else if (place.table === 'npt') {
    fields = pagingFields(place.level, value, nested?.kind === 'npt' ? nested.nxe : true, true, m);
  } else {
    fields = pagingFields(place.level, value, paging.nxe, paging.page1g, m);
  }
  return fields.map(([name, high, low]) => {
    const mask = (1n << BigInt(high - low + 1)) - 1n;
    const raw = (value >> BigInt(low)) & mask;
    return { name, high, low, value: name === 'address' ? raw << BigInt(low) : raw };
  });
}

/** Bit `bit` of an entry, inverted. */
export const flipBit = (value: Address, bit: number): Address => value ^ (1n << BigInt(bit));

/** Whether bit `bit` of an entry is set. */
export const hasBit = (value: Address, bit: number): boolean =>
  ((value >> BigInt(bit)) & 1n) === 1n;

/** An entry as all of its 16 digits, for lining up under another: `0000_0000_0000_1067`. */
export const wideHex = (value: Address): string =>
  hex(value)
    .slice(2)
    .padStart(16, '0')
    .replace(/(?<=^(?:.{4})+)(?!$)/g, '_');
