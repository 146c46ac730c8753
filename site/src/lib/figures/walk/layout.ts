import type { Outcome, PageSize, Reference, Table, Translation } from '@pagewalk/engine';
import { leafLevel } from '@pagewalk/engine';

/**
 * Where everything in the walk grid lies: a pure function from the machine's shape, the evidence and
 * the width to places, so that the drawing is only a drawing.
 *
 * A row for each guest level and one for the final page; in a row a node for each nested level, left
 * to right, then the guest entry that the row fetches. On bare metal there is one row, of the guest's
 * own levels.
 */

/** Why a node has no reference. */
export type Unread =
  /** A larger leaf above ended this table's walk. */
  | 'leaf'
  /** The walk ended before it came here. */
  | 'fault';

export interface GridNode {
  key: string;
  table: Table;
  level: number;
  row: number;
  x: number;
  y: number;
  /** The entry read here. */
  reference: Reference | null;
  unread: Unread | null;
  /** The page size whose leaf made this node unnecessary. */
  leafPage: PageSize | null;
}

export interface GridRow {
  /** Level of the guest entry that the row fetches; 0 for the page itself. */
  row: number;
  y: number;
  /** The guest-physical address that the row translates, once it is known. */
  reference: Reference | null;
  needed: boolean;
  leafPage: PageSize | null;
}

export interface GridLeg {
  /** From the entry read in reference `index - 1` (or from a register) to that of `index`. */
  index: number;
  path: string;
}

export interface Grid {
  width: number;
  height: number;
  radius: number;
  compact: boolean;
  rows: GridRow[];
  nodes: GridNode[];
  /** Headings over the columns. */
  columns: { x: number; y: number; table: Table; level: number | null }[];
  /** A leg to each reference, and one from the last to the page when the walk succeeds. */
  legs: GridLeg[];
  page: { x: number; y: number };
  /** Where the walk sets out: the register that holds the root. */
  start: { x: number; y: number };
}

export interface GridShape {
  levels: number;
  /** 0 on bare metal. */
  hostLevels: number;
  table: Table;
}

const nodeKey = (table: Table, level: number, row: number): string => `${table}.${level}.${row}`;

interface Metrics {
  compact: boolean;
  radius: number;
  left: number;
  right: number;
  top: number;
  rowHeight: number;
}

function metrics(width: number, short: boolean): Metrics {
  if (width >= 640) {
    return { compact: false, radius: 17, left: 178, right: 58, top: 34, rowHeight: 70 };
  }
  return {
    compact: true,
    radius: short ? 11 : 14,
    left: 84,
    right: 14,
    top: 24,
    rowHeight: short ? 38 : 56,
  };
}

/** Lays out the grid of a walk for a drawing `width` pixels wide; `short` where height is scarce. */
export function layoutGrid(
  shape: GridShape,
  translation: Translation,
  width: number,
  short = false,
): Grid {
  return shape.hostLevels === 0
    ? oneRow(shape, translation, width, short)
    : twoDimensions(shape, translation, width, short);
}

function nodeOf(
  table: Table,
  level: number,
  row: number,
  x: number,
  y: number,
  translation: Translation,
): GridNode {
  const reference =
    translation.references.find(
      (one) => one.table === table && one.level === level && one.row === row,
    ) ?? null;
  // A leaf higher up in the same table made the entries below it unnecessary.
  const leaf =
    reference !== null
      ? undefined
      : translation.references.find(
          (one) =>
            one.meaning === 'page' &&
            one.level > level &&
            one.table === table &&
            (table === 'guest' || one.row === row),
        );
  return {
    key: nodeKey(table, level, row),
    table,
    level,
    row,
    x,
    y,
    reference,
    unread: reference !== null ? null : leaf === undefined ? 'fault' : 'leaf',
    leafPage: leaf?.page ?? null,
  };
}

function twoDimensions(
  shape: GridShape,
  translation: Translation,
  width: number,
  short: boolean,
): Grid {
  const m = metrics(width, short);
  const columns = shape.hostLevels + 1;
  const spacing = (width - m.left - m.right - 2 * m.radius) / (columns - 1);
  const columnX = (column: number): number => m.left + m.radius + column * spacing;
  const guestX = columnX(columns - 1);

  const guestLeaf = translation.references.find(
    (one) => one.table === 'guest' && one.meaning === 'page',
  );
  const rows: GridRow[] = [];
  const nodes: GridNode[] = [];
  for (let level = shape.levels; level >= 0; level--) {
    const y = m.top + m.radius + (shape.levels - level) * m.rowHeight;
    const first = translation.references.find((one) => one.row === level) ?? null;
    const skipped = level > 0 && guestLeaf !== undefined && guestLeaf.level > level;
    const leafPage = skipped ? guestLeaf.page : null;
    rows.push({
      row: level,
      y,
      reference: first,
      needed: !skipped,
      leafPage,
    });
    for (let nested = shape.hostLevels; nested >= 1; nested--) {
      const x = columnX(shape.hostLevels - nested);
      const node = nodeOf(shape.table, nested, level, x, y, translation);
      nodes.push(skipped ? { ...node, unread: 'leaf', leafPage } : node);
    }
    if (level > 0) nodes.push(nodeOf('guest', level, level, guestX, y, translation));
  }

  const last = rows.at(-1)?.y ?? 0;
  const grid: Grid = {
    width,
    height: last + m.radius + (m.compact ? 20 : 24),
    radius: m.radius,
    compact: m.compact,
    rows,
    nodes,
    columns: [
      ...Array.from({ length: shape.hostLevels }, (_, column) => ({
        x: columnX(column),
        y: 12,
        table: shape.table,
        level: shape.hostLevels - column,
      })),
      { x: guestX, y: 12, table: 'guest' as const, level: null },
    ],
    legs: [],
    page: { x: guestX, y: last },
    start: { x: columnX(0) - m.radius - 14, y: rows[0]?.y ?? 0 },
  };
  grid.legs = legs(grid, translation.references, translation.outcome, m);
  return grid;
}

function oneRow(shape: GridShape, translation: Translation, width: number, short: boolean): Grid {
  const m = metrics(width, short);
  const left = m.compact ? 34 : 60;
  const columns = shape.levels + 1;
  const spacing = (width - left - m.right - 2 * m.radius) / (columns - 1);
  const y = m.top + m.radius + (m.compact ? 14 : 26);
  const columnX = (column: number): number => left + m.radius + column * spacing;
  const nodes: GridNode[] = [];
  for (let level = shape.levels; level >= 1; level--) {
    const x = columnX(shape.levels - level);
    const reference = translation.references.find((one) => one.level === level) ?? null;
    nodes.push({ ...nodeOf('guest', level, level, x, y, translation), reference });
  }
  const grid: Grid = {
    width,
    height: y + m.radius + (m.compact ? 40 : 60),
    radius: m.radius,
    compact: m.compact,
    rows: [],
    nodes,
    columns: nodes.map((node) => ({
      x: node.x,
      y: 12,
      table: 'guest' as const,
      level: node.level,
    })),
    legs: [],
    page: { x: columnX(shape.levels), y },
    start: { x: columnX(0) - m.radius - 22, y },
  };
  grid.legs = legs(grid, translation.references, translation.outcome, m);
  return grid;
}

interface Point {
  x: number;
  y: number;
}

/** A straight leg in a row; from the end of a row, down into the gap, back to the left, and in again. */
function leg(from: Point, to: Point, m: Metrics): string {
  if (from.y === to.y) return `M${from.x},${from.y}H${to.x}`;
  const gap = to.y - (m.rowHeight >= 56 ? m.radius + (m.compact ? 9 : 13) : m.rowHeight / 2);
  const gutter = to.x - m.radius - (m.compact ? 7 : 12);
  const bend = m.compact ? 5 : 8;
  return [
    `M${from.x},${from.y}`,
    `V${gap - bend}`,
    `Q${from.x},${gap} ${from.x - bend},${gap}`,
    `H${gutter + bend}`,
    `Q${gutter},${gap} ${gutter},${gap + bend}`,
    `V${to.y - bend}`,
    `Q${gutter},${to.y} ${gutter + bend},${to.y}`,
    `H${to.x}`,
  ].join('');
}

function legs(grid: Grid, references: Reference[], outcome: Outcome, m: Metrics): GridLeg[] {
  const made: GridLeg[] = [];
  let from: Point = grid.start;
  for (const reference of references) {
    const node = grid.nodes.find((one) => one.reference === reference);
    if (node === undefined) continue;
    made.push({ index: reference.index, path: leg(from, node, m) });
    from = node;
  }
  if (outcome.result === 'ok') {
    made.push({ index: references.length, path: leg(from, grid.page, m) });
  }
  return made;
}

/** Levels below a leaf of this size, for saying which rows a large page saves. */
export const levelsSaved = (page: PageSize): number => leafLevel(page) - 1;
