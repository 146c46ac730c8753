/**
 * A screen that follows what is printed while the reader is at its end, and stays where it is while he reads
 * above.
 */

/** Pixels from the end that still count as there. */
const NEAR = 24;

export class Screen {
  readonly #element: HTMLElement;
  readonly #listen: () => void;
  /** Whether the end is in sight. */
  isAtEnd = true;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#listen = () => {
      const { scrollHeight, scrollTop, clientHeight } = element;
      this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    };
    element.addEventListener('scroll', this.#listen, { passive: true });
  }

  toEnd(): void {
    this.#element.scrollTop = this.#element.scrollHeight;
    this.isAtEnd = true;
  }

  stop(): void {
    this.#element.removeEventListener('scroll', this.#listen);
  }
}
