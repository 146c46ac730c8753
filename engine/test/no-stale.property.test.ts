import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm, Vm, VmMode } from '../src/kvm/kvm.ts';
import { VM_MODES } from '../src/kvm/kvm.ts';
import { loadKvm } from '../src/node.ts';
import { readScenario, readTlb } from '../src/scenario/read.ts';
import { Run } from '../src/scenario/run.ts';
import type { Action, ActionInput } from '../src/scenario/schema.ts';
import { EXAMPLE_STRUCTURES, GEOMETRIES } from '../src/tlb/geometries.ts';

/**
 * No translation outlives what it was made from, unless the architecture lets it. Programs here change
 * their tables and flush when they like. Then an access may use any translation that held since the last
 * flush which covers it, and no other; a fault follows the tables as they are; and what the host takes
 * away is gone at once.
 *
 * More programs: PAGEWALK_RUNS, up to 5,000; others: PAGEWALK_SEED.
 */
const RUNS = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 250), 5_000);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);

/** The reference TLB’s first level, with caches for every part of a walk. */
const WITH_CACHES = {
  l1: GEOMETRIES.reference.l1,
  l2: [],
  nested: { entries: 16, ways: 4 },
  structures: EXAMPLE_STRUCTURES,
  nestedStructures: EXAMPLE_STRUCTURES,
};

const PROCESSES = ['p0', 'p1'];
const ADDRESSES = [0n, 1n, 2n, 3n, 4n, 8n, 512n].map((page) => 0x4000_0000n + page * 4096n);
const FRAMES = Array.from({ length: 10 }, (_, index) => 0x60_0000n + BigInt(index) * 4096n);

const text = (address: bigint): string => `0x${address.toString(16)}`;
const gva = fc.constantFrom(...ADDRESSES).map(text);
const gpa = fc.constantFrom(...FRAMES).map(text);
const who = fc.constantFrom(...PROCESSES).map((name) => ({ guest: 'a', process: name }));
const vcpu = fc.constantFrom(0, 0, 1);
const flags = fc.subarray(['w', 'x', 'u', 'a', 'd', 'g']).map((letters) => `r${letters.join('')}`);
const kind = fc.constantFrom('read', 'write', 'fetch') as fc.Arbitrary<'read' | 'write' | 'fetch'>;

const act = <T extends object>(weight: number, arbitrary: fc.Arbitrary<T>) => ({
  weight,
  arbitrary: arbitrary as unknown as fc.Arbitrary<ActionInput>,
});
const made = <T>(name: string, rest: fc.Arbitrary<T>) =>
  rest.map((fields) => ({ do: name, ...fields }));
const on = <T extends object>(fields: fc.Arbitrary<T>) =>
  fc.tuple(who, fields).map(([at, more]) => ({ ...at, ...more }));

const action: fc.Arbitrary<ActionInput> = fc.oneof(
  act(10, made('access', on(fc.record({ gva, kind, user: fc.boolean(), vcpu })))),
  act(5, made('map', on(fc.record({ gva, gpa, flags, vcpu })))),
  act(2, made('unmap', on(fc.record({ gva, vcpu })))),
  act(3, made('remap', on(fc.record({ gva, gpa, vcpu })))),
  act(3, made('protect', on(fc.record({ gva, flags, vcpu })))),
  act(2, made('invlpg', on(fc.record({ gva, vcpu })))),
  act(2, made('switch', on(fc.record({ vcpu })))),
  act(2, made('discard', fc.record({ guest: fc.constant('a'), gpa }))),
);

/** A page that is used, loses what is behind it, and is used again: the moment that matters most. */
const taken: fc.Arbitrary<ActionInput[]> = on(fc.record({ gva, gpa, vcpu })).map((fields) => {
  const { gpa: frame, ...at } = fields;
  const use = { do: 'access', ...at } as const;
  return [
    { do: 'map', ...at, gpa: frame, flags: 'rwu' },
    { ...use, kind: 'write' },
    { ...use, kind: 'read' },
    { do: 'discard', guest: 'a', gpa: frame },
    { ...use, kind: 'read' },
  ];
});
const actions = fc
  .array(
    fc.oneof(
      { weight: 15, arbitrary: action.map((one) => [one]) },
      { weight: 1, arbitrary: taken },
    ),
    { minLength: 5, maxLength: 80 },
  )
  .map((steps) => steps.flat());

const machine = fc.record({
  vpid: fc.boolean(),
  pcid: fc.boolean(),
  cpus: fc.constantFrom(1, 2),
  tlb: fc.constantFrom('reference', 'reference', 'none', 'zen-2', WITH_CACHES),
});
const programs = fc.tuple(machine, actions);

/** What a leaf entry says; null where there is none. */
interface Leaf {
  gpa: bigint;
  writable: boolean;
  user: boolean;
  executable: boolean;
  global: boolean;
}

const ADDRESS = 0x000f_ffff_ffff_f000n;

/** One machine with a program on it, and what may be seen there. */
class Checked {
  readonly run: Run;
  readonly #kvm: Kvm;
  readonly #vm: Vm;
  readonly #pcid: boolean;
  /** What each data frame holds. */
  readonly #content = new Map<bigint, bigint>();
  /** By vCPU, process and address: the leaves that held since the last flush. */
  readonly #held = new Map<string, Leaf[]>();
  #next = 1n;

  constructor(kvm: Kvm, run: Run, pcid: boolean) {
    this.#kvm = kvm;
    this.run = run;
    this.#pcid = pcid;
    this.#vm = run.world.guest('a').vm;
    for (const [index, frame] of FRAMES.entries()) {
      // Every second frame was never touched.
      if (index % 2 === 0) kvm.writeGuest(this.#vm, frame, this.#fresh());
      this.#content.set(frame, kvm.peekGuest(this.#vm, frame));
    }
  }

  #fresh(): bigint {
    return 0xc0de_0000n + this.#next++;
  }

  /** The leaf that a process's tables have for an address, and what the entries above leave of it. */
  #leaf(name: string, address: bigint): Leaf | null {
    const process = this.run.processes.find((each) => each.name === name)?.process;
    if (process === undefined) return null;
    let table = this.#kvm.processRoot(process);
    let entry = 0n;
    for (let level = 4n; level >= 1n; level--) {
      const slot = (address >> (12n + 9n * (level - 1n))) & 511n;
      entry = this.#kvm.peekGuest(this.#vm, table + slot * 8n);
      if ((entry & 1n) === 0n) return null;
      table = entry & ADDRESS;
    }
    return {
      gpa: entry & ADDRESS,
      writable: (entry & 2n) !== 0n,
      user: (entry & 4n) !== 0n,
      executable: entry >> 63n === 0n,
      global: (entry & 0x100n) !== 0n,
    };
  }

  #key = (on: number, name: string, address: bigint): string => `${on} ${name} ${text(address)}`;

  #note(name: string, address: bigint): void {
    const leaf = this.#leaf(name, address);
    for (const on of [0, 1]) {
      const key = this.#key(on, name, address);
      if (leaf !== null) this.#held.set(key, [...(this.#held.get(key) ?? []), leaf]);
    }
  }

  /** After a flush only what the tables say now may be found; global leaves survive MOV to CR3. */
  #flush(on: number, name: string, addresses: readonly bigint[], keepGlobal: boolean): void {
    for (const address of addresses) {
      const key = this.#key(on, name, address);
      const leaf = this.#leaf(name, address);
      const kept = keepGlobal ? (this.#held.get(key) ?? []).filter((each) => each.global) : [];
      this.#held.set(key, leaf === null ? kept : [...kept, leaf]);
    }
  }

  #permits(leaf: Leaf, { kind: access, user }: { kind: string; user: boolean }): boolean {
    if (user && !leaf.user) return false;
    if (access === 'fetch') return leaf.executable;
    return access === 'read' || leaf.writable;
  }

  /** The leaves that an access may be translated by. */
  #allowed(on: number, name: string, address: bigint): Leaf[] {
    const own = this.#held.get(this.#key(on, name, address)) ?? [];
    const globals = PROCESSES.flatMap((other) =>
      (this.#held.get(this.#key(on, other, address)) ?? []).filter((leaf) => leaf.global),
    );
    return [...own, ...globals];
  }

  #running = ['', ''];

  #switched(on: number, name: string): void {
    this.#running[on] = name;
    // With PCIDs the kernel keeps what the TLB has.
    if (!this.#pcid) this.#flush(on, name, ADDRESSES, true);
  }

  /** Does the next step and checks it; false at the end. */
  step(): boolean {
    const action = this.run.scenario.actions[this.run.index];
    if (action?.do === 'access') {
      // A number of its own for each write, so that the frame written can be told.
      (action as { content?: number }).content = Number(this.#fresh());
    }
    const result = this.run.next();
    if (result === null || action === undefined) return false;
    if ('gva' in action) this.#check(action, result.outcome);
    else if (action.do === 'switch') this.#switched(action.vcpu, action.process);
    else if (action.do === 'discard') this.#content.set(BigInt(action.gpa), 0n);
    this.#checkFrames();
    return true;
  }

  #check(action: Extract<Action, { gva: string }>, outcome: string | null): void {
    const address = BigInt(action.gva);
    const { process: name, vcpu: at } = action;
    if (action.do === 'access' || action.do === 'invlpg') {
      if (this.#running[at] !== name) this.#switched(at, name);
    }
    if (action.do === 'invlpg') {
      // Of this PCID, and global ones of any.
      this.#flush(at, name, [address], false);
      for (const other of PROCESSES) {
        const key = this.#key(at, other, address);
        const held = (this.#held.get(key) ?? []).filter((leaf) => !leaf.global);
        const leaf = this.#leaf(other, address);
        if (other !== name) this.#held.set(key, leaf === null ? held : [...held, leaf]);
      }
      return;
    }
    if (action.do !== 'access') {
      this.#note(name, address);
      return;
    }
    const now = this.#leaf(name, address);
    if (outcome === 'guest-fault') {
      expect(now === null || !this.#permits(now, action)).toBe(true);
      expect(this.#kvm.faultCode & 1).toBe(now === null ? 0 : 1);
      return;
    }
    expect(outcome).toBe('done');
    const leaves = this.#allowed(at, name, address).filter((leaf) => this.#permits(leaf, action));
    const value = this.#kvm.value;
    if (action.kind !== 'write') {
      expect(leaves.map((leaf) => this.#content.get(leaf.gpa))).toContain(value);
      return;
    }
    const written = [...new Set(leaves.map((leaf) => leaf.gpa))].filter(
      (frame) => this.#kvm.peekGuest(this.#vm, frame) === value,
    );
    expect(written).toHaveLength(1);
    for (const frame of written) this.#content.set(frame, value);
  }

  // Nobody wrote to any other frame, and hardware holds none that is not the guest's.
  #checkFrames(): void {
    for (const [frame, value] of this.#content) {
      expect(this.#kvm.peekGuest(this.#vm, frame)).toBe(value);
    }
  }

  /** Every frame that a TLB or a shadow leaf gives is behind the guest now. */
  checkHeld(): void {
    const { machine: made } = this.run.scenario;
    // A virtual CPU carries a flush out before its guest runs again: let both run.
    for (const on of [0, 1]) {
      this.run.act({ do: 'switch', guest: 'a', process: 'p0', vcpu: on });
    }
    const behind = new Set<bigint>();
    for (let gpa_ = 0n; gpa_ < 0x100_0000n; gpa_ += 4096n) {
      const frame = this.#kvm.hostFrame(this.#vm, gpa_);
      if (frame !== null) behind.add(frame);
    }
    const native = made.mmu.mode === 'native';
    for (let cpu = 0; cpu < this.run.world.cpus; cpu++) {
      for (const array of this.#kvm.tlb(cpu, readTlb(made.tlb))) {
        for (const { entry } of array.sets.flat()) {
          if (entry !== null && !native) expect(behind.has(entry.frame)).toBe(true);
        }
      }
    }
    for (const page of this.#kvm.shadowPages(this.#vm)) {
      if (page.level > 1) continue;
      for (const { entry } of this.#kvm.table(page.table)) {
        if ((entry & 1n) === 1n) expect(behind.has(entry & ADDRESS)).toBe(true);
      }
    }
  }
}

describe('no translation outlives what it was made from', () => {
  let kvm: Kvm;
  beforeAll(async () => {
    kvm = await loadKvm();
  });

  it.each(VM_MODES)(
    `in ${RUNS} random programs (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED): %s`,
    (mode: VmMode) => {
      let done = 0;
      fc.assert(
        fc.property(programs, ([host, program]) => {
          const scenario = readScenario({
            machine: {
              host: { cpus: host.cpus },
              mmu: { mode, vpid: host.vpid, pcid: host.pcid },
              tlb: host.tlb,
              guests: [{ name: 'a', memory: '16M', vcpus: 2 }],
            },
            actions: [
              ...PROCESSES.map((name) => ({ do: 'process', guest: 'a', name })),
              ...program,
            ],
          });
          const run = new Run(kvm, scenario);
          const checked = new Checked(kvm, run, host.pcid);
          while (checked.step()) done++;
          checked.checkHeld();
        }),
        { numRuns: RUNS, seed: SEED },
      );
      expect(done).toBeGreaterThan(RUNS * 10);
    },
    Math.max(60_000, RUNS * 20),
  );
});
