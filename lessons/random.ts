/**
 * A small generator of pseudo-random integers, the same in every browser and in Node: integer
 * arithmetic on 32 bits only. For exercises, where a seed must give the same question everywhere.
 */
export interface Random {
  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  next(): number;
  /** An integer from 0 to `end` - 1. */
  below(end: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
}

/** Mixes 32 bits (the finaliser of MurmurHash3), so that neighbouring seeds have nothing in common. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** A generator for the `n`th item of the series `seed`. Any safe integer will do for either. */
export function random(seed: number, n = 0): Random {
  // Both halves of the seed count, so that seeds above 2^32 differ from those below.
  const high = Math.floor(seed / 2 ** 32);
  let state = mix(mix(mix(seed) + high) + Math.imul(n, 0x9e3779b9));
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state);
  };
  const below = (end: number): number => {
    if (!Number.isInteger(end) || end < 1 || end > 2 ** 32) {
      throw new RangeError(`below(${end}): want an integer from 1 to 2^32`);
    }
    // Values beyond the last whole multiple of `end` are thrown away, so that none is favoured.
    const limit = 2 ** 32 - (2 ** 32 % end);
    let value = next();
    while (value >= limit) value = next();
    return value % end;
  };
  return {
    next,
    below,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('pick from nothing');
      return items[below(items.length)] as T;
    },
  };
}
