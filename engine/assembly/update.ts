/** Accessed and dirty updates: locked read-modify-writes of an entry (Intel SDM vol. 3, 4.8). */
import * as evidence from './evidence';
import { read64, write64 } from './memory';

/** Sets `flags` in the entry that a reference read, as memory has it now; nothing where nothing changes. */
// @ts-ignore: decorator
@inline
export function setFlags(reference: i32, flags: u64): void {
  const hpa = evidence.reference(reference).hpa;
  const before = read64(hpa);
  const value = before | flags;
  if (value == before) return;
  write64(hpa, value);
  evidence.stored(reference, before, value);
}

/** Whether setting `flags` in that entry would change it. */
// @ts-ignore: decorator
@inline
export function wouldChange(reference: i32, flags: u64): bool {
  return (read64(evidence.reference(reference).hpa) & flags) != flags;
}
