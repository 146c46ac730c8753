import { DEFAULT_ACCESS, DEFAULT_MACHINE, Workbench } from '@pagewalk/engine';
import type { WalkScenario } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import type { WalkLesson } from '@pagewalk/lessons/schema.ts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WalkSession } from './session.svelte.ts';

vi.mock('#lib/machine/engine.ts', async () => {
  const node = await import('@pagewalk/engine/node');
  return { loadEngine: node.loadEngine };
});

const start: WalkScenario = { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS };

const lesson: WalkLesson = {
  figure: 'walk',
  id: 'miniature',
  start,
  states: {
    cold: { at: 0 },
    middle: { at: 10 },
    native: { machine: { mode: 'native' }, at: 'end' },
  },
  predictions: {
    count: {
      kind: 'number',
      state: 'middle',
      holdAt: 12,
      answer: (run) => run(start).references.length,
    },
  },
};

let session: WalkSession;
beforeEach(async () => {
  const bench = new Workbench(await loadEngine());
  session = new WalkSession(
    'en',
    { scenario: start, translation: bench.run(start), registers: bench.registers(start) },
    lesson,
  );
  await session.start();
});

describe('a walk session', () => {
  it('steps forth and back between nothing done and the outcome', () => {
    expect([session.position, session.length]).toEqual([0, 25]);
    session.step(-1);
    expect(session.position).toBe(0);
    session.seek(99);
    expect([session.position, session.ended, session.done]).toEqual([25, true, 24]);
    session.step(1);
    expect(session.position).toBe(25);
  });

  it('is held by a question until it is answered, and the engine says what is right', () => {
    session.show('middle', 'asked');
    expect(session.position).toBe(10);
    session.seek(25);
    expect([session.position, session.held]).toEqual([12, 'count']);
    session.step(1);
    expect(session.position).toBe(12);
    expect(session.answer('count', 20)).toEqual({ value: 20, expected: 24, right: false });
    expect(session.held).toBeNull();
    session.seek(25);
    expect(session.position).toBe(25);
  });

  it('keeps a machine that the reader made when reading on, and gives it up when asked', () => {
    session.setMachine({ guestPage: '2M' });
    expect(session.state).toBeNull();
    expect(session.show('native', 'reading')).toBe(false);
    expect(session.scenario.machine.guestPage).toBe('2M');
    expect(session.show('native', 'asked')).toBe(true);
    expect(session.translation.references).toHaveLength(4);
    session.undo();
    expect(session.scenario.machine.guestPage).toBe('2M');
  });

  it('changes an entry in memory, stays at it, and undoes', () => {
    const entry = session.translation.references[3];
    if (entry === undefined) throw new Error('no reference');
    session.act({ do: 'set', at: entry.hpa, value: 0n });
    expect(session.translation.outcome.result).toBe('ept-violation');
    expect(session.current?.hpa).toBe(entry.hpa);
    session.undo();
    expect(session.translation.outcome.result).toBe('ok');
    expect(session.canUndo).toBe(false);
  });

  it('restores from its link exactly what it showed, edits included', () => {
    const entry = session.translation.references[8];
    if (entry === undefined) throw new Error('no reference');
    session.setMachine({ mode: 'npt', hostPage: '2M' });
    session.act({ do: 'set', at: entry.hpa, value: 0x1234n });
    session.seek(6);
    const { link, scenario, translation } = session;
    session.show('native', 'asked');
    expect(session.restore(link)).toBe(true);
    expect(session.scenario).toEqual(scenario);
    expect(session.translation).toEqual(translation);
    expect(session.position).toBe(6);
  });

  it('says what is wrong with a link, and changes nothing', () => {
    session.seek(3);
    expect(session.restore('mode=vtd')).toBe(false);
    expect(session.problem).toContain('mode: is "vtd"');
    expect([session.position, session.scenario]).toEqual([3, start]);
  });

  it('says what is wrong with an edit that no longer fits, and changes nothing', () => {
    const edit = { do: 'edit', entry: { table: 'npt', level: 1, row: 0 }, clear: 1n } as const;
    expect(session.apply({ ...start, actions: [edit] })).toBe(false);
    expect(session.problem).toContain('npt level 1 of row 0');
    expect(session.scenario).toEqual(start);
  });
});
