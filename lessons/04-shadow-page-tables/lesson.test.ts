import { readRun } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { readerOf } from '../runs/reading.ts';
import type { Read } from '../schema.ts';
import { exercise } from './exercise.ts';
import lesson from './lesson.ts';

let read: Read;
beforeAll(async () => {
  const kvm = await loadKvm();
  read = readerOf(lesson, (input, at) => readRun(kvm, input, at));
});

describe('the lesson', () => {
  const answerOf = (id: string) => lesson.predictions[id]?.answer(read);
  it('is answered by the machine as the prose explains it', () => {
    expect(answerOf('second-page')).toBe(1);
    expect(answerOf('many-stores')).toBe('none');
    expect(answerOf('what-is-read')).toBe('old');
    expect(answerOf('whose-fault')).toBe('guest');
    expect(answerOf('how-many-roots')).toBe(3);
  });

  it('says nothing that its machine does not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    expect(value('again-exits')).toBe(0);
    expect(value('stale-exits')).toBe(0);
    expect(value('after-flood')).toBe(0);
    expect(value('back-pages')).toBe(0);
    expect(value('flooded')).toBe(1);
    expect(value('own-injected')).toBe(1);
    expect(value('nested-exits')).toBeLessThan(value('all-exits'));
    expect(value('nested-refs')).toBe(24);
    expect(value('again-refs')).toBe(4);
    expect(value('unseen-exits')).toBe(0);
  });
});

it('reads the wrong frame for good where no table is write-protected', () => {
  const row = (state: string) =>
    read(state)
      .view.guests[0]?.pairs[0]?.find(({ level }) => level === 1)
      ?.rows.find(({ slot }) => slot === 0);
  expect(row('corrupt')?.guest?.target).not.toBe(row('unwatched')?.guest?.target);
  expect(row('corrupt')?.shadow?.target).toBe(row('unwatched')?.shadow?.target);
  expect(row('corrupt')?.state).toBe('stale');
});

it('asks in its exercises for every kind of fault', async () => {
  const kvm = await loadKvm();
  const answers = Array.from(
    { length: 40 },
    (_, n) => exercise(11, n, 'en', (input) => readRun(kvm, input)).answer,
  );
  expect(new Set(answers.filter((answer) => !/^\d+$/.test(answer))).size).toBe(3);
});
