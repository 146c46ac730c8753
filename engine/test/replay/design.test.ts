import { describe, expect, it, test } from 'vitest';
import {
  DESIGNS,
  firstTouches,
  fullWalk,
  readDesign,
  referencesOf,
} from '../../src/replay/design.ts';
import type { Design } from '../../src/replay/design.ts';

const named = (name: string): Design => {
  const design = DESIGNS.get(name);
  if (design === undefined) throw new Error(`no design ${name}`);
  return design;
};

describe('a full walk', () => {
  const PAGES = ['4K', '2M', '1G'];
  // Guest levels, host levels; rows are guest pages, columns host pages.
  const TABLE: [number, number, number[][]][] = [
    [
      4,
      4,
      [
        [24, 19, 14],
        [19, 15, 11],
        [14, 11, 8],
      ],
    ],
    [
      4,
      5,
      [
        [29, 24, 19],
        [23, 19, 15],
        [17, 14, 11],
      ],
    ],
    [
      5,
      4,
      [
        [29, 23, 17],
        [24, 19, 14],
        [19, 15, 11],
      ],
    ],
    [
      5,
      5,
      [
        [35, 29, 23],
        [29, 24, 19],
        [23, 19, 15],
      ],
    ],
  ];
  test.each(TABLE)('in %i by %i levels reads what the table says', (levels, hostLevels, rows) => {
    for (const mode of ['ept', 'npt']) {
      rows.forEach((row, guest) =>
        row.forEach((count, host) => {
          const [guestPage, hostPage] = [PAGES[guest], PAGES[host]];
          const design = { mode, levels, hostLevels, guestPage, hostPage };
          expect(fullWalk(readDesign(design, 'x'))).toBe(count);
        }),
      );
    }
  });

  it('of one dimension reads an entry for each level', () => {
    expect(['native-4k', 'native-2m', 'native-1g'].map((name) => fullWalk(named(name)))).toEqual([
      4, 3, 2,
    ]);
    const shadow = { mode: 'shadow', guestPage: '2M', hostPage: '4K' };
    expect(fullWalk(readDesign(shadow, 'x'))).toBe(4);
    expect(fullWalk(readDesign({ ...shadow, levels: 5 }, 'x'))).toBe(5);
  });

  it('from a cached PDE reads 1 entry natively, and 1 + 4 under EPT', () => {
    expect(referencesOf(named('native-4k'), 1, true)).toBe(1);
    expect(referencesOf(named('ept-4k-4k'), 1, true)).toBe(5);
    expect(referencesOf(named('ept-4k-4k'), 2, true)).toBe(10);
  });
});

test('exits at first touch follow the mode and the host’s pages', () => {
  expect(firstTouches(named('native-4k'), 513)).toBe(0);
  expect(firstTouches(named('shadow-4k'), 513)).toBe(513);
  expect(firstTouches(named('ept-4k-4k'), 513)).toBe(513);
  expect(firstTouches(named('ept-2m-4k'), 513)).toBe(513);
  expect(firstTouches(named('ept-4k-2m'), 513)).toBe(2);
  expect(firstTouches(named('ept-2m-2m'), 3)).toBe(3);
});

test('the contract’s designs are there', () => {
  for (const name of [
    ...['native-4k', 'ept-4k-4k', 'ept-2m-4k', 'ept-4k-2m', 'ept-2m-2m', 'ept5-4k-4k'],
    ...['shadow-4k', 'shadow-2m', 'npt-4k-4k', 'npt-2m-2m'],
  ]) {
    expect(named(name).name).toBe(name);
  }
});

describe('a design that cannot be used', () => {
  const l1 = [{ sizes: ['4K'], entries: 64, ways: 4 }];
  it.each<[unknown, string]>([
    [[], 'design: is []'],
    [{}, 'mode: is missing; one of native, shadow, ept, npt'],
    [{ mode: 'xen' }, 'mode: is "xen"'],
    [{ mode: 'ept', page: '4K' }, 'design.page: is not a known key'],
    [{ mode: 'ept', guestPage: '4k' }, 'guestPage: is "4k"; "4K", "2M" or "1G"'],
    [{ mode: 'ept', levels: 3 }, 'levels: is 3; 4 or 5'],
    [{ mode: 'native', hostPage: '4K' }, 'hostPage: is "4K", but bare metal'],
    [{ mode: 'shadow', hostLevels: 4 }, 'hostLevels: is 4, but shadow has one dimension'],
    [{ mode: 'ept', tlb: 'pentium' }, 'tlb: is "pentium"; an object or one of reference'],
    [{ mode: 'ept', tlb: {} }, 'tlb.l1: is missing; a list of arrays'],
    [{ mode: 'ept', tlb: { l1: [] } }, 'tlb.l1: has no array for 4K on the data side'],
    [
      { mode: 'ept', tlb: { l1: [{ ...l1[0], ways: 3 }] } },
      'tlb.l1[0].entries: is 64, which 3 ways',
    ],
    [
      { mode: 'ept', tlb: { l1: [{ ...l1[0], entries: 48, ways: 4 }] } },
      'tlb.l1[0].entries: is 48, which with 4 ways makes 12 sets; a power of two',
    ],
    [{ mode: 'ept', tlb: { l1: [{ ...l1[0], ways: 0 }] } }, 'tlb.l1[0].ways: is 0; a whole number'],
    [
      { mode: 'ept', tlb: { l1: [{ sizes: ['4K'], entries: 512, ways: 'full' }] } },
      'tlb.l1[0].ways: is 512; at most 128',
    ],
    [{ mode: 'ept', tlb: { l1: [{ ...l1[0], sizes: ['8K'] }] } }, 'tlb.l1[0].sizes: is ["8K"]'],
    [{ mode: 'ept', tlb: { l1: [...l1, ...l1] } }, 'tlb.l1[1].sizes: has 4K a second time'],
    [{ mode: 'ept', tlb: { l1, l2: [{ ...l1[0], side: 'left' }] } }, 'tlb.l2[0].side: is "left"'],
    [
      { mode: 'ept', tlb: { l1, nested: { entries: 8, ways: 8 } } },
      'tlb.nested: is given, but a replay does not follow',
    ],
    [{ mode: 'ept', psc: 'big' }, 'psc: is "big"; "none", "example"'],
    [{ mode: 'ept', psc: { pde: { entries: 6, ways: 2 } } }, 'psc.pde.entries: is 6'],
    [{ mode: 'ept', psc: { pte: {} } }, 'psc.pte: is not a known key'],
    [{ mode: 'ept', cost: { exit: -1 } }, 'cost.exit: is -1; a whole number of cycles'],
    [{ mode: 'ept', cost: { exits: 1 } }, 'cost.exits: is not a known key'],
  ])('%j is refused with its field', (design, message) => {
    expect(() => readDesign(design, 'x')).toThrow(message);
  });
});
