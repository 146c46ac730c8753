import { readRace } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { raceReaderOf } from '../runs/reading.ts';
import type { ReadRace } from '../schema.ts';
import lesson from './lesson.ts';

let read: ReadRace;
beforeAll(async () => {
  const kvm = await loadKvm();
  read = raceReaderOf(lesson, (work) => readRace(kvm, work));
});

describe('the lesson', () => {
  it('is answered by the machines as the prose explains it', () => {
    const answerOf = (id: string) => lesson.predictions[id]?.answer(read);
    expect(answerOf('who-is-ahead')).toBe('shadow');
    expect(answerOf('with-changes')).toBe('ept');
    expect(answerOf('cheaper-exits')).toBe('later');
  });

  it('says nothing that its machines do not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    expect(value('refs-shadow')).toBe(4);
    expect(value('refs-ept')).toBe(24);
    expect(value('calm-misses-shadow')).toBe(value('calm-misses-ept'));
    expect(value('small-shadow')).toBe(value('small-ept'));
    expect(value('crossing-old')).toBeLessThan(value('crossing'));
    expect(value('crossing-new')).toBeGreaterThan(value('crossing'));
    expect(value('changing-exits')).toBeGreaterThan(5 * value('changing-exits-ept'));
    expect(value('large-changing-ept')).toBeLessThan(value('large-changing-shadow'));
    expect(value('turns-shadow')).toBeLessThan(value('turns-ept'));
    // The first touch costs both alike, but for the tables that a shadow begins with.
    expect(Math.abs(value('touch-shadow') - value('touch-ept'))).toBeLessThan(5);
  });

  it('has exits with EPT only where memory is touched for the first time', () => {
    const { race } = read('changing');
    for (const { counters } of race.ept.slices) {
      expect(counters.exits).toBe(counters.ept_violations);
    }
  });

  it('has the worst for each where it says so', () => {
    expect(read('worst-for-ept').rates.ept).toBeGreaterThan(3 * read('worst-for-ept').rates.shadow);
    expect(read('worst-for-shadow').rates.shadow).toBeGreaterThan(
      3 * read('worst-for-shadow').rates.ept,
    );
  });
});
