/** What KVM counts, under its own names (Linux arch/x86/kvm/x86.c, kvm_vcpu_stats_desc and kvm_vm_stats_desc). */

@unmanaged
export class Stats {
  exits: i64;
  pf_taken: i64;
  pf_fixed: i64;
  pf_guest: i64;
  pf_emulate: i64;
  pf_spurious: i64;
  invlpg: i64;
  tlb_flush: i64;
  mmu_shadow_zapped: i64;
  mmu_pte_write: i64;
  mmu_pde_zapped: i64;
  mmu_flooded: i64;
  mmu_recycled: i64;
  mmu_cache_miss: i64;
  /** Gauges: they stand at a value, and can fall. */
  mmu_unsync: i64;
  pages_4k: i64;
  pages_2m: i64;
  pages_1g: i64;
}
