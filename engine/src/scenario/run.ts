import { hex } from '../address.ts';
import { InputError } from '../input.ts';
import type { Counters, MarkHost } from '../kvm/counters.ts';
import type { Happening } from '../kvm/happenings.ts';
import type { AccessOutcome, Kvm, Process } from '../kvm/kvm.ts';
import { Keyframes } from './keyframes.ts';
import { checkActions, readScenario } from './read.ts';
import type { Action, Scenario } from './schema.ts';
import { ActionError, ProcessTable, World, since, stepsOf } from './world.ts';
import type { Cursor } from './world.ts';

/**
 * A scenario being run: forward, to any step, and back. What has been done is the scenario and the
 * number of steps; the machine is a cache of that. Acting in the past forks: what followed is dropped,
 * and can be had back by undo.
 */

/** What a mark shows. */
export type MarkCounters = Counters & MarkHost;

/** What the counters said between two marks. */
export interface Mark {
  name: string;
  /** The step after which it stands. */
  step: number;
  counters: MarkCounters;
}

/** What one step did. */
export interface StepResult {
  action: Action;
  /** Index of the action, and of the step in it. */
  index: number;
  page: number;
  /** How an access ended; null for anything else. */
  outcome: AccessOutcome | null;
  happenings: Happening[];
}

/** Why the run stands still: an action that a guest's kernel could not do. */
export interface Stop {
  field: string;
  message: string;
}

interface Totals {
  guests: Counters;
  host: MarkHost;
}

interface Position {
  step: number;
  /** The action that is next or under way, and how many of its steps are done. */
  index: number;
  page: number;
  cursor: Cursor;
}

/** A course that the run took: its actions, and how far it was. */
interface Timeline {
  actions: Action[];
  step: number;
}

/** What lies beside the machine's memory at a keyframe. */
interface Beside {
  position: Position;
  processes: [string, Process][];
}

const KEYFRAME_STEPS = 16;
/** Bytes of a machine of which copies are kept along the way. */
const KEPT_MOST = 128 * 2 ** 20;
const UNDO_MOST = 200;

export class Run {
  readonly #world: World;
  #scenario: Scenario;
  #keyframes = new Keyframes<Beside>(KEYFRAME_STEPS);
  #position: Position = { step: 0, index: 0, page: 0, cursor: { offset: 0n } };
  #processes = new ProcessTable();
  #marks: { mark: Mark; totals: Totals }[] = [];
  #stop: Stop | null = null;
  readonly #start: Totals;
  #undo: Timeline[] = [];
  #redo: Timeline[] = [];

  /** Sets the machine of a scenario up on `kvm`, which is this run's alone from now on. */
  constructor(kvm: Kvm, scenario: Scenario) {
    this.#scenario = scenario;
    this.#world = new World(kvm, scenario.machine);
    this.#start = this.#totals();
    this.#keep();
  }

  /** The scenario as it stands, all its actions included. */
  get scenario(): Scenario {
    return this.#scenario;
  }
  /** Steps done. */
  get step(): number {
    return this.#position.step;
  }
  /** Steps that the actions have in all. */
  get length(): number {
    return this.#scenario.actions.reduce((sum, action) => sum + stepsOf(action), 0);
  }
  /** Index of the action that is next or under way. */
  get index(): number {
    return this.#position.index;
  }
  get isAtEnd(): boolean {
    return this.#position.index >= this.#scenario.actions.length;
  }
  get stop(): Stop | null {
    return this.#stop;
  }
  get world(): World {
    return this.#world;
  }
  /** The processes there are, by guest and name, in the order in which they were made. */
  get processes(): { guest: string; name: string; process: Process }[] {
    return this.#processes.entries().map(([key, process]) => {
      const slash = key.indexOf('/');
      return { guest: key.slice(0, slash), name: key.slice(slash + 1), process };
    });
  }
  /** Marks passed so far. */
  get marks(): readonly Mark[] {
    return this.#marks
      .filter(({ mark }) => mark.step <= this.#position.step)
      .map(({ mark }) => mark);
  }
  /** Counters since the start. */
  get counters(): Counters {
    return since(this.#start.guests, this.#world.counters());
  }
  /** 64 bits over the machine's whole state, as text. */
  get stateHash(): string {
    return hex(this.#world.kvm.stateHash);
  }
  /** Bytes that going back costs. */
  get historyBytes(): number {
    return this.#keyframes.bytes;
  }

  #keep(): void {
    // Of a host of many gigabytes only the beginning is kept: going back runs it again.
    if (this.#position.step > 0 && this.#world.kvm.memory().arena.length > KEPT_MOST) return;
    const { step, index, page, cursor } = this.#position;
    this.#keyframes.keep(step, this.#world.kvm, {
      position: { step, index, page, cursor: { ...cursor } },
      processes: this.#processes.entries(),
    });
  }

  /** Does the next step; null at the end, and where the run stands still. */
  next(): StepResult | null {
    const position = this.#position;
    const action = this.#scenario.actions[position.index];
    if (action === undefined || this.#stop !== null) return null;
    const { kvm } = this.#world;
    kvm.forgetHappenings();
    const { index, page } = position;
    let outcome: AccessOutcome | null;
    try {
      outcome = this.#world.step(action, position.cursor, this.#processes);
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      this.#stop = { field: `actions[${index}]`, message: error.message };
      return null;
    }
    position.step++;
    position.page++;
    if (action.do === 'mark') this.#mark(action.name);
    if (position.page >= stepsOf(action)) {
      position.index++;
      position.page = 0;
      position.cursor = { offset: 0n };
    }
    if (this.#keyframes.isDue(position.step)) this.#keep();
    return {
      action,
      index,
      page,
      outcome,
      get happenings() {
        return kvm.happenings();
      },
    };
  }

  #totals(): Totals {
    return { guests: this.#world.counters(), host: this.#world.host() };
  }

  #mark(name: string): void {
    // Passed before, on the way to a later step.
    if (this.#marks.some(({ mark }) => mark.step === this.#position.step)) return;
    const totals = this.#totals();
    const before = this.#marks.at(-1)?.totals ?? this.#start;
    const counters = {
      ...since(before.guests, totals.guests),
      ...totals.host,
      swapped_out: totals.host.swapped_out - before.host.swapped_out,
      swapped_in: totals.host.swapped_in - before.host.swapped_in,
    };
    this.#marks.push({ mark: { name, step: this.#position.step, counters }, totals });
  }

  /** Goes to a step: by the nearest keyframe before it, then by doing. Ends where the run stands still. */
  seek(step: number): void {
    const here = this.#position.step;
    if (step < here || this.#keyframes.newestUpTo(step) > here) {
      const { position, processes } = this.#keyframes.restore(step, this.#world.kvm);
      this.#position = { ...position, cursor: { ...position.cursor } };
      this.#processes = new ProcessTable(processes);
      this.#stop = null;
    }
    while (this.#position.step < step && this.next() !== null);
  }

  /** One step back. */
  back(): void {
    this.seek(Math.max(0, this.#position.step - 1));
  }

  /** Runs to the end. */
  finish(): void {
    while (this.next() !== null);
  }

  /**
   * Acts now: the action comes after the steps done, and what would have followed is dropped. Amid an
   * action of many pages, the pages done stay. Throws an `InputError` when it does not fit.
   */
  act(action: Action): void {
    const { index, page, step } = this.#position;
    const done = this.#scenario.actions.slice(0, index);
    const under = this.#scenario.actions[index];
    if (page > 0 && under !== undefined && 'pages' in under) done.push({ ...under, pages: page });
    if (page > 0 && under?.do === 'wait') done.push({ ...under, ms: page * 1000 });
    const actions = [...done, action];
    checkActions(this.#scenario.machine, actions);
    this.#remember(this.#undo);
    this.#redo = [];
    this.#change(actions, step);
    this.seek(step + stepsOf(action));
  }

  #remember(list: Timeline[]): void {
    list.push({ actions: this.#scenario.actions, step: this.#position.step });
    if (list.length > UNDO_MOST) list.shift();
  }

  // Other actions from some step on: what lies after it is no longer so.
  #change(actions: Action[], step: number): void {
    const common = commonSteps(this.#scenario.actions, actions);
    const { step: at, page } = this.#position;
    this.#scenario = { ...this.#scenario, actions };
    // An action may have been cut short: where it ended then is not where it ends now.
    this.#keyframes.dropAfter(Math.max(0, common - 1));
    this.#marks = this.#marks.filter(({ mark }) => mark.step <= common);
    this.#stop = null;
    if (at > common || page > 0) this.#position.step = Number.POSITIVE_INFINITY;
    this.seek(step);
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }
  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  /** Takes the last `act` back: the actions are as they were, and so is the machine. */
  undo(): boolean {
    return this.#swap(this.#undo, this.#redo);
  }

  redo(): boolean {
    return this.#swap(this.#redo, this.#undo);
  }

  #swap(from: Timeline[], to: Timeline[]): boolean {
    const earlier = from.pop();
    if (earlier === undefined) return false;
    this.#remember(to);
    this.#change(earlier.actions, earlier.step);
    return true;
  }

  /** The scenario with the number of steps done, as data. */
  export(): Exported {
    return { scenario: this.#scenario, step: this.#position.step };
  }

  /** A run as it was exported. Throws an `InputError` that names the field. */
  static import(kvm: Kvm, value: unknown): Run {
    const given = value as Partial<Exported> | null;
    if (typeof given !== 'object' || given === null || given.scenario === undefined) {
      throw new InputError('scenario', 'is missing; an exported run has a scenario and a step');
    }
    const run = new Run(kvm, readScenario(given.scenario));
    const step = given.step ?? 0;
    if (!Number.isSafeInteger(step) || step < 0 || step > run.length) {
      throw new InputError(
        'step',
        `is ${JSON.stringify(step)}; a whole number from 0 to ${run.length} would be right`,
      );
    }
    run.seek(step);
    return run;
  }
}

/** A run as data: what it is of, and how far it is. */
export interface Exported {
  scenario: Scenario;
  step: number;
}

/** How many steps two lists of actions have in common from the start. */
function commonSteps(a: readonly Action[], b: readonly Action[]): number {
  let steps = 0;
  for (const [index, action] of a.entries()) {
    const other = b[index];
    if (other === undefined) break;
    if (action !== other && JSON.stringify(action) !== JSON.stringify(other)) {
      // What is one step is all common or not at all.
      if ('atOnce' in action && action.atOnce === true) break;
      const { pages: one, ...rest } = { pages: 1, ...action };
      const { pages: two, ...others } = { pages: 1, ...other };
      if (JSON.stringify(rest) === JSON.stringify(others)) steps += Math.min(one, two);
      break;
    }
    steps += stepsOf(action);
  }
  return steps;
}

/** Counters that a mark shows, in this order. */
export const MARK_COUNTERS: readonly (keyof MarkCounters)[] = [
  'exits',
  'pf_taken',
  'pf_fixed',
  'pf_guest',
  'pf_emulate',
  'mmu_pte_write',
  'mmu_flooded',
  'mmu_recycled',
  'mmu_shadow_zapped',
  'mmu_cache_miss',
  'mmu_unsync',
  'invlpg',
  'tlb_flush',
  'accesses',
  'tlb_l1_hits',
  'tlb_l2_hits',
  'tlb_misses',
  'walk_refs',
  'ept_violations',
  'guest_faults',
  'cycles',
  'pages_4k',
  'pages_2m',
  'pages_1g',
  'pages_shared',
  'pages_sharing',
  'swapped_out',
  'swapped_in',
  'ballooned',
  'frames_used',
];
