import type { ScenarioInput } from '@pagewalk/engine';

/** A guest small enough that all of its tables can be seen, on a host without nested paging. */

type Act = NonNullable<ScenarioInput['actions']>[number];

const machine: ScenarioInput['machine'] = {
  mmu: { mode: 'shadow', vpid: true },
  // Every access walks: what is shown is the tables, not what a TLB has kept of them.
  tlb: 'none',
  guests: [{ name: 'a', memory: '8M' }],
};

const of = (process: string) => ({ guest: 'a', process });
const P1 = of('p1');
const P2 = of('p2');
const P3 = of('p3');
const mark = (name: string): Act => ({ do: 'mark', name });

/** One process: first touch, changes of its page table, and what makes them seen. */
export const ONE: ScenarioInput = {
  machine,
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'map', ...P1, gva: '0x400000', pages: 4, flags: 'rwu' },
    mark('mapped'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'read' },
    mark('touched'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'read' },
    mark('again'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'write', content: 7 },
    mark('written'),
    { do: 'access', ...P1, gva: '0x401000', kind: 'write', content: 8 },
    mark('neighbour'),
    { do: 'remap', ...P1, gva: '0x400000' },
    mark('first-store'),
    { do: 'remap', ...P1, gva: '0x401000' },
    mark('second-store'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'read' },
    mark('stale'),
    { do: 'invlpg', ...P1, gva: '0x400000' },
    mark('invlpg'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'read' },
    mark('fresh'),
    { do: 'switch', ...P1 },
    mark('cr3'),
    { do: 'access', ...P1, gva: '0x401000', kind: 'read' },
    mark('synced'),
    { do: 'protect', ...P1, gva: '0x402000', flags: 'ru' },
    mark('protected'),
    { do: 'access', ...P1, gva: '0x402000', kind: 'write' },
    mark('own-fault'),
  ],
};

/** The same change where KVM protects no table: it hears of no store, and INVLPG finds nothing out of step. */
export const UNWATCHED: ScenarioInput = {
  machine: { ...machine, mmu: { mode: 'shadow', vpid: true, writeProtect: false } },
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'map', ...P1, gva: '0x400000', pages: 4, flags: 'rwu' },
    { do: 'access', ...P1, gva: '0x400000', kind: 'write', content: 7 },
    mark('unwatched'),
    { do: 'remap', ...P1, gva: '0x400000' },
    mark('unseen'),
    { do: 'invlpg', ...P1, gva: '0x400000' },
    { do: 'switch', ...P1 },
    { do: 'access', ...P1, gva: '0x400000', kind: 'read' },
    mark('corrupt'),
  ],
};

/** New page tables are hung into a table above: every store is seen, until KVM has seen too many. */
export const UPPER: ScenarioInput = {
  machine,
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'map', ...P1, gva: '0x400000', flags: 'rwu' },
    { do: 'access', ...P1, gva: '0x400000', kind: 'write' },
    mark('warm'),
    { do: 'map', ...P1, gva: '0x600000', flags: 'rwu' },
    mark('upper-one'),
    { do: 'map', ...P1, gva: '0x800000', flags: 'rwu' },
    mark('upper-two'),
    { do: 'map', ...P1, gva: '0xa00000', flags: 'rwu' },
    mark('upper-three'),
    { do: 'map', ...P1, gva: '0xc00000', flags: 'rwu' },
    mark('upper-four'),
    { do: 'map', ...P1, gva: '0xe00000', flags: 'rwu' },
    mark('upper-five'),
  ],
};

/** Three processes of one guest. */
export const PROCESSES: ScenarioInput = {
  machine,
  actions: [
    ...['p1', 'p2', 'p3'].map((name): Act => ({ do: 'process', guest: 'a', name })),
    ...[P1, P2, P3].map((process): Act => ({
      do: 'map',
      ...process,
      gva: '0x400000',
      pages: 2,
      flags: 'rwu',
    })),
    mark('idle'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'write' },
    mark('one-root'),
    { do: 'access', ...P2, gva: '0x400000', kind: 'write' },
    mark('two-roots'),
    { do: 'access', ...P3, gva: '0x400000', kind: 'write' },
    mark('three-roots'),
    { do: 'access', ...P1, gva: '0x400000', kind: 'read' },
    mark('back'),
  ],
};

/** The same as `ONE` where the processor walks both tables itself. */
export const NESTED: ScenarioInput = {
  machine: { ...machine, mmu: { mode: 'ept', vpid: true } },
  actions: ONE.actions,
};
