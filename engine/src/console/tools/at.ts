import type { Process, Program, Tool } from '../os/process.ts';
import { command } from './coreutils/common.ts';

/** Programs that lie in one folder, by their paths. */
export const at = (
  folder: string,
  tools: Readonly<Record<string, (process: Process) => Program | number>>,
): Readonly<Record<string, Tool>> =>
  Object.fromEntries(
    Object.entries(tools).map(([name, body]) => [`${folder}/${name}`, command(body)]),
  );
