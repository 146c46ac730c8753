import { statSync } from 'node:fs';
import type { CommandIo } from './io.ts';

const EVERY_MS = 100;

/** How far a file has been read, on standard error, where that is a terminal. */
export class Progress {
  readonly #stderr: CommandIo['stderr'];
  readonly #isShown: boolean;
  readonly #total: number;
  #read = 0;
  #last = 0;
  #isOpen = false;

  constructor(name: string, io: CommandIo) {
    this.#stderr = io.stderr;
    this.#isShown = (io.stderr as Partial<NodeJS.WriteStream>).isTTY === true;
    this.#total = this.#isShown && name !== '-' ? sizeOf(name) : 0;
  }

  /** Notes that so many bytes more have been read. */
  add(bytes: number): void {
    this.#read += bytes;
    if (!this.#isShown) return;
    const now = Date.now();
    if (now - this.#last < EVERY_MS) return;
    this.#last = now;
    this.#isOpen = true;
    const megabytes = `${(this.#read / 1e6).toFixed(1)} MB`;
    const part = Math.min(100, Math.floor((100 * this.#read) / this.#total));
    this.#stderr.write(`\r${this.#total > 0 ? `${part} % (${megabytes})` : megabytes} read `);
  }

  /** Takes the line away, for a message or at the end. */
  clear(): void {
    if (this.#isOpen) this.#stderr.write('\r\x1b[K');
    this.#isOpen = false;
  }
}

function sizeOf(name: string): number {
  try {
    const file = statSync(name);
    return file.isFile() ? file.size : 0;
  } catch {
    return 0;
  }
}
