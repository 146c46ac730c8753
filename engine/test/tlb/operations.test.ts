import { beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { GEOMETRIES } from '../../src/tlb/geometries.ts';
import type { Context, Kind } from './model.ts';
import { EngineTlb, rawEngine } from './tlb-under-test.ts';
import type { Wasm } from './tlb-under-test.ts';

/** The table of what each operation must remove (Intel SDM vol. 3, 4.10.4.1, 29.4.3.1), row by row. */

const HERE = 0x40_0000n;
const THERE = 0x7000_0000n;
const GLOBAL = 1n << 5n;

// Entries by name: kind, VPID, PCID, EP4TA, address; `g` entries are global.
const ENTRIES: Record<string, [kind: Kind, vpid: number, pcid: number, root: bigint, at: bigint]> =
  {
    mine: ['combined', 1, 5, 0x1000n, HERE],
    'mine elsewhere': ['combined', 1, 5, 0x1000n, THERE],
    'g mine': ['combined', 1, 5, 0x1000n, HERE + 0x1000n],
    'other PCID': ['combined', 1, 6, 0x1000n, HERE],
    'PCID 0': ['combined', 1, 0, 0x1000n, HERE],
    'other root': ['combined', 1, 5, 0x2000n, HERE],
    'other VPID': ['combined', 2, 5, 0x1000n, HERE],
    host: ['linear', 0, 5, 0n, HERE],
    'g host': ['linear', 0, 5, 0n, HERE + 0x1000n],
    'guest without EPT': ['linear', 1, 5, 0n, HERE],
  };
const ALL = Object.keys(ENTRIES);
const MINE: Context = { kind: 'combined', vpid: 1, pcid: 5, ep4ta: 0x1000n };
const contextOf = (name: string): Context => {
  const [kind, vpid, pcid, ep4ta] = ENTRIES[name]!;
  return { kind, vpid, pcid, ep4ta };
};

describe('what an operation removes', () => {
  let wasm: Wasm;
  let tlb: EngineTlb;

  beforeAll(async () => {
    wasm = await rawEngine();
  });

  beforeEach(() => {
    wasm.clear();
    tlb = new EngineTlb(wasm, {
      ...GEOMETRIES.reference,
      nested: { entries: 16, ways: 4 },
      structures: { pde: { entries: 16, ways: 4 } },
    });
    for (const name of ALL) {
      tlb.select(contextOf(name));
      const flags = name.startsWith('g ') ? GLOBAL : 0n;
      tlb.fill(ENTRIES[name]![4], '4K', 0x5000n | flags, 'data');
    }
    tlb.select(MINE);
    tlb.fillNested(0x9000n, '4K', 0x5000n);
    tlb.fillStructure(THERE, 2, 0x6000n, false);
  });

  /** The entries that are gone, and whether the nested entry and the paging-structure entry are. */
  function gone(): string[] {
    const names = ALL.filter((name) => {
      tlb.select(contextOf(name));
      return tlb.lookup(ENTRIES[name]![4], 'data') === null;
    });
    tlb.select(MINE);
    if (tlb.lookupNested(0x9000n) === null) names.push('nested');
    if (tlb.findStructure(THERE, false) === null) names.push('structure');
    return names;
  }

  const OF_VPID_1 = ['mine', 'mine elsewhere', 'other PCID', 'PCID 0', 'other root'];
  it.each<[string, (tlb: EngineTlb) => unknown, string[]]>([
    ['nothing at all', () => undefined, []],
    [
      'INVLPG',
      (t) => t.invlpg(HERE + 8n),
      ['mine', 'other root', 'guest without EPT', 'structure'],
    ],
    ['INVLPG of a global page', (t) => t.invlpg(HERE + 0x1000n), ['g mine', 'structure']],
    ['INVLPG, not canonical', (t) => t.invlpg(1n << 60n), []],
    ['INVPCID 0', (t) => t.invpcid(0, 6, HERE), ['other PCID']],
    ['INVPCID 0 leaves what is global', (t) => t.invpcid(0, 5, HERE + 0x1000n), ['structure']],
    [
      'INVPCID 1',
      (t) => t.invpcid(1, 5, 0n),
      ['mine', 'mine elsewhere', 'other root', 'guest without EPT', 'structure'],
    ],
    [
      'INVPCID 2',
      (t) => t.invpcid(2, 0, 0n),
      [...OF_VPID_1, 'g mine', 'guest without EPT', 'structure'],
    ],
    ['INVPCID 3', (t) => t.invpcid(3, 0, 0n), [...OF_VPID_1, 'guest without EPT', 'structure']],
    ['MOV CR3 without PCIDE', (t) => t.movCr3(0, false, false), ['PCID 0']],
    ['MOV CR3 with PCIDE', (t) => t.movCr3(6, true, false), ['other PCID']],
    ['MOV CR3 with PCIDE and bit 63', (t) => t.movCr3(6, true, true), []],
    [
      'MOV CR4 changing PGE',
      (t) => t.flushAll(),
      [...OF_VPID_1, 'g mine', 'guest without EPT', 'structure'],
    ],
    [
      'MOV CR4 setting SMEP',
      (t) => t.flushPcid(),
      ['mine', 'mine elsewhere', 'g mine', 'other root', 'guest without EPT', 'structure'],
    ],
    ['VM entry or exit without VPID', (t) => t.vmTransition(false), ['host', 'g host']],
    ['VM entry or exit with VPID', (t) => t.vmTransition(true), []],
    [
      'INVVPID 0',
      (t) => t.invvpid(0, 1, HERE),
      ['mine', 'other PCID', 'PCID 0', 'other root', 'guest without EPT'],
    ],
    [
      'INVVPID 1',
      (t) => t.invvpid(1, 1, 0n),
      [...OF_VPID_1, 'g mine', 'guest without EPT', 'structure'],
    ],
    [
      'INVVPID 2',
      (t) => t.invvpid(2, 0, 0n),
      [...OF_VPID_1, 'g mine', 'other VPID', 'guest without EPT', 'structure'],
    ],
    ['INVVPID 3', (t) => t.invvpid(3, 1, 0n), [...OF_VPID_1, 'guest without EPT', 'structure']],
    [
      'INVEPT 1',
      (t) => t.invept(1, 0x1000n),
      [
        ...['mine', 'mine elsewhere', 'g mine', 'other PCID', 'PCID 0', 'other VPID'],
        ...['nested', 'structure'],
      ],
    ],
    [
      'INVEPT 2',
      (t) => t.invept(2, 0n),
      [...OF_VPID_1, 'g mine', 'other VPID', 'nested', 'structure'],
    ],
    ['a #PF', (t) => t.pageFault(HERE), ['mine', 'other root', 'guest without EPT']],
    ['an EPT violation', (t) => t.eptViolation(0x9000n, true, HERE), ['mine', 'nested']],
    ['one without a linear address', (t) => t.eptViolation(0x9000n, false, 0n), ['nested']],
    ['TLB_CONTROL 0', (t) => t.tlbControl(0, 1), []],
    ['TLB_CONTROL 3', (t) => t.tlbControl(3, 2), ['other VPID']],
    ['TLB_CONTROL 7 leaves what is global', (t) => t.tlbControl(7, 0), ['host', 'nested']],
    ['TLB_CONTROL 1', (t) => t.tlbControl(1, 0), [...ALL, 'nested', 'structure']],
    ['INVLPGA', (t) => t.invlpga(HERE, 2), ['other VPID']],
  ])('%s', (_name, run, expected) => {
    run(tlb);
    expect(gone().sort()).toEqual([...expected].sort());
  });

  test('INVLPG removes every piece of a fractured page, and no piece of another', () => {
    const ofLarge = 1n << 6n;
    for (const at of [0n, 0x3000n, 0x1f_f000n, 0x20_0000n]) {
      tlb.fill(0x8000_0000n + at, '4K', 0x5000n | ofLarge, 'data');
    }
    tlb.invlpg(0x8001_0000n);
    const left = [0n, 0x3000n, 0x1f_f000n, 0x20_0000n].map(
      (at) => tlb.lookup(0x8000_0000n + at, 'data') !== null,
    );
    expect(left).toEqual([false, false, false, true]);
  });

  test('operands that cannot be are refused, and nothing goes', () => {
    const FAULT = 13;
    const INVALID = 28;
    expect(tlb.invpcid(4, 0, 0n)).toBe(FAULT);
    expect(tlb.invpcid(1, 0x1000, 0n)).toBe(FAULT);
    expect(tlb.invpcid(0, 5, 1n << 60n)).toBe(FAULT);
    expect(wasm.tlbInvpcid(tlb.handle, 1, 5, 0n, false, 4)).toBe(FAULT);
    expect(tlb.invvpid(4, 1, 0n)).toBe(INVALID);
    expect([0, 1, 3].map((type) => tlb.invvpid(type, 0, HERE))).toEqual([
      INVALID,
      INVALID,
      INVALID,
    ]);
    expect(tlb.invvpid(1, 0x1_0000, 0n)).toBe(INVALID);
    expect(tlb.invvpid(0, 1, 1n << 60n)).toBe(INVALID);
    expect(tlb.invept(0, 0n)).toBe(INVALID);
    expect(tlb.invept(3, 0n)).toBe(INVALID);
    expect(tlb.tlbControl(2, 1)).toBe(INVALID);
    expect(gone()).toEqual([]);
  });
});
