/** A virtual machine and its virtual CPUs, as KVM holds them (Linux struct kvm, struct kvm_vcpu). */
import { reserveBlock, reserveRecord } from '../memory';
import { state } from '../state';
import { Space, newSpace } from '../mm/space';
import { hostNode } from '../mm/host';
import { ShadowPage } from './shadow-page';
import { Stats } from './stats';

/**
 * Who translates: shadow page tables made by software, the second dimension in hardware, or the tables
 * of the only system there is, without a hypervisor.
 */
export const SHADOW: i32 = 0;
export const TDP_EPT: i32 = 1;
export const TDP_NPT: i32 = 2;
export const NATIVE: i32 = 3;

/** Roots that a vCPU keeps besides the current one (KVM_MMU_NUM_PREV_ROOTS). */
export const PREVIOUS_ROOTS: i32 = 3;

@unmanaged
export class Vm {
  next: Vm | null;
  index: i32;
  mode: i32;
  /** Levels of the guest's tables, 4 or 5; those of shadow tables are the same. */
  levels: i32;
  vcpus: i32;
  firstVcpu: Vcpu | null;
  /** Guest frame numbers run from 0 up to here, excluded; above is no memory. */
  frames: u64;
  /** The host process whose memory is the guest's; on bare metal there is none. */
  space: Space;
  /** Per guest frame: the newest shadow page for it, in a list (mmu_page_hash). */
  shadows: usize;
  /** Per guest frame, per 2 MiB, per 1 GiB: the shadow leaves that map it (rmap). */
  maps4k: usize;
  maps2m: usize;
  maps1g: usize;
  /** Per guest frame: how many upper-level shadow pages track writes to it. */
  tracked: usize;
  /** No guest table is watched: what a hypervisor must not do, and what comes of it. */
  unwatched: bool;
  /** Per 2 MiB of guest memory: reasons against a large leaf (disallow_lpage). */
  smallOnly: usize;
  /** Shadow pages in use, oldest last (active_mmu_pages). */
  newest: ShadowPage | null;
  oldest: ShadowPage | null;
  used: i64;
  limit: i64;
  /** Shadow pages of guest tables; without any, no store can matter (indirect_shadow_pages). */
  indirect: i64;
  /** Where a guest's kernel maps all of its memory, and its text; 0 where it runs no Linux. */
  direct: u64;
  text: u64;
  /** Root of the nested tables, for TDP. */
  tdpRoot: u64;
  /** Per 2 MiB of guest memory: the nested table of its leaves, so that finding it takes no walk. */
  tdpLeaves: usize;
  tdpLevels: i32;
  stats: Stats;
}

@unmanaged
export class Vcpu {
  vm: Vm;
  next: Vcpu | null;
  index: i32;
  /** The processor that it runs on. */
  cpu: i32;
  /** Its tag in the TLB: 0 when it has none of its own (no VPID). On AMD: its ASID. */
  vpid: u32;
  /** Whether that tag is its own (VPID on): if not, entries go with each exit and entry. */
  tagged: bool;
  /** CR4.PCIDE: CR3 carries a PCID. */
  pcide: bool;
  cr3: u64;
  cr4: u64;
  /** KVM_REQ_*: what must be done before the guest runs again (see requests.ts). */
  requests: u32;
  root: ShadowPage | null;
  previous0: ShadowPage | null;
  previous1: ShadowPage | null;
  previous2: ShadowPage | null;
}

/** Where a process maps its guest's memory: host-virtual addresses, those of each apart. */
function addressOf(index: i32): u64 {
  return 0x7f00_0000_0000 - (<u64>(index + 1) << 38);
}

export function newVm(mode: i32, frames: u64, levels: i32): Vm {
  const vm = changetype<Vm>(reserveRecord(offsetof<Vm>()));
  vm.index = state.vmCount++;
  vm.mode = mode;
  vm.frames = frames;
  vm.levels = levels;
  if (mode != NATIVE) {
    vm.space = newSpace(hostNode(), <u32>frames, addressOf(vm.index));
    vm.space.vm = changetype<usize>(vm);
  }
  if (mode == SHADOW) {
    vm.shadows = reserveBlock((<usize>frames) << 2);
    vm.maps4k = reserveBlock((<usize>frames) << 2);
    vm.maps2m = reserveBlock((((<usize>frames) >> 9) + 1) << 2);
    vm.maps1g = reserveBlock((((<usize>frames) >> 18) + 1) << 2);
    vm.tracked = reserveBlock((<usize>frames) << 1);
    vm.smallOnly = reserveBlock((((<usize>frames) >> 9) + 1) << 2);
  }
  vm.stats = changetype<Stats>(reserveRecord(offsetof<Stats>()));
  setMmuLimit(vm, frames);
  vm.next = changetype<Vm | null>(state.firstVm);
  state.firstVm = changetype<usize>(vm);
  return vm;
}

/** The most shadow pages for slots of so many frames (kvm_arch_commit_memory_region()). */
export function setMmuLimit(vm: Vm, frames: u64): void {
  // KVM_MEMSLOT_PAGES_TO_MMU_PAGES_RATIO and KVM_MIN_ALLOC_MMU_PAGES.
  vm.limit = max<i64>(<i64>frames / 50, 64);
}

export function newVcpu(vm: Vm): Vcpu {
  const vcpu = changetype<Vcpu>(reserveRecord(offsetof<Vcpu>()));
  vcpu.vm = vm;
  vcpu.index = vm.vcpus++;
  vcpu.next = vm.firstVcpu;
  vm.firstVcpu = vcpu;
  return vcpu;
}

export function previousRoot(vcpu: Vcpu, index: i32): ShadowPage | null {
  return index == 0 ? vcpu.previous0 : index == 1 ? vcpu.previous1 : vcpu.previous2;
}

export function setPreviousRoot(vcpu: Vcpu, index: i32, page: ShadowPage | null): void {
  if (index == 0) vcpu.previous0 = page;
  else if (index == 1) vcpu.previous1 = page;
  else vcpu.previous2 = page;
}
