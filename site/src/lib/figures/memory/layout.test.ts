import { MEMORY_PARTS, freeColumns, memoryParts } from '@pagewalk/engine';
import { describe, expect, it } from 'vitest';
import { columnsOf, linksOf, segmentsOf, splitOf, SUMMED } from './layout.ts';

const LINES = new Map([
  ['MemTotal', 1000],
  ['MemFree', 200],
  ['MemAvailable', 700],
  ['Buffers', 1],
  ['Cached', 500],
  ['Shmem', 100],
  ['AnonPages', 150],
  ['SReclaimable', 40],
  ['SUnreclaim', 60],
  ['Percpu', 0],
]);
const parts = memoryParts(LINES);
const columns = freeColumns(LINES);

describe('the bar', () => {
  const segments = segmentsOf(parts, 500);
  it('has every part that there is, once, from the left edge to the right one', () => {
    expect(segments.map(({ part }) => part)).toEqual(
      MEMORY_PARTS.filter((part) => parts[part] > 0),
    );
    expect(segments[0]?.x).toBe(0);
    const last = segments.at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeCloseTo(500);
    const free = segments.find(({ part }) => part === 'MemFree');
    expect(free?.width).toBeCloseTo(100);
  });
  it('shows a part that is less than a pixel', () => {
    const buffers = segments.find(({ part }) => part === 'Buffers');
    expect(buffers?.width).toBeGreaterThanOrEqual(2);
  });
  it('is parted at what is used', () => {
    expect(splitOf(columns, 500)).toBeCloseTo(150);
  });
});

describe('the lines', () => {
  it('lead to a column from the parts that it adds up, and those are its value', () => {
    for (const [column, summed] of Object.entries(SUMMED)) {
      const sum = summed.reduce((all, part) => all + parts[part], 0);
      expect(sum, column).toBe(columns[column as keyof typeof SUMMED]);
    }
    const links = linksOf(segmentsOf(parts, 500), columns, 500);
    const into = links.filter(({ column }) => column === 'buff/cache').map(({ part }) => part);
    expect(into).toEqual(['Shmem', 'Buffers', 'Cached', 'SReclaimable']);
    expect(columnsOf('Shmem')).toEqual(['shared', 'buff/cache']);
    expect(columnsOf('AnonPages')).toEqual([]);
  });
  it('end where their column stands, one of six', () => {
    const links = linksOf(segmentsOf(parts, 600), columns, 600);
    for (const { column, path } of links) {
      const end = Number(/ (\d+\.\d) \d+$/.exec(path)?.[1]);
      expect(end, column).toBe(50 + 100 * Object.keys(columns).indexOf(column));
    }
  });
});
