/**
 * What runs in a guest: a boot from its image, services that tick, and an application with an appetite
 * for memory. Everything follows from the guest's seed and the clock.
 */
import { Linux, draw, readFile, startApp, stopApp, takeKernelFrame, touch, unique } from './guest';
import { contentOf } from '../mm/cache';

/** Appetites. */
export const IDLE: u32 = 0;
/** Reads a file larger than it can keep, some parts more than others. */
export const CACHE: u32 = 1;
/** Takes more and more memory, and keeps it. */
export const GROWING: u32 = 2;
/** Takes much, works on it, and gives it all back. */
export const BURSTY: u32 = 3;
/** Works on much by day and little by night. */
export const DIURNAL: u32 = 4;

@unmanaged
export class Workload {
  kind: u32;
  /** Pages that the application wants at its most. */
  most: u32;
  /** Pages that it touches in a second, when nothing makes it wait. */
  rate: u32;
  /** A period: of bursts, of growing to its most, of a day; in milliseconds. */
  period: u32;
  /** Of a hundred touches, how many are writes. */
  writes: u32;
  /** Pages of the boot that are done, of the image, of the kernel and of the services. */
  booted: u32;
  /** Pages of the application touched so far, from its first on. */
  reached: u32;
  /** Milliseconds that it ran. */
  ran: u64;
  /** Parts of a page left over from the ticks before, in thousandths. */
  rest: u32;
}

/** Parts of a guest's memory that a boot fills: its image's files, its kernel, its services. */
const IMAGE_PART: u32 = 32;
const KERNEL_PART: u32 = 64;
const SERVICES_PART: u32 = 32;
/** Pages that a boot gets through in a tick of a millisecond. */
const BOOT_RATE: u32 = 24;

/** Pages that a boot has in all. */
export function bootPages(frames: u32): u32 {
  return frames / IMAGE_PART + frames / KERNEL_PART + frames / SERVICES_PART;
}

// One page of the boot: files of the image, equal in every guest of the same image; then what the kernel
// keeps for itself; then the services, whose pages begin as the image has them and are partly written.
function bootPage(linux: Linux, page: u32): void {
  const frames = <u32>linux.vm.frames;
  const image = frames / IMAGE_PART;
  const kernel = frames / KERNEL_PART;
  if (page < image) readFile(linux, linux.image, page);
  else if (page < image + kernel) takeKernelFrame(linux);
  else {
    const own = page - image - kernel;
    const content = (own & 3) == 0 ? unique(linux) : contentOf(linux.image.seed, ~own);
    touch(linux, linux.services, own, true, content);
  }
}

// A page among the first `reached`, those near the end more often than the others.
function pick(linux: Linux, reached: u32): u32 {
  const one = <u32>(draw(linux) % reached);
  const other = <u32>(draw(linux) % reached);
  return max(one, other);
}

/** How much of its memory the application works on now. */
function wanted(workload: Workload): u32 {
  const at = <u32>(workload.ran % max<u32>(workload.period, 1));
  const half = max<u32>(workload.period / 2, 1);
  if (workload.kind == GROWING) {
    const grown = (<u64>workload.most * workload.ran) / max<u32>(workload.period, 1);
    return <u32>min<u64>(grown, workload.most);
  }
  if (workload.kind == BURSTY) return at < half ? workload.most : 0;
  if (workload.kind == DIURNAL) {
    const up = at < half ? at : workload.period - at;
    return workload.most / 8 + <u32>((<u64>(workload.most - workload.most / 8) * up) / half);
  }
  return workload.kind == IDLE ? min<u32>(workload.most, 64) : workload.most;
}

function work(linux: Linux, workload: Workload): void {
  if (workload.kind == CACHE) {
    // Four of five reads are of a fifth of the file.
    const part = draw(linux) % 5 == 0 ? workload.most : max<u32>(workload.most / 5, 1);
    readFile(linux, linux.data, <u32>(draw(linux) % part));
    return;
  }
  const goal = wanted(workload);
  if (goal == 0) {
    stopApp(linux);
    workload.reached = 0;
    return;
  }
  if (linux.app === null || linux.app!.dead) {
    workload.reached = 0;
    startApp(linux, workload.most);
    if (linux.app === null) return;
  }
  const app = linux.app!;
  if (workload.reached < goal && (workload.reached == 0 || draw(linux) % 2 == 0)) {
    touch(linux, app, workload.reached, true, unique(linux));
    workload.reached++;
    return;
  }
  const page = pick(linux, min(workload.reached, goal));
  const write = <u32>(draw(linux) % 100) < workload.writes;
  touch(linux, app, page, write, write ? unique(linux) : 0);
}

/** Lets the guest's programs run for so many milliseconds. */
export function runWorkload(linux: Linux, milliseconds: u32): void {
  const workload = linux.workload;
  linux.budget += <i64>milliseconds * 1_000_000;
  const boot = bootPages(<u32>linux.vm.frames);
  if (workload.booted < boot) {
    const most = min(boot - workload.booted, BOOT_RATE * milliseconds);
    for (let page: u32 = 0; page < most && linux.budget > 0; page++) {
      bootPage(linux, workload.booted);
      workload.booted++;
    }
  } else {
    workload.ran += milliseconds;
    const due = workload.rate * milliseconds + workload.rest;
    workload.rest = due % 1000;
    for (let touches = due / 1000; touches > 0 && linux.budget > 0; touches--) {
      work(linux, workload);
    }
  }
  // Time that was not needed is not kept for later.
  if (linux.budget > 0) linux.budget = 0;
}
