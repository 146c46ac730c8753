import en, { type GlossaryEntry } from '@pagewalk/lessons/glossary/en.ts';
import zh from '@pagewalk/lessons/glossary/zh.ts';
import type { Locale } from '@pagewalk/lessons/schema.ts';
import type { Use } from './catalogue.ts';

/** A term as a page explains it, with its name in the other language. */
export interface Explained extends GlossaryEntry {
  other: string;
}

export type Glossary = Record<string, Explained>;

const GLOSSARIES: Record<Locale, Record<string, GlossaryEntry>> = { en, zh };

/** The terms that a lesson uses, in the order of their first use; an unknown one is an error. */
export function glossaryOf(uses: readonly Use[], locale: Locale): Glossary {
  const glossary: Glossary = {};
  for (const { name, line, attributes } of uses) {
    if (name !== 'term') continue;
    const { id = '' } = attributes;
    const entry = Object.hasOwn(GLOSSARIES[locale], id) ? GLOSSARIES[locale][id] : undefined;
    const other = GLOSSARIES[locale === 'en' ? 'zh' : 'en'][id];
    if (entry === undefined || other === undefined) {
      throw new Error(`line ${line}: the glossary has no term "${id}"`);
    }
    glossary[id] ??= { ...entry, other: other.term };
  }
  return glossary;
}
