import type { RunLesson } from '@pagewalk/lessons/schema.ts';
import type { FirstRun } from '#lib/session/run-session.svelte.ts';
import { RunStage } from '#lib/session/run-stage.svelte.ts';
import { kindOf } from '../kind.ts';
import RunLessonFigure from '../RunLessonFigure.svelte';

/** A machine at work, action by action. */
export default kindOf<RunStage, RunLesson, FirstRun>(
  RunLessonFigure,
  ({ locale, first, lesson }) => new RunStage(locale, first, lesson),
);
