import type { RaceMode, RaceReading, RaceSlice } from '@pagewalk/engine';
import { defineLesson } from '../define.ts';
import type { RaceLesson, ReadRace } from '../schema.ts';
import { COUNT_WITH_EPT, COUNT_WITHOUT_EPT } from './tasks.ts';

/** Exit and entry in hardware by generation of processor, cycles: Agesen et al., USENIX ATC 2012, table 1. */
const SANDY_BRIDGE = 784;
const PRESCOTT = 3963;

const whole = (value: number): number => Math.round(value);
const sum = (slices: readonly RaceSlice[], of: (slice: RaceSlice) => number): number =>
  slices.reduce((total, slice) => total + of(slice), 0);

/** A number that belongs to a state. */
const said = (state: string, of: (reading: RaceReading) => number) => ({
  state,
  of: (read: ReadRace) => whole(of(read(state))),
});
const rate = (state: string, mode: RaceMode) => said(state, ({ rates }) => rates[mode]);
/** Entries that a walk read in the slices, all walks taken together. */
const refsOfWalk = (state: string, mode: RaceMode) =>
  said(
    state,
    ({ race }) =>
      sum(race[mode].slices, ({ counters }) => counters.walk_refs) /
      sum(race[mode].slices, ({ counters }) => counters.tlb_misses),
  );
const exits = (state: string, mode: RaceMode) =>
  said(state, ({ race }) => sum(race[mode].slices, ({ counters }) => counters.exits));
const crossing = (state: string) => said(state, (reading) => reading.crossing('updates') ?? 0);

/** Rates that differ by less than a cycle are a draw. */
const ahead = ({ rates }: RaceReading): 'shadow' | 'ept' | 'equal' => {
  if (Math.abs(rates.shadow - rates.ept) < 1) return 'equal';
  return rates.shadow < rates.ept ? 'shadow' : 'ept';
};

const lesson: RaceLesson = defineLesson({
  figure: 'race',
  id: 'shadow-vs-ept',
  start: { pages: 2048, hot: 50, updates: 0, processes: 1, page: '4K', costs: {} },

  states: {
    ready: { at: 0 },
    'one-slice': { at: 1 },
    calm: { at: 'end' },
    // A working set that the TLB holds, and one far beyond it.
    small: { work: { pages: 64 }, at: 'end' },
    large: { work: { pages: 4096, hot: 10 }, at: 'end' },
    'over-size': { curve: 'pages', at: 'end' },
    // A guest that changes its tables.
    'about-to-change': { work: { updates: 20 }, at: 0 },
    changing: { work: { updates: 20 }, at: 'end' },
    'over-updates': { curve: 'updates', at: 'end' },
    // Other processors.
    'old-exits': { work: { costs: { exit: PRESCOTT } }, curve: 'updates', at: 'end' },
    'new-exits': { work: { costs: { exit: SANDY_BRIDGE } }, curve: 'updates', at: 'end' },
    'over-exit': { work: { updates: 10 }, curve: 'exit', at: 'end' },
    // Processes that take turns, and large pages.
    turns: { work: { processes: 4 }, at: 'end' },
    'large-pages': { work: { page: '2M' }, at: 'end' },
    'large-changing': { work: { page: '2M', updates: 20 }, at: 'end' },
    // The worst for each.
    'worst-for-ept': { work: { pages: 4096, hot: 10, processes: 2 }, at: 'end' },
    'worst-for-shadow': { work: { pages: 64, updates: 100, processes: 2 }, at: 'end' },
  },

  predictions: {
    'who-is-ahead': {
      kind: 'choice',
      state: 'calm',
      holdAt: 1,
      choices: ['shadow', 'ept', 'equal'],
      answer: (read) => ahead(read('calm')),
    },
    'with-changes': {
      kind: 'choice',
      state: 'changing',
      holdAt: 0,
      choices: ['shadow', 'ept', 'equal'],
      answer: (read) => ahead(read('changing')),
    },
    'cheaper-exits': {
      kind: 'choice',
      state: 'new-exits',
      holdAt: 0,
      choices: ['earlier', 'later', 'same'],
      answer: (read) => {
        const [before = 0, after = 0] = ['over-updates', 'new-exits']
          .map((state) => read(state).crossing('updates'))
          .map((value) => value ?? 0);
        if (Math.abs(before - after) < 0.1) return 'same';
        return after < before ? 'earlier' : 'later';
      },
    },
  },

  values: {
    'calm-shadow': rate('calm', 'shadow'),
    'calm-ept': rate('calm', 'ept'),
    'calm-misses-shadow': said('calm', ({ race }) =>
      sum(race.shadow.slices.slice(-1), ({ counters }) => counters.tlb_misses),
    ),
    'calm-misses-ept': said('calm', ({ race }) =>
      sum(race.ept.slices.slice(-1), ({ counters }) => counters.tlb_misses),
    ),
    'refs-shadow': refsOfWalk('calm', 'shadow'),
    'refs-ept': refsOfWalk('calm', 'ept'),
    'small-shadow': rate('small', 'shadow'),
    'small-ept': rate('small', 'ept'),
    'large-shadow': rate('large', 'shadow'),
    'large-ept': rate('large', 'ept'),
    'changing-updates': said('changing', ({ work }) => work.updates),
    'changing-shadow': rate('changing', 'shadow'),
    'changing-ept': rate('changing', 'ept'),
    'changing-exits': exits('changing', 'shadow'),
    'changing-exits-ept': exits('changing', 'ept'),
    crossing: crossing('over-updates'),
    'crossing-old': crossing('old-exits'),
    'crossing-new': crossing('new-exits'),
    'turns-shadow': rate('turns', 'shadow'),
    'turns-ept': rate('turns', 'ept'),
    'large-pages-ept': rate('large-pages', 'ept'),
    'large-changing-shadow': rate('large-changing', 'shadow'),
    'large-changing-ept': rate('large-changing', 'ept'),
    'touch-shadow': said('ready', ({ race }) => race.shadow.warm.counters.exits),
    'touch-ept': said('ready', ({ race }) => race.ept.warm.counters.exits),
  },

  tasks: { 'count-with-ept': COUNT_WITH_EPT, 'count-without-ept': COUNT_WITHOUT_EPT },
});

export default lesson;
