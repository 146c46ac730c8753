import type { Workload } from '../../src/conform/records.ts';

/**
 * The memory of a recorded guest, and what of it the host has in hand. Host pages are as Linux has
 * them for private anonymous memory: absent, the shared zero page (after a read), or the guest's own.
 * Those of hugetlb know no zero page.
 */

export type Backing = 'absent' | 'zero' | 'own';

/** Frames of the ordinary memory slot: 24 MiB from guest-physical 0. */
export const SLOT_FRAMES = 0x1800;
/** First frame of the slot that hugetlb backs. */
export const HUGE_START = 0x4000;
const FIRST_DATA_FRAME = 0x400;

export const PRESENT = 1n;
export const WRITABLE = 2n;
export const ACCESSED = 0x20n;
export const DIRTY = 0x40n;
export const LARGE = 0x80n;
const FRAME_MASK = 0x000f_ffff_ffff_f000n;

/** The frame that an entry names. */
export const frameIn = (entry: bigint): number => Number((entry & FRAME_MASK) >> 12n);

/** Index into the table of a level that translates an address. */
export const slotOf = (va: bigint, level: number): number =>
  Number((va >> BigInt(3 + 9 * level)) & 511n);

/** First frame of the 4 KiB, 2 MiB or 1 GiB around a frame. */
export const alignFrame = (gfn: number, level: number): number => gfn - (gfn % 512 ** (level - 1));

/** Who wants to know that the host takes pages away: KVM's MMU notifier. */
export type Invalidate = (gfn: number, count: number) => void;

export class GuestMemory {
  readonly hugeFrames: number;
  invalidate: Invalidate = () => undefined;
  readonly #words = new Map<number, BigUint64Array>();
  /** By host page: a frame, or the first frame of its 2 MiB. */
  readonly #backing = new Map<number, Backing>();
  readonly #populated: boolean;

  constructor(workload: Workload) {
    this.hugeFrames = workload.huge ? hugeFrames(workload) : 0;
    this.#populated = workload.populated;
  }

  /** Whether a memory slot holds a frame. */
  has(gfn: number): boolean {
    return (gfn >= 0 && gfn < SLOT_FRAMES) || this.isHuge(gfn);
  }

  isHuge(gfn: number): boolean {
    return gfn >= HUGE_START && gfn < HUGE_START + this.hugeFrames;
  }

  #page(gfn: number): number {
    return this.isHuge(gfn) ? alignFrame(gfn, 2) : gfn;
  }

  backing(gfn: number): Backing {
    const known = this.#backing.get(this.#page(gfn));
    return known ?? (gfn < FIRST_DATA_FRAME || this.#populated ? 'own' : 'absent');
  }

  /** What lies at a guest-physical address; where nothing does, zero. */
  read(gpa: bigint): bigint {
    const gfn = Number(gpa >> 12n);
    const words = this.#words.get(gfn);
    if (words !== undefined) return words[Number(gpa & 0xfffn) >> 3]!;
    const stamped = gfn >= FIRST_DATA_FRAME && !this.#backing.has(this.#page(gfn));
    return stamped && this.#populated && (gpa & 0xfffn) === 0n ? gpa : 0n;
  }

  /** Stores 8 bytes into a page that is there. */
  write(gpa: bigint, value: bigint): void {
    const gfn = Number(gpa >> 12n);
    let words = this.#words.get(gfn);
    if (words === undefined) {
      words = new BigUint64Array(512);
      words[0] = this.read(BigInt(gfn) << 12n);
      this.#words.set(gfn, words);
    }
    words[Number(gpa & 0xfffn) >> 3] = value;
  }

  /** Stores from the host's side, which breaks a shared page first. */
  hostWrite(gpa: bigint, value: bigint): void {
    this.take(Number(gpa >> 12n), true);
    this.write(gpa, value);
  }

  /**
   * get_user_pages() for a frame: whether it may be mapped writable, or, where the host page had to be
   * replaced meanwhile, `retry` (is_page_fault_stale()).
   */
  take(gfn: number, write: boolean): 'writable' | 'read-only' | 'retry' {
    const was = this.backing(gfn);
    if (was === 'own') return 'writable';
    if (!write && !this.isHuge(gfn)) {
      this.#set(gfn, 'zero');
      return 'read-only';
    }
    this.#set(gfn, 'own');
    if (was === 'absent') return 'writable';
    this.invalidate(gfn, 1);
    return 'retry';
  }

  #set(gfn: number, backing: Backing): void {
    if (this.backing(gfn) === 'absent') this.#empty(gfn);
    this.#backing.set(this.#page(gfn), backing);
  }

  #empty(gfn: number): void {
    const count = this.isHuge(gfn) ? 512 : 1;
    const first = this.#page(gfn);
    for (let each = first; each < first + count; each++) this.#words.delete(each);
  }

  /** MADV_DONTNEED; of hugetlb only whole pages go. */
  discard(gfn: number, count: number): void {
    const step = this.isHuge(gfn) ? 512 : 1;
    if (gfn % step !== 0) return;
    for (let at = gfn; at + step <= gfn + count; at += step) {
      this.invalidate(at, step);
      this.#empty(at);
      this.#backing.set(at, 'absent');
    }
  }
}

/** Length of the slot with 2 MiB host pages: all that the layout maps there. */
function hugeFrames(workload: Workload): number {
  let end = HUGE_START + 512;
  for (const line of workload.layout) {
    if (line.kind !== 'map') continue;
    end = Math.max(end, Number(line.gpa >> 12n) + line.count * (line.large ? 512 : 1));
  }
  return Math.ceil((end - HUGE_START) / 512) * 512;
}
