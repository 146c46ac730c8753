import type { GuestView, Meminfo, PageSize, RunReading } from '@pagewalk/engine';
import { defineLesson } from '../define.ts';
import type { Read, RunLesson } from '../schema.ts';
import { COSTS, POOL, REACH, THP } from './scenarios.ts';
import { ON_HUGE_PAGES, STACKED_MOUNT } from './tasks.ts';

const GIB = 2 ** 30;
const BYTES: Record<PageSize, number> = { '4K': 2 ** 12, '2M': 2 ** 21, '1G': GIB };
/** The guest of the hook. */
const HOOK = 64 * GIB;

const guest = ({ view }: RunReading, name: string): GuestView => {
  const found = view.guests.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no guest ${name}`);
  return found;
};
const of = (state: string, what: (reading: RunReading) => number) => ({
  state,
  of: (read: Read) => Math.round(what(read(state))),
});
const meminfo = (state: string, field: keyof Meminfo) =>
  of(state, ({ host }) => host.meminfo[field]);
/** How a line of /proc/meminfo changed. */
const change = (before: string, state: string, field: keyof Meminfo) => ({
  state,
  of: (read: Read) => Math.abs(read(state).host.meminfo[field] - read(before).host.meminfo[field]),
});

/** Entries that one walk read, on the average of all walks. */
const refs = (name: string) =>
  of('worked', (reading) => {
    const { walk_refs, tlb_misses } = guest(reading, name).counters;
    return walk_refs / tlb_misses;
  });
/** Misses in the accesses after the first touch. */
const misses = (name: string) => ({
  state: 'worked',
  of: (read: Read) =>
    guest(read('worked'), name).counters.tlb_misses -
    guest(read('touched'), name).counters.tlb_misses,
});
const tableKib = (name: string) =>
  of('worked', (reading) => {
    const { tables } = guest(reading, name);
    return (tables.guest + tables.nested) * 4;
  });
/** Translations that the TLB can hold, of a page size: the ways of every array that takes it. */
const capacity = (page: PageSize) =>
  of('mapped', ({ view }) =>
    (view.tlbs[0] ?? [])
      .filter(({ level, sizes }) => level === 2 && sizes.includes(page))
      .reduce((sum, { sets }) => sum + sets.length * (sets[0]?.length ?? 0), 0),
  );

/** The page size under which the TLB holds a guest's translations. */
function sizeInTlb(reading: RunReading, name: string): PageSize | undefined {
  const vpid = reading.view.guests.findIndex((each) => each.name === name) + 1;
  return reading.view.tlbs
    .flat()
    .flatMap(({ sets }) => sets.flat())
    .find(({ entry }) => entry?.vpid === vpid && entry.kind !== 'linear')?.entry?.page;
}

const marks = (scenario: string, names: readonly string[]) =>
  Object.fromEntries(names.map((mark) => [mark, { scenario, at: { mark } }]));

const lesson: RunLesson = defineLesson({
  figure: 'run',
  id: 'huge-pages',
  picture: 'reach',
  pictures: { pool: 'pool', costs: 'pool', thp: 'pool' },
  scenarios: { reach: REACH, pool: POOL, costs: COSTS, thp: THP },

  states: {
    ...marks('reach', ['mapped', 'touched', 'one-round', 'worked']),
    ...marks('pool', [
      'started',
      'pool-touched',
      'plain-touched',
      'shrunk',
      'grown',
      'asked-too-much',
    ]),
    ...marks('costs', ['alike', 'merged', 'one-given', 'all-given']),
    ...marks('thp', ['thp-mapped', 'thp-one', 'thp-touched', 'split', 'collapsed']),
  },

  predictions: {
    'walk-of-large': {
      kind: 'number',
      state: 'one-round',
      holdAt: { mark: 'touched' },
      answer: refs('large').of,
    },
    'size-in-tlb': {
      kind: 'choice',
      state: 'worked',
      holdAt: { mark: 'one-round' },
      choices: ['small', 'large', 'both'],
      answer: (read) => (sizeInTlb(read('worked'), 'guest-large') === '2M' ? 'large' : 'small'),
    },
    'free-after-touch': {
      kind: 'number',
      state: 'pool-touched',
      holdAt: { mark: 'started' },
      answer: change('started', 'pool-touched', 'HugePages_Free').of,
    },
    'a-thousand': {
      kind: 'choice',
      state: 'asked-too-much',
      holdAt: { mark: 'grown' },
      choices: ['all', 'some', 'refused'],
      answer: (read) => {
        const total = read('asked-too-much').host.meminfo.HugePages_Total;
        if (total === read('grown').host.meminfo.HugePages_Total) return 'refused';
        return total === 1000 ? 'all' : 'some';
      },
    },
  },

  values: {
    'hook-small': of('mapped', () => HOOK / BYTES['4K']),
    'hook-large': of('mapped', () => HOOK / BYTES['2M']),
    'hook-huge': of('mapped', () => HOOK / BYTES['1G']),
    'tlb-holds': capacity('4K'),
    'refs-small': refs('small'),
    'refs-guest-large': refs('guest-large'),
    'refs-host-large': refs('host-large'),
    'refs-large': refs('large'),
    'refs-huge': refs('huge'),
    'misses-small': misses('small'),
    'misses-guest-large': misses('guest-large'),
    'misses-host-large': misses('host-large'),
    'misses-large': misses('large'),
    'tables-small': tableKib('small'),
    'tables-large': tableKib('large'),
    'exits-small': of('touched', (reading) => guest(reading, 'small').counters.exits),
    'exits-large': of('touched', (reading) => guest(reading, 'large').counters.exits),
    'pool-total': meminfo('started', 'HugePages_Total'),
    'pool-free': meminfo('started', 'HugePages_Free'),
    'pool-reserved': meminfo('started', 'HugePages_Rsvd'),
    'pool-taken': change('started', 'pool-touched', 'HugePages_Free'),
    'shrunk-total': meminfo('shrunk', 'HugePages_Total'),
    'shrunk-surplus': meminfo('shrunk', 'HugePages_Surp'),
    'asked-total': meminfo('asked-too-much', 'HugePages_Total'),
    'asked-free': meminfo('asked-too-much', 'MemFree'),
    'merged-pages': of('merged', ({ host }) => host.ksm.pages_sharing),
    'one-given-free': change('merged', 'one-given', 'HugePages_Free'),
    'all-given-free': change('one-given', 'all-given', 'HugePages_Free'),
    'thp-first': change('thp-mapped', 'thp-one', 'AnonHugePages'),
    'thp-exits': {
      state: 'thp-touched',
      of: (read) =>
        read('thp-touched').view.counters.exits - read('thp-mapped').view.counters.exits,
    },
    'split-lost': change('thp-touched', 'split', 'AnonHugePages'),
    'split-given': change('thp-touched', 'split', 'AnonPages'),
  },

  tasks: { 'stacked-mount': STACKED_MOUNT, 'on-huge-pages': ON_HUGE_PAGES },
});

export default lesson;
