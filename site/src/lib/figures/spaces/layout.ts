import type { GuestView, SpacePage } from '@pagewalk/engine';

/** Where the pages of guests lie in a picture of four bands: GVA, GPA, HVA and HPA, from the top down. */

export const CELL = { width: 34, height: 24, gap: 4 };
/** Top of each band's cells. */
export const BANDS = { gva: 42, gpa: 108, hva: 174, hpa: 256 };
export const HEIGHT = 288;

export interface Cell {
  x: number;
  /** The page's number. */
  page: bigint;
  /** Index of the guest; null for none. */
  guest: number;
}

/** One page of a process, and where each of its addresses is drawn. */
export interface Chain {
  guest: number;
  process: string;
  page: SpacePage;
  gva: number;
  gpa: number;
  /** Null where there is no memory of the host's behind it. */
  hva: number | null;
  hpa: number | null;
}

export interface Layout {
  chains: Chain[];
  gpa: (Cell & { isMemory: boolean; isMapped: boolean })[];
  hpa: Cell[];
  /** Each guest's part of the width. */
  regions: { from: number; to: number }[];
  processes: { name: string; x: number; guest: number }[];
}

const STEP = CELL.width + CELL.gap;
const ascending = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);
const distinct = (values: bigint[]): bigint[] => [...new Set(values)].sort(ascending);

export function layoutOf(guests: readonly GuestView[], width: number): Layout {
  const layout: Layout = { chains: [], gpa: [], hpa: [], regions: [], processes: [] };
  const part = width / Math.max(1, guests.length);
  const frames = distinct(
    guests.flatMap(({ spaces }) => spaces.flat().flatMap(({ hpa }) => (hpa === null ? [] : [hpa]))),
  );
  const centred = (count: number, from: number, to: number): number =>
    Math.max(from, (from + to - (count * STEP - CELL.gap)) / 2);
  const firstFrame = centred(frames.length, 0, width);
  const frameAt = new Map(frames.map((hpa, index) => [hpa, firstFrame + index * STEP]));
  const owners = new Map<bigint, number>();
  guests.forEach((guest, index) => {
    const [from, to] = [index * part, (index + 1) * part];
    layout.regions.push({ from, to });
    const pages = guest.spaces.flat();
    const gpas = distinct(pages.map(({ gpa }) => gpa));
    const firstGpa = centred(gpas.length, from, to);
    const gpaAt = new Map(gpas.map((gpa, at) => [gpa, firstGpa + at * STEP]));
    for (const gpa of gpas) {
      const page = pages.find((one) => one.gpa === gpa);
      layout.gpa.push({
        x: gpaAt.get(gpa) ?? 0,
        page: gpa / 4096n,
        guest: index,
        isMemory: page?.isMemory ?? true,
        isMapped: page?.hpa !== null,
      });
    }
    const gap = guest.spaces.length > 1 ? STEP / 2 : 0;
    let x = centred(pages.length, from, to) - ((guest.spaces.length - 1) * gap) / 2;
    guest.spaces.forEach((space, process) => {
      if (space.length > 0) {
        layout.processes.push({ name: guest.processes[process]?.name ?? '', x, guest: index });
      }
      for (const page of [...space].sort((one, other) => ascending(one.gva, other.gva))) {
        if (page.hpa !== null) owners.set(page.hpa, index);
        const gpa = gpaAt.get(page.gpa) ?? 0;
        layout.chains.push({
          guest: index,
          process: guest.processes[process]?.name ?? '',
          page,
          gva: x,
          gpa,
          hva: page.isMemory ? gpa : null,
          hpa: page.hpa === null ? null : (frameAt.get(page.hpa) ?? null),
        });
        x += STEP;
      }
      x += gap;
    });
  });
  layout.hpa = frames.map((hpa) => ({
    x: frameAt.get(hpa) ?? 0,
    page: hpa / 4096n,
    guest: owners.get(hpa) ?? 0,
  }));
  return layout;
}
