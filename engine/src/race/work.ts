import { readCosts } from '../cost/model.ts';
import type { Costs } from '../cost/model.ts';
import { InputError, object, show } from '../input.ts';
import type { ScenarioInput } from '../scenario/schema.ts';

/**
 * The work that several machines are given alike: a few numbers that a reader moves, and the scenario that they
 * stand for. What a race shows can be run by `pagewalk run` too.
 */

export interface RaceWork {
  /** Pages of 4 KiB that all processes work in together; each has its part. */
  pages: number;
  /** Of a hundred accesses, how many go to the first tenth of a process's pages; 10 is everywhere alike. */
  hot: number;
  /** Page-table entries that the guest changes and invalidates, for a thousand accesses. */
  updates: number;
  /** Processes that take turns. */
  processes: number;
  /** Page size of the guest's tables and of what the host backs them with. */
  page: '4K' | '2M';
  /** Cycles of each kind of event, where they are not those of the model. */
  costs: Partial<Costs>;
}

/** Who translates. */
export const RACE_MODES = ['shadow', 'ept'] as const;
export type RaceMode = (typeof RACE_MODES)[number];

/** The values that a reader can give each number, and at which a curve is taken. */
export const RACE_STOPS = {
  pages: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096],
  hot: [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100],
  updates: [0, 1, 2, 5, 10, 20, 30, 50, 100],
  processes: [1, 2, 3, 4, 6, 8],
  exit: [400, 800, 1200, 1600, 2400, 4000, 8000, 16_000, 24_000],
} as const;

export type RaceParameter = keyof typeof RACE_STOPS;

/** The same work with another value of one number. */
export const workWith = (work: RaceWork, parameter: RaceParameter, value: number): RaceWork =>
  parameter === 'exit'
    ? { ...work, costs: { ...work.costs, exit: value } }
    : { ...work, [parameter]: value };

export const valueOf = (work: RaceWork, parameter: RaceParameter): number =>
  parameter === 'exit' ? costsOf(work).exit : work[parameter];

export const costsOf = (work: RaceWork): Costs => readCosts(work.costs, 'work.costs');

/** Work from JSON: what is not given is as in `base`. Throws an `InputError` that names the field. */
export function readWork(value: unknown, base: RaceWork = DEFAULT_WORK): RaceWork {
  const given = object(value, 'work', ['pages', 'hot', 'updates', 'processes', 'page', 'costs']);
  const number = (name: 'pages' | 'hot' | 'updates' | 'processes'): number => {
    const found = given[name] ?? base[name];
    const stops: readonly number[] = RACE_STOPS[name];
    const [least = 0, most = 0] = [stops[0], stops.at(-1)];
    if (typeof found === 'number' && Number.isInteger(found) && found >= least && found <= most) {
      return found;
    }
    throw new InputError(
      `work.${name}`,
      `is ${show(found)}; a whole number from ${least} to ${most} would be right`,
    );
  };
  const page = given['page'] ?? base.page;
  if (page !== '4K' && page !== '2M') {
    throw new InputError('work.page', `is ${show(page)}; "4K" or "2M" would be right`);
  }
  const costs = (given['costs'] ?? base.costs) as Partial<Costs>;
  readCosts(costs, 'work.costs');
  return {
    pages: number('pages'),
    hot: number('hot'),
    updates: number('updates'),
    processes: number('processes'),
    page,
    costs,
  };
}

export const DEFAULT_WORK: RaceWork = {
  pages: 2048,
  hot: 50,
  updates: 0,
  processes: 1,
  page: '4K',
  costs: {},
};

/** Slices that a race is shown in, and the accesses of one. */
export const SLICES = 16;
export const SLICE_ACCESSES = 1000;
/** Accesses of a process before the next has its turn. */
const TURN = 250;

const GVA = '0x40000000';
const SCRATCH_GVA = '0x7f0000000000';
const SCRATCH_PAGES = 64;
/** Guest memory: above the kernel's own, first each process's area, then the frames of its changing entries. */
const MEMORY = 64;
const SCRATCH_GPA = 48 * 2 ** 20;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** The scenario: every page touched once, the mark "warm", then the slices, each ended by its number as mark. */
export function raceScenario(work: RaceWork, mode: RaceMode): ScenarioInput {
  const names = Array.from({ length: work.processes }, (_, index) => `p${index + 1}`);
  // Whole large pages where the pages are large.
  const unit = work.page === '2M' ? 512 : 1;
  const area = Math.max(1, Math.floor(work.pages / work.processes));
  const mapped = Math.ceil(area / unit);
  const actions: NonNullable<ScenarioInput['actions']> = names.flatMap((process, index) => {
    const at = { guest: 'g', process };
    const scratch = SCRATCH_GPA + index * 2 * SCRATCH_PAGES * 4096;
    return [
      { do: 'process', guest: 'g', name: process },
      { do: 'map', ...at, gva: GVA, pages: mapped, page: work.page, flags: 'rwuad' },
      {
        do: 'map',
        ...at,
        gva: SCRATCH_GVA,
        gpa: hex(scratch),
        pages: SCRATCH_PAGES,
        flags: 'rwuad',
      },
      { do: 'access', ...at, gva: GVA, pages: area, kind: 'write' },
      { do: 'access', ...at, gva: SCRATCH_GVA, pages: SCRATCH_PAGES, kind: 'write' },
    ];
  });
  actions.push({ do: 'mark', name: 'warm' });
  let turn = 0;
  for (let slice = 1; slice <= SLICES; slice++) {
    for (let done = 0; done < SLICE_ACCESSES; done += TURN) {
      const index = turn % work.processes;
      turn++;
      actions.push({
        do: 'work',
        guest: 'g',
        process: names[index] ?? 'p1',
        gva: GVA,
        area,
        accesses: TURN,
        hot: work.hot,
        updates: work.updates,
        scratch: {
          gva: SCRATCH_GVA,
          gpa: hex(SCRATCH_GPA + index * 2 * SCRATCH_PAGES * 4096),
          pages: SCRATCH_PAGES,
        },
        seed: turn,
      });
    }
    actions.push({ do: 'mark', name: String(slice) });
  }
  return {
    machine: {
      host: { memory: '96M' },
      mmu: { mode },
      costs: { ...work.costs },
      guests: [{ name: 'g', memory: `${MEMORY}M`, backing: work.page }],
    },
    actions,
  };
}
