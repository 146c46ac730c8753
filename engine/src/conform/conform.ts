import type { Kvm } from '../kvm/kvm.ts';
import { RecordedGuest } from './recorded-guest.ts';
import type { Counted, Mode, Workload } from './records.ts';

/** The first instruction of a workload that counts otherwise than recorded. */
export interface Difference {
  phase: string;
  index: number;
  /** The operation as the records write it. */
  operation: string;
  expected: Counted;
  counted: Counted;
}

export interface WorkloadResult {
  mode: Mode;
  phases: Counted[][];
  /** Instructions with a record, and how many of them count as recorded. */
  compared: number;
  equal: number;
  first: Difference | null;
}

function sameValue(a: Counted[string] | undefined, b: Counted[string] | undefined): boolean {
  if (typeof a === 'object' && typeof b === 'object') {
    return a.errorCode === b.errorCode && a.cr2 === b.cr2;
  }
  return a === b;
}

const sameCount = (a: Counted, b: Counted): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));

/** Runs a workload under one mode and holds what it counts against the records. */
export function conform(kvm: Kvm, workload: Workload, mode: Mode): WorkloadResult {
  const guest = new RecordedGuest(kvm, mode, workload);
  const recorded = workload.expected[mode];
  const result: WorkloadResult = { mode, phases: [], compared: 0, equal: 0, first: null };
  for (const [phaseIndex, phase] of workload.phases.entries()) {
    const counts: Counted[] = [];
    for (const [index, operation] of phase.operations.entries()) {
      const counted = guest.execute(operation);
      counts.push(counted);
      const expected = recorded?.[phaseIndex]?.[index];
      if (expected === undefined) continue;
      result.compared++;
      // The counters were read around instructions: what an act of the host moved was not recorded.
      const ofHost = operation.do === 'discard' || operation.do === 'fill';
      if (ofHost || sameCount(expected, counted)) result.equal++;
      else {
        const source = phase.source[index] ?? '';
        result.first ??= { phase: phase.name, index, operation: source, expected, counted };
      }
    }
    result.phases.push(counts);
  }
  return result;
}
