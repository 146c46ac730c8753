/** Amounts of memory for people: MiB where there is one, KiB below; cut as free(1) cuts them, never rounded up. */

const MIB = 1024;
const cut = (value: number, digits: number): string =>
  (Math.floor(value * 10 ** digits) / 10 ** digits).toLocaleString('en-US', {
    minimumFractionDigits: digits,
  });

export function amount(kib: number): string {
  if (kib < MIB) return `${cut(kib, 0)} KiB`;
  const mib = kib / MIB;
  return `${cut(mib, mib < 10 ? 1 : 0)} MiB`;
}

/** A change, with its sign. */
export const change = (kib: number): string => `${kib < 0 ? '−' : '+'}${amount(Math.abs(kib))}`;

/** KiB as /proc/meminfo has them. */
export const exact = (kib: number): string => `${cut(kib, 0)} kB`;
