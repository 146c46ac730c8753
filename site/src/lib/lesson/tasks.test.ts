import { LiveConsole, TEACHING } from '@pagewalk/engine/console';
import { loadKvm } from '@pagewalk/engine/node';
import type { ConsoleTask, Lesson } from '@pagewalk/lessons/schema.ts';
import { describe, expect, it } from 'vitest';

/** Every task of every lesson: its solution passes, what nearly does it does not, and hints are there on the way. */

const LESSONS = import.meta.glob<Lesson>('../../../../lessons/*/lesson.ts', {
  import: 'default',
  eager: true,
});
const tasks = Object.values(LESSONS).flatMap(({ id, tasks = {} }) =>
  Object.entries(tasks).map(([name, task]): [string, ConsoleTask] => [`${id}: ${name}`, task]),
);

async function hostAfter(lines: readonly (string | number)[]): Promise<LiveConsole> {
  const console = new LiveConsole(await loadKvm(), TEACHING);
  for (const line of lines) {
    if (typeof line === 'number') console.act({ wait: line });
    else console.act({ line });
    for (let rounds = 0; console.mode !== 'line' && rounds < 500; rounds++) {
      if (console.fetching !== null) await console.fetching;
      const next = console.pump(console.session.host.clock.now);
      if (next !== null && next > console.session.host.clock.now) console.act({ wait: 100 });
    }
    expect(console.mode, String(line)).toBe('line');
  }
  return console;
}

describe.each(tasks)('%s', (_name, task) => {
  it('is not done at the start, and has a hint then', async () => {
    const host = await hostAfter([]);
    expect(task.passed(host)).toBe(false);
    expect(Object.keys(task.hints.en)).toContain(task.hint(host));
    expect(task.broken?.(host) ?? null).toBeNull();
  });
  it('is done by its solution, and has a hint after every line of it', async () => {
    for (let lines = 0; lines < task.solution.length; lines++) {
      const host = await hostAfter(task.solution.slice(0, lines));
      expect(Object.keys(task.hints.en)).toContain(task.hint(host));
    }
    expect(task.passed(await hostAfter(task.solution))).toBe(true);
  });
  it.each(task.nearMisses.map((lines) => [lines.join('; '), lines]))(
    'is not done by %s',
    async (_lines, lines) => {
      expect(task.passed(await hostAfter(lines))).toBe(false);
    },
  );
});
