import type {
  RaceReading,
  RaceWork,
  RunPosition,
  RunReading,
  ScenarioInput,
} from '@pagewalk/engine';
import { runOf, workOf } from '../define.ts';
import type { RaceLesson, Read, ReadRace, RunLesson } from '../schema.ts';

/** Reads the states of a lesson, each once, by whatever runs the engine here. */
export function readerOf(
  lesson: RunLesson,
  readAt: (input: ScenarioInput, at: RunPosition) => RunReading,
): Read {
  const readings = new Map<string, RunReading>();
  return (state) => {
    let reading = readings.get(state);
    if (reading === undefined) {
      const { input, at } = runOf(lesson, state);
      reading = readAt(input, at);
      readings.set(state, reading);
    }
    return reading;
  };
}

/** The same for a lesson about a race. */
export function raceReaderOf(
  lesson: RaceLesson,
  readRace: (work: RaceWork) => RaceReading,
): ReadRace {
  const readings = new Map<string, RaceReading>();
  return (state) => {
    const work = workOf(lesson, state);
    // Many states are the same work, further on.
    const key = JSON.stringify(work);
    const reading = readings.get(key) ?? readRace(work);
    readings.set(key, reading);
    return reading;
  };
}
