import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_ACCESS,
  DEFAULT_MACHINE,
  PAGE_SIZES,
  TEACHING_PAGES,
  Workbench,
  formatLink,
  parseDump,
  parseLink,
} from '../src/index.ts';
import type { Translation, WalkMachine, WalkScenario } from '../src/index.ts';
import { loadEngine } from '../src/node.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = new Workbench(await loadEngine());
  const dump = new URL('../../lessons/05-ept-and-npt/linux-6.1-4level.json.gz', import.meta.url);
  bench.loadDump(parseDump(gunzipSync(readFileSync(dump)).toString()));
});

const scenario = (
  machine: Partial<WalkMachine>,
  more: Partial<WalkScenario> = {},
): WalkScenario => ({
  machine: { ...DEFAULT_MACHINE, ...machine },
  actions: [],
  access: DEFAULT_ACCESS,
  ...more,
});
const run = (machine: Partial<WalkMachine>, more: Partial<WalkScenario> = {}): Translation =>
  bench.run(scenario(machine, more));

describe('the teaching guest', () => {
  it.each<[Partial<WalkMachine>, number]>([
    [{}, 24],
    [{ mode: 'npt' }, 24],
    [{ mode: 'native' }, 4],
    [{ levels: 5, hostLevels: 5 }, 35],
    [{ guestPage: '2M' }, 19],
    [{ hostPage: '2M' }, 19],
    [{ guestPage: '2M', hostPage: '2M' }, 15],
    [{ guestPage: '1G', hostPage: '1G' }, 8],
  ])('%j walks in %i references', (machine, count) => {
    const { references, outcome } = run(machine);
    expect(outcome.result).toBe('ok');
    expect(references).toHaveLength(count);
  });

  it('has every page that it lists, in every shape of machine, with the rights that it lists', () => {
    for (const mode of ['native', 'ept', 'npt'] as const) {
      for (const levels of [4, 5] as const) {
        for (const guestPage of PAGE_SIZES) {
          for (const hostPage of PAGE_SIZES) {
            for (const page of TEACHING_PAGES) {
              const cpl = page.user ? 3 : 0;
              const may = (kind: 'read' | 'write' | 'fetch', by: 0 | 3 = cpl): boolean =>
                run(
                  { mode, levels, hostLevels: levels, guestPage, hostPage },
                  { access: { gva: page.gva, kind, cpl: by } },
                ).outcome.result === 'ok';
              expect(may('read')).toBe(true);
              expect(may('write')).toBe(page.writable);
              expect(may('fetch')).toBe(page.executable);
              expect(may('read', 3)).toBe(page.user);
            }
          }
        }
      }
    }
  });

  it('reads without an update: its tables were used before', () => {
    expect(run({}).stores).toEqual([]);
    expect(run({ mode: 'npt' }).stores).toEqual([]);
  });

  it('sets the dirty bit of its leaf, and nothing else, on a first write', () => {
    const { stores, references } = run({}, { access: { ...DEFAULT_ACCESS, kind: 'write' } });
    expect(stores).toHaveLength(1);
    const updated = references[stores[0]?.reference ?? -1];
    expect([updated?.table, updated?.level]).toEqual(['guest', 1]);
  });
});

describe('first touch', () => {
  it('is a violation at the page itself: the guest wrote its own tables, so those are backed', () => {
    const { references, outcome } = run({ backed: false });
    expect(outcome.result).toBe('ept-violation');
    expect(references.at(-1)).toMatchObject({ table: 'ept', row: 0, meaning: 'not-present' });
  });

  it('is over once the hypervisor has backed the page', () => {
    for (const mode of ['ept', 'npt'] as const) {
      const { outcome } = run({ mode, backed: false });
      if (!('gpa' in outcome) || outcome.gpa === null) throw new Error('no address');
      const after = run({ mode, backed: false }, { actions: [{ do: 'fill', gpa: outcome.gpa }] });
      expect(after.outcome.result).toBe('ok');
      expect(run({ mode, backed: false }).outcome.result).not.toBe('ok');
    }
  });
});

describe('actions', () => {
  it('edit an entry by its place in the walk', () => {
    const entry = { table: 'ept', level: 1, row: 0 } as const;
    const { outcome } = run({}, { actions: [{ do: 'edit', entry, clear: 0b111n }] });
    expect(outcome).toMatchObject({ result: 'ept-violation', qualification: 0b1_1000_0001 });
  });

  it('change the bits that they name and no others, also where the walk reads an entry twice', () => {
    const entry = { table: 'ept', level: 4, row: 3 } as const;
    const walk = scenario({ ad: true }, { actions: [{ do: 'edit', entry, set: 1n << 52n }] });
    const before = run({ ad: true }).references[0];
    expect(bench.run(walk).references[0]?.value).toBe((before?.value ?? 0n) | (1n << 52n));
  });

  it('refuse an entry that the walk does not read, and say which', () => {
    const entry = { table: 'npt', level: 1, row: 0 } as const;
    expect(() => run({}, { actions: [{ do: 'edit', entry, clear: 1n }] })).toThrow(
      /npt level 1 of row 0/,
    );
  });

  it('leave no trace in the next run', () => {
    const before = run({ ad: true });
    const at = before.references[3]?.hpa ?? 0n;
    run({ ad: true }, { actions: [{ do: 'set', at, value: 0n }] });
    expect(run({ ad: true })).toEqual(before);
  });
});

describe('the Linux guest', () => {
  const kernel: WalkScenario['access'] = { gva: 0xffff_ffff_8780_0000n, kind: 'read', cpl: 0 };

  it('reaches the same guest-physical address on bare metal and under EPT', () => {
    const native = run({ guest: 'linux', mode: 'native' }, { access: kernel }).outcome;
    const nested = run({ guest: 'linux' }, { access: kernel }).outcome;
    if (native.result !== 'ok' || nested.result !== 'ok') throw new Error('not mapped');
    expect(nested.gpa).toBe(native.hpa);
    expect(nested.hpa).not.toBe(native.hpa);
  });

  it('has the 74,021 mappings that QEMU listed', () => {
    for (const mode of ['native', 'ept'] as const) {
      const machine = { ...DEFAULT_MACHINE, guest: 'linux', mode } as const;
      expect([...bench.mappings(machine)]).toHaveLength(74_021);
    }
  });

  it('has device registers where no memory is: an EPT violation', () => {
    const apic = { gva: 0xffff_ffff_ff5f_d000n, kind: 'read', cpl: 0 } as const;
    const { outcome } = run({ guest: 'linux' }, { access: apic });
    expect(outcome).toMatchObject({ result: 'ept-violation', gpa: 0xfee0_0000n });
  });
});

describe('a link', () => {
  const hex = (bits: number): fc.Arbitrary<bigint> =>
    fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const entry = fc.record({
    table: fc.constantFrom('guest' as const, 'ept' as const, 'npt' as const),
    level: fc.integer({ min: 1, max: 5 }),
    row: fc.integer({ min: 0, max: 5 }),
  });
  const size = fc.constantFrom(...PAGE_SIZES);
  const levels = fc.constantFrom(4 as const, 5 as const);
  const scenarios: fc.Arbitrary<WalkScenario> = fc.record({
    machine: fc.record({
      guest: fc.constant('teaching' as const),
      mode: fc.constantFrom('native' as const, 'ept' as const, 'npt' as const),
      levels,
      hostLevels: levels,
      guestPage: size,
      hostPage: size,
      ad: fc.boolean(),
      backed: fc.boolean(),
    }),
    actions: fc.array(
      fc.oneof(
        fc.record({
          do: fc.constant('set' as const),
          at: hex(49).map((at) => at * 8n),
          value: hex(64),
        }),
        fc.record({ do: fc.constant('edit' as const), entry, set: hex(64), clear: hex(64) }),
        fc.record({ do: fc.constant('fill' as const), gpa: hex(48) }),
      ),
      { maxLength: 5 },
    ),
    access: fc.record({
      gva: hex(64),
      kind: fc.constantFrom('read' as const, 'write' as const, 'fetch' as const),
      cpl: fc.constantFrom(0 as const, 3 as const),
    }),
  });

  it('restores exactly the walk that it was made of', () => {
    fc.assert(
      fc.property(scenarios, fc.oneof(fc.nat(80), fc.constant('end' as const)), (walk, at) => {
        expect(parseLink(formatLink({ scenario: walk, at }))).toEqual({ scenario: walk, at });
      }),
    );
  });

  it('is empty for the walk that everyone starts with', () => {
    expect(formatLink({ scenario: scenario({}), at: 0 })).toBe('');
  });

  it.each([
    ['mode=vtd', 'mode: is "vtd"; native, ept, npt'],
    ['levels=4x6', 'levels: is "6"; 4, 5'],
    ['pages=4K', 'pages: is ""; 4K, 2M, 1G'],
    ['gva=here', 'gva: is "here"'],
    ['at=-1', 'at: is "-1"'],
    ['do=jump:0x0', 'do: has "jump:0x0"'],
    ['do=set:0x1001:0x0', 'do=set: 0x1001 is no place of an entry'],
    ['do=edit:ept.9.0:0x0:0x0', 'do=edit: names the entry "ept.9.0"'],
  ])('that cannot be read says what would be right: %s', (text, message) => {
    expect(() => parseLink(text)).toThrow(message);
  });
});
