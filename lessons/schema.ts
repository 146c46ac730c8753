import type { Translation, WalkMachine, WalkAction, Access, WalkScenario } from '@pagewalk/engine';

/**
 * What a lesson may say. A lesson names things of the machine ("the EPT level 3 entry of this
 * address"), never parts of the page; it asks the engine through `Run` and simulates nothing itself.
 */

export type Locale = 'en' | 'zh';

/** Runs a walk on the engine. */
export type Run = (scenario: WalkScenario) => Translation;

/** Where in a walk the player stands: so many events done, or its end. */
export type Position = number | 'end';

/** A state of the lesson's machine, by what differs from the lesson's `start`. */
export interface LessonState {
  machine?: Partial<WalkMachine>;
  actions?: WalkAction[];
  access?: Partial<Access>;
  /** Number of events (references and stores) done, or the end; the figure moves there. */
  at: Position;
}

/**
 * A question that must be answered before the machine goes on. The machine's own run decides. It
 * holds wherever the machine stands as in its state, whichever state or button led there: several
 * states may say one walk at different positions.
 */
export type Prediction =
  | {
      kind: 'number';
      /** The state in which it holds the machine. */
      state: string;
      /** The player may not pass this many events until the reader has committed to an answer. */
      holdAt: number;
      answer: (run: Run) => number;
    }
  | {
      kind: 'choice';
      state: string;
      holdAt: number;
      /** Ids of the choices, in order; their words are in the prose. */
      choices: readonly string[];
      /** The id of the right one. */
      answer: (run: Run) => string;
    };

export interface Lesson {
  /** Folder name without its number; also the address of its page. */
  id: string;
  start: WalkScenario;
  /** By name; the prose's steps and buttons use these names. */
  states: Record<string, LessonState>;
  predictions: Record<string, Prediction>;
}

/** One generated question, as the public contract's `pagewalk exercise` prints it. */
export interface ExerciseItem {
  lesson: string;
  seed: number;
  n: number;
  /** Markdown without HTML. */
  question: string;
  choices?: string[];
  answer: string;
  unit?: string;
  tolerance?: number;
  /** Markdown without HTML, worked from the engine's evidence. */
  solution: string;
  /** The walk that the question is about; opening it in the figure shows the answer. */
  scenario: WalkScenario;
}

/** Makes question `n` of a series. The same seed, n and locale give the same item, everywhere. */
export type ExerciseGenerator = (seed: number, n: number, locale: Locale, run: Run) => ExerciseItem;
