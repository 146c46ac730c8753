import { beforeAll, describe, expect, test } from 'vitest';
import { engineUnderTest } from './engine-under-test.ts';
import type { Levels, PageSize } from './reference/contract.ts';
import { buildMachine } from './reference/random-machine.ts';
import type { MachinePlan } from './reference/random-machine.ts';
import { translateWithParents } from './reference/walk.ts';

/** How many entries a cold walk reads: the tables of engine-facts.md, section 7, number by number. */

const PAGES: readonly PageSize[] = ['4K', '2M', '1G'];
const KINDS = ['ept', 'npt'] as const;

let engine: Awaited<ReturnType<typeof engineUnderTest>>;

beforeAll(async () => {
  engine = await engineUnderTest();
});

/** The engine's count, once the answer is known to be the machine that was asked for. */
function references(plan: MachinePlan): number {
  const answer = engine.translate(buildMachine(plan));
  expect(answer.result).toBe('ok');
  expect(answer['guestPage']).toBe(plan.guestPage);
  if (plan.kind !== 'bare') expect(answer['hostPage']).toBe(plan.hostPageData);
  return (answer['refs'] as unknown[]).length;
}

describe('one dimension (7.1)', () => {
  const table: [Levels, number[]][] = [
    [4, [4, 3, 2]],
    [5, [5, 4, 3]],
  ];
  test.each(table)('%i levels: 4K, 2M, 1G cost %j', (levels, costs) => {
    expect(PAGES.map((guestPage) => references({ kind: 'bare', levels, guestPage }))).toEqual(
      costs,
    );
  });
});

describe.each(KINDS)('two dimensions under %s, one host page size (7.3)', (kind) => {
  const table: [Levels, Levels, PageSize, number[]][] = [
    [4, 4, '4K', [24, 19, 14]],
    [4, 4, '2M', [19, 15, 11]],
    [4, 4, '1G', [14, 11, 8]],
    [4, 5, '4K', [29, 24, 19]],
    [4, 5, '2M', [23, 19, 15]],
    [4, 5, '1G', [17, 14, 11]],
    [5, 4, '4K', [29, 23, 17]],
    [5, 4, '2M', [24, 19, 14]],
    [5, 4, '1G', [19, 15, 11]],
    [5, 5, '4K', [35, 29, 23]],
    [5, 5, '2M', [29, 24, 19]],
    [5, 5, '1G', [23, 19, 15]],
  ];
  test.each(table)(
    '%i guest levels over %i, guest page %s: host 4K, 2M, 1G cost %j',
    (levels, hostLevels, guestPage, costs) => {
      const counted = PAGES.map((hostPage) =>
        references({
          kind,
          levels,
          hostLevels,
          guestPage,
          hostPageTables: hostPage,
          hostPageData: hostPage,
        }),
      );
      expect(counted).toEqual(costs);
    },
  );
});

describe.each(KINDS)('two dimensions under %s, guest tables on host 4K pages (7.4)', (kind) => {
  const table: [Levels, Levels, PageSize, number[]][] = [
    [4, 4, '2M', [23, 18, 13]],
    [4, 4, '1G', [22, 17, 12]],
    [4, 5, '2M', [28, 22, 16]],
    [4, 5, '1G', [27, 21, 15]],
    [5, 4, '2M', [28, 23, 18]],
    [5, 4, '1G', [27, 22, 17]],
    [5, 5, '2M', [34, 28, 22]],
    [5, 5, '1G', [33, 27, 21]],
  ];
  test.each(table)(
    '%i guest levels over %i, data on host %s: guest pages 4K, 2M, 1G cost %j',
    (levels, hostLevels, hostPageData, costs) => {
      const counted = PAGES.map((guestPage) =>
        references({
          kind,
          levels,
          hostLevels,
          guestPage,
          hostPageTables: '4K',
          hostPageData,
        }),
      );
      expect(counted).toEqual(costs);
    },
  );
});

test('a cold 4 x 4 walk reads 5 + 5 + 5 + 5 + 4 entries, in this order (7.5)', () => {
  const answer = engine.translate(
    buildMachine({ kind: 'ept', levels: 4, guestPage: '4K', hostPageData: '4K' }),
  );
  const order = (answer['refs'] as [string, number][]).map(([table, level]) => `${table} ${level}`);
  const host = ['ept 4', 'ept 3', 'ept 2', 'ept 1'];
  expect(order).toEqual([
    ...[...host, 'guest 4'],
    ...[...host, 'guest 3'],
    ...[...host, 'guest 2'],
    ...[...host, 'guest 1'],
    ...host,
  ]);
});

test('each nested entry serves the guest entry that follows; the last four the access itself', () => {
  const input = buildMachine({ kind: 'npt', levels: 4, guestPage: '4K', hostPageData: '4K' });
  engine.translate(input);
  const row = (guest: number | null) => [guest, guest, guest, guest];
  const expected = [4, 9, 14, 19].flatMap((guest) => [...row(guest), null]).concat(row(null));
  expect(engine.parents()).toEqual(expected);
  expect(translateWithParents(input).parents).toEqual(expected);
});
