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
 * Two implementations of what Linux's KVM counts: the engine and the model give the same counts,
 * values and faults for each instruction of any guest. More of it: PAGEWALK_RUNS (a guest for every
 * 25); another part of it: PAGEWALK_SEED.
 */
const RUNS = Math.ceil(Number(process.env['PAGEWALK_RUNS'] ?? 3000) / 25);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20260101);
const LENGTH = 300;
const RECORDS = 'kvm/records.json.gz';

/** The workloads of a text in the records' form. */
function read(text: string): Workload[] {
  return parseRecords(text).workloads.map((each) => {
    if ('error' in each) throw each.error;
    return each.workload;
  });
}

const sorted = (counted: Counted): string => JSON.stringify(Object.entries(counted).sort());

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

/** The first instruction that the two count otherwise, or null. */
function difference(workload: Workload, mode: Mode): string | null {
  const engine = new RecordedGuest(kvm, mode, workload);
  const model = new ModelGuest(workload, mode);
  for (const { name, operations, source } of workload.phases) {
    for (const [index, operation] of operations.entries()) {
      const [one, other] = [sorted(engine.execute(operation)), sorted(model.execute(operation))];
      if (one === other) continue;
      const where = `${mode}, ${workload.params}, ${name} ${index}: ${source[index]}`;
      return `${where}\nengine: ${one}\nmodel:  ${other}`;
    }
  }
  return null;
}

describe('the engine and the model of KVM agree', () => {
  it(
    `on ${RUNS} random guests (PAGEWALK_RUNS) from seed ${SEED} (PAGEWALK_SEED)`,
    () => {
      for (let run = 0; run < RUNS; run++) {
        // Every tenth is long enough to come to KVM's limit of shadow pages.
        const form = randomWorkload(SEED + run, run % 10 === 9 ? LENGTH * 4 : LENGTH);
        for (const workload of read(JSON.stringify({ kernel: '', workloads: [form] }))) {
          for (const mode of MODES) expect(difference(workload, mode)).toBeNull();
        }
      }
    },
    Math.max(30_000, RUNS * 200),
  );
});

describe.skipIf(!haveShared(RECORDS))('the model of KVM', () => {
  it.each(MODES)('counts what a real KVM counted: %s', (mode) => {
    for (const workload of read(sharedFile(RECORDS))) {
      const counts = modelCounts(workload, mode);
      for (const [index, phase] of workload.phases.entries()) {
        const ofGuest = phase.operations.map(
          ({ do: what }) => what !== 'discard' && what !== 'fill',
        );
        const guest = (all: Counted[] | undefined) => all?.filter((_, op) => ofGuest[op]);
        const where = `${workload.name} ${workload.params}, ${phase.name}`;
        expect(guest(counts[index]), where).toEqual(guest(workload.expected[mode]?.[index]));
      }
    }
  });
});
