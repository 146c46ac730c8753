import { beforeAll, describe, expect, it } from 'vitest';
import { RecordedGuest } from '../src/conform/recorded-guest.ts';
import { MODES, parseRecords } from '../src/conform/records.ts';
import type { Counted, Mode, Workload } from '../src/conform/records.ts';
import type { Kvm } from '../src/kvm/kvm.ts';
import { loadKvm } from '../src/node.ts';
import { ModelGuest, modelCounts } from './reference/kvm-model.ts';
import { randomWorkload } from './reference/random-workload.ts';
import { haveShared, sharedFile } from './shared.ts';

/**
 * Two implementations of what KVM counts: the engine, after the kernel's source, and a model after the
 * rules that a real KVM's records follow. They agree on every instruction of random guests.
 *
 * More guests: PAGEWALK_RUNS, up to 2,500; others: PAGEWALK_SEED.
 */
const RUNS = Math.min(Number(process.env['PAGEWALK_RUNS'] ?? 120), 2_500);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20261123);
const LENGTH = 300;

const RECORDS = 'kvm/records.json.gz';
const available = haveShared(RECORDS);

const ordered = (counted: Counted): string => JSON.stringify(Object.entries(counted).sort());

describe('the hypervisor and the model of its rules', () => {
  let kvm: Kvm;
  beforeAll(async () => {
    kvm = await loadKvm();
  });

  /** Holds the two against each other, operation by operation; how many there were. */
  function compare(workload: Workload, mode: Mode, name: string): number {
    const engine = new RecordedGuest(kvm, mode, workload);
    const model = new ModelGuest(workload, mode);
    let count = 0;
    for (const phase of workload.phases) {
      for (const [index, operation] of phase.operations.entries()) {
        count++;
        const [counted, expected] = [engine.execute(operation), model.execute(operation)];
        if (ordered(counted) !== ordered(expected)) {
          const where = `${name}, ${mode}, ${phase.name} ${index}: ${phase.source[index] ?? ''}`;
          expect(counted, where).toEqual(expected);
        }
      }
    }
    return count;
  }

  it(
    `agree on ${RUNS} random guests (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED)`,
    () => {
      let count = 0;
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        const form = randomWorkload(seed, LENGTH);
        const [read] = parseRecords(JSON.stringify({ workloads: [form] })).workloads;
        if (read === undefined || 'error' in read) throw read?.error ?? new Error('no workload');
        for (const mode of MODES) count += compare(read.workload, mode, `guest ${seed}`);
      }
      console.log(`conform: ${RUNS} guests, ${count} operations`);
      expect(count).toBeGreaterThan(RUNS * LENGTH);
    },
    Math.max(60_000, RUNS * 100),
  );

  it.skipIf(!available)('and the model on what a real KVM counted', () => {
    for (const read of parseRecords(sharedFile(RECORDS)).workloads) {
      if ('error' in read) throw read.error;
      const { workload } = read;
      for (const mode of MODES) {
        const counts = modelCounts(workload, mode);
        for (const [phase, { operations }] of workload.phases.entries()) {
          for (const [index, operation] of operations.entries()) {
            if (operation.do === 'discard' || operation.do === 'fill') continue;
            expect(counts[phase]?.[index]).toEqual(workload.expected[mode]?.[phase]?.[index]);
          }
        }
      }
    }
  });
});
