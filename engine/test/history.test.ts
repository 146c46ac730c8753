import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../src/kvm/kvm.ts';
import { loadKvm } from '../src/node.ts';
import { readScenario } from '../src/scenario/read.ts';
import { Run } from '../src/scenario/run.ts';
import type { Action, ActionInput, Scenario } from '../src/scenario/schema.ts';

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

/** Numbers that look random and are the same every time (xorshift32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A busy guest: three processes that map, touch, change and lose memory, some thousand steps. */
function busy(mode: 'shadow' | 'ept', actions: number): Scenario {
  const next = numbers(20261123);
  const list: ActionInput[] = ['p0', 'p1', 'p2'].map((name) => ({
    do: 'process',
    guest: 'a',
    name,
  }));
  while (list.length < actions) {
    const at = { guest: 'a', process: `p${next(3)}` };
    const gva = `0x${(0x4000_0000 + next(600) * 4096).toString(16)}`;
    const pages = 1 + next(12);
    const make: (() => ActionInput)[] = [
      () => ({ do: 'map', ...at, gva, pages: 1 + next(4), flags: 'rwu' }),
      () => ({ do: 'access', ...at, gva, pages, kind: 'read' }),
      () => ({ do: 'access', ...at, gva, pages, kind: 'write' }),
      () => ({ do: 'unmap', ...at, gva, pages: 1 + next(3) }),
      () => ({ do: 'protect', ...at, gva, pages: 1 + next(3), flags: 'ru' }),
      () => ({ do: 'invlpg', ...at, gva }),
      () => ({ do: 'switch', ...at }),
      () => ({
        do: 'discard',
        guest: 'a',
        gpa: `0x${(0x40_0000 + next(500) * 4096).toString(16)}`,
      }),
      () => ({ do: 'mark', name: `m${list.length}` }),
    ];
    const choose = make[next(make.length)];
    if (choose !== undefined) list.push(choose());
  }
  return readScenario({
    machine: { mmu: { mode }, guests: [{ name: 'a', memory: '16M' }] },
    actions: list,
  });
}

describe.each(['shadow', 'ept'] as const)('a run under %s', (mode) => {
  it('restored 400 times and run on has the hash of one run through', () => {
    const scenario = busy(mode, 400);
    const straight = new Run(kvm, scenario);
    const hashes = [straight.stateHash];
    while (straight.next() !== null) hashes.push(straight.stateHash);
    const marks = JSON.stringify(straight.marks);
    expect(straight.stop).toBeNull();
    expect(new Set(hashes).size).toBeGreaterThan(hashes.length * 0.7);

    const run = new Run(kvm, scenario);
    const next = numbers(7);
    for (let time = 0; time < 400; time++) {
      run.seek(next(hashes.length));
      expect(run.stateHash).toBe(hashes[run.step]);
    }
    run.finish();
    expect(run.stateHash).toBe(hashes.at(-1));
    expect(JSON.stringify(run.marks)).toBe(marks);
  });

  it('goes back step by step through what it was', () => {
    const run = new Run(kvm, busy(mode, 60));
    const hashes = [run.stateHash];
    while (run.next() !== null) hashes.push(run.stateHash);
    while (run.step > 0) {
      run.back();
      expect(run.stateHash).toBe(hashes[run.step]);
    }
    run.back();
    expect(run.step).toBe(0);
  });
});

describe('acting in the past', () => {
  const write = (gva: string): Action => ({
    do: 'access',
    guest: 'a',
    process: 'p0',
    gva,
    pages: 1,
    page: '4K',
    kind: 'write',
    user: true,
    vcpu: 0,
  });

  it('drops what followed; undo brings it back, redo the new course', () => {
    const run = new Run(kvm, busy('ept', 100));
    run.finish();
    const { length } = run;
    const end = run.stateHash;
    run.seek(40);
    run.act(write('0x40000000'));
    expect(run.isAtEnd).toBe(true);
    expect(run.step).toBe(41);
    const forked = run.stateHash;
    expect(run.undo()).toBe(true);
    expect([run.step, run.length]).toEqual([40, length]);
    run.finish();
    expect(run.stateHash).toBe(end);
    expect(run.redo()).toBe(true);
    expect(run.stateHash).toBe(forked);
    expect(run.redo()).toBe(false);
  });

  it('amid an action of many pages keeps the pages done', () => {
    const run = new Run(
      kvm,
      readScenario({
        machine: { mmu: { mode: 'shadow' }, guests: [{ name: 'a', memory: '8M' }] },
        actions: [
          { do: 'process', guest: 'a', name: 'p0' },
          { do: 'map', guest: 'a', process: 'p0', gva: '0x400000', pages: 16, flags: 'rwu' },
        ],
      }),
    );
    run.seek(6);
    const five = run.stateHash;
    run.act(write('0x400000'));
    expect(run.scenario.actions[1]).toMatchObject({ do: 'map', pages: 5 });
    const acted = run.stateHash;
    run.seek(6);
    expect(run.stateHash).toBe(five);
    run.finish();
    expect(run.stateHash).toBe(acted);
    for (let step = run.step; step >= 0; step--) run.seek(step);
    run.finish();
    expect(run.stateHash).toBe(acted);
    run.undo();
    expect([run.step, run.stateHash]).toEqual([6, five]);
    run.finish();
    expect(run.step).toBe(17);
  });

  it('refuses what does not fit, and stays as it was', () => {
    const run = new Run(kvm, busy('ept', 20));
    run.seek(10);
    const before = run.stateHash;
    expect(() => {
      run.act({ ...write('0x400000'), process: 'nobody' } as Action);
    }).toThrow(/process: is "nobody"/);
    expect([run.step, run.stateHash]).toEqual([10, before]);
    expect(run.canUndo).toBe(false);
  });
});

describe('export and import', () => {
  it('give the same run again', () => {
    const run = new Run(kvm, busy('shadow', 50));
    run.seek(30);
    const text = JSON.stringify(run.export());
    const hash = run.stateHash;
    expect(Run.import(kvm, JSON.parse(text)).stateHash).toBe(hash);
  });

  it.each([
    [null, /scenario: is missing/],
    [{ step: 1 }, /scenario: is missing/],
    [{ scenario: { machine: 1 } }, /machine: is 1/],
  ])('refuse %j', (value, message) => {
    expect(() => Run.import(kvm, value)).toThrow(message);
  });

  it('refuse a step that there is not', () => {
    const { scenario } = new Run(kvm, busy('ept', 5)).export();
    expect(() => Run.import(kvm, { scenario, step: 1e9 })).toThrow(/step: is 1000000000/);
  });
});
