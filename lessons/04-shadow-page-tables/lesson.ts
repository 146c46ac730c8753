import type { Counter } from '@pagewalk/engine';
import { defineLesson } from '../define.ts';
import type { Read, RunLesson } from '../schema.ts';
import { NESTED, ONE, PROCESSES, UNWATCHED, UPPER } from './scenarios.ts';
import { WITHOUT_EPT } from './tasks.ts';

const count = (read: Read, state: string, counter: Counter): number =>
  read(state).view.counters[counter];
/** How much a counter went up from one state to another. */
const between =
  (before: string, state: string, counter: Counter) =>
  (read: Read): number =>
    count(read, state, counter) - count(read, before, counter);
/** A value that belongs to the state in which it was reached. */
const grown = (before: string, state: string, counter: Counter) => ({
  state,
  of: between(before, state, counter),
});

/** Shadows of tables that a CR3 of the guest has pointed to. */
const roots = (read: Read, state: string): number =>
  read(state).view.guests[0]?.shadowPages.filter(({ level }) => level === 4).length ?? 0;

const ONES = [
  'mapped',
  'touched',
  'again',
  'written',
  'neighbour',
  'first-store',
  'second-store',
  'stale',
  'invlpg',
  'fresh',
  'cr3',
  'synced',
  'protected',
  'own-fault',
] as const;

const at = (mark: string, scenario?: string) =>
  scenario === undefined ? { at: { mark } } : { scenario, at: { mark } };

const lesson: RunLesson = defineLesson({
  figure: 'run',
  id: 'shadow-page-tables',
  picture: 'shadow',
  scenarios: { one: ONE, upper: UPPER, processes: PROCESSES, nested: NESTED, unwatched: UNWATCHED },

  states: {
    ...(Object.fromEntries(ONES.map((mark) => [mark, at(mark)])) as Record<
      (typeof ONES)[number],
      { at: { mark: string } }
    >),
    warm: at('warm', 'upper'),
    'upper-one': at('upper-one', 'upper'),
    'upper-three': at('upper-three', 'upper'),
    'upper-five': at('upper-five', 'upper'),
    idle: at('idle', 'processes'),
    'one-root': at('one-root', 'processes'),
    'three-roots': at('three-roots', 'processes'),
    back: at('back', 'processes'),
    unwatched: at('unwatched', 'unwatched'),
    unseen: at('unseen', 'unwatched'),
    corrupt: at('corrupt', 'unwatched'),
    'nested-mapped': at('mapped', 'nested'),
    'nested-touched': at('touched', 'nested'),
    'nested-again': at('again', 'nested'),
    'nested-end': at('own-fault', 'nested'),
  },

  predictions: {
    'second-page': {
      kind: 'number',
      state: 'neighbour',
      holdAt: { mark: 'written' },
      answer: between('written', 'neighbour', 'exits'),
    },
    'many-stores': {
      kind: 'choice',
      state: 'second-store',
      holdAt: { mark: 'first-store' },
      choices: ['one', 'none', 'two'],
      answer: (read) =>
        ['none', 'one'][between('first-store', 'second-store', 'exits')(read)] ?? 'two',
    },
    'what-is-read': {
      kind: 'choice',
      state: 'stale',
      holdAt: { mark: 'second-store' },
      choices: ['new', 'old', 'fault'],
      // An exit would have brought the new frame; the guest sees no fault of its own either way.
      answer: (read) => {
        if (between('second-store', 'stale', 'guest_faults')(read) > 0) return 'fault';
        return between('second-store', 'stale', 'exits')(read) > 0 ? 'new' : 'old';
      },
    },
    'whose-fault': {
      kind: 'choice',
      state: 'own-fault',
      holdAt: { mark: 'protected' },
      choices: ['guest', 'kvm', 'nobody'],
      answer: (read) => {
        if (between('protected', 'own-fault', 'pf_guest')(read) > 0) return 'guest';
        return between('protected', 'own-fault', 'pf_fixed')(read) > 0 ? 'kvm' : 'nobody';
      },
    },
    'how-many-roots': {
      kind: 'number',
      state: 'three-roots',
      holdAt: { mark: 'idle' },
      answer: (read) => roots(read, 'three-roots') - roots(read, 'idle'),
    },
  },

  values: {
    'touch-exits': grown('mapped', 'touched', 'exits'),
    'touch-faults': grown('mapped', 'touched', 'pf_taken'),
    'touch-pages': grown('mapped', 'touched', 'mmu_cache_miss'),
    'again-exits': grown('touched', 'again', 'exits'),
    'again-refs': grown('touched', 'again', 'walk_refs'),
    'write-exits': grown('again', 'written', 'exits'),
    'neighbour-exits': grown('written', 'neighbour', 'exits'),
    'store-exits': grown('neighbour', 'first-store', 'exits'),
    'second-store-exits': grown('first-store', 'second-store', 'exits'),
    'stale-exits': grown('second-store', 'stale', 'exits'),
    'invlpg-exits': grown('stale', 'invlpg', 'exits'),
    'cr3-exits': grown('fresh', 'cr3', 'exits'),
    'synced-exits': grown('cr3', 'synced', 'exits'),
    'own-exits': grown('protected', 'own-fault', 'exits'),
    'own-injected': grown('protected', 'own-fault', 'pf_guest'),
    'upper-exits': grown('warm', 'upper-one', 'exits'),
    'upper-writes': grown('warm', 'upper-one', 'mmu_pte_write'),
    flooded: grown('warm', 'upper-three', 'mmu_flooded'),
    'after-flood': grown('upper-three', 'upper-five', 'mmu_pte_write'),
    roots: {
      state: 'three-roots',
      of: (read) => roots(read, 'three-roots') - roots(read, 'idle'),
    },
    'back-exits': grown('three-roots', 'back', 'exits'),
    'back-pages': grown('three-roots', 'back', 'mmu_cache_miss'),
    'unseen-exits': grown('unwatched', 'unseen', 'exits'),
    'all-exits': grown('mapped', 'own-fault', 'exits'),
    'nested-exits': grown('nested-mapped', 'nested-end', 'exits'),
    'nested-refs': grown('nested-touched', 'nested-again', 'walk_refs'),
  },

  tasks: { 'without-ept': WITHOUT_EPT },
});

export default lesson;
