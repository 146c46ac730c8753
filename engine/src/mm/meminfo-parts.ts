/**
 * /proc/meminfo as a picture needs it: parts that do not overlap and together are all of memory, and the columns
 * that free(1) makes of the same lines.
 */

/** Lines of /proc/meminfo by name: KiB, or pages where the line counts those. */
export type MeminfoLines = ReadonlyMap<string, number>;

export function parseMeminfo(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([\w()]+):?\s+(\d+)/.exec(line);
    if (match !== null) lines.set(match[1] ?? '', Number(match[2]));
  }
  return lines;
}

/**
 * Parts of memory, in the order in which a bar shows them: what programs and the kernel hold, then what is free,
 * then what the kernel keeps because nobody else wants it.
 */
export const MEMORY_PARTS = [
  'rest',
  'Percpu',
  'KernelStack',
  'SUnreclaim',
  'SecPageTables',
  'PageTables',
  'Hugetlb',
  'AnonPages',
  'Shmem',
  'MemFree',
  'Buffers',
  'Cached',
  'SReclaimable',
] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];

/** KiB of each part. `Cached` is that line without Shmem, which is in it; `rest` is in none of the lines. */
export function memoryParts(lines: MeminfoLines): Record<MemoryPart, number> {
  const of = (name: string): number => lines.get(name) ?? 0;
  const parts = Object.fromEntries(MEMORY_PARTS.map((part) => [part, of(part)])) as Record<
    MemoryPart,
    number
  >;
  parts.Cached = Math.max(0, of('Cached') - of('Shmem'));
  parts.rest = 0;
  const told = MEMORY_PARTS.reduce((sum, part) => sum + parts[part], 0);
  parts.rest = Math.max(0, of('MemTotal') - told);
  return parts;
}

export const FREE_COLUMNS = ['total', 'used', 'free', 'shared', 'buff/cache', 'available'] as const;
export type FreeColumn = (typeof FREE_COLUMNS)[number];

/** The row `Mem:` of free(1) in KiB, as the library of procps-ng 4.0.2 works it out (library/meminfo.c). */
export function freeColumns(lines: MeminfoLines): Record<FreeColumn, number> {
  const of = (name: string): number => lines.get(name) ?? 0;
  const total = of('MemTotal');
  const available = of('MemAvailable');
  return {
    total,
    // What is not available is used; where that cannot be, what is not free.
    used: total - available < 0 ? total - of('MemFree') : total - available,
    free: of('MemFree'),
    shared: of('Shmem'),
    'buff/cache': of('Buffers') + of('Cached') + of('SReclaimable'),
    available,
  };
}

/** The row `Swap:`. */
export function swapColumns(lines: MeminfoLines): { total: number; used: number; free: number } {
  const total = lines.get('SwapTotal') ?? 0;
  const free = lines.get('SwapFree') ?? 0;
  return { total, used: total - free, free };
}
