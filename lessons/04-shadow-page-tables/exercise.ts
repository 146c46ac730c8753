import type { Counter } from '@pagewalk/engine';
import { random } from '../random.ts';
import type { Random } from '../random.ts';
import { counted, phasesOf } from '../runs/phases.ts';
import type { Action, Draft, Phase } from '../runs/phases.ts';
import type { RunExerciseGenerator, RunScenario } from '../schema.ts';
import { ONE } from './scenarios.ts';
import { WORDS } from './words.ts';
import type { Act, Fault, Words } from './words.ts';

/**
 * Exercises on shadow paging. A form draws what a guest does; the engine runs it, and the answer is what KVM's
 * counters say.
 */

interface Tools {
  rng: Random;
  run: RunScenario;
  words: Words;
}

const P1 = { guest: 'a', process: 'p1' };
const BASE = 0x40_0000;
const PAGE = 0x1000;
const REGION = 0x20_0000;
const hex = (address: number): string => `0x${address.toString(16)}`;
const { machine } = ONE;
const begin = (pages: number): Action[] => [
  { do: 'process', guest: 'a', name: 'p1' },
  { do: 'map', ...P1, gva: hex(BASE), pages, flags: 'rwu' },
];

function countedBy(
  { run, words }: Tools,
  question: string,
  unit: string,
  before: Action[],
  phases: Phase[],
  counter: Counter,
): Draft {
  const said = { question, unit, total: words.total };
  return counted(run, machine, said, before, phases, counter);
}

/** Changes of a leaf table, and the load of CR3 that makes them seen. */
function stores(tools: Tools): Draft {
  const { rng, words } = tools;
  const pages = 4 + rng.below(5);
  const changed = 2 + rng.below(pages - 2);
  const read = 1 + rng.below(changed);
  const [first, second, third] = words.storePhases;
  return countedBy(
    tools,
    words.stores(pages, changed, read),
    words.exits,
    [...begin(pages), { do: 'access', ...P1, gva: hex(BASE), pages, kind: 'write' }],
    [
      { what: first, actions: [{ do: 'remap', ...P1, gva: hex(BASE), pages: changed }] },
      { what: second, actions: [{ do: 'switch', ...P1 }] },
      {
        what: third,
        actions: [{ do: 'access', ...P1, gva: hex(BASE), pages: read, kind: 'read' }],
      },
    ],
    'exits',
  );
}

/** Roots and tables of several processes. */
function processes(tools: Tools): Draft {
  const { rng, words } = tools;
  const names = ['p1', 'p2', 'p3', 'p4'].slice(0, 2 + rng.below(3));
  const pages = 1 + rng.below(4);
  const gva = hex(BASE);
  return countedBy(
    tools,
    words.processes(names.length, pages),
    words.pages,
    [
      ...names.map((name): Action => ({ do: 'process', guest: 'a', name })),
      ...names.map((process): Action => ({
        do: 'map',
        guest: 'a',
        process,
        gva,
        pages,
        flags: 'rwu',
      })),
    ],
    names.map((process) => ({
      what: words.processPhase(process),
      actions: [{ do: 'access', guest: 'a', process, gva, pages, kind: 'write' }],
    })),
    'mmu_cache_miss',
  );
}

/** Stores to a table above the leaves. */
function upper(tools: Tools): Draft {
  const { rng, words } = tools;
  const tables = 1 + rng.below(6);
  return countedBy(
    tools,
    words.upper(tables),
    words.stored,
    [...begin(1), { do: 'access', ...P1, gva: hex(BASE), kind: 'write' }],
    Array.from({ length: tables }, (_, index) => ({
      what: words.upperPhase(index + 1),
      actions: [{ do: 'map', ...P1, gva: hex(BASE + (index + 1) * REGION), flags: 'rwu' }],
    })),
    'mmu_pte_write',
  );
}

const ACTS: Record<Act, (gva: string) => Action[]> = {
  'first-read': (gva) => [{ do: 'access', ...P1, gva, kind: 'read' }],
  'second-read': (gva) => [
    { do: 'access', ...P1, gva, kind: 'read' },
    { do: 'access', ...P1, gva, kind: 'read' },
  ],
  'first-write': (gva) => [
    { do: 'access', ...P1, gva, kind: 'read' },
    { do: 'access', ...P1, gva, kind: 'write' },
  ],
  'no-entry': () => [{ do: 'access', ...P1, gva: hex(BASE + 16 * PAGE), kind: 'read' }],
  'read-only': (gva) => [
    { do: 'protect', ...P1, gva, flags: 'ru' },
    { do: 'access', ...P1, gva, kind: 'write' },
  ],
  stale: (gva) => [
    { do: 'access', ...P1, gva, kind: 'write' },
    { do: 'remap', ...P1, gva },
    { do: 'access', ...P1, gva, kind: 'read' },
  ],
  synced: (gva) => [
    { do: 'access', ...P1, gva, kind: 'write' },
    { do: 'remap', ...P1, gva },
    { do: 'switch', ...P1 },
    { do: 'access', ...P1, gva, kind: 'read' },
  ],
};

/** Who gets a fault, if there is one. */
function whose({ rng, run, words }: Tools): Draft {
  const act = rng.pick(Object.keys(ACTS) as Act[]);
  const pages = 2 + rng.below(6);
  const gva = hex(BASE + rng.below(pages) * PAGE);
  const actions = ACTS[act](gva);
  const last = actions.slice(-1);
  const before = [...begin(pages), ...actions.slice(0, -1)];
  const [injected = 0] = phasesOf(run, machine, before, [last], 'pf_guest');
  const [fixed = 0] = phasesOf(run, machine, before, [last], 'pf_fixed');
  const fault: Fault = injected > 0 ? 'guest' : fixed > 0 ? 'hidden' : 'none';
  return {
    question: words.whose(words.acts[act]),
    choices: [words.faults.hidden, words.faults.guest, words.faults.none],
    answer: words.faults[fault],
    solution: words.why[fault],
    scenario: { machine, actions: [...before, ...last] },
  };
}

const FORMS = [stores, whose, processes, upper];

export const exercise: RunExerciseGenerator = (seed, n, locale, run) => {
  const rng = random(seed, n);
  // Each form in its turn, so that a few questions show all of them.
  const form = FORMS[n % FORMS.length] ?? stores;
  return { lesson: 'shadow-page-tables', seed, n, ...form({ rng, run, words: WORDS[locale] }) };
};
