import type { FrameKind } from './source.ts';

/**
 * How a kind of frame looks: its colour, its letter and its marks, so that no kind is told by colour alone.
 * Marks are paths in a square of 16; the same ones make the cells of the map and the swatches of the legend.
 */
export interface Look {
  letter: string;
  /** A colour of CSS, from the tokens. */
  fill: string;
  /** The colour of letter and marks. */
  mark: string;
  /** Stroked, in the colour of the mark. */
  lines: string;
  /** Filled, in the colour of the mark. */
  shape: string;
}

/** Guests have so many shades; then these begin anew, and the number tells. */
export const SHADES = 8;

const PAPER = 'var(--paper)';
const INK = 'var(--frame-ink)';
const DARK = 'var(--frame-dark)';
/** What can be read on the shades of guests, in the light theme; in the dark one all are bright. */
const ON_SHADE = [DARK, PAPER, DARK, PAPER, DARK, PAPER, DARK, DARK];

const mix = (one: string, part: number, other: string): string =>
  `color-mix(in srgb, ${one} ${part}%, ${other})`;

/** The colour of who owns a frame: a guest by its number from 1, or a process of the host. */
export const ownerColour = (owner: number): string =>
  owner === 0 ? 'var(--frame-process)' : `var(--guest-${((owner - 1) % SHADES) + 1})`;

const onOwner = (owner: number): string =>
  owner === 0 ? DARK : (ON_SHADE[(owner - 1) % SHADES] ?? DARK);

interface Form {
  letter: string;
  fill: (owner: number) => string;
  mark: (owner: number) => string;
  lines?: string;
  shape?: string;
}

const POOL = 'var(--frame-pool)';
const FREE = 'var(--frame-free)';
/** Of huge pages: empty while free, half full while reserved, full while used. */
const SQUARE = 'M4.5,4.5H11.5V11.5H4.5Z';

const FORMS: Record<FrameKind, Form> = {
  free: { letter: '', fill: () => FREE, mark: () => INK },
  reserved: {
    letter: 'R',
    fill: () => 'var(--frame-reserved)',
    mark: () => INK,
    lines: 'M0,0L16,16M16,0L0,16',
  },
  kernel: {
    letter: 'K',
    fill: () => 'var(--frame-kernel)',
    mark: () => PAPER,
    shape: 'M0,0H7L0,7Z',
  },
  table: {
    letter: 'T',
    fill: () => 'var(--frame-table)',
    mark: () => DARK,
    lines: 'M0,4H16M0,8H16M0,12H16',
  },
  'kvm-table': {
    letter: 'V',
    fill: () => 'var(--frame-kvm)',
    mark: () => PAPER,
    lines: 'M4,0V16M8,0V16M12,0V16',
  },
  // The most frequent, and so the plainest.
  anonymous: { letter: 'A', fill: ownerColour, mark: onOwner },
  file: {
    letter: 'C',
    fill: () => 'var(--frame-file)',
    mark: () => DARK,
    lines: 'M0,8L8,0M0,16L16,0M8,16L16,8',
  },
  'hugetlb-free': {
    letter: 'h',
    fill: () => mix(POOL, 16, FREE),
    mark: () => POOL,
    lines: SQUARE,
  },
  'hugetlb-reserved': {
    letter: 'r',
    fill: () => mix(POOL, 44, FREE),
    mark: () => INK,
    lines: SQUARE,
    shape: 'M4.5,4.5L11.5,11.5H4.5Z',
  },
  'hugetlb-used': {
    letter: 'H',
    fill: (owner) => (owner === 0 ? POOL : mix(ownerColour(owner), 55, POOL)),
    mark: (owner) => (owner === 0 ? PAPER : onOwner(owner)),
    shape: SQUARE,
  },
  ksm: {
    letter: 'S',
    fill: () => 'var(--frame-ksm)',
    mark: () => DARK,
    shape: 'M8,2L14,8L8,14L2,8Z',
  },
  'swap-cache': {
    letter: 'W',
    fill: (owner) => mix(ownerColour(owner), 60, 'var(--frame-reserved)'),
    mark: () => DARK,
    shape: 'M0,16V0L16,16Z',
  },
  balloon: {
    letter: 'B',
    fill: () => 'var(--frame-balloon)',
    mark: () => DARK,
    lines: 'M8,3A5,5,0,1,0,8,13A5,5,0,1,0,8,3',
  },
};

export function lookOf(kind: FrameKind, owner: number): Look {
  const { letter, fill, mark, lines = '', shape = '' } = FORMS[kind];
  return { letter, fill: fill(owner), mark: mark(owner), lines, shape };
}

/** What stands in a large cell: the kind's letter and the guest's number. */
export const labelOf = (kind: FrameKind, owner: number): string =>
  `${lookOf(kind, owner).letter}${owner === 0 ? '' : owner}`;
