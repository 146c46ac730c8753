import type { KernelMemory, Meminfo } from '@pagewalk/engine';
import { keep, recall } from '#lib/session/storage.ts';
import { Log, guestCalled } from './blocks.ts';
import type { Entry } from './blocks.ts';
import { CONTINUED, readerOf } from './model.ts';
import type { Act, ConsoleCode, ConsoleModel, Domain, Mode, Reader } from './model.ts';
import { ProcessorUse } from './processor-use.ts';

/** How much faster than the clock on the wall a host may live. */
export const SPEEDS = [1, 4, 16] as const;
export type Speed = (typeof SPEEDS)[number];

/** Milliseconds of work in one frame of the page. */
const BUDGET = 8;
/** Simulated time passes in steps of this, whatever the speed, so that a replay takes the same ones. */
const TICK = 100;
/** After this the page was hidden or held up; the host did not live meanwhile. */
const LONGEST_FRAME = 250;
/** Pictures and tables follow this often. */
const PULSE = 250;
/** A replayed command that does not end by itself gets so much of the page's time. */
const PATIENCE = 2000;
/** Acts that are kept for the next visit. */
const KEPT_ACTS = 2000;
const KEEP_EVERY = 5000;
/** A moment before all others. */
const NEVER = Number.NEGATIVE_INFINITY;

const nextFrame = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => resolve()));

/** What came of an earlier visit. */
function keptActs(key: string): Act[] {
  const kept = recall(key) as { format?: unknown; acts?: unknown } | undefined;
  return kept?.format === 1 && Array.isArray(kept.acts) ? (kept.acts as Act[]) : [];
}

/**
 * A reader's console: lets its host live as time goes by, hands over what is typed, and keeps what was done, so
 * that the next visit finds it again.
 */
export class ConsoleSession {
  ready = $state(false);
  /** What went wrong, in one sentence; null when nothing did. */
  problem: string | null = $state(null);
  /** How much of an earlier state is restored, 0 to 1; null when nothing is. */
  restoring: number | null = $state(null);
  /** Another host, or the same at an earlier time: what is shown begins anew. */
  run = $state(0);
  entries: readonly Entry[] = $state.raw([]);
  mode: Mode = $state('busy');
  prompt = $state('');
  reader: Reader = $state('shell');
  editing: { path: string; text: string } | null = $state.raw(null);
  /** Lines that wait until the console wants one. */
  waiting: readonly string[] = $state.raw([]);
  speed: Speed = $state(1);
  /** Counts up as the machine changes, a few times a second at most. */
  pulse = $state(0);
  domains: readonly Domain[] = $state.raw([]);
  /** Per cent of its processors that each domain uses. */
  use: ReadonlyMap<string, number> = $state.raw(new Map());
  canUndo = $state(false);
  /** The host's memory when the last command began, by the lines of /proc/meminfo; null before any. */
  before: Readonly<Meminfo> | null = $state.raw(null);
  /** Too much was done for the next visit to find all of it. */
  tooLong = $state(false);

  readonly #key: string | null;
  readonly #load: () => Promise<ConsoleCode>;
  #code: ConsoleCode | null = null;
  #model: ConsoleModel | null = $state.raw(null);
  #log: Log | null = null;
  #guest = '';
  /** Numbers of the acts with which commands began. */
  #starts: number[] = [];
  #use = new ProcessorUse();
  #shown = -1;
  #request = 0;
  #last = 0;
  /** Simulated time that has not passed yet. */
  #owed = 0;
  #pulsed = NEVER;
  #kept = 0;
  #stopped = false;

  /** `key` names what is kept in the browser; null: nothing is. */
  constructor(key: string | null, load: () => Promise<ConsoleCode>) {
    this.#key = key;
    this.#load = load;
  }

  async start(): Promise<void> {
    try {
      this.#code = await this.#load();
      await this.#begin(this.#key === null ? [] : keptActs(this.#key));
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  /** Nothing runs any more. */
  stop(): void {
    this.#stopped = true;
    this.save();
    cancelAnimationFrame(this.#request);
  }

  /** Keeps what was done, for the next visit. */
  save(): void {
    if (this.ready && this.restoring === null) this.#keep();
  }

  get model(): ConsoleModel | null {
    return this.#model;
  }
  /** The host's memory as it is now; null before there is one. */
  get memory(): KernelMemory | null {
    void this.pulse;
    return this.#model?.session.kvm.host ?? null;
  }
  /** Whether a text is a whole command for who reads it. */
  isUnfinished(text: string): boolean {
    return this.reader === 'shell' && this.#code?.completeness(text) === 'unfinished';
  }

  // --- What the reader does --------------------------------------------------------------------------

  /** Types lines, one after the other, as soon as each is wanted. */
  type(text: string): void {
    this.waiting = [...this.waiting, ...text.split('\n')];
    // At once, so that what is typed stands there with the next frame.
    if (this.#model !== null && this.restoring === null) this.#feed(this.#model);
    this.#wake();
  }

  press(key: 'interrupt' | 'end' | 'escape'): void {
    if (key === 'interrupt') this.waiting = [];
    this.#do({ key });
    this.#wake();
  }

  /** Closes the editor. */
  edited(text: string | null): void {
    this.#do({ edited: text });
    this.#wake();
  }

  async undo(): Promise<void> {
    const before = this.#starts.at(-1);
    if (before === undefined || this.#model === null) return;
    await this.#begin(this.#model.acts.slice(0, before));
  }

  /** The host as it was first. */
  async reset(): Promise<void> {
    await this.#begin([]);
  }

  // --- Time ------------------------------------------------------------------------------------------

  #wake(): void {
    this.#show();
    if (this.#request !== 0 || this.#stopped) return;
    this.#last = performance.now();
    this.#request = requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now: number): void {
    this.#request = 0;
    const model = this.#model;
    if (model === null || this.restoring !== null) return;
    const elapsed = Math.min(Math.max(0, now - this.#last), LONGEST_FRAME);
    this.#last = now;
    const end = performance.now() + BUDGET;
    if (model.fetching === null) this.#live(model, elapsed * this.speed, end);
    this.#show();
    const { fetching } = model;
    if (fetching !== null) {
      // The host stands still until the code is here.
      void fetching.then(() => {
        if (model === this.#model) this.#resume(model);
      });
      return;
    }
    if (now - this.#kept > KEEP_EVERY) this.#keep();
    if (!this.#isAlive(model)) {
      // Nothing follows that would show how it ended.
      this.#pulsed = NEVER;
      this.#show();
    }
    // Asked last: what has just been typed may have started a guest.
    if (this.#isAlive(model)) this.#request = requestAnimationFrame((then) => this.#frame(then));
    else this.#owed = 0;
  }

  #resume(model: ConsoleModel): void {
    model.pump(model.session.host.clock.now, 1);
    this.#wake();
  }

  /** Lets the host live for so long, or as much of it as there is time for. */
  #live(model: ConsoleModel, milliseconds: number, end: number): void {
    this.#feed(model);
    // A host that cannot keep up lives more slowly; it never has to catch up.
    this.#owed = Math.min(this.#owed + milliseconds, LONGEST_FRAME * this.speed);
    while (this.#isAlive(model)) {
      // Time passes for a program that never waits, too.
      if (this.#owed >= TICK) {
        this.#owed -= TICK;
        this.#do({ wait: TICK });
        this.#feed(model);
      }
      if (this.#work(model, end) || this.#owed < TICK || performance.now() >= end) return;
    }
  }

  #feed(model: ConsoleModel): void {
    while (this.waiting.length > 0 && model.mode === 'line') {
      const [line = '', ...rest] = this.waiting;
      this.waiting = rest;
      this.#do({ line });
    }
    if (model.mode === 'over') this.waiting = [];
  }

  /** Programs work until all of them wait; whether one does not yet. */
  #work(model: ConsoleModel, end: number): boolean {
    while (model.mode === 'busy') {
      const { now } = model.session.host.clock;
      const next = model.pump(now, 1);
      if (model.fetching !== null) return true;
      if (next === null || next > now) return false;
      if (performance.now() >= end) return true;
      this.#feed(model);
    }
    return false;
  }

  /** Whether time passes: a program waits for it, or a guest lives. */
  #isAlive(model: ConsoleModel): boolean {
    if (model.mode === 'edit' || model.mode === 'over') return false;
    return model.mode === 'busy' || this.domains.some(({ state }) => state === 'running');
  }

  // --- What was done ---------------------------------------------------------------------------------

  #do(act: Act): void {
    const model = this.#model;
    if (model === null) return;
    if ('line' in act) {
      const reader = readerOf(model);
      if (reader === 'guest') this.#log?.typedToGuest(this.#guest);
      else this.#guest = guestCalled(act.line) ?? this.#guest;
      if (model.prompt !== CONTINUED) {
        this.#starts.push(model.acts.length);
        this.before = model.session.kvm.host.meminfo;
      }
    }
    model.act(act);
    // What a command has done is seen at once.
    if (!('wait' in act)) this.#pulsed = NEVER;
  }

  /** A host as new, on which all of this is done. */
  async #begin(acts: readonly Act[]): Promise<void> {
    if (this.#code === null) return;
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    const run = ++this.run;
    this.restoring = 0;
    this.waiting = [];
    // One frame for the note that says so.
    await nextFrame();
    if (run !== this.run) return;
    const model = this.#code.open();
    this.#model = model;
    this.#log = new Log(model);
    this.#starts = [];
    this.before = null;
    this.#guest = '';
    this.#use = new ProcessorUse();
    this.#shown = -1;
    let end = performance.now() + BUDGET;
    for (const [index, act] of acts.entries()) {
      for (const part of partsOf(act)) {
        this.#do(part);
        const patience = performance.now() + PATIENCE;
        while (this.#work(model, end) && performance.now() < patience) {
          end = await this.#breathe(index / acts.length, model.fetching);
          if (run !== this.run) return;
        }
        if (performance.now() >= end) end = await this.#breathe(index / acts.length);
        if (run !== this.run) return;
      }
    }
    this.restoring = null;
    this.ready = true;
    this.#pulsed = NEVER;
    this.#keep();
    this.#wake();
  }

  /** Lets the page be painted, and waits for code that the host waits for. */
  async #breathe(done: number, fetching: Promise<void> | null = null): Promise<number> {
    this.restoring = done;
    await nextFrame();
    await fetching;
    return performance.now() + BUDGET;
  }

  #keep(): void {
    this.#kept = performance.now();
    const acts = this.#model?.acts ?? [];
    this.tooLong = acts.length > KEPT_ACTS;
    if (this.#key !== null) keep(this.#key, { format: 1, acts: acts.slice(0, KEPT_ACTS) });
  }

  // --- What is seen ----------------------------------------------------------------------------------

  #show(): void {
    const model = this.#model;
    if (model === null || this.#log === null || this.restoring !== null) return;
    const { mode, prompt } = model;
    if (model.version !== this.#shown || mode !== this.mode || prompt !== this.prompt) {
      this.#shown = model.version;
      if (this.#isNews(model)) this.entries = this.#log.entries;
      this.mode = mode;
      this.prompt = prompt;
      this.reader = readerOf(model);
      this.editing = model.editing;
      this.canUndo = this.#starts.length > 0;
    }
    const now = performance.now();
    if (now - this.#pulsed < PULSE) return;
    this.#pulsed = now;
    this.domains = model.domains();
    this.use = this.#use.of(this.domains, model.session.host.clock.now);
    this.pulse++;
  }

  #isNews(model: ConsoleModel): boolean {
    const last = model.blocks.at(-1);
    const entry = this.entries.at(-1);
    if (last === undefined || entry === undefined || this.#run !== this.run) {
      this.#run = this.run;
      return true;
    }
    const output = model.outputOf(last);
    const isSame =
      this.#blocks === model.blocks.length &&
      entry.cleared === last.cleared &&
      entry.pieces.length === output.length &&
      entry.pieces.at(-1)?.text === output.at(-1)?.text;
    this.#blocks = model.blocks.length;
    return !isSame;
  }
  #run = -1;
  #blocks = 0;
}

/** A long wait in parts, so that the page can be painted between them. */
function partsOf(act: Act): Act[] {
  if (!('wait' in act) || act.wait <= 1000) return [act];
  const whole: Act[] = Array.from({ length: Math.floor(act.wait / 1000) }, () => ({ wait: 1000 }));
  const rest = act.wait % 1000;
  return rest === 0 ? whole : [...whole, { wait: rest }];
}
