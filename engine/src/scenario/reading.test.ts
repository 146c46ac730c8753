import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../kvm/kvm.ts';
import { loadKvm } from '../node.ts';
import { readScenario } from './read.ts';
import { readRun, stepAt } from './reading.ts';
import type { ScenarioInput } from './schema.ts';

const INPUT: ScenarioInput = {
  machine: {
    host: { memory: '64M' },
    mmu: { mode: 'ept' },
    guests: [{ name: 'a', memory: '8M' }],
  },
  actions: [
    { do: 'process', guest: 'a', name: 'p' },
    { do: 'map', guest: 'a', process: 'p', gva: '0x400000', pages: 4, flags: 'rwu' },
    { do: 'mark', name: 'mapped' },
    { do: 'access', guest: 'a', process: 'p', gva: '0x400000', pages: 4, kind: 'write' },
    { do: 'mark', name: 'written' },
  ],
};

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

describe('a reading of a run', () => {
  it('stands before the mark that it names, at a step, or at the end', () => {
    const scenario = readScenario(INPUT);
    expect(stepAt(scenario, { mark: 'mapped' })).toBe(5);
    expect(stepAt(scenario, { mark: 'written' })).toBe(10);
    expect(stepAt(scenario, 3)).toBe(3);
    expect(stepAt(scenario, 99)).toBe(stepAt(scenario, 'end'));
    expect(readRun(kvm, INPUT, { mark: 'mapped' }).view.counters.accesses).toBe(0);
    expect(readRun(kvm, INPUT).view.counters.accesses).toBe(4);
  });
  it('is not given of a machine that protects no tables where nobody would protect them', () => {
    const unprotected: ScenarioInput = {
      ...INPUT,
      machine: { ...INPUT.machine, mmu: { mode: 'ept', writeProtect: false } },
    };
    expect(() => readRun(kvm, unprotected)).toThrow(/machine\.mmu\.writeProtect/);
  });
  it('is not given of a run that cannot get there', () => {
    const lost: ScenarioInput = {
      ...INPUT,
      actions: [{ do: 'access', guest: 'a', process: 'q', gva: '0x400000', kind: 'read' }],
    };
    expect(() => readRun(kvm, lost)).toThrow(/q/);
  });
});
