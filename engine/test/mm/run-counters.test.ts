import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';
import { readScenario } from '../../src/scenario/read.ts';
import { Run } from '../../src/scenario/run.ts';
import type { MarkCounters } from '../../src/scenario/run.ts';
import type { ActionInput, ScenarioInput } from '../../src/scenario/schema.ts';

/**
 * What `pagewalk run` counts of balloon, KSM, swap and discard. Every expected number is worked out here
 * from the kernel's rules; the sections are those of engine-facts.
 */

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

function marksOf(scenario: ScenarioInput): Record<string, MarkCounters> {
  const run = new Run(kvm, readScenario(scenario));
  run.finish();
  expect(run.stop).toBeNull();
  return Object.fromEntries(run.marks.map(({ name, counters }) => [name, counters]));
}

type Machine = ScenarioInput['machine'];
const machine = (guests: Machine['guests'], rest: Partial<Machine> = {}): Machine => ({
  host: { memory: '64M', swap: '64M', ksm: true },
  mmu: { mode: 'ept' },
  guests,
  ...rest,
});

const GVA = 0x40_0000;
const gva = (page: number): string => `0x${(GVA + page * 4096).toString(16)}`;
const mark = (name: string): ActionInput => ({ do: 'mark', name });

/** A process with so many pages mapped, none touched. */
const process = (guest: string, pages: number): ActionInput[] => [
  { do: 'process', guest, name: 'p' },
  { do: 'map', guest, process: 'p', gva: gva(0), pages, flags: 'rwu' },
];
const write = (guest: string, page: number, pages: number, content?: number): ActionInput => ({
  do: 'access',
  guest,
  process: 'p',
  gva: gva(page),
  pages,
  kind: 'write',
  ...(content === undefined ? {} : { content }),
});
const read = (guest: string, page: number, pages = 1): ActionInput => ({
  do: 'access',
  guest,
  process: 'p',
  gva: gva(page),
  pages,
  kind: 'read',
});
/** Pages that differ from each other. */
const writeEach = (guest: string, pages: number, from = 1): ActionInput[] =>
  Array.from({ length: pages }, (_, page) => write(guest, page, 1, from + page));

const MODES = ['shadow', 'ept', 'npt'] as const;

describe('ksm (17.3, 17.4, 17.7)', () => {
  const two = [
    { name: 'a', memory: '8M' },
    { name: 'b', memory: '8M' },
  ];

  it.each(MODES)('equal pages of two guests are one after the second pass: %s', (mode) => {
    const marks = marksOf({
      machine: machine(two, { mmu: { mode } }),
      actions: [
        ...process('a', 16),
        ...process('b', 16),
        write('a', 0, 16, 7),
        write('b', 0, 16, 7),
        mark('written'),
        { do: 'ksm' },
        mark('first'),
        { do: 'ksm' },
        mark('second'),
        write('b', 3, 1, 8),
        mark('broken'),
        { do: 'ksm' },
        mark('third'),
      ],
    });
    const used = marks['written']?.frames_used ?? 0;
    // The first pass only notes checksums.
    expect(marks['first']).toMatchObject({ pages_shared: 0, pages_sharing: 0, frames_used: used });
    // 32 equal pages: one is kept, 31 are saved; whoever mapped them lost the mapping, without an exit.
    expect(marks['second']).toMatchObject({
      pages_shared: 1,
      pages_sharing: 31,
      frames_used: used - 31,
      exits: 0,
    });
    // The first fault breaks the sharing, which takes the mapping away; the second maps (H2). What ksmd
    // counts changes when it comes by again.
    expect(marks['broken']).toMatchObject({
      pf_fixed: 1,
      pages_shared: 1,
      pages_sharing: 31,
      frames_used: used - 30,
    });
    expect(marks['third']).toMatchObject({ pages_shared: 1, pages_sharing: 30 });
  });

  it('a write to a merged page is two exits, a read of one that was mapped before one', () => {
    const marks = marksOf({
      machine: machine(two),
      actions: [
        ...process('a', 4),
        ...process('b', 4),
        write('a', 0, 4, 7),
        write('b', 0, 4, 7),
        { do: 'ksm', passes: 2 },
        mark('merged'),
        read('a', 1),
        mark('read'),
        write('b', 2, 1, 9),
        mark('written'),
      ],
    });
    expect(marks['read']).toMatchObject({ exits: 1, pf_taken: 1, pf_fixed: 1 });
    expect(marks['written']).toMatchObject({ exits: 2, pf_taken: 2, pf_fixed: 1 });
  });

  it('a page that becomes equal to a merged one joins it in the next pass, without a checksum', () => {
    const marks = marksOf({
      machine: machine(two),
      actions: [
        ...process('a', 4),
        ...process('b', 4),
        write('a', 0, 2, 7),
        ...writeEach('b', 4, 100),
        { do: 'ksm', passes: 2 },
        mark('before'),
        write('b', 1, 1, 7),
        { do: 'ksm' },
        mark('after'),
      ],
    });
    expect(marks['before']).toMatchObject({ pages_shared: 1, pages_sharing: 1 });
    expect(marks['after']).toMatchObject({ pages_shared: 1, pages_sharing: 2 });
  });

  it('500 equal pages and 100 unique ones, as a real ksmd counted them (17.4, measured)', () => {
    const run = new Run(
      kvm,
      readScenario({
        machine: machine([{ name: 'a', memory: '8M' }]),
        actions: [
          ...process('a', 600),
          write('a', 0, 500, 7),
          ...Array.from({ length: 100 }, (_, page) => write('a', 500 + page, 1, 1000 + page)),
          { do: 'ksm' },
          { do: 'ksm' },
          write('a', 0, 1, 5),
          { do: 'ksm' },
          { do: 'ksm' },
          write('a', 599, 1, 7),
          { do: 'ksm' },
        ],
      }),
    );
    const actions = run.scenario.actions;
    const after = (count: number) => {
      // To the end of the action with this number among those of ksmd.
      const index = actions
        .map((action, at) => (action.do === 'ksm' ? at : -1))
        .filter((at) => at >= 0)[count - 1];
      while (run.index <= (index ?? 0) && run.next() !== null);
      return kvm.host.ksm;
    };
    expect(after(1)).toMatchObject({ pages_shared: 0, pages_volatile: 600, full_scans: 1 });
    expect(after(2)).toMatchObject({
      pages_shared: 2,
      pages_sharing: 498,
      pages_unshared: 100,
      pages_volatile: 0,
      stable_node_chains: 1,
      stable_node_dups: 2,
    });
    expect(after(3)).toMatchObject({ pages_sharing: 497, pages_volatile: 1 });
    expect(after(4)).toMatchObject({ pages_unshared: 101, pages_volatile: 0 });
    expect(after(5)).toMatchObject({ pages_sharing: 498, pages_unshared: 100 });
  });

  it('memory in hugetlb pages is not merged', () => {
    const guests = two.map((guest) => ({ ...guest, backing: '2M' as const }));
    const marks = marksOf({
      machine: machine(guests),
      actions: [
        ...process('a', 4),
        ...process('b', 4),
        write('a', 0, 4, 7),
        write('b', 0, 4, 7),
        { do: 'ksm', passes: 3 },
        mark('end'),
      ],
    });
    expect(marks['end']).toMatchObject({ pages_shared: 0, pages_sharing: 0 });
  });
});

describe('balloon (16.2, 16.5, 16.6)', () => {
  it('counts 4 KiB pages; memory that nobody touched gives the host nothing', () => {
    const marks = marksOf({
      machine: machine([{ name: 'a', memory: '16M' }]),
      actions: [
        ...process('a', 4),
        write('a', 0, 4),
        mark('before'),
        { do: 'balloon', guest: 'a', target: '12M' },
        mark('inflated'),
        { do: 'balloon', guest: 'a', target: '14M' },
        mark('deflated'),
        { do: 'balloon', guest: 'a', target: '16M' },
        mark('empty'),
      ],
    });
    const used = marks['before']?.frames_used;
    expect(marks['inflated']).toMatchObject({ ballooned: 1024, frames_used: used, exits: 0 });
    expect(marks['deflated']).toMatchObject({ ballooned: 512, frames_used: used });
    expect(marks['empty']).toMatchObject({ ballooned: 0, frames_used: used });
  });

  // One page of data, at the beginning of the guest's free memory: 1,023 frames are left above it.
  const oneTouched = (backing: '2M' | 'thp') =>
    marksOf({
      machine: machine([{ name: 'a', memory: '8M', backing }], {
        host: { memory: '64M', thp: 'always' },
      }),
      actions: [
        ...process('a', 1),
        write('a', 0, 1),
        mark('before'),
        { do: 'balloon', guest: 'a', target: '4100K' },
        mark('inflated'),
      ],
    });

  it('cuts a transparent huge page: the pieces that the guest gave up come back', () => {
    const marks = oneTouched('thp');
    expect(marks['inflated']).toMatchObject({
      ballooned: 1023,
      frames_used: (marks['before']?.frames_used ?? 0) - 511,
    });
  });

  it('gets nothing back from a hugetlb page of which one piece is still in use', () => {
    const marks = oneTouched('2M');
    expect(marks['inflated']).toMatchObject({
      ballooned: 1023,
      frames_used: marks['before']?.frames_used,
    });
  });

  it('leaves what the guest uses alone: it stops where its kernel has nothing more', () => {
    const marks = marksOf({
      machine: machine([{ name: 'a', memory: '8M' }]),
      actions: [...process('a', 100), { do: 'balloon', guest: 'a', target: '0' }, mark('end')],
    });
    // 4 MiB for data, of which 100 pages are mapped.
    expect(marks['end']?.ballooned).toBe(1024 - 100);
  });
});

describe('discard (14.3, 16.5; H1)', () => {
  it.each(MODES)('drops what was touched; it reads as zero, by one exit: %s', (mode) => {
    const marks = marksOf({
      machine: machine([{ name: 'a', memory: '8M' }], { mmu: { mode } }),
      actions: [
        ...process('a', 8),
        write('a', 0, 8),
        mark('written'),
        { do: 'discard', guest: 'a', gpa: '0x400000', pages: 16 },
        mark('dropped'),
        read('a', 0),
        mark('read'),
        write('a', 0, 1),
        mark('rewritten'),
        write('a', 1, 1),
        mark('first write'),
      ],
    });
    const used = marks['written']?.frames_used ?? 0;
    // Of the 16 pages eight were there.
    expect(marks['dropped']).toMatchObject({ exits: 0, frames_used: used - 8 });
    // The zero page takes no frame; the write after it faults twice (14.3).
    expect(marks['read']).toMatchObject({ pf_taken: 1, pf_fixed: 1, frames_used: used - 8 });
    expect(marks['rewritten']).toMatchObject({ pf_taken: 2, pf_fixed: 1, frames_used: used - 7 });
    expect(marks['first write']).toMatchObject({ pf_taken: 1, pf_fixed: 1, frames_used: used - 6 });
  });
});

describe('swap (18.5, 18.7; 22.15)', () => {
  const PAGES = 6000;
  const pressed = (mode: (typeof MODES)[number], more: ActionInput[]) =>
    marksOf({
      machine: machine([{ name: 'a', memory: '32M' }], {
        host: { memory: '16M', swap: '64M' },
        mmu: { mode },
      }),
      actions: [
        ...process('a', PAGES),
        mark('mapped'),
        write('a', 0, PAGES),
        mark('written'),
        ...more,
      ],
    });

  it.each(MODES)('what memory cannot hold is on the swap area, once: %s', (mode) => {
    const marks = pressed(mode, []);
    const before = marks['mapped']?.frames_used ?? 0;
    const { frames_used, swapped_out, swapped_in, guest_faults } = marks['written'] as MarkCounters;
    const all = before + PAGES;
    expect(frames_used).toBeLessThan(4096);
    // What is in memory no more was written out; what was read back is in memory again.
    expect(swapped_out).toBeGreaterThanOrEqual(all - frames_used);
    expect(swapped_out - swapped_in).toBeLessThanOrEqual(all - frames_used);
    // The guest sees nothing but time.
    expect(guest_faults).toBe(0);
  });

  it('a swapped page comes back by one violation and one read of the device', () => {
    const marks = pressed('ept', [
      // The guest's tables for these pages are in memory after the first.
      read('a', 0),
      mark('tables'),
      read('a', 1),
      mark('one'),
      read('a', 1),
      mark('again'),
    ]);
    expect(marks['one']).toMatchObject({
      exits: 1,
      ept_violations: 1,
      pf_fixed: 1,
      swapped_in: 1,
      guest_faults: 0,
    });
    expect(marks['again']).toMatchObject({ exits: 0, swapped_in: 0 });
  });

  it('a page that was read back and not written keeps its slot, and goes without a write (18.5)', () => {
    const marks = pressed('ept', [
      // Twice through all: the second time every page comes from the device and is not changed.
      read('a', 0, PAGES),
      mark('first'),
      read('a', 0, PAGES),
      mark('second'),
    ]);
    const { swapped_out, swapped_in } = marks['second'] as MarkCounters;
    expect(swapped_in).toBeGreaterThan(PAGES / 2);
    // But for the guest's tables, 12 for its pages and those above: with EPT's accessed and dirty bits a
    // walk counts as a write to them (5.9).
    expect(swapped_out).toBeLessThanOrEqual(16);
  });

  it('without swap the host kills the guest, and says so', () => {
    const run = new Run(
      kvm,
      readScenario({
        machine: machine([{ name: 'a', memory: '32M' }], { host: { memory: '16M', swap: '0' } }),
        actions: [...process('a', PAGES), write('a', 0, PAGES)],
      }),
    );
    run.finish();
    expect(run.stop?.message).toMatch(/guest "a": the host ran out of memory and killed it/);
  });

  it('two hosts of the same scenario end in the same state', () => {
    const scenario: ScenarioInput = {
      machine: machine([{ name: 'a', memory: '32M' }], { host: { memory: '16M', swap: '64M' } }),
      actions: [...process('a', PAGES), write('a', 0, PAGES), read('a', 0, 100)],
    };
    const hashes = [1, 2].map(() => {
      const run = new Run(kvm, readScenario(scenario));
      run.finish();
      return run.stateHash;
    });
    expect(hashes[0]).toBe(hashes[1]);
  });
});
