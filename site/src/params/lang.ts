import { isLocale, type Locale } from '#lib/i18n/index.ts';

export const match = (param: string): param is Locale => isLocale(param);
