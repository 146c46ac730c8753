/**
 * The balloon's driver in a guest's kernel (Linux drivers/virtio/virtio_balloon.c) and free page
 * reporting (mm/page_reporting.c).
 */
import { discard } from '../kvm/memslot';
import { List, Node } from '../mm/node';
import { BALLOON, FREE, REPORTED, pageAt, reset } from '../mm/page';
import { reclaimSome } from '../mm/reclaim';
import { MARK_MIN, MAX_ORDER, MOVABLE, allocate, freeBlockList, release, watermark } from '../mm/zone';
import { deflatePage, inflatePage } from '../virtio/balloon';
import { Linux } from './guest';

/** Pages that one request names (VIRTIO_BALLOON_ARRAY_PFNS_MAX). */
const BATCH: u32 = 256;
/** How long the driver waits when it found no page ("Out of puff!"), in microseconds. */
const PUFF_US: u64 = 200_000;

// Without waiting, as __GFP_NORETRY: one round of reclaim, and no process is killed.
function takePage(node: Node): u32 {
  const frame = allocate(node, 0, MOVABLE, MARK_MIN);
  if (frame != 0) return frame;
  reclaimSome(node, 32);
  return allocate(node, 0, MOVABLE, MARK_MIN);
}

/** Inflates by up to one request of pages; how many it got. */
function inflate(linux: Linux, most: u32): u32 {
  const node = linux.node;
  let got: u32 = 0;
  while (got < most) {
    const frame = takePage(node);
    if (frame == 0) break;
    const page = pageAt(node, frame);
    reset(page, BALLOON);
    page.next = linux.ballooned;
    linux.ballooned = frame;
    node.ballooned++;
    // Without deflate-on-oom the kernel has so much less memory in all.
    if (!linux.deflateOnOom) node.managed--;
    node.stat.balloon_inflate++;
    inflatePage(linux.balloon, frame);
    got++;
  }
  return got;
}

/** Gives pages back to the guest's kernel; how many there were. */
export function deflate(linux: Linux, most: u32): u32 {
  const node = linux.node;
  let given: u32 = 0;
  while (given < most && linux.ballooned != 0) {
    const frame = linux.ballooned;
    linux.ballooned = pageAt(node, frame).next;
    node.ballooned--;
    if (!linux.deflateOnOom) node.managed++;
    node.stat.balloon_deflate++;
    deflatePage(linux.balloon, frame);
    release(node, frame, 0);
    given++;
  }
  return given;
}

/** Works towards the size that the host wants, by at most so many pages, unless it waits for memory. */
export function workBalloon(linux: Linux, now: u64, most: u32): void {
  const balloon = linux.balloon;
  let left = most;
  while (left > 0 && balloon.actual != balloon.wanted) {
    if (balloon.actual > balloon.wanted) {
      left -= deflate(linux, min(min(left, BATCH), balloon.actual - balloon.wanted));
      continue;
    }
    if (now < linux.puffed) return;
    const wanted = min(min(left, BATCH), balloon.wanted - balloon.actual);
    const got = inflate(linux, wanted);
    left -= got;
    if (got < wanted) {
      linux.puffed = now + PUFF_US;
      return;
    }
  }
}

/** Free blocks are reported from this size on (pageblock_order): 2 MiB. */
const REPORT_ORDER: u32 = 9;
/** Blocks in one request (PAGE_REPORTING_CAPACITY). */
const REPORT_BATCH: u32 = 32;

/** Tells the host of free blocks that it was not told of; it drops what is behind them. */
export function reportFree(linux: Linux): void {
  const node = linux.node;
  // Reporting leaves the kernel some free memory at hand.
  if (node.free < watermark(node, 1) + (REPORT_BATCH << REPORT_ORDER)) return;
  for (let zone = 0; zone < node.zones; zone++) {
    for (let order = REPORT_ORDER; order <= MAX_ORDER; order++) {
      for (let mobility: u32 = 0; mobility < 2; mobility++) {
        const list: List = freeBlockList(node, zone, mobility, order);
        for (let frame = list.head; frame != 0; frame = pageAt(node, frame).next) {
          const page = pageAt(node, frame);
          if (page.kind != FREE || (page.flags & REPORTED) != 0) continue;
          page.flags |= REPORTED;
          discard(linux.vm, frame, (<u64>1) << order);
        }
      }
    }
  }
}
