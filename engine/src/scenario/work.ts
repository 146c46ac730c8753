import type { Address } from '../address.ts';
import type { AccessKind } from '../paging.ts';
import type { Action } from './schema.ts';

/** The action "work": many accesses at random, and changes of page-table entries between them. */

/** An entry of the second area that is pointed at another frame. */
export interface Change {
  gva: Address;
  gpa: Address;
}

/** Numbers below a bound, the same for the same seed (xorshift32). */
function randomOf(seed: number): (below: number) => number {
  // Zero would stay zero for ever.
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Draws what is done, in order, and has it done. */
export function draw(
  { gva, area, accesses, hot, writes, updates, scratch, seed }: Action & { do: 'work' },
  access: (gva: Address, kind: AccessKind) => void,
  change: (change: Change) => void,
): void {
  const random = randomOf(seed);
  const start = BigInt(gva);
  const tenth = Math.max(1, Math.floor(area / 10));
  for (let done = 0; done < accesses; done++) {
    const isHot = random(100) < hot;
    // The first tenth, or the rest; an area of one page is all hot.
    const page = isHot || area === tenth ? random(tenth) : tenth + random(area - tenth);
    access(start + BigInt(page) * 4096n, random(100) < writes ? 'write' : 'read');
    if (scratch !== undefined && random(1000) < updates) {
      const slot = random(scratch.pages);
      const frame = slot + random(2) * scratch.pages;
      change({
        gva: BigInt(scratch.gva) + BigInt(slot) * 4096n,
        gpa: BigInt(scratch.gpa) + BigInt(frame) * 4096n,
      });
    }
  }
}
