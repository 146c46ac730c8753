import type { Kvm, Ledgers } from '@pagewalk/engine';

/**
 * What the page asks of a console; the engine's `LiveConsole` is one. Only types: the console's code itself is
 * fetched where somebody sits down at it.
 */

/** What can be done at a console. */
export type Act =
  | { line: string }
  | { key: 'interrupt' | 'end' | 'escape' }
  | { wait: number }
  | { edited: string | null };

export interface Piece {
  readonly text: string;
  readonly stream: 'out' | 'err';
}

/** A line that was typed, and what was printed until the next. */
export interface Block {
  /** What stood before the line; null for what was printed before anything was typed. */
  readonly prompt: string | null;
  readonly line: string;
  readonly pieces: readonly Piece[];
  /** Something printed is not shown any more, as after `clear` or in `watch`. */
  readonly cleared: boolean;
}

/** A line is waited for; a program runs; a file is edited; the shell has ended. */
export type Mode = 'line' | 'busy' | 'edit' | 'over';

/** A domain as a list of virtual machines shows it. */
export interface Domain {
  /** Null while it does not run. */
  readonly id: number | null;
  readonly name: string;
  readonly state: 'running' | 'paused' | 'shutoff' | 'crashed';
  /** Whether the guest's own system has booted. */
  readonly isUp: boolean;
  readonly memoryKiB: number;
  readonly maxKiB: number;
  readonly vcpus: number;
  readonly autostart: boolean;
  readonly persistent: boolean;
  /** Milliseconds that its processors ran in all. */
  readonly cpuMs: number;
}

/** A command of virsh, for completion. */
export interface VirshCommand {
  readonly name: string;
  readonly options: readonly VirshOption[];
}
export interface VirshOption {
  readonly name: string;
  /** A word follows, or stands in its place without the name. */
  readonly takesValue: boolean;
}

/** The words that completion knows. */
export interface Vocabulary {
  /** Programs, builtins and functions. */
  programs(): readonly string[];
  /** Names in a folder, as the shell would find it from where it is; those of folders end in a slash. */
  files(folder: string): readonly string[];
  virsh(): readonly VirshCommand[];
}

export interface ConsoleModel {
  readonly blocks: readonly Block[];
  readonly acts: readonly Act[];
  /** Counts up with every change of what is shown. */
  readonly version: number;
  readonly mode: Mode;
  readonly prompt: string;
  /** What is typed goes to a guest. */
  readonly isGuest: boolean;
  readonly editing: { path: string; text: string } | null;
  readonly session: {
    readonly kvm: Kvm;
    readonly host: { readonly clock: { readonly now: number } };
  };
  /** Code that a program waits for; null where none does. Nothing happens until it is here. */
  readonly fetching: Promise<void> | null;
  act(act: Act): void;
  /** Fetches the code of the programs that a line names, before it is run. */
  foresee(line: string): Promise<void>;
  outputOf(block: Block): readonly Piece[];
  /**
   * Lets programs run for at most so many rounds, and time pass up to `until`; when to call again, null: when
   * somebody types.
   */
  pump(until: number, rounds?: number): number | null;
  /** What a file of the host holds now; null where it cannot be read. */
  read(path: string): string | null;
  domains(): readonly Domain[];
  /** The three accounts of a domain's memory; null where it does not run. */
  ledgers(domain: string): Ledgers | null;
  /** Domains by the numbers of the guests in the map of frames, from 1; '' for one that is gone. */
  owners(): readonly string[];
  readonly words: Vocabulary;
}

/** What the console's code can do once it is there. */
export interface ConsoleCode {
  /** A console on a host that has just booted. */
  open(): ConsoleModel;
  /** Whether a text is a whole command of the shell. */
  completeness(text: string): 'complete' | 'unfinished' | { error: string };
}

/** Who reads what is typed. */
export type Reader = 'shell' | 'virsh' | 'guest' | 'program';

export function readerOf(model: Pick<ConsoleModel, 'isGuest' | 'prompt'>): Reader {
  if (model.isGuest) return 'guest';
  if (model.prompt === '') return 'program';
  return /^virsh [#>] $/.test(model.prompt) ? 'virsh' : 'shell';
}

/** The prompt of a command that goes on (PS2). */
export const CONTINUED = '> ';
