import type { RaceParameter } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { raceMessages } from './messages.ts';

const PAGE_KIB = 4;

/** A number of pages as memory: 16 pages are 64 KiB. */
function sizeText(locale: Locale, pages: number): string {
  const kib = Math.round(pages * PAGE_KIB);
  return kib < 1024
    ? `${formatNumber(locale, kib)} KiB`
    : `${formatNumber(locale, Math.round((kib / 1024) * 10) / 10)} MiB`;
}

/** A value of one number of the work with its unit; `bare` for an axis that says the unit itself. */
export function valueText(
  locale: Locale,
  parameter: RaceParameter,
  value: number,
  bare = false,
): string {
  const t = raceMessages(locale);
  const number = formatNumber(locale, value);
  switch (parameter) {
    case 'pages':
      return bare && value * PAGE_KIB >= 1024
        ? `${formatNumber(locale, (value * PAGE_KIB) / 1024)}M`
        : bare
          ? `${formatNumber(locale, value * PAGE_KIB)}K`
          : sizeText(locale, value);
    case 'hot':
      return t.percent(value);
    case 'updates':
      return bare ? number : t.perThousand(number);
    case 'exit':
      return bare && value >= 1000
        ? `${formatNumber(locale, value / 1000)}k`
        : bare
          ? number
          : t.cycles(number);
    case 'processes':
      return number;
  }
}
