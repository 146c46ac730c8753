import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../../src/kvm/kvm.ts';
import type { LinuxGuest, Workload } from '../../src/linux/linux.ts';
import { loadKvm } from '../../src/node.ts';
import { readScenario } from '../../src/scenario/read.ts';
import { Run } from '../../src/scenario/run.ts';

/**
 * Published results, found again on this machine. Each test names the paper and the figure, what of it is
 * put in, what comes out, and how far that may be from the paper.
 */

const MIB = 256;
let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

const IDLE: Workload = { kind: 'idle', most: 0, rate: 0, period: 0, writes: 0 };

function guest(frames: number, seed: number, workload = IDLE, swap = 0): LinuxGuest {
  const vm = kvm.createVm({ mode: 'ept', frames, levels: 4, nestedLevels: 4 });
  return kvm.startLinux(vm, { swap, image: 1, seed, workload });
}

/** Page tables of a program of 3,000 pages, those above the leaves included. */
const TABLES = 12;

describe('Waldspurger, “Memory Resource Management in VMware ESX Server”, OSDI 2002', () => {
  /*
   * Figure 4: ten virtual machines from one image, with one workload; about 67 % of all their memory is
   * shared. Put in: of each machine's pages two thirds are of the image and one third its own. Out: how
   * much one, two, … ten machines share and what is reclaimed, counted by ksmd.
   *
   * The paper's machines share a few per cent with themselves already (zero pages); these do not, since all
   * of an image's pages differ. So one machine shares nothing here, and from two on the curves are one.
   */
  it('figure 4: ten like machines share two thirds of their memory, and all but one copy is saved', () => {
    const PAGES = 3000;
    const COMMON = 2000;
    const shares: number[] = [];
    for (let machines = 1; machines <= 10; machines++) {
      kvm.start({ cpus: 1, frames: 256 * MIB });
      for (let index = 0; index < machines; index++) {
        const linux = guest(16 * MIB, index + 1);
        linux.startProgram(PAGES);
        for (let page = 0; page < PAGES; page++) {
          linux.write(page, page < COMMON ? 1 + page : 100_000 + index * PAGES + page);
        }
      }
      kvm.ksmPass(3);
      const { pages_shared, pages_sharing } = kvm.host.ksm;
      const all = machines * PAGES;
      shares.push((pages_shared + pages_sharing) / all);
      // All but one copy of each; and of the machines' page tables, which are as alike as they are.
      const copies = machines - 1;
      expect(pages_sharing).toBeGreaterThanOrEqual(COMMON * copies);
      // In each machine, the top table of services that touched nothing yet is as the kernel's own.
      expect(pages_sharing).toBeLessThanOrEqual((COMMON + TABLES) * copies + machines);
    }
    expect(shares[0]).toBeLessThan(0.001);
    for (const share of shares.slice(1)) expect(share).toBeCloseTo(0.67, 1);
    // Of ten machines the paper reclaims about 60 %.
    const { pages_sharing } = kvm.host.ksm;
    expect(pages_sharing / (10 * PAGES)).toBeGreaterThan(0.55);
    expect(pages_sharing / (10 * PAGES)).toBeLessThan(0.65);
  });

  /*
   * Figure 5: real deployments. Put in: how much is shared, and in how many copies on the average, which
   * is what the two figures of a row say together. Out: that ksmd, which sees pages and no averages,
   * reclaims what the paper's row says; to half a per cent of all memory.
   */
  it.each([
    { what: 'ten Windows NT', machines: 10, shared: 0.429, reclaimed: 0.329 },
    { what: 'nine Linux', machines: 9, shared: 0.292, reclaimed: 0.187 },
    { what: 'five Linux', machines: 5, shared: 0.1, reclaimed: 0.072 },
  ])('figure 5: $what, $shared of memory shared, $reclaimed of it reclaimed', (row) => {
    const PAGES = 3000;
    const all = row.machines * PAGES;
    const distinct = Math.round(all * (row.shared - row.reclaimed));
    const shared = Math.round(all * row.shared);
    kvm.start({ cpus: 1, frames: 256 * MIB });
    for (let index = 0; index < row.machines; index++) {
      const linux = guest(16 * MIB, index + 1);
      linux.startProgram(PAGES);
      for (let page = 0; page < PAGES; page++) {
        // The shared pages come first in every machine; each content as often as its neighbours.
        const number = page * row.machines + index;
        linux.write(page, number < shared ? 1 + (number % distinct) : 100_000 + number);
      }
    }
    kvm.ksmPass(3);
    const { pages_shared, pages_sharing } = kvm.host.ksm;
    expect(Math.abs((pages_shared + pages_sharing) / all - row.shared)).toBeLessThan(0.005);
    expect(Math.abs(pages_sharing / all - row.reclaimed)).toBeLessThan(0.005);
  });

  /*
   * Figure 2: a machine ballooned to a size does nearly as well as one configured with it: 1.4 to 4.4 %
   * slower in dbench, since the larger machine's kernel has laid out its tables for the memory that it
   * started with. Put in: one machine of 256 MiB, one of 512 MiB ballooned down to the same, both reading
   * files larger than their memory. Out: pages read in a minute. The larger kernel has 4 MiB more of records
   * of frames, which it cannot cache files in. Tolerance: 0 to 8 % slower; these programs do nothing but
   * read, so less cache costs them more than it costs dbench.
   */
  it('figure 2: a ballooned machine is a few per cent slower than one of that size', () => {
    const reads: Workload = {
      kind: 'cache',
      most: 640 * MIB,
      rate: 1_000_000,
      period: 1000,
      writes: 0,
    };
    const minute = (frames: number, balloon: number): number => {
      kvm.start({ cpus: 1, frames: 1024 * MIB });
      const linux = guest(frames, 1, IDLE);
      linux.askBalloon(balloon);
      kvm.advance(5000);
      expect(linux.balloon).toBe(balloon);
      linux.run(reads);
      kvm.advance(20_000);
      const before = linux.progress.touched;
      kvm.advance(60_000);
      return linux.progress.touched - before;
    };
    const configured = minute(256 * MIB, 0);
    const ballooned = minute(512 * MIB, 256 * MIB);
    const slower = 1 - ballooned / configured;
    expect(slower).toBeGreaterThanOrEqual(0);
    expect(slower).toBeLessThan(0.08);
  });

  /*
   * Section 3: what the host takes without asking is worse than what the guest gives. Put in: a host with
   * three quarters of the memory that its guest has; the guest reads files. Once it is ballooned to what there is and
   * drops what it can have again from its own disk; once the host swaps, and pages that the guest drops
   * have to be read back only to be dropped (double paging). Out: pages read in a minute, and that the
   * balloon wins; the paper gives no factor.
   */
  it('section 3: the balloon beats the host that swaps what it does not know', () => {
    const minute = (balloon: number): { touched: number; swapped: number } => {
      kvm.start({ cpus: 1, frames: 96 * MIB });
      kvm.host.addSwap(256 * MIB);
      const linux = guest(128 * MIB, 1, IDLE);
      linux.askBalloon(balloon);
      kvm.advance(5000);
      linux.run({ kind: 'cache', most: 160 * MIB, rate: 1_000_000, period: 1000, writes: 0 });
      kvm.advance(20_000);
      const before = linux.progress.touched;
      kvm.advance(60_000);
      return { touched: linux.progress.touched - before, swapped: kvm.host.vmstat.pswpin };
    };
    const asked = minute(48 * MIB);
    const taken = minute(0);
    expect(asked.swapped).toBe(0);
    expect(taken.swapped).toBeGreaterThan(0);
    expect(asked.touched).toBeGreaterThan(taken.touched);
  });
});

describe('Bhargava et al., “Accelerating Two-Dimensional Page Walks”, ASPLOS 2008', () => {
  // n·m + n + m: 24 references for four levels on both sides; exact.
  it.each([
    { levels: 4, nested: 4, references: 24 },
    { levels: 5, nested: 5, references: 35 },
    { levels: 4, nested: 5, references: 29 },
  ] as const)('$levels by $nested levels: $references references', (walk) => {
    const run = new Run(
      kvm,
      readScenario({
        machine: {
          mmu: { mode: 'npt', levels: walk.levels, nestedLevels: walk.nested },
          guests: [{ name: 'a', memory: '8M' }],
        },
        actions: [
          { do: 'process', guest: 'a', name: 'p' },
          { do: 'map', guest: 'a', process: 'p', gva: '0x400000', pages: 10, flags: 'rwu' },
          { do: 'access', guest: 'a', process: 'p', gva: '0x400000', pages: 10, kind: 'read' },
          { do: 'mark', name: 'end' },
        ],
      }),
    );
    run.finish();
    expect(run.marks[0]?.counters.walk_refs).toBe(10 * walk.references);
  });
});
