/**
 * What the processor is set to, outside memory: control registers, the second dimension, and the
 * capabilities that decide which entry bits are reserved.
 */
import { bits } from './address';

/** Guest paging: CR3, CR4.LA57, CR0.WP, EFER.NXE, CR4.SMEP, CR4.SMAP, EFLAGS.AC, 1 GiB pages. */
export let levels: i32 = 4;
export let cr3: u64 = 0;
export let wp: bool = true;
export let nxe: bool = true;
export let smep: bool = false;
export let smap: bool = false;
export let ac: bool = false;
export let page1g: bool = true;

/** MAXPHYADDR, as the masks that follow from it. */
export let addressMask: u64 = bits(45, 12);
export let reservedAddress: u64 = bits(51, 46);

/** The second dimension. */
export const NESTED_NONE: i32 = 0;
export const NESTED_EPT: i32 = 1;
export const NESTED_NPT: i32 = 2;
export let nestedKind: i32 = NESTED_NONE;
export let nestedLevels: i32 = 4;
export let nestedRoot: u64 = 0;
/** EPTP bit 6. */
export let eptAd: bool = false;
/** IA32_VMX_EPT_VPID_CAP bit 0. */
export let eptExecuteOnly: bool = true;
/** EFER.NXE of the host, for NPT. */
export let hostNxe: bool = true;

/** Sets guest paging. `levels_` is 4 or 5, `maxphyaddr` 32 to 52; the low 12 bits of CR3 are ignored. */
export function setPaging(
  levels_: i32,
  cr3_: u64,
  maxphyaddr: i32,
  wp_: bool,
  nxe_: bool,
  smep_: bool,
  smap_: bool,
  ac_: bool,
  page1g_: bool,
): void {
  levels = levels_;
  addressMask = bits(maxphyaddr - 1, 12);
  reservedAddress = maxphyaddr < 52 ? bits(51, maxphyaddr) : 0;
  cr3 = cr3_ & addressMask;
  wp = wp_;
  nxe = nxe_;
  smep = smep_;
  smap = smap_;
  ac = ac_;
  page1g = page1g_;
}

/** Bare metal: guest-physical is host-physical. */
export function setNative(): void {
  nestedKind = NESTED_NONE;
}

/** Runs the guest under EPT (call after setPaging: the root is masked by MAXPHYADDR). */
export function setEpt(levels_: i32, root: u64, ad: bool, executeOnly: bool): void {
  nestedKind = NESTED_EPT;
  nestedLevels = levels_;
  nestedRoot = root & addressMask;
  eptAd = ad;
  eptExecuteOnly = executeOnly;
}

/** Runs the guest under NPT (call after setPaging: the root is masked by MAXPHYADDR). */
export function setNpt(levels_: i32, root: u64, nxe_: bool): void {
  nestedKind = NESTED_NPT;
  nestedLevels = levels_;
  nestedRoot = root & addressMask;
  hostNxe = nxe_;
}
