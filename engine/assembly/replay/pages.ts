/** A set of page numbers, open addressing: which pages a run has touched. It grows with them alone. */
import { reserveBlock } from '../memory';

const FIRST_SLOTS: u32 = 1024;

@unmanaged
export class PageSet {
  slots: u32;
  count: u32;
  /** Page number + 1 each; 0 is empty. */
  keys: usize;
}

export function openPages(set: PageSet): void {
  set.slots = FIRST_SLOTS;
  set.count = 0;
  set.keys = reserveBlock((<usize>FIRST_SLOTS) << 3);
}

function slotOf(set: PageSet, key: u64): usize {
  const mask = set.slots - 1;
  let slot = <u32>((key * 0x9e3779b97f4a7c15) >> 32) & mask;
  while (true) {
    const at = set.keys + ((<usize>slot) << 3);
    const there = load<u64>(at);
    if (there == key || there == 0) return at;
    slot = (slot + 1) & mask;
  }
}

function grow(set: PageSet): void {
  const old = set.keys;
  const oldSlots = set.slots;
  set.slots = oldSlots << 1;
  set.keys = reserveBlock((<usize>set.slots) << 3);
  for (let slot: u32 = 0; slot < oldSlots; slot++) {
    const key = load<u64>(old + ((<usize>slot) << 3));
    if (key != 0) store<u64>(slotOf(set, key), key);
  }
}

/** Puts a page in, which may be there already. */
export function addPage(set: PageSet, page: u64): void {
  const at = slotOf(set, page + 1);
  if (load<u64>(at) != 0) return;
  store<u64>(at, page + 1);
  set.count++;
  if (set.count * 2 > set.slots) grow(set);
}
