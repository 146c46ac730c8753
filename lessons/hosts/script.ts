import type { RunPosition } from '@pagewalk/engine';
import type { HostAct } from '../schema.ts';

/** Scripts of hosts: what is typed, line by line. A line is a step; waits belong to the line before them. */

export const marksOf = (acts: readonly HostAct[]): string[] =>
  acts.flatMap((act) => (typeof act === 'object' ? [act.mark] : []));

export const linesOf = (acts: readonly HostAct[]): string[] =>
  acts.filter((act) => typeof act === 'string');

/** How many lines were typed where a player stands that is said to stand somewhere. */
export function stepAt(acts: readonly HostAct[], at: RunPosition): number {
  const all = linesOf(acts).length;
  if (at === 'end') return all;
  if (typeof at === 'number') return Math.min(at, all);
  const mark = acts.findIndex((act) => typeof act === 'object' && act.mark === at.mark);
  return linesOf(mark < 0 ? acts : acts.slice(0, mark)).length;
}

/** The beginning of a script: so many lines, and the waits after them. */
export function beginning(acts: readonly HostAct[], lines: number): HostAct[] {
  const kept: HostAct[] = [];
  let typed = 0;
  for (const act of acts) {
    if (typeof act === 'string' && typed++ === lines) break;
    if (typeof act !== 'object') kept.push(act);
  }
  return kept;
}
