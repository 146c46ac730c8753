import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel, Kvm, Process, Vcpu, Vm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';
import { audit } from './audit.ts';

/**
 * Guests whose every access is a walk, by shadow paging, EPT and NPT side by side, on a host that is short
 * of memory: it swaps, merges and drops what is behind them, and they read what they wrote last, or zero
 * where it was dropped.
 *
 * More sequences: PAGEWALK_RUNS, up to 2,000; others: PAGEWALK_SEED.
 */
const RUNS = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 40), 2000);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);
const MOST_STEPS = Number(process.env['PAGEWALK_STEPS'] ?? 200);

const MIB = 256;
const MODES = ['shadow', 'ept', 'npt'] as const;
const BACKINGS = ['4K', 'thp', '2M'] as const;
const GVA = 0x4000_0000n;
/** Three large pages of the guest: what a program can reach, from 4 MiB on. */
const PAGES = 3 * 512;
const GPA = 0x40_0000;

class Guest {
  readonly vm: Vm;
  readonly mode: (typeof MODES)[number];
  readonly written = new Map<number, bigint>();
  readonly #kvm: Kvm;
  readonly #kernel: Kernel;
  readonly #vcpu: Vcpu;
  readonly #process: Process;

  constructor(kvm: Kvm, mode: (typeof MODES)[number], backing: (typeof BACKINGS)[number]) {
    this.#kvm = kvm;
    this.mode = mode;
    const frames = 16 * MIB;
    this.vm = kvm.createVm({ mode, frames, levels: 4, nestedLevels: 4 });
    if (backing === '2M') kvm.resizePool('2M', 8);
    kvm.backWith(this.vm, 0, frames, backing);
    this.#kernel = kvm.loadKernel(this.vm, false);
    this.#vcpu = kvm.createVcpu(this.vm, { cpu: 0, vpid: 1, tagged: true, pcide: false });
    kvm.setControl(this.#vcpu, 0n, 0xa0n);
    expect(kvm.bootKernel(this.#kernel, this.#vcpu)).toBe('ok');
    expect(kvm.createProcess(this.#kernel, this.#vcpu)).toBe('ok');
    this.#process = kvm.newestProcess(this.#kernel);
    // Half by large pages of the guest's own, half by small ones.
    for (let page = 0; page < PAGES; page += page < 512 ? 512 : 1) {
      const level = page < 512 ? 2 : 1;
      kvm.mapPage(this.#kernel, this.#vcpu, this.#process, {
        gva: GVA + (BigInt(page) << 12n),
        gpa: BigInt(GPA) + (BigInt(page) << 12n),
        level,
        flags: 0x7n,
      });
    }
    kvm.runProcess(this.#kernel, this.#vcpu, this.#process);
  }

  #access(page: number, kind: 'read' | 'write', operand: bigint): boolean {
    const outcome = this.#kvm.processAccess(this.#kernel, this.#vcpu, this.#process, {
      gva: GVA + (BigInt(page) << 12n),
      kind,
      cpl: 3,
      operand,
    });
    if (outcome === 'killed') return false;
    expect(outcome, `${this.mode}: ${kind} of page ${page}`).toBe('done');
    return true;
  }

  write(first: number, pages: number, content: number): void {
    for (let page = first; page < Math.min(first + pages, PAGES); page++) {
      if (!this.#access(page, 'write', BigInt(content))) return;
      this.written.set(page, BigInt(content));
      this.#kvm.settle();
    }
  }

  read(first: number, pages: number): void {
    for (let page = first; page < Math.min(first + pages, PAGES); page++) {
      if (!this.#access(page, 'read', 0n)) return;
      expect(this.#kvm.value, `${this.mode}: page ${page}`).toBe(this.written.get(page) ?? 0n);
      this.#kvm.settle();
    }
  }

  discard(first: number, pages: number): void {
    const gfn = (GPA >> 12) + first;
    const before = new Map(this.written);
    this.#kvm.discard(this.vm, gfn, pages);
    for (let page = first; page < first + pages; page++) {
      // Of memory in hugetlb pages only whole ones go: what is still there stays readable.
      const there = this.#kvm.peekGuest(this.vm, BigInt((GPA >> 12) + page) << 12n);
      if (there === 0n) this.written.delete(page);
      else expect(there).toBe(before.get(page));
    }
  }

  balloon(pages: number): void {
    this.#kvm.fillBalloon(this.#kernel, pages);
  }
}

interface World {
  kvm: Kvm;
  guests: Guest[];
}
type Step = (world: World) => void;
const which = fc.nat(2);
const page = fc.nat(PAGES - 1);
const on =
  (act: (guest: Guest) => void, index: number): Step =>
  ({ kvm, guests }) => {
    const guest = guests[index % guests.length];
    if (guest !== undefined && !kvm.isKilled(guest.vm)) act(guest);
  };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(which, page, fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 9 }))
      .map(([index, first, pages, content]) =>
        on((guest) => guest.write(first, pages, content), index),
      ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(which, page, fc.integer({ min: 1, max: 120 }))
      .map(([index, first, pages]) => on((guest) => guest.read(first, pages), index)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(which, page, fc.constantFrom(1, 7, 512))
      .map(([index, first, pages]) =>
        on((guest) => guest.discard(first, Math.min(pages, PAGES - first)), index),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(which, fc.nat(2000))
      .map(([index, pages]) => on((guest) => guest.balloon(pages), index)),
  },
  {
    weight: 3,
    arbitrary: fc.nat(900).map(
      (pages): Step =>
        ({ kvm }) =>
          kvm.host.ksmScan(pages),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>(({ kvm }) => kvm.ksmPass(2)) },
  { weight: 1, arbitrary: fc.constant<Step>(({ kvm }) => kvm.host.setKsm('run', 2)) },
  { weight: 1, arbitrary: fc.constant<Step>(({ kvm }) => kvm.host.collapse()) },
);

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

describe('shadow paging, EPT and NPT on a host that is short of memory', () => {
  it(`read what they wrote, ${RUNS} sequences (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED)`, () => {
    let swapped = 0;
    let merged = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...BACKINGS),
        fc.constantFrom(14, 20, 30),
        fc.array(step, { minLength: 1, maxLength: MOST_STEPS, size: 'max' }),
        (backing, mib, steps) => {
          kvm.start({ cpus: 1, frames: (backing === '2M' ? mib + 24 : mib) * MIB });
          kvm.host.addSwap(64 * MIB);
          const guests = MODES.map(
            (mode) =>
              new Guest(kvm, mode, mode === 'ept' ? backing : backing === '2M' ? '4K' : backing),
          );
          const world = { kvm, guests };
          for (const [index, act] of steps.entries()) {
            act(world);
            if (index % 40 === 0) audit(kvm, guests);
          }
          for (const guest of guests) if (!kvm.isKilled(guest.vm)) guest.read(0, PAGES);
          audit(kvm, guests);
          swapped += kvm.host.vmstat.pswpout;
          merged += kvm.host.vmstat.cow_ksm;
        },
      ),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    console.log(
      `machines: ${RUNS} sequences; ${swapped} pages swapped out, ${merged} copied when written`,
    );
  }, 3_600_000);
});
