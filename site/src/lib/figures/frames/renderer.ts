import { FrameCache } from './cache.ts';
import type { BlockCells, Budget } from './cache.ts';
import { bandsOf, gridOf, overviewLevel, visibleIn } from './layout.ts';
import type { Grid, Host, Size, View, Visible } from './layout.ts';
import { labelOf, lookOf } from './looks.ts';
import { blend, choiceNumbers, isChosen, makePalette, pixelOf } from './palette.ts';
import type { Palette, Rgb } from './palette.ts';
import { FRAME_BYTES, FRAME_KINDS } from './source.ts';
import type { FrameChoice, FrameKind } from './source.ts';

/** How everything looks: what follows from theme, screen and the kind that is looked for. */
export interface Style {
  colour: (css: string) => Rgb;
  owners: readonly string[];
  choice: FrameChoice | null;
  /** Pixels of the device for one of the page. */
  ratio: number;
  font: string;
  monospaced: string;
  /** The name of a place in memory, for the corner of its block. */
  place: (bytes: number) => string;
}

/** Sides of cells, in pixels of the page, from which on they have marks, and letters. */
const MARKED = 8;
const LETTERED = 20;
/** From which on lines part the tiles, and every block has its name. */
const PARTED = 3;
const NAMED_BLOCK = 150;
/** How much of a block its name may take. */
const MOST_OF_BLOCK = 0.15;
const DIMMED = 0.16;

const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

function makeCanvas(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d')!;
}

/**
 * Draws windows of memory. Blocks are painted once into pictures of a pixel a cell, and drawn from these,
 * enlarged; cells that are large enough for marks are written side by side into one picture of the window.
 */
export class FrameRenderer {
  readonly #cache: FrameCache;
  readonly #host: Host;
  readonly #style: Style;
  readonly #palette: Palette;
  readonly #choice: ReturnType<typeof choiceNumbers>;
  /** By kind × 256 + owner, for cells of one size. */
  #sprites: (Uint32Array | undefined)[] = [];
  #spriteSide = 0;
  #scratch: CanvasRenderingContext2D | null = null;
  #window: ImageData | null = null;
  #block: ImageData | null = null;
  readonly overview: Grid;

  constructor(cache: FrameCache, host: Host, style: Style) {
    this.#cache = cache;
    this.#host = host;
    this.#style = style;
    this.#choice = choiceNumbers(style.choice, style.owners);
    this.#palette = makePalette(style.colour, style.owners.length, this.#choice);
    this.overview = gridOf(host, { level: overviewLevel(host), cell: 1 }, 1);
  }

  /** Reads what a window needs. Whether something is left to read. */
  prepare(grid: Grid, view: View, size: Size, budget: Budget): boolean {
    const needs = visibleIn(grid, view, size).map((part) => bandsOf(grid, part));
    return this.#cache.read(grid, needs, budget);
  }

  /** Reads what the overview needs. Whether something is left to read. */
  prepareOverview(budget: Budget): boolean {
    const { overview } = this;
    const whole = { x: 0, y: 0 };
    return this.prepare(overview, whole, overview, budget);
  }

  /** Draws a window from what has been read. */
  draw(context: CanvasRenderingContext2D, grid: Grid, view: View, size: Size): void {
    const { ratio } = this.#style;
    const parts = visibleIn(grid, view, size);
    context.imageSmoothingEnabled = false;
    if (grid.level === 0 && grid.cell >= MARKED * ratio) {
      this.#drawMarked(context, grid, parts, size);
    } else {
      context.fillStyle = this.#css('var(--paper)');
      context.fillRect(0, 0, size.width, size.height);
      for (const part of parts) this.#drawBlock(context, grid, part);
    }
    if (grid.level === 0 && grid.cell >= PARTED * ratio)
      this.#drawLines(context, grid, parts, size);
    if (this.#host.blocks > 1) this.#drawNames(context, grid, parts, size);
    this.#cache.tidy();
  }

  /** Draws the whole host, made to fit. */
  drawOverview(context: CanvasRenderingContext2D, size: Size): void {
    const { overview } = this;
    const scale = Math.min(size.width / overview.width, size.height / overview.height);
    context.clearRect(0, 0, size.width, size.height);
    context.imageSmoothingEnabled = true;
    context.save();
    context.scale(scale, scale);
    for (const part of visibleIn(overview, { x: 0, y: 0 }, overview)) {
      this.#drawBlock(context, overview, part);
    }
    context.restore();
  }

  #css(colour: string): string {
    return css(this.#style.colour(colour));
  }

  #drawBlock(context: CanvasRenderingContext2D, grid: Grid, part: Visible): void {
    const cells = this.#cache.block(grid, part.block);
    const { from, to } = bandsOf(grid, part);
    let unknown = false;
    for (let band = from; band < to; band++) unknown ||= !FrameCache.known(cells, band);
    if (unknown && grid.level !== this.overview.level) this.#drawCoarse(context, grid, part);
    this.#paint(grid, cells, from, to);
    if (cells.picture === null) return;
    const { cell } = grid;
    const width = part.toColumn - part.fromColumn;
    const height = part.toRow - part.fromRow;
    context.drawImage(
      cells.picture,
      part.fromColumn,
      part.fromRow,
      width,
      height,
      part.left + part.fromColumn * cell,
      part.top + part.fromRow * cell,
      width * cell,
      height * cell,
    );
  }

  /** The block as the overview has it, until the finer picture is there. */
  #drawCoarse(context: CanvasRenderingContext2D, grid: Grid, { block, left, top }: Visible): void {
    const { overview } = this;
    const cells = this.#cache.block(overview, block);
    const { from, to } = bandsOf(overview, { block, fromRow: 0, toRow: overview.down });
    this.#paint(overview, cells, from, to);
    if (cells.picture === null) return;
    const width = grid.across * grid.cell;
    const height = grid.down * grid.cell;
    context.drawImage(cells.picture, left, top, width, height);
  }

  /** Brings the picture of a block up to date, as far as it was read. */
  #paint(grid: Grid, cells: BlockCells, from: number, to: number): void {
    const { across, tileAcross, tileDown, host, perCell } = grid;
    const { colours, rows, depths } = this.#palette;
    if (cells.palette !== this.#palette) {
      cells.painted.fill(-1);
      cells.palette = this.#palette;
    }
    const tiles = across / tileAcross;
    const perBand = tiles * tileAcross * tileDown;
    const end = Math.ceil((host.frames - cells.block * host.blockFrames) / perCell);
    let image: ImageData | null = null;
    let pixels: Uint32Array | null = null;
    let firstPainted = -1;
    const put = (next: number): void => {
      if (firstPainted === -1 || image === null) return;
      cells.picture ??= makeCanvas(across, grid.down).canvas;
      const height = (next - firstPainted) * tileDown;
      cells.picture
        .getContext('2d')!
        .putImageData(image, 0, 0, 0, firstPainted * tileDown, across, height);
      firstPainted = -1;
    };
    for (let band = from; band < to; band++) {
      const version = cells.bands[band]!;
      if (version === -1 || version === cells.painted[band]) {
        put(band);
        continue;
      }
      image ??= this.#blockImage(across, grid.down);
      pixels ??= new Uint32Array(image.data.buffer);
      if (firstPainted === -1) firstPainted = band;
      cells.painted[band] = version;
      let index = band * perBand;
      for (let tile = 0; tile < tiles; tile++) {
        for (let row = 0; row < tileDown; row++) {
          let at = (band * tileDown + row) * across + tile * tileAcross;
          for (let column = 0; column < tileAcross; column++, at++, index++) {
            pixels[at] =
              index >= end
                ? 0
                : colours[
                    rows[cells.kinds[index]! * 256 + cells.owners[index]!]! +
                      depths[cells.fill[index]!]!
                  ]!;
          }
        }
      }
    }
    put(to);
  }

  #blockImage(width: number, height: number): ImageData {
    if (this.#block?.width !== width || this.#block.height !== height) {
      this.#block = new ImageData(width, height);
    }
    return this.#block;
  }

  #drawMarked(
    context: CanvasRenderingContext2D,
    grid: Grid,
    parts: readonly Visible[],
    { width, height }: Size,
  ): void {
    const { cell, host, across, tileAcross, tileDown } = grid;
    if (this.#window?.width !== width || this.#window.height !== height) {
      this.#window = new ImageData(width, height);
    }
    if (this.#spriteSide !== cell) {
      this.#sprites = [];
      this.#spriteSide = cell;
    }
    const window = new Uint32Array(this.#window.data.buffer);
    window.fill(pixelOf(this.#style.colour('var(--paper)')));
    const perBand = (across / tileAcross) * tileAcross * tileDown;
    for (const part of parts) {
      const cells = this.#cache.block(grid, part.block);
      const end = host.frames - part.block * host.blockFrames;
      for (let row = part.fromRow; row < part.toRow; row++) {
        const band = Math.floor(row / tileDown);
        if (!FrameCache.known(cells, band)) continue;
        const y = part.top + row * cell;
        const fromLine = Math.max(0, -y);
        const toLine = Math.min(cell, height - y);
        for (let column = part.fromColumn; column < part.toColumn; column++) {
          const tile = Math.floor(column / tileAcross);
          const index =
            band * perBand +
            tile * tileAcross * tileDown +
            (row % tileDown) * tileAcross +
            (column % tileAcross);
          if (index >= end) continue;
          const sprite = this.#sprite(cells.kinds[index]!, cells.owners[index]!, cell);
          const x = part.left + column * cell;
          const fromPixel = Math.max(0, -x);
          const toPixel = Math.min(cell, width - x);
          for (let line = fromLine; line < toLine; line++) {
            let at = (y + line) * width + x + fromPixel;
            let pixel = line * cell + fromPixel;
            const last = line * cell + toPixel;
            while (pixel < last) window[at++] = sprite[pixel++]!;
          }
        }
      }
    }
    context.putImageData(this.#window, 0, 0);
  }

  #sprite(kind: number, owner: number, side: number): Uint32Array {
    const key = kind * 256 + owner;
    return (this.#sprites[key] ??= this.#makeSprite(FRAME_KINDS[kind] ?? 'free', owner, side));
  }

  /** One cell with its marks. */
  #makeSprite(kind: FrameKind, owner: number, side: number): Uint32Array {
    const { ratio, colour, monospaced } = this.#style;
    const context = (this.#scratch ??= document
      .createElement('canvas')
      .getContext('2d', { willReadFrequently: true })!);
    // Also forgets everything that was set.
    context.canvas.width = context.canvas.height = side;
    const look = lookOf(kind, owner);
    const inner = side - Math.max(1, Math.round(ratio * (side >= LETTERED * ratio ? 2 : 1)));
    const lettered = side >= LETTERED * ratio;
    const paper = colour('var(--paper)');
    const chosen = isChosen(FRAME_KINDS.indexOf(kind), owner, this.#choice);
    const toned = (name: string): string =>
      css(chosen ? colour(name) : blend(colour(name), DIMMED, paper));
    context.fillStyle = css(paper);
    context.fillRect(0, 0, side, side);
    context.beginPath();
    context.rect(0, 0, inner, inner);
    context.fillStyle = toned(look.fill);
    context.fill();
    context.clip();
    context.save();
    context.scale(inner / 16, inner / 16);
    // Behind a letter, marks are only a texture.
    context.globalAlpha = lettered ? 0.25 : 0.65;
    context.strokeStyle = context.fillStyle = toned(look.mark);
    context.lineWidth = Math.max(1.3, (16 / inner) * ratio);
    context.stroke(new Path2D(look.lines));
    context.fill(new Path2D(look.shape));
    context.restore();
    if (lettered) {
      const text = labelOf(kind, owner);
      const height = Math.min(inner * 0.5, 18 * ratio);
      context.font = `600 ${height}px ${monospaced}`;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillStyle = toned(look.mark);
      context.fillText(text, inner / 2, inner / 2 + height * 0.06, inner * 0.9);
    }
    return new Uint32Array(context.getImageData(0, 0, side, side).data.buffer);
  }

  /** Lines between the tiles of 2 MiB. */
  #drawLines(
    context: CanvasRenderingContext2D,
    grid: Grid,
    parts: readonly Visible[],
    size: Size,
  ): void {
    const { cell, tileAcross, tileDown, host } = grid;
    const { ratio } = this.#style;
    const thick = Math.max(1, Math.round(ratio * (cell >= MARKED * ratio ? 2 : 1)));
    // Between cells with marks there is a space for it; smaller cells give up a pixel.
    const back = cell >= MARKED * ratio ? thick : 0;
    context.fillStyle = this.#css('var(--line-2)');
    for (const part of parts) {
      const top = Math.max(0, part.top);
      const left = Math.max(0, part.left);
      const right = Math.min(size.width, part.left + grid.across * cell);
      const there = host.frames - part.block * host.blockFrames;
      const rows = Math.ceil(there / (grid.across * tileDown)) * tileDown;
      const bottom = Math.min(size.height, part.top + Math.min(grid.down, rows) * cell);
      const firstColumn = Math.max(1, Math.ceil(part.fromColumn / tileAcross));
      for (let column = firstColumn * tileAcross; column < part.toColumn; column += tileAcross) {
        context.fillRect(part.left + column * cell - back, top, thick, bottom - top);
      }
      const firstRow = Math.max(1, Math.ceil(part.fromRow / tileDown));
      for (let row = firstRow * tileDown; row < Math.min(part.toRow, rows); row += tileDown) {
        context.fillRect(left, part.top + row * cell - back, right - left, thick);
      }
    }
  }

  /** Where in memory a block begins, in its corner: the first of each row, and all that have room. */
  #drawNames(
    context: CanvasRenderingContext2D,
    grid: Grid,
    parts: readonly Visible[],
    size: Size,
  ): void {
    const { ratio, font, place } = this.#style;
    const { host, cell } = grid;
    const width = grid.across * cell;
    const height = grid.down * cell;
    const pad = Math.round(4 * ratio);
    const tall = Math.round(16 * ratio);
    context.font = `500 ${11 * ratio}px ${font}`;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const nameOf = (block: number): string => place(block * host.blockFrames * FRAME_BYTES);
    const wideOf = (text: string): number => Math.ceil(context.measureText(text).width) + 2 * pad;
    // All of them or none: a name must not hide what it names.
    if (wideOf(nameOf(host.blocks - 1)) * tall > MOST_OF_BLOCK * width * height) return;
    for (const { block, left, top } of parts) {
      const firstOfRow = block % host.columns === 0;
      if (!firstOfRow && width < NAMED_BLOCK * ratio) continue;
      const text = nameOf(block);
      const wide = wideOf(text);
      // The name stays in sight as long as its block does.
      const x = Math.max(0, left);
      const y = Math.max(0, top);
      if (x + wide > Math.min(size.width, left + width)) continue;
      if (y + tall > Math.min(size.height, top + height)) continue;
      context.fillStyle = this.#css('var(--paper)');
      context.fillRect(x, y, wide, tall);
      context.fillStyle = this.#css('var(--ink-2)');
      context.fillText(text, x + pad, y + tall / 2 + ratio * 0.5);
    }
  }
}
