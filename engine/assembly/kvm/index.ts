/** The hypervisor's border: what the other side may ask of it. Handles are addresses. */
import { Cost } from '../cost';
import * as cpu from '../cpu';
import { reserveRecord } from '../memory';
import { state } from '../state';
import * as memslot from './memslot';
import { bootHost, hostNode } from '../mm/host';
import { available, reserve, resize, resizeIn } from '../mm/hugetlb';
import { provide } from '../mm/reclaim';
import { HUGETLB_1G, HUGETLB_2M, SMALL, THP, backWith as backSpace } from '../mm/space';
import { startTdp } from './tdp';
import { NATIVE, TDP_EPT, TDP_NPT, Vcpu, Vm, newVcpu, newVm, setMmuLimit } from './vm';
import * as vcpus from './vcpu';

export { lastValue, lastFaultCode } from './vcpu';

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

export { planCell } from '../mm/host';

/** A host with so many processors and frames of memory, without guests. Call after clear(). */
export function startKvm(cpus: i32, frames: u32): void {
  bootHost(frames);
  cpu.createCpus(cpus);
  state.cost = reserveRecord(offsetof<Cost>());
}

/** Where the cost parameters lie. */
export function costAt(): usize {
  return state.cost;
}

/** Gives a processor its TLB (tlb/tlb.ts); without one it walks every time. */
export function setTlb(index: i32, tlb: usize): void {
  cpu.setTlb(index, tlb);
}

/** Handle of a processor's TLB; 0 when it has none. */
export function tlbOf(index: i32): usize {
  return cpu.tlbOf(index);
}

/**
 * A virtual machine with `frames` 4 KiB frames; `mode` is 0 shadow, 1 EPT, 2 NPT, 3 bare metal;
 * `levels` those of the guest's tables, `tdpLevels` those of the nested ones.
 */
export function createVm(mode: i32, frames: u64, levels: i32, tdpLevels: i32): usize {
  provide(hostNode(), SETUP_FRAMES);
  const vm = newVm(mode, frames, levels);
  if (mode == TDP_EPT || mode == TDP_NPT) startTdp(vm, tdpLevels);
  return changetype<usize>(vm);
}

/** Has KVM watch none of a guest's tables, from before it shadows the first. */
export function leaveUnwatched(vm: usize): void {
  vmAt(vm).unwatched = true;
}

/** Sets the limit of shadow pages to that of memory slots with so many frames. */
export function limitShadowPages(vm: usize, frames: u64): void {
  setMmuLimit(vmAt(vm), frames);
}

/** A virtual CPU on a processor. `vpid` is its tag, its own when `tagged`; `pcide` is CR4.PCIDE. */
export function createVcpu(vm: usize, processor: i32, vpid: u32, tagged: bool, pcide: bool): usize {
  const vcpu = newVcpu(vmAt(vm));
  vcpu.cpu = processor;
  vcpu.vpid = vpid;
  vcpu.tagged = tagged;
  vcpu.pcide = pcide;
  return changetype<usize>(vcpu);
}

/** Where a machine's counters lie, in the order of stats.ts. */
export function statsAt(vm: usize): usize {
  return changetype<usize>(vmAt(vm).stats);
}

/** Frames that putting a machine in place may take. */
const SETUP_FRAMES: u32 = 64;

/**
 * Has the host back frames with pages of a kind: 0 4 KiB, 1 hugetlb 2 MiB, 2 hugetlb 1 GiB, 3 THP. False,
 * and nothing changed, where the pool has too few pages that nobody was promised.
 */
export function backWith(vm: usize, gfn: u64, count: u64, kind: i32): bool {
  const space = vmAt(vm).space;
  if (kind == 1 || kind == 2) {
    const pool = kind == 1 ? space.node.pool2M : space.node.pool1G;
    const pages = <u32>((count + ((<u64>1) << pool.order) - 1) >> pool.order);
    if (!reserve(space.node, pool, pages)) return false;
  }
  const backing = kind == 1 ? HUGETLB_2M : kind == 2 ? HUGETLB_1G : kind == 3 ? THP : SMALL;
  backSpace(space, <u32>gfn, <u32>count, backing);
  return true;
}

/** Sets the size of a pool of the host (order 9 or 18); how many pages it has then. */
export function resizePool(order: u32, pages: u32): u32 {
  const node = hostNode();
  return resize(node, order == 9 ? node.pool2M : node.pool1G, pages);
}

/** The same of one NUMA cell. */
export function resizePoolOf(cell: u32, order: u32, pages: u32): void {
  const node = hostNode();
  resizeIn(node, order == 9 ? node.pool2M : node.pool1G, cell, pages);
}

/** Pages of a pool that nobody has and nobody was promised. */
export function poolAvailable(order: u32): u32 {
  return available(order == 9 ? hostNode().pool2M : hostNode().pool1G);
}

/** The host drops frames (MADV_DONTNEED). */
export function discard(vm: usize, gfn: u64, count: u64): void {
  provide(hostNode(), SETUP_FRAMES);
  memslot.discard(vmAt(vm), gfn, count);
}

/** Reads 8 bytes of guest memory; what the host does not have reads as zero, and stays so. */
export function peekGuest(vm: usize, gpa: u64): u64 {
  return memslot.peekGuest(vmAt(vm), gpa);
}

/** Writes 8 bytes of guest memory from the host's side. */
export function writeGuest(vm: usize, gpa: u64, value: u64): void {
  provide(hostNode(), SETUP_FRAMES);
  memslot.writeGuest(vmAt(vm), gpa, value);
}

/** One access of 8 bytes by the guest's kernel; returns DONE, GUEST_FAULT or DEVICE. */
export function access(vcpu: usize, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  return vcpus.access(vcpuAt(vcpu), gva, kind, cpl, operand);
}

/** The same by a program, through the TLB and counted. */
export function programAccess(vcpu: usize, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  return vcpus.programAccess(vcpuAt(vcpu), gva, kind, cpl, operand);
}

/** Sets CR3 and CR4 before the guest's first instruction. */
export function setControl(vcpu: usize, cr3: u64, cr4: u64): void {
  vcpuAt(vcpu).cr3 = cr3;
  vcpuAt(vcpu).cr4 = cr4;
}

export function movCr3(vcpu: usize, operand: u64): void {
  vcpus.movCr3(vcpuAt(vcpu), operand);
}

export function movCr4(vcpu: usize, cr4: u64): void {
  vcpus.movCr4(vcpuAt(vcpu), cr4);
}

export function invalidatePage(vcpu: usize, gva: u64): void {
  vcpus.invalidatePage(vcpuAt(vcpu), gva);
}

/** Guest memory in use on the host, in 4 KiB frames: anonymous, merged, and hugetlb pages that are mapped. */
export function framesUsed(): u64 {
  const node = hostNode();
  return (
    <u64>node.anon +
    node.ksmFrames +
    ((<u64>(node.pool2M.total - node.pool2M.free)) << 9) +
    ((<u64>(node.pool1G.total - node.pool1G.free)) << 18)
  );
}

/** Whether the host killed the machine for lack of memory. */
export function isKilled(vm: usize): bool {
  return vmAt(vm).mode != NATIVE && vmAt(vm).space.dead;
}

/** Frames of a machine's memory. */
export function framesOf(vm: usize): u64 {
  return vmAt(vm).frames;
}
