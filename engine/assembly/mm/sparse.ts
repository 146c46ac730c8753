/** Arrays of small records of which only the parts ever touched exist: a directory of chunks. */
import { reserveBlock } from '../memory';

const CHUNK_SHIFT: u32 = 10;
const CHUNK: u32 = 1 << CHUNK_SHIFT;

/** The directory of an array of so many records. */
export function openSparse(records: u32): usize {
  return reserveBlock((<usize>(records >> CHUNK_SHIFT) + 1) << 2);
}

/** Where a record lies; 0 while its chunk does not exist. All of an absent record is zero. */
// @ts-ignore: decorator
@inline
export function peek(directory: usize, index: u32, bytes: u32): usize {
  const chunk = <usize>load<u32>(directory + (<usize>(index >> CHUNK_SHIFT) << 2));
  return chunk == 0 ? 0 : chunk + <usize>((index & (CHUNK - 1)) * bytes);
}

/** Where a record lies, which exists from now on. */
// @ts-ignore: decorator
@inline
export function at(directory: usize, index: u32, bytes: u32): usize {
  const slot = directory + (<usize>(index >> CHUNK_SHIFT) << 2);
  let chunk = <usize>load<u32>(slot);
  if (chunk == 0) chunk = make(slot, bytes);
  return chunk + <usize>((index & (CHUNK - 1)) * bytes);
}

function make(slot: usize, bytes: u32): usize {
  const chunk = reserveBlock(<usize>(CHUNK * bytes));
  store<u32>(slot, <u32>chunk);
  return chunk;
}

/** The first index from `from` on, below `end`, whose chunk exists; `end` when there is none. */
export function nextThere(directory: usize, from: u32, end: u32): u32 {
  let index = from;
  while (index < end) {
    if (load<u32>(directory + (<usize>(index >> CHUNK_SHIFT) << 2)) != 0) return index;
    index = (index | (CHUNK - 1)) + 1;
  }
  return end;
}
