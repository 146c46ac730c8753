import type { Run } from './run.ts';

/** What every step of a run comes to, in a few words: for a scrubber's marks and a curve of hits. */
export interface StepOutline {
  miss: boolean;
  exit: boolean;
  fault: boolean;
  flush: boolean;
  /** Accesses and TLB hits since the start, this step included. */
  accesses: number;
  hits: number;
}

/** Runs to the end and back to where it was. */
export function outlineOf(run: Run): StepOutline[] {
  const { step } = run;
  run.seek(0);
  const outline: StepOutline[] = [];
  for (let result = run.next(); result !== null; result = run.next()) {
    const types = new Set(result.happenings.map(({ type }) => type));
    const { accesses, tlb_l1_hits, tlb_l2_hits } = run.counters;
    outline.push({
      miss: types.has('tlb-miss'),
      exit: types.has('exit'),
      fault: result.outcome === 'guest-fault',
      flush: types.has('tlb-flush'),
      accesses,
      hits: tlb_l1_hits + tlb_l2_hits,
    });
  }
  run.seek(step);
  return outline;
}
