import type { Locale } from '@pagewalk/lessons/schema.ts';
import { getContext, setContext } from 'svelte';
import { en, type Messages } from './en.ts';
import { zh } from './zh.ts';

/**
 * The languages of the site. Every page exists in each, at the same address but for its first part,
 * so that the reader can change over at any point.
 */

export type { Locale, Messages };
export * from './format.ts';

export const LOCALES: readonly Locale[] = ['en', 'zh'];
export const DEFAULT_LOCALE: Locale = 'en';

export const isLocale = (text: string): text is Locale =>
  (LOCALES as readonly string[]).includes(text);

const HTML_LANG: Record<Locale, string> = { en: 'en', zh: 'zh-Hans' };

/** The language tag for `lang` and `hreflang`. */
export const htmlLang = (locale: Locale): string => HTML_LANG[locale];

const CATALOGUES: Record<Locale, Messages> = { en, zh };

/** The words of the page frame and the lessons in a language. Figures bring their own. */
export const messages = (locale: Locale): Messages => CATALOGUES[locale];

const KEY = Symbol('locale');

/** Called once by the layout of a language; a getter, because the language can change under it. */
export function provideLocale(locale: () => Locale): void {
  setContext(KEY, locale);
}

export interface Language {
  readonly locale: Locale;
  readonly m: Messages;
}

/** The reader's language and its messages; both follow when it changes. Read `language.m.…`. */
export function getLanguage(): Language {
  const locale = getContext<(() => Locale) | undefined>(KEY) ?? (() => DEFAULT_LOCALE);
  return {
    get locale() {
      return locale();
    },
    get m() {
      return messages(locale());
    },
  };
}
