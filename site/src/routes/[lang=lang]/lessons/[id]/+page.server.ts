import { error } from '@sveltejs/kit';
import { readScenario, stepAt } from '@pagewalk/engine';
import { hostOf, runOf, scenarioOf } from '@pagewalk/lessons/define.ts';
import { hostReaderOf } from '@pagewalk/lessons/hosts/play.ts';
import { stepAt as lineAt } from '@pagewalk/lessons/hosts/script.ts';
import {
  firstRace,
  firstWalk,
  hosts,
  raceReadings,
  readings,
  workbench,
} from '#lib/content/bench.server.ts';
import { entries as lessons, entryOf, loadLesson, loadProse } from '#lib/content/catalogue.ts';
import { glossaryOf } from '#lib/content/glossary.ts';
import { computeNamedValues, computeValues } from '#lib/content/values.ts';
import { LOCALES } from '#lib/i18n/index.ts';
import { firstRun } from '#lib/playground/first.server.ts';
import { sightOf } from '#lib/session/hosts.ts';
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
      values: computeNamedValues(lesson, prose.uses, await readings(lesson)),
      first: await firstRun(input, stepAt(readScenario(input), at)),
    };
  }
  if (lesson.figure === 'race') {
    return {
      ...page,
      values: computeNamedValues(lesson, prose.uses, await raceReadings(lesson)),
      first: await firstRace(lesson),
    };
  }
  if (lesson.figure === 'host') {
    const player = await hosts(lesson);
    const { acts, at } = hostOf(lesson, state);
    const step = lineAt(acts, at);
    return {
      ...page,
      values: computeNamedValues(lesson, prose.uses, hostReaderOf(player, lesson)),
      first: {
        step,
        now: sightOf(player.moment(acts, step)),
        before: step === 0 ? null : sightOf(player.moment(acts, step - 1)),
      },
    };
  }
  return {
    ...page,
    values: computeValues(lesson, prose.uses, (scenario) => bench.run(scenario)),
    /** The walk that the page shows before any script runs. */
    first: await firstWalk(scenarioOf(lesson, state)),
  };
};
