import { beforeEach, describe, expect, it } from 'vitest';
import type { Kvm, Vm } from '../../src/kvm/kvm.ts';
import type { LinuxGuest } from '../../src/linux/linux.ts';
import { ledgersOf } from '../../src/mm/ledgers.ts';
import { loadKvm } from '../../src/node.ts';

/** The host's memory, one concept after the other; the sections are those of engine-facts. */

const MIB = 256;
let kvm: Kvm;
beforeEach(async () => {
  kvm = await loadKvm();
});

const idle = { kind: 'idle', most: 0, rate: 0, period: 0, writes: 0 } as const;

function machine(frames: number): Vm {
  return kvm.createVm({ mode: 'ept', frames, levels: 4, nestedLevels: 4 });
}

function guest(frames: number, program: number, more: object = {}): { vm: Vm; linux: LinuxGuest } {
  const vm = machine(frames);
  const linux = kvm.startLinux(vm, { swap: 0, image: 1, seed: 1, workload: idle, ...more });
  linux.startProgram(program);
  return { vm, linux };
}

/** Its program writes pages that differ. */
function fill(linux: LinuxGuest, first: number, pages: number, seed = 0): void {
  for (let page = first; page < first + pages; page++) linux.write(page, 1 + page + seed);
}

describe('memory after boot', () => {
  it.each([64, 1024, 4096, 65_536])('of %i MiB: what is not reserved is free', (mib) => {
    kvm.start({ cpus: 1, frames: mib * MIB });
    const { MemTotal, MemFree, frames } = kvm.host.meminfo;
    expect(frames).toBe(mib * 1024);
    expect(MemFree).toBe(MemTotal);
    // 64 bytes of struct page for each frame of 4096, and the kernel's image.
    expect(frames - MemTotal).toBeGreaterThanOrEqual(frames / 64);
    expect(frames - MemTotal).toBeLessThanOrEqual(frames / 64 + Math.min(frames / 16, 16_384) + 8);
  });

  it('costs nothing for what nobody touched', () => {
    const bytes = (mib: number): number => {
      kvm.start({ cpus: 1, frames: mib * MIB });
      return kvm.memory().arena.byteLength;
    };
    expect(bytes(65_536) - bytes(64)).toBeLessThan(2 ** 20);
  });

  it('free blocks are of the largest order, until somebody takes a frame', () => {
    kvm.start({ cpus: 1, frames: 1024 * MIB });
    const blocks = (): number =>
      kvm.host.buddyinfo.flat().reduce((sum, count, index) => sum + count * 2 ** (index % 11), 0);
    expect(blocks() * 4).toBe(kvm.host.meminfo.MemFree);
    const { linux } = guest(64 * MIB, 1000);
    fill(linux, 0, 1000);
    expect(blocks() * 4).toBe(kvm.host.meminfo.MemFree);
  });
});

describe('pools of huge pages (15.2 to 15.6)', () => {
  beforeEach(() => kvm.start({ cpus: 1, frames: 512 * MIB }));

  it('leave MemFree at once, used or not, and are no guest’s memory', () => {
    const before = kvm.host.meminfo;
    expect(kvm.resizePool('2M', 50)).toBe(50);
    const after = kvm.host.meminfo;
    expect(before.MemFree - after.MemFree).toBe(100 * 1024);
    expect(after).toMatchObject({
      HugePages_Total: 50,
      HugePages_Free: 50,
      HugePages_Rsvd: 0,
      Hugetlb: 100 * 1024,
      AnonPages: 0,
      Cached: 0,
    });
  });

  it('promise pages when a guest is set up, and give them at its first touch', () => {
    kvm.resizePool('2M', 50);
    const vm = machine(32 * MIB);
    expect(kvm.backWith(vm, 0, 32 * MIB, '2M')).toBe(true);
    expect(kvm.host.pool('2M')).toMatchObject({ total: 50, free: 50, reserved: 16 });
    expect(kvm.poolAvailable('2M')).toBe(34);
    kvm.writeGuest(vm, 0n, 1n);
    expect(kvm.host.pool('2M')).toMatchObject({ free: 49, reserved: 15 });
    // Its end gives both back.
    kvm.kill(vm);
    expect(kvm.host.pool('2M')).toMatchObject({ total: 50, free: 50, reserved: 0 });
  });

  it('refuse a guest for which they are too small, and nothing changes', () => {
    kvm.resizePool('2M', 10);
    const vm = machine(32 * MIB);
    expect(kvm.backWith(vm, 0, 32 * MIB, '2M')).toBe(false);
    expect(kvm.host.pool('2M')).toMatchObject({ total: 10, free: 10, reserved: 0 });
  });

  it('shrink to what is in use: the rest is surplus, and goes when it is given back', () => {
    kvm.resizePool('2M', 20);
    const vm = machine(32 * MIB);
    kvm.backWith(vm, 0, 32 * MIB, '2M');
    for (let page = 0n; page < 16n; page++) kvm.writeGuest(vm, page << 21n, 1n);
    expect(kvm.resizePool('2M', 4)).toBe(4);
    expect(kvm.host.pool('2M')).toMatchObject({ total: 16, free: 0, surplus: 12 });
    kvm.kill(vm);
    expect(kvm.host.pool('2M')).toMatchObject({ total: 4, free: 4, surplus: 0 });
  });

  it('may borrow up to nr_overcommit_hugepages', () => {
    kvm.resizePool('2M', 4);
    kvm.host.setPoolOvercommit('2M', 12);
    const vm = machine(32 * MIB);
    expect(kvm.backWith(vm, 0, 32 * MIB, '2M')).toBe(true);
    expect(kvm.host.pool('2M')).toMatchObject({ total: 16, surplus: 12, reserved: 16 });
  });

  it('give what memory has in one piece, without an error', () => {
    expect(kvm.resizePool('2M', 5000)).toBeLessThan(256);
    expect(kvm.resizePool('2M', 0)).toBe(0);
    // A guest’s pages, then every second one given back: half of memory is free, and none of it whole.
    const { vm, linux } = guest(400 * MIB, 360 * MIB);
    fill(linux, 0, 360 * MIB);
    const free = kvm.host.meminfo.MemFree;
    for (let gfn = 40 * MIB; gfn < 390 * MIB; gfn += 2) kvm.discard(vm, gfn, 1);
    const got = kvm.resizePool('2M', 200);
    expect(kvm.host.meminfo.MemFree + got * 2048).toBeGreaterThan(free + 150 * 1024);
    expect(got * 2048).toBeLessThan(free + 8 * 1024);
  });

  it('of 1 GiB need a gigabyte in one piece', () => {
    kvm.start({ cpus: 1, frames: 4096 * MIB });
    expect(kvm.resizePool('1G', 2)).toBe(2);
    const vm = machine(1024 * MIB);
    expect(kvm.backWith(vm, 0, 1024 * MIB, '1G')).toBe(true);
    kvm.writeGuest(vm, 0x1234_5000n, 7n);
    expect(kvm.peekGuest(vm, 0x1234_5000n)).toBe(7n);
    expect(kvm.host.pool('1G')).toMatchObject({ total: 2, free: 1, reserved: 0 });
  });
});

describe('transparent huge pages (15.9)', () => {
  it('come at the first write, are cut by a discard, and are made again by khugepaged', () => {
    kvm.start({ cpus: 1, frames: 256 * MIB });
    const vm = machine(32 * MIB);
    kvm.backWith(vm, 0, 32 * MIB, 'thp');
    kvm.writeGuest(vm, 0x40_0000n, 42n);
    expect(kvm.host.meminfo.AnonHugePages).toBe(2048);
    kvm.discard(vm, 0x40_1000 >> 12, 1);
    expect(kvm.host.meminfo.AnonHugePages).toBe(0);
    expect(kvm.host.meminfo.AnonPages).toBe(2044);
    kvm.host.collapse();
    expect(kvm.host.meminfo.AnonHugePages).toBe(2048);
    expect(kvm.host.vmstat).toMatchObject({ thp_collapse_alloc: 1, thp_split_page: 1 });
    expect(kvm.peekGuest(vm, 0x40_0000n)).toBe(42n);
    expect(kvm.peekGuest(vm, 0x40_1000n)).toBe(0n);
  });
});

describe('swap areas (18.4, 18.8)', () => {
  const pressed = (priorities: number[]): number[] => {
    kvm.start({ cpus: 1, frames: 64 * MIB });
    const types = priorities.map((priority) => kvm.host.addSwap(4 * MIB, priority) ?? -1);
    const { linux } = guest(128 * MIB, 70 * MIB);
    fill(linux, 0, 64 * MIB);
    kvm.settle();
    return types.map((type) => kvm.host.swapUsed(type));
  };

  it('of a higher priority are filled first', () => {
    const [low, high] = pressed([1, 5]);
    expect(high).toBeGreaterThan(0);
    // The lower one only once the higher one is full: 1,023 pages and the header.
    if ((low ?? 0) > 0) expect(high).toBe(4 * MIB - 1);
  });

  it('without a priority are used in the order in which they came', () => {
    const [first, second] = pressed([-1, -1]);
    expect(first).toBeGreaterThanOrEqual(second ?? 0);
  });

  it('are switched off only when what they hold fits elsewhere, and nothing is lost', () => {
    kvm.start({ cpus: 1, frames: 64 * MIB });
    const type = kvm.host.addSwap(64 * MIB) ?? -1;
    const { linux, vm } = guest(128 * MIB, 80 * MIB);
    fill(linux, 0, 80 * MIB);
    const used = kvm.host.swapUsed(type);
    expect(used).toBeGreaterThan(20 * MIB);
    expect(kvm.host.removeSwap(type)).toBe(false);
    expect(kvm.host.swapUsed(type)).toBe(used);
    // Another area makes room.
    const other = kvm.host.addSwap(64 * MIB) ?? -1;
    expect(kvm.host.removeSwap(type)).toBe(true);
    expect(kvm.host.meminfo.SwapTotal).toBe((64 * MIB - 1) * 4);
    expect(kvm.host.swapUsed(other)).toBeGreaterThan(0);
    for (let page = 0; page < 80 * MIB; page += 97) expect(linux.read(page)).toBe(1 + page);
    expect(kvm.isKilled(vm)).toBe(false);
  });

  it('there are 32 at most', () => {
    const types = Array.from({ length: 34 }, () => kvm.host.addSwap(10));
    expect(types.filter((type) => type !== null)).toHaveLength(32);
  });

  it('with swappiness 0 the page cache goes before any of them is used', () => {
    const swapped = (swappiness: number): number => {
      kvm.start({ cpus: 1, frames: 96 * MIB });
      kvm.host.addSwap(64 * MIB);
      kvm.setSwappiness(swappiness);
      const { linux } = guest(128 * MIB, 60 * MIB);
      fill(linux, 0, 40 * MIB);
      kvm.host.readFile(kvm.host.newFile(200 * MIB, 9), 0, 80 * MIB);
      return kvm.host.vmstat.pswpout;
    };
    expect(swapped(0)).toBe(0);
    expect(swapped(200)).toBeGreaterThan(0);
  });
});

describe('the OOM killer', () => {
  it('takes the process of most points: resident, swapped, and page tables', () => {
    kvm.start({ cpus: 1, frames: 64 * MIB });
    const small = guest(128 * MIB, 100 * MIB);
    const large = guest(128 * MIB, 100 * MIB);
    fill(small.linux, 0, 10 * MIB);
    fill(large.linux, 0, 30 * MIB, 5000);
    const [one, two] = kvm.host.processes;
    expect(two?.points).toBeGreaterThan(one?.points ?? 0);
    expect(two?.points).toBe((two?.rss ?? 0) + (two?.swapped ?? 0) + (two?.tables ?? 0));
    fill(small.linux, 10 * MIB, 19 * MIB);
    expect(kvm.isKilled(large.vm)).toBe(true);
    expect(kvm.isKilled(small.vm)).toBe(false);
    expect(kvm.host.vmstat.oom_kill).toBe(1);
    for (let page = 0; page < 29 * MIB; page += 61) expect(small.linux.read(page)).toBe(1 + page);
  });

  it('in a guest is kept away by a balloon that deflates', () => {
    const run = (deflateOnOom: boolean): boolean => {
      kvm.start({ cpus: 1, frames: 256 * MIB });
      const { linux } = guest(64 * MIB, 60 * MIB, { deflateOnOom });
      linux.askBalloon(24 * MIB);
      kvm.advance(2000);
      fill(linux, 0, 45 * MIB);
      return linux.programRuns;
    };
    expect(run(false)).toBe(false);
    expect(run(true)).toBe(true);
  });
});

describe('the balloon of a guest that runs a Linux (16.3, 16.4, 16.7)', () => {
  beforeEach(() => kvm.start({ cpus: 1, frames: 512 * MIB }));

  it('takes time, and MemTotal falls by what is in it', () => {
    const { linux } = guest(128 * MIB, 64 * MIB);
    const before = linux.memory.meminfo.MemTotal;
    linux.askBalloon(64 * MIB);
    expect(linux.balloon).toBe(0);
    kvm.advance(1000);
    expect(linux.balloon).toBe(64 * MIB);
    expect(linux.memory.meminfo.MemTotal).toBe(before - 64 * 1024);
  });

  it('with deflate-on-oom MemTotal stays, and the balloon counts as used', () => {
    const { linux } = guest(128 * MIB, 64 * MIB, { deflateOnOom: true });
    kvm.advance(1000);
    const before = linux.memory.meminfo;
    linux.askBalloon(64 * MIB);
    kvm.advance(1000);
    const after = linux.memory.meminfo;
    expect(after.MemTotal).toBe(before.MemTotal);
    expect(before.MemFree - after.MemFree).toBe(64 * 1024);
  });

  it('stops where the guest has nothing more to give, and goes on when it has', () => {
    const { linux } = guest(64 * MIB, 50 * MIB);
    kvm.advance(1000);
    fill(linux, 0, 40 * MIB);
    linux.askBalloon(40 * MIB);
    kvm.advance(1000);
    const stuck = linux.balloon;
    expect(stuck).toBeLessThan(24 * MIB);
    linux.stopProgram();
    kvm.advance(1000);
    expect(linux.balloon).toBe(40 * MIB);
  });

  it('gives the host what the guest had touched, which its own free() never did', () => {
    const { linux, vm } = guest(128 * MIB, 64 * MIB);
    fill(linux, 0, 60 * MIB);
    const resident = (): number => kvm.host.processes.find((each) => each.vm === vm)?.rss ?? 0;
    const full = resident();
    linux.stopProgram();
    expect(resident()).toBe(full);
    linux.askBalloon(100 * MIB);
    kvm.advance(2000);
    expect(full - resident()).toBeGreaterThan(50 * MIB);
  });

  it('is not needed where free pages are reported', () => {
    const { linux, vm } = guest(128 * MIB, 64 * MIB, { freePageReporting: true });
    kvm.advance(1000);
    fill(linux, 0, 60 * MIB);
    const resident = (): number => kvm.host.processes.find((each) => each.vm === vm)?.rss ?? 0;
    const full = resident();
    linux.stopProgram();
    kvm.advance(5000);
    expect(full - resident()).toBeGreaterThan(50 * MIB);
    expect(linux.balloon).toBe(0);
  });
});

describe('three accounts of one guest (14.4, 16.9)', () => {
  it('reconcile: what the guest has, what libvirt says, what the host holds', () => {
    kvm.start({ cpus: 1, frames: 128 * MIB });
    kvm.host.addSwap(128 * MIB);
    const a = guest(96 * MIB, 60 * MIB);
    const b = guest(96 * MIB, 60 * MIB, { seed: 2 });
    for (const { linux } of [a, b]) {
      fill(linux, 0, 50 * MIB);
      for (let page = 0; page < 2000; page++) linux.readImage(page);
      linux.askBalloon(16 * MIB);
    }
    kvm.advance(1000);
    kvm.ksmPass(2);
    const host = kvm.host.meminfo;
    let resident = 0;
    let swapped = 0;
    for (const { linux, vm } of [a, b]) {
      const process = kvm.host.processes.find((each) => each.vm === vm);
      if (process === undefined) throw new Error('no process');
      const { guest: own, libvirt, host: outside } = ledgersOf(linux, 96 * MIB, process);
      expect(libvirt.actual).toBe(80 * 1024);
      // The kernel's own part of what it was given is never in MemTotal.
      expect(libvirt.available).toBe(own.MemTotal);
      expect(libvirt.actual - libvirt.available).toBe(own.frames - 16 * 1024 - own.MemTotal);
      expect(libvirt.unused).toBe(own.MemFree);
      expect(libvirt.disk_caches).toBe(own.Cached);
      expect(libvirt.rss).toBe(outside.VmRSS);
      // The host cannot hold more of it than it was given.
      expect(outside.VmRSS + outside.VmSwap).toBeLessThanOrEqual(96 * 1024);
      resident += outside.VmRSS;
      swapped += outside.VmSwap;
    }
    const { pages_sharing } = kvm.host.ksm;
    expect(pages_sharing).toBeGreaterThan(0);
    // Merged pages count in the RSS of each that maps them (14.4), and once in AnonPages.
    expect(resident - pages_sharing * 4).toBe(host.AnonPages);
    // What is on the swap area, less what was merged before it went there.
    expect(host.SwapTotal - host.SwapFree).toBeLessThanOrEqual(swapped + host.SwapCached);
  });
});
