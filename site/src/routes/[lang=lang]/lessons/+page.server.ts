import { entries as lessons, loadExercise, loadLesson, loadProse } from '#lib/content/catalogue.ts';
import { LOCALES } from '#lib/i18n/index.ts';
import type { EntryGenerator, PageServerLoad } from './$types';

export const entries: EntryGenerator = () => LOCALES.map((lang) => ({ lang }));

/** What each lesson asks of its reader. */
export const load: PageServerLoad = async ({ params }) => ({
  lessons: await Promise.all(
    lessons.map(async ({ number, id }) => {
      const [lesson, prose, exercise] = await Promise.all([
        loadLesson(id),
        loadProse(id, params.lang),
        loadExercise(id),
      ]);
      return {
        number,
        id,
        metadata: prose.metadata,
        predictions: Object.keys(lesson.predictions),
        tasks: Object.keys(lesson.tasks ?? {}),
        hasExercise: exercise !== undefined,
      };
    }),
  ),
});
