import { bandsOfBlock } from './layout.ts';
import type { Grid } from './layout.ts';
import type { FrameSource, FrameWindow } from './source.ts';

/** Never read. */
const NEVER = -1;

/** The cells of one block at one level, as far as they were read, in the order of memory. */
export interface BlockCells extends FrameWindow {
  level: number;
  block: number;
  /** The machine's version that each band was read at. */
  bands: Float64Array;
  /** Painted with which palette at which version, by band; what paints keeps it. */
  painted: Float64Array;
  palette: object | null;
  picture: HTMLCanvasElement | null;
  /** When it was last asked for. */
  used: number;
}

/** Bands of a block that are needed. */
export interface Need {
  block: number;
  from: number;
  to: number;
}

/** How much may be read before the picture is drawn with what there is. */
export interface Budget {
  reads: number;
  milliseconds: number;
}

/** Cells of one read at most: a read cannot be interrupted. */
const LARGEST_READ = 131_072;
/** The frames behind them, which is what a read costs when cells are large; adapted as reads take time. */
const FRAMES_OF_READ = { low: 2 ** 18, first: 2 ** 21, high: 2 ** 23 };
/** Milliseconds after which a read was too large, or could have been larger. */
const SLOW = 6;
const QUICK = 1.5;
/** Cells that are kept beyond those in sight. */
const KEPT = 6_000_000;

/**
 * What was read of a source. Bands that follow each other in memory are read in one call, so that a window
 * costs a call for each run of memory in it, and moving about in what was seen costs none.
 */
export class FrameCache {
  readonly source: FrameSource;
  readonly #blocks = new Map<number, BlockCells>();
  readonly #scratch: FrameWindow = {
    kinds: new Uint8Array(LARGEST_READ),
    owners: new Uint8Array(LARGEST_READ),
    fill: new Uint8Array(LARGEST_READ),
  };
  #framesOfRead = FRAMES_OF_READ.first;
  #cells = 0;
  #time = 0;
  /** By level, the band from which on to renew what is known. */
  readonly #resume = new Map<number, number>();

  constructor(source: FrameSource) {
    this.source = source;
  }

  /** The cells of a block, read or not. */
  block(grid: Grid, block: number): BlockCells {
    const key = grid.level * 2 ** 32 + block;
    let found = this.#blocks.get(key);
    if (found === undefined) {
      const cells = grid.across * grid.down;
      const bands = bandsOfBlock(grid);
      found = {
        level: grid.level,
        block,
        kinds: new Uint8Array(cells),
        owners: new Uint8Array(cells),
        fill: new Uint8Array(cells),
        bands: new Float64Array(bands).fill(NEVER),
        painted: new Float64Array(bands).fill(NEVER),
        palette: null,
        picture: null,
        used: this.#time,
      };
      this.#blocks.set(key, found);
      this.#cells += cells;
    }
    found.used = this.#time;
    return found;
  }

  static known(cells: BlockCells, band: number): boolean {
    return cells.bands[band] !== NEVER;
  }

  /**
   * Reads what is needed and not of the machine as it is now, as far as the budget goes; what was never read
   * comes first. Whether something is left to read.
   */
  read(grid: Grid, needs: readonly Need[], budget: Budget): boolean {
    const { version } = this.source;
    const started = performance.now();
    const perBlock = bandsOfBlock(grid);
    // A machine that never rests must not be read again and again at its beginning only: what is known
    // is renewed from where the last reading ended.
    const { POSITIVE_INFINITY: end } = Number;
    const resume = this.#resume.get(grid.level) ?? 0;
    for (const [first, low, high] of [
      [true, 0, end],
      [false, resume, end],
      [false, 0, resume],
    ] as const) {
      let from = 0;
      let to = 0;
      // `from` to `to` is the run of bands, numbered through the host, that waits to be read.
      for (const need of needs) {
        const { bands } = this.block(grid, need.block);
        for (let band = need.from; band < need.to; band++) {
          const has = bands[band];
          const number = need.block * perBlock + band;
          if (has === version || (first && has !== NEVER)) continue;
          if (number < low || number >= high) continue;
          if (number === to && to - from < this.#bandsOfRead(grid)) {
            to++;
            continue;
          }
          if (to > from) this.#readBands(grid, from, to, budget);
          if (budget.reads <= 0 || performance.now() - started > budget.milliseconds) {
            if (!first) this.#resume.set(grid.level, number);
            return true;
          }
          from = number;
          to = number + 1;
        }
      }
      if (to > from) this.#readBands(grid, from, to, budget);
      if (budget.reads <= 0) {
        if (!first) this.#resume.set(grid.level, to);
        return this.#lacks(grid, needs);
      }
    }
    return false;
  }

  /** Forgets what was not in sight for longest, when much is kept. Called once for each drawn picture. */
  tidy(): void {
    this.#time++;
    if (this.#cells <= KEPT) return;
    for (const [key, block] of [...this.#blocks].sort(([, a], [, b]) => a.used - b.used)) {
      if (this.#cells <= KEPT || block.used >= this.#time - 1) break;
      this.#blocks.delete(key);
      this.#cells -= block.kinds.length;
    }
  }

  #lacks(grid: Grid, needs: readonly Need[]): boolean {
    return needs.some(({ block, from, to }) =>
      this.block(grid, block)
        .bands.subarray(from, to)
        .some((version) => version !== this.source.version),
    );
  }

  #bandsOfRead(grid: Grid): number {
    const cells = (grid.across * grid.down) / bandsOfBlock(grid);
    const frames = cells * grid.perCell;
    return Math.max(1, Math.floor(Math.min(LARGEST_READ / cells, this.#framesOfRead / frames)));
  }

  #readBands(grid: Grid, from: number, to: number, budget: Budget): void {
    const { source } = this;
    const perBlock = bandsOfBlock(grid);
    const perBand = (grid.across * grid.down) / perBlock;
    const first = from * perBand * grid.perCell;
    const cells = Math.min(
      (to - from) * perBand,
      Math.ceil((source.frames - first) / grid.perCell),
    );
    const started = performance.now();
    source.read(first, grid.perCell, cells, this.#scratch);
    const took = performance.now() - started;
    const { low, high } = FRAMES_OF_READ;
    // A small read that was quick says nothing of large ones.
    const large = cells * grid.perCell > this.#framesOfRead / 2;
    if (took > SLOW) this.#framesOfRead = Math.max(low, this.#framesOfRead / 2);
    else if (took < QUICK && large) {
      this.#framesOfRead = Math.min(high, this.#framesOfRead * 2);
    }
    budget.reads--;
    for (let band = from; band < to; band++) {
      const block = this.block(grid, Math.floor(band / perBlock));
      const at = (band % perBlock) * perBand;
      const start = (band - from) * perBand;
      const end = Math.min(start + perBand, cells);
      for (const name of ['kinds', 'owners', 'fill'] as const) {
        block[name].set(this.#scratch[name].subarray(start, end), at);
      }
      block.bands[band % perBlock] = source.version;
    }
  }
}
