import { InputError, SLICES, curveOf, race, readRace, readWork, workWith } from '@pagewalk/engine';
import type { CurvePoint, Kvm, Race, RaceParameter, RaceWork } from '@pagewalk/engine';
import { workOf } from '@pagewalk/lessons/define.ts';
import { raceReaderOf } from '@pagewalk/lessons/runs/reading.ts';
import type {
  ExerciseItem,
  Locale,
  RaceExerciseGenerator,
  RaceLesson,
  ReadRace,
} from '@pagewalk/lessons/schema.ts';
import { loadKvm } from '#lib/machine/engine.ts';
import type { EventKind, Playable } from '#lib/player/player.svelte.ts';
import { Answers } from './answers.svelte.ts';
import type { Answered } from './answers.svelte.ts';
import { Asked } from './asked.ts';
import type { AnyExercise, Stage } from './stage.ts';

/** A slider that is being moved asks for many races; the last one is run. */
const REST_MS = 60;

const keyOf = (work: RaceWork): string => JSON.stringify(work);

/** A lesson's race: the work that both machines do, how much of it is shown, and which question holds it. */
export class RaceStage implements Stage, Playable {
  readonly locale: Locale;
  readonly lesson: RaceLesson;
  work: RaceWork = $state.raw({} as RaceWork);
  race: Race = $state.raw({} as Race);
  /** The number over which the curve is drawn; null while none is. */
  parameter: RaceParameter | null = $state(null);
  /** As much of the curve as has been run. */
  curve: readonly CurvePoint[] = $state.raw([]);
  position = $state(0);
  readonly length = SLICES;
  readonly kinds: readonly EventKind[] = [];
  ready = $state(false);
  problem: string | null = $state(null);
  touched = $state(false);
  state: string | null = $state(null);
  readonly #answers: Answers;
  #kvm: Kvm | null = null;
  #read: ReadRace | null = null;
  readonly #asked = new Asked();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `first` is the race of the lesson's first state, run while the site was built. */
  constructor(locale: Locale, first: Race, lesson: RaceLesson) {
    this.locale = locale;
    this.lesson = lesson;
    this.#answers = new Answers(lesson.id);
    this.race = first;
    const state = Object.keys(lesson.states)[0] ?? '';
    this.state = state;
    this.work = workOf(lesson, state);
    this.position = this.#at(state);
  }

  #at(state: string): number {
    const at = this.lesson.states[state]?.at ?? 0;
    return at === 'end' ? SLICES : at;
  }

  // --- What is played ---------------------------------------------------------------------------------

  kindOf(): EventKind | null {
    return null;
  }
  isOf(): boolean {
    return false;
  }
  next(matches: (step: number) => boolean): number | null {
    for (let step = this.position + 1; step <= this.length; step++) if (matches(step)) return step;
    return null;
  }
  step(by: 1 | -1): void {
    this.seek(this.position + by);
  }
  /** Goes to a slice; a question on the way holds the machines there. */
  seek(to: number): void {
    const hold = this.#holding();
    this.touched = true;
    this.position = Math.max(0, Math.min(to, hold?.at ?? SLICES));
  }

  get held(): string | null {
    const found = this.#holding();
    return found !== null && this.position === found.at ? found.id : null;
  }

  #holding(): { id: string; at: number } | null {
    if (this.state === null) return null;
    const here = this.place;
    const found = Object.entries(this.lesson.predictions)
      .filter(
        ([id, { state }]) =>
          this.answers[id] === undefined && keyOf(workOf(this.lesson, state)) === here,
      )
      .map(([id, { holdAt }]) => ({ id, at: holdAt }))
      .sort((one, other) => one.at - other.at)
      .find(({ at }) => at >= this.position);
    return found ?? null;
  }

  // --- The work -----------------------------------------------------------------------------------------

  /** Gives both machines other work, at once. The curve follows point by point. */
  #run(work: RaceWork): void {
    const kvm = this.#kvm;
    if (kvm === null) return;
    if (keyOf(work) !== this.place) {
      this.work = work;
      this.race = race(kvm, work);
      this.curve = [];
    }
    this.problem = null;
    void this.#draw();
  }

  async #draw(): Promise<void> {
    const { work, parameter } = this;
    const kvm = this.#kvm;
    if (kvm === null || parameter === null) return;
    const points: CurvePoint[] = [];
    for (const point of curveOf(kvm, work, parameter)) {
      points.push(point);
      // The page stays alive between two points, and the reader may want another curve by now.
      await new Promise((done) => setTimeout(done));
      if (this.work !== work || this.parameter !== parameter) return;
      this.curve = points.slice();
    }
  }

  /** The reader's own work; nothing holds it. */
  change(work: RaceWork): void {
    this.state = null;
    this.touched = true;
    this.position = SLICES;
    this.#run(work);
  }

  /** Moves one number, and shows the curve over it. */
  move(parameter: RaceParameter, value: number): void {
    if (this.parameter !== parameter) this.curve = [];
    this.parameter = parameter;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.change(workWith(this.work, parameter, value)), REST_MS);
  }

  // --- States of the lesson -----------------------------------------------------------------------------

  async start(): Promise<void> {
    try {
      this.#kvm = await loadKvm();
      const aside = await loadKvm();
      this.#read = raceReaderOf(this.lesson, (work) => readRace(aside, work));
      this.#answers.recall();
      this.ready = true;
      this.#curveOf(this.state ?? '');
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  get place(): string {
    return keyOf(this.work);
  }
  placeOf(state: string): { place: string; at: number } {
    return { place: keyOf(workOf(this.lesson, state)), at: this.#at(state) };
  }
  holdOf(prediction: string): number {
    return this.lesson.predictions[prediction]?.holdAt ?? 0;
  }

  #curveOf(state: string): void {
    const parameter = this.lesson.states[state]?.curve ?? null;
    if (parameter !== this.parameter) this.curve = [];
    this.parameter = parameter;
  }

  show(name: string, how: 'reading' | 'asked'): boolean {
    if (!this.ready) return false;
    if (how === 'reading' && (this.state === null || this.#asked.recently)) return false;
    clearTimeout(this.#timer);
    this.state = name;
    this.#curveOf(name);
    this.#run(workOf(this.lesson, name));
    this.seek(this.#at(name));
    if (how === 'asked') this.#asked.note();
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
    const kvm = this.#kvm;
    if (kvm === null) throw new Error('the engine is not loaded yet');
    return (make as RaceExerciseGenerator)(seed, n, this.locale, (work) => readRace(kvm, work));
  }
  open(scenario: unknown): void {
    this.change(scenario as RaceWork);
  }

  // --- The address bar --------------------------------------------------------------------------------------

  get link(): string {
    const parts =
      this.state === null
        ? [`work=${encodeURIComponent(this.place)}`, `curve=${this.parameter ?? ''}`]
        : [`state=${this.state}`];
    return [...parts, `step=${this.position}`].join('&');
  }

  restore(text: string): boolean {
    const given = new URLSearchParams(text);
    const [work, state, step] = [given.get('work'), given.get('state'), given.get('step')];
    try {
      if (work !== null) {
        const curve = given.get('curve') ?? '';
        const read = readWork(JSON.parse(work) as unknown, this.lesson.start);
        if (['pages', 'hot', 'updates', 'processes', 'exit'].includes(curve)) {
          this.parameter = curve as RaceParameter;
        }
        this.change(read);
      } else if (state !== null && Object.hasOwn(this.lesson.states, state)) {
        this.show(state, 'asked');
      }
      if (step !== null && /^\d{1,3}$/.test(step)) this.seek(Number(step));
      return true;
    } catch (error) {
      if (!(error instanceof InputError || error instanceof SyntaxError)) throw error;
      this.problem = error.message;
      return false;
    }
  }
}
