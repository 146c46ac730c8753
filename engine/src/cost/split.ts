import type { Counters } from '../kvm/counters.ts';
import type { Costs } from './model.ts';

/** What the cycles of a machine went into, in cycles. */
export interface CostSplit {
  /** The accesses themselves, translations found in the TLB included. */
  accesses: number;
  /** Entries that walks read, those of walks that ended in an exit included. */
  walks: number;
  /** VM exits and the entries after them. */
  exits: number;
  /** Page faults that the guest's own kernel got. */
  faults: number;
}

/** Splits the counter `cycles`; the parts add up to it. */
export function splitOf(counters: Counters, costs: Costs): CostSplit {
  const accesses = counters.accesses * costs.access + counters.tlb_l2_hits * costs.tlbL2Hit;
  const exits = counters.exits * costs.exit;
  const faults = counters.guest_faults * costs.guestFault;
  // `walk_refs` counts walks that ended well; the rest of the cycles are all that walks took.
  return { accesses, walks: counters.cycles - accesses - exits - faults, exits, faults };
}
