import type { ScenarioInput } from '@pagewalk/engine';

/** Two guests on one host, small enough that each of their pages can be seen. */

type Act = NonNullable<ScenarioInput['actions']>[number];

const A1 = { guest: 'a', process: 'p1' };
const A2 = { guest: 'a', process: 'p2' };
const B1 = { guest: 'b', process: 'q1' };
const mark = (name: string): Act => ({ do: 'mark', name });
const write = (process: { guest: string; process: string }, gva: string, content: number): Act => ({
  do: 'access',
  ...process,
  gva,
  kind: 'write',
  content,
});

export const TWO: ScenarioInput = {
  machine: {
    host: { memory: '64M', ksm: true },
    mmu: { mode: 'ept', vpid: true },
    tlb: 'none',
    guests: [
      { name: 'a', memory: '8M' },
      { name: 'b', memory: '8M' },
    ],
  },
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'process', guest: 'b', name: 'q1' },
    mark('started'),
    // The guest's kernel gives frames as programs ask for them, not in the order of their addresses.
    ...['0x10000', '0x12000', '0x13000', '0x11000'].map((gva): Act => ({
      do: 'map',
      ...A1,
      gva,
      flags: 'rwu',
    })),
    { do: 'map', ...B1, gva: '0x10000', pages: 4, flags: 'rwu' },
    mark('mapped'),
    write(A1, '0x10000', 7),
    mark('first-touch'),
    // In no order, as programs do.
    write(B1, '0x12000', 9),
    write(A1, '0x13000', 8),
    write(B1, '0x10000', 5),
    write(A1, '0x11000', 6),
    write(B1, '0x11000', 4),
    mark('scattered'),
    write(A1, '0x10000', 1),
    { do: 'access', ...B1, gva: '0x10000', kind: 'read' },
    mark('apart'),
    // Another process of the same guest, one page of it the same memory.
    { do: 'process', guest: 'a', name: 'p2' },
    { do: 'map', ...A2, gva: '0x60000', gpa: '0x400000', flags: 'rwu' },
    { do: 'access', ...A2, gva: '0x60000', kind: 'read' },
    mark('alias'),
    { do: 'discard', guest: 'a', gpa: '0x402000', pages: 1 },
    mark('taken'),
    write(A1, '0x13000', 3),
    mark('given-again'),
  ],
};

/** A guest-physical address that is no memory. */
export const DEVICE: ScenarioInput = {
  machine: { ...TWO.machine, guests: [{ name: 'a', memory: '8M' }] },
  actions: [
    { do: 'process', guest: 'a', name: 'p1' },
    { do: 'map', ...A1, gva: '0x10000', flags: 'rwu' },
    { do: 'map', ...A1, gva: '0x20000', gpa: '0xc00000', flags: 'rwu' },
    write(A1, '0x10000', 7),
    mark('memory'),
    { do: 'access', ...A1, gva: '0x20000', kind: 'read' },
    mark('device'),
  ],
};
