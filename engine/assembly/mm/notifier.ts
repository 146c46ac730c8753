/** Who maps a process's memory beside its own page tables is told of changes (Linux mmu_notifier). */
import { ageFrame, unmapFrame } from '../kvm/rmap';
import { Vm } from '../kvm/vm';
import { happenedTo } from '../events';
import { Space } from './space';

/** Notes what happened to a process's page, as of the machine whose memory it is. */
export function tell(
  space: Space,
  type: u8,
  level: i32,
  a: u64,
  b: u64,
  page: u32,
  extra: u32,
): void {
  // What a guest's kernel does with its own memory is not the host's story.
  if (space.node.vm != 0) return;
  const index = space.vm != 0 ? changetype<Vm>(space.vm).index : NO_VM;
  happenedTo(index, type, level, a, b, page, extra);
}

/** In the place of a machine's number: a process of the host's own. */
const NO_VM: i32 = 255;

/** The page goes, or another frame takes its place. */
export function discarded(space: Space, page: u32): void {
  if (space.vm != 0) unmapFrame(changetype<Vm>(space.vm), page);
}

/** Whether a guest used the page since this was asked last (kvm_mmu_notifier_clear_flush_young()). */
export function young(space: Space, page: u32): bool {
  return space.vm != 0 && ageFrame(changetype<Vm>(space.vm), page);
}
