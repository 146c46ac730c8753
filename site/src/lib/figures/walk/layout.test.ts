import { DEFAULT_ACCESS, DEFAULT_MACHINE, PAGE_SIZES, Workbench } from '@pagewalk/engine';
import type { Translation, WalkMachine } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { layoutGrid } from './layout.ts';
import type { Grid } from './layout.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = new Workbench(await loadEngine());
});

interface Drawn {
  grid: Grid;
  translation: Translation;
}

function draw(change: Partial<WalkMachine> = {}, width = 800, short = false): Drawn {
  const machine = { ...DEFAULT_MACHINE, ...change };
  const scenario = { machine, actions: [], access: DEFAULT_ACCESS };
  const translation = bench.run(scenario);
  const { paging, nested } = bench.registers(scenario);
  const shape = {
    levels: paging.levels,
    hostLevels: nested?.levels ?? 0,
    table: nested?.kind ?? ('guest' as const),
  };
  return { grid: layoutGrid(shape, translation, width, short), translation };
}

describe('the walk grid', () => {
  it('has a row for each guest level and the page, a column for each nested level and the entry', () => {
    const { grid } = draw({ levels: 5, hostLevels: 4 });
    expect(grid.rows.map((row) => row.row)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(grid.columns).toHaveLength(5);
    expect(grid.nodes).toHaveLength(6 * 4 + 5);
  });

  it('gives every reference of every machine a node of its own', () => {
    for (const mode of ['native', 'ept', 'npt'] as const) {
      for (const guestPage of PAGE_SIZES) {
        for (const hostPage of PAGE_SIZES) {
          const { grid, translation } = draw({ mode, guestPage, hostPage });
          const placed = grid.nodes.flatMap((node) => node.reference?.index ?? []);
          expect(placed.sort((a, b) => a - b)).toEqual(
            translation.references.map((one) => one.index),
          );
          expect(grid.legs).toHaveLength(translation.references.length + 1);
        }
      }
    }
  });

  it('keeps entries that a large page made unnecessary, and says which page did', () => {
    const { grid } = draw({ guestPage: '2M', hostPage: '2M' });
    const saved = grid.nodes.filter((node) => node.unread === 'leaf');
    expect(saved).toHaveLength(24 - 15);
    expect(saved.every((node) => node.leafPage === '2M')).toBe(true);
  });

  it('marks what a fault left unread apart from what was not needed', () => {
    const { grid } = draw({ backed: false });
    expect(grid.nodes.filter((node) => node.unread === 'fault')).toHaveLength(1);
  });

  it('stays inside its drawing and keeps its nodes apart, from 320 pixels up', () => {
    for (const width of [288, 358, 520, 640, 900, 1300]) {
      for (const short of [false, true]) {
        const { grid } = draw({ levels: 5, hostLevels: 5 }, width, short);
        for (const node of grid.nodes) {
          expect(node.x - grid.radius).toBeGreaterThan(0);
          expect(node.x + grid.radius).toBeLessThanOrEqual(width);
          expect(node.y + grid.radius).toBeLessThan(grid.height);
          for (const other of grid.nodes) {
            if (other === node) continue;
            const apart = Math.hypot(node.x - other.x, node.y - other.y);
            expect(apart).toBeGreaterThan(2 * grid.radius + 4);
          }
        }
      }
    }
  });
});
