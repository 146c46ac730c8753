import { expect, it } from 'vitest';
import { roundUp } from './looks.ts';

it('rounds up to a number whose half is round too', () => {
  expect([0, 0.3, 1, 1.1, 4, 7, 99, 101, 274].map(roundUp).map((top) => top.toFixed(1))).toEqual([
    '1.0',
    '0.3',
    '1.0',
    '1.2',
    '4.0',
    '8.0',
    '100.0',
    '120.0',
    '300.0',
  ]);
});
