/**
 * The guest's side of the balloon (Linux drivers/virtio/virtio_balloon.c): the driver allocates pages,
 * which nobody else then has, and tells the host their numbers. This kernel has no reclaim: it gives the
 * frames that it never handed out, from the top of its memory down.
 */
import { deflatePage, inflatePage } from '../virtio/balloon';
import { FIRST_FRAME, Kernel } from './kernel';

/** How a frame stands with the allocator. */
export const FREE: u8 = 0;
export const TAKEN: u8 = 1;
export const BALLOONED: u8 = 2;

// @ts-ignore: decorator
@inline
function at(kernel: Kernel, gfn: u64): usize {
  return kernel.states + <usize>gfn;
}

export function stateOf(kernel: Kernel, gfn: u64): u8 {
  return load<u8>(at(kernel, gfn));
}

/** Notes that frames are in use; those in the balloon are left to it. */
export function take(kernel: Kernel, gpa: u64, bytes: u64): void {
  for (let gfn = gpa >> 12; gfn < (gpa + bytes) >> 12 && gfn < kernel.vm.frames; gfn++) {
    if (stateOf(kernel, gfn) == FREE) store<u8>(at(kernel, gfn), TAKEN);
  }
}

/** Inflates or deflates until so many pages are in the balloon, or the guest has no more to give. */
export function fillBalloon(kernel: Kernel, wanted: u32): void {
  const balloon = kernel.balloon;
  balloon.wanted = wanted;
  const first = FIRST_FRAME >> 12;
  for (let gfn = kernel.vm.frames; gfn > first && balloon.actual < wanted; gfn--) {
    if (stateOf(kernel, gfn - 1) != FREE) continue;
    store<u8>(at(kernel, gfn - 1), BALLOONED);
    inflatePage(balloon, gfn - 1);
  }
  for (let gfn = first; gfn < kernel.vm.frames && balloon.actual > wanted; gfn++) {
    if (stateOf(kernel, gfn) != BALLOONED) continue;
    store<u8>(at(kernel, gfn), FREE);
    deflatePage(balloon, gfn);
  }
}
