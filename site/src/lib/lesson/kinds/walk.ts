import type { WalkLesson } from '@pagewalk/lessons/schema.ts';
import WalkFigure from '#lib/figures/walk/WalkFigure.svelte';
import { WalkSession } from '#lib/session/session.svelte.ts';
import type { FirstWalk } from '#lib/session/session.svelte.ts';
import { kindOf } from '../kind.ts';

/** One walk, reference by reference. */
export default kindOf<WalkSession, WalkLesson, FirstWalk>(
  WalkFigure,
  ({ locale, first, lesson, dumpUrl }) => new WalkSession(locale, first, lesson, dumpUrl),
);
