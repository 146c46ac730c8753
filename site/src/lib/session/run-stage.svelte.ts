import { readRun, readScenario, stepAt } from '@pagewalk/engine';
import type { Kvm, RunPosition, Scenario, ScenarioInput } from '@pagewalk/engine';
import { runOf } from '@pagewalk/lessons/define.ts';
import { readerOf } from '@pagewalk/lessons/runs/reading.ts';
import type {
  ExerciseItem,
  Locale,
  Read,
  RunExerciseGenerator,
  RunLesson,
} from '@pagewalk/lessons/schema.ts';
import { formatRun, parseRun } from '#lib/figures/run/link.ts';
import { loadKvm } from '#lib/machine/engine.ts';
import type { EventKind, Playable } from '#lib/player/player.svelte.ts';
import { Answers } from './answers.svelte.ts';
import type { Answered } from './answers.svelte.ts';
import { Asked } from './asked.ts';
import { RunSession } from './run-session.svelte.ts';
import type { FirstRun } from './run-session.svelte.ts';
import type { AnyExercise, Stage } from './stage.ts';

/**
 * A lesson's machine at work: the session that the figure draws, which of the lesson's scenarios it runs, and which
 * question holds it.
 */
export class RunStage implements Stage, Playable {
  readonly locale: Locale;
  readonly lesson: RunLesson;
  readonly session: RunSession;
  /** Name of the lesson's scenario that is run, or was before the reader made one of their own. */
  place: string = $state('');
  state: string | null = $state(null);
  touched = $state(false);
  readonly #answers: Answers;
  readonly #scenarios: ReadonlyMap<string, Scenario>;
  /** The engine that answers questions: the figure's machine goes on undisturbed. */
  #aside: Kvm | null = null;
  #read: Read | null = null;
  readonly #asked = new Asked();

  constructor(locale: Locale, first: FirstRun, lesson: RunLesson) {
    this.locale = locale;
    this.lesson = lesson;
    this.session = new RunSession(first);
    this.#answers = new Answers(lesson.id);
    this.#scenarios = new Map(
      Object.entries(lesson.scenarios).map(([name, input]) => [name, readScenario(input)]),
    );
    this.state = Object.keys(lesson.states)[0] ?? null;
    this.place = this.state === null ? '' : runOf(lesson, this.state).scenario;
  }

  // --- What is played ---------------------------------------------------------------------------------

  get ready(): boolean {
    return this.session.ready;
  }
  get problem(): string | null {
    return this.session.problem;
  }
  get position(): number {
    return this.session.position;
  }
  /** Up to the last step that is no mark. */
  get length(): number {
    let { length } = this.session;
    while (length > 0 && this.session.actionAt(length)?.action.do === 'mark') length--;
    return length;
  }
  get kinds(): readonly EventKind[] {
    return this.session.kinds;
  }
  kindOf(step: number): EventKind | null {
    return this.session.kindOf(step);
  }
  isOf(step: number, kind: EventKind): boolean {
    return this.session.isOf(step, kind);
  }
  next(matches: (step: number) => boolean): number | null {
    return this.session.next(matches);
  }
  /** Marks are no steps for a reader: they are passed over. */
  step(by: 1 | -1): void {
    let to = this.position + by;
    while (this.session.actionAt(to)?.action.do === 'mark' && to < this.length) to += by;
    this.seek(to);
  }

  /** Goes to a step; a question on the way holds the machine there. */
  seek(to: number): void {
    const hold = this.#holding();
    this.touched = true;
    let step = hold === null ? to : Math.min(to, hold.at);
    while (step > 0 && this.session.actionAt(step)?.action.do === 'mark') step--;
    this.session.seek(step);
  }

  get held(): string | null {
    const found = this.#holding();
    return found !== null && this.position === found.at ? found.id : null;
  }

  #holding(): { id: string; at: number } | null {
    if (this.state === null || this.session.own) return null;
    const found = Object.entries(this.lesson.predictions)
      .filter(
        ([id, { state }]) =>
          this.answers[id] === undefined && runOf(this.lesson, state).scenario === this.place,
      )
      .map(([id]) => ({ id, at: this.holdOf(id) }))
      .sort((one, other) => one.at - other.at)
      .find(({ at }) => at >= this.position);
    return found ?? null;
  }

  // --- States of the lesson -----------------------------------------------------------------------------

  async start(): Promise<void> {
    await this.session.start(this.session.position, null);
    this.#answers.recall();
    const aside = await loadKvm();
    this.#aside = aside;
    this.#read = readerOf(this.lesson, (input, at) => readRun(aside, input, at));
  }

  placeOf(state: string): { place: string; at: number } {
    const { scenario, at } = runOf(this.lesson, state);
    return { place: scenario, at: this.#stepOf(scenario, at) };
  }

  holdOf(prediction: string): number {
    const found = this.lesson.predictions[prediction];
    if (found === undefined) return 0;
    return this.#stepOf(runOf(this.lesson, found.state).scenario, found.holdAt);
  }

  #stepOf(scenario: string, at: RunPosition): number {
    const known = this.#scenarios.get(scenario);
    return known === undefined ? 0 : stepAt(known, at);
  }

  show(name: string, how: 'reading' | 'asked'): boolean {
    if (!this.ready) return false;
    const isOwn = this.state === null || this.session.own;
    if (how === 'reading' && (isOwn || this.#asked.recently)) return false;
    const { place, at } = this.placeOf(name);
    if (!this.#run(place)) return false;
    this.state = name;
    this.seek(at);
    if (how === 'asked') this.#asked.note();
    return true;
  }

  /** Runs one of the lesson's scenarios, unless it is the one that runs; false where there is none of the name. */
  #run(place: string): boolean {
    if (place === this.place && !this.session.own) return true;
    const scenario = this.#scenarios.get(place);
    if (scenario === undefined || !this.session.load(scenario)) return false;
    this.session.own = false;
    this.place = place;
    return true;
  }

  // --- Questions ------------------------------------------------------------------------------------------

  get answers(): Readonly<Record<string, Answered>> {
    return this.#answers.all;
  }
  answered(id: string): Answered | undefined {
    return this.answers[id];
  }
  answer(id: string, value: number | string): Answered | undefined {
    const prediction = this.lesson.predictions[id];
    if (prediction === undefined || this.#read === null) return undefined;
    return this.#answers.give(id, value, prediction.answer(this.#read));
  }
  forget(): void {
    this.#answers.forget();
  }

  exercise(make: AnyExercise, seed: number, n: number): ExerciseItem<unknown> {
    const aside = this.#aside;
    if (aside === null) throw new Error('the engine is not loaded yet');
    return (make as RunExerciseGenerator)(seed, n, this.locale, (input) => readRun(aside, input));
  }

  open(scenario: unknown): void {
    if (!this.session.load(scenario as ScenarioInput)) return;
    this.state = null;
    this.touched = true;
    this.session.seek(this.session.length);
  }

  // --- The address bar --------------------------------------------------------------------------------------

  get link(): string {
    const { session } = this;
    const own = session.own
      ? { machine: session.scenario.machine, actions: session.scenario.actions }
      : null;
    const text = formatRun(this.position, own) ?? '';
    return own === null && this.state !== null ? `state=${this.state}&${text}` : text;
  }

  restore(text: string): boolean {
    const { step, run } = parseRun(text);
    const named = new URLSearchParams(text).get('state');
    if (run !== null) {
      if (!this.session.load(run)) return false;
      this.state = null;
      this.touched = true;
    } else if (named !== null && Object.hasOwn(this.lesson.states, named))
      this.show(named, 'asked');
    if (step !== null) this.seek(step);
    return true;
  }
}
