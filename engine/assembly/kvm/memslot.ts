/**
 * Guest-physical to host-physical: the memory slot and the host memory behind it (Linux
 * virt/kvm/kvm_main.c, hva_to_pfn()). A guest's memory is memory of a host process, so what is behind a
 * guest frame is what that process's page tables say (mm/space.ts). On bare metal there is no host: what
 * programs see as physical memory is physical memory.
 */
import { fault, drop, dropLarge, levelOf } from '../mm/anon';
import { read64, write64, zeroFrame } from '../memory';
import { HUGETLB_1G, HUGETLB_2M, P, Space, W, entryOf, isLarge, kindAt } from '../mm/space';
import { NATIVE, Vm } from './vm';

const FRAME: u64 = 0x000f_ffff_ffff_f000;
const FRAMES_2M: u64 = 512;

/** Whether a guest frame is memory at all; what is not is a device. */
// @ts-ignore: decorator
@inline
export function isMemory(vm: Vm, gfn: u64): bool {
  return gfn < vm.frames;
}

function entryAt(vm: Vm, gfn: u64): u64 {
  return vm.mode == NATIVE ? (gfn << 12) | P | W : entryOf(vm.space, <u32>gfn);
}

/** The host frame behind a guest frame that is there. */
// @ts-ignore: decorator
@inline
export function frameOf(vm: Vm, gfn: u64): u64 {
  return entryAt(vm, gfn) & FRAME;
}

/** Whether some frame of the host's is behind it now, its own or the zero page. */
export function isThere(vm: Vm, gfn: u64): bool {
  return isMemory(vm, gfn) && (entryAt(vm, gfn) & P) != 0;
}

/** Whether the host maps the frame writable now, without a fault of its own (fast GUP for write). */
// @ts-ignore: decorator
@inline
export function isWritable(vm: Vm, gfn: u64): bool {
  return isMemory(vm, gfn) && (entryAt(vm, gfn) & (P | W)) == (P | W);
}

/** Level of the host's own mapping: 1 = 4K, 2 = 2M, 3 = 1G (host_pfn_mapping_level()). */
// @ts-ignore: decorator
@inline
export function hostLevel(vm: Vm, gfn: u64): i32 {
  return vm.mode == NATIVE ? 1 : levelOf(vm.space, <u32>gfn);
}

/**
 * Brings a guest frame into host memory (GUP). True when the mapping of it that guests had went away
 * under the fault: the fault is then stale and must be tried again.
 */
export function faultIn(vm: Vm, gfn: u64, write: bool): bool {
  const entry = entryAt(vm, gfn);
  if ((entry & P) != 0 && (!write || (entry & W) != 0)) return false;
  return fault(vm.space, <u32>gfn, write);
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
  const space: Space = vm.space;
  if (space.dead) return;
  const kind = kindAt(space, <u32>gfn);
  if (kind == HUGETLB_1G) return;
  if (kind == HUGETLB_2M && (gfn & (FRAMES_2M - 1)) != 0) return;
  let each = gfn;
  while (each < end) {
    const whole = (each & (FRAMES_2M - 1)) == 0 && each + FRAMES_2M <= end;
    if (whole && isLarge(space, <u32>each)) {
      dropLarge(space, <u32>each);
      each += FRAMES_2M;
    } else if (kind == HUGETLB_2M) {
      if (!whole) return;
      each += FRAMES_2M;
    } else {
      drop(space, <u32>each);
      each++;
    }
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
