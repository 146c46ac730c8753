/**
 * Addresses and entries: 64 bits, always.
 *
 * How they cross between WebAssembly and TypeScript is decided here, once: **as `bigint`, unsigned**.
 * An argument or result of an engine call is a WASM i64, which JavaScript sees as a bigint; a list
 * (the evidence of a walk, the memory of a dump) is read from and written to the engine's linear
 * memory as 64-bit words and never crosses value by value. A bigint cannot be mixed with a number by
 * accident (`1n + 1` throws) and its shifts do not wrap at 32 bits, so the classic mistake of page
 * table code in JavaScript, `address >> 12` on a 32-bit integer, cannot be written. Outside the
 * engine (JSON, URLs, the console) an address is text: `0x`, lower case, no leading zeros.
 */

export type Address = bigint;

/** Number of levels of a paging structure (Intel SDM vol. 3, 4.5). */
export type Levels = 4 | 5;

/** Sizes of the page that a leaf maps: a level-1, level-2 or level-3 entry. */
export type PageSize = '4K' | '2M' | '1G';

export const PAGE_SIZES: readonly PageSize[] = ['4K', '2M', '1G'];

const SHIFT: Record<PageSize, bigint> = { '4K': 12n, '2M': 21n, '1G': 30n };
const LEAF_LEVEL: Record<PageSize, 1 | 2 | 3> = { '4K': 1, '2M': 2, '1G': 3 };

/** log2 of the page size in bytes: 12, 21 or 30. */
export const pageShift = (size: PageSize): bigint => SHIFT[size];

/** The page size in bytes. */
export const pageBytes = (size: PageSize): bigint => 1n << SHIFT[size];

/** The level whose entry is the leaf of a page of this size: 1, 2 or 3. */
export const leafLevel = (size: PageSize): 1 | 2 | 3 => LEAF_LEVEL[size];

/** The page size that a leaf at this level maps. Levels 4 and 5 have no leaves. */
export function pageSizeOfLevel(level: number): PageSize {
  const size = PAGE_SIZES[level - 1];
  if (size === undefined) throw new RangeError(`level ${level} has no leaf; levels 1 to 3 have`);
  return size;
}

/** The largest 64-bit value. */
export const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** An address or entry as text: `0x`, lower case, no leading zeros. */
export const hex = (value: Address): string => `0x${value.toString(16)}`;

const HEX = /^0x[0-9a-f]{1,16}$/i;

/**
 * Reads a hexadecimal address of at most 64 bits, with `0x`, in either case; leading zeros are
 * allowed. Returns `undefined` for anything else, so that the caller can name the field.
 */
export function parseHex(text: string): Address | undefined {
  const trimmed = text.replace(/^(0x)0+(?=[0-9a-f])/i, '$1');
  return HEX.test(trimmed) ? BigInt(trimmed) : undefined;
}

/** The 9-bit index that selects the entry at `level` (1 = bits 20:12, 4 = bits 47:39, 5 = 56:48). */
export const indexAtLevel = (address: Address, level: number): number =>
  Number((address >> (12n + 9n * BigInt(level - 1))) & 0x1ffn);

/** The offset of an address in a page of this size. */
export const pageOffset = (address: Address, size: PageSize): bigint =>
  address & (pageBytes(size) - 1n);

/** Number of address bits that `levels` of paging translate: 48 or 57. */
export const linearWidth = (levels: Levels): number => (levels === 5 ? 57 : 48);

/** Whether a linear address is canonical: all bits from the highest translated one up are equal. */
export function isCanonical(address: Address, levels: Levels): boolean {
  const top = BigInt.asIntN(linearWidth(levels), address);
  return BigInt.asUintN(64, top) === address;
}
