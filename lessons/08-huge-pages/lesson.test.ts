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
  it('is answered by the machine as the prose explains it', () => {
    const answerOf = (id: string) => lesson.predictions[id]?.answer(read);
    expect(answerOf('walk-of-large')).toBe(15);
    expect(answerOf('size-in-tlb')).toBe('small');
    expect(answerOf('free-after-touch')).toBe(4);
    expect(answerOf('a-thousand')).toBe('some');
  });

  it('says nothing that its machine does not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    expect(value('refs-small')).toBe(24);
    expect(value('refs-guest-large')).toBe(19);
    expect(value('refs-host-large')).toBe(19);
    expect(value('refs-huge')).toBe(8);
    expect(value('misses-large')).toBe(0);
    expect(value('misses-host-large')).toBe(value('misses-small'));
    expect(value('tables-large')).toBeLessThan(value('tables-small') / 2);
    expect(value('pool-free') - value('pool-reserved')).toBe(36);
    expect(value('shrunk-total') - value('shrunk-surplus')).toBe(50);
    expect(value('asked-total')).toBeLessThan(1000);
    expect(value('merged-pages')).toBeGreaterThan(1000);
    expect(value('one-given-free')).toBe(0);
    expect(value('all-given-free')).toBe(1);
    expect(value('split-lost')).toBe(2048);
    expect(value('split-given')).toBe(4);
  });

  it('has both guests fill equal pages, and only the plain one’s merged', () => {
    const { ksm, meminfo } = read('merged').host;
    expect(ksm.pages_sharing).toBeLessThan(1024);
    expect(meminfo.HugePages_Free).toBe(read('alike').host.meminfo.HugePages_Free);
  });
});
