import type { OpenHost } from '@pagewalk/lessons/hosts/play.ts';
import type { HostMoment } from '@pagewalk/lessons/schema.ts';
import { loadKvm } from '#lib/machine/engine.ts';

/** Fetches the engine and the console's code; opens consoles at new hosts, one after the other. */
export async function loadHosts(): Promise<OpenHost> {
  const [kvm, { LiveConsole, teachingHost }] = await Promise.all([
    loadKvm(),
    import('@pagewalk/engine/console'),
  ]);
  return (setup) => new LiveConsole(kvm, teachingHost(setup));
}

/** What is to be seen of a host after a line: plain data, so that a page can begin with one. */
export interface Sight {
  readonly prompt: string;
  readonly line: string;
  readonly output: string;
  /** /proc/meminfo; null where it could not be read. */
  readonly meminfo: string | null;
}

export const sightOf = ({ prompt, line, output, read }: HostMoment): Sight => ({
  prompt,
  line,
  output,
  meminfo: read('/proc/meminfo'),
});

/** A host as its page shows it before any script runs. */
export interface FirstHost {
  step: number;
  now: Sight;
  /** A line earlier; null where nothing was typed. */
  before: Sight | null;
}
