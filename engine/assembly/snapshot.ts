/** Copies of a machine: what is its state, and a number that tells two states apart. */
import { arenaAt, forgetFound } from './memory';
import { State, state } from './state';

export { arenaAt };

/** To be called when header and arena were put back as they were. */
export function restored(): void {
  const have = <usize>memory.size() << 16;
  if (state.arenaEnd > have) unreachable();
  forgetFound();
}

/** Makes room for an arena that ends here, before it is put back. */
export function makeRoomFor(arenaEnd: usize): void {
  const have = <usize>memory.size() << 16;
  if (arenaEnd > have && memory.grow(<i32>((arenaEnd - have + 0xffff) >> 16)) < 0) unreachable();
}

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;

// @ts-ignore: decorator
@inline
function mix(lane: u64, word: u64): u64 {
  return rotl<u64>(lane + word * PRIME_2, 31) * PRIME_1;
}

// Four lanes, each over every fourth word, as xxHash has them; the length is a multiple of 32.
function hashOf(from: usize, to: usize, seed: u64): u64 {
  let a = seed + PRIME_1 + PRIME_2;
  let b = seed + PRIME_2;
  let c = seed;
  let d = seed - PRIME_1;
  for (let at = from; at < to; at += 32) {
    a = mix(a, load<u64>(at));
    b = mix(b, load<u64>(at, 8));
    c = mix(c, load<u64>(at, 16));
    d = mix(d, load<u64>(at, 24));
  }
  let all = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
  all ^= all >> 33;
  all *= PRIME_2;
  all ^= all >> 29;
  return all * PRIME_1;
}

/** 64 bits over the whole state: header, tables, memory, TLBs, counters. */
export function stateHash(): u64 {
  const header = changetype<usize>(state);
  return hashOf(arenaAt(), state.arenaEnd, hashOf(header, header + STATE_ROUND, 0));
}

// The header's size in whole groups of words; what is beyond its fields is always zero.
const STATE_ROUND: usize = (offsetof<State>() + 31) & ~(<usize>31);
