/**
 * What is counted for each machine. First what Linux's KVM counts, under its names
 * (arch/x86/kvm/x86.c), then the processor's side: accesses, TLB, walks, cycles.
 */
export const COUNTERS = [
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
  'accesses',
  'tlb_l1_hits',
  'tlb_l2_hits',
  'tlb_misses',
  'walk_refs',
  'ept_violations',
  'guest_faults',
  'cycles',
] as const;

export type Counter = (typeof COUNTERS)[number];

/** What each counter stands at. */
export type Counters = Record<Counter, number>;

/** Counters that stand at a value instead of growing. */
export const GAUGES: ReadonlySet<Counter> = new Set([
  'mmu_unsync',
  'pages_4k',
  'pages_2m',
  'pages_1g',
]);
