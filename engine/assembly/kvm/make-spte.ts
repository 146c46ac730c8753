/** Making a shadow entry (Linux spte.c make_spte(), mmu.c mmu_set_spte()). */
import { MAP, PREFETCH, happened } from '../events';
import { read64, write64 } from '../memory';
import { frameOf } from './memslot';
import { flushRemote } from './requests';
import { addMapping, dropEntry } from './rmap';
import { ShadowPage, indexOf, noteEntry, parentsOf } from './shadow-page';
import { remove } from './list';
import {
  A,
  ACC_EXEC,
  ACC_USER,
  ACC_WRITE,
  ADDRESS,
  D,
  HOST_WRITABLE,
  MMU_WRITABLE,
  NX,
  P,
  PS,
  U,
  W,
  isLarge,
  isPresent,
} from './spte';
import { childOf, mustProtect } from './unsync';
import { Vm } from './vm';

/** How setting an entry ended (RET_PF_*). */
export const FIXED: i32 = 0;
export const EMULATE: i32 = 1;
export const SPURIOUS: i32 = 2;
export const RETRY: i32 = 3;

/** Whether the last entry made had to go without write access because a table lies in the frame. */
export let protectedEntry: bool = false;

/** The entry for a frame with these rights. `before` is what stands there now. */
export function makeSpte(
  vm: Vm,
  page: ShadowPage,
  access: u32,
  gfn: u64,
  frame: u64,
  before: u64,
  prefetch: bool,
  canUnsync: bool,
  hostWritable: bool,
): u64 {
  protectedEntry = false;
  let rights = access;
  let spte = P | (prefetch ? 0 : A) | frame;
  if (page.level > 1) spte |= PS;
  if ((rights & ACC_EXEC) == 0) spte |= NX;
  if ((rights & ACC_USER) != 0) spte |= U;
  if (hostWritable) spte |= HOST_WRITABLE;
  else rights &= ~ACC_WRITE;
  if ((rights & ACC_WRITE) == 0) return spte;
  // What was writable stays so unasked, and gets no dirty bit (6.1; kernels since 6.13 set it).
  if ((before & W) != 0) return spte | W | MMU_WRITABLE;
  protectedEntry = mustProtect(vm, gfn, canUnsync, prefetch);
  if (!protectedEntry) spte |= W | MMU_WRITABLE | D;
  return spte;
}

/**
 * Puts a leaf in place. `fault` is false for a prefetched one; `write` says that a write is waiting
 * for it.
 */
export function setSpte(
  vm: Vm,
  page: ShadowPage,
  entry: u64,
  access: u32,
  gfn: u64,
  hostWritable: bool,
  fault: bool,
  write: bool,
): i32 {
  const index = indexOf(entry);
  const frame = frameOf(vm, gfn);
  const before = read64(entry);
  let mapped = false;
  if (isPresent(before)) {
    const child = page.level > 1 && !isLarge(before) ? childOf(before) : null;
    if (child !== null) {
      remove(parentsOf(child), entry);
      write64(entry, 0);
      flushRemote(vm);
    } else if ((before & ADDRESS) != frame) dropEntry(vm, entry);
    else mapped = true;
  }
  const spte = makeSpte(vm, page, access, gfn, frame, read64(entry), !fault, true, hostWritable);
  let result = FIXED;
  if (read64(entry) == spte) result = SPURIOUS;
  else {
    if ((before & ~spte & W) != 0) flushRemote(vm);
    write64(entry, spte);
    happened(fault ? MAP : PREFETCH, page.level, entry, spte, gfn, 0);
  }
  if (protectedEntry && write) result = EMULATE;
  noteEntry(page, index, gfn, access);
  if (!mapped) addMapping(vm, gfn, page.level, entry);
  return result;
}
