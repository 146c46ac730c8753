import type { GuestView, RunReading, ScenarioInput } from '@pagewalk/engine';
import { random } from '../random.ts';
import type { Random } from '../random.ts';
import type { ExerciseItem, RunExerciseGenerator, RunScenario } from '../schema.ts';
import { WORDS } from './words.ts';
import type { Words } from './words.ts';

/** Exercises on page sizes: what the TLB reaches, what a walk reads, what a pool says. */

interface Tools {
  rng: Random;
  run: RunScenario;
  words: Words;
}
type Draft = Pick<
  ExerciseItem<ScenarioInput>,
  'question' | 'answer' | 'choices' | 'unit' | 'solution' | 'scenario'
>;
type Size = '4K' | '2M';

const GVA = '0x40000000';
const LARGE = 512;
/** 4 KiB pages of one page of a size. */
const UNIT: Record<Size, number> = { '4K': 1, '2M': LARGE };
const at = { guest: 'g', process: 'p', gva: GVA };

/** A guest whose program has touched a buffer, page sizes chosen on both sides, and read all of it twice. */
function bufferOf(mib: number, page: Size, backing: Size): ScenarioInput {
  const pages = mib * 256;
  return {
    machine: {
      host: { memory: '128M' },
      mmu: { mode: 'ept' },
      guests: [{ name: 'g', memory: '64M', backing }],
    },
    actions: [
      { do: 'process', guest: 'g', name: 'p' },
      { do: 'map', ...at, pages: pages / UNIT[page], page, flags: 'rwuad', atOnce: true },
      { do: 'access', ...at, pages, kind: 'write', atOnce: true },
      { do: 'access', ...at, pages, kind: 'read', atOnce: true },
    ],
  };
}

const guestOf = ({ view }: RunReading): GuestView => {
  const [guest] = view.guests;
  if (guest === undefined) throw new Error('no guest');
  return guest;
};
const drawSizes = (rng: Random): { page: Size; backing: Size } => ({
  page: rng.pick<Size>(['4K', '2M']),
  backing: rng.pick<Size>(['4K', '2M']),
});

/** Different translations that the TLB holds of the buffer. */
function heldBy({ view }: RunReading): { page: string; entries: number } {
  const held = new Map<bigint, string>();
  const buffer = BigInt(GVA);
  for (const { entry } of view.tlbs.flat().flatMap(({ sets }) => sets.flat())) {
    if (entry !== null && entry.address >= buffer && entry.address < 2n * buffer) {
      held.set(entry.address, entry.page);
    }
  }
  return { page: [...held.values()][0] ?? '4K', entries: held.size };
}

/** Entries that a walk reads. */
function walk({ rng, run, words }: Tools): Draft {
  const { page, backing } = drawSizes(rng);
  const mib = rng.pick([2, 4, 8]);
  const scenario = bufferOf(mib, page, backing);
  const { walk_refs, tlb_misses } = guestOf(run(scenario)).counters;
  const refs = walk_refs / tlb_misses;
  const [guest, host] = [page === '4K' ? 4 : 3, backing === '4K' ? 4 : 3];
  return {
    question: words.walk(mib, page, backing),
    answer: String(refs),
    solution: words.walkWhy(guest, host, refs),
    scenario,
  };
}

/** Translations of the buffer that the TLB holds after a pass over it. */
function reach({ rng, run, words }: Tools): Draft {
  const { page, backing } = drawSizes(rng);
  const mib = rng.pick([2, 4, 8, 16]);
  const scenario = bufferOf(mib, page, backing);
  const { page: held, entries } = heldBy(run(scenario));
  const needed = (mib * 256) / UNIT[held as Size];
  return {
    question: words.reach(mib, page, backing),
    answer: String(entries),
    solution: words.reachWhy(held, needed, entries),
    scenario,
  };
}

/** Memory of the tables. */
function tables({ rng, run, words }: Tools): Draft {
  const page = rng.pick<Size>(['4K', '2M']);
  const mib = 2 * (1 + rng.below(16));
  const scenario = bufferOf(mib, page, '4K');
  const { guest } = guestOf(run(scenario)).tables;
  return {
    question: words.tables(mib, page),
    answer: String(guest * 4),
    unit: 'KiB',
    solution: words.tablesWhy(guest, page, mib / 2),
    scenario,
  };
}

/** HugePages_Free or _Rsvd after a guest has touched some of its memory. */
function pool({ rng, run, words }: Tools): Draft {
  const total = 60 + 10 * rng.below(8);
  const memory = 2 * (16 + rng.below(24));
  const touched = 2 * (1 + rng.below(8));
  const scenario: ScenarioInput = {
    machine: {
      host: { memory: '512M', hugepages: { '2M': total } },
      mmu: { mode: 'ept' },
      guests: [{ name: 'g', memory: `${memory}M`, backing: '2M' }],
    },
    actions: [
      { do: 'process', guest: 'g', name: 'p' },
      { do: 'map', ...at, pages: touched * 256, flags: 'rwuad', gpa: '0x400000', atOnce: true },
      { do: 'access', ...at, pages: touched * 256, kind: 'write', atOnce: true },
    ],
  };
  const before = run({ ...scenario, actions: [] }).host.meminfo;
  const { HugePages_Free: free, HugePages_Rsvd: reserved } = run(scenario).host.meminfo;
  const isFree = rng.below(2) === 0;
  return {
    question: words.pool(
      total,
      memory,
      before.HugePages_Free,
      before.HugePages_Rsvd,
      touched,
      isFree ? 'HugePages_Free' : 'HugePages_Rsvd',
    ),
    answer: String(isFree ? free : reserved),
    solution: words.poolWhy(touched / 2, free, reserved),
    scenario,
  };
}

const FORMS = [walk, reach, tables, pool];

export const exercise: RunExerciseGenerator = (seed, n, locale, run) => {
  const rng = random(seed, n);
  const form = FORMS[n % FORMS.length] ?? walk;
  return { lesson: 'huge-pages', seed, n, ...form({ rng, run, words: WORDS[locale] }) };
};
