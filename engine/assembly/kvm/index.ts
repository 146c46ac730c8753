/** The hypervisor's border: what the other side may ask of it. Handles are addresses. */
import * as memslot from './memslot';
import { Vcpu, Vm, setMmuLimit } from './vm';
import * as vcpus from './vcpu';

export { startKvm, lastValue, lastFaultCode } from './vcpu';

// @ts-ignore: decorator
@inline
function vmAt(handle: usize): Vm {
  return changetype<Vm>(handle);
}

// @ts-ignore: decorator
@inline
function vcpuAt(handle: usize): Vcpu {
  return changetype<Vcpu>(handle);
}

/** A virtual machine with `frames` 4 KiB frames; `mode` is 0 shadow, 1 EPT, 2 NPT. */
export function createVm(mode: i32, frames: u64): usize {
  return changetype<usize>(vcpus.createVm(mode, frames));
}

/** Sets the limit of shadow pages to that of memory slots with so many frames. */
export function limitShadowPages(vm: usize, frames: u64): void {
  setMmuLimit(vmAt(vm), frames);
}

export function createVcpu(vm: usize): usize {
  return changetype<usize>(vcpus.createVcpu(vmAt(vm)));
}

/** Where a machine's counters lie; see layout.ts. */
export function statsAt(vm: usize): usize {
  return changetype<usize>(vmAt(vm).stats);
}

/** Has the host back frames with 2 MiB pages. */
export function wantHuge(vm: usize, gfn: u64, count: u64): void {
  memslot.wantHuge(vmAt(vm), gfn, count);
}

/** The host drops frames (MADV_DONTNEED). */
export function discard(vm: usize, gfn: u64, count: u64): void {
  memslot.discard(vmAt(vm), gfn, count);
}

/** Reads 8 bytes of guest memory from the host's side. */
export function readGuest(vm: usize, gpa: u64): u64 {
  return memslot.readGuest(vmAt(vm), gpa);
}

/** Writes 8 bytes of guest memory from the host's side. */
export function writeGuest(vm: usize, gpa: u64, value: u64): void {
  memslot.writeGuest(vmAt(vm), gpa, value);
}

/** One access of 8 bytes by the guest; returns DONE, GUEST_FAULT or DEVICE. */
export function access(vcpu: usize, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  return vcpus.access(vcpuAt(vcpu), gva, kind, cpl, operand);
}

/** Sets CR3 before the guest's first instruction. */
export function setCr3(vcpu: usize, cr3: u64): void {
  vcpuAt(vcpu).cr3 = cr3;
}

export function movCr3(vcpu: usize, cr3: u64): void {
  vcpus.movCr3(vcpuAt(vcpu), cr3);
}

export function movCr4(vcpu: usize, cr4: u64): void {
  vcpus.movCr4(vcpuAt(vcpu), cr4);
}

export function invalidatePage(vcpu: usize, gva: u64): void {
  vcpus.invalidatePage(vcpuAt(vcpu), gva);
}
