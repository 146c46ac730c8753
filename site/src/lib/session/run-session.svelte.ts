import {
  InputError,
  Run,
  hostViewOf,
  outlineOf,
  parseScenario,
  readScenario,
  stepsOf,
  viewOf,
} from '@pagewalk/engine';
import type {
  Action,
  HostView,
  KernelMemory,
  Kvm,
  RunView,
  Scenario,
  ScenarioInput,
  StepOutline,
} from '@pagewalk/engine';
import { loadKvm } from '#lib/machine/engine.ts';
import type { EventKind, Playable } from '#lib/player/player.svelte.ts';

/** What the server worked out for the first picture. */
export interface FirstRun {
  scenario: Scenario;
  /** The step that the page begins at; the view is of then. */
  step: number;
  view: RunView;
  outline: StepOutline[];
  /** The host and its guests then. */
  host: HostView;
}

/** A step of which nothing is told. */
const NOTHING: StepOutline = {
  miss: false,
  exit: false,
  fault: false,
  flush: false,
  accesses: 0,
  hits: 0,
};

/**
 * The reader's machine: a scenario, how far it has been run, and what the machine then holds. All of it
 * is the engine's; this asks, and shows what it answers.
 */
export class RunSession implements Playable {
  scenario: Scenario = $state.raw({} as Scenario);
  view: RunView = $state.raw({} as RunView);
  /** The host and its guests now. */
  host: HostView = $state.raw({} as HostView);
  /** The machine before the step just done; null after a jump. */
  before: RunView | null = $state.raw(null);
  /** The host then; null after a jump. */
  hostBefore: HostView | null = $state.raw(null);
  outline: StepOutline[] = $state.raw([]);
  stateHash = $state('');
  /** Steps done: one for each page of an action, one for any other action. */
  position = $state(0);
  /** Grows with each change of the machine. */
  version = $state(0);
  /** Whether the engine runs here yet. */
  ready = $state(false);
  /** What went wrong, in one sentence; null when nothing did. */
  problem: string | null = $state(null);
  canUndo = $state(false);
  canRedo = $state(false);
  /** Whether anything was done here that the address bar should hold. */
  touched = $state(false);
  /** Whether the reader did something else than the page's scenario. */
  own = $state(false);
  /** Nothing holds a run. */
  readonly held = null;
  /** What steps are told apart by. */
  readonly kinds: readonly EventKind[];

  #kvm: Kvm | null = null;
  #run: Run | null = null;
  readonly #first: FirstRun;

  /** `first` is the machine before its first step, read when the page was built. */
  constructor(first: FirstRun, kinds: readonly EventKind[] = ['miss', 'exit', 'fault', 'flush']) {
    this.kinds = kinds;
    this.#first = first;
    this.scenario = first.scenario;
    this.view = first.view;
    this.host = first.host;
    this.position = first.step;
    this.outline = first.outline;
  }

  /** The host's memory, frame by frame; null before the engine runs here. */
  get memory(): KernelMemory | null {
    return this.ready && this.#kvm !== null ? this.#kvm.host : null;
  }

  /** Number of steps. */
  get length(): number {
    return this.outline.length;
  }

  /**
   * Starts the engine in the browser; at a step, with another scenario when the text of one is given. One that
   * cannot be used is refused in words, and the page's own is there instead.
   */
  async start(step: number, other: string | null): Promise<void> {
    try {
      this.#kvm = await loadKvm();
      const fits = other !== null && this.#try(() => parseScenario(other));
      this.own = fits;
      if (!fits) {
        const refused = this.problem;
        this.#begin(this.#first.scenario);
        if (other !== null) step = this.#first.step;
        if (step > 0) this.seek(step);
        this.problem ??= refused;
      } else if (step > 0) {
        this.seek(step);
      }
      this.touched = false;
      this.ready = true;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  #begin(scenario: Scenario): void {
    if (this.#kvm === null) return;
    this.#run = new Run(this.#kvm, scenario);
    this.outline = this.#outlineOf(this.#run);
    this.#show(null);
  }

  // Where steps are not told apart, only how many there are matters, and running them ahead costs time.
  #outlineOf(run: Run): StepOutline[] {
    if (this.kinds.length > 0) return outlineOf(run);
    return Array.from({ length: run.length }, () => NOTHING);
  }

  // Shows the machine as it is now.
  #show(
    before: { view: RunView; host: HostView } | null,
    happenings: RunView['happenings'] = [],
  ): void {
    const run = this.#run;
    if (run === null) return;
    this.scenario = run.scenario;
    this.position = run.step;
    this.view = viewOf(run, happenings);
    this.host = hostViewOf(run);
    this.version++;
    this.before = before?.view ?? null;
    this.hostBefore = before?.host ?? null;
    this.stateHash = run.stateHash;
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
    if (to === 0) {
      run.seek(0);
      this.#show(null);
      return;
    }
    // The step itself is done last, for what happens in it.
    run.seek(to - 1);
    const before = { view: viewOf(run), host: hostViewOf(run) };
    this.#show(before, run.next()?.happenings ?? []);
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

  kindOf(step: number): EventKind | null {
    const outline = this.outline[step - 1];
    if (outline === undefined) return null;
    if (outline.fault) return 'fault';
    if (outline.exit) return 'exit';
    if (outline.miss) return 'miss';
    return outline.flush ? 'flush' : null;
  }

  isOf(step: number, kind: EventKind): boolean {
    const outline = this.outline[step - 1];
    return kind in (outline ?? {}) && outline?.[kind as 'miss'] === true;
  }

  /** The action that a step is of, and which of its pages it is; null for step 0. */
  actionAt(step: number): { action: Action; index: number; page: number } | null {
    let left = step;
    if (step < 1) return null;
    for (const [index, action] of this.scenario.actions.entries()) {
      const steps = stepsOf(action);
      if (left <= steps) return { action, index, page: left - 1 };
      left -= steps;
    }
    return null;
  }

  /** Acts now; what would have followed is dropped, and undo brings it back. */
  act(input: object): void {
    const run = this.#run;
    if (run === null) return;
    this.touched = true;
    try {
      // Read as a part of the scenario: the same check, the same messages.
      const { actions } = readScenario({
        ...this.scenario,
        actions: [...this.scenario.actions.slice(0, run.index), input],
      });
      const action = actions.at(-1);
      if (action === undefined) return;
      const before = run.step;
      run.act(action);
      this.outline = this.#outlineOf(run);
      this.own = true;
      this.seek(Math.max(before + 1, run.step));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem = error.message.replace(/^actions\[\d+\]\./, '');
    }
  }

  undo(): void {
    this.#timeline((run) => run.undo());
  }

  redo(): void {
    this.#timeline((run) => run.redo());
  }

  #timeline(move: (run: Run) => boolean): void {
    const run = this.#run;
    if (run === null || !move(run)) return;
    this.outline = this.#outlineOf(run);
    this.own = this.#first.scenario.actions.length !== run.scenario.actions.length;
    this.seek(run.step);
  }

  /**
   * Another machine, or other actions, from the start; a scenario, or the text of one. False when it does not fit;
   * nothing changes then.
   */
  load(input: ScenarioInput | string): boolean {
    const fits = this.#try(() =>
      typeof input === 'string' ? parseScenario(input) : readScenario(input),
    );
    if (fits) this.touched = this.own = true;
    return fits;
  }

  #try(read: () => Scenario): boolean {
    try {
      this.#begin(read());
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem = error.message;
      return false;
    }
  }

  /** The page's own scenario again, from the start. */
  reset(): void {
    this.#begin(this.#first.scenario);
    this.own = false;
    this.touched = true;
  }
}
