import { Workbench } from '@pagewalk/engine';
import type { WalkScenario } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkAnswer } from '../exercise.ts';
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

/** Another answer of the same kind, as near as can be. */
function nearMiss(item: ExerciseItem): string {
  if (item.choices !== undefined) {
    return item.choices.find((choice) => choice !== item.answer) ?? '';
  }
  const next = BigInt(item.answer) + 1n;
  return item.answer.startsWith('0x') ? `0x${next.toString(16)}` : String(next);
}

describe('the exercise generator', () => {
  it('has at least six forms, and a series goes through all of them', () => {
    expect(FORM_COUNT).toBeGreaterThanOrEqual(6);
    const kinds = new Set(
      items.en.slice(0, FORM_COUNT).map(({ question }) => question.split('\n\n').at(-1)?.[0]),
    );
    expect(kinds.size).toBeGreaterThan(1);
  });

  it('gives the same item for the same seed, number and language', () => {
    const first = exercise(42, 3, 'en', run);
    exercise(43, 5, 'zh', run);
    expect(exercise(42, 3, 'en', run)).toEqual(first);
  });

  it('gives the same problem in both languages', () => {
    items.en.forEach((item, at) => {
      const other = items.zh[at];
      expect(other?.scenario).toEqual(item.scenario);
      if (item.choices === undefined) expect(other?.answer).toBe(item.answer);
      else expect(other?.choices?.indexOf(other.answer)).toBe(item.choices.indexOf(item.answer));
      expect(other?.question).not.toBe(item.question);
    });
  });

  it('takes its own answer as right and a near miss as wrong', () => {
    for (const item of [...items.en, ...items.zh]) {
      const where = `seed ${item.seed}, n ${item.n}`;
      expect(checkAnswer(item, item.answer), where).toEqual({ right: true });
      expect(checkAnswer(item, nearMiss(item)).right, where).toBe(false);
    }
  });

  it('offers the answer among the choices, each once', () => {
    for (const { choices, answer } of [...items.en, ...items.zh]) {
      if (choices === undefined) continue;
      expect(choices).toContain(answer);
      expect(new Set(choices).size).toBe(choices.length);
    }
  });

  it('works every solution out to the answer, in Markdown without HTML and without holes', () => {
    for (const { question, solution, answer } of [...items.en, ...items.zh]) {
      for (const text of [question, solution]) {
        expect(text).not.toMatch(/<[a-z]|undefined|NaN|null|\[object/);
        expect(text).not.toMatch(/\s$|^\s/);
      }
      // Zero has no bits to list.
      if (answer !== '0x0') expect(solution).toContain(answer);
    }
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
