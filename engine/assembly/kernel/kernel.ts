/**
 * A small guest kernel. Its code and stack are one page, its page tables lie in one region, and it
 * reaches them through a window: a linear mapping that all its address spaces share. What it does to
 * tables are ordinary stores through that window, executed by a virtual CPU like any program's.
 *
 * Below the guest's tables lies 0x1000, the system page; tables from 0x200000 up to 0x400000; frames
 * for data from there on.
 */
import { FETCH, WRITE } from '../access';
import { slotOf } from '../address';
import * as entry from '../entry';
import { KERNEL_STORE, about, happened } from '../events';
import { peekGuest, writeGuest } from '../kvm/memslot';
import { DONE, access, movCr3 } from '../kvm/vcpu';
import { NATIVE, Vcpu, Vm } from '../kvm/vm';
import { reserveBlock, reserveRecord } from '../memory';
import { Balloon, newBalloon } from '../virtio/balloon';
import { BALLOONED, stateOf, take } from './balloon';

export const SYSTEM_PAGE: u64 = 0x1000;
export const TABLES_AT: u64 = 0x20_0000;
export const TABLES_END: u64 = 0x40_0000;
/** Data frames begin here. */
export const FIRST_FRAME: u64 = TABLES_END;
/** Guest-virtual address of guest-physical 0, where the window covers it. */
export const WINDOW: u64 = 0xffff_8880_0000_0000;
const WINDOW_SLOT: u64 = 273;
const STACK: u64 = 0xf00;
/** Through this page the kernel reaches one data frame at a time. */
const SCRATCH: u64 = WINDOW + 0x2000;

/** An entry that points to a table: what the leaf allows, decides. */
const TABLE_FLAGS: u64 = entry.P | entry.RW | entry.US | entry.A;
/** A page of the window: there from the start, used and written. */
const WINDOW_FLAGS: u64 = TABLE_FLAGS | entry.D;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/** How an act of the kernel ended. */
export const OK: i32 = 0;
export const NO_TABLES: i32 = 1;
export const NO_FRAMES: i32 = 2;
export const IN_THE_WAY: i32 = 3;
/** The kernel's own access failed: its window or its code is gone. */
export const CRASHED: i32 = 4;

@unmanaged
export class Process {
  next: Process | null;
  /** Guest-physical address of its top table. */
  root: u64;
  pcid: u32;
}

@unmanaged
export class Kernel {
  vm: Vm;
  nextTable: u64;
  nextFrame: u64;
  /** The table of the top level's half that belongs to the kernel: every space points to it. */
  shared: u64;
  /** The space that it starts with, before there is any process. */
  root: u64;
  /** The entry of the scratch page, as guest-physical address. */
  scratch: u64;
  first: Process | null;
  processes: u32;
  /** The processors use PCIDs. */
  pcide: bool;
  /** Per frame a byte: how it stands with the allocator (balloon.ts). */
  states: usize;
  balloon: Balloon;
}

function takeTable(kernel: Kernel): u64 {
  if (kernel.nextTable >= TABLES_END) return 0;
  kernel.nextTable += 0x1000;
  return kernel.nextTable - 0x1000;
}

// Tables that are there before the guest's first instruction, as a boot loader leaves them.
function load(kernel: Kernel, table: u64, slot: u64, value: u64): void {
  writeGuest(kernel.vm, table | (slot << 3), value);
}

/** The kernel in its guest's memory, before the first instruction. */
export function loadKernel(vm: Vm, pcide: bool): Kernel {
  const kernel = changetype<Kernel>(reserveRecord(offsetof<Kernel>()));
  kernel.vm = vm;
  kernel.pcide = pcide;
  kernel.nextTable = TABLES_AT;
  kernel.nextFrame = FIRST_FRAME;
  kernel.states = reserveBlock(<usize>vm.frames);
  kernel.balloon = newBalloon(vm);
  // Its own tables and what this host's kernel lays beside them are no data that ksmd should find.
  if (vm.mode != NATIVE) vm.space.mergeable = <u32>(FIRST_FRAME >> 12);
  writeGuest(vm, SYSTEM_PAGE, 0);

  const pdpt = takeTable(kernel);
  kernel.root = takeTable(kernel);
  const pd = takeTable(kernel);
  const low = takeTable(kernel);
  const tables = takeTable(kernel);
  load(kernel, pdpt, 0, pd | TABLE_FLAGS);
  load(kernel, pd, 0, low | TABLE_FLAGS);
  load(kernel, pd, 1, tables | TABLE_FLAGS);
  load(kernel, low, SYSTEM_PAGE >> 12, SYSTEM_PAGE | WINDOW_FLAGS);
  for (let index: u64 = 0; index < 512; index++) {
    load(kernel, tables, index, (TABLES_AT + (index << 12)) | WINDOW_FLAGS);
  }
  kernel.shared = pdpt;
  if (vm.levels == 5) {
    kernel.shared = takeTable(kernel);
    load(kernel, kernel.shared, WINDOW_SLOT, pdpt | TABLE_FLAGS);
  }
  load(kernel, kernel.root, sharedSlot(vm), kernel.shared | TABLE_FLAGS);
  kernel.scratch = low | (slotOf(SCRATCH, 1) << 3);
  return kernel;
}

/** Which entry of a top table leads to the window. */
function sharedSlot(vm: Vm): u64 {
  return slotOf(WINDOW, vm.levels);
}

// The kernel's code is fetched with each instruction.
function fetch(vcpu: Vcpu): bool {
  return access(vcpu, WINDOW | SYSTEM_PAGE, FETCH, 0, 0) == DONE;
}

/** The first instruction: a no-operation. */
export function boot(kernel: Kernel, vcpu: Vcpu): i32 {
  vcpu.cr3 = kernel.root;
  return fetch(vcpu) ? OK : CRASHED;
}

/** A page fault comes in: the processor pushes its frame, the handler runs. */
export function enterFaultHandler(vcpu: Vcpu): i32 {
  const pushed = access(vcpu, WINDOW + SYSTEM_PAGE + STACK, WRITE, 0, 0) == DONE;
  return pushed && fetch(vcpu) ? OK : CRASHED;
}

/** Stores an entry of the guest's tables, by an instruction. */
export function storeEntry(kernel: Kernel, vcpu: Vcpu, at: u64, value: u64): i32 {
  about(kernel.vm.index, vcpu.index);
  happened(KERNEL_STORE, 0, at, value, peekGuest(kernel.vm, at), 0);
  if (!fetch(vcpu)) return CRASHED;
  if (access(vcpu, WINDOW + at, WRITE, 0, value) != DONE) return CRASHED;
  return fetch(vcpu) ? OK : CRASHED;
}

/** A new process: a top table of its own, which leads to the window. */
export function createProcess(kernel: Kernel, vcpu: Vcpu): i32 {
  const root = takeTable(kernel);
  if (root == 0) return NO_TABLES;
  const process = changetype<Process>(reserveRecord(offsetof<Process>()));
  process.root = root;
  process.pcid = kernel.pcide ? ++kernel.processes & 0xfff : 0;
  process.next = kernel.first;
  kernel.first = process;
  return storeEntry(kernel, vcpu, root | (sharedSlot(kernel.vm) << 3), kernel.shared | TABLE_FLAGS);
}

/** What CR3 is while a process runs. */
export function cr3Of(process: Process): u64 {
  return process.root | <u64>process.pcid;
}

/** Has a virtual CPU run a process: MOV to CR3. With PCIDs the TLB keeps what it has (bit 63). */
export function switchTo(kernel: Kernel, vcpu: Vcpu, process: Process): i32 {
  if (!fetch(vcpu)) return CRASHED;
  movCr3(vcpu, cr3Of(process) | (kernel.pcide ? (<u64>1) << 63 : 0));
  return fetch(vcpu) ? OK : CRASHED;
}

/** The entry for `gva` at the lowest level that its tables reach, not below `leaf`. */
export let foundAt: u64 = 0;
export let foundLevel: i32 = 0;
export let found: u64 = 0;

export function find(kernel: Kernel, process: Process, gva: u64, leaf: i32): void {
  let table = process.root;
  let level = kernel.vm.levels;
  while (true) {
    foundAt = table | (slotOf(gva, level) << 3);
    foundLevel = level;
    found = peekGuest(kernel.vm, foundAt);
    if (level == leaf || (found & entry.P) == 0 || entry.isLeaf(found, level)) return;
    table = found & ADDRESS;
    level--;
  }
}

/** Free guest frames for a page of this level, upward. 0 when there are none. */
export function takeFrames(kernel: Kernel, level: i32): u64 {
  const bytes = (<u64>0x1000) << (<u64>(9 * (level - 1)));
  const first = (kernel.nextFrame + bytes - 1) & ~(bytes - 1);
  if (first + bytes > kernel.vm.frames << 12) return 0;
  for (let gpa = first; gpa < first + bytes; gpa += 0x1000) {
    if (stateOf(kernel, gpa >> 12) == BALLOONED) return 0;
  }
  kernel.nextFrame = first + bytes;
  take(kernel, first, bytes);
  return first;
}

/** Makes the tables that `gva` lacks above `leaf`; afterwards `foundAt` is where its leaf belongs. */
export function makeTables(kernel: Kernel, vcpu: Vcpu, process: Process, gva: u64, leaf: i32): i32 {
  while (true) {
    find(kernel, process, gva, leaf);
    if (foundLevel == leaf) break;
    if ((found & entry.P) != 0) return IN_THE_WAY;
    const table = takeTable(kernel);
    if (table == 0) return NO_TABLES;
    const stored = storeEntry(kernel, vcpu, foundAt, table | TABLE_FLAGS);
    if (stored != OK) return stored;
  }
  // A table where a large page should go.
  return leaf > 1 && (found & (entry.P | entry.PS)) == entry.P ? IN_THE_WAY : OK;
}

/** Reaches a data frame by the scratch page, and writes its first 8 bytes; the rest follows. */
export function touchFrame(kernel: Kernel, vcpu: Vcpu, gpa: u64, value: u64): i32 {
  const stored = storeEntry(kernel, vcpu, kernel.scratch, gpa | WINDOW_FLAGS);
  if (stored != OK) return stored;
  if (!fetch(vcpu)) return CRASHED;
  return access(vcpu, SCRATCH, WRITE, 0, value) == DONE ? OK : CRASHED;
}
export function scratchAddress(): u64 {
  return SCRATCH;
}
