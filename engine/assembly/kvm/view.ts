/** Reading what KVM keeps, for views and tests: shadow pages, roots, the frames behind a guest. */
import { frameAt } from '../memory';
import { frameOf, isThere } from './memslot';
import { ShadowPage, firstFor } from './shadow-page';
import { Vcpu, Vm, previousRoot } from './vm';

/** One shadow page. */
@unmanaged
export class ShadowView {
  table: u64;
  gfn: u64;
  level: u8;
  access: u8;
  direct: u8;
  unsync: u8;
  roots: u32;
  writes: u32;
}

const MOST: u32 = 1024;
const views: usize = memory.data(1024 * offsetof<ShadowView>(), 8);

export function shadowViewsAt(): usize {
  return views;
}
export const SHADOW_VIEW_BYTES: u32 = <u32>offsetof<ShadowView>();

/** Lists the shadow pages of a machine, newest first; how many there are, 1024 at most. */
export function listShadowPages(vm: usize): u32 {
  let count: u32 = 0;
  let page: ShadowPage | null = changetype<Vm>(vm).newest;
  while (page !== null && count < MOST) {
    const view = changetype<ShadowView>(views + <usize>count * offsetof<ShadowView>());
    view.table = page.table;
    view.gfn = page.gfn;
    view.level = <u8>page.level;
    view.access = <u8>page.access;
    view.direct = page.direct ? 1 : 0;
    view.unsync = page.unsync ? 1 : 0;
    view.roots = <u32>page.roots;
    view.writes = <u32>page.writes;
    count++;
    const older: ShadowPage | null = page.older;
    page = older;
  }
  return count;
}

/** The table of a vCPU's root: -1 the current one, 0 to 2 the previous ones; 0 where there is none. */
export function rootTable(vcpu: usize, index: i32): u64 {
  const at = changetype<Vcpu>(vcpu);
  const root = index < 0 ? at.root : previousRoot(at, index);
  return root === null ? 0 : root.table;
}

export function cr3Of(vcpu: usize): u64 {
  return changetype<Vcpu>(vcpu).cr3;
}

export function tdpRootOf(vm: usize): u64 {
  return changetype<Vm>(vm).tdpRoot;
}

/** The host frame behind a guest frame; 0 where the host has none. */
export function hostFrameOf(vm: usize, gfn: u64): u64 {
  const at = changetype<Vm>(vm);
  return isThere(at, gfn) ? frameOf(at, gfn) : 0;
}

/** Whether a guest frame has a shadow page, at any level. */
export function isShadowed(vm: usize, gfn: u64): bool {
  return firstFor(changetype<Vm>(vm), gfn) !== null;
}

/** Where the 4 KiB of a host frame lie in linear memory; 0 when nothing was written there. */
export function frameInMemory(hpa: u64): usize {
  return frameAt(hpa);
}
