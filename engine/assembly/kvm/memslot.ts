/**
 * Guest-physical to host-physical: the memory slot and the host memory behind it (Linux
 * virt/kvm/kvm_main.c, hva_to_pfn()). A guest's memory is memory of a host process: it is there from
 * the first touch on, read-only and shared (the zero page) while it was only read.
 */
import { read64, write64 } from '../memory';
import { ZERO_PAGE, giveLarge, giveSmall, takeLarge, takeSmall } from './host-frames';
import { unmapFrame } from './rmap';
import { Vm } from './vm';

// A backing entry: the frame's address with these flags.
const THERE: u64 = 1;
/** The host maps it writable: it belongs to this guest alone. */
const OWN: u64 = 1 << 1;
/** It is a part of a 2 MiB page. */
export const HUGE: u64 = 1 << 2;
/** The host backs this part of memory with 2 MiB pages. */
const WANTS_HUGE: u64 = 1 << 3;

const FRAME: u64 = ~(<u64>0xfff);

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

/** Has the host back `count` frames from `gfn` on with 2 MiB pages (hugetlbfs). */
export function wantHuge(vm: Vm, gfn: u64, count: u64): void {
  for (let each = gfn; each < gfn + count; each++) {
    store<u64>(at(vm, each), load<u64>(at(vm, each)) | WANTS_HUGE);
  }
}

/** The host frame behind a guest frame that is there. */
// @ts-ignore: decorator
@inline
export function frameOf(vm: Vm, gfn: u64): u64 {
  return load<u64>(at(vm, gfn)) & FRAME;
}

/** Whether the host maps the frame writable now, without a fault of its own (fast GUP for write). */
// @ts-ignore: decorator
@inline
export function isWritable(vm: Vm, gfn: u64): bool {
  return isMemory(vm, gfn) && (load<u64>(at(vm, gfn)) & OWN) != 0;
}

/** Level of the host's own mapping of a guest frame: 1 = 4K, 2 = 2M (host_pfn_mapping_level()). */
// @ts-ignore: decorator
@inline
export function hostLevel(vm: Vm, gfn: u64): i32 {
  return (load<u64>(at(vm, gfn)) & HUGE) != 0 ? 2 : 1;
}

function populate(vm: Vm, gfn: u64): void {
  const entry = load<u64>(at(vm, gfn));
  if ((entry & WANTS_HUGE) == 0) {
    store<u64>(at(vm, gfn), takeSmall() | THERE | OWN);
    return;
  }
  const first = gfn & ~(<u64>511);
  const frame = takeLarge();
  for (let index: u64 = 0; index < 512 && first + index < vm.frames; index++) {
    store<u64>(at(vm, first + index), (frame + (index << 12)) | THERE | OWN | HUGE | WANTS_HUGE);
  }
}

/**
 * Brings a guest frame into host memory (GUP). True when the mapping of it that guests had went away
 * under the fault, as it does when a shared frame is replaced by one of the guest's own: the fault is
 * then stale and must be tried again.
 */
export function faultIn(vm: Vm, gfn: u64, write: bool): bool {
  const entry = load<u64>(at(vm, gfn));
  if ((entry & OWN) != 0) return false;
  if ((entry & THERE) == 0) {
    if (write || (entry & WANTS_HUGE) != 0) populate(vm, gfn);
    else store<u64>(at(vm, gfn), ZERO_PAGE | THERE);
    return false;
  }
  if (!write) return false;
  unmapFrame(vm, gfn);
  populate(vm, gfn);
  return true;
}

// The host drops one frame of the guest, or the 2 MiB page that begins there.
function drop(vm: Vm, gfn: u64): void {
  const entry = load<u64>(at(vm, gfn));
  if ((entry & THERE) == 0) return;
  unmapFrame(vm, gfn);
  if ((entry & OWN) != 0) giveSmall(entry & FRAME);
  store<u64>(at(vm, gfn), entry & WANTS_HUGE);
}

function dropLarge(vm: Vm, gfn: u64): void {
  const entry = load<u64>(at(vm, gfn));
  if ((entry & THERE) == 0) return;
  // Leaves of 4 KiB may map parts of it.
  for (let each = gfn; each < gfn + 512 && each < vm.frames; each++) {
    unmapFrame(vm, each);
    store<u64>(at(vm, each), WANTS_HUGE);
  }
  giveLarge(entry & FRAME);
}

/**
 * The host drops frames (MADV_DONTNEED): they read as zero from now on. Of memory in hugetlb pages only
 * whole ones go, and only when the range begins with one (madvise_dontneed_free_valid_vma()).
 */
export function discard(vm: Vm, gfn: u64, count: u64): void {
  const end = min(gfn + count, vm.frames);
  if (gfn < end && (load<u64>(at(vm, gfn)) & WANTS_HUGE) != 0) {
    if ((gfn & 511) != 0) return;
    for (let each = gfn; each + 512 <= end; each += 512) dropLarge(vm, each);
    return;
  }
  for (let each = gfn; each < end; each++) drop(vm, each);
}

/** Reads guest memory as the hypervisor does: through the host's mapping of it. */
export function readGuest(vm: Vm, gpa: u64): u64 {
  const gfn = gpa >> 12;
  if (!isMemory(vm, gfn)) return ~(<u64>0);
  faultIn(vm, gfn, false);
  return read64(frameOf(vm, gfn) | (gpa & 0xff8));
}

/** Writes guest memory from the host's side; nothing that shadows it is told. */
export function writeGuest(vm: Vm, gpa: u64, value: u64): void {
  const gfn = gpa >> 12;
  if (!isMemory(vm, gfn)) return;
  faultIn(vm, gfn, true);
  write64(frameOf(vm, gfn) | (gpa & 0xff8), value);
}
