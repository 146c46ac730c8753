import type { Tool, Wait } from './os/process.ts';
import type { Libvirt } from './libvirt/part.ts';
import type { Seldom } from './shell/seldom.ts';

/**
 * The console's code in parts. A page fetches one when the first of its programs is started, and the whole
 * simulated host stands still meanwhile: what comes of a session does not depend on how fast code arrives.
 */

/** Code that is here, or comes when it is asked for. */
export class Part<Code> {
  readonly #load: () => Promise<Code>;
  #coming: Promise<void> | null = null;
  #code: Code | null;
  /** Why it could not be fetched when it was last tried. */
  problem: string | null = null;

  /** `code` null: `load` fetches it. */
  constructor(load: () => Promise<Code>, code: Code | null = null) {
    this.#load = load;
    this.#code = code;
  }

  /** The code; null while it is not here. */
  get code(): Code | null {
    return this.#code;
  }

  /** Done when the code is here, or `problem` says why not. What failed is tried again when asked for again. */
  fetch(): Promise<void> {
    this.problem = null;
    this.#coming ??= this.#load()
      .then((code) => {
        this.#code = code;
      })
      .catch((error: unknown) => {
        this.problem = error instanceof Error ? error.message : String(error);
        this.#coming = null;
      });
    return this.#coming;
  }

  /** What a program does that needs it. */
  get awaited(): Wait {
    const fetching = this.fetch();
    return { fetching, ready: () => this.#code !== null || this.problem !== null };
  }
}

/** Programs by the path at which each lies. */
export interface Programs {
  readonly TOOLS: Readonly<Record<string, Tool>>;
}

export interface Parts {
  readonly shell: Part<Seldom & Programs>;
  readonly coreutils: Part<Programs>;
  readonly text: Part<Programs>;
  readonly procps: Part<Programs>;
  readonly 'util-linux': Part<Programs>;
  readonly kmod: Part<Programs>;
  readonly numactl: Part<Programs>;
  readonly lvm: Part<Programs>;
  readonly misc: Part<Programs>;
  readonly libvirt: Part<Libvirt>;
}
export type PartName = keyof Parts;
