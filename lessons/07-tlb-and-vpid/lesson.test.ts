import { readRun } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { readerOf } from '../runs/reading.ts';
import type { Read } from '../schema.ts';
import lesson from './lesson.ts';

let read: Read;
beforeAll(async () => {
  const kvm = await loadKvm();
  read = readerOf(lesson, (input, at) => readRun(kvm, input, at));
});

describe('the lesson', () => {
  const answerOf = (id: string) => lesson.predictions[id]?.answer(read);
  it('is answered by the machine as the prose explains it', () => {
    expect(answerOf('second-time')).toBe(0);
    expect(answerOf('victim')).toBe('first');
    expect(answerOf('without-tags')).toBe(2);
    expect(answerOf('after-switch')).toBe(2);
  });

  it('says nothing that its machine does not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    expect(value('miss-refs')).toBe(24);
    expect(value('hit-refs')).toBe(0);
    expect(value('l2-hits')).toBe(1);
    expect(value('invlpg-misses')).toBe(1);
    expect(value('tagged-misses')).toBe(0);
    expect(value('pcid-misses')).toBe(0);
    expect(value('taken-misses')).toBe(1);
  });
});
