import type { instantiate } from '@pagewalk/engine/wasm';
import { cyclesOf } from '../cost/model.ts';
import { SIZE_NUMBER, configureTlb } from '../tlb/configure.ts';
import { entryPage, firstTouches, fullWalk, referencesOf, walkedLeaf } from './design.ts';
import type { Design } from './design.ts';

type Wasm = Awaited<ReturnType<typeof instantiate>>;

/** Which lines of a trace count. */
export type Kinds = 'data' | 'fetch' | 'all';
const KIND_MASK: Record<Kinds, number> = { fetch: 1, data: 2, all: 3 };

/** What one design made of a trace. */
export interface DesignResult {
  design: string;
  accesses: number;
  tlb_l1_hits: number;
  tlb_l2_hits: number;
  tlb_misses: number;
  walk_refs: number;
  exits: number;
  cycles: number;
}

/** A line that is no access: its number from 1, the beginning of its text, what is wrong and right. */
export interface BadLine {
  line: number;
  text: string;
  problem: string;
}

// In the order of the machine's reasons (engine/assembly/replay/lackey.ts).
const PROBLEMS = [
  '',
  'begins with no kind; I, L, S or M and a space would be right',
  'has no address of 1 to 16 hexadecimal digits behind its kind; one without 0x would be right',
  'has no comma behind its address; ADDR,SIZE would be right',
  'has no size from 1 to 4096 behind its comma; the bytes of the access would be right',
  'goes on behind its size; nothing more would be right',
  'has an address that is not canonical (bits 63:56 differ); one that is would be right',
  'is longer than any access; KIND ADDR,SIZE would be right',
];

interface Run {
  at: number;
  designs: Design[];
}

/**
 * A trace on its way through designs: fed in pieces of bytes, cut anywhere, in memory that grows only
 * with the pages that the trace touches. Designs whose TLBs cannot differ share one.
 */
export class Replay {
  readonly #wasm: Wasm;
  readonly #handle: number;
  readonly #reader: number;
  readonly #designs: readonly Design[];
  readonly #runs: Run[] = [];
  readonly #bad: BadLine[] = [];

  private constructor(wasm: Wasm, designs: readonly Design[], kinds: Kinds) {
    this.#wasm = wasm;
    this.#designs = designs;
    wasm.clear();
    this.#handle = wasm.newReplay(KIND_MASK[kinds]);
    this.#reader = wasm.replayReader(this.#handle);
    const shared = new Map<string, Run>();
    for (const design of designs) {
      const key = stateOf(design);
      let run = shared.get(key);
      if (run === undefined) {
        const cached = design.tlb.structures !== null;
        run = {
          at: wasm.addRun(
            this.#handle,
            configureTlb(wasm, design.tlb),
            SIZE_NUMBER[entryPage(design)],
            cached ? design.levels : 0,
            cached ? walkedLeaf(design) : 0,
          ),
          designs: [],
        };
        if (run.at === 0) throw new RangeError('64 different TLBs at most in one replay');
        shared.set(key, run);
        this.#runs.push(run);
      }
      run.designs.push(design);
    }
  }

  /** Begins a replay on a machine of its own. */
  static async begin(
    instance: Promise<Wasm> | Wasm,
    designs: readonly Design[],
    kinds: Kinds,
  ): Promise<Replay> {
    return new Replay(await instance, designs, kinds);
  }

  /** Replays the next bytes. Lines may be cut anywhere. */
  feed(bytes: Uint8Array): void {
    const most = this.#wasm.REPLAY_PIECE_BYTES.value;
    for (let from = 0; from < bytes.length; from += most) {
      this.#piece(bytes.subarray(from, from + most), false);
    }
  }

  /** Ends the trace: its last line may lack a newline. */
  finish(): void {
    this.#piece(new Uint8Array(0), true);
  }

  #piece(bytes: Uint8Array, last: boolean): void {
    const wasm = this.#wasm;
    new Uint8Array(wasm.memory.buffer, wasm.replayInput(this.#handle), bytes.length).set(bytes);
    wasm.replayPiece(this.#handle, bytes.length, last);
    const view = new DataView(wasm.memory.buffer);
    const told = view.getUint32(this.#reader + wasm.READER_BAD_TOLD.value, true);
    if (told > 0) this.#keepBad(view, told);
  }

  #keepBad(view: DataView, told: number): void {
    const wasm = this.#wasm;
    const first = view.getUint32(this.#reader + wasm.READER_BAD.value, true);
    for (let index = 0; index < told; index++) {
      if (this.#bad.length >= wasm.BAD_LINES_TOLD.value) return;
      const at = first + index * wasm.BAD_LINE_BYTES.value;
      const text = new Uint8Array(
        view.buffer,
        view.getUint32(at + wasm.BAD_LINE_AT.value, true),
        view.getUint32(at + wasm.BAD_LINE_LENGTH.value, true),
      );
      this.#bad.push({
        line: Number(view.getBigUint64(at + wasm.BAD_LINE_NUMBER.value, true)),
        text: new TextDecoder().decode(text.slice()),
        problem: PROBLEMS[view.getUint8(at + wasm.BAD_LINE_REASON.value)] ?? '',
      });
    }
  }

  /** Takes the bad lines noted since the last call: the first sixteen of a trace, no more. */
  badLines(): BadLine[] {
    return this.#bad.slice(this.#taken, (this.#taken = this.#bad.length));
  }
  #taken = 0;

  /** How many lines there were, and how many of them were bad. */
  lineCounts(): { lines: number; bad: number } {
    const view = new DataView(this.#wasm.memory.buffer);
    const count = (offset: number): number =>
      Number(view.getBigUint64(this.#reader + offset, true));
    return {
      lines: count(this.#wasm.READER_LINES.value),
      bad: count(this.#wasm.READER_BAD_LINES.value),
    };
  }

  /** What each design has come to so far, in the order in which they were given. */
  results(): DesignResult[] {
    return this.#designs.map((design) => {
      const run = this.#runs.find(({ designs }) => designs.includes(design));
      if (run === undefined) throw new Error('a design without a run');
      return this.#resultOf(design, run.at);
    });
  }

  #resultOf(design: Design, at: number): DesignResult {
    const wasm = this.#wasm;
    const view = new DataView(wasm.memory.buffer);
    const u64 = (where: number): bigint => view.getBigUint64(where, true);
    const accesses = u64(this.#reader + wasm.READER_ACCESSES.value);
    // Repetitions hit L1 in every TLB.
    const l1Hits = u64(at + wasm.RUN_L1_HITS.value) + u64(this.#reader + wasm.READER_REPEATS.value);
    const l2Hits = u64(at + wasm.RUN_L2_HITS.value);
    const misses = u64(at + wasm.RUN_MISSES.value);
    let full = misses;
    let references = 0n;
    for (let left = 1; left <= 4; left++) {
      const walks = u64(at + wasm.RUN_WALKS_LEFT.value + (left - 1) * 8);
      full -= walks;
      references += walks * BigInt(referencesOf(design, left, true));
    }
    references += full * BigInt(fullWalk(design));
    const exits = firstTouches(design, view.getUint32(at + wasm.RUN_PAGES.value, true));
    const counts = {
      access: accesses,
      tlbL2Hit: l2Hits,
      walkReference: references,
      exit: BigInt(exits),
      guestFault: 0n,
    };
    return {
      design: design.name,
      accesses: Number(accesses),
      tlb_l1_hits: Number(l1Hits),
      tlb_l2_hits: Number(l2Hits),
      tlb_misses: Number(misses),
      walk_refs: Number(references),
      exits,
      cycles: Number(cyclesOf(counts, design.costs)),
    };
  }
}

/** What decides the state of a design's TLB; designs that agree in it share one. */
function stateOf(design: Design): string {
  const { l1, l2, structures } = design.tlb;
  const walked = structures === null ? null : [design.levels, walkedLeaf(design)];
  return JSON.stringify([l1, l2, structures, entryPage(design), walked]);
}
