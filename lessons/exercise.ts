import type { ExerciseItem, Locale } from './schema.ts';

/** What of a question its check needs. */
type Question = Pick<ExerciseItem, 'choices' | 'answer' | 'unit' | 'tolerance'>;

/** Whether an answer is right, and what to tell a reader whose answer could not be read as meant. */
export interface Verdict {
  right: boolean;
  note?: string;
}

const NOTES = {
  en: {
    empty: 'Nothing was entered.',
    number: (given: string) =>
      `“${given}” is not a number. A decimal or a hexadecimal one would be.`,
    base: (given: string) => `“${given}” was read as decimal. A hexadecimal number begins with 0x.`,
    choice: (letters: string) =>
      `That is none of the choices. The text of one, or ${letters}, would be.`,
  },
  zh: {
    empty: '还没有填写。',
    number: (given: string) => `“${given}”不是数。请填十进制或十六进制数。`,
    base: (given: string) => `“${given}”按十进制理解。十六进制数请以 0x 开头。`,
    choice: (letters: string) => `不在选项之中。请填选项的文字，或 ${letters}。`,
  },
} satisfies Record<Locale, unknown>;

const HEX = /^0x[0-9a-f]+$/;
const BARE_HEX = /^[0-9a-f]+$/;
const DECIMAL = /^[0-9]+$/;

/** Full-width forms become ordinary ones, capitals small; outer blanks go. */
const plain = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/** A number without what people put between its digits. */
const digits = (text: string): string => plain(text).replace(/[\s,'_、]/g, '');

function checkChoice(choices: string[], item: Question, given: string, locale: Locale): Verdict {
  const fold = (text: string): string => plain(text).replace(/\s+/g, '').replace(/ib$/, '');
  const letters = choices.map((_, index) => String.fromCharCode(97 + index));
  const wanted = choices.findIndex((choice) => choice === item.answer);
  const folded = fold(given);
  const byText = choices.findIndex((choice) => fold(choice) === folded);
  const chosen = byText >= 0 ? byText : letters.indexOf(folded);
  if (chosen >= 0) return { right: chosen === wanted };
  return { right: false, note: NOTES[locale].choice(letters.join(', ')) };
}

/**
 * Judges an answer to an exercise. A hexadecimal answer may be given with or without `0x`, or in
 * decimal; a decimal one also in hexadecimal with `0x`. Blanks, commas, underscores and full-width
 * digits do no harm, nor does the unit. A choice is given by its text or its letter (a, b, …).
 */
export function checkAnswer(item: Question, given: string, locale: Locale = 'en'): Verdict {
  const notes = NOTES[locale];
  if (plain(given) === '') return { right: false, note: notes.empty };
  if (item.choices !== undefined) return checkChoice(item.choices, item, given, locale);

  const unit = item.unit === undefined ? '' : digits(item.unit);
  let text = digits(given);
  if (unit !== '' && text.endsWith(unit)) text = text.slice(0, -unit.length);

  const isHex = HEX.test(item.answer);
  const answer = BigInt(item.answer);
  const tolerance = BigInt(item.tolerance ?? 0);
  const isAnswer = (value: bigint): boolean => {
    const off = value > answer ? value - answer : answer - value;
    return off <= tolerance;
  };

  if (HEX.test(text)) return { right: isAnswer(BigInt(text)) };
  if (isHex && BARE_HEX.test(text) && isAnswer(BigInt(`0x${text}`))) return { right: true };
  if (DECIMAL.test(text)) {
    if (isAnswer(BigInt(text))) return { right: true };
    if (!isHex && isAnswer(BigInt(`0x${text}`)))
      return { right: false, note: notes.base(given.trim()) };
    return { right: false };
  }
  if (isHex && BARE_HEX.test(text)) return { right: false };
  return { right: false, note: notes.number(given.trim()) };
}
