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
    expect(answerOf('next-page')).toBe(2);
  });

  it('says nothing that its machine does not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    expect(value('miss-refs')).toBe(24);
    // Four guest entries, and of EPT the last entry for each of five addresses.
    expect(value('first-refs')).toBe(9);
    expect(value('longer-refs')).toBe(4);
    expect(value('structures-left')).toBe(0);
    // What EPT's entries lead to is nobody's linear address.
    const [caches = []] = read('caches-invlpg').view.structures;
    const nested = caches.filter((cache) => cache.nested).flatMap(({ sets }) => sets.flat());
    expect(nested.some(({ entry }) => entry !== null)).toBe(true);
    expect(value('hit-refs')).toBe(0);
    expect(value('l2-hits')).toBe(1);
    expect(value('invlpg-misses')).toBe(1);
    expect(value('tagged-misses')).toBe(0);
    expect(value('pcid-misses')).toBe(0);
    expect(value('taken-misses')).toBe(1);
  });
});
