import { Workbench } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { DEFAULT_ACCESS, DEFAULT_MACHINE } from '@pagewalk/engine';
import type { WalkLesson } from '@pagewalk/lessons/schema.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { glossaryOf } from './glossary.ts';
import { computeValues, entryKey } from './values.ts';

const lesson: WalkLesson = {
  figure: 'walk',
  id: 'fixture',
  start: { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS },
  states: { cold: { at: 0 }, untouched: { machine: { backed: false }, at: 'end' } },
  predictions: {},
};
const use = (name: string, attributes: Record<string, string>) => ({ name, line: 7, attributes });

describe('the values in the prose', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = new Workbench(await loadEngine());
  });
  const values = (...uses: ReturnType<typeof use>[]) =>
    computeValues(lesson, uses, (scenario) => bench.run(scenario));

  it('are what the engine says of the state that they name', () => {
    const cold = bench.run(lesson.start);
    const found = values(
      use('refs', { state: 'cold' }),
      use('outcome', { state: 'untouched' }),
      use('entry', { state: 'cold', table: 'guest', level: '4', row: '4' }),
    );
    expect(found.refs['cold']).toBe(cold.references.length);
    expect(found.outcome['untouched']?.result).toBe('ept-violation');
    const root = cold.references.find((one) => one.table === 'guest' && one.level === 4);
    expect(found.entry[entryKey('cold', 'guest', '4', '4')]).toEqual({
      value: root?.value,
      hpa: root?.hpa,
    });
  });

  it('are null for an entry that the walk does not read', () => {
    const found = values(use('entry', { state: 'cold', table: 'npt', level: '4', row: '4' }));
    expect(found.entry[entryKey('cold', 'npt', '4', '4')]).toBeNull();
  });

  it('stop the build, with the line, when they name no state', () => {
    expect(() => values(use('refs', { state: 'warm' }))).toThrow(/line 7: :refs\{state=warm\}/);
  });
});

describe('the glossary of a lesson', () => {
  it('has the terms that the prose uses, in both languages', () => {
    const glossary = glossaryOf([use('term', { id: 'tlb' }), use('term', { id: 'tlb' })], 'en');
    expect(Object.keys(glossary)).toEqual(['tlb']);
    expect(glossary['tlb']).toMatchObject({
      term: 'translation lookaside buffer (TLB)',
      other: '旁路转换缓冲(TLB)',
    });
  });

  it('stops the build at a term that nobody explains', () => {
    expect(() => glossaryOf([use('term', { id: 'xyz' })], 'zh')).toThrow(/line 7: .*"xyz"/);
  });
});
