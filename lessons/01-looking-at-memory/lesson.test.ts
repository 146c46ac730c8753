import { LiveConsole, teachingHost } from '@pagewalk/engine/console';
import { loadKvm } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { HostPlayer, fetchPrograms, hostReaderOf, runnerOn } from '../hosts/play.ts';
import type { OpenHost } from '../hosts/play.ts';
import { lineOf, rowOf } from '../hosts/reading.ts';
import type { ReadHost, RunHost } from '../schema.ts';
import { exercise } from './exercise.ts';
import lesson from './lesson.ts';

let read: ReadHost;
let run: RunHost;
beforeAll(async () => {
  const kvm = await loadKvm();
  const open: OpenHost = (setup) => new LiveConsole(kvm, teachingHost(setup));
  await fetchPrograms(open, lesson);
  read = hostReaderOf(new HostPlayer(open, lesson.host, lesson.files), lesson);
  const aside = await loadKvm();
  run = runnerOn((setup) => new LiveConsole(aside, teachingHost(setup)));
});

describe('the lesson', () => {
  it('is answered by the host as the prose explains it', () => {
    const answerOf = (id: string) => lesson.predictions[id]?.answer(read);
    expect(answerOf('where-from')).toBe('cache');
    expect(answerOf('second-read')).toBe(0);
    expect(answerOf('dirty-dropped')).toBe('old');
    expect(answerOf('tmpfs-dropped')).toBe(0);
  });

  it('says nothing that its host does not', () => {
    const value = (id: string): number => lesson.values[id]?.of(read) ?? Number.NaN;
    // The hook: little is free, and nearly all of it is available.
    expect(value('low-free')).toBeLessThan(value('low-total') / 8);
    expect(value('low-available')).toBeGreaterThan(value('low-total') * 0.85);
    // The program’s memory came out of what was available, not out of what was free.
    expect(Math.abs(value('grown-anon') - 600)).toBeLessThan(5);
    expect(Math.abs(value('grown-available') - 600)).toBeLessThan(10);
    expect(value('grown-cache')).toBeGreaterThan(350);
    expect(value('dropped-available')).toBeLessThan(40);
    expect(value('read-cache')).toBe(1550);
    expect(value('again-cache')).toBe(0);
    expect(value('dirty-dirty')).toBe(150);
    expect(value('undropped-dirty')).toBe(150);
    expect(value('undropped-cache')).toBe(1550);
    expect(value('synced-cache')).toBe(0);
    expect(value('clean-cache')).toBe(150);
    expect(value('clean-mapped')).toBeLessThanOrEqual(value('clean-left'));
    expect(value('names-after')).toBeLessThan(value('names-before'));
    expect(value('tmpfs-shared')).toBe(300);
    expect(value('tmpfs-available')).toBeGreaterThanOrEqual(300);
    expect(value('removed-shmem')).toBe(300);
    expect(value('installed-all')).toBeGreaterThan(value('installed-total'));
    expect(value('installed-total')).toBe(lineOf(read('installed'), 'MemTotal'));
    expect(value('page-size')).toBe(4096);
    expect(value('raw-buffers')).toBe(200);
    expect(value('swapping-used')).toBeGreaterThan(0);
    expect(rowOf(read('tight').output, 'Swap').used).toBeLessThan(value('swapping-used'));
    expect(read('killed').output).toContain('Out of memory: Killed process');
    expect(value('full-dropped-shared')).toBe(value('full-shared'));
    expect(value('forged-free')).toBe(4);
    expect(
      Math.abs(value('forged-available') - rowOf(read('honest').output).available),
    ).toBeLessThan(2);
    expect(read('blind').output).toContain('does not exist');
    expect(read('blind').read('/proc/meminfo')).toBeNull();
  });
});

describe('its exercises', () => {
  // A question boots up to three hosts.
  const PATIENCE = 60_000;
  const items = Array.from({ length: 24 }, (_, n) => n);
  it(
    'come with every answer that a choice can have',
    () => {
      const answers = items
        .filter((n) => n % 2 === 1)
        .map((n) => exercise(11, n, 'en', run))
        .map(({ choices = [], answer }) => choices.indexOf(answer));
      expect(Math.min(...answers)).toBe(0);
      expect(new Set(answers).size).toBeGreaterThanOrEqual(3);
    },
    PATIENCE,
  );
  it(
    'ask of no host with the least free memory alone',
    () => {
      // What is short is not told by MemFree: among the drawn ones the host with the least of it is not the one.
      const told = items
        .filter((n) => n % 4 === 1)
        .map((n) => exercise(2, n, 'en', run))
        .filter(({ question, answer }) => {
          const rows = [...question.matchAll(/^\| ([ABC]) \| \d+ \| (\d+)/gm)];
          const least = rows.reduce((one, other) =>
            Number(other[2]) < Number(one[2]) ? other : one,
          );
          return answer.endsWith(least[1] ?? '');
        });
      expect(told.length).toBeLessThan(6);
    },
    PATIENCE,
  );
});
