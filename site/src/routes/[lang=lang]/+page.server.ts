import { DEFAULT_ACCESS, DEFAULT_MACHINE } from '@pagewalk/engine';
import { firstWalk } from '#lib/content/bench.server.ts';
import { entries as lessons, loadProse } from '#lib/content/catalogue.ts';
import { LOCALES } from '#lib/i18n/index.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => LOCALES.map((lang) => ({ lang }));

export const load: PageServerLoad = async ({ params }) => {
  return {
    first: await firstWalk({ machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS }),
    lessons: await Promise.all(
      lessons.map(async ({ number, id }) => ({
        number,
        id,
        metadata: (await loadProse(id, params.lang)).metadata,
      })),
    ),
  };
};
