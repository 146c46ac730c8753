/**
 * Where frames lie on the map. Pure geometry, in device pixels.
 *
 * Memory is read as a page is, left to right and then down, at three sizes: the 512 frames of 2 MiB make
 * a tile of 32 × 16, the 512 tiles of 1 GiB a square block of 16 × 32, and the host is as many blocks in a
 * row as fit the window best. So a huge page is one rectangle, and what lies near in memory lies near on
 * the map. Zoomed out, a cell stands for 4^level frames that follow each other; a tile has fewer cells then,
 * in the same reading order, and keeps its place.
 */

export const TILE_FRAMES = 512;
export const TILE_WIDTH = 32;
export const TILE_HEIGHT = 16;
export const BLOCK_FRAMES = 262_144;
const BLOCK_TILES_ACROSS = 16;
/** The last level at which a tile consists of whole cells. */
const TILE_LEVEL = 4;
/** A cell is a block. */
const BLOCK_LEVEL = 9;

export interface Host {
  frames: number;
  /** Blocks in all, and in a row. */
  blocks: number;
  columns: number;
  /** Tiles in a row of a block, and rows of tiles: 16 × 32, but for hosts that are smaller than a block. */
  tileColumns: number;
  tileRows: number;
  blockFrames: number;
}

/** How large a frame is drawn. */
export interface Scale {
  /** A cell stands for 4^level frames, a square of 2^level × 2^level. */
  level: number;
  /** Pixels along a cell's side. */
  cell: number;
}

/** A host at a scale: everything that follows from the two. */
export interface Grid {
  host: Host;
  level: number;
  cell: number;
  perCell: number;
  /** Cells of a block, across and down. */
  across: number;
  down: number;
  /** Cells of a tile; from level 5 on, of a block, whose cells then follow each other in one piece. */
  tileAcross: number;
  tileDown: number;
  /** Pixels from one block to the next, and those between them. */
  pitchX: number;
  pitchY: number;
  gap: number;
  /** Pixels of the whole. */
  width: number;
  height: number;
}

/** A cell of a grid: its frames and its upper left corner. */
export interface Cell {
  first: number;
  count: number;
  x: number;
  y: number;
}

/** What of a map is seen: pixels from its upper left corner. */
export interface View {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Pixels along a frame's side. */
export const zoomOf = ({ level, cell }: Scale): number => cell / 2 ** level;

const clamp = (value: number, low: number, high: number): number =>
  Math.max(low, Math.min(high, value));

function hostOf(frames: number, columns: number, tileColumns: number): Host {
  const tileRows =
    frames > BLOCK_FRAMES
      ? BLOCK_FRAMES / TILE_FRAMES / tileColumns
      : Math.max(1, Math.ceil(frames / TILE_FRAMES / tileColumns));
  const blockFrames = tileColumns * tileRows * TILE_FRAMES;
  const blocks = Math.max(1, Math.ceil(frames / blockFrames));
  return { frames, blocks, columns: Math.min(columns, blocks), tileColumns, tileRows, blockFrames };
}

/** The space between blocks, which tells 1 GiB from the next: wider, where one looks at frames. */
export const gapOf = (scale: Scale, ratio: number): number =>
  Math.max(1, Math.round((zoomOf(scale) < 1 ? 2 : 6) * ratio));

export function gridOf(host: Host, { level, cell }: Scale, gap: number): Grid {
  const side = 2 ** level;
  const across = (host.tileColumns * TILE_WIDTH) / side;
  const down = (host.tileRows * TILE_HEIGHT) / side;
  const tiled = level <= TILE_LEVEL;
  const pitchX = across * cell + gap;
  const pitchY = down * cell + gap;
  return {
    host,
    level,
    cell,
    perCell: 4 ** level,
    across,
    down,
    tileAcross: tiled ? TILE_WIDTH / side : across,
    tileDown: tiled ? TILE_HEIGHT / side : down,
    pitchX,
    pitchY,
    gap,
    width: host.columns * pitchX - gap,
    height: Math.ceil(host.blocks / host.columns) * pitchY - gap,
  };
}

/** The number, in a block, of the cell in this column and row. */
export function indexInBlock(grid: Grid, column: number, row: number): number {
  const { across, tileAcross, tileDown } = grid;
  const tileColumn = Math.floor(column / tileAcross);
  const tileRow = Math.floor(row / tileDown);
  const tile = tileRow * (across / tileAcross) + tileColumn;
  const inside = (row % tileDown) * tileAcross + (column % tileAcross);
  return tile * tileAcross * tileDown + inside;
}

/** Column and row, in a block, of the cell with this number. */
export function placeInBlock(grid: Grid, index: number): { column: number; row: number } {
  const { across, tileAcross, tileDown } = grid;
  const perTile = tileAcross * tileDown;
  const tilesAcross = across / tileAcross;
  const tile = Math.floor(index / perTile);
  const inside = index % perTile;
  return {
    column: (tile % tilesAcross) * tileAcross + (inside % tileAcross),
    row: Math.floor(tile / tilesAcross) * tileDown + Math.floor(inside / tileAcross),
  };
}

/** Upper left corner of the cell that holds a frame. */
export function placeOf(grid: Grid, frame: number): View {
  const { host, perCell, cell, pitchX, pitchY } = grid;
  const block = Math.floor(frame / host.blockFrames);
  const index = Math.floor((frame % host.blockFrames) / perCell);
  const { column, row } = placeInBlock(grid, index);
  return {
    x: (block % host.columns) * pitchX + column * cell,
    y: Math.floor(block / host.columns) * pitchY + row * cell,
  };
}

/** The cell at a pixel of the map; null between blocks and beyond the last frame. */
export function cellAt(grid: Grid, x: number, y: number): Cell | null {
  const { host, perCell, cell, across, down, pitchX, pitchY } = grid;
  const blockColumn = Math.floor(x / pitchX);
  const blockRow = Math.floor(y / pitchY);
  if (x < 0 || y < 0 || blockColumn >= host.columns) return null;
  const column = Math.floor((x - blockColumn * pitchX) / cell);
  const row = Math.floor((y - blockRow * pitchY) / cell);
  if (column >= across || row >= down) return null;
  const block = blockRow * host.columns + blockColumn;
  const first = block * host.blockFrames + indexInBlock(grid, column, row) * perCell;
  if (first >= host.frames) return null;
  return {
    first,
    count: Math.min(perCell, host.frames - first),
    x: blockColumn * pitchX + column * cell,
    y: blockRow * pitchY + row * cell,
  };
}

/** The frame so many cells to the right and down from one; the edge of memory holds. */
export function moveBy(grid: Grid, frame: number, right: number, down: number): number {
  const { host, perCell } = grid;
  const block = Math.floor(frame / host.blockFrames);
  const index = Math.floor((frame % host.blockFrames) / perCell);
  const { column, row } = placeInBlock(grid, index);
  const rows = Math.ceil(host.blocks / host.columns) * grid.down;
  const x = clamp(
    (block % host.columns) * grid.across + column + right,
    0,
    host.columns * grid.across - 1,
  );
  const y = clamp(Math.floor(block / host.columns) * grid.down + row + down, 0, rows - 1);
  const to =
    Math.floor(y / grid.down) * host.columns * host.blockFrames +
    Math.floor(x / grid.across) * host.blockFrames +
    indexInBlock(grid, x % grid.across, y % grid.down) * perCell;
  return to < host.frames ? to : frame;
}

/** A part of a block that is seen: its cells, and where its upper left corner is in the window. */
export interface Visible {
  block: number;
  left: number;
  top: number;
  fromColumn: number;
  toColumn: number;
  fromRow: number;
  toRow: number;
}

/** The blocks in a window, in the order of memory. */
export function visibleIn(grid: Grid, view: View, size: Size): Visible[] {
  const { host, cell, pitchX, pitchY } = grid;
  const seen: Visible[] = [];
  const rows = Math.ceil(host.blocks / host.columns);
  const firstRow = clamp(Math.floor(view.y / pitchY), 0, rows);
  const lastRow = clamp(Math.floor((view.y + size.height - 1) / pitchY), -1, rows - 1);
  const firstColumn = clamp(Math.floor(view.x / pitchX), 0, host.columns);
  const lastColumn = clamp(Math.floor((view.x + size.width - 1) / pitchX), -1, host.columns - 1);
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const block = row * host.columns + column;
      if (block >= host.blocks) break;
      const left = column * pitchX - view.x;
      const top = row * pitchY - view.y;
      const part = {
        block,
        left,
        top,
        fromColumn: clamp(Math.floor(-left / cell), 0, grid.across),
        toColumn: clamp(Math.ceil((size.width - left) / cell), 0, grid.across),
        fromRow: clamp(Math.floor(-top / cell), 0, grid.down),
        toRow: clamp(Math.ceil((size.height - top) / cell), 0, grid.down),
      };
      if (part.fromColumn < part.toColumn && part.fromRow < part.toRow) seen.push(part);
    }
  }
  return seen;
}

/** The view nearest to one that shows no more emptiness than it must: below memory, and to its right. */
export function clampView(grid: Grid, view: View, size: Size): View {
  const along = (at: number, whole: number, window: number): number =>
    clamp(Math.round(at), 0, Math.max(0, whole - window));
  return {
    x: along(view.x, grid.width, size.width),
    y: along(view.y, grid.height, size.height),
  };
}

/**
 * The view at another scale in which the window's pixel (x, y) shows what it shows now: the same cell, one
 * of its frames, or the cell that it is in.
 */
export function zoomAbout(
  from: Grid,
  to: Grid,
  view: View,
  size: Size,
  x: number,
  y: number,
): View {
  const cell = cellAt(from, view.x + x, view.y + y);
  if (cell === null) {
    const along = (at: number, pixel: number, ratio: number): number =>
      (at + pixel) * ratio - pixel;
    const moved = {
      x: along(view.x, x, to.width / from.width),
      y: along(view.y, y, to.height / from.height),
    };
    return clampView(to, moved, size);
  }
  const alongX = (view.x + x - cell.x) / from.cell;
  const alongY = (view.y + y - cell.y) / from.cell;
  let frame = cell.first;
  if (to.level < from.level) {
    const side = 2 ** from.level;
    frame += Math.floor(alongY * side) * side + Math.floor(alongX * side);
    frame = Math.min(frame, cell.first + cell.count - 1);
  }
  const place = placeOf(to, frame);
  const same = to.level === from.level;
  const moved = {
    x: place.x + Math.floor((same ? alongX : 0.5) * to.cell) - x,
    y: place.y + Math.floor((same ? alongY : 0.5) * to.cell) - y,
  };
  return clampView(to, moved, size);
}

/** The view at a scale with a frame in the middle. */
export function centredOn(grid: Grid, frame: number, size: Size): View {
  const { x, y } = placeOf(grid, frame);
  const half = grid.cell / 2;
  return clampView(grid, { x: x + half - size.width / 2, y: y + half - size.height / 2 }, size);
}

/**
 * Scales from the largest to the smallest at which a cell is a whole number of pixels: frames first, then
 * cells of one pixel, and between these cells of three pixels for four times as many frames as the pixels
 * of the next.
 */
function* scales(largest: number): Generator<Scale> {
  for (let cell = largest; cell >= 1; cell--) yield { level: 0, cell };
  for (let level = 1; level <= BLOCK_LEVEL; level++) {
    if (level < BLOCK_LEVEL) yield { level: level + 1, cell: 3 };
    yield { level, cell: 1 };
  }
}

export interface Fit {
  host: Host;
  scale: Scale;
}

/** Lengths of a row of blocks, best first: what addresses are counted in, a full rectangle, the widest. */
function columnsBetween(low: number, high: number, blocks: number): number {
  for (let columns = high; columns >= low; columns--) {
    if (Number.isInteger(Math.log2(columns))) return columns;
  }
  for (let columns = high; columns >= low; columns--) if (blocks % columns === 0) return columns;
  return high;
}

/**
 * How a host is laid out in a window of this width, and no higher, so that all of it is seen as large as
 * can be. `ratio` is pixels of the device for one of the page.
 */
export function fit(frames: number, { width, height }: Size, ratio: number): Fit {
  const blocks = Math.ceil(frames / BLOCK_FRAMES);
  const widths = blocks > 1 ? [BLOCK_TILES_ACROSS] : [32, 16, 8, 4, 2, 1];
  for (const scale of scales(Math.round(24 * ratio))) {
    for (const tileColumns of widths) {
      if (scale.level > TILE_LEVEL && blocks === 1) continue;
      const grid = gridOf(hostOf(frames, 1, tileColumns), scale, gapOf(scale, ratio));
      const across = Math.floor((width + grid.gap) / grid.pitchX);
      const down = Math.floor((height + grid.gap) / grid.pitchY);
      const count = grid.host.blocks;
      if (across * down < count) continue;
      const columns = columnsBetween(Math.ceil(count / down), Math.min(across, count), count);
      return { host: hostOf(frames, columns, tileColumns), scale };
    }
  }
  // Nothing is too small for a map of some terabytes but a window of some pixels.
  const side = Math.ceil(Math.sqrt(blocks));
  return {
    host: hostOf(frames, side, BLOCK_TILES_ACROSS),
    scale: { level: BLOCK_LEVEL, cell: 1 },
  };
}

const CELLS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192];

/** The steps of the zoom, from all of the host to single frames with a side of up to `largest` pixels. */
export function ladder(whole: Scale, largest: number): Scale[] {
  const steps = [whole];
  for (let level = BLOCK_LEVEL; level > 0; level--) steps.push({ level, cell: 1 });
  for (const cell of CELLS) if (cell <= largest) steps.push({ level: 0, cell });
  return steps.filter((scale, index) => index === 0 || zoomOf(scale) > zoomOf(whole));
}

/**
 * Memory is asked for by bands: a row of tiles, or where a block has few cells, a block. Bands are numbered
 * through the whole host, and follow each other in memory as their numbers do.
 */
export const bandsOfBlock = ({ host, level }: Grid): number =>
  level <= TILE_LEVEL ? host.tileRows : 1;

/** The bands that hold some rows of a block's cells, as far as there is memory. */
export function bandsOf(
  grid: Grid,
  { block, fromRow, toRow }: Pick<Visible, 'block' | 'fromRow' | 'toRow'>,
): { block: number; from: number; to: number } {
  const { host } = grid;
  const bands = bandsOfBlock(grid);
  const rows = grid.down / bands;
  const there = Math.ceil((host.frames - block * host.blockFrames) / (host.blockFrames / bands));
  return {
    block,
    from: Math.floor(fromRow / rows),
    to: Math.min(Math.ceil(toRow / rows), there),
  };
}

/** The level of the picture that stands in where a finer one is not there yet, and of the overview. */
export function overviewLevel(host: Host): number {
  let level = TILE_LEVEL;
  while (level < BLOCK_LEVEL && host.frames / 4 ** level > 262_144) level++;
  return level;
}
