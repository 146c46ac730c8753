import { checkAnswer, type Verdict } from '@pagewalk/lessons/exercise.ts';
import type { ExerciseItem } from '@pagewalk/lessons/schema.ts';
import type { Locale } from '#lib/i18n/index.ts';
import { keep, recall } from '#lib/session/storage.ts';

export const MAX_SEED = 4294967295;

/** Where a reader is in a lesson's series of exercises; kept in the browser. */
export class Exercises {
  readonly #key: string;
  readonly #locale: Locale;
  readonly #make: (seed: number, n: number) => ExerciseItem<unknown>;

  seed = $state(1);
  /** Number of the variant, from 0. */
  n = $state(0);
  given = $state('');
  verdict: Verdict | null = $state.raw(null);
  solved = $state(false);

  constructor(
    lesson: string,
    locale: Locale,
    make: (seed: number, n: number) => ExerciseItem<unknown>,
  ) {
    this.#key = `exercise:${lesson}`;
    this.#locale = locale;
    this.#make = make;
    const kept = recall(this.#key);
    if (typeof kept === 'object' && kept !== null) {
      const { seed, n } = kept as { seed?: unknown; n?: unknown };
      if (isSeed(seed) && isSeed(n)) [this.seed, this.n] = [seed, n];
    }
  }

  readonly item: ExerciseItem<unknown> = $derived.by(() => this.#make(this.seed, this.n));

  go(seed: number, n: number): void {
    this.seed = seed;
    this.n = n;
    this.given = '';
    this.verdict = null;
    this.solved = false;
    keep(this.#key, { seed, n });
  }

  check(): void {
    this.verdict = checkAnswer(this.item, this.given, this.#locale);
  }
}

const isSeed = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SEED;

/** A seed as the reader types it; undefined for anything else. */
export function parseSeed(text: string): number | undefined {
  const value = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined;
  return isSeed(value) ? value : undefined;
}
