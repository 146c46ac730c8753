import { DEFAULT_WORK, race } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';
import { expect, it } from 'vitest';
import { raceSentences } from './race.ts';

it('a slice is told for both machines, with the engine’s numbers', async () => {
  const run = race(await loadKvm(), { ...DEFAULT_WORK, updates: 20 });
  const [shadow = '', ept = ''] = raceSentences('en', run, 1);
  expect(shadow).toMatch(
    /^Shadow page tables: [\d,]+ TLB misses, [\d,]+ entries read by walks, [\d,]+ exits, \d+ cycles an access\.$/,
  );
  expect(shadow).toContain(`${run.shadow.slices[0]?.counters.exits} exits`);
  expect(ept).toMatch(/^EPT: /);
  expect(raceSentences('zh', run, 1)[0]).toContain('退出');
  expect(raceSentences('en', run, 0)).toEqual([]);
  expect(raceSentences('en', run, 99)).toEqual([]);
});
