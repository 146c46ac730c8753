import { beforeAll, describe, expect, it } from 'vitest';
import { Run, readRun, readScenario } from '../src/index.ts';
import type { Kvm, ScenarioInput } from '../src/index.ts';
import { loadKvm } from '../src/node.ts';

/** Actions on many pages as one step, and what a view says of each guest. */

const at = { guest: 'a', process: 'p', gva: '0x40000000' };
const machine: ScenarioInput['machine'] = {
  host: { memory: '64M' },
  mmu: { mode: 'ept' },
  guests: [
    { name: 'a', memory: '16M' },
    { name: 'b', memory: '8M' },
  ],
};
const scenario = (atOnce: boolean): ScenarioInput => ({
  machine,
  actions: [
    { do: 'process', guest: 'a', name: 'p' },
    { do: 'map', ...at, pages: 600, flags: 'rwu', atOnce },
    { do: 'access', ...at, pages: 600, kind: 'write', atOnce },
    { do: 'mark', name: 'done' },
  ],
});

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});
const ranOf = (input: ScenarioInput): Run => {
  const run = new Run(kvm, readScenario(input));
  run.finish();
  return run;
};

describe('pages at once', () => {
  it('are one step, and come to what page by page comes to', () => {
    const { length, stateHash } = ranOf(scenario(false));
    const atOnce = ranOf(scenario(true));
    expect(length).toBe(1202);
    expect(atOnce.length).toBe(4);
    expect(atOnce.stateHash).toBe(stateHash);
  });

  it('can be gone back over, and other actions put in their place', () => {
    const run = ranOf(scenario(true));
    const { stateHash } = run;
    run.seek(1);
    run.seek(4);
    expect(run.stateHash).toBe(stateHash);
    run.seek(2);
    const [, , access] = readScenario(scenario(true)).actions;
    if (access?.do !== 'access') throw new Error('no access');
    run.act({ ...access, pages: 10 });
    expect(run.counters.accesses).toBe(10);
    run.undo();
    run.seek(4);
    expect(run.stateHash).toBe(stateHash);
  });
});

describe('a view of guests', () => {
  it('has each guest’s own counters', () => {
    const [a, b] = readRun(kvm, scenario(true)).view.guests;
    expect(a?.counters.accesses).toBe(600);
    expect(b?.counters.accesses).toBe(0);
  });

  it('counts tables: of the guest, and the nested ones', () => {
    const [a] = readRun(kvm, scenario(true)).view.guests;
    // PML4, PDPT, PD and two page tables for 600 pages.
    expect(a?.tables.guest).toBe(5);
    const large = readRun(kvm, {
      machine: { ...machine, guests: [{ name: 'a', memory: '16M', backing: '2M' }] },
      actions: scenario(true).actions,
    });
    const [backed] = large.view.guests;
    expect(backed?.tables.guest).toBe(5);
    expect(backed?.tables.nested).toBe(3);
    expect(a?.tables.nested).toBeGreaterThan(3);
  });

  it('counts no nested tables where there is no nested paging', () => {
    const shadow = readRun(kvm, {
      ...scenario(true),
      machine: { ...machine, mmu: { mode: 'shadow' } },
    });
    expect(shadow.view.guests[0]?.tables.nested).toBe(0);
  });
});
