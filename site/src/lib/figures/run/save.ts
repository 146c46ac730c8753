import type { Scenario } from '@pagewalk/engine';

/** Hands a run to the reader as a file that `pagewalk run` takes. */
export function saveRun({ machine, actions }: Scenario, file: string): void {
  const text = `${JSON.stringify({ machine, actions }, null, 2)}\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}
