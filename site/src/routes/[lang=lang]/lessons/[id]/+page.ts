import { dumpUrl, loadLesson, loadProse } from '#lib/content/catalogue.ts';
import { loadKind } from '#lib/lesson/kind.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id, lang }, data }) => {
  const [lesson, prose] = await Promise.all([loadLesson(id), loadProse(id, lang)]);
  const kind = await loadKind(lesson);
  return { ...data, lesson, kind, Prose: prose.default, dumpUrl: dumpUrl(id) };
};
