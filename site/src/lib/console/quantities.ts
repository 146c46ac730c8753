import type { Ledgers, Meminfo } from '@pagewalk/engine';
import type { FrameChoice } from '#lib/figures/frames/source.ts';

/**
 * What numbers in the console's output count: which frames of the host these are, and under which names the
 * guest, libvirt and the host give the same quantity.
 */

/** The books in which a quantity is looked up. */
export interface Books {
  /** /proc/meminfo of the host. */
  readonly host: Meminfo;
  /** Accounts of the domain that is meant, or of all that run. */
  readonly domains: readonly Ledgers[];
  /** What libvirt has promised them, in KiB. */
  readonly promised: number;
}

export interface Account {
  /** The line or field by its own name. */
  readonly name: string;
  readonly of: (books: Books) => number;
}

export interface Quantity {
  /** Kinds of frames, whoever owns them, or those of the domain that is meant. */
  readonly frames: FrameChoice['kind'] | 'own' | null;
  /** Null: that side has no such line. */
  readonly guest: Account | null;
  readonly libvirt: Account | null;
  readonly host: Account | null;
  readonly unit: 'kib' | 'count';
}

const guests =
  (field: (one: Ledgers) => number) =>
  ({ domains }: Books): number =>
    domains.reduce((sum, one) => sum + field(one), 0);

/** A line of the guests' /proc/meminfo. */
const inGuest = (name: keyof Meminfo & string): Account => ({
  name,
  of: guests(({ guest }) => guest[name]),
});
/** A line of the host's. */
const onHost = (name: keyof Meminfo & string): Account => ({ name, of: ({ host }) => host[name] });
const stat = (name: keyof Ledgers['libvirt'] & string): Account => ({
  name,
  of: guests(({ libvirt }) => libvirt[name]),
});

const cacheOf = (one: Meminfo): number => one.Cached + one.Buffers;
const guestCache: Account = { name: 'Buffers + Cached', of: guests((one) => cacheOf(one.guest)) };
const guestUsed: Account = {
  name: 'MemTotal − MemFree',
  of: guests(({ guest }) => guest.MemTotal - guest.MemFree),
};
const swapUsed = (one: Meminfo): number => one.SwapTotal - one.SwapFree;
const guestSwap: Account = {
  name: 'SwapTotal − SwapFree',
  of: guests(({ guest }) => swapUsed(guest)),
};
const promised: Account = { name: 'Max memory', of: (books) => books.promised };
const VmRSS: Account = { name: 'VmRSS', of: guests(({ host }) => host.VmRSS) };
const VmSwap: Account = { name: 'VmSwap', of: guests(({ host }) => host.VmSwap) };

type Rest = Partial<Quantity>;
const quantity = (rest: Rest): Quantity => ({
  frames: null,
  guest: null,
  libvirt: null,
  host: null,
  unit: 'kib',
  ...rest,
});

export const QUANTITIES = {
  // Of the host; beside it all guests together.
  total: quantity({ guest: inGuest('MemTotal'), libvirt: promised, host: onHost('MemTotal') }),
  free: quantity({ frames: 'free', guest: inGuest('MemFree'), host: onHost('MemFree') }),
  usable: quantity({
    frames: 'free',
    guest: inGuest('MemAvailable'),
    libvirt: stat('usable'),
    host: onHost('MemAvailable'),
  }),
  used: quantity({
    guest: guestUsed,
    libvirt: stat('rss'),
    host: { name: 'MemTotal − MemAvailable', of: ({ host }) => host.MemTotal - host.MemAvailable },
  }),
  cache: quantity({
    frames: 'file',
    guest: guestCache,
    libvirt: stat('disk_caches'),
    host: { name: 'Buffers + Cached', of: ({ host }) => cacheOf(host) },
  }),
  anonymous: quantity({
    frames: 'anonymous',
    guest: inGuest('AnonPages'),
    libvirt: stat('rss'),
    host: onHost('AnonPages'),
  }),
  kernel: quantity({ frames: 'kernel', guest: inGuest('Slab'), host: onHost('Slab') }),
  tables: quantity({ frames: 'table', guest: inGuest('PageTables'), host: onHost('PageTables') }),
  kvmTables: quantity({ frames: 'kvm-table', host: onHost('SecPageTables') }),
  swapTotal: quantity({ guest: inGuest('SwapTotal'), host: onHost('SwapTotal') }),
  swapUsed: quantity({
    guest: guestSwap,
    host: { name: 'SwapTotal − SwapFree', of: ({ host }) => swapUsed(host) },
  }),
  hugeUsed: quantity({ frames: 'hugetlb-used', host: onHost('Hugetlb') }),
  hugeFree: quantity({ frames: 'hugetlb-free', host: onHost('HugePages_Free'), unit: 'count' }),
  hugeReserved: quantity({
    frames: 'hugetlb-reserved',
    host: onHost('HugePages_Rsvd'),
    unit: 'count',
  }),
  // Of one guest.
  max: quantity({ frames: 'own', guest: inGuest('MemTotal'), libvirt: promised, host: VmRSS }),
  actual: quantity({
    frames: 'own',
    guest: inGuest('MemTotal'),
    libvirt: stat('actual'),
    host: VmRSS,
  }),
  guestTotal: quantity({
    frames: 'own',
    guest: inGuest('MemTotal'),
    libvirt: stat('available'),
    host: VmRSS,
  }),
  guestFree: quantity({ frames: 'own', guest: inGuest('MemFree'), libvirt: stat('unused') }),
  guestUsable: quantity({
    frames: 'own',
    guest: inGuest('MemAvailable'),
    libvirt: stat('usable'),
  }),
  guestCache: quantity({ frames: 'own', guest: guestCache, libvirt: stat('disk_caches') }),
  rss: quantity({ frames: 'own', guest: guestUsed, libvirt: stat('rss'), host: VmRSS }),
  guestSwap: quantity({ guest: guestSwap, host: VmSwap }),
  swapIn: quantity({ guest: { ...stat('swap_in'), name: 'pswpin' }, libvirt: stat('swap_in') }),
  swapOut: quantity({ guest: { ...stat('swap_out'), name: 'pswpout' }, libvirt: stat('swap_out') }),
  majorFaults: quantity({
    guest: { ...stat('major_fault'), name: 'pgmajfault' },
    libvirt: stat('major_fault'),
    unit: 'count',
  }),
  minorFaults: quantity({
    guest: { ...stat('minor_fault'), name: 'pgfault − pgmajfault' },
    libvirt: stat('minor_fault'),
    unit: 'count',
  }),
} as const satisfies Record<string, Quantity>;

export type QuantityName = keyof typeof QUANTITIES;
