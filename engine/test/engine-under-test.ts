import type { TranslateInput } from './reference/contract.ts';
import { loadEngine } from '../src/node.ts';
import { createTranslator } from '../src/cli/translate.ts';

/** The engine, as tests compare it: its answer, and which reference served which. */
export async function engineUnderTest() {
  const machine = await loadEngine();
  const translator = createTranslator(machine);
  return {
    machine,
    translateLine: translator,
    translate: (input: TranslateInput) => translator.input(input),
    parents: (): (number | null)[] =>
      machine.lastTranslation().references.map((reference) => reference.parent),
  };
}
