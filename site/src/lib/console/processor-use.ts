import type { Domain } from './model.ts';

/** How busy the processors of domains are, from how long they have run at two moments of the clock. */

/** Over less than this a figure would jump. */
const LEAST_MS = 1000;

export class ProcessorUse {
  #at = 0;
  #ran = new Map<string, number>();
  #use: ReadonlyMap<string, number> = new Map();

  /** Per cent by name; 0 for a domain that has just been seen first. */
  of(domains: readonly Domain[], now: number): ReadonlyMap<string, number> {
    const passed = now - this.#at;
    const isSame =
      domains.length === this.#ran.size && domains.every(({ name }) => this.#ran.has(name));
    if (passed < LEAST_MS && isSame) return this.#use;
    this.#use = new Map(
      domains.map(({ name, vcpus, cpuMs }) => {
        const before = this.#ran.get(name);
        const part =
          before === undefined || passed <= 0
            ? 0
            : (cpuMs - before) / (passed * Math.max(1, vcpus));
        return [name, Math.round(Math.max(0, Math.min(1, part)) * 100)] as const;
      }),
    );
    this.#ran = new Map(domains.map(({ name, cpuMs }) => [name, cpuMs]));
    this.#at = now;
    return this.#use;
  }
}
