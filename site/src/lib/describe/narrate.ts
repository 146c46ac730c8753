import { hasBit, hex, indexAtLevel, pageOffset } from '@pagewalk/engine';
import type { BitName, Outcome, Reference, Registers, Store, Translation } from '@pagewalk/engine';
import type { Locale } from '@pagewalk/lessons/schema.ts';
import { en } from './en.ts';
import type { ReadFacts, Words } from './words.ts';
import { zh } from './zh.ts';

/**
 * Every step of a walk as one sentence or two, in the reader's language, with the real numbers. The
 * narration, the live region, the list of sentences and the description of the picture are all this.
 */

export const words = (locale: Locale): Words => (locale === 'zh' ? zh : en);

/** The bits of an address that select an entry at a level: `47:39`. */
export const bitsOfLevel = (level: number): string => `${11 + 9 * level}:${3 + 9 * level}`;

export interface Walk {
  translation: Translation;
  registers: Registers;
}

/** The sentence for a step: 0 is before anything, the last one is how it ended. */
export function narrate(locale: Locale, walk: Walk, step: number): string {
  const say = words(locale);
  if (step === 0) return start(say, walk);
  const event = walk.translation.events[step - 1];
  if (event === undefined) return outcome(say, walk);
  return event.kind === 'reference'
    ? reference(say, event.reference, locale)
    : store(say, event.store, walk);
}

/** All sentences of a walk, in order. */
export const transcript = (locale: Locale, walk: Walk): string[] =>
  Array.from({ length: walk.translation.events.length + 2 }, (_, step) =>
    narrate(locale, walk, step),
  );

function start(say: Words, { translation, registers }: Walk): string {
  const { access } = translation;
  const facts = {
    gva: hex(access.gva),
    cr3: hex(registers.paging.cr3),
    kind: access.kind,
    user: access.cpl === 3,
  };
  const { nested } = registers;
  if (nested === null) return say.startNative(facts);
  return say.startNested({ ...facts, root: hex(nested.root), table: nested.kind });
}

function reference(say: Words, one: Reference, locale: Locale): string {
  const facts: ReadFacts = {
    number: one.index + 1,
    table: one.table,
    level: one.level,
    bits: bitsOfLevel(one.level),
    translates: hex(one.translates),
    slot: indexAtLevel(one.translates, one.level),
    hpa: hex(one.hpa),
    gpa: one.gpa === null ? null : hex(one.gpa),
    value: hex(one.value),
    target: hex(one.target),
    page: one.page,
    row: one.row,
    reached: one.page === null ? '' : hex(one.target + pageOffset(one.translates, one.page)),
  };
  const meaning = {
    table: say.pointsTo,
    page: say.maps,
    'not-present': say.notPresent,
    reserved: say.reserved,
    misconfigured: say.misconfigured,
  }[one.meaning](facts);
  return say.read(facts) + (locale === 'zh' ? '' : ' ') + meaning;
}

const FLAGS: Record<'paging' | 'ept', readonly [bit: number, name: BitName][]> = {
  paging: [
    [5, 'A'],
    [6, 'D'],
  ],
  ept: [
    [8, 'eptA'],
    [9, 'eptD'],
  ],
};

/** The bits that a store has set, by name. */
export function flagsSet(one: Store, translation: Translation): BitName[] {
  const table = translation.references[one.reference]?.table;
  return FLAGS[table === 'ept' ? 'ept' : 'paging']
    .filter(([bit]) => hasBit(one.before, bit) !== hasBit(one.value, bit))
    .map(([, name]) => name);
}

function store(say: Words, one: Store, { translation, registers }: Walk): string {
  const updated = translation.references[one.reference];
  return say.store({
    table: updated?.table ?? 'guest',
    level: updated?.level ?? 1,
    native: registers.nested === null,
    hpa: hex(one.hpa),
    before: hex(one.before),
    value: hex(one.value),
    set: flagsSet(one, translation).map((name) => (name.endsWith('D') ? 'D' : 'A')),
  });
}

/** Why the access ended in a fault, read off the evidence. */
function reason(say: Words, translation: Translation): string {
  const { access, references, outcome: end } = translation;
  const last = references.at(-1);
  if (last?.meaning === 'not-present') return say.why.notPresent;
  if (last?.meaning === 'reserved') return say.why.reserved;
  if (end.result === 'ept-violation' && !finalTranslation(end)) {
    return last?.table === 'guest' ? say.why.update : say.why.tableWrite;
  }
  if (end.result === 'nested-page-fault' && !finalTranslation(end)) return say.why.tableWrite;
  return say.why.right(access.kind);
}

// Bit 8 of an exit qualification, bit 32 of EXITINFO1: the fault was on the final translation.
function finalTranslation(end: Outcome): boolean {
  if (end.result === 'ept-violation') return hasBit(BigInt(end.qualification), 8);
  if (end.result === 'nested-page-fault') return hasBit(end.errorCode, 32);
  return false;
}

function outcome(say: Words, { translation, registers }: Walk): string {
  const { access, references, outcome: end } = translation;
  const gva = hex(access.gva);
  const reads = references.length;
  const why = reason(say, translation);
  switch (end.result) {
    case 'ok':
      return say.ok({
        gva,
        hpa: hex(end.hpa),
        reads,
        page: end.page,
        nested: registers.nested !== null,
      });
    case 'page-fault':
      return say.pageFault({
        code: `0x${end.errorCode.toString(16)}`,
        cr2: hex(end.cr2),
        why,
        reads,
        nested: registers.nested !== null,
      });
    case 'general-protection':
      return say.protection({ gva, levels: registers.paging.levels });
    case 'ept-violation':
      return say.violation({
        qualification: `0x${end.qualification.toString(16)}`,
        gpa: hex(end.gpa),
        why,
      });
    case 'ept-misconfiguration':
      return say.misconfiguration({ gpa: hex(end.gpa) });
    case 'nested-page-fault':
      return say.nestedFault({ code: hex(end.errorCode), gpa: hex(end.gpa), why });
    case 'gpa-too-wide':
      return say.tooWide({ gpa: hex(end.gpa) });
  }
}
