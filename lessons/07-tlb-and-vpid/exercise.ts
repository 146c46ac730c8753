import type { ScenarioInput } from '@pagewalk/engine';
import { random } from '../random.ts';
import type { Random } from '../random.ts';
import { counted, phasesOf } from '../runs/phases.ts';
import type { Action, Draft, Machine } from '../runs/phases.ts';
import type { RunExerciseGenerator, RunScenario } from '../schema.ts';
import { SMALL } from './scenarios.ts';
import { WORDS } from './words.ts';
import type { Removal, Words } from './words.ts';

/** Exercises on a small TLB: the engine's own decides what hits. */

interface Tools {
  rng: Random;
  run: RunScenario;
  words: Words;
}

const BASE = 0x40_0000;
const PAGE = 0x1000;
const hex = (value: number): string => `0x${value.toString(16)}`;
const gvaOf = (page: number): string => hex(BASE + page * PAGE);
const numberOf = (page: number): string => hex(BASE / PAGE + page);

const machineOf = (guests: readonly string[], vpid = true): Machine => ({
  mmu: { mode: 'ept', vpid },
  tlb: SMALL,
  guests: guests.map((name) => ({ name, memory: '8M' })),
});
const of = (guest: string) => ({ guest, process: `${guest}1` });
const read = (guest: string, page: number, pages = 1): Action => ({
  do: 'access',
  ...of(guest),
  gva: gvaOf(page),
  pages,
  kind: 'read',
});
/** Pages that were touched, and nothing of them in the TLB. */
const ready = (guests: readonly string[], pages: number): Action[] => [
  ...guests.flatMap((guest): Action[] => [
    { do: 'process', guest, name: `${guest}1` },
    { do: 'map', ...of(guest), gva: gvaOf(0), pages, flags: 'rwu' },
    { do: 'access', ...of(guest), gva: gvaOf(0), pages, kind: 'write' },
  ]),
  ...guests.map((guest): Action => ({ do: 'switch', ...of(guest) })),
];

/** Reads that share a few sets. */
function sequence({ rng, run, words }: Tools): Draft {
  const machine = machineOf(['a']);
  const set = rng.below(4);
  const pool = [set, set + 4, set + 8, (set + 1) % 4];
  const pages = Array.from({ length: 6 }, () => rng.pick(pool));
  const before = ready(['a'], 12);
  const phases = pages.map((page): Action[] => [read('a', page)]);
  const hits = (counter: 'tlb_l1_hits' | 'tlb_l2_hits'): number[] =>
    phasesOf(run, machine, before, phases, counter);
  const [first, second] = [hits('tlb_l1_hits'), hits('tlb_l2_hits')];
  const lines = pages.map((page, index) => {
    const how = first[index] === 1 ? 'l1' : second[index] === 1 ? 'l2' : 'miss';
    return `${index + 1}. ${words.access(numberOf(page), how)}`;
  });
  const missed = first.filter((hit) => hit === 0).length;
  const scenario: ScenarioInput = { machine, actions: [...before, ...phases.flat()] };
  return {
    question: `${words.small} ${words.sequence(pages.map(numberOf).join(', '))}`,
    answer: String(missed),
    unit: words.misses,
    solution: `${lines.join('\n')}\n\n${words.total(missed)}`,
    scenario,
  };
}

/** Guests that take turns, with tags or without. */
function turns({ rng, run, words }: Tools): Draft {
  const guests = ['a', 'b', 'c'].slice(0, 2 + rng.below(2));
  const pages = 1 + rng.below(3);
  const rounds = 2 + rng.below(3);
  const vpid = rng.below(2) === 1;
  const machine = machineOf(guests, vpid);
  return counted(
    run,
    machine,
    {
      question: words.turns(guests.length, pages, rounds, vpid),
      unit: words.misses,
      total: words.total,
    },
    ready(guests, pages),
    Array.from({ length: rounds }, () => guests)
      .flat()
      .map((guest) => ({ what: words.turn(guest), actions: [read(guest, 0, pages)] })),
    'tlb_misses',
  );
}

/** What an instruction, or the host, takes out. */
function removal({ rng, run, words }: Tools): Draft {
  const pages = 2 + rng.below(4);
  const page = rng.below(pages);
  const what = rng.pick<Removal>(['invlpg', 'cr3', 'discard', 'nothing']);
  const removed: Record<Removal, Action[]> = {
    invlpg: [{ do: 'invlpg', ...of('a'), gva: gvaOf(page) }],
    cr3: [{ do: 'switch', ...of('a') }],
    // The page after those that are read.
    discard: [{ do: 'discard', guest: 'a', gpa: hex(BASE + pages * PAGE), pages: 1 }],
    nothing: [],
  };
  const said = words.removals[what](numberOf(page));
  return counted(
    run,
    machineOf(['a']),
    { question: words.removal(pages, said), unit: words.misses, total: words.total },
    [...ready(['a'], pages + 1), read('a', 0, pages)],
    [
      { what: said, actions: removed[what] },
      { what: words.readAgain, actions: [read('a', 0, pages)] },
    ],
    'tlb_misses',
  );
}

/** Which set a page falls into. */
function set({ rng, run, words }: Tools): Draft {
  const page = rng.below(12);
  const machine = machineOf(['a']);
  const actions = [...ready(['a'], 12), read('a', page)];
  const first = run({ machine, actions }).view.tlbs[0]?.find(
    ({ level, sizes }) => level === 1 && sizes.includes('4K'),
  );
  const wanted = BigInt(BASE + page * PAGE);
  const found = (first?.sets ?? []).findIndex((ways) =>
    ways.some(({ entry }) => entry?.address === wanted),
  );
  const address = hex(BASE + page * PAGE + 8 * rng.below(512));
  return {
    question: `${words.small} ${words.set(address)}`,
    answer: String(found),
    solution: words.setWhy(numberOf(page), found),
    scenario: { machine, actions },
  };
}

const FORMS = [sequence, turns, removal, set];

export const exercise: RunExerciseGenerator = (seed, n, locale, run) => {
  const rng = random(seed, n);
  const form = FORMS[n % FORMS.length] ?? sequence;
  return { lesson: 'tlb-and-vpid', seed, n, ...form({ rng, run, words: WORDS[locale] }) };
};
