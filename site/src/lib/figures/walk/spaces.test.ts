import { DEFAULT_ACCESS, DEFAULT_MACHINE, Workbench, hex } from '@pagewalk/engine';
import { loadEngine } from '@pagewalk/engine/node';
import { expect, it } from 'vitest';
import { colourAddresses, spacesOf } from './spaces.ts';

it('gives each address of a sentence the space that the walk used it in', async () => {
  const bench = new Workbench(await loadEngine());
  const scenario = { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS };
  const translation = bench.run(scenario);
  const spaces = spacesOf(translation, bench.registers(scenario));
  const guest = translation.references[4];
  if (guest === undefined) throw new Error('no guest entry was read');
  const text = `${hex(DEFAULT_ACCESS.gva)}, ${hex(guest.gpa ?? 0n)} at ${hex(guest.hpa)}: ${hex(guest.value)}.`;
  expect(colourAddresses(text, spaces).map(({ space }) => space)).toEqual([
    'gva',
    null,
    'gpa',
    null,
    'hpa',
    null,
    null,
    null,
  ]);
});
