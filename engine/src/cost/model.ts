import { InputError, object, show } from '../input.ts';

/**
 * What things cost, in cycles: whole numbers, each with where it comes from. Real costs vary with the
 * processor and with what its caches hold; these serve to compare designs with each other.
 */

export interface CostParameter {
  cycles: number;
  /** What one of it is. */
  of: string;
  source: string;
  year: number;
}

export const COSTS = {
  access: {
    cycles: 4,
    of: 'access: a hit in the first-level data cache, its address found in the first-level TLB',
    source: 'Skylake; Intel optimization manual 248966-045, table 2-15',
    year: 2015,
  },
  tlbL2Hit: {
    cycles: 12,
    of: 'translation found in the second-level TLB, on top of the access',
    source: 'Haswell; measured by one benchmark',
    year: 2013,
  },
  walkReference: {
    cycles: 12,
    of: 'entry that a walk reads, found in the second-level data cache',
    source: 'Skylake; Intel optimization manual 248966-045, table 2-15',
    year: 2015,
  },
  exit: {
    cycles: 1600,
    of: 'VM exit and entry, an empty hypercall through KVM; the work of the handler is not in it',
    source: 'Core i7-3960X; yshalabi.github.io/VMExits',
    year: 2014,
  },
  guestFault: {
    cycles: 1093,
    of: 'page fault delivered to the kernel, and its return',
    source: 'native #PF round trip; Adams and Agesen, ASPLOS 2006',
    year: 2006,
  },
} as const satisfies Record<string, CostParameter>;

export type CostName = keyof typeof COSTS;
/** Cycles by parameter. */
export type Costs = Readonly<Record<CostName, number>>;

const NAMES = Object.keys(COSTS) as CostName[];

export const DEFAULT_COSTS = Object.fromEntries(
  NAMES.map((name) => [name, COSTS[name].cycles]),
) as Costs;

/** Costs from JSON, the defaults where none is given. Throws an `InputError` that names the field. */
export function readCosts(value: unknown, field: string): Costs {
  if (value === undefined) return DEFAULT_COSTS;
  const given = object(value, field, NAMES);
  for (const [name, cycles] of Object.entries(given)) {
    if (typeof cycles !== 'number' || !Number.isSafeInteger(cycles) || cycles < 0) {
      throw new InputError(
        `${field}.${name}`,
        `is ${show(cycles)}; a whole number of cycles from 0 would be right`,
      );
    }
  }
  return { ...DEFAULT_COSTS, ...(given as Partial<Costs>) };
}

/** How often each thing happened. */
export type CostCounts = Readonly<Record<CostName, bigint>>;

/** The cycles of all of it. */
export const cyclesOf = (counts: CostCounts, costs: Costs): bigint =>
  NAMES.reduce((sum, name) => sum + counts[name] * BigInt(costs[name]), 0n);
