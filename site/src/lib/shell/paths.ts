import { resolve } from '$app/paths';
import type { Locale } from '#lib/i18n/index.ts';

/**
 * Addresses of our own pages, wherever the site stands. They end in a slash, as the files are
 * `…/index.html`: a static host answers without a redirect.
 */

export const homePath = (locale: Locale): string => resolve(`/${locale}/` as '/');

export const lessonPath = (locale: Locale, id: string): string =>
  resolve(`/${locale}/lessons/${id}/` as '/');

/** The page with these route parameters, in another language. */
export const pathIn = (locale: Locale, params: { id?: string | undefined }): string =>
  params.id === undefined ? homePath(locale) : lessonPath(locale, params.id);
