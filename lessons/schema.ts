import type {
  Access,
  Ledgers,
  RaceParameter,
  RaceReading,
  RaceWork,
  RunPosition,
  RunReading,
  ScenarioInput,
  Translation,
  WalkAction,
  WalkMachine,
  WalkScenario,
} from '@pagewalk/engine';
import type { HostSetup } from '@pagewalk/engine/console';

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

/** A lesson whose figure is one walk: every reference of it, as it is made. */
export interface WalkLesson {
  figure: 'walk';
  /** Folder name without its number; also the address of its page. */
  id: string;
  start: WalkScenario;
  /** By name; the prose's steps and buttons use these names. */
  states: Record<string, LessonState>;
  predictions: Record<string, Prediction>;
  tasks?: Record<string, ConsoleTask>;
}

/** A state of a running machine: one of the lesson's scenarios, and how far it has gone. */
export interface RunState {
  /** Name of the scenario; the first one where none is given. */
  scenario?: string;
  at: RunPosition;
}

/** The machine of a state, as the engine has it then. */
export type Read = (state: string) => RunReading;

/** As `Prediction`, about a running machine. */
export type RunPrediction =
  | { kind: 'number'; state: string; holdAt: RunPosition; answer: (read: Read) => number }
  | {
      kind: 'choice';
      state: string;
      holdAt: RunPosition;
      choices: readonly string[];
      answer: (read: Read) => string;
    };

/** A number in the prose: from which state it is, and what of it. */
export interface RunValue {
  /** The state that is shown to who asks where the number comes from. */
  state: string;
  of: (read: Read) => number;
}

/** The pictures of a machine at work. */
export type RunPicture = 'shadow' | 'spaces' | 'tlb' | 'reach' | 'pool';

/** A lesson whose figure is a machine at work, action by action. */
export interface RunLesson {
  figure: 'run';
  id: string;
  /** How the machine is drawn; some of its scenarios, by name, may be drawn otherwise. */
  picture: RunPicture;
  pictures?: Record<string, RunPicture>;
  /** By name; the first is where the lesson begins. */
  scenarios: Record<string, ScenarioInput>;
  states: Record<string, RunState>;
  predictions: Record<string, RunPrediction>;
  values: Record<string, RunValue>;
  tasks?: Record<string, ConsoleTask>;
}

/** A state of a race: the work, by what differs from the lesson's `start`, and how much of it is done. */
export interface RaceState {
  work?: Partial<RaceWork>;
  /** The number whose curve is shown. */
  curve?: RaceParameter;
  /** Slices that both machines have done. */
  at: number | 'end';
}

/** The race of a state, run to its end. */
export type ReadRace = (state: string) => RaceReading;

/** As `Prediction`, about a race; it holds once so many slices are done. */
export type RacePrediction =
  | { kind: 'number'; state: string; holdAt: number; answer: (read: ReadRace) => number }
  | {
      kind: 'choice';
      state: string;
      holdAt: number;
      choices: readonly string[];
      answer: (read: ReadRace) => string;
    };

/** A lesson whose figure is two machines that do the same work. */
export interface RaceLesson {
  figure: 'race';
  id: string;
  start: RaceWork;
  states: Record<string, RaceState>;
  predictions: Record<string, RacePrediction>;
  values: Record<string, { state: string; of: (read: ReadRace) => number }>;
  tasks?: Record<string, ConsoleTask>;
}

/** At a host: a line that is typed, milliseconds of its clock that pass after it, or a mark. */
export type HostAct = string | number | { mark: string };

/** A state of a host: one of the lesson's scripts, and how many of its lines were typed. */
export interface HostState {
  /** Name of the script; the first one where none is given. */
  script?: string;
  at: RunPosition;
}

/** A host after a line of a script. */
export interface HostMoment {
  /** What stood before the line that was typed last, and the line; both '' before any. */
  readonly prompt: string;
  readonly line: string;
  /** What it printed. */
  readonly output: string;
  /** What a file held then, null where it could not be read: /proc/meminfo, or another that the lesson names. */
  read(path: string): string | null;
}
export type ReadHost = (state: string) => HostMoment;

/** As `Prediction`, about a host. */
export type HostPrediction =
  | { kind: 'number'; state: string; holdAt: RunPosition; answer: (read: ReadHost) => number }
  | {
      kind: 'choice';
      state: string;
      holdAt: RunPosition;
      choices: readonly string[];
      answer: (read: ReadHost) => string;
    };

/** A lesson whose figure is the memory of a host at which somebody types. */
export interface HostLesson {
  figure: 'host';
  id: string;
  /** How the host differs from that of the console. */
  host: HostSetup;
  /** Files that its values look at, beside /proc/meminfo. */
  files?: readonly string[];
  /** Programs that its exercises start, beside those of its scripts. */
  programs?: readonly string[];
  /** By name; the first is where the lesson begins. */
  scripts: Record<string, readonly HostAct[]>;
  states: Record<string, HostState>;
  predictions: Record<string, HostPrediction>;
  values: Record<string, { state: string; of: (read: ReadHost) => number }>;
  tasks?: Record<string, ConsoleTask>;
}

export type Lesson = WalkLesson | RunLesson | RaceLesson | HostLesson;

/** What a check may look at: the host, as it stands. */
export interface HostReading {
  /** What a file holds; null where it cannot be read. */
  read(path: string): string | null;
  domains(): readonly {
    readonly name: string;
    readonly state: 'running' | 'paused' | 'shutoff' | 'crashed';
    /** Whether the guest's own system has booted. */
    readonly isUp: boolean;
    readonly memoryKiB: number;
    readonly maxKiB: number;
    readonly autostart: boolean;
    readonly persistent: boolean;
  }[];
  /** The three accounts of a running domain's memory; null where it does not run. */
  ledgers(domain: string): Ledgers | null;
}

/**
 * Something to do at the console, judged by the state that the host ends in, never by what was typed. Its words
 * stand in the prose; here is the check, in its four parts, and how it is proven.
 */
export interface ConsoleTask {
  /** What must hold to pass. */
  passed: (host: HostReading) => boolean;
  /** The hint that fits the present state: the name of one of `hints`. */
  hint: (host: HostReading) => string;
  hints: Record<Locale, Readonly<Record<string, string>>>;
  /** What can no longer be repaired, and the way back; null where nothing is lost. */
  broken?: (host: HostReading) => Record<Locale, string> | null;
  /** Tasks of the lesson that must have been passed before. */
  after?: readonly string[];
  /** Lines that do it, and lines that nearly do; a number is a wait in milliseconds. */
  solution: readonly (string | number)[];
  nearMisses: readonly (readonly (string | number)[])[];
}

/** Runs a scenario to its end; the machine then. */
export type RunScenario = (scenario: ScenarioInput) => RunReading;

/** A host and what was typed at it. */
export interface HostCase {
  host: HostSetup;
  acts: readonly HostAct[];
}

/** Types all of it at a new host: what each line printed, and the host as it is then, until the next run. */
export type RunHost = (given: HostCase) => { outputs: readonly string[]; host: HostReading };

/** One generated question, as the public contract's `pagewalk exercise` prints it. */
export interface ExerciseItem<Scenario = WalkScenario> {
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
  /** What the question is about; opening it in the figure shows the answer. */
  scenario: Scenario;
}

/** Makes question `n` of a series. The same seed, n and locale give the same item, everywhere. */
export type ExerciseGenerator = (seed: number, n: number, locale: Locale, run: Run) => ExerciseItem;
/** The same about a running machine. */
export type RunExerciseGenerator = (
  seed: number,
  n: number,
  locale: Locale,
  run: RunScenario,
) => ExerciseItem<ScenarioInput>;
/** The same about two machines that do the same work. */
export type RaceExerciseGenerator = (
  seed: number,
  n: number,
  locale: Locale,
  race: (work: RaceWork) => RaceReading,
) => ExerciseItem<RaceWork>;
/** The same about a host at which somebody types. */
export type HostExerciseGenerator = (
  seed: number,
  n: number,
  locale: Locale,
  run: RunHost,
) => ExerciseItem<HostCase>;
