import { Run, readScenario } from '@pagewalk/engine';
import type { Happening, ScenarioInput } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { describe, expect, it } from 'vitest';
import { lanesOf } from './lanes.ts';

const P1 = { guest: 'a', process: 'p1' };
const happenings = async (actions: NonNullable<ScenarioInput['actions']>): Promise<Happening[]> => {
  const scenario = readScenario({
    machine: { mmu: { mode: 'shadow' }, tlb: 'none', guests: [{ name: 'a', memory: '8M' }] },
    actions: [
      { do: 'process', guest: 'a', name: 'p1' },
      { do: 'map', ...P1, gva: '0x400000', pages: 2, flags: 'rwu' },
      { do: 'access', ...P1, gva: '0x401000', kind: 'write' },
      ...actions,
    ],
  });
  const run = new Run(await loadKvm(), scenario);
  run.seek(run.length - 1);
  return run.next()?.happenings ?? [];
};
const told = async (actions: NonNullable<ScenarioInput['actions']>): Promise<string[]> =>
  lanesOf('en', await happenings(actions)).map((row) =>
    row.kind === 'arrow'
      ? `${row.from} > ${row.to}: ${row.what}`
      : `${row.lane}: ${row.what}${row.untold ? ' (untold)' : ''}`,
  );

describe('who did what in a step', () => {
  it('a hidden fault goes past the guest’s kernel', async () => {
    const rows = await told([{ do: 'access', ...P1, gva: '0x400000', kind: 'read' }]);
    expect(rows[0]).toBe('program: reads');
    expect(rows[1]).toBe('program > kvm: exit: page fault');
    expect(rows.at(-1)).toBe('kvm > program: entry: once more');
    expect(rows.filter((row) => row.endsWith('(untold)'))).toHaveLength(1);
    expect(rows.some((row) => row.startsWith('kernel'))).toBe(false);
  });

  it('a fault of the guest’s own ends at its kernel', async () => {
    const rows = await told([{ do: 'access', ...P1, gva: '0x500000', kind: 'read' }]);
    expect(rows).toContain('kvm > kernel: page fault injected');
    expect(rows.some((row) => row.endsWith('(untold)'))).toBe(false);
  });

  it('a store of the kernel is its own', async () => {
    const rows = await told([{ do: 'remap', ...P1, gva: '0x401000' }]);
    expect(rows[0]).toBe('kernel: changes an entry');
    expect(rows[1]).toBe('kernel > kvm: exit: page fault');
    expect(rows).toContain('kvm: stops watching this table');
  });

  it('what the processor does alone has no arrows', async () => {
    const rows = await told([{ do: 'access', ...P1, gva: '0x401000', kind: 'read' }]);
    expect(rows).toEqual(['program: reads']);
  });
});
