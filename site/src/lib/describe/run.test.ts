import { Run, readScenario } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { describe, expect, it } from 'vitest';
import { SHADOW_SCENARIO, TLB_SCENARIO } from '#lib/figures/run/scenarios.ts';
import { formatRun, parseRun } from '#lib/figures/run/link.ts';
import { actionText, mainSentence, sentencesOf } from './run.ts';

async function steps(input: typeof TLB_SCENARIO) {
  const run = new Run(await loadKvm(), readScenario(input));
  const results = [];
  for (let result = run.next(); result !== null; result = run.next()) {
    results.push({ ...result, happenings: result.happenings });
  }
  expect(run.stop).toBeNull();
  return results;
}

describe('a running machine in sentences', () => {
  it('says what a stale shadow leads to, and what mends it', async () => {
    const results = await steps(SHADOW_SCENARIO);
    const said = (step: number): string => {
      const result = results[step - 1];
      return result === undefined ? '' : mainSentence('en', result.happenings);
    };
    expect(said(9)).toBe(
      'Table 0x208000 goes out of sync: the guest may now write it without exits.',
    );
    expect(said(10)).toMatch(/^The kernel stores 0x\w+ in the entry at 0x208008/);
    expect(said(14)).toBe('KVM compares table 0x208000 with its shadow, entry by entry.');
    expect(said(17)).toBe("The guest's kernel gets the page fault: 0x402000, error code 0x7.");
    expect(said(20)).toBe('The shadow of table 0x207000, level 2, is given up.');
  });

  it('has a sentence in both languages for every step of both pages', async () => {
    for (const scenario of [TLB_SCENARIO, SHADOW_SCENARIO]) {
      for (const { action, happenings } of await steps(scenario)) {
        const en = sentencesOf('en', happenings);
        const zh = sentencesOf('zh', happenings);
        expect(en.length).toBeGreaterThan(0);
        expect(zh.length).toBe(en.length);
        // The same numbers, whatever the language.
        expect(zh.map(numbers)).toEqual(en.map(numbers));
        for (const text of zh) expect(text).toMatch(/[\u4e00-\u9fff]/);
        expect(numbers(actionText('zh', action))).toEqual(numbers(actionText('en', action)));
      }
    }
  });
});

const numbers = (text: string): string[] => [...(text.match(/0x[0-9a-f]+/g) ?? [])].sort();

describe('a run in the address bar', () => {
  it('comes back as it was', () => {
    const own = { machine: { mmu: { mode: 'ept' } }, actions: [{ do: 'mark', name: 'a&b=c#d' }] };
    const { step, run } = parseRun(`#${formatRun(12, own)}`);
    expect(step).toBe(12);
    expect(JSON.parse(run ?? '')).toEqual(own);
    expect(parseRun(`#${formatRun(0, null)}`)).toEqual({ step: 0, run: null });
  });

  it('is refused where it would be too long, and nonsense is passed over', () => {
    expect(formatRun(1, { text: 'x'.repeat(5000) })).toBeNull();
    expect(parseRun('#step=-1&other=1')).toEqual({ step: null, run: null });
    expect(parseRun('')).toEqual({ step: null, run: null });
  });
});
