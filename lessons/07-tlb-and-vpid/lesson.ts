import type { Counter } from '@pagewalk/engine';
import { defineLesson } from '../define.ts';
import type { Read, RunLesson } from '../schema.ts';
import { CACHES, ONE, WITHOUT_PCID, WITHOUT_VPID, WITH_PCID, WITH_VPID } from './scenarios.ts';
import { WITHOUT_TAGS } from './tasks.ts';

const between =
  (before: string, state: string, counter: Counter) =>
  (read: Read): number =>
    read(state).view.counters[counter] - read(before).view.counters[counter];
const grown = (before: string, state: string, counter: Counter) => ({
  state,
  of: between(before, state, counter),
});
const at = (mark: string, scenario: string) => ({ scenario, at: { mark } });

/** Whether the first level of the TLB has a page. */
const inFirst = (read: Read, state: string, address: bigint): boolean =>
  (read(state).view.tlbs[0] ?? [])
    .filter(({ level }) => level === 1)
    .some(({ sets }) => sets.flat().some(({ entry }) => entry?.address === address));

/** Entries in the paging-structure caches, of the guest's walk or of EPT's. */
const structures = (read: Read, state: string, nested: boolean): number =>
  (read(state).view.structures[0] ?? [])
    .filter((cache) => cache.nested === nested)
    .flatMap(({ sets }) => sets.flat())
    .filter(({ entry }) => entry !== null).length;

const lesson: RunLesson = defineLesson({
  figure: 'run',
  id: 'tlb-and-vpid',
  picture: 'tlb',
  scenarios: {
    one: ONE,
    'with-vpid': WITH_VPID,
    'without-vpid': WITHOUT_VPID,
    'without-pcid': WITHOUT_PCID,
    'with-pcid': WITH_PCID,
    caches: CACHES,
  },

  states: {
    miss: at('miss', 'one'),
    empty: at('empty', 'one'),
    hit: at('hit', 'one'),
    'same-set': at('same-set', 'one'),
    third: at('third', 'one'),
    'second-level': at('second-level', 'one'),
    invlpg: at('invlpg', 'one'),
    'after-invlpg': at('after-invlpg', 'one'),
    'both-empty': at('both-empty', 'with-vpid'),
    'tagged-first': at('b-first', 'with-vpid'),
    'tagged-again': at('a-again', 'with-vpid'),
    'untagged-first': at('b-first', 'without-vpid'),
    'untagged-again': at('a-again', 'without-vpid'),
    'untagged-end': at('b-again', 'without-vpid'),
    warm: at('warm', 'without-pcid'),
    switched: at('switched', 'without-pcid'),
    other: at('other', 'without-pcid'),
    back: at('back', 'without-pcid'),
    'pcid-warm': at('warm', 'with-pcid'),
    'pcid-back': at('back', 'with-pcid'),
    taken: at('taken', 'with-pcid'),
    'caches-empty': at('caches-empty', 'caches'),
    'caches-filled': at('caches-filled', 'caches'),
    'short-walk': at('short-walk', 'caches'),
    'longer-walk': at('longer-walk', 'caches'),
    'caches-invlpg': at('caches-invlpg', 'caches'),
  },

  predictions: {
    'second-time': {
      kind: 'number',
      state: 'hit',
      holdAt: { mark: 'miss' },
      answer: between('miss', 'hit', 'walk_refs'),
    },
    victim: {
      kind: 'choice',
      state: 'third',
      holdAt: { mark: 'same-set' },
      choices: ['first', 'second', 'neither'],
      answer: (read) => {
        if (!inFirst(read, 'third', 0x40_0000n)) return 'first';
        return inFirst(read, 'third', 0x40_4000n) ? 'neither' : 'second';
      },
    },
    'without-tags': {
      kind: 'number',
      state: 'untagged-again',
      holdAt: { mark: 'b-first' },
      answer: between('untagged-first', 'untagged-again', 'tlb_misses'),
    },
    'next-page': {
      kind: 'number',
      state: 'short-walk',
      holdAt: { mark: 'caches-filled' },
      answer: between('caches-filled', 'short-walk', 'walk_refs'),
    },
    'after-switch': {
      kind: 'number',
      state: 'back',
      holdAt: { mark: 'other' },
      answer: between('other', 'back', 'tlb_misses'),
    },
  },

  values: {
    'first-refs': grown('caches-empty', 'caches-filled', 'walk_refs'),
    'short-refs': grown('caches-filled', 'short-walk', 'walk_refs'),
    'longer-refs': grown('short-walk', 'longer-walk', 'walk_refs'),
    'structures-left': {
      state: 'caches-invlpg',
      of: (read) => structures(read, 'caches-invlpg', false),
    },
    'miss-refs': grown('empty', 'miss', 'walk_refs'),
    'hit-refs': grown('miss', 'hit', 'walk_refs'),
    'l2-hits': grown('third', 'second-level', 'tlb_l2_hits'),
    'invlpg-misses': grown('invlpg', 'after-invlpg', 'tlb_misses'),
    'tagged-misses': grown('tagged-first', 'tagged-again', 'tlb_misses'),
    'untagged-misses': grown('untagged-first', 'untagged-again', 'tlb_misses'),
    'untagged-refs': grown('untagged-first', 'untagged-again', 'walk_refs'),
    'back-misses': grown('other', 'back', 'tlb_misses'),
    'pcid-misses': grown('pcid-warm', 'pcid-back', 'tlb_misses'),
    'taken-misses': grown('pcid-back', 'taken', 'tlb_misses'),
  },

  tasks: { 'without-tags': WITHOUT_TAGS },
});

export default lesson;
