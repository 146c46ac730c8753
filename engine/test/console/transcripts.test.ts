import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTranscript, runTranscript } from '../../src/console/transcript.ts';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';
import { difference } from './compare.ts';
import type { RecordedStep } from './compare.ts';

/** Sessions recorded from the real tools, typed at the simulated host. */
const CASES = fileURLToPath(new URL('../../../../shared/transcripts/cases/', import.meta.url));
const UNMATCHED = fileURLToPath(new URL('unmatched.json', import.meta.url));

interface Case {
  id: string;
  family: string;
  title: string;
  steps: RecordedStep[];
}

const cases: Case[] = readdirSync(CASES)
  .flatMap((family) => readdirSync(join(CASES, family)).map((file) => join(CASES, family, file)))
  .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Case);

/** Steps that are not matched, `ID#NUMBER` from 1, each with its reason. */
const unmatched = JSON.parse(readFileSync(UNMATCHED, 'utf8')) as Record<string, string>;

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

describe('a recorded session', () => {
  it.each(cases)('$family $id: $title', (recorded) => {
    const differences: string[] = [];
    let number = 0;
    for (const answer of runTranscript(kvm, readTranscript(recorded))) {
      const step = recorded.steps[number++];
      if (step === undefined) throw new Error('more answers than steps');
      const differs = difference(step, answer, recorded.family);
      const listed = unmatched[`${recorded.id}#${number}`] !== undefined;
      if (differs !== null && !listed) differences.push(`#${number} ${step.cmd}\n  ${differs}`);
      if (differs === null && listed) {
        differences.push(`#${number} ${step.cmd}\n  is matched now: take it off the list`);
      }
    }
    expect(number).toBe(recorded.steps.length);
    expect(differences.join('\n')).toBe('');
  });

  it('is matched but for at most 3 of 100 commands, each with its reason', () => {
    const steps = cases.reduce((sum, { steps: all }) => sum + all.length, 0);
    expect(steps).toBeGreaterThan(800);
    expect(Object.keys(unmatched).length).toBeLessThanOrEqual(0.03 * steps);
    for (const reason of Object.values(unmatched)) expect(reason.length).toBeGreaterThan(20);
  });
});
