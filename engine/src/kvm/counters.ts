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

/** What the host counts: merged pages and what they save, pages to and from swap, frames of guests. */
export interface HostCounters {
  /** KSM pages in use, and how many further mappings they have: the pages saved (gauges). */
  pages_shared: number;
  pages_sharing: number;
  /** Pages written to the host's swap, and read from it. */
  swapped_out: number;
  swapped_in: number;
  /** Frames of 4 KiB that hold guests' memory (a gauge). */
  frames_used: number;
}

/** What a mark shows of the host: the same, and the pages in the guests' balloons. */
export type MarkHost = HostCounters & { ballooned: number };
