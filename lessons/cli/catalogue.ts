import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type {
  ExerciseGenerator,
  HostExerciseGenerator,
  Lesson,
  RunExerciseGenerator,
} from '../schema.ts';

export type AnyExercise = ExerciseGenerator | RunExerciseGenerator | HostExerciseGenerator;

/** The lessons that have exercises, as their folders stand beside this one. */

const ROOM = new URL('../', import.meta.url);

export interface Series {
  id: string;
  load: () => Promise<{
    lesson: Lesson;
    exercise: AnyExercise;
  }>;
}

export function seriesOf(): Series[] {
  const room = fileURLToPath(ROOM);
  // As it was built, or as it is written where a test runs it.
  const ending = existsSync(new URL('schema.js', ROOM)) ? 'js' : 'ts';
  return readdirSync(room)
    .sort()
    .flatMap((folder): Series[] => {
      const id = /^\d+-(.+)$/.exec(folder)?.[1];
      const file = new URL(`${folder}/exercise.${ending}`, ROOM);
      if (id === undefined || !existsSync(file)) return [];
      return [
        {
          id,
          load: async () => {
            const lesson = new URL(`${folder}/lesson.${ending}`, ROOM);
            const [made, { default: said }] = await Promise.all([
              import(file.href) as Promise<{
                exercise: AnyExercise;
              }>,
              import(lesson.href) as Promise<{ default: Lesson }>,
            ]);
            return { lesson: said, exercise: made.exercise };
          },
        },
      ];
    });
}
