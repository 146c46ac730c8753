import { error } from '@sveltejs/kit';
import { readScenario, stepAt } from '@pagewalk/engine';
import { runOf, scenarioOf } from '@pagewalk/lessons/define.ts';
import { firstRace, firstWalk, raceReadings, readings, workbench } from '#lib/content/bench.server.ts';
import { entries as lessons, entryOf, loadLesson, loadProse } from '#lib/content/catalogue.ts';
import { glossaryOf } from '#lib/content/glossary.ts';
import { computeRunValues, computeValues } from '#lib/content/values.ts';
import { LOCALES } from '#lib/i18n/index.ts';
import { firstRun } from '#lib/playground/first.server.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () =>
  LOCALES.flatMap((lang) => lessons.map(({ id }) => ({ lang, id })));

export const load: PageServerLoad = async ({ params: { id, lang } }) => {
  const entry = entryOf(id);
  if (entry === undefined) error(404);
  const [bench, lesson, prose] = await Promise.all([
    workbench(),
    loadLesson(id),
    loadProse(id, lang),
  ]);
  const page = {
    number: entry.number,
    metadata: prose.metadata,
    glossary: glossaryOf(prose.uses, lang),
  };
  const state = Object.keys(lesson.states)[0] ?? '';
  if (lesson.figure === 'run') {
    const { input, at } = runOf(lesson, state);
    return {
      ...page,
      values: computeRunValues(lesson, prose.uses, await readings(lesson)),
      first: await firstRun(input, stepAt(readScenario(input), at)),
    };
  }
  if (lesson.figure === 'race') {
    return {
      ...page,
      values: computeRunValues(lesson, prose.uses, await raceReadings(lesson)),
      first: await firstRace(lesson),
    };
  }
  return {
    ...page,
    values: computeValues(lesson, prose.uses, (scenario) => bench.run(scenario)),
    /** The walk that the page shows before any script runs. */
    first: await firstWalk(scenarioOf(lesson, state)),
  };
};
