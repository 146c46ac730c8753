import { HOST_SCENARIO } from '#lib/figures/host/scenario.ts';
import { LOCALES } from '#lib/i18n/index.ts';
import { firstRun } from '#lib/playground/first.server.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => LOCALES.map((lang) => ({ lang }));

/** The page begins when the guests have booted and memory has become short. */
const START = 24;

export const load: PageServerLoad = async () => ({ first: await firstRun(HOST_SCENARIO, START) });
