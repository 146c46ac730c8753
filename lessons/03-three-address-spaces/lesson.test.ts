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
