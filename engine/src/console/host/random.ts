import type { HostState } from './state.ts';

/** The next number, 32 bits, of the host's own sequence (mulberry32): what a real host draws at random. */
export function draw(state: Pick<HostState, 'random'>): number {
  state.random = (state.random + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state.random ^ (state.random >>> 15), 1 | state.random);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

const hex = (value: number, digits: number): string =>
  value.toString(16).padStart(8, '0').slice(-digits);

/** A UUID of version 4. */
export function drawUuid(state: Pick<HostState, 'random'>): string {
  const [a, b, c, d] = [draw(state), draw(state), draw(state), draw(state)];
  const version = hex((b & 0x0fff) | 0x4000, 4);
  const variant = hex(((c >>> 16) & 0x3fff) | 0x8000, 4);
  return `${hex(a, 8)}-${hex(b >>> 16, 4)}-${version}-${variant}-${hex(c & 0xffff, 4)}${hex(d, 8)}`;
}
