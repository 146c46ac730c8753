import { Run, readScenario, viewOf } from '@pagewalk/engine';
import type { ScenarioInput } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { describe, expect, it } from 'vitest';
import { CELL, layoutOf } from './layout.ts';

const A1 = { guest: 'a', process: 'p1' };
const A2 = { guest: 'a', process: 'p2' };
const B1 = { guest: 'b', process: 'q1' };

const layout = async (actions: NonNullable<ScenarioInput['actions']>, width = 720) => {
  const scenario = readScenario({
    machine: {
      mmu: { mode: 'ept' },
      tlb: 'none',
      guests: [
        { name: 'a', memory: '8M' },
        { name: 'b', memory: '8M' },
      ],
    },
    actions,
  });
  const run = new Run(await loadKvm(), scenario);
  run.seek(run.length);
  return layoutOf(viewOf(run).guests, width);
};
const MAPPED: NonNullable<ScenarioInput['actions']> = [
  { do: 'process', guest: 'a', name: 'p1' },
  { do: 'process', guest: 'b', name: 'q1' },
  { do: 'map', ...A1, gva: '0x10000', pages: 3, flags: 'rwu' },
  { do: 'map', ...B1, gva: '0x10000', pages: 3, flags: 'rwu' },
];

describe('where pages are drawn', () => {
  it('nothing is there before anything is mapped', async () => {
    expect((await layout([])).chains).toEqual([]);
  });

  it('a page that nobody touched has no frame', async () => {
    const { chains, hpa } = await layout(MAPPED);
    expect(chains).toHaveLength(6);
    expect(chains.every((chain) => chain.hva !== null && chain.hpa === null)).toBe(true);
    expect(hpa).toEqual([]);
  });

  it('each guest keeps to its own part, and no two cells of a band overlap', async () => {
    const { chains, gpa, hpa, regions } = await layout([
      ...MAPPED,
      { do: 'access', ...A1, gva: '0x10000', pages: 3, kind: 'write' },
      { do: 'access', ...B1, gva: '0x10000', pages: 3, kind: 'write' },
    ]);
    for (const { guest, gva } of chains) {
      expect(gva).toBeGreaterThanOrEqual(regions[guest]?.from ?? Number.NaN);
      expect(gva + CELL.width).toBeLessThanOrEqual(regions[guest]?.to ?? Number.NaN);
    }
    for (const places of [
      chains.map(({ gva }) => gva),
      gpa.map(({ x }) => x),
      hpa.map(({ x }) => x),
    ]) {
      const sorted = [...places].sort((one, other) => one - other);
      for (const [index, x] of sorted.slice(1).entries()) {
        expect(x - (sorted[index] ?? 0)).toBeGreaterThanOrEqual(CELL.width);
      }
    }
    expect(hpa.map(({ page }) => page)).toEqual([...hpa.map(({ page }) => page)].sort());
  });

  it('two addresses of one page meet, and what is no memory goes no further', async () => {
    const { chains } = await layout([
      ...MAPPED,
      { do: 'access', ...A1, gva: '0x10000', kind: 'write' },
      { do: 'process', guest: 'a', name: 'p2' },
      { do: 'map', ...A2, gva: '0x60000', gpa: '0x400000', flags: 'rwu' },
      { do: 'map', ...A2, gva: '0x61000', gpa: '0xc00000', flags: 'rwu' },
    ]);
    const first = chains.find(({ process }) => process === 'p1');
    const alias = chains.find(({ process }) => process === 'p2');
    expect(alias?.gpa).toBe(first?.gpa);
    expect(alias?.hpa).toBe(first?.hpa);
    expect(alias?.gva).not.toBe(first?.gva);
    const device = chains.find(({ page }) => !page.isMemory);
    expect(device).toMatchObject({ hva: null, hpa: null });
  });
});
