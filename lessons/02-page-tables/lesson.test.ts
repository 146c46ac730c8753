import { Workbench, hasBit } from '@pagewalk/engine';
import type { Outcome } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { scenarioOf } from '../define.ts';
import { exercise } from './exercise.ts';
import lesson from './lesson.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = new Workbench(await loadEngine());
});

const walk = (state: string) => bench.run(scenarioOf(lesson, state));
const outcome = (state: string): Outcome => walk(state).outcome;
const reads = (state: string): number => walk(state).references.length;

describe('the machine does what the prose explains', () => {
  it('a read for each level', () => {
    expect(reads('cold')).toBe(4);
    expect(reads('large-page')).toBe(3);
    expect(reads('huge-page')).toBe(2);
    expect(reads('five-levels')).toBe(5);
    expect(reads('no-table')).toBe(2);
    expect(reads('non-canonical')).toBe(0);
  });

  it.each([
    // P, W/R, U/S, RSVD, I/D: the manual's own sums.
    ['not-present', 0x4],
    ['no-table', 0x4],
    ['read-only', 0x7],
    ['read-only-above', 0x7],
    ['code-written', 0x7],
    ['data-fetched', 0x15],
    ['code-not-executable', 0x15],
    ['kernel-read', 0x5],
    ['reserved', 0xd],
  ])('%s is a page fault with error code %i', (state, errorCode) => {
    expect(outcome(state)).toMatchObject({ result: 'page-fault', errorCode });
  });

  it('#GP where no walk begins', () => {
    expect(outcome('non-canonical').result).toBe('general-protection');
  });

  it('two programs have two frames behind one address', () => {
    const [one, other] = [outcome('one-program'), outcome('other-program')];
    if (one.result !== 'ok' || other.result !== 'ok') throw new Error('neither may fault');
    expect(one.hpa).not.toBe(other.hpa);
    expect(one.hpa % 4096n).toBe(other.hpa % 4096n);
  });

  it('a write leaves the dirty bit, a read does not', () => {
    const dirty = (state: string) => walk(state).stores.some(({ value }) => hasBit(value, 6));
    expect(dirty('written')).toBe(true);
    expect(dirty('translated')).toBe(false);
  });
});

describe('the exercises', () => {
  it('are about bare metal only', () => {
    for (let n = 0; n < 40; n++) {
      const { scenario, question } = exercise(5, n, 'en', (walked) => bench.run(walked));
      expect(scenario.machine.mode).toBe('native');
      expect(question).not.toMatch(/EPT|NPT|guest/i);
    }
  });
});
