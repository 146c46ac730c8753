import { describe, expect, it } from 'vitest';
import { random } from './random.ts';

const take = (seed: number, n: number, count = 4): number[] => {
  const rng = random(seed, n);
  return Array.from({ length: count }, () => rng.next());
};

describe('the pseudo-random generator', () => {
  it('gives the same numbers everywhere: these', () => {
    expect(take(1, 0)).toEqual([3040180229, 2148233138, 271074614, 876427163]);
  });

  it('gives other numbers for another seed or item', () => {
    expect(take(1, 1)).not.toEqual(take(1, 0));
    expect(take(2, 0)).not.toEqual(take(1, 0));
    expect(take(2 ** 40 + 1, 0)).not.toEqual(take(1, 0));
    expect(take(-1, 0)).not.toEqual(take(1, 0));
  });

  it('stays below its bound and reaches every value', () => {
    const rng = random(7);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 5000; i++) {
      const value = rng.below(5);
      expect(Number.isInteger(value) && value >= 0 && value < 5).toBe(true);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(900);
  });

  it('refuses a bound that leaves nothing to give', () => {
    expect(() => random(1).below(0)).toThrow(RangeError);
    expect(() => random(1).pick([])).toThrow(RangeError);
  });
});
