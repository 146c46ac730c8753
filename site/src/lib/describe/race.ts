import { totalOf } from '@pagewalk/engine';
import type { Race, RaceMode, RaceSlice } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';

/** A slice of a race in words: what both machines did, and what it cost them. */

const NAMES: Record<Locale, Record<RaceMode, string>> = {
  en: { shadow: 'Shadow page tables', ept: 'EPT' },
  zh: { shadow: '影子页表', ept: 'EPT' },
};

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

function laneText(locale: Locale, mode: RaceMode, { counters, cycles }: RaceSlice): string {
  const misses = whole(counters.tlb_misses);
  const refs = whole(counters.walk_refs);
  const rate = whole(totalOf(cycles) / counters.accesses);
  const { exits } = counters;
  if (locale === 'zh') {
    return `${NAMES.zh[mode]}：TLB 未命中 ${misses} 次，遍历读 ${refs} 项，退出 ${exits} 次，每次访问 ${rate} 周期。`;
  }
  const left = exits === 0 ? 'no exit' : exits === 1 ? '1 exit' : `${whole(exits)} exits`;
  return `${NAMES.en[mode]}: ${misses} TLB misses, ${refs} entries read by walks, ${left}, ${rate} cycles an access.`;
}

/** The sentences of slice `at`, counted from 1; none where there is no such slice. */
export function raceSentences(locale: Locale, race: Race, at: number): string[] {
  const modes: RaceMode[] = ['shadow', 'ept'];
  return modes.flatMap((mode) => {
    const slice = race[mode].slices[at - 1];
    return slice === undefined ? [] : [laneText(locale, mode, slice)];
  });
}
