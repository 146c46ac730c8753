import { Errno } from './errno.ts';
import type { Open, Sink, Source } from './stream.ts';
import type { System } from './system.ts';
import type { Terminal } from './terminal.ts';

/**
 * A process of the simulated system: a program that gives way whenever it would have to wait. Programs
 * are generators, so that everything runs in one order, the same on every machine, and an interrupt
 * can end a program wherever it stands.
 */

/** What a program waits for; it goes on once `ready()`, or once the clock is at `until` (milliseconds). */
export interface Wait {
  ready(): boolean;
  until?: number;
  /** What was done in this turn was as much as so many. */
  cost?: number;
  /** It is for code that is fetched, outside the simulated world: nobody moves until `ready`. */
  fetching?: Promise<void>;
}

/** A program under way; what it returns is its exit status. */
export type Program = Generator<Wait, number, void>;
/** Something that a program does meanwhile, with a result of its own. */
export type Step<Result = void> = Generator<Wait, Result, void>;

/** A program: `free`, `virsh`, the shell. `process.args` is what stands after its name. */
export type Tool = (process: Process) => Program | number;

/** A signal ends a program by this. */
export class Killed extends Error {
  readonly signal: Signal;
  constructor(signal: Signal) {
    super(`ended by SIG${signal}`);
    this.signal = signal;
  }
}
export const SIGNALS = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, PIPE: 13, ALRM: 14, TERM: 15 } as const;
export type Signal = keyof typeof SIGNALS;

/** Always ready: others take their turn first. Long loops yield it, or they would hold everything up. */
export const TURN: Wait = { ready: () => true };

export interface Launch {
  system: System;
  /** The name under which it was called, then its arguments. */
  argv: readonly string[];
  parent: Process | null;
  env: ReadonlyMap<string, string>;
  cwd: string;
  umask: number;
  /** What it holds open; every one is shared with it, and closed when it ends. */
  fds: ReadonlyMap<number, Open>;
  /** Processes of a group are interrupted together. */
  group?: number;
}

export class Process {
  readonly pid: number;
  readonly system: System;
  readonly argv: readonly string[];
  readonly parent: Process | null;
  readonly env: Map<string, string>;
  readonly fds: Map<number, Open>;
  readonly group: number;
  /** On the system's clock, in milliseconds. */
  readonly startedAt: number;
  cwd: string;
  umask: number;
  /** How it ended; null while it has not. */
  status: number | null = null;
  /** The signal that it is to get when it runs next. */
  /** Of a shell that reads a script: it waits for the next command. */
  idle = false;
  /** Of a shell: how its last command ended. */
  lastStatus = 0;
  /** Of a shell that somebody types at: what runs too long is ended, but not this. */
  stays = false;
  /** The terminal at which it was started; null for a script. */
  terminal: Terminal | null = null;
  pending: Signal | null = null;
  /** Whether that signal ends what it does, caught or not. */
  mustEnd = false;
  /** The signal that ended it. */
  endedBy: Signal | null = null;
  /** Whether it goes on in spite of a signal (sigaction(2)). */
  catches: ((signal: Signal) => boolean) | null = null;
  program: Program | null = null;
  waits: Wait | null = null;

  constructor(pid: number, launch: Launch) {
    this.pid = pid;
    this.system = launch.system;
    this.argv = launch.argv;
    this.parent = launch.parent;
    this.env = new Map(launch.env);
    this.fds = new Map(launch.fds);
    for (const open of this.fds.values()) open.share();
    this.group = launch.group ?? pid;
    this.cwd = launch.cwd;
    this.umask = launch.umask;
    this.startedAt = launch.system.clock.now;
    this.terminal = launch.parent?.terminal ?? null;
  }

  /** The name under which it was called, without its folder: what its messages begin with. */
  get name(): string {
    return (this.argv[0] ?? '').replace(/^.*\//, '');
  }
  get args(): string[] {
    return this.argv.slice(1);
  }

  source(fd: number): Source {
    const source = this.fds.get(fd)?.source;
    if (source === undefined || source === null) throw new Errno('EBADF');
    return source;
  }
  sink(fd: number): Sink {
    const sink = this.fds.get(fd)?.sink;
    if (sink === undefined || sink === null) throw new Errno('EBADF');
    return sink;
  }
  get stdin(): Source {
    return this.source(0);
  }
  get stdout(): Sink {
    return this.sink(1);
  }
  get stderr(): Sink {
    return this.sink(2);
  }

  /** Writes to standard output, room or not: for output that is not long. */
  print(text: string): void {
    write(this, 1, text);
  }
  /** Writes to standard error. */
  warn(text: string): void {
    write(this, 2, text);
  }
  /** Writes `NAME: text` and a line end to standard error. */
  fail(text: string, status = 1): number {
    this.warn(`${this.name}: ${text}\n`);
    return status;
  }

  /** Writes to standard output once there is room: for output that may be long. */
  *put(text: string): Step {
    const sink = this.stdout;
    if (!sink.ready) yield { ready: () => sink.ready };
    write(this, 1, text);
  }

  /** Lets time pass. */
  *sleep(milliseconds: number): Step {
    yield { ready: () => false, until: this.system.clock.now + milliseconds };
  }

  /** Waits for another process; its exit status. */
  *wait(other: Process): Step<number> {
    while (other.status === null) yield { ready: () => other.status !== null };
    return other.status;
  }
}

function write(process: Process, fd: number, text: string): void {
  try {
    process.system.scheduler.carry(text.length);
    process.sink(fd).write(text);
  } catch (error) {
    // Nobody reads any more: the program gets SIGPIPE, and ends without a word.
    if (error instanceof Errno && error.code === 'EPIPE') throw new Killed('PIPE');
    throw error;
  }
}

const CHUNK = 16_384;
/** As much work as so many turns, such as reading a whole chunk: others have their turn. */
export const WORK: Wait = { ready: () => true, cost: 20 };
/** Characters that a program can hold of what it reads; a real one is told ENOMEM much later. */
const MOST = 16 * 2 ** 20;
/** The same of one line. */
const LINE_MOST = 4 * 2 ** 20;

/** The next piece of what a source has; null at its end. */
export function* readSome(source: Source): Step<string | null> {
  for (;;) {
    while (!source.ready) yield { ready: () => source.ready };
    const text = source.read(CHUNK);
    if (text === '') continue;
    // There may be no end of it: others have their turn.
    if (text?.length === CHUNK) yield WORK;
    return text;
  }
}

/** All that a source has, to its end. Throws `Errno` ENOMEM beyond `most` characters. */
export function* readAll(source: Source, most = MOST): Step<string> {
  const parts: string[] = [];
  let length = 0;
  for (;;) {
    const text = yield* readSome(source);
    if (text === null) return parts.join('');
    length += text.length;
    if (length > most) throw new Errno('ENOMEM');
    parts.push(text);
  }
}

/** Reads a source line by line. Throws `Errno` ENOMEM where one is too long. */
export class Lines {
  readonly #source: Source;
  /** What was read and not given yet; the line goes on from `#parts`. */
  #rest = '';
  #from = 0;
  #parts: string[] = [];
  #length = 0;
  #ended = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The next line without its end; null when there is none. `ended` says that a line end stood after it:
   * the last line of a file may lack it.
   */
  *next(): Step<{ text: string; ended: boolean } | null> {
    for (;;) {
      const end = this.#rest.indexOf('\n', this.#from);
      if (end >= 0) {
        const text = this.#take(this.#rest.slice(this.#from, end));
        this.#from = end + 1;
        return { text, ended: true };
      }
      this.#parts.push(this.#rest.slice(this.#from));
      this.#length += this.#rest.length - this.#from;
      this.#rest = '';
      this.#from = 0;
      if (this.#ended) {
        const text = this.#take('');
        return text === '' ? null : { text, ended: false };
      }
      if (this.#length > LINE_MOST) throw new Errno('ENOMEM');
      const more = yield* readSome(this.#source);
      if (more === null) this.#ended = true;
      else this.#rest = more;
    }
  }

  #take(last: string): string {
    const text = this.#parts.length === 0 ? last : this.#parts.join('') + last;
    this.#parts = [];
    this.#length = 0;
    return text;
  }
}
