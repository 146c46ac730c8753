import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kvm } from '../src/kvm/kvm.ts';
import { VM_MODES } from '../src/kvm/kvm.ts';
import { loadKvm } from '../src/node.ts';
import { readScenario } from '../src/scenario/read.ts';
import type { ActionInput, ScenarioInput } from '../src/scenario/schema.ts';
import { Run } from '../src/scenario/run.ts';
import { EXAMPLE_STRUCTURES, GEOMETRIES } from '../src/tlb/geometries.ts';

/**
 * One guest program on four machines: bare metal, shadow paging, EPT, NPT. A program that flushes after
 * what it changes cannot tell them apart: it reads the same data and gets the same faults.
 *
 * More programs: PAGEWALK_RUNS, up to 20,000; others: PAGEWALK_SEED.
 */
const RUNS = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 250), 20_000);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);

const PROCESSES = ['p0', 'p1', 'p2'];
/** The reference TLB with caches for every part of a walk. */
const WITH_CACHES = {
  l1: GEOMETRIES.reference.l1,
  l2: [],
  nested: { entries: 16, ways: 4 },
  structures: EXAMPLE_STRUCTURES,
  nestedStructures: EXAMPLE_STRUCTURES,
};

/** A few pages, so that programs meet their own traces: two leaf tables, and one far away. */
const PAGES = [0n, 1n, 2n, 3n, 7n, 8n, 511n, 512n, 513n].map((page) => 0x4000_0000n + page * 4096n);
const ADDRESSES = [...PAGES, 0x7fff_ffff_f000n, 0x80_0000_0000n];
const FRAMES = Array.from({ length: 12 }, (_, index) => 0x60_0000n + BigInt(index) * 4096n);

const text = (address: bigint): string => `0x${address.toString(16)}`;
const address = fc.constantFrom(...ADDRESSES).map(text);
const frame = fc.option(fc.constantFrom(...FRAMES).map(text), { nil: undefined });
const process_ = fc.constantFrom(...PROCESSES);
const flags = fc.subarray(['w', 'x', 'u', 'a', 'd']).map((letters) => `r${letters.join('')}`);
const vcpu = fc.constantFrom(0, 0, 0, 1);

type Step = ActionInput[];
const at = (p: string) => ({ guest: 'a', process: p });

/** An act of the kernel, and the flush on both virtual CPUs that it owes. */
const flushed = (action: ActionInput, p: string, gva: string): Step => [
  action,
  { do: 'invlpg', ...at(p), gva, vcpu: 0 },
  { do: 'invlpg', ...at(p), gva, vcpu: 1 },
];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(process_, address, fc.constantFrom('read', 'write', 'fetch'), fc.boolean(), vcpu)
      .map(([p, gva, kind, user, on]): Step => [
        { do: 'access', ...at(p), gva, kind: kind as 'read', user, vcpu: on },
      ]),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(process_, address, flags, frame)
      .map(([p, gva, letters, gpa]): Step =>
        flushed(
          { do: 'map', ...at(p), gva, flags: letters, ...(gpa === undefined ? {} : { gpa }) },
          p,
          gva,
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(process_, address)
      .map(([p, gva]): Step => flushed({ do: 'unmap', ...at(p), gva }, p, gva)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(process_, address, frame)
      .map(([p, gva, gpa]): Step =>
        flushed({ do: 'remap', ...at(p), gva, ...(gpa === undefined ? {} : { gpa }) }, p, gva),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(process_, address, flags)
      .map(([p, gva, letters]): Step =>
        flushed({ do: 'protect', ...at(p), gva, flags: letters }, p, gva),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(process_, vcpu)
      .map(([p, on]): Step => [{ do: 'switch', ...at(p), vcpu: on }]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...FRAMES), fc.integer({ min: 1, max: 3 }))
      .map(([gpa, pages]): Step => [{ do: 'discard', guest: 'a', gpa: text(gpa), pages }]),
  },
);

const machine = fc.record({
  levels: fc.constantFrom(4, 4, 4, 5) as fc.Arbitrary<4 | 5>,
  vpid: fc.boolean(),
  pcid: fc.boolean(),
  cpus: fc.constantFrom(1, 2),
  backing: fc.constantFrom('4K', '4K', 'thp') as fc.Arbitrary<'4K' | 'thp'>,
  tlb: fc.constantFrom('reference', 'none', 'haswell', 'zen-2', WITH_CACHES),
});

const programs = fc.tuple(machine, fc.array(step, { minLength: 5, maxLength: 60 }));
type Program = typeof programs extends fc.Arbitrary<infer T> ? T : never;

function scenarioOf([host, steps]: Program, mode: (typeof VM_MODES)[number]): ScenarioInput {
  return {
    machine: {
      host: { cpus: host.cpus, thp: 'always' },
      mmu: { mode, levels: host.levels, vpid: host.vpid, pcid: host.pcid },
      tlb: host.tlb,
      guests: [{ name: 'a', memory: '16M', backing: host.backing, vcpus: 2 }],
    },
    actions: [
      ...PROCESSES.map((name): ActionInput => ({ do: 'process', guest: 'a', name })),
      ...steps.flat(),
    ],
  };
}

/** What the program saw: of each access how it ended, with the data or the fault's error code. */
function seen(kvm: Kvm, scenario: ScenarioInput): string[] {
  const run = new Run(kvm, readScenario(scenario));
  const lines: string[] = [];
  for (let result = run.next(); result !== null; result = run.next()) {
    if (result.action.do !== 'access') continue;
    const what = result.outcome === 'guest-fault' ? `#PF ${kvm.faultCode}` : text(kvm.value);
    lines.push(`${result.index} ${result.outcome ?? ''} ${what}`);
  }
  lines.push(run.stop?.message ?? 'end');
  return lines;
}

describe('bare metal, shadow paging, EPT and NPT', () => {
  let machines: Kvm[];
  beforeAll(async () => {
    machines = await Promise.all(VM_MODES.map(() => loadKvm()));
  });

  it(
    `show ${RUNS} random programs the same (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED)`,
    () => {
      let accesses = 0;
      let faults = 0;
      fc.assert(
        fc.property(programs, (program) => {
          const [first, ...others] = VM_MODES.map((mode, index) => {
            const kvm = machines[index];
            return kvm === undefined ? [] : seen(kvm, scenarioOf(program, mode));
          });
          accesses += first?.length ?? 0;
          faults += first?.filter((line) => line.includes('#PF')).length ?? 0;
          for (const other of others) expect(other).toEqual(first);
        }),
        { numRuns: RUNS, seed: SEED },
      );
      // Programs that see nothing would agree too.
      expect(faults).toBeGreaterThan(RUNS);
      expect(accesses - faults).toBeGreaterThan(RUNS);
    },
    Math.max(60_000, RUNS * 20),
  );
});
