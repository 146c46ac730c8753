/** A virtual CPU running: its instructions, and the exits that they take (Linux x86.c, svm.c, vmx.c). */
import { WRITE } from '../access';
import * as evidence from '../evidence';
import { read64, write64 } from '../memory';
import { setEpt, setNative, setNpt, setPaging } from '../registers';
import { translate } from '../walk';
import * as walker from './guest-walk';
import { resetFrames } from './host-frames';
import { resetLinks } from './list';
import { EMULATE } from './make-spte';
import { resetShadowPages } from './shadow-page';
import { INJECT, emulateWrite, flushAll, invlpg, loadRoot, pageFault, unload, writeCr3 } from './shadow-mmu';
import { startTdp, tdpFault } from './tdp';
import { SHADOW, TDP_EPT, TDP_NPT, Vcpu, Vm, newVcpu, newVm } from './vm';

/** Physical address width of machines here, in bits. */
const WIDTH: i32 = 46;
const CR4_PGE: u64 = 1 << 7;
/** Bits that shadow pages depend on: PSE, PAE, LA57, SMEP, SMAP, PKE (KVM_MMU_CR4_ROLE_BITS). */
const CR4_ROLE: u64 = (1 << 4) | (1 << 5) | (1 << 12) | (1 << 20) | (1 << 21) | (1 << 22);

/** What an access led to. */
export const DONE: i32 = 0;
export const GUEST_FAULT: i32 = 1;
/** The address is no memory: a device would answer. */
export const DEVICE: i32 = 2;

/** Of the last access: the value read, or the guest's page fault. */
export let value: u64 = 0;
export let faultCode: u64 = 0;

/** Starts a machine without guests. Call after clear(). */
export function startKvm(): void {
  resetFrames();
  resetLinks();
  resetShadowPages();
}

/** A virtual machine with `frames` 4 KiB frames of memory; `mode` is SHADOW, TDP_EPT or TDP_NPT. */
export function createVm(mode: i32, frames: u64): Vm {
  const vm = newVm(mode, frames);
  if (mode != SHADOW) startTdp(vm, 4);
  return vm;
}

export function createVcpu(vm: Vm): Vcpu {
  return newVcpu(vm);
}

/** Puts the processor's paging registers as they are while this vCPU runs. */
function enter(vcpu: Vcpu): void {
  const vm = vcpu.vm;
  if (vm.mode == SHADOW) {
    loadRoot(vcpu);
    setPaging(4, vcpu.root!.table, WIDTH, true, true, false, false, false, true);
    setNative();
    return;
  }
  setPaging(4, vcpu.cr3, WIDTH, true, true, false, false, false, true);
  if (vm.mode == TDP_EPT) setEpt(vm.tdpLevels, vm.tdpRoot, false, true);
  else setNpt(vm.tdpLevels, vm.tdpRoot, true);
}

/** One access of 8 bytes by the guest; `operand` is what a write stores. */
export function access(vcpu: Vcpu, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  const vm = vcpu.vm;
  while (true) {
    enter(vcpu);
    const result = <u8>translate(gva, kind, cpl);
    const outcome = evidence.outcome;
    if (result == evidence.OK) {
      const hpa = outcome.hpa & ~(<u64>7);
      if (kind == WRITE) write64(hpa, operand);
      else value = read64(hpa);
      return DONE;
    }
    if (vm.mode == SHADOW) {
      if (result != evidence.PAGE_FAULT) return GUEST_FAULT;
      vm.stats.exits++;
      const present = (outcome.code & 1) != 0;
      const how = pageFault(vcpu, gva, kind, cpl == 3, present);
      if (how == INJECT) {
        faultCode = walker.errorCode;
        return GUEST_FAULT;
      }
      if (how == EMULATE) {
        if (walker.gfn >= vm.frames) return DEVICE;
        emulateWrite(vcpu, walker.gpa & ~(<u64>7), operand);
        return DONE;
      }
      continue;
    }
    if (result == evidence.PAGE_FAULT || result == evidence.GENERAL_PROTECTION) {
      faultCode = outcome.code;
      return GUEST_FAULT;
    }
    vm.stats.exits++;
    const write =
      vm.mode == TDP_NPT ? (outcome.code & 2) != 0 : (outcome.code & 2) != 0;
    if (tdpFault(vm, outcome.gpa, write) < 0) return DEVICE;
  }
}

/** MOV to CR3. */
export function movCr3(vcpu: Vcpu, cr3: u64): void {
  if (vcpu.vm.mode != SHADOW) {
    vcpu.cr3 = cr3;
    return;
  }
  vcpu.vm.stats.exits++;
  writeCr3(vcpu, cr3);
}

/** Sets CR3 before the guest's first instruction. */
export function setCr3(vcpu: Vcpu, cr3: u64): void {
  vcpu.cr3 = cr3;
}

/** MOV to CR4: exits on either kind of paging; a change of PGE flushes everything. */
export function movCr4(vcpu: Vcpu, cr4: u64): void {
  vcpu.vm.stats.exits++;
  const changed = cr4 ^ vcpu.cr4;
  if (vcpu.vm.mode == SHADOW) {
    if ((changed & CR4_ROLE) != 0) unload(vcpu);
    if ((changed & CR4_PGE) != 0) flushAll(vcpu);
  }
  vcpu.cr4 = cr4;
}

/** INVLPG: an exit only where the tables are KVM's. */
export function invalidatePage(vcpu: Vcpu, gva: u64): void {
  if (vcpu.vm.mode != SHADOW) return;
  vcpu.vm.stats.exits++;
  invlpg(vcpu, gva);
}

export function statsAt(vm: Vm): usize {
  return changetype<usize>(vm.stats);
}

export function lastValue(): u64 {
  return value;
}
export function lastFaultCode(): u64 {
  return faultCode;
}
