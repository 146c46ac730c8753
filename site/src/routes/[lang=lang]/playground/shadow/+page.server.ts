import { SHADOW_SCENARIO } from '#lib/figures/run/scenarios.ts';
import { LOCALES } from '#lib/i18n/index.ts';
import { firstRun } from '#lib/playground/first.server.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => LOCALES.map((lang) => ({ lang }));

/** The page begins once processes and mappings are there. */
const START = 5;

export const load: PageServerLoad = async () => ({ first: await firstRun(SHADOW_SCENARIO, START) });
