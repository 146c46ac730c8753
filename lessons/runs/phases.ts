import type { Counter, ScenarioInput } from '@pagewalk/engine';
import type { ExerciseItem, RunScenario } from '../schema.ts';

/** Exercises on a machine at work: what a counter goes up by, phase by phase, as the engine runs it. */

export type Machine = ScenarioInput['machine'];
export type Action = NonNullable<ScenarioInput['actions']>[number];
/** What a form makes of its draw; the rest of an item is the same for all. */
export type Draft = Pick<
  ExerciseItem<ScenarioInput>,
  'question' | 'answer' | 'solution' | 'scenario' | 'choices' | 'unit'
>;

/** Something that happens, and what is said of it in the solution. */
export interface Phase {
  what: string;
  actions: Action[];
}

/** What a counter goes up by in each of several phases that follow a beginning. */
export function phasesOf(
  run: RunScenario,
  machine: Machine,
  before: Action[],
  phases: readonly Action[][],
  counter: Counter,
): number[] {
  let actions = before;
  let last = run({ machine, actions }).view.counters[counter];
  return phases.map((phase) => {
    actions = [...actions, ...phase];
    const now = run({ machine, actions }).view.counters[counter];
    const by = now - last;
    last = now;
    return by;
  });
}

/** A question for the sum over all phases; its solution lists them. */
export function counted(
  run: RunScenario,
  machine: Machine,
  said: { question: string; unit: string; total: (count: number) => string },
  before: Action[],
  phases: Phase[],
  counter: Counter,
): Draft {
  const counts = phasesOf(
    run,
    machine,
    before,
    phases.map(({ actions }) => actions),
    counter,
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  const lines = phases.map(({ what }, index) => `${index + 1}. ${what} → ${counts[index] ?? 0}`);
  return {
    question: said.question,
    answer: String(total),
    unit: said.unit,
    solution: `${lines.join('\n')}\n\n${said.total(total)}`,
    scenario: { machine, actions: [...before, ...phases.flatMap(({ actions }) => actions)] },
  };
}
