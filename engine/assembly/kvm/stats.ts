/**
 * What is counted for each virtual machine. KVM's own counters come first, under its names (Linux
 * arch/x86/kvm/x86.c, kvm_vcpu_stats_desc and kvm_vm_stats_desc); the processor's follow.
 */

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
  /** Accesses of programs, and where their translations came from. */
  accesses: i64;
  tlb_l1_hits: i64;
  tlb_l2_hits: i64;
  tlb_misses: i64;
  /** Entries read by walks that ended in a translation. */
  walk_refs: i64;
  /** Faults of the second dimension: EPT violations, nested page faults. */
  ept_violations: i64;
  /** Accesses that ended in a fault which the guest's kernel got. */
  guest_faults: i64;
  cycles: i64;
}
