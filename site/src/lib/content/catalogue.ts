import type { Lesson, Locale } from '@pagewalk/lessons/schema.ts';
import type { Component } from 'svelte';
import type { AnyExercise } from '#lib/session/stage.ts';

/**
 * The lessons, as their folders stand in `lessons/`: adding a folder adds a lesson, here nothing is
 * edited. What a page does not show is not loaded.
 */

/** Front matter of a lesson's prose. */
export interface Metadata {
  title: string;
  /** One sentence, for search engines and the list of lessons. */
  summary: string;
  /** Reading time. */
  minutes?: number;
}

/** A directive that the page must know of: a value to compute, a term to explain. */
export interface Use {
  name: string;
  line: number;
  attributes: Record<string, string>;
}

export interface Prose {
  default: Component;
  metadata: Metadata;
  uses: Use[];
}

interface ExerciseModule {
  exercise: AnyExercise;
}

const PROSE = import.meta.glob<Prose>('../../../../lessons/*/*.md');
const LESSONS = import.meta.glob<Lesson>('../../../../lessons/*/lesson.ts', { import: 'default' });
const EXERCISES = import.meta.glob<ExerciseModule>('../../../../lessons/*/exercise.ts');

/** `../lessons/05-ept-and-npt/en.md` → number 5, id `ept-and-npt`. */
function folderOf(path: string): { number: number; id: string } | undefined {
  const [, number, id] = /\/lessons\/(\d+)-([^/]+)\//.exec(path) ?? [];
  return number === undefined || id === undefined ? undefined : { number: Number(number), id };
}

export interface Entry {
  number: number;
  id: string;
}

/** Lessons that have prose, in order. */
export const entries: readonly Entry[] = Object.keys(PROSE)
  .filter((path) => path.endsWith('/en.md'))
  .map(folderOf)
  .filter((entry) => entry !== undefined)
  .sort((a, b) => a.number - b.number);

export const entryOf = (id: string): Entry | undefined => entries.find((entry) => entry.id === id);

function find<T>(modules: Record<string, () => Promise<T>>, id: string, file: string) {
  return Object.entries(modules).find(
    ([path]) => folderOf(path)?.id === id && path.endsWith(`/${file}`),
  )?.[1];
}

export async function loadProse(id: string, locale: Locale): Promise<Prose> {
  const load = find(PROSE, id, `${locale}.md`);
  if (load === undefined) throw new Error(`lesson ${id} has no ${locale}.md`);
  return load();
}

export async function loadLesson(id: string): Promise<Lesson> {
  const load = find(LESSONS, id, 'lesson.ts');
  if (load === undefined) throw new Error(`lesson ${id} has no lesson.ts`);
  return load();
}

/** The lesson's exercise generator; `undefined` where it has none. */
export async function loadExercise(id: string): Promise<AnyExercise | undefined> {
  return (await find(EXERCISES, id, 'exercise.ts')?.())?.exercise;
}

const DUMPS = import.meta.glob<string>('../../../../lessons/*/*.json.gz', {
  query: '?url&no-inline',
  import: 'default',
  eager: true,
});

/** Where the browser finds the memory of the lesson's Linux guest; null where it has none. */
export const dumpUrl = (id: string): string | null =>
  Object.entries(DUMPS).find(([path]) => folderOf(path)?.id === id)?.[1] ?? null;
