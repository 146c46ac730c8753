import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Workbench, readRace, readRun } from '@pagewalk/engine';
import { LiveConsole, teachingHost } from '@pagewalk/engine/console';
import { loadEngine, loadKvm } from '@pagewalk/engine/node';
import { fetchPrograms, runnerOn } from '../hosts/play.ts';
import type { OpenHost } from '../hosts/play.ts';
import type {
  ExerciseGenerator,
  ExerciseItem,
  HostExerciseGenerator,
  Lesson,
  Locale,
  RaceExerciseGenerator,
  RunExerciseGenerator,
} from '../schema.ts';

/** The lessons that have exercises, as their folders stand beside this one. */

const ROOM = new URL('../', import.meta.url);
// As it was built, or as it is written where a test runs it.
const ENDING = existsSync(new URL('schema.js', ROOM)) ? 'js' : 'ts';

/** Makes question `n` of a series; the engine of this process answers it. */
export type Generate = (seed: number, n: number, locale: Locale) => ExerciseItem<unknown>;

export interface Series {
  /** Of the lesson. */
  id: string;
  folder: URL;
  lesson: () => Promise<Lesson>;
  generator: () => Promise<Generate>;
}

async function generatorOf(folder: URL, lesson: Lesson): Promise<Generate> {
  const { exercise } = (await import(new URL(`exercise.${ENDING}`, folder).href)) as {
    exercise: unknown;
  };
  if (lesson.figure === 'run') {
    const kvm = await loadKvm();
    const make = exercise as RunExerciseGenerator;
    return (seed, n, locale) => make(seed, n, locale, (input) => readRun(kvm, input));
  }
  if (lesson.figure === 'host') {
    const kvm = await loadKvm();
    const open: OpenHost = (setup) => new LiveConsole(kvm, teachingHost(setup));
    await fetchPrograms(open, lesson);
    const make = exercise as HostExerciseGenerator;
    return (seed, n, locale) => make(seed, n, locale, runnerOn(open));
  }
  if (lesson.figure === 'race') {
    const kvm = await loadKvm();
    const make = exercise as RaceExerciseGenerator;
    return (seed, n, locale) => make(seed, n, locale, (work) => readRace(kvm, work));
  }
  const bench = new Workbench(await loadEngine());
  const make = exercise as ExerciseGenerator;
  return (seed, n, locale) => make(seed, n, locale, (scenario) => bench.run(scenario));
}

export function seriesOf(): Series[] {
  return readdirSync(fileURLToPath(ROOM))
    .sort()
    .flatMap((name): Series[] => {
      const id = /^\d+-(.+)$/.exec(name)?.[1];
      const folder = new URL(`${name}/`, ROOM);
      if (id === undefined || !existsSync(new URL(`exercise.${ENDING}`, folder))) return [];
      const lesson = async (): Promise<Lesson> => {
        const said = (await import(new URL(`lesson.${ENDING}`, folder).href)) as {
          default: Lesson;
        };
        return said.default;
      };
      return [{ id, folder, lesson, generator: async () => generatorOf(folder, await lesson()) }];
    });
}
