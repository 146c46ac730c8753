/** The border of guests that run a Linux, and of the clock. Handles are addresses. */
import { Vm } from '../kvm/vm';
import { state } from '../state';
import { contentOf } from '../mm/cache';
import { exit } from '../mm/exit';
import * as clock from './clock';
import * as guests from './guest';
import { Linux } from './guest';
import { bootPages } from './workload';

// @ts-ignore: decorator
@inline
function linuxAt(handle: usize): Linux {
  return changetype<Linux>(handle);
}

/** A Linux in a machine (linux/guest.ts). */
export function newLinux(vm: usize, swap: u32, image: u32, seed: u64, slide: u32): usize {
  return changetype<usize>(guests.newLinux(changetype<Vm>(vm), swap, image, seed, slide));
}

/** What it runs: its appetite (workload.ts) and the size of that. */
export function setWorkload(
  linux: usize,
  kind: u32,
  most: u32,
  rate: u32,
  period: u32,
  writes: u32,
): void {
  const workload = linuxAt(linux).workload;
  workload.kind = kind;
  workload.most = most;
  workload.rate = rate;
  workload.period = period;
  workload.writes = writes;
}

/** Features of its balloon: deflate on OOM, free page reporting. */
export function setBalloonFeatures(linux: usize, deflateOnOom: bool, reporting: bool): void {
  linuxAt(linux).deflateOnOom = deflateOnOom;
  linuxAt(linux).reporting = reporting;
}

/** The host asks for so many pages in the balloon; the driver works towards it as time passes. */
export function askBalloon(linux: usize, pages: u32): void {
  linuxAt(linux).balloon.wanted = pages;
}

export function linuxAsked(linux: usize): u32 {
  return linuxAt(linux).balloon.wanted;
}

export function linuxBalloon(linux: usize): u32 {
  return linuxAt(linux).balloon.actual;
}

export function pauseLinux(linux: usize, paused: bool): void {
  linuxAt(linux).paused = paused;
}

/** Handle of its memory (mm/index.ts). */
export function linuxNode(linux: usize): usize {
  return changetype<usize>(linuxAt(linux).node);
}

/** Address of the top table of the process that runs: the application's, or the services'. */
export function linuxRoot(linux: usize): u64 {
  const guest = linuxAt(linux);
  const app = guest.app;
  return app !== null && !app.dead && app.rss > 0 ? app.root : guest.services.root;
}

/** Where its kernel maps all of its memory, and its text. */
export function linuxDirect(linux: usize): u64 {
  return linuxAt(linux).vm.direct;
}
export function linuxText(linux: usize): u64 {
  return linuxAt(linux).vm.text;
}

/** Whether the boot is over. */
export function linuxIsUp(linux: usize): bool {
  const guest = linuxAt(linux);
  return guest.workload.booted >= bootPages(<u32>guest.vm.frames);
}

/** Pages that its programs touched, and nanoseconds that they waited. */
export function linuxTouched(linux: usize): u64 {
  return linuxAt(linux).touched;
}
export function linuxWaited(linux: usize): u64 {
  return linuxAt(linux).waited;
}

/** Starts a program with so many pages of memory, in the place of the one before. */
export function startProgram(linux: usize, pages: u32): void {
  guests.stopApp(linuxAt(linux));
  guests.startApp(linuxAt(linux), pages);
}

/** The program ends, and gives back what it had. */
export function stopProgram(linux: usize): void {
  guests.stopApp(linuxAt(linux));
}

/** Whether the program is still there: a kernel short of memory may have killed it. */
export function programRuns(linux: usize): bool {
  const app = linuxAt(linux).app;
  return app !== null && !app.dead && !linuxAt(linux).vm.space.dead;
}

/** The program writes a page, which then holds what `content` stands for. */
export function writeProgram(linux: usize, page: u32, content: u32): void {
  const app = linuxAt(linux).app;
  if (app !== null) guests.touch(linuxAt(linux), app, page, true, content);
}

/** The program reads a page: the number that stands for what it holds. */
export function readProgram(linux: usize, page: u32): u64 {
  const app = linuxAt(linux).app;
  if (app === null) return 0;
  guests.touch(linuxAt(linux), app, page, false, 0);
  return guests.pageNumber(linuxAt(linux), app, page);
}

/** The program reads a page of the image's files: the number that stands for what it holds. */
export function readImage(linux: usize, page: u32): u64 {
  return guests.readFile(linuxAt(linux), linuxAt(linux).image, page);
}

/** What a page of a file with this seed holds on disk. */
export function contentOnDisk(seed: u32, page: u32): u32 {
  return contentOf(seed, page);
}

/** The host's process that runs a machine is killed. */
export function killMachine(vm: usize): void {
  const space = changetype<Vm>(vm).space;
  if (space.dead) return;
  space.dead = true;
  exit(space);
}

/** Lets time pass. */
export function advanceClock(milliseconds: u32): void {
  clock.advance(milliseconds);
}

/** Microseconds since the start. */
export function clockNow(): u64 {
  return state.clock;
}
