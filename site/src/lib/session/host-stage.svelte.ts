import { HostPlayer, fetchPrograms, hostReaderOf, runnerOn } from '@pagewalk/lessons/hosts/play.ts';
import type { OpenHost } from '@pagewalk/lessons/hosts/play.ts';
import { beginning, linesOf, stepAt } from '@pagewalk/lessons/hosts/script.ts';
import { hostOf } from '@pagewalk/lessons/define.ts';
import type {
  ExerciseItem,
  HostAct,
  HostCase,
  HostExerciseGenerator,
  HostLesson,
  Locale,
} from '@pagewalk/lessons/schema.ts';
import { memoryMessages } from '#lib/figures/memory/messages.ts';
import type { EventKind, Playable } from '#lib/player/player.svelte.ts';
import { Answers } from './answers.svelte.ts';
import type { Answered } from './answers.svelte.ts';
import { Asked } from './asked.ts';
import { formatHost, parseHost } from './host-link.ts';
import { loadHosts, sightOf } from './hosts.ts';
import type { FirstHost, Sight } from './hosts.ts';
import type { AnyExercise, Stage } from './stage.ts';

/** Lines that a reader may add to what was typed. */
const OWN_MOST = 40;

/**
 * A lesson's host: which script is typed at it, how far it has gone, and what was to be seen after each line. A step
 * is a line. Going back shows what was seen then; lines of the reader's own make a script of their own.
 */
export class HostStage implements Stage, Playable {
  readonly locale: Locale;
  readonly lesson: HostLesson;
  /** Name of the script that is typed; null for one of the reader's own. */
  place: string = $state('');
  state: string | null = $state(null);
  touched = $state(false);
  ready = $state(false);
  problem: string | null = $state(null);
  position = $state(0);
  readonly kinds: readonly EventKind[] = [];
  readonly #answers: Answers;
  readonly #first: FirstHost;
  #acts: readonly HostAct[] = $state.raw([]);
  #setup: HostLesson['host'] = $state.raw({});
  /** Null before the console's code is here. */
  #player: HostPlayer | null = $state.raw(null);
  #open: OpenHost | null = null;
  /** The host that answers questions; the figure's goes on undisturbed. */
  #aside: OpenHost | null = null;
  readonly #asked = new Asked();

  constructor(locale: Locale, first: FirstHost, lesson: HostLesson) {
    this.locale = locale;
    this.lesson = lesson;
    this.#first = first;
    this.#answers = new Answers(lesson.id);
    this.state = Object.keys(lesson.states)[0] ?? null;
    if (this.state !== null) {
      const { script, acts } = hostOf(lesson, this.state);
      this.place = script;
      this.#acts = acts;
    }
    this.#setup = lesson.host;
    this.position = first.step;
  }

  // --- What is seen -----------------------------------------------------------------------------------

  /** The host after the line that was typed last. */
  get now(): Sight {
    return this.#sight(this.position) ?? this.#first.now;
  }
  /** The host a line earlier; null at the start. */
  get before(): Sight | null {
    if (this.#player === null) return this.#first.before;
    return this.position === 0 ? null : this.#sight(this.position - 1);
  }
  #sight(step: number): Sight | null {
    return this.#player === null ? null : sightOf(this.#player.moment(this.#acts, step));
  }
  /** The reader's own lines are typed. */
  get isOwn(): boolean {
    return this.state === null;
  }

  // --- What is played ---------------------------------------------------------------------------------

  get length(): number {
    return linesOf(this.#acts).length;
  }
  kindOf(): null {
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

  /** Goes to where so many lines are typed; a question on the way holds the host there. */
  seek(to: number): void {
    if (!this.ready) return;
    const hold = this.#holding();
    this.touched = true;
    this.#goTo(hold === null ? to : Math.min(to, hold.at));
  }

  #goTo(step: number): void {
    const to = Math.max(0, Math.min(step, this.length));
    try {
      this.#player?.moment(this.#acts, to);
      this.position = to;
      this.problem = null;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  get held(): string | null {
    const found = this.#holding();
    return found !== null && this.position === found.at ? found.id : null;
  }

  #holding(): { id: string; at: number } | null {
    if (this.state === null) return null;
    const found = Object.entries(this.lesson.predictions)
      .filter(
        ([id, { state }]) =>
          this.answers[id] === undefined && hostOf(this.lesson, state).script === this.place,
      )
      .map(([id]) => ({ id, at: this.holdOf(id) }))
      .sort((one, other) => one.at - other.at)
      .find(({ at }) => at >= this.position);
    return found ?? null;
  }

  // --- States of the lesson -----------------------------------------------------------------------------

  async start(): Promise<void> {
    try {
      const [open, aside] = await Promise.all([loadHosts(), loadHosts()]);
      await fetchPrograms(open, this.lesson);
      this.#open = open;
      this.#aside = aside;
      this.#player = this.#playerOf(this.#setup);
      this.#answers.recall();
      this.ready = true;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  #playerOf(setup: HostLesson['host']): HostPlayer | null {
    const { files } = this.lesson;
    return this.#open === null ? null : new HostPlayer(this.#open, setup, files);
  }

  placeOf(state: string): { place: string; at: number } {
    const { script, acts, at } = hostOf(this.lesson, state);
    return { place: script, at: stepAt(acts, at) };
  }

  holdOf(prediction: string): number {
    const found = this.lesson.predictions[prediction];
    if (found === undefined) return 0;
    return stepAt(hostOf(this.lesson, found.state).acts, found.holdAt);
  }

  show(name: string, how: 'reading' | 'asked'): boolean {
    if (!this.ready) return false;
    if (how === 'reading' && (this.isOwn || this.#asked.recently)) return false;
    const { script, acts, at } = hostOf(this.lesson, name);
    if (this.isOwn || script !== this.place) this.#load(script, acts, this.lesson.host);
    this.state = name;
    this.seek(stepAt(acts, at));
    if (how === 'asked') this.#asked.note();
    return true;
  }

  #load(place: string, acts: readonly HostAct[], setup: HostLesson['host']): void {
    // Another host forgets what was seen of this one.
    if (setup !== this.#setup) this.#player = this.#playerOf(setup);
    this.#setup = setup;
    this.position = 0;
    this.place = place;
    this.#acts = acts;
  }

  // --- The reader's own lines ---------------------------------------------------------------------------

  /** Types a line of the reader's own after what is shown; what the script would have typed next is left out. */
  type(line: string): void {
    if (!this.ready || line.trim() === '' || this.held !== null) return;
    const acts = [...beginning(this.#acts, this.position), line];
    if (linesOf(acts).length > OWN_MOST) return;
    this.#own(acts, this.#setup);
  }

  #own(acts: readonly HostAct[], setup: HostLesson['host'], step = linesOf(acts).length): void {
    this.#load('', acts, setup);
    this.state = null;
    this.touched = true;
    this.#goTo(step);
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
    if (prediction === undefined || this.#aside === null) return undefined;
    const player = new HostPlayer(this.#aside, this.lesson.host, this.lesson.files);
    return this.#answers.give(id, value, prediction.answer(hostReaderOf(player, this.lesson)));
  }
  forget(): void {
    this.#answers.forget();
  }

  exercise(make: AnyExercise, seed: number, n: number): ExerciseItem<unknown> {
    if (this.#aside === null) throw new Error('the engine is not loaded yet');
    return (make as HostExerciseGenerator)(seed, n, this.locale, runnerOn(this.#aside));
  }

  open(scenario: unknown): void {
    const { host, acts } = scenario as HostCase;
    this.#own(acts, host);
  }

  // --- The address bar --------------------------------------------------------------------------------------

  get link(): string {
    // Another host than the lesson's has no place in a link.
    if (this.isOwn && this.#setup !== this.lesson.host) return '';
    const own = this.isOwn ? beginning(this.#acts, this.length) : null;
    return formatHost(this.state, this.position, own as (string | number)[] | null);
  }

  restore(text: string): boolean {
    const { state, step, own, bad } = parseHost(text);
    if (bad) {
      this.problem = memoryMessages(this.locale).badLink;
      return false;
    }
    if (own !== null) {
      this.#own(own, this.lesson.host, step ?? undefined);
      return true;
    }
    if (state !== null && Object.hasOwn(this.lesson.states, state)) this.show(state, 'asked');
    if (step !== null) this.seek(step);
    return true;
  }
}
