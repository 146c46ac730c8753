import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm, Vm } from '../../src/kvm/kvm.ts';
import type { LinuxGuest } from '../../src/linux/linux.ts';
import type { KsmField } from '../../src/mm/fields.ts';
import { loadKvm } from '../../src/node.ts';
import { audit } from './audit.ts';
import type { Machine } from './audit.ts';

/**
 * Anything may happen to the host's memory, in any order: guests touch, their balloons move, pages are
 * merged, swapped, made large and cut, areas come and go, machines are killed. Whatever happened, every
 * frame has one owner, every account is right, and every guest reads what it wrote last.
 *
 * More sequences: PAGEWALK_RUNS, up to 10,000; others: PAGEWALK_SEED.
 */
const RUNS = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 150), 10_000);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);
const MOST_STEPS = Number(process.env['PAGEWALK_STEPS'] ?? 500);

/** Of a sequence that failed: begins with that one. PAGEWALK_SHRINK looks for a shorter one. */
const PATH = process.env['PAGEWALK_PATH'];

const MIB = 256;
const PROGRAM = 10 * MIB;

interface Guest extends Machine {
  linux: LinuxGuest;
  image: number;
  /** What each page of its program holds, where it wrote one. */
  written: Map<number, number>;
}

class Host {
  readonly kvm: Kvm;
  readonly guests: Guest[] = [];
  #areas: number[] = [];
  #made = 0;

  constructor(kvm: Kvm, frames: number) {
    this.kvm = kvm;
    kvm.start({ cpus: 1, frames });
    this.swapOn(24 * MIB, -1);
  }

  addGuest(mode: 'ept' | 'npt' | 'shadow', backing: '4K' | '2M' | 'thp', features: boolean): void {
    if (this.guests.length >= 4) return;
    const { kvm } = this;
    const frames = 12 * MIB;
    const vm: Vm = kvm.createVm({ mode, frames, levels: 4, nestedLevels: 4 });
    if (!kvm.backWith(vm, 0, frames, backing)) {
      kvm.kill(vm);
      return;
    }
    const image = 1 + (this.#made % 2);
    const linux = kvm.startLinux(vm, {
      swap: 4 * MIB,
      image,
      seed: ++this.#made,
      deflateOnOom: features,
      freePageReporting: features,
      workload: { kind: 'idle', most: 0, rate: 0, period: 0, writes: 0 },
    });
    linux.startProgram(PROGRAM);
    this.guests.push({ vm, mode, linux, image, written: new Map() });
  }

  guest(index: number): Guest | undefined {
    return this.guests[index % Math.max(this.guests.length, 1)];
  }

  write(guest: Guest, first: number, pages: number, content: number, stride: number): void {
    for (let index = 0; index < pages; index++) {
      const page = (first + index) % PROGRAM;
      const value = 1 + ((content + index * stride) % 1000);
      guest.linux.write(page, value);
      if (!guest.linux.programRuns) return;
      guest.written.set(page, value);
    }
  }

  read(guest: Guest, first: number, pages: number): void {
    for (let index = 0; index < pages; index++) {
      const page = (first + index) % PROGRAM;
      const value = guest.linux.read(page);
      if (!guest.linux.programRuns) return;
      expect(value, `page ${page}`).toBe(guest.written.get(page) ?? 0);
    }
  }

  readImage({ linux, image, vm }: Guest, first: number, pages: number): void {
    for (let page = first; page < first + pages; page++) {
      const number = linux.readImage(page);
      if (this.kvm.isKilled(vm)) return;
      if (number !== null) expect(number).toBe(this.kvm.contentOnDisk(image, page));
    }
  }

  /** A program that its kernel killed begins again; a machine that the host killed is gone. */
  tidy(): void {
    for (const guest of this.guests) {
      if (this.kvm.isKilled(guest.vm) || guest.linux.programRuns) continue;
      guest.written.clear();
      guest.linux.startProgram(PROGRAM);
    }
    for (let index = this.guests.length - 1; index >= 0; index--) {
      const guest = this.guests[index];
      if (guest !== undefined && this.kvm.isKilled(guest.vm)) this.guests.splice(index, 1);
    }
  }

  swapOff(): void {
    const type = this.#areas.pop();
    if (type !== undefined && !this.kvm.host.removeSwap(type)) this.#areas.push(type);
  }

  swapOn(pages: number, priority: number): void {
    if (this.#areas.length >= 3) return;
    const type = this.kvm.host.addSwap(pages, priority);
    if (type !== null) this.#areas.push(type);
  }

  audit(): void {
    audit(this.kvm, this.guests);
    for (const { linux, vm } of this.guests) {
      if (this.kvm.isKilled(vm)) continue;
      const { meminfo } = linux.memory;
      expect(linux.balloon * 4).toBe(meminfo.balloon);
      // What its kernel has, by what it holds; what the balloon took is not in MemTotal, or is kept apart.
      const held =
        meminfo.MemFree + meminfo.AnonPages + meminfo.Cached + meminfo.Slab + meminfo.PageTables;
      const inside = meminfo.MemTotal - held;
      expect(inside === 0 || inside === meminfo.balloon, `guest: ${inside} KiB unaccounted`).toBe(
        true,
      );
    }
  }
}

type Step = (host: Host) => void;

/** A step that a report shows by its name and numbers. */
function step<Values extends unknown[]>(
  name: string,
  values: fc.Arbitrary<Values>,
  act: (host: Host, ...values: Values) => void,
): fc.Arbitrary<Step> {
  return values.map((given) =>
    Object.assign((host: Host): void => act(host, ...given), {
      [fc.toStringMethod]: () => `${name}(${given.join(', ')})`,
    }),
  );
}

/** The same on one of the guests there are. */
function onGuest<Values extends unknown[]>(
  name: string,
  values: fc.Arbitrary<Values>,
  act: (host: Host, guest: Guest, ...values: Values) => void,
): fc.Arbitrary<Step> {
  return step(name, fc.tuple(fc.nat(3), values), (host, index, given) => {
    const guest = host.guest(index);
    if (guest !== undefined) act(host, guest, ...given);
  });
}

const pages = (most: number) => fc.integer({ min: 1, max: most });
const page = fc.nat(PROGRAM);

const anything: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: onGuest(
      'write',
      fc.tuple(page, pages(300), fc.nat(999), fc.nat(1)),
      (host, guest, ...what) => host.write(guest, ...what),
    ),
  },
  {
    weight: 6,
    arbitrary: onGuest('read', fc.tuple(page, pages(300)), (host, guest, ...what) =>
      host.read(guest, ...what),
    ),
  },
  {
    weight: 3,
    arbitrary: onGuest(
      'readImage',
      fc.tuple(fc.nat(3 * MIB), pages(100)),
      (host, guest, first, count) => host.readImage(guest, first, count),
    ),
  },
  {
    weight: 3,
    arbitrary: onGuest('balloon', fc.tuple(fc.nat(11 * MIB)), (_, { linux }, most) =>
      linux.askBalloon(most),
    ),
  },
  {
    weight: 3,
    arbitrary: step('advance', fc.tuple(fc.constantFrom(10, 50, 300, 2500)), ({ kvm }, ms) =>
      kvm.advance(ms),
    ),
  },
  {
    weight: 3,
    arbitrary: step('ksmScan', fc.tuple(fc.nat(2000)), ({ kvm }, most) => kvm.host.ksmScan(most)),
  },
  { weight: 2, arbitrary: step('ksmPass', fc.tuple(pages(2)), ({ kvm }, n) => kvm.ksmPass(n)) },
  {
    weight: 1,
    arbitrary: step(
      'setKsm',
      fc.constantFrom<[KsmField, number]>(
        ['run', 0],
        ['run', 1],
        ['run', 2],
        ['max_page_sharing', 2],
        ['max_page_sharing', 3],
        ['max_page_sharing', 256],
        ['use_zero_pages', 0],
        ['use_zero_pages', 1],
      ),
      ({ kvm }, field, value) => kvm.host.setKsm(field, value),
    ),
  },
  { weight: 2, arbitrary: step('collapse', fc.tuple(), ({ kvm }) => kvm.host.collapse()) },
  { weight: 1, arbitrary: step('swapOff', fc.tuple(), (host) => host.swapOff()) },
  {
    weight: 1,
    arbitrary: step(
      'swapOn',
      fc.tuple(fc.integer({ min: 10, max: 8 * MIB }), fc.integer({ min: -1, max: 3 })),
      (host, ...what) => host.swapOn(...what),
    ),
  },
  {
    weight: 1,
    arbitrary: step('resizePool', fc.tuple(fc.nat(6)), ({ kvm }, most) => {
      kvm.resizePool('2M', most);
    }),
  },
  {
    weight: 1,
    arbitrary: step('swappiness', fc.tuple(fc.nat(200)), ({ kvm }, n) => kvm.host.setSwappiness(n)),
  },
  {
    weight: 1,
    arbitrary: step(
      'addGuest',
      fc.tuple(
        fc.constantFrom('ept' as const, 'npt' as const, 'shadow' as const),
        fc.constantFrom('4K' as const, 'thp' as const, '2M' as const),
        fc.boolean(),
      ),
      (host, ...what) => host.addGuest(...what),
    ),
  },
  {
    weight: 1,
    arbitrary: onGuest('kill', fc.tuple(), ({ kvm }, { vm }) => kvm.kill(vm)),
  },
);

/** How much of everything the sequences made happen. */
const happened = new Map<string, number>();
function note(host: Host): void {
  const add = (name: string, by: number): void => {
    happened.set(name, (happened.get(name) ?? 0) + by);
  };
  const { vmstat, ksm } = host.kvm.host;
  add('swapped out', vmstat.pswpout);
  add('swapped in', vmstat.pswpin);
  add('killed', vmstat.oom_kill);
  add('merged at the end', ksm.pages_sharing);
  add('copies of merged pages', vmstat.cow_ksm);
  add('large pages', vmstat.thp_fault_alloc);
  add('collapsed', vmstat.thp_collapse_alloc);
  add('split', vmstat.thp_split_page);
  for (const { linux, vm } of host.guests) {
    if (host.kvm.isKilled(vm)) continue;
    const inside = linux.memory.vmstat;
    add('swapped out by guests', inside.pswpout);
    add('killed in guests', inside.oom_kill);
    add('inflated', inside.balloon_inflate);
    add('deflated', inside.balloon_deflate);
  }
}

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

describe('a host whose memory is used in every way at once', () => {
  it(`keeps its accounts and its guests' data, ${RUNS} sequences (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED)`, () => {
    let steps = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(20, 28, 40),
        fc.constantFrom('4K' as const, 'thp' as const),
        fc.array(anything, { minLength: 1, maxLength: MOST_STEPS, size: 'max' }),
        (mib, backing, sequence) => {
          const host = new Host(kvm, mib * MIB);
          host.addGuest('ept', backing, false);
          host.addGuest('npt', '4K', true);
          for (const [index, act] of sequence.entries()) {
            act(host);
            host.tidy();
            steps++;
            if (index % 50 === 0) host.audit();
          }
          for (const guest of host.guests) host.read(guest, 0, PROGRAM);
          host.tidy();
          host.audit();
          note(host);
        },
      ),
      {
        numRuns: RUNS,
        seed: SEED,
        endOnFailure: process.env['PAGEWALK_SHRINK'] === undefined,
        ...(PATH === undefined ? {} : { path: PATH }),
      },
    );
    const totals = [...happened].map(([name, count]) => `${name} ${count}`).join(', ');
    console.log(`host: ${RUNS} sequences, ${steps} actions; pages: ${totals}`);
  }, 3_600_000);
});
