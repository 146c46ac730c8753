import type { FrameKind, KernelMemory } from '@pagewalk/engine';
import type { FrameInfo, FrameSource, FrameWindow } from '../frames/source.ts';

/** The engine's memory as the map of frames asks for it. */
export class HostFrames implements FrameSource {
  readonly #memory: KernelMemory;
  readonly #guests: readonly string[];
  readonly #version: () => number;

  /** `version` says when the machine changed. */
  constructor(memory: KernelMemory, guests: readonly string[], version: () => number) {
    this.#memory = memory;
    this.#guests = guests;
    this.#version = version;
  }

  get frames(): number {
    return this.#memory.frames;
  }
  get version(): number {
    return this.#version();
  }

  read(first: number, perCell: number, cells: number, out: FrameWindow): void {
    this.#memory.readMap(first, perCell, cells, out);
  }

  frame(number: number): FrameInfo {
    const { kind, guest } = this.#memory.frame(number);
    const record = this.#memory.record(number);
    const detail: FrameInfo['detail'] = {};
    if (record !== null) {
      // The page of its guest that it is behind, where one is known.
      if (guest > 0 && record.kind === 'anonymous') detail['gfn'] = record.index;
      if (record.maps > 1) detail['maps'] = record.maps;
      if (record.slot > 0) detail['slot'] = record.slot - 1;
    }
    return { kind, owner: this.#guests[guest - 1] ?? null, detail };
  }
}

/** The line of /proc/meminfo that counts frames of a kind. */
const LINES: Record<FrameKind, string | null> = {
  free: 'MemFree',
  reserved: null,
  kernel: 'Slab',
  table: 'PageTables',
  'kvm-table': 'SecPageTables',
  anonymous: 'AnonPages',
  file: 'Cached',
  'hugetlb-free': 'Hugetlb',
  'hugetlb-reserved': 'Hugetlb',
  'hugetlb-used': 'Hugetlb',
  ksm: 'AnonPages',
  'swap-cache': 'AnonPages',
  balloon: null,
};

/** A row of the legend. */
export interface LegendRow {
  kind: FrameKind;
  owner?: string;
  kib: number;
  line: string | null;
}

/** The legend's rows: every frame is counted in one of them, once. */
export function legendRows(memory: KernelMemory, guests: readonly string[]): LegendRow[] {
  return memory.frameTotals.map(({ kind, guest, frames }) => {
    const owner = guests[guest - 1];
    return {
      kind,
      ...(owner === undefined ? {} : { owner }),
      kib: frames * 4,
      line: LINES[kind],
    };
  });
}
