import { FREE_COLUMNS, MEMORY_PARTS } from '@pagewalk/engine';
import type { FreeColumn, MemoryPart } from '@pagewalk/engine';

/** Where the parts of memory, the columns of free(1) and the lines between them stand. Pixels. */

export const BAR = { top: 18, height: 44 } as const;
export const STRIP = { top: BAR.top + BAR.height + 5, height: 16 } as const;
export const LINKS = { top: BAR.top + BAR.height, bottom: STRIP.top + STRIP.height + 52 } as const;
/** A part that is there is seen, however small it is. */
const LEAST = 2;

export interface Segment {
  part: MemoryPart;
  x: number;
  width: number;
  kib: number;
}

/** The parts side by side, to scale: all of memory is as wide as the figure. */
export function segmentsOf(parts: Readonly<Record<MemoryPart, number>>, width: number): Segment[] {
  const all = MEMORY_PARTS.reduce((sum, part) => sum + parts[part], 0);
  const segments: Segment[] = [];
  let before = 0;
  for (const part of MEMORY_PARTS) {
    const kib = parts[part];
    const x = all === 0 ? 0 : (before / all) * width;
    if (kib > 0) {
      const wide = Math.max(LEAST, (kib / all) * width);
      segments.push({ part, x: Math.min(x, width - wide), width: wide, kib });
    }
    before += kib;
  }
  return segments;
}

/** Parts that a column adds up. */
export const SUMMED: Readonly<Partial<Record<FreeColumn, readonly MemoryPart[]>>> = {
  free: ['MemFree'],
  shared: ['Shmem'],
  'buff/cache': ['Shmem', 'Buffers', 'Cached', 'SReclaimable'],
};

/** Columns in which a part is counted. */
export const columnsOf = (part: MemoryPart): FreeColumn[] =>
  FREE_COLUMNS.filter((column) => SUMMED[column]?.includes(part) === true);

export interface Link {
  column: FreeColumn;
  /** The part that it comes from; null for one from the strip, or from the whole bar. */
  part: MemoryPart | null;
  path: string;
}

const curve = (x: number, y: number, to: number): string => {
  const middle = (y + LINKS.bottom) / 2;
  return `M${x.toFixed(1)} ${y}C${x.toFixed(1)} ${middle} ${to.toFixed(1)} ${middle} ${to.toFixed(1)} ${LINKS.bottom}`;
};

/** Where the strip under the bar is parted: left of it is what is not available. */
export const splitOf = (columns: Readonly<Record<FreeColumn, number>>, width: number): number =>
  columns.total === 0 ? 0 : (columns.used / columns.total) * width;

/** A line from everything that a column is made of to the column, which is one of six of equal width. */
export function linksOf(
  segments: readonly Segment[],
  columns: Readonly<Record<FreeColumn, number>>,
  width: number,
): Link[] {
  const centre = (column: FreeColumn): number =>
    ((FREE_COLUMNS.indexOf(column) + 0.5) / FREE_COLUMNS.length) * width;
  const split = splitOf(columns, width);
  const strip = STRIP.top + STRIP.height;
  const links: Link[] = [
    { column: 'total', part: null, path: curve(1, LINKS.top, centre('total')) },
    { column: 'used', part: null, path: curve(split / 2, strip, centre('used')) },
    {
      column: 'available',
      part: null,
      path: curve((split + width) / 2, strip, centre('available')),
    },
  ];
  for (const { part, x, width: wide } of segments) {
    for (const column of columnsOf(part)) {
      links.push({ column, part, path: curve(x + wide / 2, LINKS.top, centre(column)) });
    }
  }
  return links;
}
