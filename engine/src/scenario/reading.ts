import { InputError } from '../input.ts';
import type { Kvm } from '../kvm/kvm.ts';
import { hostViewOf } from './host-view.ts';
import type { HostView } from './host-view.ts';
import { readScenario } from './read.ts';
import { Run } from './run.ts';
import type { Scenario, ScenarioInput } from './schema.ts';
import { viewOf } from './view.ts';
import type { RunView } from './view.ts';
import { stepsOf } from './world.ts';

/** A scenario read at one of its steps: the machine and its host as they stand there. */

/** Where in a run: so many steps done, its end, or a mark of its scenario. */
export type RunPosition = number | 'end' | { mark: string };

export interface RunReading {
  view: RunView;
  host: HostView;
}

/**
 * The step at which a run stands that is said to stand somewhere: never beyond the end, and at the end where no mark
 * has the name. What stands before a mark is what it shows; the mark itself does nothing.
 */
export function stepAt(scenario: Scenario, at: RunPosition): number {
  let step = 0;
  for (const action of scenario.actions) {
    if (typeof at === 'object' && action.do === 'mark' && action.name === at.mark) return step;
    step += stepsOf(action);
  }
  return typeof at === 'number' ? Math.min(at, step) : step;
}

/**
 * Runs a scenario on `kvm`, which forgets what it ran before, and reads it. Throws an `InputError` where it is not a
 * scenario, and where an action on the way cannot be done.
 */
export function readRun(kvm: Kvm, input: ScenarioInput, at: RunPosition = 'end'): RunReading {
  const scenario = readScenario(input);
  const run = new Run(kvm, scenario);
  run.seek(stepAt(scenario, at));
  if (run.stop !== null) throw new InputError(run.stop.field, run.stop.message);
  return { view: viewOf(run), host: hostViewOf(run) };
}
