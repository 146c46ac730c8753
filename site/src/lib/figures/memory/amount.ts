/** Amounts of memory for people: MiB where there is one, KiB below. */

const MIB = 1024;
const round = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function amount(kib: number): string {
  if (kib < MIB) return `${round(kib, 0)} KiB`;
  const mib = kib / MIB;
  return `${round(mib, mib < 10 ? 1 : 0)} MiB`;
}

/** A change, with its sign. */
export const change = (kib: number): string => `${kib < 0 ? '−' : '+'}${amount(Math.abs(kib))}`;

/** KiB as /proc/meminfo has them. */
export const exact = (kib: number): string => `${round(kib, 0)} kB`;
