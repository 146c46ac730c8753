/** A page may still be scrolling when something is asked for; what it passes then is not being read. */
const SETTLE_MS = 500;

/** When a reader last asked to be shown something. */
export class Asked {
  #at = -Infinity;

  /** Noted once it is shown: showing may itself take a while. */
  note(): void {
    this.#at = performance.now();
  }

  get recently(): boolean {
    return performance.now() - this.#at < SETTLE_MS;
  }
}
