/**
 * Guest frames that hold tables (Linux mmu.c account_shadowed(), page_track.c): stores to an
 * upper-level table are tracked for good, a leaf table is write-protected until the guest's first
 * store to it.
 */
import { writeProtect } from './rmap';
import { ShadowPage } from './shadow-page';
import { Vm } from './vm';

// @ts-ignore: decorator
@inline
function count(vm: Vm, gfn: u64): usize {
  return vm.tracked + ((<usize>gfn) << 1);
}

/** Whether a store to this guest frame must always come to KVM. */
// @ts-ignore: decorator
@inline
export function isTracked(vm: Vm, gfn: u64): bool {
  return load<u16>(count(vm, gfn)) != 0;
}

function forbidLarge(vm: Vm, gfn: u64, by: i32): void {
  const at = vm.smallOnly + ((<usize>(gfn >> 9)) << 2);
  store<i32>(at, load<i32>(at) + by);
}

/** Whether a leaf of this level (2 or 3) may cover a guest frame: no table lies in its range. */
export function mayBeLarge(vm: Vm, gfn: u64, level: i32): bool {
  const count: u64 = level == 2 ? 1 : 512;
  const first = (gfn >> 9) & ~(count - 1);
  for (let index: u64 = 0; index < count; index++) {
    if (load<i32>(vm.smallOnly + ((<usize>(first + index)) << 2)) != 0) return false;
  }
  return true;
}

/** A shadow page for a guest table was made. */
export function account(vm: Vm, page: ShadowPage): void {
  vm.indirect++;
  forbidLarge(vm, page.gfn, 1);
  if (vm.unwatched) return;
  if (page.level > 1) store<u16>(count(vm, page.gfn), load<u16>(count(vm, page.gfn)) + 1);
  writeProtect(vm, page.gfn);
}

/** It is gone. */
export function unaccount(vm: Vm, page: ShadowPage): void {
  vm.indirect--;
  forbidLarge(vm, page.gfn, -1);
  if (vm.unwatched) return;
  if (page.level > 1) store<u16>(count(vm, page.gfn), load<u16>(count(vm, page.gfn)) - 1);
}
