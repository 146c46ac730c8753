import { DEFAULT_ACCESS, DEFAULT_MACHINE, Workbench } from '@pagewalk/engine';
import type { WalkMachine, WalkScenario } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { narrate, transcript } from './narrate.ts';
import type { Walk } from './narrate.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = new Workbench(await loadEngine());
});

function walk(machine: Partial<WalkMachine> = {}, more: Partial<WalkScenario> = {}): Walk {
  const scenario: WalkScenario = {
    machine: { ...DEFAULT_MACHINE, ...machine },
    actions: [],
    access: DEFAULT_ACCESS,
    ...more,
  };
  return { translation: bench.run(scenario), registers: bench.registers(scenario) };
}

const last = (one: Walk): number => one.translation.events.length + 1;

describe('the sentences of a walk', () => {
  it('say what CR3 is before the first read', () => {
    expect(narrate('en', walk(), 0)).toBe(
      'The program reads 0x55d0c0de1a58. CR3 holds 0x2000, a guest-physical address: before the guest’s first entry can be read, EPT must translate it, beginning at its root 0x10000000.',
    );
    expect(narrate('zh', walk({ mode: 'native' }), 0)).toBe(
      '程序读 0x55d0c0de1a58。CR3 给出根表的位置：0x2000。',
    );
  });

  it('give each read its bits, its place and its value', () => {
    expect(narrate('en', walk(), 1)).toBe(
      'Read 1, EPT level 4: bits 47:39 of guest-physical 0x2558 select entry 0, at host-physical 0x10000000. It holds 0x10001007 and points to the level 3 table at 0x10001000.',
    );
    expect(narrate('en', walk(), 5)).toMatch(
      /^Read 5, guest level 4: bits 47:39 of 0x55d0c0de1a58 select entry 171, at guest-physical 0x2558, which lies at host-physical 0x[0-9a-f]+\. It holds 0x5027 and points to the level 3 table at guest-physical 0x5000, which has to be translated next\.$/,
    );
  });

  it('end with the address and the number of reads', () => {
    const one = walk({ guestPage: '2M', hostPage: '2M' });
    expect(narrate('en', one, last(one))).toMatch(
      /^0x55d0c0de1a58 is host-physical 0x[0-9a-f]+, found by 15 reads of memory\. A TLB would keep it as a 2 MiB page\.$/,
    );
    expect(narrate('zh', one, last(one))).toContain('共读内存 15 次');
  });

  it('name an accessed or dirty update by its bits', () => {
    const one = walk({}, { access: { ...DEFAULT_ACCESS, kind: 'write' } });
    const step = one.translation.events.findIndex((event) => event.kind === 'store') + 1;
    expect(narrate('en', one, step)).toMatch(
      /^The processor sets D in the guest level 1 entry at 0x/,
    );
    const native = walk({ mode: 'native' }, { access: { ...DEFAULT_ACCESS, kind: 'write' } });
    expect(narrate('en', native, 5)).toMatch(/^The processor sets D in the level 1 entry at 0x/);
    expect(narrate('zh', native, 5)).not.toContain('客户机');
    const both = walk({ ad: true });
    const leaf = both.translation.events.findIndex(
      (event) => event.kind === 'store' && event.store.value - event.store.before === 0x300n,
    );
    expect(narrate('en', both, leaf + 1)).toContain('sets A and D in the EPT level 1 entry');
  });

  it('say which fault it is and why', () => {
    const fault = (machine: Partial<WalkMachine>, more: Partial<WalkScenario>): string => {
      const one = walk(machine, more);
      return narrate('en', one, last(one));
    };
    const edit = (
      table: 'guest' | 'ept' | 'npt',
      row: number,
      change: object,
    ): WalkScenario['actions'] => [{ do: 'edit', entry: { table, level: 1, row }, ...change }];
    const write = { ...DEFAULT_ACCESS, kind: 'write' } as const;
    expect(fault({ backed: false }, {})).toContain(
      'exit qualification 0x181: an entry is not present',
    );
    expect(fault({}, { actions: edit('ept', 0, { clear: 2n }), access: write })).toContain(
      'the entries do not allow this write',
    );
    expect(fault({ ad: true }, { actions: edit('ept', 4, { clear: 2n }) })).toContain(
      'an access to a guest table counts as a write',
    );
    expect(fault({}, { actions: edit('ept', 1, { clear: 2n }), access: write })).toContain(
      'the accessed or dirty bit of a guest entry is to be set',
    );
    expect(fault({}, { actions: edit('ept', 0, { clear: 1n }) })).toContain('EPT misconfiguration');
    expect(fault({ mode: 'npt' }, { actions: edit('npt', 0, { clear: 1n }) })).toContain(
      'EXITINFO1 0x100000004: an entry is not present',
    );
    expect(fault({}, { actions: edit('guest', 1, { clear: 1n }) })).toContain(
      'error code 0x4 after 20 reads: an entry is not present',
    );
    expect(fault({}, { access: { ...DEFAULT_ACCESS, gva: 0x8000_0000_0000n } })).toContain(
      'not canonical',
    );
  });

  it('exist for every step of every kind of walk, in both languages, with no gap in them', () => {
    for (const locale of ['en', 'zh'] as const) {
      for (const mode of ['native', 'ept', 'npt'] as const) {
        for (const ad of [false, true]) {
          const one = walk({ mode, ad, levels: 5, hostLevels: 5 });
          const sentences = transcript(locale, one);
          expect(sentences).toHaveLength(one.translation.events.length + 2);
          for (const sentence of sentences) {
            expect(sentence).not.toMatch(/undefined|null|\[object/);
            expect(sentence).toMatch(locale === 'en' ? /\.$/ : /。$/);
          }
        }
      }
    }
  });
});
