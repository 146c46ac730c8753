import { bit, bits, lowBit } from './trace.ts';

/**
 * Entries of IA-32e paging (SDM 4.5, tables "Format of ..."). NPT uses the same ones (APM2 15.25), so
 * both walkers read them here.
 */
export const P = bit(0);
export const RW = bit(1);
export const US = bit(2);
export const A = bit(5);
export const D = bit(6);
export const PS = bit(7);
export const XD = bit(63);

export interface Format {
  maxphyaddr: number;
  nxe: boolean;
  page1g: boolean;
}

/** The precomputed masks of one format. */
export interface EntryRules {
  /** Reserved bits of an entry that points to a table, by level. */
  table: readonly bigint[];
  /** Reserved bits of a leaf, by level. */
  leaf: readonly bigint[];
  /** Address bits of an entry that points to a table: M-1:12. */
  tableAddress: bigint;
  /** Address bits of a leaf, by level: M-1:12, M-1:21, M-1:30. */
  leafAddress: readonly bigint[];
  page1g: boolean;
}

/** SDM 4.5 and 4.7: which bits are reserved in a present entry. */
export function entryRules({ maxphyaddr, nxe, page1g }: Format): EntryRules {
  const always = bits(51, maxphyaddr) | (nxe ? 0n : XD);
  // PS selects a leaf in a PDPTE and a PDE and is reserved above them; a PTE has PAT there. Without
  // 1 GiB pages (CPUID 8000_0001H EDX[26]) it is reserved in a PDPTE as well.
  const pdpte = page1g ? 0n : PS;
  return {
    table: [0n, always, always, always | pdpte, always | PS, always | PS],
    // Bit 12 of a large leaf is PAT, so its low reserved bits begin at 13.
    leaf: [0n, always, always | bits(20, 13), always | bits(29, 13) | pdpte],
    tableAddress: bits(maxphyaddr - 1, 12),
    leafAddress: [0, 1, 2, 3].map((level) => bits(maxphyaddr - 1, lowBit(level))),
    page1g,
  };
}

/** Whether a present entry of this level ends the walk: a PTE, or PS in a PDE or PDPTE. */
export const isLeaf = (entry: bigint, level: number): boolean =>
  level === 1 || (level <= 3 && (entry & PS) !== 0n);

/** Whether a present entry has a reserved bit set. */
export function hasReserved(rules: EntryRules, entry: bigint, level: number): boolean {
  const mask = isLeaf(entry, level) ? rules.leaf[level]! : rules.table[level]!;
  return (entry & mask) !== 0n;
}
