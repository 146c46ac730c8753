/**
 * What a vCPU must do before its guest runs again (Linux include/linux/kvm_host.h KVM_REQ_*; x86.c
 * vcpu_enter_guest()). KVM changes tables first and asks for one flush afterwards.
 */
import { Vcpu, Vm } from './vm';

/** Everything that hardware holds for the guest (KVM_REQ_TLB_FLUSH). */
export const REQ_TLB_FLUSH: u32 = 1;
/** What it holds for the current root (KVM_REQ_TLB_FLUSH_CURRENT). */
export const REQ_TLB_FLUSH_CURRENT: u32 = 1 << 1;

/** Entries were taken away: no vCPU may go on using them (kvm_flush_remote_tlbs()). */
export function flushRemote(vm: Vm): void {
  let vcpu: Vcpu | null = vm.firstVcpu;
  while (vcpu !== null) {
    vcpu.requests |= REQ_TLB_FLUSH;
    const next: Vcpu | null = vcpu.next;
    vcpu = next;
  }
}

/** The guest flushed what its current CR3 leads to. */
export function flushCurrent(vcpu: Vcpu): void {
  vcpu.requests |= REQ_TLB_FLUSH_CURRENT;
}
