import { dumpUrl, loadLesson, loadProse } from '#lib/content/catalogue.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params: { id, lang }, data }) => {
  const [lesson, prose] = await Promise.all([loadLesson(id), loadProse(id, lang)]);
  const host = lesson.figure === 'host' ? await import('#lib/lesson/host-lesson.ts') : null;
  return { ...data, lesson, host, Prose: prose.default, dumpUrl: dumpUrl(id) };
};
