/** A virtual machine and its virtual CPUs, as KVM holds them (Linux struct kvm, struct kvm_vcpu). */
import { reserveBlock } from '../memory';
import { ShadowPage } from './shadow-page';
import { Stats } from './stats';

/** Who translates: shadow page tables made by software, or the second dimension in hardware. */
export const SHADOW: i32 = 0;
export const TDP_EPT: i32 = 1;
export const TDP_NPT: i32 = 2;

/** Roots that a vCPU keeps besides the current one (KVM_MMU_NUM_PREV_ROOTS). */
export const PREVIOUS_ROOTS: i32 = 3;

@unmanaged
export class Vm {
  mode: i32;
  /** Number of vCPUs that were made. */
  vcpus: i32;
  /** Guest frame numbers run from 0 up to here, excluded; above is no memory. */
  frames: u64;
  /** Per guest frame: the host frame behind it, with flags (see memslot.ts). */
  backing: usize;
  /** Per guest frame: the newest shadow page for it, in a list (mmu_page_hash). */
  shadows: usize;
  /** Per guest frame: the shadow leaves that map it, 4K and larger (rmap). */
  maps4k: usize;
  maps2m: usize;
  /** Per guest frame: how many upper-level shadow pages track writes to it. */
  tracked: usize;
  /** Per 2 MiB of guest memory: reasons against a large leaf (disallow_lpage). */
  smallOnly: usize;
  /** Shadow pages in use, oldest last (active_mmu_pages). */
  newest: ShadowPage | null;
  oldest: ShadowPage | null;
  used: i64;
  limit: i64;
  /** Shadow pages of guest tables; without any, no store can matter (indirect_shadow_pages). */
  indirect: i64;
  /** Root of the nested tables, for TDP. */
  tdpRoot: u64;
  tdpLevels: i32;
  stats: Stats;
}

@unmanaged
export class Vcpu {
  vm: Vm;
  cr3: u64;
  cr4: u64;
  root: ShadowPage | null;
  previous0: ShadowPage | null;
  previous1: ShadowPage | null;
  previous2: ShadowPage | null;
}

export function newVm(mode: i32, frames: u64): Vm {
  const vm = changetype<Vm>(reserveBlock(offsetof<Vm>()));
  vm.mode = mode;
  vm.frames = frames;
  vm.backing = reserveBlock(<usize>frames << 3);
  vm.shadows = reserveBlock(<usize>frames << 2);
  vm.maps4k = reserveBlock(<usize>frames << 2);
  vm.maps2m = reserveBlock(((<usize>frames >> 9) + 1) << 2);
  vm.tracked = reserveBlock(<usize>frames << 1);
  vm.smallOnly = reserveBlock(((<usize>frames >> 9) + 1) << 2);
  vm.stats = changetype<Stats>(reserveBlock(offsetof<Stats>()));
  setMmuLimit(vm, frames);
  return vm;
}

/** The most shadow pages for slots of so many frames (kvm_arch_commit_memory_region()). */
export function setMmuLimit(vm: Vm, frames: u64): void {
  // KVM_MEMSLOT_PAGES_TO_MMU_PAGES_RATIO and KVM_MIN_ALLOC_MMU_PAGES.
  vm.limit = max<i64>(<i64>frames / 50, 64);
}

export function newVcpu(vm: Vm): Vcpu {
  const vcpu = changetype<Vcpu>(reserveBlock(offsetof<Vcpu>()));
  vcpu.vm = vm;
  vm.vcpus++;
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
