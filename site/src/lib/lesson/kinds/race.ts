import type { Race } from '@pagewalk/engine';
import type { RaceLesson } from '@pagewalk/lessons/schema.ts';
import RaceFigure from '#lib/figures/race/RaceFigure.svelte';
import { RaceStage } from '#lib/session/race-stage.svelte.ts';
import { kindOf } from '../kind.ts';

/** Two machines that do the same work. */
export default kindOf<RaceStage, RaceLesson, Race>(
  RaceFigure,
  ({ locale, first, lesson }) => new RaceStage(locale, first, lesson),
);
