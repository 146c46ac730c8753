import { splitOf } from '../cost/split.ts';
import type { CostSplit } from '../cost/split.ts';
import type { Counters } from '../kvm/counters.ts';
import type { Kvm } from '../kvm/kvm.ts';
import { readScenario } from '../scenario/read.ts';
import { ActionError, ProcessTable, World, since, stepsOf } from '../scenario/world.ts';
import { RACE_MODES, RACE_STOPS, costsOf, raceScenario, workWith } from './work.ts';
import type { RaceMode, RaceParameter, RaceWork } from './work.ts';

/** Machines that do the same work, side by side: what each piece of it cost. */

/** A piece of the work: what was counted in it, and what its cycles went into. */
export interface RaceSlice {
  counters: Counters;
  cycles: CostSplit;
}

/** One machine's course. */
export interface RaceLane {
  /** The first touch of every page, before the first slice. */
  warm: RaceSlice;
  slices: RaceSlice[];
}

export type Race = Record<RaceMode, RaceLane>;

/** Runs the work on one machine. Forward only: what is kept are the counters, not the machine. */
export function runLane(kvm: Kvm, work: RaceWork, mode: RaceMode): RaceLane {
  const scenario = readScenario(raceScenario(work, mode));
  const world = new World(kvm, scenario.machine);
  const processes = new ProcessTable();
  const pieces: RaceSlice[] = [];
  const costs = costsOf(work);
  let before = world.counters();
  for (const action of scenario.actions) {
    const cursor = { offset: 0n };
    for (let step = stepsOf(action); step > 0; step--) world.step(action, cursor, processes);
    if (action.do !== 'mark') continue;
    const now = world.counters();
    const counters = since(before, now);
    pieces.push({ counters, cycles: splitOf(counters, costs) });
    before = now;
  }
  const [warm, ...slices] = pieces;
  if (warm === undefined) throw new ActionError('the work has no mark');
  return { warm, slices };
}

export const race = (kvm: Kvm, work: RaceWork): Race =>
  Object.fromEntries(RACE_MODES.map((mode) => [mode, runLane(kvm, work, mode)])) as Race;

/** What one access of some slices cost, in cycles, split; the page-table changes between them included. */
export function perAccess(slices: readonly RaceSlice[]): CostSplit {
  const sum = { accesses: 0, walks: 0, exits: 0, faults: 0 };
  let accesses = 0;
  for (const { counters, cycles } of slices) {
    accesses += counters.accesses;
    for (const part of PARTS) sum[part] += cycles[part];
  }
  for (const part of PARTS) sum[part] = accesses === 0 ? 0 : sum[part] / accesses;
  return sum;
}

const PARTS = ['accesses', 'walks', 'exits', 'faults'] as const;

export const totalOf = (cycles: CostSplit): number =>
  PARTS.reduce((sum, part) => sum + cycles[part], 0);

/** Cycles an access takes on each machine, all slices together. */
export const ratesOf = (race: Race): Record<RaceMode, number> => ({
  shadow: totalOf(perAccess(race.shadow.slices)),
  ept: totalOf(perAccess(race.ept.slices)),
});

/** One point of a curve: the cost of an access where one number of the work has this value. */
export interface CurvePoint {
  value: number;
  rates: Record<RaceMode, number>;
}

/**
 * Where the two curves cross: between which two points, and the value there, on a straight line between them. Null
 * where they do not, or where they are equal all the way.
 */
export function crossing(points: readonly CurvePoint[]): number | null {
  const lead = ({ rates }: CurvePoint): number => rates.shadow - rates.ept;
  for (let at = 1; at < points.length; at++) {
    const [left, right] = [points[at - 1], points[at]];
    if (left === undefined || right === undefined) continue;
    const [from, to] = [lead(left), lead(right)];
    if (from * to < 0) {
      return left.value + ((right.value - left.value) * from) / (from - to);
    }
  }
  return null;
}

/** The curve over every value that a number of the work can have, point by point. */
export function* curveOf(
  kvm: Kvm,
  work: RaceWork,
  parameter: RaceParameter,
): Generator<CurvePoint, void> {
  for (const value of RACE_STOPS[parameter]) {
    yield { value, rates: ratesOf(race(kvm, workWith(work, parameter, value))) };
  }
}

/** A race as a question about it is answered. */
export interface RaceReading {
  work: RaceWork;
  race: Race;
  /** Cycles an access takes on each machine, all slices together, and what they go into. */
  rates: Record<RaceMode, number>;
  parts: Record<RaceMode, CostSplit>;
  /** Where the curve over a number of the work crosses; null where one machine is ahead all the way. */
  crossing: (parameter: RaceParameter) => number | null;
}

export function readRace(kvm: Kvm, work: RaceWork): RaceReading {
  const run = race(kvm, work);
  return {
    work,
    race: run,
    rates: ratesOf(run),
    parts: { shadow: perAccess(run.shadow.slices), ept: perAccess(run.ept.slices) },
    crossing: (parameter) => crossing([...curveOf(kvm, work, parameter)]),
  };
}
