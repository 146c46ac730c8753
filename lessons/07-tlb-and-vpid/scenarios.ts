import type { ScenarioInput } from '@pagewalk/engine';

/** Machines with a TLB small enough to be seen whole; what they do with it is what large ones do. */

type Act = NonNullable<ScenarioInput['actions']>[number];

/** Four sets of two ways in front of eight sets of four. */
export const SMALL = {
  l1: [
    { sizes: ['4K'], entries: 8, ways: 2 },
    { sizes: ['2M', '1G'], entries: 2, ways: 2 },
  ],
  l2: [{ sizes: ['4K', '2M'], entries: 32, ways: 4 }],
} satisfies ScenarioInput['machine']['tlb'];

const A1 = { guest: 'a', process: 'p1' };
const A2 = { guest: 'a', process: 'p2' };
const B1 = { guest: 'b', process: 'q1' };
const BASE = '0x400000';
/** Under the same level-3 table, in another 2 MiB. */
const FAR = '0x800000';
const mark = (name: string): Act => ({ do: 'mark', name });
const read = (process: { guest: string; process: string }, gva: string, pages = 1): Act => ({
  do: 'access',
  ...process,
  gva,
  pages,
  kind: 'read',
});
/** Pages that are mapped, and touched, so that no first touch comes between. */
const ready = (process: { guest: string; process: string }, pages: number): Act[] => [
  { do: 'process', guest: process.guest, name: process.process },
  { do: 'map', ...process, gva: BASE, pages, flags: 'rwu' },
  { do: 'access', ...process, gva: BASE, pages, kind: 'write' },
];

/** One program alone. The load of CR3 empties the TLB of what came before. */
export const ONE: ScenarioInput = {
  machine: {
    mmu: { mode: 'ept', vpid: true },
    tlb: SMALL,
    guests: [{ name: 'a', memory: '8M' }],
  },
  actions: [
    ...ready(A1, 12),
    { do: 'switch', ...A1 },
    mark('empty'),
    read(A1, BASE),
    mark('miss'),
    read(A1, BASE),
    mark('hit'),
    // Pages of one set: their numbers differ by four.
    read(A1, '0x404000'),
    mark('same-set'),
    read(A1, '0x408000'),
    mark('third'),
    read(A1, BASE),
    mark('second-level'),
    { do: 'invlpg', ...A1, gva: '0x404000' },
    mark('invlpg'),
    read(A1, '0x404000'),
    mark('after-invlpg'),
  ],
};

/** The same TLB with caches for the upper entries of both walks. */
export const CACHES: ScenarioInput = {
  machine: {
    mmu: { mode: 'ept', vpid: true },
    tlb: {
      ...SMALL,
      structures: {
        pde: { entries: 4, ways: 'full' },
        pdpte: { entries: 2, ways: 'full' },
        pml4e: { entries: 2, ways: 'full' },
      },
      nestedStructures: { pde: { entries: 4, ways: 'full' } },
    },
    guests: [{ name: 'a', memory: '8M' }],
  },
  actions: [
    ...ready(A1, 12),
    { do: 'map', ...A1, gva: FAR, pages: 1, flags: 'rwu' },
    { do: 'access', ...A1, gva: FAR, pages: 1, kind: 'write' },
    { do: 'switch', ...A1 },
    mark('caches-empty'),
    read(A1, BASE),
    mark('caches-filled'),
    read(A1, '0x401000'),
    mark('short-walk'),
    read(A1, FAR),
    mark('longer-walk'),
    { do: 'invlpg', ...A1, gva: '0x402000' },
    mark('caches-invlpg'),
  ],
};

/** Two guests take turns on one processor. */
const turns = (vpid: boolean): ScenarioInput => ({
  machine: {
    mmu: { mode: 'ept', vpid },
    tlb: SMALL,
    guests: [
      { name: 'a', memory: '8M' },
      { name: 'b', memory: '8M' },
    ],
  },
  actions: [
    ...ready(A1, 2),
    ...ready(B1, 2),
    { do: 'switch', ...B1 },
    { do: 'switch', ...A1 },
    mark('both-empty'),
    read(A1, BASE, 2),
    mark('a-first'),
    read(B1, BASE, 2),
    mark('b-first'),
    read(A1, BASE, 2),
    mark('a-again'),
    read(B1, BASE, 2),
    mark('b-again'),
  ],
});
export const WITH_VPID = turns(true);
export const WITHOUT_VPID = turns(false);

/** Two processes of one guest, with and without tags of their own. */
const switches = (pcid: boolean): ScenarioInput => ({
  machine: {
    mmu: { mode: 'ept', vpid: true, pcid },
    tlb: SMALL,
    guests: [{ name: 'a', memory: '8M' }],
  },
  actions: [
    ...ready(A1, 2),
    ...ready(A2, 2),
    read(A1, BASE, 2),
    mark('warm'),
    { do: 'switch', ...A2 },
    mark('switched'),
    read(A2, BASE, 2),
    mark('other'),
    { do: 'switch', ...A1 },
    read(A1, BASE, 2),
    mark('back'),
    { do: 'discard', guest: 'a', gpa: '0x400000', pages: 1 },
    read(A1, '0x401000'),
    mark('taken'),
  ],
});
export const WITHOUT_PCID = switches(false);
export const WITH_PCID = switches(true);
