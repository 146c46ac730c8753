import { beforeAll, describe, expect, test } from 'vitest';
import { engineUnderTest } from './engine-under-test.ts';
import { translateReference } from './reference/walk.ts';
import type { TranslateInput } from './reference/contract.ts';
import { haveShared, sharedLines } from './shared.ts';

const INPUT = 'golden/translate.jsonl';
const EXPECTED = 'golden/translate.expected.jsonl';
const present = haveShared(INPUT, EXPECTED);

describe.skipIf(!present)('the golden cases of pagewalk translate', () => {
  const lines = present ? sharedLines(INPUT) : [];
  const expected: unknown[] = present ? sharedLines(EXPECTED).map((line) => JSON.parse(line)) : [];
  let engine: Awaited<ReturnType<typeof engineUnderTest>>;

  beforeAll(async () => {
    engine = await engineUnderTest();
  });

  test('there is an answer for each line', () => {
    expect(lines.length).toBeGreaterThanOrEqual(120);
    expect(expected).toHaveLength(lines.length);
  });

  test('the reference gives every answer', () => {
    lines.forEach((line, i) => {
      expect(translateReference(JSON.parse(line) as TranslateInput)).toEqual(expected[i]);
    });
  });

  test('the engine gives every answer', () => {
    lines.forEach((line, i) => {
      expect(engine.translateLine(line)).toEqual(expected[i]);
    });
  });
});
