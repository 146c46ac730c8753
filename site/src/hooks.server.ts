import type { Handle } from '@sveltejs/kit';
import { DEFAULT_LOCALE, htmlLang, isLocale } from '#lib/i18n/index.ts';

export const handle: Handle = ({ event, resolve }) => {
  const lang = event.params.lang;
  const locale = lang !== undefined && isLocale(lang) ? lang : DEFAULT_LOCALE;
  return resolve(event, {
    transformPageChunk: ({ html }) => html.replace('%lang%', htmlLang(locale)),
    // Only what every page needs at first paint; Chinese pages show few Latin words.
    preload: ({ type, path }) =>
      type === 'js' ||
      type === 'css' ||
      (type === 'font' && path.includes('source-sans-3-latin-wght-normal')),
  });
};
