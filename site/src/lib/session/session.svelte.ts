import {
  DEFAULT_ACCESS,
  DEFAULT_MACHINE,
  InputError,
  Workbench,
  formatLink,
  parseDump,
  parseLink,
  possible,
} from '@pagewalk/engine';
import type {
  Access,
  Mapping,
  Reference,
  Registers,
  Translation,
  WalkAction,
  WalkMachine,
  WalkScenario,
} from '@pagewalk/engine';
import type {
  ExerciseGenerator,
  ExerciseItem,
  LessonState,
  Locale,
  Prediction,
  WalkLesson,
} from '@pagewalk/lessons/schema.ts';
import { loadEngine } from '#lib/machine/engine.ts';
import type { EventKind } from '#lib/player/player.svelte.ts';
import { Answers } from './answers.svelte.ts';
import type { Answered } from './answers.svelte.ts';
import { Asked } from './asked.ts';
import { getStage } from './stage.ts';
import type { AnyExercise, Stage } from './stage.ts';

/** What the server worked out for the first picture. */
export interface FirstWalk {
  scenario: WalkScenario;
  translation: Translation;
  registers: Registers;
}

interface Moment {
  scenario: WalkScenario;
  position: number;
  state: string | null;
}

const EMPTY: WalkScenario = { machine: DEFAULT_MACHINE, actions: [], access: DEFAULT_ACCESS };

const same = (a: WalkScenario, b: WalkScenario): boolean =>
  formatLink({ scenario: a, at: 0 }) === formatLink({ scenario: b, at: 0 });

/**
 * The reader's walk: which scenario, how far it has been played, what may be undone, and which
 * question holds it. Everything about memory comes from the engine; this only says what to ask it.
 */
export class WalkSession implements Stage {
  readonly locale: Locale;
  readonly lesson: WalkLesson | null;

  scenario: WalkScenario = $state.raw(EMPTY);
  translation: Translation = $state.raw({} as Translation);
  registers: Registers = $state.raw({} as Registers);
  /** Steps done: 0 is before anything, `length` shows the outcome. */
  position = $state(0);
  /** How the present position was reached; only a single step forth is worth a travelling token. */
  moved: 'step' | 'jump' = $state('jump');
  /** The lesson's state that is shown; null once the reader made a machine of their own. */
  state: string | null = $state(null);
  /** Whether the engine runs here yet. */
  ready = $state(false);
  /** What went wrong, in one sentence; null when nothing did. */
  problem: string | null = $state(null);
  /** Whether anything was done here that the address bar should hold. */
  touched = $state(false);
  readonly #answers: Answers;

  #history: Moment[] = $state.raw([]);
  #bench: Workbench | null = null;
  /** Counts what was asked for, so that a late answer can tell that it is too late. */
  #asked = 0;
  /** When a state was last asked for. */
  readonly #lately = new Asked();
  /** Whether something asked for waits for the Linux guest's memory. */
  #loading = false;
  #dump: Promise<void> | null = null;
  readonly #dumpUrl: string | null;

  constructor(
    locale: Locale,
    first: FirstWalk,
    lesson: WalkLesson | null = null,
    dumpUrl: string | null = null,
  ) {
    this.locale = locale;
    this.lesson = lesson;
    this.#answers = new Answers(lesson?.id ?? 'none');
    this.#dumpUrl = dumpUrl;
    this.scenario = first.scenario;
    this.translation = first.translation;
    this.registers = first.registers;
    this.state = lesson === null ? null : (Object.keys(lesson.states)[0] ?? null);
  }

  readonly kinds: readonly EventKind[] = ['guest', 'nested', 'store', 'end'];

  /** The kind of the event at a step; null for a step of no such kind. */
  kindOf(step: number): EventKind | null {
    const event = this.translation.events[step - 1];
    if (event === undefined) return step === this.length ? 'end' : null;
    if (event.kind === 'store') return 'store';
    if (event.reference.table === 'guest') return 'guest';
    return event.reference.meaning === 'page' ? 'nested' : null;
  }

  isOf(step: number, kind: EventKind): boolean {
    return this.kindOf(step) === kind;
  }

  /** Starts the engine in the browser; what the reader did before it came is carried out then. */
  async start(): Promise<void> {
    try {
      this.#bench = new Workbench(await loadEngine());
      this.#answers.recall();
      this.ready = true;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  /** Number of steps of the walk: its events, and how it ended. */
  get length(): number {
    return this.translation.events.length + 1;
  }

  get canUndo(): boolean {
    return this.#history.length > 0;
  }

  /** Whether the outcome is shown. */
  get ended(): boolean {
    return this.position === this.length;
  }

  /** References made so far. */
  get done(): number {
    return this.translation.events.slice(0, this.position).filter((one) => one.kind === 'reference')
      .length;
  }

  /** The reference at the present step: the one just made, or whose entry was just updated. */
  get current(): Reference | null {
    const event = this.translation.events[this.position - 1];
    if (event === undefined) return null;
    if (event.kind === 'reference') return event.reference;
    return this.translation.references[event.store.reference] ?? null;
  }

  /** The unanswered prediction that holds the machine here. */
  get held(): string | null {
    const found = this.#holding();
    return found !== undefined && this.position === found.holdAt ? found.id : null;
  }

  #holding(): { id: string; holdAt: number } | undefined {
    if (this.state === null || this.lesson === null) return undefined;
    return Object.entries(this.lesson.predictions)
      .filter(([id, one]) => one.state === this.state && this.answers[id] === undefined)
      .map(([id, one]) => ({ id, holdAt: one.holdAt }))
      .sort((a, b) => a.holdAt - b.holdAt)
      .find(({ holdAt }) => holdAt >= this.position);
  }

  /** Goes to a step; a question on the way holds the machine there. */
  seek(to: number, moved: 'step' | 'jump' = 'jump'): void {
    const wanted = Math.max(0, Math.min(this.length, to));
    const hold = this.#holding();
    this.moved = moved;
    this.position = hold === undefined ? wanted : Math.min(wanted, hold.holdAt);
    this.touched = true;
  }

  step(by: 1 | -1): void {
    this.seek(this.position + by, by === 1 ? 'step' : 'jump');
  }

  /** The first later step that `wanted` accepts, or null. */
  next(wanted: (step: number) => boolean): number | null {
    for (let step = this.position + 1; step <= this.length; step++) {
      if (wanted(step)) return step;
    }
    return null;
  }

  /** Asks the engine; nothing on the page changes. */
  run(scenario: WalkScenario): Translation {
    if (this.#bench === null) throw new Error('the engine is not loaded yet');
    return this.#bench.run(scenario);
  }

  /** The pages that the guest's tables map. */
  mappings(machine: WalkMachine): Mapping[] {
    return this.#bench === null ? [] : [...this.#bench.mappings(machine)];
  }

  /** Loads the Linux guest's memory, once. */
  async loadDump(): Promise<void> {
    const url = this.#dumpUrl;
    if (url === null) throw new Error('this page has no dump');
    this.#dump ??= (async () => {
      const response = await fetch(url);
      if (!response.ok || response.body === null) {
        throw new Error(`the dump could not be loaded (${response.status})`);
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Some servers unpack .gz on the way; gzip begins with these two bytes, JSON does not.
      const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
      const stream = new Blob([bytes]).stream();
      const text = await new Response(
        packed ? stream.pipeThrough(new DecompressionStream('gzip')) : stream,
      ).text();
      this.#bench?.loadDump(parseDump(text));
    })();
    try {
      await this.#dump;
    } catch (error) {
      this.#dump = null;
      throw error;
    }
  }

  /**
   * Shows another walk. False, with `problem` saying why, when the engine cannot make it; then nothing
   * has changed.
   */
  apply(scenario: WalkScenario, at: number | 'end' = 0, state: string | null = null): boolean {
    return this.#change(scenario, at, state, { undoable: true, holds: false });
  }

  /** `undoable`: undo comes back to what was before. `holds`: a question on the way holds the machine. */
  #change(
    scenario: WalkScenario,
    at: number | 'end',
    state: string | null,
    how: { undoable: boolean; holds: boolean },
  ): boolean {
    if (this.#bench === null) return false;
    const wanted = { ...scenario, machine: possible(scenario.machine) };
    if (wanted.machine.guest === 'linux' && !this.#bench.hasDump) {
      const asked = ++this.#asked;
      this.#loading = true;
      void this.loadDump()
        .then(
          // Unless the reader has gone on to something else while it was loading.
          () => asked === this.#asked && this.#change(wanted, at, state, how),
          (error: unknown) => (this.problem = (error as Error).message),
        )
        .finally(() => (this.#loading = false));
      return true;
    }
    try {
      const translation = this.#bench.run(wanted);
      const registers = this.#bench.registers(wanted);
      if (how.undoable) this.#remember();
      this.#asked++;
      this.scenario = wanted;
      this.translation = translation;
      this.registers = registers;
      this.state = state;
      this.problem = null;
      this.touched = true;
      this.moved = 'jump';
      const step = at === 'end' ? this.length : Math.min(at, this.length);
      this.position = how.holds ? 0 : step;
      if (how.holds) this.seek(step);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem = error.message;
      return false;
    }
  }

  #remember(): void {
    const { scenario, position, state } = this;
    this.#history = [...this.#history.slice(-99), { scenario, position, state }];
  }

  /** Takes back the last change of the machine. */
  undo(): void {
    const last = this.#history.at(-1);
    if (last === undefined) return;
    const rest = this.#history.slice(0, -1);
    if (this.apply(last.scenario, last.position, last.state)) this.#history = rest;
  }

  /** Changes the machine by its switches. What was written into its tables goes: it has new ones. */
  setMachine(change: Partial<WalkMachine>): void {
    const machine = possible({ ...this.scenario.machine, ...change });
    const { access } = this.scenario;
    const whole = this.ended || this.position === 0;
    this.apply({ machine, actions: [], access }, whole && this.ended ? 'end' : 0);
  }

  /** Changes the access. */
  setAccess(change: Partial<Access>): void {
    const access = { ...this.scenario.access, ...change };
    this.apply({ ...this.scenario, access }, this.ended ? 'end' : 0);
  }

  /** Does something to the machine; the walk is made anew and shown at the same place. */
  act(action: WalkAction): void {
    const { scenario } = this;
    const before = this.position;
    const actions =
      action.do === 'set'
        ? [...scenario.actions.filter((one) => one.do !== 'set' || one.at !== action.at), action]
        : [...scenario.actions, action];
    if (!this.apply({ ...scenario, actions }, 0) || action.do !== 'set') {
      this.position = Math.min(before, this.length);
      return;
    }
    const step = this.translation.events.findIndex(
      (one) => one.kind === 'reference' && one.reference.hpa === action.at,
    );
    this.position = step < 0 ? Math.min(before, this.length) : step + 1;
  }

  /** The scenario of one of the lesson's states. */
  scenarioOf(name: string): WalkScenario {
    const { start, own } = this.#named(name);
    return {
      machine: { ...start.machine, ...own.machine },
      actions: own.actions ?? [],
      access: { ...start.access, ...own.access },
    };
  }

  #named(name: string): { start: WalkScenario; own: LessonState } {
    const own = this.lesson?.states[name];
    if (this.lesson === null || own === undefined) throw new Error(`no state ${name}`);
    return { start: this.lesson.start, own };
  }

  /**
   * Shows a state of the lesson. Reading on never takes away a machine that the reader made: then it
   * is refused, and false is returned.
   */
  show(name: string, how: 'reading' | 'asked'): boolean {
    if (!this.ready) return false;
    if (how === 'reading' && (this.state === null || this.#lately.recently || this.#loading))
      return false;
    if (how === 'asked') this.#lately.note();
    const { own } = this.#named(name);
    const scenario = this.scenarioOf(name);
    if (same(scenario, this.scenario)) {
      this.state = name;
      this.seek(this.#stepOf(own));
      return true;
    }
    // What the lesson itself showed needs no undoing; a machine of the reader's does.
    return this.#change(scenario, own.at, name, { undoable: this.state === null, holds: true });
  }

  #stepOf(state: LessonState): number {
    return state.at === 'end' ? this.length : state.at;
  }

  get answers(): Readonly<Record<string, Answered>> {
    return this.#answers.all;
  }

  answered(id: string): Answered | undefined {
    return this.answers[id];
  }

  /** Commits to an answer; the engine's own run says what is right. */
  answer(id: string, value: number | string): Answered | undefined {
    const prediction: Prediction | undefined = this.lesson?.predictions[id];
    if (prediction === undefined || !this.ready) return undefined;
    const expected = prediction.answer((scenario) => this.run(scenario));
    return this.#answers.give(id, value, expected);
  }

  forget(): void {
    this.#answers.forget();
  }

  readonly place = $derived.by(() => formatLink({ scenario: this.scenario, at: 0 }));

  placeOf(name: string): { place: string; at: number | 'end' } {
    const { own } = this.#named(name);
    return { place: formatLink({ scenario: this.scenarioOf(name), at: 0 }), at: own.at };
  }

  holdOf(prediction: string): number {
    return this.lesson?.predictions[prediction]?.holdAt ?? 0;
  }

  exercise(make: AnyExercise, seed: number, n: number): ExerciseItem {
    return (make as ExerciseGenerator)(seed, n, this.locale, (scenario) => this.run(scenario));
  }

  open(scenario: unknown): void {
    this.apply(scenario as WalkScenario);
  }

  /** The walk as the text of a link. */
  get link(): string {
    return formatLink({ scenario: this.scenario, at: this.position });
  }

  /** Restores the walk of a link; false, with `problem` saying why, when its text cannot be read. */
  restore(text: string): boolean {
    try {
      const { scenario, at } = parseLink(text);
      const named = Object.keys(this.lesson?.states ?? {}).find((name) =>
        same(this.scenarioOf(name), scenario),
      );
      // Where the page was opened by the link there is nothing before it to go back to.
      const how = { undoable: this.touched, holds: false };
      return this.#change(scenario, at, named ?? null, how);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problem = error.message;
      return false;
    }
  }
}

/** The walk of the page that a component stands on; only where the page's stage is one. */
export const getSession = (): WalkSession => getStage() as WalkSession;
