import { keep, recall } from '#lib/session/storage.ts';

/** Lines typed before, the latest last, each once; kept in the browser across visits. */

const MOST = 500;

export class History {
  #lines: string[];
  readonly #key: string;
  /** The line that is shown of them; their number: the one being typed. */
  #at: number;
  #draft = '';

  /** `key` names the place in the browser's storage. */
  constructor(key: string) {
    this.#key = key;
    const kept = recall(key);
    this.#lines = Array.isArray(kept) ? kept.filter((line) => typeof line === 'string') : [];
    this.#at = this.#lines.length;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    if (line.trim() !== '') {
      this.#lines = [...this.#lines.filter((other) => other !== line), line].slice(-MOST);
      keep(this.#key, this.#lines);
    }
    this.#at = this.#lines.length;
  }

  /** The line before the one shown; `now` is what stands there, and comes back below the latest. Null at the end. */
  older(now: string): string | null {
    if (this.#at === 0) return null;
    if (this.#at === this.#lines.length) this.#draft = now;
    this.#at--;
    return this.#lines[this.#at] ?? null;
  }

  newer(): string | null {
    if (this.#at >= this.#lines.length) return null;
    this.#at++;
    return this.#lines[this.#at] ?? this.#draft;
  }

  /** Lines that contain a text, the latest first. */
  search(text: string): string[] {
    return this.#lines.filter((line) => line.includes(text)).reverse();
  }
}
