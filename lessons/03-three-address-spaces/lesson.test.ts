import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKvm } from '@pagewalk/engine/node';
import { Run, hostViewOf, readScenario, stepsOf, viewOf } from '@pagewalk/engine';
import type { Kvm, ScenarioInput } from '@pagewalk/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkAnswer } from '../exercise.ts';
import en from '../glossary/en.ts';
import { bonesOf, problemsOfProse } from '../prose.ts';
import { runOf } from '../define.ts';
import type { Read, RunScenario } from '../schema.ts';
import { exercise } from './exercise.ts';
import lesson from './lesson.ts';

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

const reading = (input: ScenarioInput, steps: (length: number) => number) => {
  const run = new Run(kvm, readScenario(input));
  run.seek(steps(run.length));
  expect(run.stop).toBeNull();
  return { view: viewOf(run), host: hostViewOf(run) };
};
const runs: RunScenario = (input) => reading(input, (length) => length);
const read: Read = (state) => {
  const { input, at } = runOf(lesson, state);
  const { actions } = readScenario(input);
  const mark = typeof at === 'object' ? at.mark : '';
  const end = actions.findIndex((action) => action.do === 'mark' && action.name === mark);
  expect(end, state).toBeGreaterThanOrEqual(0);
  return reading(input, () =>
    actions.slice(0, end + 1).reduce((sum, action) => sum + stepsOf(action), 0),
  );
};

const prose = (locale: string): string =>
  readFileSync(join(import.meta.dirname, `${locale}.md`), 'utf8');

describe('the lesson', () => {
  it.each(['en', 'zh'])('has what its prose in %s asks for', (locale) => {
    expect(problemsOfProse(lesson, prose(locale), Object.keys(en))).toEqual([]);
  });
  it('has the same bones in both languages', () => {
    expect(bonesOf(prose('zh'))).toEqual(bonesOf(prose('en')));
  });

  const answerOf = (id: string) => lesson.predictions[id]?.answer(read);
  it('is answered by the machine as the prose explains it', () => {
    expect(answerOf('after-touch')).toBe(1);
    expect(answerOf('same-frame')).toBe('two');
    expect(answerOf('alias')).toBe('same-frame');
    expect(answerOf('no-memory')).toBe('exit');
  });

  it('says nothing that its machine does not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    expect(value('promised')).toBe(2048);
    expect(value('resident-first')).toBeLessThan(value('resident-end'));
    expect(value('resident-end')).toBeLessThan(value('promised'));
    expect(value('touch-exits')).toBe(1);
    expect(value('frames-after-writes')).toBe(value('frames-used'));
    expect(value('frames-given-back')).toBe(1);
    expect(value('device-emulated')).toBe(1);
  });
});

describe('its exercises', () => {
  const items = Array.from({ length: 40 }, (_, n) => n);
  it.each(['en', 'zh'] as const)('are the same whenever they are made, in %s', (locale) => {
    for (const n of items.slice(0, 8)) {
      expect(exercise(7, n, locale, runs)).toEqual(exercise(7, n, locale, runs));
    }
  });
  it('have the same answers in both languages, and a wrong one is wrong', () => {
    for (const n of items) {
      const one = exercise(3, n, 'en', runs);
      const other = exercise(3, n, 'zh', runs);
      expect(one.scenario).toEqual(other.scenario);
      expect(checkAnswer(one, one.answer, 'en').right, one.question).toBe(true);
      expect(checkAnswer(other, other.answer, 'zh').right, other.question).toBe(true);
      if (one.choices === undefined) {
        expect(one.answer).toBe(other.answer);
        expect(checkAnswer(one, `0x${(BigInt(one.answer) + 1n).toString(16)}`, 'en').right).toBe(
          false,
        );
      } else {
        expect(one.choices.indexOf(one.answer)).toBe(other.choices?.indexOf(other.answer));
        const wrong = one.choices.find((choice) => choice !== one.answer) ?? '';
        expect(checkAnswer(one, wrong, 'en').right).toBe(false);
      }
    }
  });
  it('come in every form, and their answers differ', () => {
    const questions = items.map((n) => exercise(11, n, 'en', runs));
    expect(new Set(questions.map(({ answer }) => answer)).size).toBeGreaterThan(5);
  });
});
