import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineUnderTest } from './engine-under-test.ts';
import type { TranslateInput } from './reference/contract.ts';
import { buildShape, shapes } from './reference/random-machine.ts';
import type { Shape } from './reference/random-machine.ts';
import { translateWithParents } from './reference/walk.ts';

/**
 * Two implementations, one contract: the engine and the reference give the same answer, reference by
 * reference and store by store, on any machine. More of it: PAGEWALK_RUNS; another part of it:
 * PAGEWALK_SEED.
 */
const RUNS = Number(process.env['PAGEWALK_RUNS'] ?? 3000);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20260101);

describe('the engine and the reference agree', () => {
  let engine: Awaited<ReturnType<typeof engineUnderTest>>;

  beforeAll(async () => {
    engine = await engineUnderTest();
  });

  /** `null` when they agree, else both answers. */
  function difference(input: TranslateInput): { engine: unknown; reference: unknown } | null {
    const answer = engine.translate(input);
    const { output, parents } = translateWithParents(input);
    if (output.result === 'invalid') {
      const { message, ...rest } = answer;
      const named = typeof message === 'string' && /^\S+: ./.test(message);
      return named && same(rest, output) ? null : { engine: answer, reference: output };
    }
    if (!same(answer, output)) return { engine: answer, reference: output };
    const links = answer['refs'] instanceof Array ? engine.parents() : [];
    return same(links, parents) ? null : { engine: { links }, reference: { parents } };
  }

  test(
    `on ${RUNS} random machines (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED)`,
    () => {
      const started = performance.now();
      const property = fc.property(shapes(), (shape) => difference(buildShape(shape)) === null);
      const details = fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: false });
      const perSecond = Math.round(details.numRuns / ((performance.now() - started) / 1000));
      console.log(`agree: PAGEWALK_RUNS=${RUNS} PAGEWALK_SEED=${SEED}, ${perSecond} machines/s`);
      if (details.failed) throw new Error(report(details.counterexample?.[0], details.numShrinks));
      expect(details.numRuns).toBe(RUNS);
    },
    Math.max(30_000, RUNS * 2),
  );

  function report(shape: Shape | undefined, shrinks: number): string {
    if (shape === undefined) return 'fast-check found a failure and lost it';
    const input = buildShape(shape);
    const found = difference(input);
    const corruptions = shape.corruptions.map(({ what }) => what).join(', ') || 'none';
    return [
      `the engine and the reference disagree; seed ${SEED}, machine ${shape.seed}, ${shrinks} shrinks,`,
      `corruptions: ${corruptions}. As a line for npx pagewalk translate:`,
      JSON.stringify(input),
      `engine:    ${JSON.stringify(found?.engine)}`,
      `reference: ${JSON.stringify(found?.reference)}`,
    ].join('\n');
  }
});

/** Deep equality of JSON values, whatever the order of their keys. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every(([key, value]) => key in b && same(value, (b as Record<string, unknown>)[key]));
}
