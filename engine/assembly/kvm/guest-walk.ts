/**
 * KVM's own walk of the guest's tables, in software (Linux paging_tmpl.h, walk_addr_generic()): what
 * the processor would do if it could walk them itself.
 */
import { FETCH, WRITE } from '../access';
import { bits, isCanonical, shiftOfLevel, slotOf } from '../address';
import * as entry from '../entry';
import { isMemory, readGuest, writeGuest } from './memslot';
import { ACC_ALL, ACC_EXEC, ACC_USER, ACC_WRITE } from './spte';
import { Vm } from './vm';

/** What the last walk found (struct guest_walker). */
export let level: i32 = 0;
export let gfn: u64 = 0;
export let gpa: u64 = 0;
/** Rights of the page, as the guest's entries leave them; no write where its dirty bit is clear. */
export let pageAccess: u32 = 0;
/** Error code of the page fault, when the walk failed. */
export let errorCode: u64 = 0;

/** Per level: the table's frame, the rights above it, and the entry that was read. */
const tables: usize = memory.data(8 * sizeof<u64>(), 8);
const above: usize = memory.data(8 * sizeof<u32>(), 4);
const entries: usize = memory.data(8 * sizeof<u64>(), 8);

export function tableFrame(at: i32): u64 {
  return load<u64>(tables + ((<usize>at) << 3));
}
export function accessAbove(at: i32): u32 {
  return load<u32>(above + ((<usize>at) << 2));
}

/**
 * Whether an entry of the last walk is no longer what was read or left there (gpte_changed()): so it is
 * where one entry translates at two levels, and the lower has just been given its dirty bit.
 */
export function hasChanged(vm: Vm, gva: u64, at: i32): bool {
  const now = readGuest(vm, (tableFrame(at) << 12) | (slotOf(gva, at) << 3));
  return now != load<u64>(entries + ((<usize>at) << 3));
}

/** Rights that one guest entry gives (gpte_access()). */
export function accessOf(gpte: u64): u32 {
  return (
    ((gpte & entry.RW) != 0 ? ACC_WRITE : 0) |
    ((gpte & entry.US) != 0 ? ACC_USER : 0) |
    ((gpte & entry.XD) == 0 ? ACC_EXEC : 0)
  );
}

/** A page that is clean goes in read-only, so that its first write can set the dirty bit. */
export function withoutCleanWrite(access: u32, gpte: u64): u32 {
  return (gpte & entry.D) == 0 ? access & ~ACC_WRITE : access;
}

const CODE_P: u64 = 1;
const CODE_W: u64 = 1 << 1;
const CODE_U: u64 = 1 << 2;
const CODE_RSVD: u64 = 1 << 3;
const CODE_ID: u64 = 1 << 4;

/** The physical address width that guests here see. */
const RESERVED: u64 = bits(51, 46);

function hasReserved(gpte: u64, at: i32): bool {
  let mask = RESERVED;
  if (at >= 4) mask |= entry.PS;
  else if ((gpte & entry.PS) != 0) {
    if (at == 3) mask |= bits(29, 13);
    else if (at == 2) mask |= bits(20, 13);
  }
  return (gpte & mask) != 0;
}

export function isReservedLeaf(gpte: u64): bool {
  return hasReserved(gpte, 1);
}

/** Walks the guest's tables from `cr3`; false when the guest gets a page fault, with `errorCode`. */
export function walk(vm: Vm, cr3: u64, gva: u64, access: i32, user: bool): bool {
  const code =
    (access == WRITE ? CODE_W : 0) | (user ? CODE_U : 0) | (access == FETCH ? CODE_ID : 0);
  if (!isCanonical(gva, vm.levels)) {
    errorCode = code;
    return false;
  }
  let table = cr3 & bits(45, 12);
  let allowed = ACC_ALL;
  let at = vm.levels;
  let gpte: u64 = 0;
  while (true) {
    store<u64>(tables + ((<usize>at) << 3), table >> 12);
    store<u32>(above + ((<usize>at) << 2), allowed);
    if (!isMemory(vm, table >> 12)) {
      errorCode = code;
      return false;
    }
    gpte = readGuest(vm, table | (slotOf(gva, at) << 3));
    store<u64>(entries + ((<usize>at) << 3), gpte);
    if ((gpte & entry.P) == 0) {
      errorCode = code;
      return false;
    }
    if (hasReserved(gpte, at)) {
      errorCode = code | CODE_P | CODE_RSVD;
      return false;
    }
    allowed &= accessOf(gpte);
    if (entry.isLeaf(gpte, at)) break;
    table = gpte & bits(45, 12);
    at--;
  }

  // CR0.WP is always set here, SMEP and SMAP are not.
  const permitted =
    (!user || (allowed & ACC_USER) != 0) &&
    (access != WRITE || (allowed & ACC_WRITE) != 0) &&
    (access != FETCH || (allowed & ACC_EXEC) != 0);
  if (!permitted) {
    errorCode = code | CODE_P;
    return false;
  }

  for (let each = vm.levels; each >= at; each--) {
    const before = load<u64>(entries + ((<usize>each) << 3));
    const now = before | (each == at && access == WRITE ? entry.A | entry.D : entry.A);
    if (now == before) continue;
    // Through the host's own mapping: no shadow of the table is told.
    writeGuest(vm, (tableFrame(each) << 12) | (slotOf(gva, each) << 3), now);
    store<u64>(entries + ((<usize>each) << 3), now);
  }
  gpte = load<u64>(entries + ((<usize>at) << 3));
  const offset = bits(shiftOfLevel(at) - 1, 0);
  level = at;
  gpa = (gpte & bits(45, 12) & ~offset) | (gva & offset);
  gfn = gpa >> 12;
  pageAccess = access == WRITE ? allowed : withoutCleanWrite(allowed, gpte);
  return true;
}
