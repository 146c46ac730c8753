import { InputError, Run, readScenario, viewOf } from '@pagewalk/engine';
import type { Action, Kvm, RunView, Scenario, ScenarioInput } from '@pagewalk/engine';
import { loadKvm } from '#lib/machine/engine.ts';

/**
 * The reader's machine: a scenario, how far it has been run, and what the machine then holds. All of it
 * is the engine's; this asks, and shows what it answers.
 */
export class RunSession {
  scenario: Scenario = $state.raw({} as Scenario);
  view: RunView = $state.raw({} as RunView);
  /** Steps done: one for each page of an action, one for any other action. */
  position = $state(0);
  length = $state(0);
  /** How the present position was reached: only a single step forth has something to animate. */
  moved: 'step' | 'jump' = $state('jump');
  /** Whether the engine runs here yet. */
  ready = $state(false);
  /** What went wrong, in one sentence; null when nothing did. */
  problem: string | null = $state(null);
  canUndo = $state(false);
  canRedo = $state(false);
  /** Whether anything was done here that the address bar should hold. */
  touched = $state(false);
  /** Nothing holds a run. */
  readonly held = null;

  #kvm: Kvm | null = null;
  #run: Run | null = null;

  /** `first` is the scenario's machine before its first step, read when the page was built. */
  constructor(scenario: Scenario, first: { view: RunView; length: number }) {
    this.scenario = scenario;
    this.view = first.view;
    this.length = first.length;
  }

  /** Starts the engine in the browser. */
  async start(): Promise<void> {
    try {
      this.#kvm = await loadKvm();
      this.#begin(this.scenario);
      this.ready = true;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  #begin(scenario: Scenario): void {
    if (this.#kvm === null) return;
    this.#run = new Run(this.#kvm, scenario);
    this.#show('jump');
  }

  // Shows the machine as it is now.
  #show(moved: 'step' | 'jump', happenings: RunView['happenings'] = []): void {
    const run = this.#run;
    if (run === null) return;
    this.scenario = run.scenario;
    this.position = run.step;
    this.length = run.length;
    this.view = viewOf(run, happenings);
    this.moved = moved;
    this.canUndo = run.canUndo;
    this.canRedo = run.canRedo;
    this.problem = run.stop?.message ?? null;
  }

  /** Goes to a step. What it consisted of is shown with it. */
  seek(step: number): void {
    const run = this.#run;
    if (run === null) return;
    this.touched = true;
    const to = Math.max(0, Math.min(step, this.length));
    const single = to === run.step + 1;
    // The step itself is done last, for what happens in it.
    run.seek(Math.max(0, to - 1));
    const result = to === 0 ? null : run.next();
    this.#show(single ? 'step' : 'jump', result?.happenings ?? []);
  }

  /** Steps forth (1) or back (-1). */
  step(by: 1 | -1): void {
    this.seek(this.position + by);
  }

  /** The next position after the present one that `matches`; null when there is none. */
  next(matches: (step: number) => boolean): number | null {
    for (let step = this.position + 1; step <= this.length; step++) if (matches(step)) return step;
    return null;
  }

  /** The action that a step is of, and which of its pages it is. */
  actionAt(step: number): { action: Action; index: number; page: number } | null {
    let left = step;
    for (const [index, action] of this.scenario.actions.entries()) {
      const steps = 'pages' in action && action.do !== 'discard' ? action.pages : 1;
      if (left <= steps) return { action, index, page: left - 1 };
      left -= steps;
    }
    return null;
  }

  /** Acts now; what would have followed is dropped, and undo brings it back. */
  act(action: Action): void {
    const run = this.#run;
    if (run === null) return;
    this.touched = true;
    try {
      const before = run.step;
      run.act(action);
      this.seek(Math.max(before + 1, run.step));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem = error.message;
    }
  }

  undo(): void {
    if (this.#run?.undo() === true) this.#show('jump');
  }

  redo(): void {
    if (this.#run?.redo() === true) this.#show('jump');
  }

  /** Another machine, or other actions, from the start. False when it does not fit; nothing changes then. */
  load(input: ScenarioInput): boolean {
    try {
      this.#begin(readScenario(input));
      this.touched = true;
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem = error.message;
      return false;
    }
  }
}
