/**
 * A guest's Linux: a kernel that manages the guest's memory by the same rules as the host's does (mm/),
 * in frames that are the guest's own; its processes, its files, its balloon driver.
 */
import { touchByProgram } from '../kvm/reach';
import { movCr3 } from '../kvm/vcpu';
import { SHADOW, Vm, newVcpu } from '../kvm/vm';
import { reserveRecord } from '../memory';
import { fault } from '../mm/anon';
import { File, newFile, readPage } from '../mm/cache';
import { fill, numberOf } from '../mm/content';
import { exit } from '../mm/exit';
import { takeFrame } from '../mm/frames';
import { bootNode, reservedFrames } from '../mm/host';
import { Node } from '../mm/node';
import { KERNEL } from '../mm/page';
import { reach } from '../mm/physical';
import { provide } from '../mm/reclaim';
import { A, D, P, Space, W, entryOf, frameOf, newSpace, setEntry } from '../mm/space';
import { addArea } from '../mm/swap';
import { state } from '../state';
import { Balloon, newBalloon } from '../virtio/balloon';
import { DIRECT, TEXT, kernelTables, writeKernelTables } from './kernel-map';
import { Workload } from './workload';

@unmanaged
export class Linux {
  next: Linux | null;
  index: i32;
  vm: Vm;
  node: Node;
  balloon: Balloon;
  /** The newest page in the balloon; the others follow by `next` (vb_dev_info.pages). */
  ballooned: u32;
  /** The driver gives pages back before the kernel kills (VIRTIO_BALLOON_F_DEFLATE_ON_OOM). */
  deflateOnOom: bool;
  /** Free memory is reported to the host (VIRTIO_BALLOON_F_REPORTING). */
  reporting: bool;
  /** The driver found no page and waits, until this time. */
  puffed: u64;
  reported: u64;
  /** The root filesystem's files and the application's data. */
  image: File;
  data: File;
  /** The services that run all the time, and the application; 0 where there is none now. */
  services: Space;
  app: Space | null;
  workload: Workload;
  random: u64;
  /** vCPUs are stopped. */
  paused: bool;
  /** What its programs got done, in pages touched, and what they waited for, in nanoseconds. */
  touched: u64;
  waited: u64;
  /** Nanoseconds of the present tick that are left. */
  budget: i64;
}

/** What takes how long, in nanoseconds (engine-facts 10.1, 10.4, 10.5): a touch of memory that nobody cached. */
export const TOUCH_NS: i64 = 100;
/** A page fault that the guest's kernel handles, at about 1,100 cycles of 2 GHz, with a page to clear. */
const GUEST_FAULT_NS: i64 = 1000;
/** A violation: exit and entry, 1,650 cycles, and a fault of the host. */
const VIOLATION_NS: i64 = 2000;
/** A page read from an SSD. */
const DISK_NS: i64 = 150_000;

/** PAE and PGE, as a kernel of 64 bits sets them. */
const CR4: u64 = (1 << 5) | (1 << 7);

/** The first process's memory begins here. */
const BASE: u64 = 0x5555_5555_4000 & ~(<u64>0x1f_ffff);

/**
 * Puts a Linux into a machine. `swap` is the size of its own swap area in pages, `image` the seed of its
 * root filesystem, `seed` that of all it does.
 */
export function newLinux(vm: Vm, swap: u32, image: u32, seed: u64, slide: u32): Linux {
  const linux = changetype<Linux>(reserveRecord(offsetof<Linux>()));
  linux.vm = vm;
  // QEMU advises that guests' memory may be merged (mem-merge=on).
  vm.space.mergeable = 0;
  linux.index = vm.index;
  linux.random = seed * 0x9e3779b97f4a7c15 + 1;
  linux.node = bootNode(<u32>vm.frames, changetype<usize>(vm));
  linux.balloon = newBalloon(vm);
  linux.workload = changetype<Workload>(reserveRecord(offsetof<Workload>()));
  if (swap >= 2) addArea(linux.node, swap, -1);
  const frames = <u32>vm.frames;
  // The kernel's tables are the last of what it keeps for itself.
  const first = reservedFrames(frames) - kernelTables(frames);
  // Where they lie is drawn at random (KASLR): in steps of 1 GiB and of 2 MiB.
  vm.direct = DIRECT + ((<u64>slide) << 30);
  vm.text = TEXT + ((<u64>(slide & 0xff)) << 21);
  const root = writeKernelTables(linux.node, first, vm.direct, vm.text);
  linux.node.kernelRoot = root;
  if (vm.mode == SHADOW) {
    // KVM makes its tables from those of a processor: the guest's first one does all there is to do.
    const vcpu = newVcpu(vm);
    vcpu.cr4 = CR4;
    movCr3(vcpu, root);
  }
  linux.image = newFile(linux.node, frames >> 1, image);
  linux.data = newFile(linux.node, frames, <u32>seed | 0x8000_0000);
  linux.services = newSpace(linux.node, frames, BASE);
  const last = changetype<Linux | null>(state.lastLinux);
  if (last === null) state.firstLinux = changetype<usize>(linux);
  else last.next = linux;
  state.lastLinux = changetype<usize>(linux);
  return linux;
}

/** A number drawn from the guest's own sequence (splitmix64). */
export function draw(linux: Linux): u64 {
  linux.random += 0x9e3779b97f4a7c15;
  let mixed = linux.random;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

/** A content that no other page has by chance. */
export function unique(linux: Linux): u32 {
  const content = <u32>draw(linux);
  return content == 0 ? 1 : content;
}

// What waiting the last act cost: exits, reads of the host's disk and of the guest's.
let violations: i64 = 0;
let reads: u64 = 0;
let faults: u64 = 0;

function begin(linux: Linux): void {
  violations = linux.vm.stats.exits;
  reads = linux.vm.space.major + linux.node.stat.pgmajfault + (linux.node.stat.pgpgin >> 2);
  faults = linux.node.stat.pgfault;
}

function end(linux: Linux): void {
  const disk =
    linux.vm.space.major + linux.node.stat.pgmajfault + (linux.node.stat.pgpgin >> 2) - reads;
  const waited =
    (linux.vm.stats.exits - violations) * VIOLATION_NS +
    <i64>(linux.node.stat.pgfault - faults) * GUEST_FAULT_NS +
    <i64>disk * DISK_NS;
  linux.touched++;
  linux.waited += <u64>waited;
  linux.budget -= waited + TOUCH_NS;
}

/** Frames that one fault of a guest may take of its own memory. */
const FAULT_FRAMES: u32 = 8;

/** A program of the guest reads a page of its memory, or writes it whole. */
export function touch(linux: Linux, space: Space, page: u32, write: bool, content: u32): void {
  if (space.dead || linux.vm.space.dead) return;
  begin(linux);
  let entry = entryOf(space, page);
  if ((entry & P) == 0 || (write && (entry & W) == 0)) {
    if (!provide(linux.node, FAULT_FRAMES) || space.dead || linux.vm.space.dead) return;
    fault(space, page, write);
    entry = entryOf(space, page);
  }
  if (linux.vm.mode == SHADOW) {
    touchByProgram(linux.vm, space.root, space.base + ((<u64>page) << 12), write);
  } else {
    const used = entry | A | (write ? D : 0);
    if (used != entry) setEntry(space, page, used);
  }
  if (write) fill(linux.node, frameOf(entry), content);
  else reach(linux.node, frameOf(entry), false);
  end(linux);
}

/** The number that stands for what a page holds that is in the guest's memory; else 0. */
export function pageNumber(linux: Linux, space: Space, page: u32): u64 {
  if (space.dead || linux.vm.space.dead) return 0;
  const entry = entryOf(space, page);
  return (entry & P) == 0 ? 0 : numberOf(linux.node, frameOf(entry));
}

/** In the place of what a page holds: it could not be read for lack of memory. */
export const UNREAD: u64 = ~(<u64>0);

/** A program reads a page of a file, from the cache, or from the disk into it: the number of what it holds. */
export function readFile(linux: Linux, file: File, page: u32): u64 {
  if (linux.vm.space.dead) return UNREAD;
  begin(linux);
  if (!provide(linux.node, FAULT_FRAMES) || linux.vm.space.dead) return UNREAD;
  const frame = readPage(linux.node, file, page);
  const number = numberOf(linux.node, frame);
  end(linux);
  return number;
}

/** The kernel takes a frame for itself. */
export function takeKernelFrame(linux: Linux): void {
  if (linux.vm.space.dead || !provide(linux.node, FAULT_FRAMES)) return;
  const frame = takeFrame(linux.node, KERNEL);
  fill(linux.node, frame, unique(linux));
}

/** Starts the application: a process with so much memory, none of it touched. */
export function startApp(linux: Linux, pages: u32): void {
  if (linux.vm.space.dead || !provide(linux.node, FAULT_FRAMES)) return;
  linux.app = newSpace(linux.node, pages, BASE);
}

/** The application ends; what it had is free again. */
export function stopApp(linux: Linux): void {
  const app = linux.app;
  linux.app = null;
  if (app === null || app.dead || linux.vm.space.dead) return;
  app.dead = true;
  exit(app);
}
