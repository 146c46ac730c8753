import type { Lesson } from '@pagewalk/lessons/schema.ts';
import { getContext, setContext } from 'svelte';
import type { Glossary } from '#lib/content/glossary.ts';
import type { Values } from '#lib/content/values.ts';

/** What a lesson's page gives to the components in its prose. */
export interface LessonContext {
  readonly lesson: Lesson;
  readonly values: Values;
  /** The terms that the prose uses. */
  readonly glossary: Glossary;
}

const KEY = Symbol('lesson');

export const provideLesson = (context: LessonContext): void => {
  setContext(KEY, context);
};

export const getLesson = (): LessonContext => getContext<LessonContext>(KEY);
