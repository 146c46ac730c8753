import { LiveConsole, teachingHost } from '@pagewalk/engine/console';
import type { Kvm } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostAct, HostLesson } from '../schema.ts';
import { HostPlayer, fetchPrograms, hostReaderOf, runnerOn } from './play.ts';
import type { OpenHost } from './play.ts';
import { lineOf, rowOf } from './reading.ts';
import { beginning, linesOf, stepAt } from './script.ts';

const SCRIPT: readonly HostAct[] = [
  'dd if=/dev/zero of=/dev/shm/f bs=1M count=50',
  { mark: 'made' },
  'sleep 3 && echo rested &',
  4000,
  { mark: 'rested' },
  'free -k',
];
const OTHER: readonly HostAct[] = ['echo other'];
const lesson: HostLesson = {
  figure: 'host',
  id: 'played',
  host: { memory: 2_013_900 },
  files: ['/proc/uptime'],
  scripts: { first: SCRIPT, other: OTHER },
  states: { made: { at: { mark: 'made' } }, end: { at: 'end' }, other: { script: 'other', at: 1 } },
  predictions: {},
  values: {},
};

let kvm: Kvm;
let opened = 0;
const open: OpenHost = (setup) => {
  opened++;
  return new LiveConsole(kvm, teachingHost(setup));
};
beforeAll(async () => {
  kvm = await loadKvm();
  await fetchPrograms(open, lesson);
});

describe('a script', () => {
  it('has a step for each line; waits belong to the line before them', () => {
    expect(linesOf(SCRIPT)).toHaveLength(3);
    expect(stepAt(SCRIPT, { mark: 'made' })).toBe(1);
    expect(stepAt(SCRIPT, { mark: 'rested' })).toBe(2);
    expect(stepAt(SCRIPT, 'end')).toBe(3);
    expect(stepAt(SCRIPT, 99)).toBe(3);
    expect(beginning(SCRIPT, 2)).toEqual([SCRIPT[0], SCRIPT[2], 4000]);
    expect(beginning(SCRIPT, 0)).toEqual([]);
  });
});

describe('a player of scripts', () => {
  it('keeps what was seen after each line, in whatever order it is asked', () => {
    const player = new HostPlayer(open, lesson.host, lesson.files);
    const last = player.moment(SCRIPT, 3);
    expect(last.line).toBe('free -k');
    expect(rowOf(last.output).shared).toBe(lineOf(last, 'Shmem'));
    const before = opened;
    const first = player.moment(SCRIPT, 1);
    expect(lineOf(first, 'Shmem')).toBe(rowOf(last.output).shared);
    expect(player.moment(SCRIPT, 0).line).toBe('');
    expect(lineOf(player.moment(SCRIPT, 0), 'Shmem')).toBe(lineOf(first, 'Shmem') - 50 * 1024);
    // Nothing was typed again for that.
    expect(opened).toBe(before);
  });
  it('shows what a line printed while it was waited', () => {
    const player = new HostPlayer(open, lesson.host);
    expect(player.moment(SCRIPT, 2).output).toContain('rested');
  });
  it('goes on with a script after another was played between', () => {
    const player = new HostPlayer(open, lesson.host);
    const made = player.moment(SCRIPT, 1);
    expect(player.moment(OTHER, 1).output).toBe('other\n');
    const end = player.moment(SCRIPT, 3);
    expect(player.moment(SCRIPT, 1)).toBe(made);
    expect(lineOf(end, 'Shmem')).toBe(lineOf(made, 'Shmem'));
  });
  it('reads the files that the lesson names, and no others', () => {
    const read = hostReaderOf(new HostPlayer(open, lesson.host, lesson.files), lesson);
    expect(Number(read('end').read('/proc/uptime')?.split(' ')[0])).toBeGreaterThan(60);
    expect(() => read('end').read('/etc/hostname')).toThrow('/etc/hostname');
    expect(read('other').output).toBe('other\n');
  });
});

it('a runner gives what every line printed, and the host as it is then', () => {
  const run = runnerOn(open);
  const { outputs, host } = run({ host: {}, acts: ['echo a', 100, 'echo b; false'] });
  expect(outputs).toEqual(['a\n', 'b\n']);
  expect(lineOf(host, 'MemTotal')).toBeGreaterThan(8_000_000);
});
