import { beforeAll, describe, expect, test } from 'vitest';
import { instantiateEngine } from '../../src/node.ts';
import { DESIGNS, entryPage } from '../../src/replay/design.ts';
import { Replay } from '../../src/replay/replay.ts';
import { haveShared, sharedFile } from '../shared.ts';
import { countTlb, readTrace } from './counter.ts';
import type { Access } from './counter.ts';

const EXPECTED = 'golden/replay.expected.json';

interface Expected {
  trace: string;
  designs: { design: string; [count: string]: number | string }[];
}

const present = haveShared(EXPECTED);
const expected: Expected[] = present ? (JSON.parse(sharedFile(EXPECTED)) as Expected[]) : [];

describe.skipIf(!present)('the golden counts of pagewalk replay', () => {
  test('there are four traces', () => {
    expect(expected).toHaveLength(4);
  });

  describe.each(expected)('$trace', ({ trace, designs }) => {
    let text: string;
    let accesses: Access[];

    beforeAll(() => {
      text = sharedFile(`traces/${trace}`);
      ({ accesses } = readTrace(text, 'data'));
    });

    test('the engine gives every count', async () => {
      const chosen = designs.map(({ design }) => DESIGNS.get(design)!);
      const replay = await Replay.begin(instantiateEngine(), chosen, 'data');
      replay.feed(new TextEncoder().encode(text));
      replay.finish();
      expect(replay.lineCounts().bad).toBe(0);
      replay.results().forEach((result, index) => expect(result).toMatchObject(designs[index]!));
    });

    test('the second counter gives every count', () => {
      for (const counts of designs) {
        const design = DESIGNS.get(counts.design)!;
        const { l1, l2, misses } = countTlb(accesses, design.tlb, entryPage(design));
        expect(counts).toMatchObject({
          accesses: accesses.length,
          tlb_l1_hits: l1,
          tlb_l2_hits: l2,
          tlb_misses: misses,
        });
      }
    });
  });
});
