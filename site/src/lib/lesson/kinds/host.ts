import type { HostLesson } from '@pagewalk/lessons/schema.ts';
import { HostStage } from '#lib/session/host-stage.svelte.ts';
import type { FirstHost } from '#lib/session/hosts.ts';
import HostLessonFigure from '../HostLessonFigure.svelte';
import { kindOf } from '../kind.ts';

/** The memory of a host at which somebody types. */
export default kindOf<HostStage, HostLesson, FirstHost>(
  HostLessonFigure,
  ({ locale, first, lesson }) => new HostStage(locale, first, lesson),
);
