import type { Lesson, Locale } from '@pagewalk/lessons/schema.ts';
import type { Component, Snippet } from 'svelte';
import type { Stage } from '#lib/session/stage.ts';

/** The kinds of lessons: what each shows, and the machine behind it. A page loads its own kind only. */

/** What a lesson's machine begins with. */
export interface Beginning {
  locale: Locale;
  lesson: Lesson;
  /** What the engine worked out for the first state while the site was built. */
  first: unknown;
  dumpUrl: string | null;
}

export interface Kind {
  /** Draws the stage; what the page adds stands among its controls. */
  Figure: Component<{ stage: Stage; children: Snippet }>;
  stageOf: (beginning: Beginning) => Stage;
}

/** A kind, its parts cast: a lesson's figure, its stage and what it begins with are always of one kind. */
export const kindOf = <S extends Stage, L extends Lesson, First>(
  Figure: Component<{ stage: S; children: Snippet }>,
  stageOf: (beginning: Beginning & { lesson: L; first: First }) => S,
): Kind => ({ Figure, stageOf }) as unknown as Kind;

const KINDS: Record<Lesson['figure'], () => Promise<{ default: Kind }>> = {
  walk: () => import('./kinds/walk.ts'),
  run: () => import('./kinds/run.ts'),
  race: () => import('./kinds/race.ts'),
  host: () => import('./kinds/host.ts'),
};

export const loadKind = async (lesson: Lesson): Promise<Kind> =>
  (await KINDS[lesson.figure]()).default;
