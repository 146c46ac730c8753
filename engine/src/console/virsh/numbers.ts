import { LibvirtError } from '../libvirt/errors.ts';

/** Whole numbers as libvirt reads them (virstring.c, virutil.c). */

export const INT: Range = [-(2n ** 31n), 2n ** 31n - 1n];
export const UINT: Range = [0n, 2n ** 32n - 1n];
export const LLONG: Range = [-(2n ** 63n), 2n ** 63n - 1n];
export const ULLONG: Range = [0n, 2n ** 64n - 1n];
type Range = readonly [least: bigint, most: bigint];

/** The number at the start of a text, as strtol() takes it, and what follows; null where there is none in the range. */
export function leading(
  text: string,
  [least, most]: Range,
): { value: bigint; rest: string } | null {
  const [all, sign = '', digits] = /^[ \t-\r]*([+-]?)(\d+)/.exec(text) ?? [];
  if (all === undefined || digits === undefined) return null;
  // Where a number cannot be negative, not even -0 is one (virStrToLong_ullp()).
  if (sign === '-' && least === 0n) return null;
  const value = BigInt(digits) * (sign === '-' ? -1n : 1n);
  return value < least || value > most ? null : { value, rest: text.slice(all.length) };
}

/** A text that is a number and nothing else. */
export function whole(text: string, range: Range): bigint | null {
  const found = leading(text, range);
  return found === null || found.rest !== '' ? null : found.value;
}

const UNITS = 'kmgtpe';

/** virScaleInteger(): bytes of a number and its unit. Throws a `LibvirtError`. */
export function scaled(value: bigint, suffix: string, scale: bigint, limit: bigint): bigint {
  const lower = suffix.toLowerCase();
  let factor = scale;
  if (/^b(ytes?)?$/.test(lower)) factor = 1n;
  else if (suffix !== '') {
    const [, unit = '', tail = ''] = /^(.)(ib|b|)$/s.exec(lower) ?? [];
    const power = unit === '' ? 0 : UNITS.indexOf(unit) + 1;
    if (power === 0) throw new LibvirtError('INVALID_ARG', `unknown suffix '${suffix}'`);
    factor = (tail === 'b' ? 1000n : 1024n) ** BigInt(power);
  }
  if (value > limit / factor) {
    throw new LibvirtError('OVERFLOW', `value too large: ${value}${suffix}`);
  }
  return value * factor;
}

/** Bytes as KiB, rounded up. */
export const kibibytes = (bytes: bigint): number => Number((bytes + 1023n) / 1024n);

/** As printf() rounds: of two that are as near, the even one. */
export function fixed(value: number, digits: number): string {
  // Such a tie ends in a 5 of the binary kind: .25 of one digit, .0625 of three.
  const tie = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
  if (!tie) return value.toFixed(digits);
  const low = Math.floor(value * 10 ** digits);
  return ((low + (low % 2)) / 10 ** digits).toFixed(digits);
}

/** vshPrettyCapacity() with three decimals: `1.000 GiB`. */
export function capacity(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let power = 0;
  while (power < 6 && bytes >= 1024 ** (power + 1)) power++;
  return `${fixed(bytes / 1024 ** power, 3)} ${units[power] ?? ''}`;
}

/** A version as libvirt numbers it: 9000000 is 9.0.0. */
export const version = (number: number): string =>
  [number / 1_000_000, (number / 1000) % 1000, number % 1000].map(Math.floor).join('.');
