/**
 * Shadow pages: one table of KVM's, standing for a guest's table in one role (Linux
 * Documentation/virt/kvm/x86/mmu.rst; struct kvm_mmu_page). The entries themselves lie in simulated
 * host memory, where the processor walks them.
 */
import { reserveBlock, reserveRecord } from '../memory';
import { state } from '../state';
import { giveTable, ownerOf, setOwner, takeTable } from './tables';
import { Vm } from './vm';

@unmanaged
export class ShadowPage {
  /** The guest frame that it shadows; of a direct page, the first that it maps. */
  gfn: u64;
  /** Host-physical address of the table. */
  table: u64;
  level: i32;
  /** Rights that the guest's upper levels leave (role.access). */
  access: u32;
  /** Maps a linear range instead of shadowing a table (role.direct). */
  direct: bool;
  /** Zapped; lives on only while it is a root in use. */
  invalid: bool;
  /** The guest may write the table it shadows: it can be stale. */
  unsync: bool;
  /** vCPUs that have it as a root. */
  roots: i32;
  /** Emulated stores since an entry of it was last used for a fault. */
  writes: i32;
  /** Entries that point to it (parent_ptes); a list of links. */
  parents: u32;
  /** Per entry: guest frame << 3 | rights (shadowed_translation). */
  shadowed: usize;
  /** Per entry a bit: something below it may be out of sync (unsync_child_bitmap); how many are set. */
  unsyncBelow: usize;
  unsyncChildren: i32;
  /** Next for the same guest frame. */
  sameFrame: ShadowPage | null;
  newer: ShadowPage | null;
  older: ShadowPage | null;
}

/** Bytes of what belongs to a page besides the object: 8 for each entry, and a bit. */
const SHADOWED: usize = 4096;
const UNSYNC_BELOW: usize = 64;

/** The shadow page whose table holds the entry at `entry`. */
// @ts-ignore: decorator
@inline
export function pageOf(entry: u64): ShadowPage {
  return changetype<ShadowPage>(ownerOf(entry));
}

// @ts-ignore: decorator
@inline
export function parentsOf(page: ShadowPage): usize {
  return changetype<usize>(page) + offsetof<ShadowPage>('parents');
}

/** The newest shadow page for a guest frame; the others follow by `sameFrame`. */
// @ts-ignore: decorator
@inline
export function firstFor(vm: Vm, gfn: u64): ShadowPage | null {
  return changetype<ShadowPage | null>(<usize>load<u32>(vm.shadows + ((<usize>gfn) << 2)));
}

/** A new shadow page, in the hash and at the front of the pages in use. */
export function allocate(vm: Vm, gfn: u64, level: i32, access: u32, direct: bool): ShadowPage {
  let page: ShadowPage;
  if (state.freeShadow != 0) {
    page = changetype<ShadowPage>(state.freeShadow);
    state.freeShadow = changetype<usize>(page.sameFrame);
    const shadowed = page.shadowed;
    const unsyncBelow = page.unsyncBelow;
    memory.fill(changetype<usize>(page), 0, offsetof<ShadowPage>());
    page.shadowed = shadowed;
    page.unsyncBelow = unsyncBelow;
  } else {
    page = changetype<ShadowPage>(reserveRecord(offsetof<ShadowPage>()));
    page.shadowed = reserveBlock(SHADOWED);
    page.unsyncBelow = reserveRecord(UNSYNC_BELOW);
  }
  memory.fill(page.shadowed, 0, SHADOWED);
  memory.fill(page.unsyncBelow, 0, UNSYNC_BELOW);
  page.table = takeTable();
  setOwner(page.table, changetype<usize>(page));
  page.gfn = gfn;
  page.level = level;
  page.access = access;
  page.direct = direct;
  page.sameFrame = firstFor(vm, gfn);
  store<u32>(vm.shadows + ((<usize>gfn) << 2), <u32>changetype<usize>(page));
  page.older = vm.newest;
  if (vm.newest !== null) vm.newest!.newer = page;
  else vm.oldest = page;
  vm.newest = page;
  vm.used++;
  return page;
}

/** Takes a page off the list of pages in use. */
export function retire(vm: Vm, page: ShadowPage): void {
  if (page.newer !== null) page.newer!.older = page.older;
  else if (vm.newest === page) vm.newest = page.older;
  if (page.older !== null) page.older!.newer = page.newer;
  else if (vm.oldest === page) vm.oldest = page.newer;
  page.newer = null;
  page.older = null;
}

/** Frees a page that nothing uses: out of the hash, its table given back. */
export function release(vm: Vm, page: ShadowPage): void {
  let at = vm.shadows + ((<usize>page.gfn) << 2);
  while (true) {
    const one = changetype<ShadowPage | null>(<usize>load<u32>(at));
    if (one === null) break;
    if (one === page) {
      store<u32>(at, <u32>changetype<usize>(page.sameFrame));
      break;
    }
    at = changetype<usize>(one) + offsetof<ShadowPage>('sameFrame');
  }
  giveTable(page.table);
  page.sameFrame = changetype<ShadowPage | null>(state.freeShadow);
  state.freeShadow = changetype<usize>(page);
}

/** Host-physical address of an entry of the page. */
// @ts-ignore: decorator
@inline
export function entryAt(page: ShadowPage, index: i32): u64 {
  return page.table + ((<u64>index) << 3);
}

// @ts-ignore: decorator
@inline
export function indexOf(entry: u64): i32 {
  return <i32>((entry >> 3) & 511);
}

/** The guest frame that an entry maps or points to (kvm_mmu_page_get_gfn()). */
export function frameOfEntry(page: ShadowPage, index: i32): u64 {
  if (page.direct) return page.gfn + ((<u64>index) << (<u64>((page.level - 1) * 9)));
  return load<u64>(page.shadowed + ((<usize>index) << 3)) >> 3;
}

export function noteEntry(page: ShadowPage, index: i32, gfn: u64, access: u32): void {
  if (page.direct) return;
  store<u64>(page.shadowed + ((<usize>index) << 3), (gfn << 3) | (<u64>access));
}
