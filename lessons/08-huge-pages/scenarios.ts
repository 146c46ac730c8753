import type { ScenarioInput } from '@pagewalk/engine';

/** The machines of the lesson. */

type Action = NonNullable<ScenarioInput['actions']>[number];
type PageSize = '4K' | '2M' | '1G';

/** Pages of 4 KiB of the buffer that every guest works in: 16 MiB. */
export const BUFFER = 4096;
const GVA = '0x40000000';
const PAGES: Record<PageSize, number> = { '4K': BUFFER, '2M': BUFFER / 512, '1G': 1 };

const at = (guest: string) => ({ guest, process: 'p', gva: GVA });
const mapped = (guest: string, page: PageSize): Action[] => [
  { do: 'process', guest, name: 'p' },
  { do: 'map', ...at(guest), pages: PAGES[page], page, flags: 'rwuad', atOnce: true },
];
const touch = (guest: string, pages: number, content?: number): Action => ({
  do: 'access',
  ...at(guest),
  pages,
  kind: 'write',
  atOnce: true,
  ...(content === undefined ? {} : { content }),
});
const mark = (name: string): Action => ({ do: 'mark', name });

/** One buffer in five guests, each on a processor of its own: page sizes of the guest and of the host. */
const GUESTS: readonly { name: string; page: PageSize; backing: PageSize; memory: string }[] = [
  { name: 'small', page: '4K', backing: '4K', memory: '64M' },
  { name: 'guest-large', page: '2M', backing: '4K', memory: '64M' },
  { name: 'host-large', page: '4K', backing: '2M', memory: '64M' },
  { name: 'large', page: '2M', backing: '2M', memory: '64M' },
  { name: 'huge', page: '1G', backing: '1G', memory: '2G' },
];
const ROUNDS = 4;
const round = (seed: number): Action[] =>
  GUESTS.map(({ name }): Action => ({
    do: 'work',
    ...at(name),
    area: BUFFER,
    accesses: 1000,
    seed,
  }));

export const REACH: ScenarioInput = {
  machine: {
    host: { memory: '4G', cpus: GUESTS.length },
    mmu: { mode: 'ept' },
    guests: GUESTS.map(({ name, memory, backing }) => ({ name, memory, backing })),
  },
  actions: [
    ...GUESTS.flatMap(({ name, page }) => mapped(name, page)),
    mark('mapped'),
    ...GUESTS.map(({ name }) => touch(name, BUFFER)),
    mark('touched'),
    ...round(1),
    mark('one-round'),
    ...Array.from({ length: ROUNDS - 1 }, (_, index) => round(index + 2)).flat(),
    mark('worked'),
  ],
};

/** A host with a pool of a hundred pages, a guest that takes from it, and one that cannot. */
const POOL_MACHINE: ScenarioInput['machine'] = {
  host: { memory: '512M', hugepages: { '2M': 100 } },
  mmu: { mode: 'ept' },
  guests: [
    { name: 'large', memory: '128M', backing: '2M' },
    { name: 'plain', memory: '64M' },
  ],
};
const pool = (pages: number): Action => ({ do: 'host', hugepages: { '2M': pages } });

export const POOL: ScenarioInput = {
  machine: POOL_MACHINE,
  actions: [
    ...mapped('large', '4K'),
    ...mapped('plain', '4K'),
    mark('started'),
    touch('large', 2048),
    mark('pool-touched'),
    touch('plain', 2048),
    mark('plain-touched'),
    pool(50),
    mark('shrunk'),
    pool(180),
    mark('grown'),
    pool(1000),
    mark('asked-too-much'),
  ],
};

/** What huge pages do not take part in. */
export const COSTS: ScenarioInput = {
  machine: POOL_MACHINE,
  actions: [
    ...mapped('large', '4K'),
    ...mapped('plain', '4K'),
    touch('large', 1024, 5),
    touch('plain', 1024, 5),
    mark('alike'),
    { do: 'ksm', passes: 3 },
    mark('merged'),
    { do: 'discard', guest: 'large', gpa: '0x400000', pages: 1 },
    mark('one-given'),
    { do: 'discard', guest: 'large', gpa: '0x400000', pages: 512 },
    mark('all-given'),
  ],
};

/** A host that makes huge pages by itself. */
export const THP: ScenarioInput = {
  machine: {
    host: { memory: '256M', thp: 'always' },
    mmu: { mode: 'ept' },
    guests: [{ name: 'g', memory: '64M', backing: 'thp' }],
  },
  actions: [
    ...mapped('g', '4K'),
    mark('thp-mapped'),
    touch('g', 1),
    mark('thp-one'),
    touch('g', 2048),
    mark('thp-touched'),
    { do: 'discard', guest: 'g', gpa: '0x400000', pages: 1 },
    mark('split'),
    { do: 'wait', ms: 12_000 },
    mark('collapsed'),
  ],
};
