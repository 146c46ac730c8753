import { keep, recall } from './storage.ts';

/** A prediction that the reader has committed to. */
export interface Answered {
  value: number | string;
  right: boolean;
  expected: number | string;
}

/** A reader's predictions in one lesson; kept in the browser. */
export class Answers {
  all: Record<string, Answered> = $state.raw({});
  readonly #key: string;

  constructor(lesson: string) {
    this.#key = `answers:${lesson}`;
  }

  recall(): void {
    const kept = recall(this.#key);
    if (typeof kept === 'object' && kept !== null) this.all = kept as Record<string, Answered>;
  }

  give(id: string, value: number | string, expected: number | string): Answered {
    const answered = { value, expected, right: value === expected };
    this.all = { ...this.all, [id]: answered };
    keep(this.#key, this.all);
    return answered;
  }

  forget(): void {
    this.all = {};
    keep(this.#key, {});
  }
}
