import type { RunPosition, RunReading, ScenarioInput } from '@pagewalk/engine';
import { runOf } from '../define.ts';
import type { Read, RunLesson } from '../schema.ts';

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
