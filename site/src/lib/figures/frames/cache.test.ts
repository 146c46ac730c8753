import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameCache } from './cache.ts';
import { BLOCK_FRAMES, bandsOf, fit, gridOf, indexInBlock, visibleIn } from './layout.ts';
import type { Grid, Size, View } from './layout.ts';
import type { FrameWindow } from './source.ts';
import { SyntheticFrames } from './synthetic.ts';

// How much is read at once is adapted to how long reads take; here they take no time, however slow the machine is.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A source that counts how it is asked. */
class Counted extends SyntheticFrames {
  asked: { first: number; perCell: number; cells: number }[] = [];

  override read(first: number, perCell: number, cells: number, out: FrameWindow): void {
    this.asked.push({ first, perCell, cells });
    super.read(first, perCell, cells, out);
  }
}

const WINDOW = { width: 1354, height: 490 };
const ENOUGH = { reads: 1000, milliseconds: 10_000 };

function needs(grid: Grid, view: View, size: Size) {
  return visibleIn(grid, view, size).map((part) => bandsOf(grid, part));
}

function setUp(gib = 64) {
  const source = new Counted(Math.floor(gib * BLOCK_FRAMES));
  const { host } = fit(source.frames, WINDOW, 1);
  return { source, host, cache: new FrameCache(source) };
}

describe('what is kept of memory', () => {
  it('reads a window in few calls: one for each run of memory in it', () => {
    const { source, host, cache } = setUp();
    const grid = gridOf(host, { level: 0, cell: 16 }, 6);
    const seen = needs(grid, { x: 3 * grid.pitchX + 900, y: 2000 }, WINDOW);
    expect(cache.read(grid, seen, { ...ENOUGH })).toBe(false);
    expect(seen).toHaveLength(1);
    expect(source.asked).toHaveLength(1);
    expect(source.asked[0]!.perCell).toBe(1);
  });

  it('reads nothing twice, and all anew when the machine has changed', () => {
    const { source, host, cache } = setUp();
    const grid = gridOf(host, { level: 2, cell: 1 }, 2);
    const seen = needs(grid, { x: 100, y: 100 }, WINDOW);
    cache.read(grid, seen, { ...ENOUGH });
    const { length } = source.asked;
    expect(length).toBeGreaterThan(0);
    cache.read(grid, seen, { ...ENOUGH });
    expect(source.asked).toHaveLength(length);
    source.version++;
    cache.read(grid, seen, { ...ENOUGH });
    expect(source.asked).toHaveLength(2 * length);
  });

  it('stops when it has read as much as it may, and goes on later', () => {
    const { source, host, cache } = setUp();
    const grid = gridOf(host, { level: 1, cell: 1 }, 2);
    const seen = needs(grid, { x: 1000, y: 300 }, WINDOW);
    let rounds = 0;
    let more = true;
    while (more) {
      const before = source.asked.length;
      more = cache.read(grid, seen, { reads: 2, milliseconds: 10_000 });
      expect(source.asked.length - before).toBeLessThanOrEqual(2);
      rounds++;
    }
    expect(rounds).toBeGreaterThan(1);
    for (const { block, from, to } of seen) {
      const { bands } = cache.block(grid, block);
      for (let band = from; band < to; band++) expect(bands[band]).toBe(source.version);
    }
  });

  it('reads what it has never seen before what it knows from earlier', () => {
    const { source, host, cache } = setUp();
    const grid = gridOf(host, { level: 4, cell: 3 }, 2);
    const all = needs(grid, { x: 0, y: 0 }, grid);
    cache.read(grid, all.slice(0, 8), { ...ENOUGH });
    source.version++;
    source.asked = [];
    cache.read(grid, all.slice(0, 9), { reads: 1, milliseconds: 10_000 });
    expect(source.asked.map(({ first }) => first)).toEqual([8 * BLOCK_FRAMES]);
  });

  it('renews all of a window in turn while the machine never rests', () => {
    const { source, host, cache } = setUp();
    const grid = gridOf(host, { level: 4, cell: 3 }, 2);
    const all = needs(grid, { x: 0, y: 0 }, grid);
    cache.read(grid, all, { ...ENOUGH });
    const { version } = source;
    for (let round = 0; round < 80; round++) {
      source.version++;
      cache.read(grid, all, { reads: 1, milliseconds: 10_000 });
    }
    for (const { block, from, to } of all) {
      const { bands } = cache.block(grid, block);
      for (let band = from; band < to; band++) expect(bands[band]).toBeGreaterThan(version);
    }
  });

  it('asks for cells that begin at multiples of their size, and for none beyond memory', () => {
    for (const gib of [0.01, 0.9, 5.3]) {
      const { source, host, cache } = setUp(gib);
      for (const level of [0, 1, 3, 4]) {
        const grid = gridOf(host, { level, cell: 1 }, 2);
        cache.read(grid, needs(grid, { x: 0, y: 0 }, grid), { ...ENOUGH });
      }
      for (const { first, perCell, cells } of source.asked) {
        expect(first % perCell).toBe(0);
        expect(cells).toBeGreaterThan(0);
        expect(first + (cells - 1) * perCell).toBeLessThan(source.frames);
      }
    }
  });

  it('holds for each cell what the source says of it', () => {
    const { source, host, cache } = setUp(5.3);
    for (const level of [0, 2, 4]) {
      const grid = gridOf(host, { level, cell: 1 }, 2);
      const seen = needs(grid, { x: 0, y: 0 }, grid);
      cache.read(grid, seen, { ...ENOUGH });
      const one = { kinds: new Uint8Array(1), owners: new Uint8Array(1), fill: new Uint8Array(1) };
      for (const { block } of seen) {
        const cells = cache.block(grid, block);
        for (let step = 0; step < 50; step++) {
          const column = (step * 37) % grid.across;
          const row = (step * 53) % grid.down;
          const index = indexInBlock(grid, column, row);
          const first = block * BLOCK_FRAMES + index * grid.perCell;
          if (first >= source.frames) continue;
          source.read(first, grid.perCell, 1, one);
          expect([cells.kinds[index], cells.owners[index], cells.fill[index]]).toEqual([
            one.kinds[0],
            one.owners[0],
            one.fill[0],
          ]);
        }
      }
    }
  });

  it('forgets what was not in sight for long', () => {
    const { source, host, cache } = setUp();
    const grid = gridOf(host, { level: 0, cell: 1 }, 6);
    for (let block = 0; block < 64; block++) {
      cache.read(grid, [{ block, from: 0, to: 32 }], { ...ENOUGH });
      cache.tidy();
    }
    source.asked = [];
    cache.read(grid, [{ block: 63, from: 0, to: 32 }], { ...ENOUGH });
    expect(source.asked).toHaveLength(0);
    cache.read(grid, [{ block: 0, from: 0, to: 32 }], { ...ENOUGH });
    expect(source.asked.length).toBeGreaterThan(0);
  });
});
