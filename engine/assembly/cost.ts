/**
 * What things cost, in cycles: parameters of a machine, integers all. `engine/src/cost` has the
 * numbers with their sources.
 */

@unmanaged
export class Cost {
  /** An access whose translation is in the first-level TLB, its data in the first-level cache. */
  access: u64;
  /** More, when the second-level TLB had it. */
  tlbL2Hit: u64;
  /** One entry read by the walker. */
  walkReference: u64;
  /** A VM exit and the entry after it. */
  exit: u64;
  /** A page fault delivered to the guest's kernel, and its return. */
  guestFault: u64;
}
