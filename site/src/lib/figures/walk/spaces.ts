import { hex, pageOffset } from '@pagewalk/engine';
import type { Registers, Translation } from '@pagewalk/engine';

/** The address spaces that a reader tells apart by colour. */
export type Space = 'gva' | 'gpa' | 'hpa';

/** Which space each address of a walk belongs to, by its text; one that is in two is left out. */
export function spacesOf(translation: Translation, registers: Registers): Map<string, Space> {
  const spaces = new Map<string, Space | null>();
  const put = (address: bigint, space: Space): void => {
    const text = hex(address);
    const there = spaces.get(text);
    spaces.set(text, there === undefined || there === space ? space : null);
  };
  const native = registers.nested === null;
  put(translation.access.gva, 'gva');
  put(registers.paging.cr3, native ? 'hpa' : 'gpa');
  if (registers.nested !== null) put(registers.nested.root, 'hpa');
  for (const one of translation.references) {
    put(one.hpa, 'hpa');
    if (one.gpa !== null) put(one.gpa, 'gpa');
    if (one.table !== 'guest') put(one.translates, 'gpa');
    if (one.meaning !== 'table' && one.meaning !== 'page') continue;
    const target = one.table === 'guest' && !native ? 'gpa' : 'hpa';
    put(one.target, target);
    if (one.page !== null) put(one.target + pageOffset(one.translates, one.page), target);
  }
  const { outcome } = translation;
  if ('gpa' in outcome && outcome.gpa !== null) put(outcome.gpa, 'gpa');
  return new Map([...spaces].filter((pair): pair is [string, Space] => pair[1] !== null));
}

/** A sentence cut at its addresses, so that each can carry the colour of its space. */
export function colourAddresses(
  sentence: string,
  spaces: Map<string, Space>,
): { text: string; space: Space | null; address: boolean }[] {
  return sentence
    .split(/(0x[0-9a-f]+)/)
    .filter((text) => text !== '')
    .map((text) => ({
      text,
      address: text.startsWith('0x'),
      space: spaces.get(text) ?? null,
    }));
}
