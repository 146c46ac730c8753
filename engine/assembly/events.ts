/**
 * What happened, in order: a record for each thing that somebody may want to see. Views, narration and
 * tests read them; the machine never does. They are not a part of its state.
 */

@unmanaged
export class Happening {
  a: u64;
  b: u64;
  c: u64;
  extra: u32;
  vm: u8;
  vcpu: u8;
  level: u8;
  type: u8;
}

/** An access by a program: a address, b what a write stores, extra kind (READ, WRITE, FETCH). */
export const ACCESS: u8 = 1;
/** A TLB hit: a address, b frame, level 1 or 2 of the TLB, extra page size class. */
export const TLB_HIT: u8 = 2;
/** A TLB miss: a address. */
export const TLB_MISS: u8 = 3;
/** A walk by the processor: a address, b what it reached, extra references made, level the result. */
export const WALK: u8 = 4;
/** A VM exit: extra the reason, a the address or value that it is about, b error code or qualification. */
export const EXIT: u8 = 5;
/** KVM put in an entry that maps a page: a entry's address, b its value, c guest frame. */
export const MAP: u8 = 6;
/** The same, without being asked for (prefetch). */
export const PREFETCH: u8 = 7;
/** KVM linked one of its tables: a entry's address, b its value, c guest frame of the table. */
export const LINK: u8 = 8;
/** KVM took an entry out: a entry's address, b what it was. */
export const DROP: u8 = 9;
/** An entry lost write access: a entry's address, b what it was. */
export const PROTECT: u8 = 10;
/** A shadow page was made: a its table, c guest frame, extra rights. */
export const SHADOW_NEW: u8 = 11;
/** A shadow page was given up: a its table, c guest frame. */
export const SHADOW_ZAP: u8 = 12;
/** A shadow page may be stale from now on: a its table, c guest frame. */
export const UNSYNC: u8 = 13;
/** It was compared with the guest's table: a its table, c guest frame. */
export const SYNC: u8 = 14;
/** A store of the guest carried out by KVM: a guest-physical address, b value. */
export const EMULATE: u8 = 15;
/** The guest got a page fault: a address, b error code. */
export const GUEST_FAULT: u8 = 16;
/** The host put a frame behind a guest frame: c guest frame, b host frame, extra 1 when the zero page. */
export const POPULATE: u8 = 17;
/** The host took a frame away: c guest frame, b host frame. */
export const DISCARD: u8 = 18;
/** A hardware TLB was flushed: extra what (see cpu.ts). */
export const TLB_FLUSH: u8 = 19;
/** The guest's kernel stores an entry of its tables: a guest-physical address, b value, c what it was. */
export const KERNEL_STORE: u8 = 20;
/** The guest loads CR3: a value. */
export const LOAD_CR3: u8 = 21;
/** The guest executes INVLPG: a address. */
export const INVLPG: u8 = 22;
/** An access was done: a address, b host-physical address, c value read or written. */
export const DONE: u8 = 23;

/** The walk before began below a paging-structure entry that a cache had: a address, level the entry's. */
export const WALK_CACHE: u8 = 24;

/** A page went to swap: a slot, b host frame, c guest frame. */
export const SWAP_OUT: u8 = 25;
/** A page came back: a slot, b host frame, c guest frame, extra 1 when it was read from the device. */
export const SWAP_IN: u8 = 26;
/** A slot of a swap area is free again: a slot, b area. */
export const SWAP_SLOT: u8 = 27;
/** ksmd put a page in the place of an equal one: a frame lost, b frame shared, c guest frame, extra process. */
export const MERGE: u8 = 28;
/** A shared page was written, so there is a copy: a frame shared, b frame, c guest frame. */
export const COPY_ON_WRITE: u8 = 29;
/** A large mapping became 512 small ones: b first frame, c first guest frame, extra 1 of zeroes. */
export const SPLIT: u8 = 30;
/** 512 small pages became a large one: b first frame, c first guest frame. */
export const COLLAPSE: u8 = 31;
/** A guest gave a page to its balloon: c guest frame. */
export const INFLATE: u8 = 32;
/** It took one back: c guest frame. */
export const DEFLATE: u8 = 33;
/** The kernel killed a process for lack of memory: a its number, b its points, extra its resident pages. */
export const KILL: u8 = 34;

/** Reasons of EXIT. */
export const EXIT_PAGE_FAULT: u32 = 1;
export const EXIT_NESTED: u32 = 2;
export const EXIT_CR3: u32 = 3;
export const EXIT_CR4: u32 = 4;
export const EXIT_INVLPG: u32 = 5;
export const EXIT_DEVICE: u32 = 6;

const CAPACITY: u32 = 4096;
const records: usize = memory.data(4096 * offsetof<Happening>(), 8);

let count: u32 = 0;
let lost: u32 = 0;
/** Whom the next records are about. */
let vm: u8 = 0;
let vcpu: u8 = 0;

/** Begins a new list. */
export function forgetHappenings(): void {
  count = 0;
  lost = 0;
}
export function happeningsAt(): usize {
  return records;
}
export function numberOfHappenings(): u32 {
  return count;
}
/** How many did not fit. */
export function lostHappenings(): u32 {
  return lost;
}

/** The following records are about this virtual machine and this virtual CPU of it. */
export function about(vm_: i32, vcpu_: i32): void {
  vm = <u8>vm_;
  vcpu = <u8>vcpu_;
}

/** Notes what happened to another machine than the one that the records around it are about. */
export function happenedTo(
  vm_: i32,
  type: u8,
  level: i32,
  a: u64,
  b: u64,
  c: u64,
  extra: u32,
): void {
  const before = vm;
  vm = <u8>vm_;
  happened(type, level, a, b, c, extra);
  vm = before;
}

export function happened(type: u8, level: i32, a: u64, b: u64, c: u64, extra: u32): void {
  if (count == CAPACITY) {
    lost++;
    return;
  }
  const record = changetype<Happening>(records + <usize>count * offsetof<Happening>());
  count++;
  record.type = type;
  record.level = <u8>level;
  record.a = a;
  record.b = b;
  record.c = c;
  record.extra = extra;
  record.vm = vm;
  record.vcpu = vcpu;
}
