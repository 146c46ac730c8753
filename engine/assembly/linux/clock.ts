/**
 * Time on the host. Everything that takes time takes it here, in ticks of a millisecond's multiple: guests
 * run, balloons fill, ksmd and khugepaged wake up.
 */
import { hostNode } from '../mm/host';
import { collapseSome } from '../mm/khugepaged';
import { ksmOf, scan } from '../mm/ksm';
import { kswapd, provide } from '../mm/reclaim';
import { state } from '../state';
import { reportFree, workBalloon } from './balloon-driver';
import { Linux } from './guest';
import { runWorkload } from './workload';

/** A tick, in milliseconds. */
export const TICK_MS: u32 = 10;
/** Pages that a balloon's driver gets through in a tick: about 1 GiB in a second. */
const BALLOON_PAGES: u32 = 2560;
/** How long after pages became free they are reported, in microseconds (PAGE_REPORTING_DELAY). */
const REPORT_US: u64 = 2_000_000;
/** khugepaged's sleep (scan_sleep_millisecs), in microseconds. */
const COLLAPSE_US: u64 = 10_000_000;

/** Room that ksmd and khugepaged find before they begin. */
const DAEMON_FRAMES: u32 = 1024;

/** Every guest has its turn in each tenth tick, and then runs for ten: another one in every tick. */
const TURN: u32 = 10;

function tickGuest(linux: Linux, turn: u32): void {
  if (turn % TURN != <u32>linux.index % TURN) return;
  if (linux.vm.space.dead || linux.paused) return;
  runWorkload(linux, TICK_MS * TURN);
  workBalloon(linux, state.clock, BALLOON_PAGES * TURN);
  kswapd(linux.node);
  if (linux.reporting && state.clock >= linux.reported + REPORT_US) {
    linux.reported = state.clock;
    reportFree(linux);
  }
}

function tickKsmd(): void {
  const node = hostNode();
  const ksm = node.ksm;
  if (ksm === null || ksm.run != 1) return;
  const tick = TICK_MS * 1000;
  // It sleeps between two batches; a batch itself takes no time here.
  while (ksm.asleep < tick) {
    scan(node, ksm.pagesToScan);
    ksm.asleep += max<u32>(ksm.sleepMillisecs * 1000, 1000);
  }
  ksm.asleep -= tick;
}

/** One tick. */
function tick(): void {
  const node = hostNode();
  const turn = <u32>(state.clock / (TICK_MS * 1000));
  for (let linux = changetype<Linux | null>(state.firstLinux); linux !== null; linux = linux!.next) {
    tickGuest(linux, turn);
  }
  kswapd(node);
  tickKsmd();
  if (state.clock % COLLAPSE_US == 0 && provide(node, DAEMON_FRAMES)) collapseSome(node);
  kswapd(node);
}

/** Lets so many milliseconds pass, in whole ticks. */
export function advance(milliseconds: u32): void {
  for (let passed: u32 = 0; passed < milliseconds; passed += TICK_MS) {
    state.clock += TICK_MS * 1000;
    tick();
  }
}
