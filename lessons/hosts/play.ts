import type { HostSetup, LiveConsole } from '@pagewalk/engine/console';
import { hostOf } from '../define.ts';
import type { HostAct, HostLesson, HostMoment, ReadHost, RunHost } from '../schema.ts';
import { finish, printedLast } from './finish.ts';
import { linesOf, stepAt } from './script.ts';

/** Plays scripts on hosts, and keeps what was to be seen after each line. */

/** Opens a console at a host that has just booted; whatever was opened before is over. */
export type OpenHost = (setup: HostSetup) => LiveConsole;

const ALWAYS = '/proc/meminfo';

/** Fetches the code of all programs that a lesson starts: playing does not wait for any. */
export async function fetchPrograms(open: OpenHost, lesson: HostLesson): Promise<void> {
  const lines = Object.values(lesson.scripts).flatMap(linesOf);
  await open(lesson.host).foresee([...lines, ...(lesson.programs ?? [])].join('\n'));
}

function passed(console: LiveConsole, milliseconds: number): void {
  console.act({ wait: milliseconds });
  console.pump(console.session.host.clock.now);
}

/** Runs cases of exercises, each on a new host. */
export const runnerOn =
  (open: OpenHost): RunHost =>
  ({ host, acts }) => {
    const console = open(host);
    const outputs: string[] = [];
    for (const act of acts) {
      if (typeof act === 'string') outputs.push(finish(console, act));
      else if (typeof act === 'number') passed(console, act);
    }
    return { outputs, host: console };
  };

interface Played {
  readonly acts: readonly HostAct[];
  readonly console: LiveConsole;
  /** Acts that were done. */
  done: number;
}

/**
 * The moments of a host's scripts, played as far as somebody looks. What came of a line is kept: going back does
 * not play again. Of two scripts, the one that was left is played anew from its beginning, where more of it is wanted.
 */
export class HostPlayer {
  readonly #open: OpenHost;
  readonly #setup: HostSetup;
  readonly #files: readonly string[];
  readonly #moments = new Map<readonly HostAct[], HostMoment[]>();
  #playing: Played | null = null;

  constructor(open: OpenHost, setup: HostSetup, files: readonly string[] = []) {
    this.#open = open;
    this.#setup = setup;
    this.#files = [ALWAYS, ...files];
  }

  /** The host after so many lines of a script; 0: as it has booted. */
  moment(acts: readonly HostAct[], lines: number): HostMoment {
    const known = this.#moments.get(acts) ?? [];
    this.#moments.set(acts, known);
    const there = known[lines];
    if (there !== undefined) return there;
    return this.#play(acts, Math.min(lines, linesOf(acts).length), known);
  }

  #play(acts: readonly HostAct[], lines: number, known: HostMoment[]): HostMoment {
    if (this.#playing?.acts !== acts) {
      this.#playing = { acts, console: this.#open(this.#setup), done: 0 };
    }
    const playing = this.#playing;
    const { console } = playing;
    let at = linesOf(acts.slice(0, playing.done)).length;
    if (at === 0) known[0] ??= this.#see(console, '', '', '');
    while (at < lines) {
      const act = acts[playing.done++];
      if (typeof act === 'number') passed(console, act);
      if (typeof act !== 'string') continue;
      const { prompt } = console;
      finish(console, act);
      // What passes until the next line belongs to this one.
      for (let next = acts[playing.done]; typeof next === 'object' || typeof next === 'number';) {
        if (typeof next === 'number') passed(console, next);
        next = acts[++playing.done];
      }
      known[++at] ??= this.#see(console, prompt, act, printedLast(console));
    }
    const moment = known[lines];
    if (moment === undefined) throw new Error(`the script has no line ${lines}`);
    return moment;
  }

  #see(console: LiveConsole, prompt: string, line: string, output: string): HostMoment {
    const files = new Map(this.#files.map((path) => [path, console.read(path)]));
    return {
      prompt,
      line,
      output,
      read: (path) => {
        const text = files.get(path);
        if (text === undefined) throw new Error(`the lesson does not say that it looks at ${path}`);
        return text;
      },
    };
  }
}

/** Reads states of a lesson. */
export const hostReaderOf =
  (player: HostPlayer, lesson: HostLesson): ReadHost =>
  (state) => {
    const { acts, at } = hostOf(lesson, state);
    return player.moment(acts, stepAt(acts, at));
  };
