import type { Kvm } from '../kvm/kvm.ts';

/**
 * Keyframes: the machine as it was at certain steps. Each keeps only the pages of memory that changed
 * since the one before; a page's content at a keyframe is its newest version up to there.
 */

const PAGE = 4096;
const WORDS = PAGE / 4;

/** More than this, and every second one is let go: the longer the run, the wider they stand. */
const MOST = 256;

interface Version {
  /** The keyframe's step. */
  step: number;
  bytes: Uint8Array;
}

interface Keyframe<T> {
  step: number;
  header: Uint8Array;
  arenaBytes: number;
  /** What lies beside the machine's memory. */
  beside: T;
}

export class Keyframes<T> {
  readonly #frames: Keyframe<T>[] = [];
  /** Versions of each page of the arena, oldest first. */
  readonly #pages: Version[][] = [];
  #interval: number;

  /** A keyframe at every `interval` steps at first. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether the machine should be kept as it is at this step. */
  isDue(step: number): boolean {
    const last = this.#frames.at(-1);
    return last === undefined || step >= last.step + this.#interval;
  }

  /** Keeps the machine as it is now, at a step after all kept so far. */
  keep(step: number, kvm: Kvm, beside: T): void {
    const { header, arena } = kvm.memory();
    for (let page = 0; page * PAGE < arena.length; page++) {
      const now = new Uint32Array(arena.buffer, arena.byteOffset + page * PAGE, WORDS);
      const versions = (this.#pages[page] ??= []);
      const newest = versions.at(-1);
      if (newest !== undefined && isSame(newest.bytes, now)) continue;
      versions.push({ step, bytes: arena.slice(page * PAGE, (page + 1) * PAGE) });
    }
    this.#frames.push({ step, header: header.slice(), arenaBytes: arena.length, beside });
    if (this.#frames.length > MOST) this.#thin();
  }

  /** The step of the newest keyframe up to `step`. */
  newestUpTo(step: number): number {
    return this.#frames.findLast((each) => each.step <= step)?.step ?? 0;
  }

  /** Puts the machine back as it was at the newest keyframe up to `step`; says what lay beside it. */
  restore(step: number, kvm: Kvm): T {
    const frame = this.#frames.findLast((each) => each.step <= step);
    if (frame === undefined) throw new Error('the first keyframe is that of step 0');
    kvm.restore(frame.header, frame.arenaBytes, ({ arena }) => {
      for (let page = 0; page * PAGE < frame.arenaBytes; page++) {
        const version = this.#pages[page]?.findLast((each) => each.step <= frame.step);
        if (version !== undefined) arena.set(version.bytes, page * PAGE);
      }
    });
    return frame.beside;
  }

  /** Forgets what lies after a step: the past was changed there. */
  dropAfter(step: number): void {
    while ((this.#frames.at(-1)?.step ?? 0) > step) this.#frames.pop();
    for (const versions of this.#pages) {
      while ((versions.at(-1)?.step ?? 0) > step) versions.pop();
    }
  }

  // Every second keyframe goes; its versions belong to the next one that stays.
  #thin(): void {
    const kept = this.#frames.filter((_, index) => index % 2 === 0);
    for (const versions of this.#pages) {
      const moved: Version[] = [];
      for (const { step, bytes } of versions) {
        const home = kept.find((frame) => frame.step >= step);
        if (home === undefined) continue;
        if (moved.at(-1)?.step === home.step) moved.pop();
        moved.push({ step: home.step, bytes });
      }
      versions.splice(0, versions.length, ...moved);
    }
    this.#frames.splice(0, this.#frames.length, ...kept);
    this.#interval *= 2;
  }

  /** Bytes that the keyframes hold. */
  get bytes(): number {
    return this.#pages.reduce((sum, versions) => sum + versions.length * PAGE, 0);
  }
}

function isSame(kept: Uint8Array, now: Uint32Array): boolean {
  const words = new Uint32Array(kept.buffer, kept.byteOffset, WORDS);
  for (let word = 0; word < WORDS; word++) if (words[word] !== now[word]) return false;
  return true;
}
