import { Run, hostViewOf, readScenario, stepsOf, viewOf } from '@pagewalk/engine';
import type { Kvm, Scenario, ScenarioInput } from '@pagewalk/engine';
import { runOf } from '@pagewalk/lessons/define.ts';
import type {
  Read,
  RunLesson,
  RunPosition,
  RunReading,
  RunScenario,
} from '@pagewalk/lessons/schema.ts';

/** Machines of a lesson as the engine has them, each run anew on a host of their own. */

/** The step at which a player stands that is said to stand somewhere. */
export function stepAt(scenario: Scenario, at: RunPosition): number {
  let step = 0;
  for (const action of scenario.actions) {
    // What stands before the mark is what the reader is to see; the mark itself does nothing.
    if (typeof at === 'object' && action.do === 'mark' && action.name === at.mark) return step;
    step += stepsOf(action);
  }
  return typeof at === 'number' ? Math.min(at, step) : step;
}

function readingOf(run: Run): RunReading {
  return { view: viewOf(run), host: hostViewOf(run) };
}

/** Reads states of a lesson; each is run once. */
export function readerFor(kvm: Kvm, lesson: RunLesson): Read {
  const readings = new Map<string, RunReading>();
  return (state) => {
    const known = readings.get(state);
    if (known !== undefined) return known;
    const { input, at } = runOf(lesson, state);
    const scenario = readScenario(input);
    const run = new Run(kvm, scenario);
    run.seek(stepAt(scenario, at));
    const reading = readingOf(run);
    readings.set(state, reading);
    return reading;
  };
}

/** Runs scenarios to their end. */
export const runnerFor =
  (kvm: Kvm): RunScenario =>
  (input: ScenarioInput) => {
    const run = new Run(kvm, readScenario(input));
    run.seek(run.length);
    return readingOf(run);
  };
