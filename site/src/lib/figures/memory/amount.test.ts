import { expect, it } from 'vitest';
import { amount, change, exact } from './amount.ts';

it('amounts are cut as free(1) cuts them', () => {
  expect(amount(2_013_900)).toBe('1,966 MiB');
  expect(amount(1024 * 10 - 1)).toBe('9.9 MiB');
  expect(amount(1024)).toBe('1.0 MiB');
  expect(amount(1023)).toBe('1,023 KiB');
  expect(amount(0)).toBe('0 KiB');
});

it('changes have their sign', () => {
  expect(change(-300 * 1024)).toBe('−300 MiB');
  expect(change(1536)).toBe('+1.5 MiB');
});

it('lines of /proc/meminfo are shown as they are', () => {
  expect(exact(1_624_208)).toBe('1,624,208 kB');
});
