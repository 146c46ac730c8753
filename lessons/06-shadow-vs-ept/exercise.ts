import type { RaceMode, RaceReading, RaceWork } from '@pagewalk/engine';
import { random } from '../random.ts';
import type { Random } from '../random.ts';
import type { ExerciseItem, RaceExerciseGenerator } from '../schema.ts';
import { WORDS } from './words.ts';
import type { Words } from './words.ts';

/** Exercises on what work costs: the engine counts, the reader weighs. */

interface Tools {
  rng: Random;
  words: Words;
  race: (work: RaceWork) => RaceReading;
}
type Draft = Pick<
  ExerciseItem<RaceWork>,
  'question' | 'answer' | 'choices' | 'unit' | 'tolerance' | 'solution' | 'scenario'
>;

/** Costs that make round sums. */
const REFERENCE = 10;
const EXITS = [1000, 1500, 2000, 3000, 4000] as const;

const drawWork = (rng: Random): RaceWork => ({
  pages: rng.pick([256, 512, 1024, 2048, 4096]),
  hot: rng.pick([10, 30, 50, 70]),
  updates: rng.pick([0, 1, 2, 5, 10, 20, 50]),
  processes: rng.pick([1, 1, 2, 4]),
  page: '4K',
  costs: { walkReference: REFERENCE, exit: rng.pick(EXITS) },
});

/** What was counted in the last slice, when both machines are warm. */
function last({ race }: RaceReading, mode: RaceMode) {
  const slice = race[mode].slices.at(-1);
  if (slice === undefined) throw new Error('a race has slices');
  const { counters, cycles } = slice;
  return {
    accesses: counters.accesses,
    misses: counters.tlb_misses,
    // Those of walks that ended in an exit too: all that the walks' cycles paid for.
    refs: cycles.walks / REFERENCE,
    exits: counters.exits,
    extra: cycles.walks + cycles.exits,
  };
}

/** Work that one of the machines does for less. */
function drawUneven({ rng, race }: Tools) {
  for (;;) {
    const work = drawWork(rng);
    const reading = race(work);
    const [shadow, ept] = [last(reading, 'shadow'), last(reading, 'ept')];
    if (shadow.extra !== ept.extra) return { work, shadow, ept };
  }
}

const exitOf = (work: RaceWork): number => work.costs.exit ?? 0;
const priceOf = ({ words }: Tools, work: RaceWork): string => words.prices(REFERENCE, exitOf(work));

/** Which machine spent less, and on what. */
function faster(tools: Tools): Draft {
  const { words } = tools;
  const { work, shadow, ept } = drawUneven(tools);
  const answer = shadow.extra < ept.extra ? words.modes.shadow : words.modes.ept;
  return {
    question: `${words.table(shadow, ept)}\n\n${priceOf(tools, work)} ${words.whichFaster}`,
    choices: [words.modes.shadow, words.modes.ept],
    answer,
    solution: words.weigh(shadow, ept, REFERENCE, exitOf(work), answer),
    scenario: work,
  };
}

/** Cycles that walks and exits took together. */
function cycles(tools: Tools): Draft {
  const { rng, words } = tools;
  const { work, shadow, ept } = drawUneven(tools);
  const mode = rng.pick<RaceMode>(['shadow', 'ept']);
  const counted = mode === 'shadow' ? shadow : ept;
  return {
    question: `${words.table(shadow, ept)}\n\n${priceOf(tools, work)} ${words.howMany(words.modes[mode])}`,
    answer: String(counted.extra),
    unit: words.cycles,
    solution: words.sum(counted.refs, REFERENCE, counted.exits, exitOf(work), counted.extra),
    scenario: work,
  };
}

/** The exit cost at which neither machine is ahead. */
function breakEven(tools: Tools): Draft {
  const { words, rng, race } = tools;
  for (;;) {
    const work = { ...drawWork(rng), updates: rng.pick([5, 10, 20, 50]) };
    const reading = race(work);
    const [shadow, ept] = [last(reading, 'shadow'), last(reading, 'ept')];
    const more = shadow.exits - ept.exits;
    const saved = (ept.refs - shadow.refs) * REFERENCE;
    if (more <= 0 || saved <= 0) continue;
    const cost = Math.floor(saved / more);
    return {
      question: `${words.table(shadow, ept)}\n\n${words.perReference(REFERENCE)} ${words.breakEven}`,
      answer: String(cost),
      unit: words.cycles,
      tolerance: 1,
      solution: words.breakEvenWhy(saved, more, cost),
      scenario: work,
    };
  }
}

/** References of a walk, from what was counted. */
function references(tools: Tools): Draft {
  const { rng, words, race } = tools;
  const work = { ...drawWork(rng), updates: 0 };
  const reading = race(work);
  const mode = rng.pick<RaceMode>(['shadow', 'ept']);
  const { misses, refs, accesses } = last(reading, mode);
  if (misses === 0) return cycles(tools);
  return {
    question: words.perWalk(words.modes[mode], accesses, refs, misses),
    answer: String(refs / misses),
    solution: words.perWalkWhy(refs, misses, refs / misses, mode),
    scenario: work,
  };
}

const FORMS = [faster, cycles, breakEven, references];

export const exercise: RaceExerciseGenerator = (seed, n, locale, race) => {
  const rng = random(seed, n);
  const form = FORMS[n % FORMS.length] ?? faster;
  return { lesson: 'shadow-vs-ept', seed, n, ...form({ rng, race, words: WORDS[locale] }) };
};
