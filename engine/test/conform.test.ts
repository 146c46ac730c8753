import { beforeAll, describe, expect, it } from 'vitest';
import { conform } from '../src/conform/conform.ts';
import { MODES, parseRecords } from '../src/conform/records.ts';
import type { Workload } from '../src/conform/records.ts';
import type { Kvm } from '../src/kvm/kvm.ts';
import { loadKvm } from '../src/node.ts';
import { haveShared, sharedFile } from './shared.ts';

/** What Linux's KVM counted, instruction by instruction (../shared/kvm). */
const RECORDS = 'kvm/records.json.gz';
const available = haveShared(RECORDS);

const workloads: Workload[] = available
  ? parseRecords(sharedFile(RECORDS)).workloads.map((each) => {
      if ('error' in each) throw each.error;
      return each.workload;
    })
  : [];

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

describe.skipIf(!available)('the hypervisor counts what a real KVM counted', () => {
  for (const mode of MODES) {
    it.each(workloads.map((workload, index) => [index, workload.params, workload] as const))(
      `${mode}: workload %i %s`,
      (_index, _params, workload) => {
        const result = conform(kvm, workload, mode);
        expect(result.first).toBeNull();
        expect(result.equal).toBe(result.compared);
        expect(result.compared).toBe(
          workload.phases.reduce((sum, phase) => sum + phase.operations.length, 0),
        );
      },
    );
  }

  it('has every instruction of the records', () => {
    const count = workloads.flatMap(({ phases }) => phases.flatMap(({ source }) => source)).length;
    expect(count).toBe(5849);
  });
});

describe('records that cannot be used', () => {
  const one = {
    name: 'W',
    params: '',
    host: { populated: true, page: '4K' },
    layout: ['A gpa=200000 level=3'],
    phases: [{ name: 'boot', ops: ['NOP'] }],
  };
  const errorOf = (workload: object): string => {
    const [read] = parseRecords(JSON.stringify({ kernel: '', workloads: [workload] })).workloads;
    return read !== undefined && 'error' in read ? read.error.message : '';
  };

  it.each([
    [{ ...one, host: { populated: true, page: '1G' } }, /host\.page: is "1G"; "4K" or "2M"/],
    [{ ...one, layout: ['Z'] }, /layout\[0\]: "Z" is no layout line/],
    [{ ...one, phases: [{ name: 'p', ops: ['JUMP 1'] }] }, /phases\[0\]\.ops\[0\]: "JUMP 1"/],
    [{ ...one, phases: [{ name: 'p', ops: ['R xyz'] }] }, /ops\[0\]: "xyz" is no hexadecimal/],
    [{ ...one, phases: 3 }, /phases: is 3; an array would be right/],
  ])('%#', (workload, message) => {
    expect(errorOf(workload)).toMatch(message);
  });

  it('leave the good ones usable', () => {
    const { workloads: read } = parseRecords(JSON.stringify({ workloads: [3, one] }));
    expect(read.map((each) => 'workload' in each)).toEqual([false, true]);
  });
});
