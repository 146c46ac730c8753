/** The guest kernel's border. Handles are addresses; processes are known by their number from 0. */
import { Vcpu, Vm } from '../kvm/vm';
import * as balloons from './balloon';
import * as kernels from './kernel';
import { Kernel, Process } from './kernel';
import { hostNode } from '../mm/host';
import { provide } from '../mm/reclaim';
import * as paging from './paging';

/** Frames of the host that the kernel's first pages may take, tables for them included. */
const LOAD_FRAMES: u32 = 64;

// @ts-ignore: decorator
@inline
function kernelAt(handle: usize): Kernel {
  return changetype<Kernel>(handle);
}

// @ts-ignore: decorator
@inline
function vcpuAt(handle: usize): Vcpu {
  return changetype<Vcpu>(handle);
}

/** The handle of the newest process. */
export function newestProcess(kernel: usize): usize {
  return changetype<usize>(kernelAt(kernel).first);
}

/** Guest-physical address of a process's top table. */
export function processRoot(process: usize): u64 {
  return changetype<Process>(process).root;
}

export function loadKernel(vm: usize, pcide: bool): usize {
  provide(hostNode(), LOAD_FRAMES);
  return changetype<usize>(kernels.loadKernel(changetype<Vm>(vm), pcide));
}

/** Every function below answers how it ended: OK, NO_TABLES, NO_FRAMES, IN_THE_WAY, CRASHED. */
export function bootKernel(kernel: usize, vcpu: usize): i32 {
  return kernels.boot(kernelAt(kernel), vcpuAt(vcpu));
}

export function createProcess(kernel: usize, vcpu: usize): i32 {
  return kernels.createProcess(kernelAt(kernel), vcpuAt(vcpu));
}

export function forkProcess(kernel: usize, vcpu: usize, parent: usize): i32 {
  return paging.forkProcess(kernelAt(kernel), vcpuAt(vcpu), changetype<Process>(parent));
}

export function switchProcess(kernel: usize, vcpu: usize, process: usize): i32 {
  return kernels.switchTo(kernelAt(kernel), vcpuAt(vcpu), changetype<Process>(process));
}

/** `gpa` of all ones: the next free frames. `level` 1 to 3, `flags` the entry's bits. */
export function mapPage(
  kernel: usize,
  vcpu: usize,
  process: usize,
  gva: u64,
  gpa: u64,
  level: i32,
  flags: u64,
): i32 {
  return paging.mapPage(
    kernelAt(kernel),
    vcpuAt(vcpu),
    changetype<Process>(process),
    gva,
    gpa,
    level,
    flags,
  );
}

export function unmapPage(kernel: usize, vcpu: usize, process: usize, gva: u64): i32 {
  return paging.unmapPage(kernelAt(kernel), vcpuAt(vcpu), changetype<Process>(process), gva);
}

export function remapPage(kernel: usize, vcpu: usize, process: usize, gva: u64, gpa: u64): i32 {
  return paging.remapPage(kernelAt(kernel), vcpuAt(vcpu), changetype<Process>(process), gva, gpa);
}

export function protectPage(
  kernel: usize,
  vcpu: usize,
  process: usize,
  gva: u64,
  flags: u64,
): i32 {
  return paging.protectPage(
    kernelAt(kernel),
    vcpuAt(vcpu),
    changetype<Process>(process),
    gva,
    flags,
  );
}

export function invalidateProcessPage(
  kernel: usize,
  vcpu: usize,
  process: usize,
  gva: u64,
): i32 {
  return paging.invalidate(kernelAt(kernel), vcpuAt(vcpu), changetype<Process>(process), gva);
}

/** Has the virtual CPU run the process if it does not yet. */
export function runProcess(kernel: usize, vcpu: usize, process: usize): i32 {
  return paging.runProcess(kernelAt(kernel), vcpuAt(vcpu), changetype<Process>(process));
}

/** One access by a process that runs; returns DONE, GUEST_FAULT or DEVICE (kvm/vcpu.ts). */
export function processAccess(
  kernel: usize,
  vcpu: usize,
  process: usize,
  gva: u64,
  kind: i32,
  cpl: i32,
  operand: u64,
): i32 {
  return paging.processAccess(
    kernelAt(kernel),
    vcpuAt(vcpu),
    changetype<Process>(process),
    gva,
    kind,
    cpl,
    operand,
  );
}

/** Has the driver fill or empty the balloon until so many pages are in it; how many are. */
export function fillBalloon(kernel: usize, pages: u32): u32 {
  provide(hostNode(), LOAD_FRAMES);
  balloons.fillBalloon(kernelAt(kernel), pages);
  return kernelAt(kernel).balloon.actual;
}

/** Pages in the balloon. */
export function balloonPages(kernel: usize): u32 {
  return kernelAt(kernel).balloon.actual;
}

/** How far the page after the last one handled is, in bytes: pages differ in size. */
export function lastStride(): u64 {
  return paging.stride;
}
