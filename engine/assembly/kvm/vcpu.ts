/**
 * A virtual CPU running: its accesses and the instructions that concern memory, and the exits that they
 * take (Linux x86.c, vmx.c, svm.c).
 */
import { READ, WRITE } from '../access';
import { Cost } from '../cost';
import * as cpu from '../cpu';
import * as events from '../events';
import { about, happened } from '../events';
import * as evidence from '../evidence';
import { read64, write64 } from '../memory';
import { setEpt, setNative, setNpt, setPaging } from '../registers';
import { state } from '../state';
import { DATA, INSTRUCTION } from '../tlb/tlb';
import { fill, hitLevel, hitPayload, hitSize, lookup } from '../tlb/lookup';
import * as payload from '../tlb/payload';
import { translate } from '../walk';
import { useCaches } from '../walk-caches';
import { FETCH } from '../access';
import * as walker from './guest-walk';
import { EMULATE } from './make-spte';

import {
  INJECT,
  emulateWrite,
  flushAll,
  invlpg,
  loadRoot,
  pageFault,
  unload,
  writeCr3,
} from './shadow-mmu';
import { provide } from '../mm/reclaim';
import { tdpFault } from './tdp';
import { NATIVE, SHADOW, TDP_EPT, Vcpu, Vm } from './vm';

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
/** The processor must try again. */
const AGAIN: i32 = 3;
/** The host killed the machine for lack of memory. */
export const KILLED: i32 = 4;

/** Frames of the host that the handling of one exit may take: pages, and tables for them. */
const EXIT_FRAMES: u32 = 64;

/** Whether the machine may go on: the host has memory for what may come, and has not killed it. */
function isReady(vm: Vm): bool {
  if (vm.mode == NATIVE) return true;
  return !vm.space.dead && provide(vm.space.node, EXIT_FRAMES) && !vm.space.dead;
}

/** Of the last access: the value read, or the guest's page fault. */
export let value: u64 = 0;
export let faultCode: u64 = 0;

// @ts-ignore: decorator
@inline
function cost(): Cost {
  return changetype<Cost>(state.cost);
}

// @ts-ignore: decorator
@inline
function spend(vm: Vm, cycles: u64): void {
  vm.stats.cycles += <i64>cycles;
}

/** A VM exit, and the entry after it. */
function exit(vcpu: Vcpu, reason: u32, subject: u64, detail: u64): void {
  vcpu.vm.stats.exits++;
  spend(vcpu.vm, cost().exit);
  happened(events.EXIT, 0, subject, detail, 0, reason);
  cpu.transition(vcpu);
}

/** What was asked for is done, and the processor's registers are as they are while this vCPU runs. */
function enter(vcpu: Vcpu): void {
  const vm = vcpu.vm;
  if (vm.mode == SHADOW) loadRoot(vcpu);
  if (vcpu.requests != 0) {
    vm.stats.tlb_flush++;
    vcpu.requests = 0;
    cpu.flushAllOf(vcpu);
  }
  const cr3 = vm.mode == SHADOW ? vcpu.root!.table : vcpu.cr3;
  setPaging(vm.levels, cr3, WIDTH, true, true, false, false, false, true);
  if (vm.mode == SHADOW || vm.mode == NATIVE) setNative();
  else if (vm.mode == TDP_EPT) setEpt(vm.tdpLevels, vm.tdpRoot, true, true);
  else setNpt(vm.tdpLevels, vm.tdpRoot, true);
}

/** The access itself, once its address is known: 8 bytes at an 8-aligned address. */
function perform(gva: u64, hpa: u64, kind: i32, operand: u64): i32 {
  const at = hpa & ~(<u64>7);
  if (kind == WRITE) {
    write64(at, operand);
    value = operand;
  } else value = read64(at);
  happened(events.DONE, 0, gva, hpa, value, 0);
  return DONE;
}

function raise(vcpu: Vcpu, gva: u64, code: u64): i32 {
  faultCode = code;
  happened(events.GUEST_FAULT, 0, gva, code, 0, 0);
  return GUEST_FAULT;
}

/** The walk failed on KVM's own tables: an exit, which may be the guest's fault after all. */
function shadowFault(vcpu: Vcpu, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  const code = evidence.outcome.code;
  if (evidence.outcome.result == evidence.GENERAL_PROTECTION) return raise(vcpu, gva, 0);
  cpu.afterPageFault(vcpu, gva);
  exit(vcpu, events.EXIT_PAGE_FAULT, gva, code);
  const how = pageFault(vcpu, gva, kind, cpl == 3, (code & 1) != 0);
  if (how == INJECT) return raise(vcpu, gva, walker.errorCode);
  if (how != EMULATE) return AGAIN;
  if (walker.gfn >= vcpu.vm.frames) return DEVICE;
  emulateWrite(vcpu, walker.gpa & ~(<u64>7), operand);
  happened(events.DONE, 0, gva, 0, operand, 0);
  return DONE;
}

/** The walk failed: by the guest's tables, which is its own affair, or by the second dimension. */
function hardwareFault(vcpu: Vcpu, gva: u64): i32 {
  const outcome = evidence.outcome;
  const vm = vcpu.vm;
  if (outcome.result == evidence.PAGE_FAULT || outcome.result == evidence.GENERAL_PROTECTION) {
    cpu.afterPageFault(vcpu, gva);
    return raise(vcpu, gva, outcome.code);
  }
  const gpa = outcome.gpa;
  const code = outcome.code;
  cpu.afterViolation(vcpu, gpa, gva);
  vm.stats.ept_violations++;
  exit(vcpu, events.EXIT_NESTED, gpa, code);
  // Bit 1 says a write in both: EPT's qualification and NPT's EXITINFO1.
  return tdpFault(vm, gpa, (code & 2) != 0) == EMULATE ? DEVICE : AGAIN;
}

/** One try: a walk, by the caches of a TLB where one is given, and what its failure leads to. */
function attempt(
  vcpu: Vcpu,
  gva: u64,
  kind: i32,
  cpl: i32,
  operand: u64,
  tlb: usize,
): i32 {
  if (!isReady(vcpu.vm)) return KILLED;
  enter(vcpu);
  useCaches(tlb);
  const result = translate(gva, kind, cpl);
  useCaches(0);
  happened(
    events.WALK,
    result,
    gva,
    evidence.outcome.hpa,
    evidence.outcome.gpa,
    evidence.numberOfReferences(),
  );
  if (evidence.outcome.cached != 0) {
    happened(events.WALK_CACHE, <i32>evidence.outcome.cached, gva, 0, 0, 0);
  }
  if (result == evidence.OK) return perform(gva, evidence.outcome.hpa, kind, operand);
  if (vcpu.vm.mode == SHADOW) return shadowFault(vcpu, gva, kind, cpl, operand);
  return hardwareFault(vcpu, gva);
}

/**
 * One access of 8 bytes by the guest's kernel; `operand` is what a write stores. It goes past the TLB:
 * what the kernel's few pages would do to it is not of interest here.
 */
export function access(vcpu: Vcpu, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  about(vcpu.vm.index, vcpu.index);
  cpu.schedule(vcpu);
  let how = AGAIN;
  while (how == AGAIN) how = attempt(vcpu, gva, kind, cpl, operand, 0);
  return how;
}

/** Whether a TLB entry may serve an access: rights, and for a write the dirty bit set in memory. */
function serves(entry: u64, kind: i32, cpl: i32): bool {
  if (cpl == 3 && (entry & payload.U) == 0) return false;
  if (kind == READ) return true;
  if (kind == FETCH) return (entry & payload.X) != 0;
  const writable = payload.W | payload.DIRTY;
  return (entry & writable) == writable;
}

/** What the walk that just ended leaves in the TLB: an entry of the smaller page. */
function fillFromWalk(tlb: usize, vcpu: Vcpu, gva: u64, side: i32): void {
  const outcome = evidence.outcome;
  let level = <i32>outcome.guestLeaf;
  if (outcome.hostLeaf != 0) level = min(level, <i32>outcome.hostLeaf);
  const offset = (<u64>1 << (<u64>(12 + 9 * (level - 1)))) - 1;
  let rights = outcome.rights;
  if ((vcpu.cr4 & CR4_PGE) == 0) rights &= ~payload.GLOBAL;
  const leaf = (<u64>(outcome.guestLeaf - 1)) << payload.LEAF_SHIFT;
  fill(tlb, gva, level - 1, (outcome.hpa & ~offset) | rights | leaf, side);
}

/** One access of 8 bytes by a program, through the TLB of its processor, and counted. */
export function programAccess(vcpu: Vcpu, gva: u64, kind: i32, cpl: i32, operand: u64): i32 {
  const vm = vcpu.vm;
  const stats = vm.stats;
  about(vm.index, vcpu.index);
  happened(events.ACCESS, 0, gva, operand, 0, <u32>kind);
  if (vm.mode != NATIVE && vm.space.dead) return KILLED;
  stats.accesses++;
  spend(vm, cost().access);
  cpu.schedule(vcpu);
  enter(vcpu);
  const tlb = cpu.cpuOf(vcpu).tlb;
  const side = kind == FETCH ? INSTRUCTION : DATA;
  if (tlb != 0) {
    cpu.selectFor(tlb, vcpu);
    const hit = lookup(tlb, gva, side);
    if (hit != 0 && serves(hitPayload(hit), kind, cpl)) {
      const level = hitLevel(hit);
      const offset = ((<u64>1) << (<u64>(12 + 9 * hitSize(hit)))) - 1;
      const hpa = (hitPayload(hit) & 0x000f_ffff_ffff_f000 & ~offset) | (gva & offset);
      if (level == 1) stats.tlb_l1_hits++;
      else {
        stats.tlb_l2_hits++;
        spend(vm, cost().tlbL2Hit);
      }
      happened(events.TLB_HIT, level, gva, hpa, 0, <u32>hitSize(hit));
      return perform(gva, hpa, kind, operand);
    }
  }
  stats.tlb_misses++;
  happened(events.TLB_MISS, 0, gva, 0, 0, 0);
  let how = AGAIN;
  while (how == AGAIN) {
    if (tlb != 0) cpu.selectFor(tlb, vcpu);
    how = attempt(vcpu, gva, kind, cpl, operand, tlb);
    spend(vm, <u64>evidence.numberOfReferences() * cost().walkReference);
  }
  if (how == GUEST_FAULT) {
    stats.guest_faults++;
    spend(vm, cost().guestFault);
  }
  if (how != DONE || evidence.outcome.result != evidence.OK) return how;
  stats.walk_refs += evidence.numberOfReferences();
  if (tlb != 0) {
    cpu.selectFor(tlb, vcpu);
    fillFromWalk(tlb, vcpu, gva, side);
  }
  return DONE;
}

/** MOV to CR3. With CR4.PCIDE bits 11:0 are the PCID, and bit 63 keeps what the TLB has. */
export function movCr3(vcpu: Vcpu, operand: u64): void {
  if (!isReady(vcpu.vm)) return;
  about(vcpu.vm.index, vcpu.index);
  cpu.schedule(vcpu);
  const keep = vcpu.pcide && operand >> 63 != 0;
  const cr3 = operand & ~((<u64>1) << 63);
  happened(events.LOAD_CR3, 0, operand, vcpu.cr3, 0, 0);
  if (vcpu.vm.mode != SHADOW) {
    vcpu.cr3 = cr3;
    cpu.hardwareCr3(vcpu, keep);
    return;
  }
  exit(vcpu, events.EXIT_CR3, operand, 0);
  writeCr3(vcpu, cr3, keep);
}

/** MOV to CR4: exits on either kind of paging; a change of PGE flushes everything. */
export function movCr4(vcpu: Vcpu, cr4: u64): void {
  if (!isReady(vcpu.vm)) return;
  about(vcpu.vm.index, vcpu.index);
  cpu.schedule(vcpu);
  const changed = cr4 ^ vcpu.cr4;
  if (vcpu.vm.mode != NATIVE) exit(vcpu, events.EXIT_CR4, cr4, 0);
  if (vcpu.vm.mode == SHADOW) {
    if ((changed & CR4_ROLE) != 0) unload(vcpu);
    if ((changed & CR4_PGE) != 0) {
      flushAll(vcpu);
      cpu.flushAllOf(vcpu);
    }
  } else if ((changed & CR4_PGE) != 0) cpu.hardwareFlush(vcpu);
  vcpu.cr4 = cr4;
}

/** INVLPG: an exit only where the tables are KVM's. */
export function invalidatePage(vcpu: Vcpu, gva: u64): void {
  if (!isReady(vcpu.vm)) return;
  about(vcpu.vm.index, vcpu.index);
  cpu.schedule(vcpu);
  happened(events.INVLPG, 0, gva, 0, 0, 0);
  if (vcpu.vm.mode != SHADOW) {
    cpu.hardwareInvlpg(vcpu, gva);
    return;
  }
  exit(vcpu, events.EXIT_INVLPG, gva, 0);
  invlpg(vcpu, gva);
  cpu.flushAddressOf(vcpu, gva);
}


export function lastValue(): u64 {
  return value;
}
export function lastFaultCode(): u64 {
  return faultCode;
}
