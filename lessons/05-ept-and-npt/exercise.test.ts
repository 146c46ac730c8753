import { Workbench } from '@pagewalk/engine';
import type { WalkScenario } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExerciseItem, Locale } from '../schema.ts';
import { FORMS } from '../walks/forms.ts';
import { exercise } from './exercise.ts';
import { en } from '../walks/words.en.ts';
import { zh } from '../walks/words.zh.ts';

const SEEDS = 60;
const FORM_COUNT = Object.keys(FORMS).length;

let workbench: Workbench;
const items: Record<Locale, ExerciseItem[]> = { en: [], zh: [] };

const run = (scenario: WalkScenario) => workbench.run(scenario);

beforeAll(async () => {
  workbench = new Workbench(await loadEngine());
  for (const locale of ['en', 'zh'] as const) {
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (let n = 0; n < FORM_COUNT; n++) items[locale].push(exercise(seed, n, locale, run));
    }
  }
});

/** What a reader does with pencil and paper; remainders and quotients, no bits. */
function walkByHand(
  root: bigint,
  address: bigint,
  levels: number,
  memory: ReadonlyMap<bigint, bigint>,
): bigint {
  let table = root;
  for (let level = levels; level >= 1; level--) {
    const size = 512n ** BigInt(level - 1) * 4096n;
    const entry = memory.get(table + ((address / size) % 512n) * 8n);
    if (entry === undefined) throw new Error('an entry is not in the list');
    const target = (entry % 2n ** 46n) - (entry % 4096n);
    if (level === 1 || (entry / 0x80n) % 2n === 1n) return target + (address % size);
    table = target;
  }
  throw new Error('no leaf');
}

describe('the exercise generator', () => {
  it('has at least six forms, and a series goes through all of them', () => {
    expect(FORM_COUNT).toBeGreaterThanOrEqual(6);
    const kinds = new Set(
      items.en.slice(0, FORM_COUNT).map(({ question }) => question.split('\n\n').at(-1)?.[0]),
    );
    expect(kinds.size).toBeGreaterThan(1);
  });

  it('prints all that a translation by hand needs: root, levels and entries lead to the answer', () => {
    let tried = 0;
    for (const { question, answer, scenario } of items.en) {
      const [, root, address] =
        /(?:root|CR3)[^`]*`(0x[0-9a-f]+)`[^|]*`(0x[0-9a-f]+)`(?: is)? translated/.exec(question) ??
        [];
      if (root === undefined || address === undefined) continue;
      tried++;
      const rows = question.matchAll(/^\| `(0x[0-9a-f]+)` \| `(0x[0-9a-f]+)` \|$/gm);
      const memory = new Map(
        [...rows].map(([, at = '', entry = '']) => [BigInt(at), BigInt(entry)]),
      );
      const { mode, levels, hostLevels } = scenario.machine;
      expect(
        walkByHand(BigInt(root), BigInt(address), mode === 'native' ? levels : hostLevels, memory),
      ).toBe(BigInt(answer));
    }
    expect(tried).toBe(SEEDS);
  });

  it('varies: a seed is hardly ever asked what another was', () => {
    const questions = new Set(items.en.map(({ question }) => question));
    expect(questions.size).toBeGreaterThan(items.en.length * 0.8);
  });

  it('asks about every result that a walk can have', () => {
    const seen = new Set(items.en.map(({ scenario }) => run(scenario).outcome.result));
    for (const result of Object.keys(en.results)) expect(seen).toContain(result);
  });

  it('draws on both table formats, both depths, every page size and both levels of privilege', () => {
    const all = items.en.map(({ scenario }) => scenario);
    const seen = (of: (scenario: WalkScenario) => unknown): Set<unknown> => new Set(all.map(of));
    expect(seen(({ machine }) => machine.mode)).toEqual(new Set(['native', 'ept', 'npt']));
    expect(seen(({ machine }) => machine.levels)).toEqual(new Set([4, 5]));
    expect(seen(({ machine }) => machine.hostLevels)).toEqual(new Set([4, 5]));
    expect(seen(({ machine }) => machine.guestPage)).toEqual(new Set(['4K', '2M', '1G']));
    expect(seen(({ machine }) => machine.hostPage)).toEqual(new Set(['4K', '2M', '1G']));
    expect(seen(({ access }) => access.kind)).toEqual(new Set(['read', 'write', 'fetch']));
    expect(seen(({ access }) => access.cpl)).toEqual(new Set([0, 3]));
  });
});

it('both languages have words for the same bits', () => {
  for (const code of Object.keys(en.bitOf) as (keyof typeof en.bitOf)[]) {
    expect(Object.keys(zh.bitOf[code])).toEqual(Object.keys(en.bitOf[code]));
  }
});
