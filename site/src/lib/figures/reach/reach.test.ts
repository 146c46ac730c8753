import { readRun, readScenario } from '@pagewalk/engine';
import type { ScenarioInput } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { describe, expect, it } from 'vitest';
import { buffersOf, pathOf, reachOf } from './reach.ts';

const at = (guest: string) => ({ guest, process: 'p', gva: '0x40000000' });
const INPUT: ScenarioInput = {
  machine: {
    host: { memory: '256M', cpus: 2 },
    mmu: { mode: 'ept' },
    guests: [
      { name: 'small', memory: '32M' },
      { name: 'large', memory: '32M', backing: '2M' },
    ],
  },
  actions: [
    { do: 'process', guest: 'small', name: 'p' },
    { do: 'map', ...at('small'), pages: 1024, flags: 'rwuad', atOnce: true },
    { do: 'process', guest: 'large', name: 'p' },
    { do: 'map', ...at('large'), pages: 2, page: '2M', flags: 'rwuad' },
    { do: 'access', ...at('small'), pages: 3, kind: 'read' },
    { do: 'access', ...at('large'), pages: 1, kind: 'read' },
  ],
};

describe('the reach of a TLB', () => {
  it('is what its entries cover of a buffer', async () => {
    const { view } = readRun(await loadKvm(), INPUT);
    const buffers = buffersOf(readScenario(INPUT));
    expect(buffers.map(({ page, backing, pages }) => [page, backing, pages])).toEqual([
      ['4K', '4K', 1024],
      ['2M', '2M', 1024],
    ]);
    const [small, large] = buffers.map((buffer, index) => reachOf(view, index, buffer));
    expect(small).toEqual({ entries: 3, page: '4K', pages: 3, covered: [{ from: 0, to: 3 }] });
    expect(large).toEqual({ entries: 1, page: '2M', pages: 512, covered: [{ from: 0, to: 512 }] });
  });

  it('is drawn in rows', () => {
    expect(pathOf([], 4)).toBe('');
    expect(pathOf([{ from: 1, to: 3 }], 4)).toBe('M1 0h2v1h-2z');
    expect(pathOf([{ from: 2, to: 13 }], 4)).toBe('M2 0h2v1h-2zM0 1h4v2h-4zM0 3h1v1h-1z');
  });
});
