import type { CostSplit, RaceMode } from '@pagewalk/engine';

/** What cycles go into, from the bottom of a stack to its top, and how each is filled. */
export const PARTS = [
  'accesses',
  'walks',
  'exits',
  'faults',
] as const satisfies readonly (keyof CostSplit)[];
export type Part = (typeof PARTS)[number];

export const FILLS: Record<Part, string> = {
  accesses: 'var(--frame-reserved)',
  walks: 'var(--frame-table)',
  exits: 'var(--frame-pool)',
  faults: 'var(--fault)',
};

/** Lines of the curve; the second is dashed, so that they differ without colour. */
export const STROKES: Record<RaceMode, { colour: string; dash: string }> = {
  shadow: { colour: 'var(--accent)', dash: 'none' },
  ept: { colour: 'var(--ink)', dash: '6 4' },
};

/** The next round number that is not below a value, one whose half is round too. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}
