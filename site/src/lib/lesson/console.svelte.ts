import { getContext, setContext } from 'svelte';
import { ConsoleSession } from '#lib/console/console.svelte.ts';
import { loadConsole } from '#lib/console/load.ts';
import { keep, recall } from '#lib/session/storage.ts';

/** The console of a lesson: one host for all of its tasks, which tasks are done, and at which the reader sits. */
export class LessonConsole {
  readonly session: ConsoleSession;
  /** Task at which the console stands; null before it was opened. */
  open: string | null = $state(null);
  done: readonly string[] = $state.raw([]);
  readonly #key: string;

  constructor(lesson: string) {
    this.session = new ConsoleSession(`console:${lesson}`, loadConsole);
    this.#key = `tasks:${lesson}`;
  }

  /** What was done at an earlier visit. */
  recall(): void {
    const kept = recall(this.#key);
    if (Array.isArray(kept)) {
      this.done = kept.filter((id): id is string => typeof id === 'string');
    }
  }

  sit(task: string): void {
    this.open = task;
    if (!this.session.ready && this.session.restoring === null) void this.session.start();
  }

  pass(task: string): void {
    if (this.done.includes(task)) return;
    this.done = [...this.done, task];
    keep(this.#key, this.done);
  }
}

const KEY = Symbol('lesson console');

export const provideConsole = (console: LessonConsole): LessonConsole => setContext(KEY, console);
export const getConsole = (): LessonConsole => getContext<LessonConsole>(KEY);
