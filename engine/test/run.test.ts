import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../src/kvm/kvm.ts';
import { loadKvm } from '../src/node.ts';
import { readScenario } from '../src/scenario/read.ts';
import { Run } from '../src/scenario/run.ts';
import type { Mark } from '../src/scenario/run.ts';
import { scenarioJsonSchema } from '../src/scenario/schema.ts';
import type { ActionInput, ScenarioInput } from '../src/scenario/schema.ts';
import { EXAMPLE_STRUCTURES } from '../src/tlb/geometries.ts';

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

const P1 = { guest: 'a', process: 'p1' };

function scenario(
  mode: ScenarioInput['machine']['mmu']['mode'],
  actions: ActionInput[],
  more: Partial<ScenarioInput['machine']> = {},
): ScenarioInput {
  return {
    machine: { mmu: { mode }, guests: [{ name: 'a', memory: '8M' }], ...more },
    actions: [{ do: 'process', guest: 'a', name: 'p1' }, ...actions],
  };
}

function run(input: ScenarioInput): Run {
  const made = new Run(kvm, readScenario(input));
  made.finish();
  return made;
}

const marksOf = (input: ScenarioInput): Record<string, Mark['counters']> =>
  Object.fromEntries(run(input).marks.map(({ name, counters }) => [name, counters]));

const map = (pages: number, flags = 'rwu'): ActionInput => ({
  do: 'map',
  ...P1,
  gva: '0x400000',
  pages,
  flags,
});
const access = (pages: number, kind: 'read' | 'write'): ActionInput => ({
  do: 'access',
  ...P1,
  gva: '0x400000',
  pages,
  kind,
});
const mark = (name: string): ActionInput => ({ do: 'mark', name });
const MODES = ['native', 'shadow', 'ept', 'npt'] as const;

describe('what a scenario counts', () => {
  it.each([
    ['native', 64],
    ['ept', 16 * 24],
    ['npt', 16 * 24],
    ['shadow', 64],
  ] as const)('a first read of 16 pages under %s: one miss each, %i references', (mode, refs) => {
    const { warm } = marksOf(
      scenario(mode, [map(16), mark('mapped'), access(16, 'read'), mark('warm')]),
    );
    expect(warm).toMatchObject({ accesses: 16, tlb_misses: 16, tlb_l1_hits: 0, walk_refs: refs });
  });

  it('first touch by a write: one violation for each page; again: none, and hits', () => {
    const marks = marksOf(
      scenario('ept', [
        map(16),
        { do: 'switch', ...P1 },
        mark('mapped'),
        access(16, 'write'),
        mark('first'),
        access(16, 'write'),
        mark('again'),
      ]),
    );
    expect(marks['first']).toMatchObject({ exits: 16, ept_violations: 16, pf_fixed: 16 });
    expect(marks['again']).toMatchObject({ exits: 0, tlb_l1_hits: 16, walk_refs: 0 });
    expect(marks['again']?.frames_used).toBe((marks['mapped']?.frames_used ?? 0) + 16);
  });

  it.each(['shadow', 'ept', 'npt'] as const)(
    'memory read before it is written shows the zero page, and pays again at the write: %s',
    (mode) => {
      const marks = marksOf(
        scenario(mode, [
          map(1),
          { do: 'switch', ...P1 },
          mark('mapped'),
          access(1, 'read'),
          mark('read'),
          access(1, 'write'),
          mark('written'),
        ]),
      );
      expect(marks['read']).toMatchObject({ exits: 1, pf_fixed: 1 });
      expect(marks['read']?.frames_used).toBe(marks['mapped']?.frames_used);
      // The first try breaks the sharing, which takes the mapping away; the second maps.
      expect(marks['written']).toMatchObject({ exits: 2, pf_taken: 2, pf_fixed: 1 });
      expect(marks['written']?.frames_used).toBe((marks['read']?.frames_used ?? 0) + 1);
    },
  );

  it('a store to a leaf table under shadow paging costs one exit for each sync, then none', () => {
    const marks = marksOf(
      scenario('shadow', [
        map(8, 'rwuad'),
        access(8, 'write'),
        mark('mapped'),
        { do: 'protect', ...P1, gva: '0x400000', pages: 4, flags: 'ruad' },
        mark('protected'),
        { do: 'switch', ...P1 },
        mark('synced'),
        { do: 'protect', ...P1, gva: '0x404000', pages: 4, flags: 'ruad' },
        mark('again'),
      ]),
    );
    // The window's own entry for that table may have to be filled in first: none is, the kernel just
    // used it.
    expect(marks['protected']).toMatchObject({ exits: 1, mmu_unsync: 1, pf_emulate: 0 });
    expect(marks['synced']).toMatchObject({ exits: 1, mmu_unsync: 0, pf_taken: 0 });
    expect(marks['again']).toMatchObject({ exits: 1, mmu_unsync: 1, pf_emulate: 0 });
  });

  it('nested paging has no exit for stores to tables, INVLPG, CR3 and the guest’s own faults', () => {
    const { worked } = marksOf(
      scenario('ept', [
        map(8),
        access(8, 'write'),
        mark('warm'),
        { do: 'protect', ...P1, gva: '0x400000', pages: 8, flags: 'ru' },
        { do: 'invlpg', ...P1, gva: '0x400000', pages: 8 },
        { do: 'switch', ...P1 },
        access(8, 'write'),
        mark('worked'),
      ]),
    );
    expect(worked).toMatchObject({ exits: 0, pf_guest: 0, invlpg: 0, guest_faults: 8 });
  });

  it('a write that finds the page not yet dirty walks again, and counts as a miss', () => {
    const { written } = marksOf(
      scenario('native', [
        map(4),
        access(4, 'read'),
        mark('r'),
        access(4, 'write'),
        mark('written'),
      ]),
    );
    expect(written).toMatchObject({ accesses: 4, tlb_misses: 4, walk_refs: 16 });
  });

  it.each(MODES)('unmap implies no INVLPG: what the TLB has stays usable under %s', (mode) => {
    const input = (between: ActionInput[]): ScenarioInput =>
      scenario(mode, [
        map(1, 'rwuad'),
        access(1, 'write'),
        { do: 'unmap', ...P1, gva: '0x400000' },
        ...between,
        mark('before'),
        access(1, 'read'),
        mark('after'),
      ]);
    // Under shadow paging the first store to the table is an exit, and the fill before it protects
    // the table: with a VPID the translation outlives both.
    expect(marksOf(input([]))['after']).toMatchObject({ guest_faults: 0 });
    const flush: ActionInput = { do: 'invlpg', ...P1, gva: '0x400000' };
    expect(marksOf(input([flush]))['after']).toMatchObject({ guest_faults: 1 });
  });

  it('without VPID every exit empties the guest’s TLB; with it none does', () => {
    const hits = (vpid: boolean): number | undefined =>
      marksOf(
        scenario(
          'ept',
          [
            { ...map(8), pages: 9 } as ActionInput,
            access(8, 'write'),
            // A first touch: an exit.
            { do: 'access', ...P1, gva: '0x408000', kind: 'write' },
            mark('warm'),
            access(8, 'write'),
            mark('after'),
          ],
          { mmu: { mode: 'ept', vpid } },
        ),
      )['after']?.tlb_l1_hits;
    expect(hits(true)).toBe(8);
    expect(hits(false)).toBe(0);
  });

  it('PCIDs let a process find its translations again', () => {
    const hits = (pcid: boolean): number | undefined =>
      marksOf(
        scenario(
          'native',
          [
            { do: 'process', guest: 'a', name: 'p2' },
            map(8),
            access(8, 'write'),
            { do: 'switch', guest: 'a', process: 'p2' },
            { do: 'switch', ...P1 },
            mark('warm'),
            access(8, 'write'),
            mark('after'),
          ],
          { mmu: { mode: 'native', pcid } },
        ),
      )['after']?.tlb_l1_hits;
    expect(hits(true)).toBe(8);
    expect(hits(false)).toBe(0);
  });

  it('a large page over small ones is small in the TLB', () => {
    const input = (backing: '4K' | '2M'): ScenarioInput => ({
      machine: { mmu: { mode: 'ept' }, guests: [{ name: 'a', memory: '16M', backing }] },
      actions: [
        { do: 'process', guest: 'a', name: 'p1' },
        { do: 'map', ...P1, gva: '0x40000000', page: '2M', flags: 'rwu' },
        { do: 'switch', ...P1 },
        { do: 'mark', name: 'start' },
        { do: 'access', ...P1, gva: '0x40000000', pages: 512, kind: 'write' },
        { do: 'mark', name: 'end' },
      ],
    });
    expect(marksOf(input('4K'))['end']).toMatchObject({ tlb_misses: 512, pages_2m: 0 });
    // Three guest levels, three nested ones for tables and page alike: 3 * 4 + 3.
    expect(marksOf(input('2M'))['end']).toMatchObject({
      tlb_misses: 1,
      tlb_l1_hits: 511,
      walk_refs: 15,
    });
  });

  it.each([
    // A page-directory entry cached: the leaf's table is known, one reference is left.
    ['native', {}, 4, 1],
    ['shadow', {}, 4, 1],
    // Its host-physical address too: 1 + 4, and 1 where the guest-physical TLB has the page.
    ['ept', {}, 24, 5],
    ['npt', {}, 24, 5],
    ['ept', { nested: { entries: 64, ways: 4 } }, 24, 1],
    ['ept', { nestedStructures: EXAMPLE_STRUCTURES, structures: null }, null, null],
  ] as const)('paging-structure caches shorten walks: %s %j', (mode, caches, cold, warm) => {
    // One TLB entry: the second page of the same set evicts the first, whose walk is then warm.
    const tlb = {
      l1: [
        { sizes: ['4K'] as const, entries: 1, ways: 1 },
        { sizes: ['2M', '1G'] as const, entries: 1, ways: 1 },
      ],
      l2: [],
      structures: EXAMPLE_STRUCTURES,
      ...caches,
    };
    const read = (gva: string): ActionInput => ({ do: 'access', ...P1, gva, kind: 'write' });
    const marks = marksOf(
      scenario(
        mode,
        [
          map(2, 'rwuad'),
          read('0x400000'),
          read('0x401000'),
          // Everything is there; from cold caches again.
          { do: 'switch', ...P1 },
          { do: 'invlpg', ...P1, gva: '0x400000' },
          mark('touched'),
          read('0x400000'),
          mark('cold'),
          read('0x401000'),
          read('0x400000'),
          mark('warm'),
        ],
        { mmu: { mode }, tlb },
      ),
    );
    if (cold === null) {
      // The nested walks begin below a cached entry, the guest's does not: 4 + 5 at the least.
      expect(marks['warm']?.walk_refs).toBe(2 * (4 * (1 + 1) + 1));
      return;
    }
    const nested = 'nested' in caches;
    if (!nested) expect(marks['cold']?.walk_refs).toBe(cold);
    expect(marks['warm']?.walk_refs).toBe(2 * warm);
  });

  it('a transparent huge page: zeroes are shown large, and a first write splits them', () => {
    const input = (actions: ActionInput[]): ScenarioInput => ({
      machine: {
        host: { thp: 'always' },
        mmu: { mode: 'ept' },
        guests: [{ name: 'a', memory: '16M', backing: 'thp' }],
      },
      actions: [
        { do: 'process', guest: 'a', name: 'p1' },
        { do: 'map', ...P1, gva: '0x400000', gpa: '0x800000', pages: 4, flags: 'rwuad' },
        { do: 'switch', ...P1 },
        mark('mapped'),
        ...actions,
        mark('done'),
      ],
    });
    const frames = (marks: Record<string, Mark['counters']>): number =>
      (marks['done']?.frames_used ?? 0) - (marks['mapped']?.frames_used ?? 0);
    const leaves = (marks: Record<string, Mark['counters']>): number[] =>
      (['pages_4k', 'pages_2m'] as const).map(
        (name) => (marks['done']?.[name] ?? 0) - (marks['mapped']?.[name] ?? 0),
      );
    const read = marksOf(input([access(1, 'read')]));
    expect([frames(read), leaves(read)]).toEqual([0, [0, 1]]);
    // Written later: one small frame; the large mapping goes.
    const later = marksOf(input([access(1, 'read'), access(1, 'write')]));
    expect([frames(later), leaves(later)]).toEqual([1, [1, 0]]);
    // Written first: all 2 MiB at once.
    const first = marksOf(input([access(1, 'write')]));
    expect([frames(first), leaves(first)]).toEqual([512, [0, 1]]);
    // A hole of 4 KiB takes the whole large mapping away; the rest of the memory stays.
    const hole = marksOf(
      input([access(1, 'write'), { do: 'discard', guest: 'a', gpa: '0x801000' }]),
    );
    expect([frames(hole), leaves(hole)]).toEqual([511, [0, 0]]);
  });

  it.each([
    ['ept', 14],
    ['npt', 14],
  ] as const)('memory in pages of 1 GiB: one leaf, walks of 14 references: %s', (mode, refs) => {
    const marks = marksOf({
      machine: { mmu: { mode }, guests: [{ name: 'a', memory: '1G', backing: '1G' }] },
      actions: [
        { do: 'process', guest: 'a', name: 'p1' },
        map(2),
        access(2, 'write'),
        { do: 'invlpg', ...P1, gva: '0x400000' },
        mark('warm'),
        access(1, 'write'),
        mark('end'),
      ],
    });
    expect(marks['warm']).toMatchObject({ pages_1g: 1, pages_4k: 0 });
    // Four guest entries, each behind a nested walk of two, and the page's: 4 * 3 + 2.
    expect(marks['end']).toMatchObject({ walk_refs: refs, exits: 0 });
  });

  it('five levels on both sides: 35 references', () => {
    const { end } = marksOf(
      scenario(
        'ept',
        [
          map(1),
          access(1, 'write'),
          { do: 'invlpg', ...P1, gva: '0x400000' },
          mark('warm'),
          access(1, 'read'),
          mark('end'),
        ],
        {
          mmu: { mode: 'ept', levels: 5 },
        },
      ),
    );
    expect(end).toMatchObject({ walk_refs: 35, exits: 0 });
  });

  it('a forked process shares its pages until one of the two writes', () => {
    const made = run(
      scenario('ept', [
        map(2),
        { do: 'access', ...P1, gva: '0x400000', kind: 'write', content: 7 },
        { do: 'fork', ...P1, name: 'p2' },
        mark('forked'),
        { do: 'access', guest: 'a', process: 'p2', gva: '0x400000', kind: 'read' },
        mark('read'),
        { do: 'access', guest: 'a', process: 'p2', gva: '0x400000', kind: 'write', content: 8 },
        mark('written'),
        access(1, 'read'),
      ]),
    );
    expect(made.stop).toBeNull();
    expect(kvm.value).toBe(7n);
    const [forked, read, written] = made.marks;
    expect(read?.counters.frames_used).toBe(forked?.counters.frames_used);
    expect(written?.counters).toMatchObject({ guest_faults: 1, accesses: 1 });
    expect(written?.counters.frames_used).toBe((read?.counters.frames_used ?? 0) + 1);
  });

  it('two guests see their own memory', () => {
    const made = run({
      machine: {
        mmu: { mode: 'ept', vpid: false },
        guests: [
          { name: 'a', memory: '8M' },
          { name: 'b', memory: '8M' },
        ],
      },
      actions: (['a', 'b'] as const).flatMap((guest, index): ActionInput[] => [
        { do: 'process', guest, name: 'p' },
        { do: 'map', guest, process: 'p', gva: '0x400000', flags: 'rwu' },
        { do: 'access', guest, process: 'p', gva: '0x400000', kind: 'write', content: index + 1 },
      ]),
    });
    made.act({
      do: 'access',
      guest: 'a',
      process: 'p',
      gva: '0x400000',
      kind: 'read',
      pages: 1,
      page: '4K',
      user: true,
      vcpu: 0,
    });
    expect(kvm.value).toBe(1n);
  });
});

describe('a scenario that does not fit is refused by the path of its field', () => {
  const good = scenario('ept', [map(1)]);
  const withAction = (action: object): unknown => ({
    ...good,
    actions: [...(good.actions ?? []), action],
  });
  it.each([
    [3, 'scenario: is 3; an object would be right'],
    [{ ...good, machin: 1 }, 'machin: is not a known key here'],
    [
      { ...good, machine: { ...good.machine, mmu: { mode: 'eptt' } } },
      'machine.mmu.mode: is "eptt"; "shadow", "ept", "npt" or "native" would be right',
    ],
    [
      { ...good, machine: { ...good.machine, mmu: { mode: 'ept', levels: 3 } } },
      'machine.mmu.levels: is 3; 4 or 5 would be right',
    ],
    [
      { ...good, machine: { ...good.machine, guests: [] } },
      'machine.guests: is []; at least 1 of them would be right',
    ],
    [
      { ...good, machine: { ...good.machine, guests: [{ name: 'a', memory: '1M' }] } },
      'machine.guests[0].memory: is "1M"; "8M" to "64G" would be right',
    ],
    [
      { ...good, machine: { ...good.machine, guests: [{ name: 'a', memory: 'lots' }] } },
      'machine.guests[0].memory: is "lots"; a size like "512M" (K, M, G, T) would be right',
    ],
    [
      { ...good, machine: { ...good.machine, tlb: 'referenc' } },
      /^machine\.tlb: is "referenc"; "reference", /,
    ],
    [{ ...good, machine: { ...good.machine, tlb: { l1: [] } } }, /^machine\.tlb\.l1/],
    [{ ...good, machine: { ...good.machine, costs: { exits: 1 } } }, /^machine\.costs\.exits/],
    [withAction({ do: 'acess' }), /^actions\[2\]\.do: is "acess"; "process", .* would be right$/],
    [
      withAction({ do: 'map', ...P1, gva: '4096', flags: 'r' }),
      'actions[2].gva: is "4096"; a hexadecimal address like "0x400000" would be right',
    ],
    [
      withAction({ do: 'map', ...P1, gva: '0x400010', flags: 'r' }),
      'actions[2].gva: is "0x400010"; the start of a 4K page would be right',
    ],
    [
      withAction({ do: 'map', ...P1, gva: '0x400000', flags: 'rr' }),
      /^actions\[2\]\.flags: is "rr"/,
    ],
    [
      withAction({ do: 'unmap', guest: 'b', process: 'p1', gva: '0x400000' }),
      'actions[2].guest: is "b"; "a" would be right',
    ],
    [
      withAction({ do: 'switch', guest: 'a', process: 'p9' }),
      'actions[2].process: is "p9"; "p1" would be right',
    ],
    [withAction({ do: 'switch', ...P1, vcpu: 1 }), /^actions\[2\]\.vcpu: is 1; guest "a" has 1/],
    [withAction({ do: 'process', guest: 'a', name: 'p1' }), /^actions\[2\]\.name: is "p1" again/],
    [
      withAction({ do: 'access', ...P1, gva: '0x400000', kind: 'peek' }),
      'actions[2].kind: is "peek"; "read", "write" or "fetch" would be right',
    ],
  ])('%#', (value, message) => {
    let refused = '';
    try {
      readScenario(value);
    } catch (error) {
      refused = (error as Error).message;
    }
    if (typeof message === 'string') expect(refused).toBe(message);
    else expect(refused).toMatch(message);
  });

  it('and its JSON Schema comes from the same definition', () => {
    const schema = scenarioJsonSchema() as {
      properties: { actions: { items: { oneOf: unknown[] } } };
    };
    expect(schema).toMatchObject({ type: 'object', required: ['machine'] });
    expect(JSON.stringify(schema.properties.actions)).toContain('"access"');
  });
});

describe('an action that the guest’s kernel cannot do', () => {
  it('stops the run there with a sentence, and nothing is lost', () => {
    const made = run(scenario('ept', [map(2000), mark('never')]));
    expect(made.stop).toEqual({
      field: 'actions[1]',
      message: 'guest "a": no guest frames are left for it',
    });
    expect(made.marks).toEqual([]);
    made.undo();
    made.seek(10);
    expect(made.stop).toBeNull();
    expect(made.step).toBe(10);
  });
});
