import type { HostMoment } from '../schema.ts';

/** What a host says of its memory, read from its own words. */

/** A line of /proc/meminfo, in KiB. */
export function lineOf(moment: Pick<HostMoment, 'read'>, name: string): number {
  const text = moment.read('/proc/meminfo') ?? '';
  const match = new RegExp(`^${name.replaceAll(/[()]/g, '\\$&')}: +(\\d+)`, 'm').exec(text);
  if (match === null) throw new Error(`/proc/meminfo has no line ${name}`);
  return Number(match[1]);
}

/** The same in whole MiB, as `free -m` cuts them. */
export const mibOf = (moment: Pick<HostMoment, 'read'>, name: string): number =>
  Math.floor(lineOf(moment, name) / 1024);

export const COLUMNS = ['total', 'used', 'free', 'shared', 'buff/cache', 'available'] as const;
export type Column = (typeof COLUMNS)[number];

/** A row of free(1) as it was printed, by its columns. */
export function rowOf(output: string, row: 'Mem' | 'Swap' = 'Mem'): Record<Column, number> {
  const cells = new RegExp(`^${row}: +(.*)$`, 'm').exec(output)?.[1]?.trim().split(/ +/);
  if (cells === undefined) throw new Error(`free printed no row ${row}:\n${output}`);
  return Object.fromEntries(
    COLUMNS.map((name, index) => [name, Number(cells[index] ?? 0)]),
  ) as Record<Column, number>;
}
