/** Before a guest's kernel kills, its balloon may give pages back (virtio_balloon_oom_notify()). */
import { Node } from '../mm/node';
import { state } from '../state';
import { deflate } from './balloon-driver';
import { Linux } from './guest';

/** Pages that it gives at a time (VIRTBALLOON_OOM_NR_PAGES). */
const PAGES: u32 = 256;

/** Whether some came. */
export function deflateFor(node: Node): bool {
  if (node.vm == 0) return false;
  for (let linux = changetype<Linux | null>(state.firstLinux); linux !== null; linux = linux!.next) {
    if (linux.node !== node) continue;
    return linux.deflateOnOom && deflate(linux, PAGES) > 0;
  }
  return false;
}
