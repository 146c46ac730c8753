import type { ScenarioInput } from '@pagewalk/engine';

/** A host of 224 MiB that has promised its four guests 448 MiB. Each wants memory in its own way. */
export const HOST_SCENARIO: ScenarioInput = {
  machine: {
    host: { memory: '224M', swap: '256M' },
    mmu: { mode: 'ept' },
    tlb: 'none',
    guests: [
      {
        name: 'web',
        memory: '128M',
        linux: { seed: 1, workload: { kind: 'cache', memory: '160M', rate: 4000 } },
      },
      {
        name: 'batch',
        memory: '128M',
        linux: { seed: 2, workload: { kind: 'bursty', memory: '80M', rate: 4000, period: 16_000 } },
      },
      {
        name: 'db',
        memory: '96M',
        linux: {
          seed: 3,
          workload: { kind: 'growing', memory: '64M', rate: 4000, period: 30_000 },
        },
      },
      {
        name: 'idle',
        memory: '96M',
        linux: { seed: 4, workload: { kind: 'idle', memory: '16M', rate: 200 } },
      },
    ],
  },
  actions: [
    { do: 'wait', ms: 24_000 },
    { do: 'balloon', guest: 'web', target: '64M' },
    { do: 'wait', ms: 6000 },
    { do: 'host', ksm: { run: 1, pages_to_scan: 500 } },
    { do: 'wait', ms: 14_000 },
    { do: 'balloon', guest: 'web', target: '128M' },
    { do: 'host', ksm: { run: 0 } },
    { do: 'wait', ms: 10_000 },
  ],
};
