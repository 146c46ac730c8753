import type { ScenarioInput } from '@pagewalk/engine';

/** Where the playground's pages begin: machines small enough to be seen whole. */

/** Sixteen entries: four sets of two ways in front of eight sets of four. */
export const SMALL_TLB = {
  l1: [
    { sizes: ['4K'], entries: 8, ways: 2 },
    { sizes: ['2M', '1G'], entries: 2, ways: 2 },
  ],
  l2: [{ sizes: ['4K', '2M'], entries: 32, ways: 4 }],
};

const A1 = { guest: 'a', process: 'p1' };
const A2 = { guest: 'a', process: 'p2' };
const B1 = { guest: 'b', process: 'q1' };

/** Two guests take turns on one processor. */
export const TLB_SCENARIO: ScenarioInput = {
  machine: {
    mmu: { mode: 'ept', vpid: true },
    tlb: SMALL_TLB,
    guests: [
      { name: 'a', memory: '8M' },
      { name: 'b', memory: '8M' },
    ],
  },
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'process', guest: 'a', name: 'p2' },
    { do: 'process', guest: 'b', name: 'q1' },
    { do: 'map', ...A1, gva: '0x400000', pages: 16, flags: 'rwu' },
    { do: 'map', ...A2, gva: '0x400000', pages: 4, flags: 'rwu' },
    { do: 'map', ...B1, gva: '0x400000', pages: 4, flags: 'rwu' },
    // First touch, then hits.
    { do: 'access', ...A1, gva: '0x400000', pages: 2, kind: 'write' },
    { do: 'access', ...A1, gva: '0x400000', pages: 2, kind: 'read' },
    // Three pages of one set in two ways: the oldest goes, the second level still has it.
    { do: 'access', ...A1, gva: '0x404000', kind: 'write' },
    { do: 'access', ...A1, gva: '0x408000', kind: 'write' },
    { do: 'access', ...A1, gva: '0x400000', kind: 'read' },
    // The other guest, and back: its tag keeps both apart.
    { do: 'access', ...B1, gva: '0x400000', pages: 2, kind: 'write' },
    { do: 'access', ...A1, gva: '0x400000', pages: 2, kind: 'read' },
    // One page of it, by INVLPG.
    { do: 'invlpg', ...A1, gva: '0x401000' },
    { do: 'access', ...A1, gva: '0x400000', pages: 2, kind: 'read' },
    // Another process of the same guest: MOV to CR3.
    { do: 'access', ...A2, gva: '0x400000', pages: 2, kind: 'write' },
    { do: 'access', ...A1, gva: '0x400000', pages: 2, kind: 'read' },
  ],
};

/** One guest, two processes, tables that change under their shadow. */
export const SHADOW_SCENARIO: ScenarioInput = {
  machine: {
    mmu: { mode: 'shadow', vpid: true },
    tlb: 'none',
    guests: [{ name: 'a', memory: '8M' }],
  },
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'map', ...A1, gva: '0x400000', pages: 4, flags: 'rwu' },
    // First touch: exit, software walk, shadow pages, leaf. A read first, then the write that makes it dirty.
    { do: 'access', ...A1, gva: '0x400000', kind: 'read' },
    { do: 'access', ...A1, gva: '0x400000', kind: 'write', content: 7 },
    { do: 'access', ...A1, gva: '0x401000', kind: 'write', content: 8 },
    // The guest changes a leaf table that is shadowed: one exit, then stores are free and the shadow stale.
    { do: 'remap', ...A1, gva: '0x400000' },
    { do: 'remap', ...A1, gva: '0x401000' },
    { do: 'access', ...A1, gva: '0x400000', kind: 'read' },
    { do: 'invlpg', ...A1, gva: '0x400000' },
    { do: 'access', ...A1, gva: '0x400000', kind: 'read' },
    { do: 'switch', ...A1 },
    { do: 'access', ...A1, gva: '0x401000', kind: 'write' },
    // A fault that is the guest's own.
    { do: 'protect', ...A1, gva: '0x402000', flags: 'r' },
    { do: 'access', ...A1, gva: '0x402000', kind: 'write' },
    // Upper tables: every store is emulated, the third gives the shadow page up.
    { do: 'map', ...A1, gva: '0x600000', flags: 'rwu' },
    { do: 'map', ...A1, gva: '0x800000', flags: 'rwu' },
    { do: 'map', ...A1, gva: '0xa00000', flags: 'rwu' },
    { do: 'access', ...A1, gva: '0x600000', kind: 'write' },
    // A second process: a root of its own.
    { do: 'process', guest: 'a', name: 'p2' },
    { do: 'map', ...A2, gva: '0x400000', pages: 2, flags: 'rwu' },
    { do: 'access', ...A2, gva: '0x400000', pages: 2, kind: 'write' },
    { do: 'access', ...A1, gva: '0x400000', kind: 'read' },
  ],
};
