/** Reading what memory management keeps, for views and tests: frames, processes, the map of memory. */
import { Vm } from '../kvm/vm';
import { hostNode } from './host';
import { hugeOf } from './hugetlb';
import { Node } from './node';
import {
  ANON,
  BALLOON,
  FILE,
  FREE,
  HUGETLB,
  KERNEL,
  KSM,
  KVM_TABLE,
  PAGE_BYTES,
  Page,
  RESERVED,
  TABLE,
  TAIL,
  USED,

  pageAt,
} from './page';
import { Space } from './space';
import { peek } from './sparse';
import { reservedEnd } from './zone';

/** What a frame is shown as; the order is that of FRAME_KINDS on the other side. */
export const SHOW_FREE: u8 = 0;
const SHOW_RESERVED: u8 = 1;
const SHOW_KERNEL: u8 = 2;
const SHOW_TABLE: u8 = 3;
const SHOW_KVM_TABLE: u8 = 4;
const SHOW_ANON: u8 = 5;
const SHOW_FILE: u8 = 6;
const SHOW_HUGETLB_FREE: u8 = 7;
const SHOW_HUGETLB_USED: u8 = 9;
const SHOW_KSM: u8 = 10;
const SHOW_SWAP_CACHE: u8 = 11;
const SHOW_BALLOON: u8 = 12;
const SHOWN: i32 = 13;

/** Of the frame that was looked at last: how it is shown, and the number of its guest, from 1. */
let shown: u8 = 0;
let shownOwner: u8 = 0;

// @ts-ignore: decorator
@inline
function ownerOf(space: usize): u8 {
  const vm: usize = space == 0 ? 0 : changetype<Space>(space).vm;
  return vm == 0 ? 0 : <u8>(changetype<Vm>(vm).index + 1);
}

// The record that says what a frame is: its own, or its huge page's; 0 where there is none.
function recordOf(node: Node, frame: u32): usize {
  const huge = hugeOf(node, frame);
  return huge != 0 ? huge : peek(node.map, frame, PAGE_BYTES);
}

function show(node: Node, page: Page): void {
  shownOwner = 0;
  const kind = page.kind;
  if (kind == ANON) {
    shown = page.slot != 0 ? SHOW_SWAP_CACHE : SHOW_ANON;
    shownOwner = ownerOf(<usize>page.owner);
  } else if (kind == TAIL) show(node, pageAt(node, page.owner));
  else if (kind == HUGETLB) {
    shown = (page.flags & USED) != 0 ? SHOW_HUGETLB_USED : SHOW_HUGETLB_FREE;
    shownOwner = (page.flags & USED) != 0 ? ownerOf(<usize>page.owner) : 0;
  } else {
    shown =
      kind == RESERVED
        ? SHOW_RESERVED
        : kind == KERNEL
          ? SHOW_KERNEL
          : kind == TABLE
            ? SHOW_TABLE
            : kind == KVM_TABLE
              ? SHOW_KVM_TABLE
              : kind == FILE
                ? SHOW_FILE
                : kind == KSM
                  ? SHOW_KSM
                  : kind == BALLOON
                    ? SHOW_BALLOON
                    : SHOW_FREE;
  }
}

const times: usize = memory.data(16 * 4, 4);

// How many frames from here on are like this one without looking at each.
function run(node: Node, frame: u32): u32 {
  if (hugeOf(node, frame) != 0) return 512 - (frame & 511);
  const page = peek(node.map, frame, PAGE_BYTES);
  if (page == 0) return 512 - (frame & 511);
  if (changetype<Page>(page).kind != FREE) return 1;
  return 1 << changetype<Page>(page).order;
}

/**
 * The map of memory: for each of `cells` cells of `perCell` frames from `first` on, how most of its frames
 * that are not free are shown, whose they are, and how much of it is not free (255 is all). Three arrays
 * of bytes, one after the other, at `out`. A cell must not begin amid a larger page than it has frames.
 */
export function frameMap(node: Node, first: u32, perCell: u32, cells: u32, out: usize): void {
  for (let cell: u32 = 0; cell < cells; cell++) {
    memory.fill(times, 0, <usize>(SHOWN * 4));
    const start = first + cell * perCell;
    const end = min(start + perCell, node.frames);
    let used: u32 = 0;
    let bestOwner: u8 = 0;
    let frame = start;
    while (frame < end) {
      let length = min(run(node, frame), end - frame);
      const page = recordOf(node, frame);
      const reserved = reservedEnd(node, frame);
      if (reserved != 0) {
        shown = SHOW_RESERVED;
        shownOwner = 0;
        length = min(length, reserved - frame);
      } else if (page == 0) shown = SHOW_FREE;
      else show(node, changetype<Page>(page));
      if (shown != SHOW_FREE) {
        used += length;
        const at = times + (<usize>shown << 2);
        if (load<u32>(at) == 0) store<u8>(firstOwners + <usize>shown, shownOwner);
        store<u32>(at, load<u32>(at) + length);
      }
      frame += length;
    }
    let best: u8 = SHOW_FREE;
    let most: u32 = 0;
    for (let kind: u8 = 1; kind < <u8>SHOWN; kind++) {
      const count = load<u32>(times + (<usize>kind << 2));
      if (count > most) {
        most = count;
        best = kind;
        bestOwner = load<u8>(firstOwners + <usize>kind);
      }
    }
    store<u8>(out + <usize>cell, best);
    store<u8>(out + <usize>(cells + cell), bestOwner);
    const full = end > start ? ((<u64>used * 255) + (end - start) / 2) / (end - start) : 0;
    store<u8>(out + <usize>(2 * cells + cell), used > 0 && full == 0 ? 1 : <u8>full);
  }
}

const firstOwners: usize = memory.data(16, 1);

/** Guests that are told apart. */
const OWNERS: u32 = 256;
const totals: usize = memory.data(13 * 256 * 4, 4);

/**
 * How many frames from one to before another are shown as what, and whose: 32-bit numbers, a row of 256
 * owners for each kind. All of them are in it once.
 */
export function frameTotals(node: Node, from: u32, to: u32): usize {
  memory.fill(totals, 0, <usize>(SHOWN * OWNERS * 4));
  let frame = from;
  while (frame < to) {
    let length = min(run(node, frame), to - frame);
    shownOwner = 0;
    const reserved = reservedEnd(node, frame);
    if (reserved != 0) {
      shown = SHOW_RESERVED;
      length = min(length, reserved - frame);
    } else {
      const page = recordOf(node, frame);
      if (page == 0) shown = SHOW_FREE;
      else show(node, changetype<Page>(page));
    }
    const at = totals + (<usize>((<u32>shown * OWNERS + shownOwner) << 2));
    store<u32>(at, load<u32>(at) + length);
    frame += length;
  }
  return totals;
}

/** One frame: how it is shown, its guest, and its record; 0 where it has none. */
export function frameShown(frame: u32): u32 {
  const node = hostNode();
  if (reservedEnd(node, frame) != 0) return SHOW_RESERVED;
  const page = recordOf(node, frame);
  if (page == 0) return SHOW_FREE;
  show(node, changetype<Page>(page));
  return <u32>shown | (<u32>shownOwner << 8);
}

/** Where a frame's record lies (page.ts); 0 where it has none. */
export function pageRecord(node: Node, frame: u32): usize {
  return recordOf(node, frame);
}

