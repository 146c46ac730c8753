/**
 * Processors: what one holds between accesses is its TLB, and which virtual CPU it runs. Entries are
 * tagged with whom they were made for, so several guests can have theirs at once (Intel SDM vol. 3,
 * 29.4; AMD APM vol. 2, 15.16).
 */
import { TLB_FLUSH, happened } from './events';
import { NATIVE, SHADOW, TDP_EPT, TDP_NPT, Vcpu, Vm } from './kvm/vm';
import { reserveRecord } from './memory';
import { state } from './state';
import { invlpga, tlbControl } from './tlb/asid';
import { BY_ASID, COMBINED, LINEAR } from './tlb/context';
import * as tlbs from './tlb/operations';
import { select } from './tlb/tlb';

@unmanaged
export class Cpu {
  tlb: usize;
  /** The virtual CPU that ran on it last. */
  vcpu: Vcpu | null;
}

/** What a TLB_FLUSH event was: all of a VPID or ASID, one EPT root, one address, by MOV to CR3, by an exit. */
export const FLUSH_TAG: u32 = 1;
export const FLUSH_ROOT: u32 = 2;
export const FLUSH_ADDRESS: u32 = 3;
export const FLUSH_CR3: u32 = 4;
export const FLUSH_EXIT: u32 = 5;

const INVVPID_ADDRESS: i32 = 0;
const INVVPID_CONTEXT: i32 = 1;
const INVEPT_CONTEXT: i32 = 1;
const THIS_ASID: i32 = 3;

export function createCpus(count: i32): void {
  state.cpuCount = count;
  state.cpus = reserveRecord(<usize>count * offsetof<Cpu>());
}

// @ts-ignore: decorator
@inline
export function cpuOf(vcpu: Vcpu): Cpu {
  return changetype<Cpu>(state.cpus + (<usize>vcpu.cpu) * offsetof<Cpu>());
}

/** Gives a processor its TLB; without one it walks every time. */
export function setTlb(index: i32, tlb: usize): void {
  changetype<Cpu>(state.cpus + (<usize>index) * offsetof<Cpu>()).tlb = tlb;
}

export function tlbOf(index: i32): usize {
  return changetype<Cpu>(state.cpus + (<usize>index) * offsetof<Cpu>()).tlb;
}

// @ts-ignore: decorator
@inline
function pcidOf(vcpu: Vcpu): u32 {
  return vcpu.pcide ? <u32>(vcpu.cr3 & 0xfff) : 0;
}

/** Has the TLB work for this virtual CPU: whose entries it finds, and whose it makes. */
export function selectFor(tlb: usize, vcpu: Vcpu): void {
  const vm = vcpu.vm;
  if (vm.mode == TDP_EPT) select(tlb, COMBINED, vcpu.vpid, pcidOf(vcpu), vm.tdpRoot);
  else if (vm.mode == TDP_NPT) select(tlb, BY_ASID, vcpu.vpid, pcidOf(vcpu), 0);
  else select(tlb, LINEAR, vcpu.vpid, pcidOf(vcpu), 0);
}

/** A VM exit and the entry that follows: without a VPID of the guest's own its translations go. */
export function transition(vcpu: Vcpu): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0 || vcpu.vm.mode == NATIVE || vcpu.tagged) return;
  if (vcpu.vm.mode == TDP_NPT) tlbControl(tlb, THIS_ASID, vcpu.vpid);
  else tlbs.vmTransition(tlb, false);
  happened(TLB_FLUSH, 0, <u64>vcpu.vpid, 0, 0, FLUSH_EXIT);
}

/** The processor turns to another virtual CPU: an exit of one, an entry of the other. */
export function schedule(vcpu: Vcpu): void {
  const cpu = cpuOf(vcpu);
  if (cpu.vcpu === vcpu) return;
  if (cpu.vcpu !== null) transition(cpu.vcpu!);
  transition(vcpu);
  cpu.vcpu = vcpu;
}

/** KVM flushes all that hardware holds for a virtual CPU (vmx_flush_tlb_all(), svm_flush_tlb_current()). */
export function flushAllOf(vcpu: Vcpu): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0) return;
  const vm: Vm = vcpu.vm;
  if (vm.mode == TDP_EPT) {
    tlbs.invept(tlb, INVEPT_CONTEXT, vm.tdpRoot);
    happened(TLB_FLUSH, 0, vm.tdpRoot, 0, 0, FLUSH_ROOT);
    return;
  }
  if (!vcpu.tagged) {
    // Being called out of the guest for it is an exit and an entry, and they flush.
    transition(vcpu);
    return;
  }
  if (vm.mode == TDP_NPT) tlbControl(tlb, THIS_ASID, vcpu.vpid);
  else tlbs.invvpid(tlb, INVVPID_CONTEXT, vcpu.vpid, 0, vm.levels);
  happened(TLB_FLUSH, 0, <u64>vcpu.vpid, 0, 0, FLUSH_TAG);
}

/** KVM flushes one guest address, on behalf of a guest whose INVLPG it carries out. */
export function flushAddressOf(vcpu: Vcpu, gva: u64): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0 || !vcpu.tagged) return;
  if (vcpu.vm.mode == TDP_NPT) invlpga(tlb, gva, vcpu.vpid);
  else tlbs.invvpid(tlb, INVVPID_ADDRESS, vcpu.vpid, gva, vcpu.vm.levels);
  happened(TLB_FLUSH, 0, gva, 0, 0, FLUSH_ADDRESS);
}

/** MOV to CR3 executed by the processor itself. `keep` is bit 63 with CR4.PCIDE on. */
export function hardwareCr3(vcpu: Vcpu, keep: bool): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0) return;
  selectFor(tlb, vcpu);
  tlbs.movCr3(tlb, pcidOf(vcpu), vcpu.pcide, keep);
  if (!(vcpu.pcide && keep)) happened(TLB_FLUSH, 0, <u64>pcidOf(vcpu), 0, 0, FLUSH_CR3);
}

/** INVLPG executed by the processor itself. */
export function hardwareInvlpg(vcpu: Vcpu, gva: u64): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0) return;
  selectFor(tlb, vcpu);
  tlbs.invlpg(tlb, gva, vcpu.vm.levels);
  happened(TLB_FLUSH, 0, gva, 0, 0, FLUSH_ADDRESS);
}

/** A change of CR4.PGE executed by the processor itself. */
export function hardwareFlush(vcpu: Vcpu): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0) return;
  selectFor(tlb, vcpu);
  tlbs.flushAll(tlb);
}

/** A #PF drops what the TLB holds for its address (Intel SDM vol. 3, 4.10.4.1). */
export function afterPageFault(vcpu: Vcpu, gva: u64): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0) return;
  selectFor(tlb, vcpu);
  tlbs.pageFault(tlb, gva);
}

/** An EPT violation drops what the TLB holds for its addresses (Intel SDM vol. 3, 29.4.3.1). */
export function afterViolation(vcpu: Vcpu, gpa: u64, gva: u64): void {
  const tlb = cpuOf(vcpu).tlb;
  if (tlb == 0) return;
  selectFor(tlb, vcpu);
  if (vcpu.vm.mode == TDP_EPT) tlbs.eptViolation(tlb, gpa, true, gva);
  else if (vcpu.vm.mode != SHADOW) tlbs.pageFault(tlb, gva);
}
