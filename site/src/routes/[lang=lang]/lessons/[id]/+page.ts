import { dumpUrl, loadLesson, loadProse } from '#lib/content/catalogue.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id, lang }, data }) => {
  const [lesson, prose] = await Promise.all([loadLesson(id), loadProse(id, lang)]);
  return { ...data, lesson, Prose: prose.default, dumpUrl: dumpUrl(id) };
};
