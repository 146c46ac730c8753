/** Counters of Linux's KVM, under its names (arch/x86/kvm/x86.c). */
export const KVM_COUNTERS = [
  'exits',
  'pf_taken',
  'pf_fixed',
  'pf_guest',
  'pf_emulate',
  'pf_spurious',
  'invlpg',
  'tlb_flush',
  'mmu_shadow_zapped',
  'mmu_pte_write',
  'mmu_pde_zapped',
  'mmu_flooded',
  'mmu_recycled',
  'mmu_cache_miss',
  'mmu_unsync',
  'pages_4k',
  'pages_2m',
  'pages_1g',
] as const;

export type KvmCounter = (typeof KVM_COUNTERS)[number];

/** What each counter stands at. */
export type KvmCounters = Record<KvmCounter, number>;
