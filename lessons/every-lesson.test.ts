import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { seriesOf } from './cli/catalogue.ts';
import type { Generate } from './cli/catalogue.ts';
import { checkAnswer } from './exercise.ts';
import en from './glossary/en.ts';
import { bonesOf, problemsOfProse, usesOf } from './prose.ts';
import type { ExerciseItem, Locale } from './schema.ts';

/** What holds for each lesson, whatever it is about. */

const ITEMS = Array.from({ length: 40 }, (_, n) => n);
const LOCALES = ['en', 'zh'] as const;
/** A question of some lessons boots hosts. */
const PATIENCE = 180_000;

/** An answer of the same kind that is not the right one. */
function wrong({ answer, choices, tolerance = 0 }: ExerciseItem<unknown>): string {
  if (choices !== undefined) return choices.find((choice) => choice !== answer) ?? '';
  if (answer.startsWith('0x')) return `0x${(BigInt(answer) + 1n).toString(16)}`;
  return String(Number(answer) + Math.floor(tolerance) + 1);
}

describe.each(seriesOf().map((series) => [series.id, series] as const))('%s', (id, series) => {
  const prose = (locale: string): string =>
    readFileSync(new URL(`${locale}.md`, series.folder), 'utf8');

  it.each(LOCALES)('has what its prose in %s asks for', async (locale) => {
    expect(problemsOfProse(await series.lesson(), prose(locale), Object.keys(en))).toEqual([]);
  });
  it('has the same bones and headings in both languages', () => {
    expect(bonesOf(prose('zh'))).toEqual(bonesOf(prose('en')));
    const headings = (text: string): string[] =>
      [...text.matchAll(/^#+ /gm)].map(([marks]) => marks);
    expect(headings(prose('zh'))).toEqual(headings(prose('en')));
  });
  it('has every bone of a lesson', () => {
    const count = (wanted: string): number =>
      usesOf(prose('en')).filter(({ name }) => name === wanted).length;
    expect(count('step')).toBeGreaterThanOrEqual(3);
    expect(count('predict')).toBeGreaterThanOrEqual(2);
    expect(count('break')).toBe(1);
    expect(count('task')).toBeGreaterThanOrEqual(1);
    expect(count('misconception')).toBeGreaterThanOrEqual(1);
    expect(count('exercise')).toBe(1);
    expect(count('sources')).toBe(1);
  });

  describe('its exercises', { timeout: PATIENCE }, () => {
    let generate: Generate;
    let items: Record<Locale, ExerciseItem<unknown>[]>;
    beforeAll(async () => {
      generate = await series.generator();
      const all = (locale: Locale): ExerciseItem<unknown>[] =>
        ITEMS.map((n) => generate(3, n, locale));
      items = { en: all('en'), zh: all('zh') };
    }, PATIENCE);

    it.each(LOCALES)('are the same whenever they are made, in %s', (locale) => {
      for (const n of ITEMS.slice(0, 8)) expect(generate(3, n, locale)).toEqual(items[locale][n]);
    });
    it('have the same answers in both languages', () => {
      for (const [n, one] of items.en.entries()) {
        const other = items.zh[n];
        expect(one.lesson).toBe(id);
        expect(one.scenario).toEqual(other?.scenario);
        expect(one.choices?.length).toBe(other?.choices?.length);
        if (one.choices === undefined) expect(one.answer).toBe(other?.answer);
        else expect(one.choices.indexOf(one.answer)).toBe(other?.choices?.indexOf(other.answer));
      }
    });
    it.each(LOCALES)('take the right answer and no other, in %s', (locale) => {
      for (const item of items[locale]) {
        expect(checkAnswer(item, item.answer, locale).right, item.question).toBe(true);
        expect(checkAnswer(item, wrong(item), locale).right, item.question).toBe(false);
        if (item.choices === undefined) continue;
        expect(item.choices).toContain(item.answer);
        expect(new Set(item.choices).size).toBe(item.choices.length);
      }
    });
    it.each(LOCALES)('are worked out to the answer, without holes, in %s', (locale) => {
      for (const { question, solution, answer, choices } of items[locale]) {
        for (const text of [question, solution]) {
          expect(text).not.toMatch(/<[a-z]|undefined|NaN|null|\[object/);
          expect(text).not.toMatch(/\s$|^\s/);
        }
        // Zero has no bits to list; a choice may be said in other words.
        if (answer !== '0x0' && choices === undefined) expect(solution).toContain(answer);
      }
    });
    it('differ in what they ask and in what is right', () => {
      expect(new Set(items.en.map(({ question }) => question)).size).toBeGreaterThan(20);
      expect(new Set(items.en.map(({ answer }) => answer)).size).toBeGreaterThan(5);
    });
  });
});
