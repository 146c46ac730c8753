import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ACCESS, DEFAULT_MACHINE, Workbench, entryFields, flipBit } from '../src/index.ts';
import type { Reference, Translation, WalkMachine, WalkScenario } from '../src/index.ts';
import { loadEngine } from '../src/node.ts';

/** The names that a reader sees for an entry's bits, held against what the walker does with them. */

let bench: Workbench;
beforeAll(async () => {
  bench = new Workbench(await loadEngine());
});

const MACHINES: [string, Partial<WalkMachine>][] = [
  ['EPT 4 by 4', {}],
  ['EPT 5 by 5 with A/D bits', { levels: 5, hostLevels: 5, ad: true }],
  ['EPT with 2 MiB pages', { guestPage: '2M', hostPage: '2M' }],
  ['NPT with 1 GiB pages', { mode: 'npt', guestPage: '1G', hostPage: '1G' }],
  ['bare metal', { mode: 'native' }],
];

describe.each(MACHINES)('the bits of entries, %s', (_name, change) => {
  const scenario: WalkScenario = {
    machine: { ...DEFAULT_MACHINE, ...change },
    actions: [],
    access: DEFAULT_ACCESS,
  };
  const withBit = (reference: Reference, bit: number): Translation =>
    bench.run({
      ...scenario,
      actions: [{ do: 'set', at: reference.hpa, value: flipBit(reference.value, bit) }],
    });

  it('are all named, each once', () => {
    const { paging, nested } = bench.registers(scenario);
    for (const reference of bench.run(scenario).references) {
      const fields = entryFields(reference, reference.value, paging, nested);
      const bits = fields.flatMap(({ low, high }) =>
        Array.from({ length: high - low + 1 }, (_, index) => low + index),
      );
      expect([...bits].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, bit) => bit));
    }
  });

  it('are reserved where the walker refuses them, and ignored where it does not care', () => {
    const { paging, nested } = bench.registers(scenario);
    const usual = bench.run(scenario);
    for (const reference of usual.references) {
      for (const field of entryFields(reference, reference.value, paging, nested)) {
        for (let bit = field.low; bit <= field.high; bit++) {
          const changed = withBit(reference, bit);
          // The entry may be read earlier in the walk too; then that is where it is refused.
          const met = changed.references.find((one) => one.hpa === reference.hpa);
          const refused = met?.meaning === 'reserved' || met?.meaning === 'misconfigured';
          if (field.name === 'reserved') expect([bit, refused]).toEqual([bit, true]);
          if (field.name === 'ignored') {
            expect([bit, changed.outcome]).toEqual([bit, usual.outcome]);
          }
        }
      }
    }
  });
});
