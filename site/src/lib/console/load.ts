import { loadKvm } from '#lib/machine/engine.ts';
import type { ConsoleCode } from './model.ts';

/** Fetches the engine and the console's code, once somebody sits down at one. */
export async function loadConsole(): Promise<ConsoleCode> {
  const [kvm, { LiveConsole, TEACHING, completeness }] = await Promise.all([
    loadKvm(),
    import('@pagewalk/engine/console'),
  ]);
  return {
    // The host boots anew on the same machine, which forgets what was on it.
    open: () => new LiveConsole(kvm, TEACHING),
    completeness,
  };
}
