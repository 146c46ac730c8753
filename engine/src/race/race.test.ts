import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../kvm/kvm.ts';
import { loadKvm } from '../node.ts';
import { Run } from '../scenario/run.ts';
import { readScenario } from '../scenario/read.ts';
import { DEFAULT_COSTS } from '../cost/model.ts';
import { crossing, curveOf, perAccess, race, ratesOf, readRace, totalOf } from './race.ts';
import {
  DEFAULT_WORK,
  RACE_MODES,
  RACE_STOPS,
  SLICES,
  costsOf,
  raceScenario,
  readWork,
  workWith,
} from './work.ts';
import type { RaceParameter, RaceWork } from './work.ts';

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

const rates = (over: Partial<RaceWork>) => ratesOf(race(kvm, { ...DEFAULT_WORK, ...over }));

describe('a race', () => {
  it('is the same whenever it is run', () => {
    expect(race(kvm, DEFAULT_WORK)).toEqual(race(kvm, DEFAULT_WORK));
  });

  it('counts what the scenario counts that it stands for', () => {
    const work: RaceWork = { ...DEFAULT_WORK, pages: 64, updates: 20, processes: 2 };
    for (const mode of RACE_MODES) {
      const run = new Run(kvm, readScenario(raceScenario(work, mode)));
      run.finish();
      expect(run.stop).toBeNull();
      const { warm, slices } = race(kvm, work)[mode];
      const marks = [warm, ...slices].map(({ counters }) => counters);
      expect(run.marks).toHaveLength(SLICES + 1);
      run.marks.forEach((mark, index) => expect(mark.counters).toMatchObject(marks[index] ?? {}));
    }
  });

  it('can be run with every number that it offers, and spends every cycle on something', () => {
    for (const [parameter, stops] of Object.entries(RACE_STOPS)) {
      for (const page of ['4K', '2M'] as const) {
        for (const value of [stops[0], stops.at(-1) ?? 0]) {
          const work = workWith({ ...DEFAULT_WORK, page }, parameter as RaceParameter, value);
          for (const { warm, slices } of Object.values(race(kvm, work))) {
            for (const { counters, cycles } of [warm, ...slices]) {
              expect(totalOf(cycles)).toBe(counters.cycles);
              // Walks that ended in an exit are not in `walk_refs`.
              const whole = counters.walk_refs * costsOf(work).walkReference;
              expect(cycles.walks).toBeGreaterThanOrEqual(whole);
              if (counters.exits === 0) expect(cycles.walks).toBe(whole);
            }
          }
        }
      }
    }
  });

  it('is won by shadow paging where tables stay as they are and the TLB is too small', () => {
    const { shadow, ept } = rates({ updates: 0, hot: 10 });
    expect(shadow).toBeLessThan(ept / 2);
  });
  it('is won by EPT where tables change', () => {
    const { shadow, ept } = rates({ updates: 100 });
    expect(ept).toBeLessThan(shadow / 2);
  });
  it('is near a draw where all translations fit in the TLB', () => {
    const { shadow, ept } = rates({ pages: 16 });
    expect(Math.abs(shadow - ept)).toBeLessThan(1);
  });
  it('makes no exits with EPT once every page was touched and no table changes', () => {
    const { slices } = race(kvm, DEFAULT_WORK).ept;
    expect(slices.map(({ counters }) => counters.exits)).toEqual(slices.map(() => 0));
  });
  it('shares out what an access cost', () => {
    const { shadow } = race(kvm, { ...DEFAULT_WORK, updates: 10 });
    const { accesses, walks, exits, faults } = perAccess(shadow.slices);
    expect(accesses).toBeGreaterThanOrEqual(DEFAULT_COSTS.access);
    expect(walks).toBeGreaterThan(0);
    expect(exits).toBeGreaterThan(0);
    expect(faults).toBe(0);
    expect(perAccess([])).toEqual({ accesses: 0, walks: 0, exits: 0, faults: 0 });
  });
});

describe('the crossing of two curves', () => {
  const point = (value: number, shadow: number, ept: number) => ({ value, rates: { shadow, ept } });
  it('lies where a straight line between two points puts it', () => {
    expect(crossing([point(0, 10, 20), point(10, 40, 20)])).toBeCloseTo(10 / 3);
    expect(crossing([point(0, 10, 20), point(10, 15, 20)])).toBeNull();
    expect(crossing([point(0, 20, 20), point(10, 20, 20)])).toBeNull();
    expect(crossing([])).toBeNull();
  });
});

describe('a reading of a race', () => {
  it('finds how many changed entries make EPT the faster one', () => {
    const { rates, parts, crossing: at } = readRace(kvm, DEFAULT_WORK);
    expect(totalOf(parts.ept)).toBeCloseTo(rates.ept);
    const updates = at('updates') ?? 0;
    const curve = [...curveOf(kvm, DEFAULT_WORK, 'updates')];
    expect(curve.map(({ value }) => value)).toEqual(RACE_STOPS.updates);
    for (const point of curve) {
      expect(point.rates.shadow < point.rates.ept).toBe(point.value < updates);
    }
  });
});

describe('work from text', () => {
  it('takes what is given, and the rest as it was', () => {
    expect(readWork({ updates: 20 })).toEqual({ ...DEFAULT_WORK, updates: 20 });
    expect(readWork({ costs: { exit: 800 } }).costs).toEqual({ exit: 800 });
  });
  it.each([
    [{ pages: 5000 }, 'work.pages'],
    [{ pages: '16' }, 'work.pages'],
    [{ page: '1G' }, 'work.page'],
    [{ processes: 0 }, 'work.processes'],
    [{ costs: { exit: -1 } }, 'work.costs.exit'],
    [{ speed: 1 }, 'work.speed'],
    [null, 'work'],
  ])('refuses %j, and says where', (given, field) => {
    expect(() => readWork(given)).toThrow(field);
  });
});
