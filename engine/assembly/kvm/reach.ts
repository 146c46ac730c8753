/**
 * A guest's kernel and programs reaching their memory, whole pages at a time: the nested entry is used as
 * the processor uses it, accessed and dirty bits included, and where there is none, or none that may be
 * written, the guest exits. For guests under EPT or NPT whose single accesses nobody looks at.
 */
import * as ept from '../ept';
import { read64, write64 } from '../memory';
import { provide } from '../mm/reclaim';
import { faultIn, frameOf } from './memslot';
import { A, ADDRESS, D, W } from './spte';
import { leafAt, leafLevel, tdpFault } from './tdp';
import { TDP_EPT, Vm } from './vm';

/** Frames of the host that one violation may take. */
const EXIT_FRAMES: u32 = 16;

/**
 * The host frame behind a guest frame. Frame 0, which is nobody's, where the host killed the machine: what
 * it still does then concerns nobody.
 */
export function reachByGuest(vm: Vm, gfn: u32, write: bool): u32 {
  const writable = vm.mode == TDP_EPT ? ept.W : W;
  const used = vm.mode == TDP_EPT ? ept.ACCESSED : A;
  const dirty = vm.mode == TDP_EPT ? ept.DIRTY : D;
  while (!vm.space.dead) {
    const at = leafAt(vm, gfn);
    if (at != 0) {
      const entry = read64(at);
      if (!write || (entry & writable) != 0) {
        const now = entry | used | (write ? dirty : 0);
        if (now != entry) write64(at, now);
        const offset = ((<u32>1) << (9 * (leafLevel - 1))) - 1;
        return (<u32>((entry & ADDRESS) >> 12) & ~offset) | (gfn & offset);
      }
    }
    vm.stats.exits++;
    vm.stats.ept_violations++;
    if (!provide(vm.space.node, EXIT_FRAMES) || vm.space.dead) return 0;
    tdpFault(vm, (<u64>gfn) << 12, write);
  }
  return 0;
}

/** The same for a device, whose data the host's process writes: the host's own mapping is what counts. */
export function reachByDevice(vm: Vm, gfn: u32): u32 {
  if (vm.space.dead) return 0;
  if (!provide(vm.space.node, EXIT_FRAMES) || vm.space.dead) return 0;
  faultIn(vm, gfn, true);
  return <u32>(frameOf(vm, gfn) >> 12);
}
