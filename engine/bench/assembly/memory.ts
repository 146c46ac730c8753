/**
 * Stands in for the engine's memory in the benchmark: host-physical memory as one flat block from
 * address 0, the same as the other languages have, in place of frames found through a table.
 */

/** Host-physical memory of the benchmark: its tables, and no more. */
export const FLAT_BYTES: usize = 32 << 20;

export const flat: usize = (__heap_base + 4095) & ~4095;
let end: usize = flat + FLAT_BYTES;

export function reserveBlock(bytes: usize): usize {
  const at = end;
  end = at + ((bytes + 4095) & ~4095);
  const have = <usize>memory.size() << 16;
  if (end > have && memory.grow(<i32>((end - have + 0xffff) >> 16)) < 0) unreachable();
  memory.fill(at, 0, end - at);
  return at;
}

// @ts-ignore: decorator
@inline
export function read64(hpa: u64): u64 {
  return load<u64>(flat + <usize>hpa);
}

// @ts-ignore: decorator
@inline
export function write64(hpa: u64, value: u64): void {
  store<u64>(flat + <usize>hpa, value);
}
