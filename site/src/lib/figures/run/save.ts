import type { Scenario } from '@pagewalk/engine';
import { save } from '#lib/export/save.ts';

/** Hands a run to the reader as a file that `pagewalk run` takes. */
export function saveRun({ machine, actions }: Scenario, file: string): void {
  const text = `${JSON.stringify({ machine, actions }, null, 2)}\n`;
  save(new Blob([text], { type: 'application/json' }), file);
}
