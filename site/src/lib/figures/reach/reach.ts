import type { PageSize, RunView, Scenario } from '@pagewalk/engine';

/** What of a guest's buffer the TLB covers, read entry by entry off the machine's TLBs. */

const UNIT: Record<PageSize, number> = { '4K': 1, '2M': 512, '1G': 512 * 512 };
const PAGE = 4096n;

/** The memory that a guest's program works in: what it maps first. */
export interface Buffer {
  guest: string;
  gva: bigint;
  /** Pages of 4 KiB of it that are drawn. */
  pages: number;
  /** Page size in the guest's tables, and of what the host backs the guest with. */
  page: PageSize;
  backing: PageSize;
}

/** Consecutive 4 KiB pages of a buffer. */
export interface Stretch {
  from: number;
  to: number;
}

export interface Reach {
  /** Different translations held. */
  entries: number;
  /** Their page size; null where there is none. */
  page: PageSize | null;
  covered: Stretch[];
  /** 4 KiB pages of the buffer that are covered. */
  pages: number;
}

/** The buffers of a scenario, as its guests map them; as many pages of each as the smallest has. */
export function buffersOf({ machine, actions }: Scenario): Buffer[] {
  const found = machine.guests.flatMap(({ name, backing }): Buffer[] => {
    const map = actions.find((action) => action.do === 'map' && action.guest === name);
    if (map?.do !== 'map') return [];
    return [
      {
        guest: name,
        gva: BigInt(map.gva),
        pages: map.pages * UNIT[map.page],
        page: map.page,
        backing: backing === 'thp' ? '4K' : backing,
      },
    ];
  });
  const least = Math.min(...found.map(({ pages }) => pages));
  return found.map((buffer) => ({ ...buffer, pages: least }));
}

/** The translations of guest `index` that lie in its buffer. */
export function reachOf(view: RunView, index: number, buffer: Buffer): Reach {
  // The engine tags virtual CPUs from 1, in the order of the guests, each of which has one here.
  const vpid = index + 1;
  const end = buffer.gva + BigInt(buffer.pages) * PAGE;
  const held = new Map<number, PageSize>();
  for (const { entry } of view.tlbs.flat().flatMap(({ sets }) => sets.flat())) {
    if (entry === null || entry.vpid !== vpid || entry.user !== true) continue;
    const last = entry.address + BigInt(UNIT[entry.page]) * PAGE;
    if (last <= buffer.gva || entry.address >= end) continue;
    held.set(Number((entry.address - buffer.gva) / PAGE), entry.page);
  }
  const covered: Stretch[] = [];
  for (const [start, page] of [...held].sort(([one], [other]) => one - other)) {
    const from = Math.max(0, start);
    const to = Math.min(buffer.pages, start + UNIT[page]);
    const before = covered.at(-1);
    if (before?.to === from) before.to = to;
    else covered.push({ from, to });
  }
  return {
    entries: held.size,
    page: [...held.values()][0] ?? null,
    covered,
    pages: covered.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}

/** The stretches as an SVG path over rows of `columns` pages, a unit each. */
export function pathOf(covered: readonly Stretch[], columns: number): string {
  const parts: string[] = [];
  for (const { from, to } of covered) {
    let at = from;
    while (at < to) {
      const row = Math.floor(at / columns);
      const isWhole = at % columns === 0 && to - at >= columns;
      // Whole rows together, else as far as the row goes.
      const rows = isWhole ? Math.floor((to - at) / columns) : 1;
      const next = isWhole ? at + rows * columns : Math.min(to, (row + 1) * columns);
      const width = isWhole ? columns : next - at;
      parts.push(`M${at % columns} ${row}h${width}v${rows}h${-width}z`);
      at = next;
    }
  }
  return parts.join('');
}
