import { resolve } from '$app/paths';
import type { Locale } from '#lib/i18n/index.ts';

/**
 * Addresses of our own pages, wherever the site stands. They end in a slash, as the files are
 * `…/index.html`: a static host answers without a redirect.
 */

export const homePath = (locale: Locale): string => resolve(`/${locale}/` as '/');

export const lessonsPath = (locale: Locale): string => resolve(`/${locale}/lessons/` as '/');

export const lessonPath = (locale: Locale, id: string): string =>
  resolve(`/${locale}/lessons/${id}/` as '/');

export const playgroundPath = (locale: Locale, page = ''): string =>
  resolve(`/${locale}/playground/${page === '' ? '' : `${page}/`}` as '/');

/** A page of ours: its route, and what the route's parameters are. */
interface At {
  route: { id: string | null };
  params: { id?: string | undefined };
}

/** The page in another language. */
export function pathIn(locale: Locale, { route, params }: At): string {
  const playground = /\/playground(?:\/([a-z]+))?$/.exec(route.id ?? '');
  if (playground !== null) return playgroundPath(locale, playground[1]);
  if (params.id !== undefined) return lessonPath(locale, params.id);
  return route.id?.endsWith('/lessons') === true ? lessonsPath(locale) : homePath(locale);
}
