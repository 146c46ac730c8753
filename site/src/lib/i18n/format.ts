import type { Locale } from '@pagewalk/lessons/schema.ts';

/** Numbers and addresses as a reader of the page sees them. */

const NUMBER: Record<Locale, Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en'),
  zh: new Intl.NumberFormat('zh-Hans'),
};

/** A count in the reader's language: 16,800,000. */
export const formatNumber = (locale: Locale, value: number | bigint): string =>
  NUMBER[locale].format(value);

/** The hexadecimal digits of an address or entry, without 0x, filled up to `digits`. */
export const hexDigits = (value: bigint, digits = 1): string =>
  value.toString(16).padStart(digits, '0');

/**
 * The digits in groups of four from the right, so that addresses of one width line up under each
 * other: `['55d0', 'c0de', '1a58']`.
 */
export function hexGroups(value: bigint, digits = 1): string[] {
  const text = hexDigits(value, digits);
  const first = text.length % 4;
  const groups = first === 0 ? [] : [text.slice(0, first)];
  for (let at = first; at < text.length; at += 4) groups.push(text.slice(at, at + 4));
  return groups;
}

/** An address as text to be read, in groups parted by thin spaces; to be copied, use the engine's `hex`. */
export const groupedHex = (value: bigint, digits = 1): string =>
  `0x${hexGroups(value, digits).join('\u2009')}`;
