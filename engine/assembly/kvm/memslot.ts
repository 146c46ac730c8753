/**
 * Guest-physical to host-physical: the memory slot and the host memory behind it (Linux
 * virt/kvm/kvm_main.c, hva_to_pfn(); mm/memory.c, mm/huge_memory.c). A guest's memory is memory of a
 * host process: it is there from the first touch on, read-only and shared (the zero page) while it was
 * only read.
 */
import { DISCARD, POPULATE, happened } from '../events';
import { read64, write64, zeroFrame } from '../memory';
import {
  LARGE_ZERO_PAGE,
  ZERO_PAGE,
  giveLarge,
  giveSmall,
  takeGiant,
  takeLarge,
  takeSmall,
} from './host-frames';
import { unmapFrame } from './rmap';
import { NATIVE, Vm } from './vm';

// A backing entry: the frame's address with these flags.
const THERE: u64 = 1;
/** The host maps it writable: it belongs to this guest alone. */
const OWN: u64 = 1 << 1;
/** The host maps it as a part of a 2 MiB page, of a 1 GiB page. */
const LARGE: u64 = 1 << 2;
const GIANT: u64 = 1 << 3;
/** What the host backs this part of memory with: hugetlb pages of 2 MiB or 1 GiB, or THP. */
export const HUGETLB_2M: u64 = 1 << 4;
export const HUGETLB_1G: u64 = 1 << 5;
export const THP: u64 = 1 << 6;
const KIND: u64 = HUGETLB_2M | HUGETLB_1G | THP;

const FRAME: u64 = ~(<u64>0xfff);
const FRAMES_2M: u64 = 512;
const FRAMES_1G: u64 = 512 * 512;

/** Whether a guest frame is memory at all; what is not is a device. */
// @ts-ignore: decorator
@inline
export function isMemory(vm: Vm, gfn: u64): bool {
  return gfn < vm.frames;
}

// @ts-ignore: decorator
@inline
function at(vm: Vm, gfn: u64): usize {
  return vm.backing + ((<usize>gfn) << 3);
}

// @ts-ignore: decorator
@inline
function backingOf(vm: Vm, gfn: u64): u64 {
  return load<u64>(at(vm, gfn));
}

/** Has the host back `count` frames from `gfn` on with pages of this kind, from the next touch on. */
export function backWith(vm: Vm, gfn: u64, count: u64, kind: u64): void {
  for (let each = gfn; each < gfn + count; each++) {
    store<u64>(at(vm, each), (backingOf(vm, each) & ~KIND) | kind);
  }
}

/** Bare metal: what programs see as physical memory is physical memory. */
export function backWithItself(vm: Vm): void {
  for (let gfn: u64 = 0; gfn < vm.frames; gfn++) store<u64>(at(vm, gfn), (gfn << 12) | THERE | OWN);
}

/** The host frame behind a guest frame that is there. */
// @ts-ignore: decorator
@inline
export function frameOf(vm: Vm, gfn: u64): u64 {
  return backingOf(vm, gfn) & FRAME;
}

/** Whether some frame of the host's is behind it now, its own or the zero page. */
export function isThere(vm: Vm, gfn: u64): bool {
  return isMemory(vm, gfn) && (backingOf(vm, gfn) & THERE) != 0;
}

/** Whether the host maps the frame writable now, without a fault of its own (fast GUP for write). */
// @ts-ignore: decorator
@inline
export function isWritable(vm: Vm, gfn: u64): bool {
  return isMemory(vm, gfn) && (backingOf(vm, gfn) & OWN) != 0;
}

/** Level of the host's own mapping: 1 = 4K, 2 = 2M, 3 = 1G (host_pfn_mapping_level()). */
// @ts-ignore: decorator
@inline
export function hostLevel(vm: Vm, gfn: u64): i32 {
  const entry = backingOf(vm, gfn);
  return (entry & GIANT) != 0 ? 3 : (entry & LARGE) != 0 ? 2 : 1;
}

function put(vm: Vm, gfn: u64, count: u64, frame: u64, flags: u64): void {
  for (let index: u64 = 0; index < count && gfn + index < vm.frames; index++) {
    const kind = backingOf(vm, gfn + index) & KIND;
    store<u64>(at(vm, gfn + index), (frame + (index << 12)) | flags | kind);
  }
}

/** Whether a transparent huge page may come here: the whole 2 MiB are the guest's, and untouched. */
function isFreshRegion(vm: Vm, gfn: u64): bool {
  const first = gfn & ~(FRAMES_2M - 1);
  if (first + FRAMES_2M > vm.frames) return false;
  for (let each = first; each < first + FRAMES_2M; each++) {
    if ((backingOf(vm, each) & (THERE | THP)) != THP) return false;
  }
  return true;
}

// A frame of the guest's own, as large as the kind of backing gives.
function populate(vm: Vm, gfn: u64): void {
  const kind = backingOf(vm, gfn) & KIND;
  if (kind == HUGETLB_1G) {
    const first = gfn & ~(FRAMES_1G - 1);
    put(vm, first, FRAMES_1G, takeGiant(), THERE | OWN | GIANT);
  } else if (kind == HUGETLB_2M || (kind == THP && isFreshRegion(vm, gfn))) {
    put(vm, gfn & ~(FRAMES_2M - 1), FRAMES_2M, takeLarge(), THERE | OWN | LARGE);
  } else put(vm, gfn, 1, takeSmall(), THERE | OWN);
  happened(POPULATE, hostLevel(vm, gfn), 0, frameOf(vm, gfn), gfn, 0);
}

// Anonymous memory that is only read: the shared zero page, of 2 MiB where THP may give one.
function showZeroes(vm: Vm, gfn: u64): void {
  if ((backingOf(vm, gfn) & KIND) == THP && isFreshRegion(vm, gfn)) {
    put(vm, gfn & ~(FRAMES_2M - 1), FRAMES_2M, LARGE_ZERO_PAGE, THERE | LARGE);
  } else put(vm, gfn, 1, ZERO_PAGE, THERE);
  happened(POPULATE, hostLevel(vm, gfn), 0, frameOf(vm, gfn), gfn, 1);
}

/** A transparent huge page becomes 512 small ones; guests lose their mapping of all of it. */
function split(vm: Vm, gfn: u64): void {
  const first = gfn & ~(FRAMES_2M - 1);
  for (let each = first; each < first + FRAMES_2M; each++) {
    unmapFrame(vm, each);
    const entry = backingOf(vm, each);
    const frame = (entry & OWN) != 0 ? entry & FRAME : ZERO_PAGE;
    store<u64>(at(vm, each), frame | (entry & (THERE | OWN | KIND)));
  }
}

/**
 * Brings a guest frame into host memory (GUP). True when the mapping of it that guests had went away
 * under the fault, as it does when a shared frame is replaced by one of the guest's own: the fault is
 * then stale and must be tried again.
 */
export function faultIn(vm: Vm, gfn: u64, write: bool): bool {
  const entry = backingOf(vm, gfn);
  if ((entry & OWN) != 0) return false;
  if ((entry & THERE) == 0) {
    if (write || (entry & (HUGETLB_2M | HUGETLB_1G)) != 0) populate(vm, gfn);
    else showZeroes(vm, gfn);
    return false;
  }
  if (!write) return false;
  if ((entry & LARGE) != 0) split(vm, gfn);
  unmapFrame(vm, gfn);
  put(vm, gfn, 1, takeSmall(), THERE | OWN);
  happened(POPULATE, 1, 0, frameOf(vm, gfn), gfn, 0);
  return true;
}

// The host drops one frame of the guest.
function drop(vm: Vm, gfn: u64): void {
  let entry = backingOf(vm, gfn);
  if ((entry & THERE) == 0) return;
  if ((entry & LARGE) != 0) {
    split(vm, gfn);
    entry = backingOf(vm, gfn);
  }
  unmapFrame(vm, gfn);
  happened(DISCARD, 1, 0, entry & FRAME, gfn, 0);
  if ((entry & OWN) != 0) giveSmall(entry & FRAME);
  store<u64>(at(vm, gfn), entry & KIND);
}

// The host drops a whole page of 2 MiB.
function dropLarge(vm: Vm, gfn: u64): void {
  const entry = backingOf(vm, gfn);
  if ((entry & THERE) == 0) return;
  // Leaves of 4 KiB may map parts of it.
  for (let each = gfn; each < gfn + FRAMES_2M; each++) {
    unmapFrame(vm, each);
    store<u64>(at(vm, each), backingOf(vm, each) & KIND);
  }
  happened(DISCARD, 2, 0, entry & FRAME, gfn, 0);
  if ((entry & OWN) != 0) giveLarge(entry & FRAME);
}

/**
 * The host drops frames (MADV_DONTNEED): they read as zero from now on. Of memory in hugetlb pages only
 * whole ones go, and only when the range begins with one (madvise_dontneed_free_valid_vma()).
 */
export function discard(vm: Vm, gfn: u64, count: u64): void {
  const end = min(gfn + count, vm.frames);
  if (gfn >= end) return;
  if (vm.mode == NATIVE) {
    // No host is below: who gives the memory up finds it zeroed.
    for (let each = gfn; each < end; each++) zeroFrame(each << 12);
    return;
  }
  const kind = backingOf(vm, gfn) & KIND;
  if (kind == HUGETLB_1G) return;
  if (kind == HUGETLB_2M && (gfn & (FRAMES_2M - 1)) != 0) return;
  let each = gfn;
  while (each < end) {
    const whole = (each & (FRAMES_2M - 1)) == 0 && each + FRAMES_2M <= end;
    if (whole && (backingOf(vm, each) & LARGE) != 0) {
      dropLarge(vm, each);
      each += FRAMES_2M;
    } else if (kind == HUGETLB_2M) {
      if (!whole) return;
      each += FRAMES_2M;
    } else drop(vm, each++);
  }
}

/** Reads guest memory as the hypervisor does: through the host's mapping of it. */
export function readGuest(vm: Vm, gpa: u64): u64 {
  const gfn = gpa >> 12;
  if (!isMemory(vm, gfn)) return ~(<u64>0);
  faultIn(vm, gfn, false);
  return read64(frameOf(vm, gfn) | (gpa & 0xff8));
}

/** Reads guest memory for somebody who only looks: what is not there reads as zero and stays so. */
export function peekGuest(vm: Vm, gpa: u64): u64 {
  const gfn = gpa >> 12;
  return isThere(vm, gfn) ? read64(frameOf(vm, gfn) | (gpa & 0xff8)) : 0;
}

/** Writes guest memory from the host's side; nothing that shadows it is told. */
export function writeGuest(vm: Vm, gpa: u64, value: u64): void {
  const gfn = gpa >> 12;
  if (!isMemory(vm, gfn)) return;
  faultIn(vm, gfn, true);
  write64(frameOf(vm, gfn) | (gpa & 0xff8), value);
}
