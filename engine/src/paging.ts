import type { Address, Levels } from './address.ts';

/**
 * IA-32e paging as the control registers set it (Intel SDM vol. 3, 4.1 and 4.6): the guest's, or the
 * only one there is on bare metal.
 */
export interface Paging {
  /** CR4.LA57: 4 or 5 levels. */
  levels: Levels;
  /** Address of the root table; guest-physical where there is a second dimension. Low 12 bits ignored. */
  cr3: Address;
  /** Physical address width in bits (CPUID 8000_0008H EAX[7:0]), 32 to 52; holds for nested entries too. */
  maxphyaddr: number;
  /** CR0.WP: supervisor writes honour R/W. */
  wp: boolean;
  /** EFER.NXE: bit 63 of an entry is execute-disable; reserved otherwise. */
  nxe: boolean;
  /** CR4.SMEP: supervisor fetches from user pages fault. */
  smep: boolean;
  /** CR4.SMAP: supervisor data accesses to user pages fault unless `ac`. */
  smap: boolean;
  /** EFLAGS.AC. */
  ac: boolean;
  /** CPUID 8000_0001H EDX[26]: the processor has 1 GiB pages. */
  page1g: boolean;
}

/** Extended page tables (Intel SDM vol. 3, 29.3), as the EPT pointer and the capabilities set them. */
export interface Ept {
  kind: 'ept';
  root: Address;
  levels: Levels;
  /** EPTP bit 6: accessed and dirty bits in EPT entries. */
  ad: boolean;
  /** IA32_VMX_EPT_VPID_CAP bit 0: execute-only translations are allowed. */
  executeOnly: boolean;
}

/** Nested page tables (AMD APM vol. 2, 15.25): ordinary page tables in the second dimension. */
export interface Npt {
  kind: 'npt';
  root: Address;
  levels: Levels;
  /** EFER.NXE of the host. */
  nxe: boolean;
}

export type Nested = Ept | Npt | null;

export type AccessKind = 'read' | 'write' | 'fetch';

/** One explicit memory access by the guest (or by the program, on bare metal). */
export interface Access {
  /** The linear address: guest virtual. */
  gva: Address;
  kind: AccessKind;
  /** Current privilege level: 3 makes user-mode accesses, 0 supervisor ones. */
  cpl: 0 | 3;
}

/** What `paging` is when nothing is said: the defaults of the public contract. */
export const PAGING_DEFAULTS: Omit<Paging, 'cr3'> = {
  levels: 4,
  maxphyaddr: 46,
  wp: true,
  nxe: true,
  smep: false,
  smap: false,
  ac: false,
  page1g: true,
};
