import { random } from '@pagewalk/lessons/random.ts';
import type { Random } from '@pagewalk/lessons/random.ts';
import { FRAME_KINDS, KIND_NUMBER } from './source.ts';
import type { FrameInfo, FrameKind, FrameSource, FrameWindow } from './source.ts';

/**
 * A host's memory that no machine made, as large as one likes: for measuring the map and for its tests.
 * It is kept as runs of like frames, so that a window costs what is in it, not the frames it covers.
 */

const HUGE = 512;
const OWNERS = 16;

/** What a stretch of memory is used for, mostly: how often, and how many huge pages long. */
const STRETCHES = [
  { use: 'guest', often: 40, longest: 900 },
  { use: 'scattered', often: 24, longest: 260 },
  { use: 'pool', often: 9, longest: 700 },
  { use: 'cache', often: 16, longest: 420 },
  { use: 'host', often: 8, longest: 60 },
  { use: 'free', often: 12, longest: 900 },
] as const;
type Use = (typeof STRETCHES)[number]['use'];

/** What lies in a stretch in small pieces, by use: kind, weight, longest run. */
const PIECES: Record<Exclude<Use, 'pool'>, [FrameKind, number, number][]> = {
  guest: [
    ['anonymous', 90, 512],
    ['ksm', 5, 4],
    ['swap-cache', 2, 16],
    ['kvm-table', 2, 3],
    ['free', 1, 64],
  ],
  scattered: [
    ['anonymous', 52, 64],
    ['file', 16, 40],
    ['free', 14, 96],
    ['ksm', 8, 6],
    ['swap-cache', 6, 24],
    ['table', 2, 4],
    ['kvm-table', 2, 4],
  ],
  cache: [
    ['file', 82, 256],
    ['free', 12, 64],
    ['kernel', 6, 12],
  ],
  host: [
    ['anonymous', 46, 48],
    ['kernel', 28, 64],
    ['table', 12, 6],
    ['file', 8, 32],
    ['free', 6, 32],
  ],
  free: [['free', 1, 512]],
};

const OF_GUESTS = new Set<FrameKind>(['anonymous', 'swap-cache', 'kvm-table']);

function weighted<T>(by: Random, items: readonly (readonly [T, number])[]): T {
  let left = by.below(items.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [item, weight] of items) {
    if (left < weight) return item;
    left -= weight;
  }
  return items[0]![0];
}

export class SyntheticFrames implements FrameSource {
  readonly frames: number;
  version = 1;
  readonly owners: readonly string[];
  #starts = new Uint32Array(1024);
  #kinds = new Uint8Array(1024);
  #whose = new Uint8Array(1024);
  #runs = 0;
  /** Frames of each kind and owner in the cell at hand, and which of these there are. */
  readonly #counts = new Uint32Array(FRAME_KINDS.length * OWNERS);
  readonly #seen = new Uint16Array(FRAME_KINDS.length * OWNERS);

  constructor(
    frames: number,
    owners: readonly string[] = ['web', 'db', 'build', 'mail'],
    seed = 1,
  ) {
    this.frames = frames;
    this.owners = owners;
    const by = random(seed);
    let at = 0;
    const add = (kind: FrameKind, owner: number, length: number): void => {
      if (at >= frames) return;
      this.#add(at, KIND_NUMBER[kind], owner);
      at += length;
    };
    const early = Math.min(256, Math.ceil(frames / 64));
    add('reserved', 0, early);
    add('free', 0, early);
    add('kernel', 0, 8 * early);
    while (at < frames) {
      const use = weighted(
        by,
        STRETCHES.map((stretch) => [stretch, stretch.often] as const),
      );
      const most = Math.max(1, Math.min(use.longest, Math.ceil(frames / HUGE / 12)));
      const end = (Math.ceil(at / HUGE) + 1 + by.below(most)) * HUGE;
      const guest = owners.length === 0 ? 0 : 1 + by.below(Math.min(owners.length, OWNERS - 1));
      this.#fill(by, use.use, guest, () => at, end, add);
    }
  }

  #fill(
    by: Random,
    use: Use,
    guest: number,
    at: () => number,
    end: number,
    add: (kind: FrameKind, owner: number, length: number) => void,
  ): void {
    const last = Math.min(end, this.frames);
    while (at() < last) {
      const left = end - at();
      const huge = at() % HUGE === 0;
      if (huge && use === 'pool') {
        const kind = weighted(by, [
          ['hugetlb-used', 7],
          ['hugetlb-free', 3],
          ['hugetlb-reserved', 1],
        ] as const);
        const pages = Math.min(1 + by.below(48), left / HUGE);
        add(kind, kind === 'hugetlb-used' ? guest : 0, pages * HUGE);
      } else if (huge && use === 'guest' && by.below(10) < 7) {
        add('anonymous', guest, Math.min(1 + by.below(12), left / HUGE) * HUGE);
      } else if (huge && use === 'cache' && by.below(10) < 4) {
        add('file', 0, HUGE);
      } else {
        const pieces = PIECES[use === 'pool' ? 'host' : use];
        const piece = weighted(
          by,
          pieces.map((one) => [one, one[1]] as const),
        );
        const [kind, , longest] = piece;
        const owned = OF_GUESTS.has(kind) && use !== 'host' && use !== 'cache';
        const length = use === 'free' ? left : 1 + by.below(longest);
        add(kind, owned ? guest : 0, Math.min(length, left));
      }
    }
  }

  #add(start: number, kind: number, owner: number): void {
    const before = this.#runs - 1;
    if (before >= 0 && this.#kinds[before] === kind && this.#whose[before] === owner) return;
    if (this.#runs === this.#starts.length) {
      const grown = <T extends Uint8Array | Uint32Array>(old: T, fresh: T): T => {
        fresh.set(old);
        return fresh;
      };
      this.#starts = grown(this.#starts, new Uint32Array(2 * this.#runs));
      this.#kinds = grown(this.#kinds, new Uint8Array(2 * this.#runs));
      this.#whose = grown(this.#whose, new Uint8Array(2 * this.#runs));
    }
    this.#starts[this.#runs] = start;
    this.#kinds[this.#runs] = kind;
    this.#whose[this.#runs] = owner;
    this.#runs++;
  }

  /** The run that a frame is in. */
  #runAt(frame: number): number {
    let low = 0;
    let high = this.#runs - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#starts[middle]! <= frame) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #endOf(run: number): number {
    return run + 1 < this.#runs ? this.#starts[run + 1]! : this.frames;
  }

  read(first: number, perCell: number, cells: number, out: FrameWindow): void {
    const counts = this.#counts;
    const seen = this.#seen;
    let run = this.#runAt(first);
    let endOfRun = this.#endOf(run);
    for (let cell = 0; cell < cells; cell++) {
      const start = first + cell * perCell;
      const end = Math.min(start + perCell, this.frames);
      while (endOfRun <= start && run + 1 < this.#runs) endOfRun = this.#endOf(++run);
      if (endOfRun >= end) {
        const kind = this.#kinds[run]!;
        out.kinds[cell] = kind;
        out.owners[cell] = this.#whose[run]!;
        out.fill[cell] = kind === 0 ? 0 : 255;
        continue;
      }
      let found = 0;
      let used = 0;
      for (let frame = start; frame < end;) {
        const until = Math.min(endOfRun, end);
        const kind = this.#kinds[run]!;
        if (kind !== 0) {
          const both = kind * OWNERS + this.#whose[run]!;
          if (counts[both] === 0) seen[found++] = both;
          counts[both]! += until - frame;
          used += until - frame;
        }
        frame = until;
        if (frame < end) endOfRun = this.#endOf(++run);
      }
      let best = 0;
      let most = 0;
      for (let index = 0; index < found; index++) {
        const both = seen[index]!;
        if (counts[both]! > most) {
          most = counts[both]!;
          best = both;
        }
        counts[both] = 0;
      }
      out.kinds[cell] = Math.floor(best / OWNERS);
      out.owners[cell] = best % OWNERS;
      out.fill[cell] = used === 0 ? 0 : Math.max(1, Math.round((used * 255) / (end - start)));
    }
  }

  frame(number: number): FrameInfo {
    const run = this.#runAt(number);
    const kind = FRAME_KINDS[this.#kinds[run]!] ?? 'free';
    const owner = this.owners[this.#whose[run]! - 1] ?? null;
    return { kind, owner, detail: this.#detailOf(kind, owner, number) };
  }

  #detailOf(kind: FrameKind, owner: string | null, number: number): FrameInfo['detail'] {
    const page = (factor: number): string =>
      `0x${(((number * factor) % 2 ** 20) * 4096).toString(16)}`;
    if (kind === 'ksm') return { sharing: 2 + (number % 7) };
    if (kind === 'table' || kind === 'kvm-table') return { level: 1 + (number % 2) };
    if (kind === 'swap-cache') return { slot: (number * 7) % 2 ** 20 };
    if (kind === 'hugetlb-free' || kind === 'hugetlb-reserved') return { page: '2M' };
    if (kind === 'hugetlb-used') return { page: '2M', gpa: page(1) };
    if (kind === 'anonymous' && owner !== null) return { gpa: page(13), maps: 1 };
    if (kind === 'file') return { index: number % 4096 };
    return {};
  }

  /** Frames of each kind and owner, in the order of kinds. */
  totals(): { kind: FrameKind; owner: string | null; frames: number }[] {
    const counts = new Float64Array(FRAME_KINDS.length * OWNERS);
    for (let run = 0; run < this.#runs; run++) {
      const both = this.#kinds[run]! * OWNERS + this.#whose[run]!;
      counts[both]! += this.#endOf(run) - this.#starts[run]!;
    }
    return [...counts.entries()].flatMap(([both, frames]) => {
      const kind = FRAME_KINDS[Math.floor(both / OWNERS)];
      if (kind === undefined || frames === 0) return [];
      return [{ kind, owner: this.owners[(both % OWNERS) - 1] ?? null, frames }];
    });
  }

  /** Gives every so many runs to the page cache: a machine that went on. */
  change(every: number): void {
    for (let run = this.version % every; run < this.#runs; run += every) {
      this.#kinds[run] = KIND_NUMBER.file;
      this.#whose[run] = 0;
    }
    this.version++;
  }
}
