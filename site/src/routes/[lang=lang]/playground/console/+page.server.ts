import { LOCALES } from '#lib/i18n/index.ts';
import type { EntryGenerator } from './$types';

export const entries: EntryGenerator = () => LOCALES.map((lang) => ({ lang }));
