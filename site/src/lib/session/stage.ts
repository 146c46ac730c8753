import type {
  ExerciseGenerator,
  ExerciseItem,
  HostExerciseGenerator,
  Locale,
  RaceExerciseGenerator,
  RunExerciseGenerator,
} from '@pagewalk/lessons/schema.ts';
import { getContext, setContext } from 'svelte';
import type { Answered } from './answers.svelte.ts';

/**
 * What a lesson's page and the components in its prose need of the machine in the figure, whatever machine that
 * is: a single walk, or one at work.
 */
export interface Stage {
  readonly locale: Locale;
  /** Whether the engine runs here yet. */
  readonly ready: boolean;
  /** What went wrong, in one sentence; null when nothing did. */
  readonly problem: string | null;
  /** Whether anything was done here that the address bar should hold. */
  readonly touched: boolean;
  /** The lesson's state that is shown; null once the reader made a machine of their own. */
  readonly state: string | null;
  /** Steps done, and how many there are. */
  readonly position: number;
  readonly length: number;
  /** The unanswered prediction that holds the machine here. */
  readonly held: string | null;
  readonly answers: Readonly<Record<string, Answered>>;
  /** Tells machines apart; states of one machine differ in their position only. */
  readonly place: string;
  placeOf(state: string): { place: string; at: number | 'end' };
  /** Where a question holds the machine. */
  holdOf(prediction: string): number;
  /** Starts the engine in the browser. */
  start(): Promise<void>;
  /** Shows a state. Reading on never takes a machine away that the reader made: then it is refused. */
  show(state: string, how: 'reading' | 'asked'): boolean;
  seek(position: number): void;
  answered(id: string): Answered | undefined;
  /** Commits to an answer; the engine's own run says what is right. */
  answer(id: string, value: number | string): Answered | undefined;
  /** Forgets all answers, so that the lesson can be done again. */
  forget(): void;
  /** A question of a series, made by the engine of this page. */
  exercise(make: AnyExercise, seed: number, n: number): ExerciseItem<unknown>;
  /** Shows in the figure what a question is about. */
  open(scenario: unknown): void;
  /** The machine as the text of a link; '' where it is none. */
  readonly link: string;
  /** Restores the machine of a link; false, with `problem` saying why, when its text cannot be read. */
  restore(text: string): boolean;
}

export type AnyExercise =
  ExerciseGenerator | RunExerciseGenerator | RaceExerciseGenerator | HostExerciseGenerator;

const KEY = Symbol('stage');

export const provideStage = <S extends Stage>(stage: S): S => setContext(KEY, stage);

/** The machine of the page that a component stands on. */
export const getStage = (): Stage => getContext<Stage>(KEY);
