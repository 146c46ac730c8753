/** What the guest's kernel does for a process: map, unmap, remap, protect, fork, copy on write. */
import { READ, WRITE } from '../access';
import { shiftOfLevel } from '../address';
import * as entry from '../entry';
import { take } from './balloon';
import { peekGuest, writeGuest } from '../kvm/memslot';
import { GUEST_FAULT, access, invalidatePage, lastFaultCode, programAccess } from '../kvm/vcpu';
import { Vcpu } from '../kvm/vm';
import {
  CRASHED,
  IN_THE_WAY,
  Kernel,
  NO_FRAMES,
  OK,
  Process,
  createProcess,
  enterFaultHandler,
  find,
  found,
  foundAt,
  foundLevel,
  makeTables,
  scratchAddress,
  storeEntry,
  switchTo,
  takeFrames,
  touchFrame,
  cr3Of,
} from './kernel';

const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
/** In the place of an address: the kernel is to choose frames. */
export const ANY: u64 = ~(<u64>0);
/** The rights and marks that `map` and `protect` set: R/W, U/S, A, D, G, XD. */
const FLAGS: u64 = entry.RW | entry.US | entry.G | entry.XD;
/** Software's own bit: the page is shared until it is written. */
const COPY_ON_WRITE: u64 = 1 << 9;
const CODE_PW: u64 = 3;

/** The page size of the last leaf that was found, in bytes: how far the next page is. */
export let stride: u64 = 0x1000;

// Remembers how far the next page is, from what was found at `gva`.
function noteStride(): bool {
  const isPage = (found & entry.P) != 0 && entry.isLeaf(found, foundLevel);
  stride = (<u64>1) << (<u64>shiftOfLevel(isPage ? foundLevel : 1));
  return isPage;
}

/** Maps the page of `gva` at `level` to `gpa`, or to the next free frames; `flags` are entry bits. */
export function mapPage(
  kernel: Kernel,
  vcpu: Vcpu,
  process: Process,
  gva: u64,
  gpa: u64,
  level: i32,
  flags: u64,
): i32 {
  stride = (<u64>1) << (<u64>shiftOfLevel(level));
  const made = makeTables(kernel, vcpu, process, gva, level);
  if (made != OK) return made;
  const at = foundAt;
  const frame = gpa == ANY ? takeFrames(kernel, level) : gpa;
  if (frame == 0 && gpa == ANY) return NO_FRAMES;
  take(kernel, frame, stride);
  return storeEntry(kernel, vcpu, at, frame | flags | (level > 1 ? entry.PS : 0));
}

/** Clears the entry of `gva`. */
export function unmapPage(kernel: Kernel, vcpu: Vcpu, process: Process, gva: u64): i32 {
  find(kernel, process, gva, 1);
  return noteStride() ? storeEntry(kernel, vcpu, foundAt, 0) : OK;
}

/** Points a present entry at other guest frames; what else it says stays. */
export function remapPage(kernel: Kernel, vcpu: Vcpu, process: Process, gva: u64, gpa: u64): i32 {
  find(kernel, process, gva, 1);
  if (!noteStride()) return OK;
  const frame = gpa == ANY ? takeFrames(kernel, foundLevel) : gpa;
  if (frame == 0 && gpa == ANY) return NO_FRAMES;
  if ((frame & (stride - 1)) != 0) return IN_THE_WAY;
  const offset = ADDRESS & ~(stride - 1);
  take(kernel, frame, stride);
  return storeEntry(kernel, vcpu, foundAt, (found & ~offset) | frame);
}

/** Gives a present entry other rights; accessed and dirty are only added. */
export function protectPage(
  kernel: Kernel,
  vcpu: Vcpu,
  process: Process,
  gva: u64,
  flags: u64,
): i32 {
  find(kernel, process, gva, 1);
  if (!noteStride()) return OK;
  return storeEntry(kernel, vcpu, foundAt, (found & ~(FLAGS | entry.P)) | flags);
}

/** INVLPG by the kernel, while the process runs. */
export function invalidate(kernel: Kernel, vcpu: Vcpu, process: Process, gva: u64): i32 {
  const switched = runProcess(kernel, vcpu, process);
  if (switched != OK) return switched;
  find(kernel, process, gva, 1);
  noteStride();
  invalidatePage(vcpu, gva);
  return OK;
}

/** Has a virtual CPU run a process if it does not yet. */
export function runProcess(kernel: Kernel, vcpu: Vcpu, process: Process): i32 {
  return vcpu.cr3 == cr3Of(process) ? OK : switchTo(kernel, vcpu, process);
}

/** Copies 4 KiB of guest memory, as `rep movs` of the kernel does once both pages are reached. */
function copyFrame(kernel: Kernel, from: u64, to: u64): void {
  for (let offset: u64 = 0; offset < 0x1000; offset += 8) {
    writeGuest(kernel.vm, to + offset, peekGuest(kernel.vm, from + offset));
  }
}

/** A write to a shared page: the process gets a copy of its own, and tries again. */
function resolveCopy(kernel: Kernel, vcpu: Vcpu, process: Process, gva: u64): i32 {
  find(kernel, process, gva, 1);
  const at = foundAt;
  const shared = found;
  const frame = takeFrames(kernel, 1);
  if (frame == 0) return NO_FRAMES;
  if (access(vcpu, gva & ~(<u64>0xfff), READ, 0, 0) != 0) return CRASHED;
  const touched = touchFrame(kernel, vcpu, frame, 0);
  if (touched != OK) return touched;
  copyFrame(kernel, shared & ADDRESS, frame);
  invalidatePage(vcpu, scratchAddress());
  const value = (shared & ~(ADDRESS | COPY_ON_WRITE)) | frame | entry.RW;
  const stored = storeEntry(kernel, vcpu, at, value);
  if (stored != OK) return stored;
  invalidatePage(vcpu, gva);
  return OK;
}

function isShared(kernel: Kernel, process: Process, gva: u64): bool {
  find(kernel, process, gva, 1);
  return foundLevel == 1 && (found & (entry.P | COPY_ON_WRITE)) == (entry.P | COPY_ON_WRITE);
}

/** One access by a process; the outcome is that of kvm/vcpu.ts. A fault goes to the kernel first. */
export function processAccess(
  kernel: Kernel,
  vcpu: Vcpu,
  process: Process,
  gva: u64,
  kind: i32,
  cpl: i32,
  operand: u64,
): i32 {
  stride = 0x1000;
  const outcome = programAccess(vcpu, gva, kind, cpl, operand);
  if (outcome != GUEST_FAULT) return outcome;
  if (enterFaultHandler(vcpu) != OK) return outcome;
  if (kind != WRITE || (lastFaultCode() & CODE_PW) != CODE_PW) return outcome;
  if (!isShared(kernel, process, gva)) return outcome;
  if (resolveCopy(kernel, vcpu, process, gva) != OK) return outcome;
  vcpu.vm.stats.accesses--;
  return programAccess(vcpu, gva, kind, cpl, operand);
}

// One page of the parent, in the child as well: read-only in both until it is written.
function sharePage(kernel: Kernel, vcpu: Vcpu, child: Process, gva: u64, at: u64, value: u64): i32 {
  let shared = value;
  if ((value & entry.RW) != 0) {
    shared = (value & ~entry.RW) | COPY_ON_WRITE;
    const stored = storeEntry(kernel, vcpu, at, shared);
    if (stored != OK) return stored;
  }
  const made = makeTables(kernel, vcpu, child, gva, 1);
  if (made != OK) return made;
  return storeEntry(kernel, vcpu, foundAt, shared & ~entry.D);
}

// The small pages below one table of the parent; large ones stay the parent's alone.
function shareBelow(
  kernel: Kernel,
  vcpu: Vcpu,
  child: Process,
  table: u64,
  level: i32,
  base: u64,
): i32 {
  for (let slot: u64 = 0; slot < 512; slot++) {
    // The upper half is the kernel's, and in the child already.
    if (level == kernel.vm.levels && slot >= 256) break;
    const at = table | (slot << 3);
    const value = peekGuest(kernel.vm, at);
    if ((value & entry.P) == 0) continue;
    const gva = base | (slot << (<u64>shiftOfLevel(level)));
    if (level > 1 && entry.isLeaf(value, level)) continue;
    const status =
      level == 1
        ? sharePage(kernel, vcpu, child, gva, at, value)
        : shareBelow(kernel, vcpu, child, value & ADDRESS, level - 1, gva);
    if (status != OK) return status;
  }
  return OK;
}

/** A copy of a process: all small pages shared, each copied when one of the two writes it. */
export function forkProcess(kernel: Kernel, vcpu: Vcpu, parent: Process): i32 {
  const created = createProcess(kernel, vcpu);
  if (created != OK) return created;
  const child = kernel.first!;
  const levels = kernel.vm.levels;
  const shared = shareBelow(kernel, vcpu, child, parent.root, levels, 0);
  if (shared != OK) return shared;
  // The parent's writable translations must go: Linux flushes its whole address space here.
  return switchTo(kernel, vcpu, parent);
}
