/** The border of memory management: what may be asked of the host's memory, and what it says of itself. */
import { state } from '../state';
import { hostNode } from './host';
import * as ksm from './ksm';
import { kswapd, provide } from './reclaim';
import { addArea } from './swap';

/** Adds a swap area of so many pages, its header included; a priority below 0 is the kernel's choice. */
export function addSwap(pages: u32, priority: i32): void {
  addArea(hostNode(), pages, priority);
}

/** What the host does by itself between two acts: kswapd. */
export function settle(): void {
  if (state.host != 0) kswapd(hostNode());
}

/** ksmd goes through so many whole passes. */
export function ksmPass(passes: u32): void {
  for (let index: u32 = 0; index < passes; index++) {
    provide(hostNode(), 64);
    ksm.pass(hostNode());
  }
}

/** What the host counts, in the order of `HOST_COUNTERS`. */
export function hostCounter(which: i32): u64 {
  const node = hostNode();
  if (which == 0) return node.stat.pswpout;
  if (which == 1) return node.stat.pswpin;
  const ksmd = node.ksm;
  if (ksmd === null) return 0;
  return which == 2 ? ksmd.shared : ksmd.sharing;
}

/** vm.swappiness, 0 to 200. */
export function setSwappiness(value: u32): void {
  hostNode().swappiness = value;
}
