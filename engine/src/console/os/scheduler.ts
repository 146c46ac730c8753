import { Errno } from './errno.ts';
import { Killed, Process, SIGNALS } from './process.ts';
import type { Launch, Program, Signal, Tool } from './process.ts';

/** How far a run got. */
export type Progress =
  /** There is more to do at once. */
  | { state: 'busy' }
  /** Somebody waits for the clock: the earliest, in milliseconds. */
  | { state: 'asleep'; until: number }
  /** Code is fetched; the world stands still until then. */
  | { state: 'fetching'; done: Promise<void> }
  /** Everybody waits for input, or has ended. */
  | { state: 'idle' };

/** What one line may use before it is stopped. */
export interface Limits {
  /** Turns of all programs together. */
  turns: number;
  /** Processes at one time. */
  processes: number;
}
/** Characters that count as a turn. */
const CARRIED_MOST = 1024;
export const LIMITS: Limits = { turns: 400_000, processes: 200 };

/**
 * Runs programs by turns, each until it would have to wait, always in the same order. Time passes only
 * when nobody can go on, and then the one who called decides how.
 */
export class Scheduler {
  #processes: Process[] = [];
  #lastPid: number;
  #turns = 0;
  #carried = 0;
  /** Turns that are left of a run. */
  #left = 0;
  /** The group that Ctrl+C interrupts; null: the shell's own. */
  foreground: number | null = null;
  #current: Process | null = null;
  /** Where the round stands that waits for code. */
  #halted = 0;
  readonly #limits: Limits;

  /** `firstPid` comes after those of the system's own processes. */
  constructor(firstPid: number, limits: Limits = LIMITS) {
    this.#lastPid = firstPid - 1;
    this.#limits = limits;
  }

  get processes(): readonly Process[] {
    return this.#processes;
  }
  /** The one whose turn it is; null between turns. */
  get current(): Process | null {
    return this.#current;
  }
  get lastPid(): number {
    return this.#lastPid;
  }

  /** A number for a process that the system runs by itself. */
  takePid(): number {
    return ++this.#lastPid;
  }

  /** Faults of programs, which are ours: no input should bring one about. */
  readonly faults: unknown[] = [];

  /** A new line was typed: limits count from here. */
  renew(): void {
    this.#turns = 0;
    this.#carried = 0;
  }

  /** So many characters went from one to another: much text is as much work as many turns. */
  carry(characters: number): void {
    this.#carried += characters;
    if (this.#carried < CARRIED_MOST) return;
    this.#turns += Math.floor(this.#carried / CARRIED_MOST);
    this.#left -= Math.floor(this.#carried / CARRIED_MOST);
    this.#carried %= CARRIED_MOST;
  }

  /** Ends everything, with a word where it was started; a shell that somebody types at is only interrupted. */
  stop(why: string): void {
    this.renew();
    for (const process of this.#processes) {
      process.pending = process.stays ? 'INT' : 'KILL';
      process.mustEnd = true;
      if (process.parent === null) this.#say(process, `stopped: ${why}`, 'pagewalk');
    }
  }

  /** Starts a program. Throws `Errno` EAGAIN when there are too many. */
  start(tool: Tool, launch: Launch): Process {
    if (this.#processes.length >= this.#limits.processes) throw new Errno('EAGAIN');
    const process = new Process(++this.#lastPid, launch);
    this.#processes.push(process);
    // The tool itself runs in its first turn.
    process.program = (function* (): Program {
      const result = tool(process);
      return typeof result === 'number' ? result : yield* result;
    })();
    return process;
  }

  signal(target: { process: Process } | { group: number }, signal: Signal): void {
    for (const process of this.#processes) {
      const meant =
        'process' in target ? process === target.process : process.group === target.group;
      if (meant) process.pending = signal;
    }
  }

  /** Lets programs run, at most so many turns. */
  run(turns: number): Progress {
    this.#left = turns;
    let from = this.#halted;
    this.#halted = 0;
    for (;;) {
      let moved = false;
      // Those that start meanwhile have their first turn in this round.
      for (let index = from; index < this.#processes.length; index++) {
        const process = this.#processes[index];
        if (process === undefined) continue;
        const done = fetchOf(process);
        if (done !== null && process.pending === null) {
          this.#halted = index;
          return { state: 'fetching', done };
        }
        if (!this.#mayRun(process)) continue;
        moved = true;
        this.#turn(process);
        if (process.status !== null) index--;
        else if (fetchOf(process) !== null) {
          // Waiting for code is no turn of its own.
          this.#turns--;
          index--;
          continue;
        }
        this.#left -= process.waits?.cost ?? 1;
        this.#turns += (process.waits?.cost ?? 1) - 1;
        if (this.#left <= 0) return { state: 'busy' };
      }
      from = 0;
      if (!moved) return this.#rest();
    }
  }

  #mayRun(process: Process): boolean {
    if (process.system.paused === true) return process.pending === 'KILL';
    if (process.pending !== null || process.waits === null) return true;
    if (process.waits.ready()) return true;
    const { until } = process.waits;
    return until !== undefined && process.system.clock.now >= until;
  }

  #rest(): Progress {
    let until = Number.POSITIVE_INFINITY;
    for (const { waits } of this.#processes) until = Math.min(until, waits?.until ?? until);
    return until === Number.POSITIVE_INFINITY ? { state: 'idle' } : { state: 'asleep', until };
  }

  #turn(process: Process): void {
    const { program } = process;
    if (program === null) return;
    if (++this.#turns > this.#limits.turns) this.stop('it went on without an end');
    const { mustEnd, pending: signal } = process;
    process.pending = null;
    process.mustEnd = false;
    process.waits = null;
    this.#current = process;
    try {
      const { done, value } =
        signal === null || (!mustEnd && signal !== 'KILL' && process.catches?.(signal) === true)
          ? program.next()
          : program.throw(new Killed(signal));
      if (done === true) this.#end(process, value);
      else process.waits = value;
    } catch (error) {
      if (error instanceof Killed) {
        process.endedBy = error.signal;
        this.#end(process, 128 + SIGNALS[error.signal]);
      } else if (error instanceof Errno) {
        // A program that did not look after an error of its own output.
        this.#say(process, error.message);
        this.#end(process, 1);
      } else if (error instanceof RangeError) {
        // A text or a stack that grew beyond what there is: a real program would be out of memory, too.
        this.#say(process, 'memory exhausted');
        this.#end(process, 1);
      } else {
        // A fault of ours: it ends the program, not the console.
        this.faults.push(error);
        this.#say(process, String(error));
        this.#end(process, 139);
      }
    } finally {
      this.#current = null;
    }
  }

  #say(process: Process, text: string, who = process.name): void {
    try {
      process.warn(`${who}: ${text}\n`);
    } catch {
      // Nowhere to say it.
    }
  }

  #end(process: Process, status: number): void {
    process.status = status & 0xff;
    process.program = null;
    this.#processes = this.#processes.filter((other) => other !== process);
    for (const open of process.fds.values()) open.close();
    process.fds.clear();
  }
}

/** What a process waits for outside the simulated world; null where it does not. */
const fetchOf = ({ waits }: Process): Promise<void> | null =>
  waits?.fetching === undefined || waits.ready() ? null : waits.fetching;
