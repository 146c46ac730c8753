import { describe, expect, it } from 'vitest';
import {
  BLOCK_FRAMES,
  TILE_FRAMES,
  bandsOf,
  bandsOfBlock,
  cellAt,
  centredOn,
  clampView,
  fit,
  gapOf,
  gridOf,
  indexInBlock,
  ladder,
  moveBy,
  overviewLevel,
  placeInBlock,
  placeOf,
  visibleIn,
  zoomAbout,
  zoomOf,
} from './layout.ts';
import type { Grid } from './layout.ts';

const GIB = BLOCK_FRAMES;
const HOSTS = [1, 300, 512, 2048, 40_000, GIB / 4, GIB - 1, GIB, 4 * GIB, 5.3 * GIB, 64 * GIB].map(
  Math.floor,
);
const WINDOWS = [
  { width: 1354, height: 560, ratio: 1 },
  { width: 320, height: 520, ratio: 1 },
  { width: 1074, height: 1560, ratio: 3 },
];

/** The grids of all steps of the zoom. */
function grids(frames: number, { width, height, ratio }: (typeof WINDOWS)[number]): Grid[] {
  const { host, scale } = fit(frames, { width, height }, ratio);
  return ladder(scale, 48 * ratio).map((step) => gridOf(host, step, gapOf(step, ratio)));
}

/** Frames here and there: the first and last of memory, of tiles and blocks, and some between. */
function someFrames(frames: number): number[] {
  const found = [0, 1, 31, 32, 511, 512, 513, 8191, 8192, GIB - 1, GIB, GIB + 1, frames - 1];
  for (let index = 0; index < 40; index++)
    found.push(Math.floor((frames * index * 0.61803) % frames));
  return [...new Set(found)].filter((frame) => frame < frames);
}

describe('the map of frames', () => {
  it('shows all of any host in any window, its cells whole pixels', () => {
    for (const frames of HOSTS) {
      for (const window of WINDOWS) {
        const [whole] = grids(frames, window);
        expect(whole!.width, `${frames}`).toBeLessThanOrEqual(window.width);
        expect(whole!.height, `${frames}`).toBeLessThanOrEqual(window.height);
        for (const grid of grids(frames, window)) {
          expect(Number.isInteger(grid.cell)).toBe(true);
          expect(Number.isInteger(Math.log2(grid.perCell))).toBe(true);
          expect(Number.isInteger(grid.across * grid.cell)).toBe(true);
        }
      }
    }
  });

  it('grows with every step, to cells of 48 pixels of the page', () => {
    for (const window of WINDOWS) {
      const zooms = grids(64 * GIB, window).map((grid) => zoomOf(grid));
      expect(zooms).toEqual(zooms.toSorted((a, b) => a - b));
      expect(new Set(zooms).size).toBe(zooms.length);
      expect(zooms.at(-1)! / window.ratio).toBeGreaterThan(40);
    }
  });

  it('leads from a frame to its pixels and back, at every scale', () => {
    for (const frames of HOSTS) {
      for (const grid of grids(frames, WINDOWS[0]!)) {
        for (const frame of someFrames(frames)) {
          const { x, y } = placeOf(grid, frame);
          const last = grid.cell - 1;
          for (const [right, down] of [
            [0, 0],
            [last, 0],
            [last, last],
          ] as const) {
            const cell = cellAt(grid, x + right, y + down);
            expect(cell, `frame ${frame} of ${frames} at level ${grid.level}`).not.toBeNull();
            expect(cell!.first).toBe(Math.floor(frame / grid.perCell) * grid.perCell);
            expect(frame).toBeLessThan(cell!.first + cell!.count);
            expect([cell!.x, cell!.y]).toEqual([x, y]);
          }
        }
      }
    }
  });

  it('gives every cell of a block a place of its own', () => {
    const { host } = fit(4 * GIB, WINDOWS[0]!, 1);
    for (let level = 0; level <= 9; level++) {
      const grid = gridOf(host, { level, cell: 1 }, 2);
      const cells = grid.across * grid.down;
      expect(cells * grid.perCell).toBe(BLOCK_FRAMES);
      const wrong: number[] = [];
      for (let index = 0; index < cells; index += level === 0 ? 7 : 1) {
        const { column, row } = placeInBlock(grid, index);
        const inside = column < grid.across && row < grid.down;
        if (!inside || indexInBlock(grid, column, row) !== index) wrong.push(index);
      }
      expect(wrong).toEqual([]);
    }
  });

  it('makes a huge page a rectangle of 32 × 16 frames, read as a page is', () => {
    const grid = grids(64 * GIB, WINDOWS[0]!).find(({ level, cell }) => level === 0 && cell === 4)!;
    const corner = placeOf(grid, 7 * TILE_FRAMES);
    expect(placeOf(grid, 7 * TILE_FRAMES + 1)).toEqual({ x: corner.x + 4, y: corner.y });
    expect(placeOf(grid, 7 * TILE_FRAMES + 32)).toEqual({ x: corner.x, y: corner.y + 4 });
    expect(placeOf(grid, 8 * TILE_FRAMES - 1)).toEqual({
      x: corner.x + 31 * 4,
      y: corner.y + 15 * 4,
    });
    expect(placeOf(grid, 8 * TILE_FRAMES)).toEqual({ x: corner.x + 32 * 4, y: corner.y });
  });

  it('keeps a tile at its place through all scales at which it has cells', () => {
    const all = grids(64 * GIB, WINDOWS[0]!).filter(({ level }) => level <= 4);
    for (const tile of [0, 5, 16, 511, 512, 20_000]) {
      const places = all.map((grid) => {
        const { x, y } = placeOf(grid, tile * TILE_FRAMES);
        const column = Math.floor(x / grid.pitchX);
        const row = Math.floor(y / grid.pitchY);
        const zoom = zoomOf(grid);
        return [(x - column * grid.gap) / zoom, (y - row * grid.gap) / zoom];
      });
      for (const place of places) expect(place).toEqual(places[0]);
    }
  });

  it('shows nothing between blocks and beyond the last frame', () => {
    const [grid] = grids(5 * GIB, WINDOWS[0]!);
    expect(cellAt(grid!, grid!.pitchX - 1, 0)).toBeNull();
    expect(cellAt(grid!, grid!.width, 0)).toBeNull();
    expect(cellAt(grid!, -1, 0)).toBeNull();
    const { x, y } = placeOf(grid!, 5 * GIB - 1);
    expect(cellAt(grid!, x, y + grid!.pitchY)).toBeNull();
  });

  it('keeps what is below the pointer there, whatever the steps of the zoom', () => {
    const window = WINDOWS[0]!;
    const all = grids(64 * GIB, window);
    const size = { width: window.width, height: all[0]!.height };
    for (const [x, y] of [
      [700, 250],
      [311, 90],
      [640, 333],
    ] as const) {
      let step = 0;
      let view = clampView(all[0]!, { x: 0, y: 0 }, size);
      for (const next of [1, 2, 3, 7, 12, 9, 3, 1, 4, 0]) {
        const before = cellAt(all[step]!, view.x + x, view.y + y);
        view = zoomAbout(all[step]!, all[next]!, view, size, x, y);
        const after = cellAt(all[next]!, view.x + x, view.y + y);
        // All of the host is where it is, whatever is pointed at.
        if (next > 1) {
          expect(before, `${step} to ${next}`).not.toBeNull();
          const [large, small] =
            after!.count > before!.count ? [after!, before!] : [before!, after!];
          expect(small.first).toBeGreaterThanOrEqual(large.first);
          expect(small.first).toBeLessThan(large.first + large.count);
        }
        step = next;
      }
    }
  });

  it('never shows more emptiness than it must', () => {
    const window = WINDOWS[0]!;
    const all = grids(64 * GIB, window);
    const size = { width: window.width, height: all[0]!.height };
    const far = { x: 1e9, y: 1e9 };
    expect(clampView(all[0]!, far, size)).toEqual({ x: 0, y: 0 });
    const last = all.at(-1)!;
    expect(clampView(last, far, size)).toEqual({
      x: last.width - size.width,
      y: last.height - size.height,
    });
    expect(clampView(last, { x: -5, y: -5 }, size)).toEqual({ x: 0, y: 0 });
  });

  it('brings any frame into sight', () => {
    const window = WINDOWS[1]!;
    for (const grid of grids(64 * GIB, window)) {
      for (const frame of someFrames(64 * GIB)) {
        const view = centredOn(grid, frame, window);
        const { x, y } = placeOf(grid, frame);
        expect(x - view.x).toBeGreaterThanOrEqual(0);
        expect(x + grid.cell - view.x).toBeLessThanOrEqual(window.width);
        expect(y + grid.cell - view.y).toBeLessThanOrEqual(window.height);
      }
    }
  });

  it('finds in a window what a walk over its pixels finds', () => {
    const window = { width: 90, height: 70 };
    for (const grid of grids(5.3 * GIB - 700, { ...window, ratio: 1 })) {
      const view = clampView(grid, { x: grid.width / 3, y: grid.height / 2 }, window);
      const pixels = new Set<number>();
      for (let y = 0; y < window.height; y++) {
        for (let x = 0; x < window.width; x++) {
          const cell = cellAt(grid, view.x + x, view.y + y);
          if (cell !== null) pixels.add(cell.first);
        }
      }
      const parts = new Set<number>();
      for (const part of visibleIn(grid, view, window)) {
        for (let row = part.fromRow; row < part.toRow; row++) {
          for (let column = part.fromColumn; column < part.toColumn; column++) {
            const index = indexInBlock(grid, column, row);
            const first = part.block * grid.host.blockFrames + index * grid.perCell;
            if (first < grid.host.frames) parts.add(first);
          }
        }
        const { from, to } = bandsOf(grid, part);
        expect(from).toBeLessThanOrEqual(to);
        expect(to).toBeLessThanOrEqual(bandsOfBlock(grid));
      }
      expect([...parts].sort()).toEqual([...pixels].sort());
    }
  });

  it('moves from cell to cell, over the borders of tiles and blocks, and stops at the end', () => {
    const grid = grids(64 * GIB, WINDOWS[0]!).find(({ level }) => level === 0)!;
    expect(moveBy(grid, 31, 1, 0)).toBe(TILE_FRAMES);
    expect(moveBy(grid, TILE_FRAMES, -1, 0)).toBe(31);
    expect(moveBy(grid, 480, 0, 1)).toBe(16 * TILE_FRAMES);
    expect(moveBy(grid, 15 * TILE_FRAMES + 31, 1, 0)).toBe(GIB);
    expect(moveBy(grid, 0, -1, 0)).toBe(0);
    expect(moveBy(grid, 64 * GIB - 1, 1, 0)).toBe(64 * GIB - 1);
    expect(moveBy(grid, 64 * GIB - 1, 0, 1)).toBe(64 * GIB - 1);
  });

  it('has an overview that is quickly read', () => {
    for (const gib of [1, 64, 256, 1024, 6144]) {
      const { host } = fit(gib * GIB, WINDOWS[0]!, 1);
      expect(host.frames / 4 ** overviewLevel(host)).toBeLessThanOrEqual(262_144);
    }
  });
});
