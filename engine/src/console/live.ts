import type { Kvm } from '../kvm/kvm.ts';
import type { HostConfig } from './host/config.ts';
import type { Terminal } from './os/terminal.ts';
import type { Parts } from './parts.ts';
import { Console } from './session.ts';
import type { Seat } from './session.ts';

/**
 * A console that somebody sits at: a shell on a terminal, what was typed and what came of it. What was done is
 * a list of plain acts; the host, its guests and all that is shown follow from it.
 */

/** What can be done at a console. */
export type Act =
  /** A line is typed, and Enter. */
  | { line: string }
  /** Ctrl+C, Ctrl+D, Ctrl+]. */
  | { key: 'interrupt' | 'end' | 'escape' }
  /** Time passes while nobody types, in milliseconds of the simulated clock. */
  | { wait: number }
  /** The editor is closed, with this text; null: without saving. */
  | { edited: string | null };

/** A line that was typed, and what was printed until the next. */
export interface Block {
  /** What stood before the line; null for what was printed before anything was typed. */
  prompt: string | null;
  line: string;
  pieces: Piece[];
  /** Printed so far that is not shown any more, as after `clear` or in `watch`. */
  cleared: boolean;
}

export interface Piece {
  text: string;
  stream: 'out' | 'err';
}

/** What the console waits for. */
export type Mode =
  /** A line, after `prompt`. */
  | 'line'
  /** Nothing: a program runs. */
  | 'busy'
  /** The editor. */
  | 'edit'
  /** The shell has ended. */
  | 'over';

/** Characters of one block that are kept. */
const KEPT = 400_000;
/** Turns that programs get in one go. */
const TURNS = 200;
/** Rounds of turns before `act` gives the page its thread back; `pump` goes on. */
const AT_ONCE = 5;
/** Characters that what was typed once may print. */
const SHOWN_MOST = 4_000_000;

export class LiveConsole {
  readonly session: Console;
  readonly blocks: Block[] = [];
  /** All that was done, in order. */
  readonly acts: Act[] = [];
  /** Counts up with every change of what is shown. */
  version = 0;
  readonly #terminal: Terminal;
  readonly #seat: Seat;
  #stream: Piece['stream'] = 'out';
  #fetching: Promise<void> | null = null;
  /** Milliseconds that are still to pass, once code is here that is fetched. */
  #owed = 0;
  /** What a raw terminal's other side is going to repeat. */
  #echo = '';

  constructor(kvm: Kvm, config: HostConfig, parts: Parts) {
    this.session = new Console(kvm, config, parts);
    this.blocks.push({ prompt: null, line: '', pieces: [], cleared: false });
    this.#seat = this.session.interact((text) => this.#show(text), null, {
      EDITOR: 'editor',
    });
    const { terminal } = this.#seat;
    this.#terminal = terminal;
    terminal.echo = false;
    terminal.canEdit = true;
    terminal.onStream = (stream) => {
      this.#stream = stream;
    };
    this.#settle();
  }

  get #last(): Block {
    const block = this.blocks.at(-1);
    if (block === undefined) throw new Error('a console has a block');
    return block;
  }

  /** Characters that were shown since something was done. */
  #shown = 0;

  #show(given: string): void {
    this.#shown += given.length;
    let text = given.replaceAll('\r', '');
    // A guest's terminal repeats what is typed; the line stands there already.
    while (this.#echo !== '' && text !== '') {
      if (text[0] !== this.#echo[0]) {
        this.#echo = '';
        break;
      }
      this.#echo = this.#echo.slice(1);
      text = text.slice(1);
    }
    if (text === '') return;
    this.version++;
    const block = this.#last;
    const page = text.lastIndexOf('\f');
    if (page >= 0) {
      // A new screen: what was there before is not shown any more.
      block.pieces = [];
      block.cleared = true;
      text = text.slice(page + 1);
    }
    const piece = block.pieces.at(-1);
    if (piece !== undefined && piece.stream === this.#stream) {
      // Cut seldom: a cut copies all that is kept.
      const all = piece.text + text;
      const kept = all.length > 2 * KEPT ? all.slice(-KEPT) : all;
      block.pieces[block.pieces.length - 1] = { ...piece, text: kept };
    } else block.pieces.push({ text, stream: this.#stream });
  }

  get mode(): Mode {
    if (this.#seat.shell.status !== null) return 'over';
    if (this.#terminal.editing !== null) return 'edit';
    if (this.#terminal.raw) return 'line';
    return this.#terminal.isWanted ? 'line' : 'busy';
  }
  /** What stands before the line that is typed now. */
  get prompt(): string {
    return this.#terminal.prompt;
  }
  /** Whether what is typed goes to a guest: Ctrl+] leads back. */
  get isGuest(): boolean {
    return this.#terminal.raw;
  }
  /** The file that is being edited; null where none is. */
  get editing(): { path: string; text: string } | null {
    return this.#terminal.editing;
  }
  /** The folder in which the shell is. */
  get cwd(): string {
    return this.#seat.shell.cwd;
  }
  /** How the last command of the shell ended. */
  get exit(): number {
    return this.#seat.shell.lastStatus;
  }
  get columns(): number {
    return this.#terminal.columns;
  }
  set columns(columns: number) {
    this.#terminal.columns = columns;
  }

  /** Code that a program waits for; null where none does. Nothing happens until it is here. */
  get fetching(): Promise<void> | null {
    return this.#fetching;
  }

  /** Does something. It has its effect as `pump` is called. */
  act(act: Act): void {
    const previous = this.acts.at(-1);
    if ('wait' in act && previous !== undefined && 'wait' in previous) {
      this.acts[this.acts.length - 1] = { wait: previous.wait + act.wait };
    } else this.acts.push(act);
    // What only waits does not begin anew.
    if (!('wait' in act)) {
      this.session.host.scheduler.renew();
      this.#shown = 0;
    }
    if ('line' in act) {
      const { prompt } = this;
      this.#dropPrompt(prompt);
      this.blocks.push({ prompt, line: act.line, pieces: [], cleared: false });
      if (this.#terminal.raw) this.#echo = `${act.line}\n`;
      this.#terminal.type(`${act.line}\r`);
    } else if ('key' in act) {
      this.#terminal.type({ interrupt: '\x03', end: '\x04', escape: '\x1d' }[act.key]);
    } else if ('edited' in act) this.#terminal.endEditing(act.edited);
    else this.#owed = this.session.wait(this.#owed + act.wait);
    this.version++;
    this.#settle();
  }

  // The prompt is shown where one types, not at the end of what was printed.
  #dropPrompt(prompt: string): void {
    const block = this.#last;
    const piece = block.pieces.at(-1);
    if (prompt === '' || piece === undefined || !piece.text.endsWith(prompt)) return;
    const text = piece.text.slice(0, -prompt.length);
    block.pieces.pop();
    if (text !== '') block.pieces.push({ ...piece, text });
    this.#terminal.newLine();
  }

  /** What a block printed, without the prompt that is being typed at. */
  outputOf(block: Block): readonly Piece[] {
    const { prompt } = this;
    const piece = block.pieces.at(-1);
    if (block !== this.#last || this.mode !== 'line' || prompt === '' || piece === undefined) {
      return block.pieces;
    }
    if (!piece.text.endsWith(prompt)) return block.pieces;
    const text = piece.text.slice(0, -prompt.length);
    return [...block.pieces.slice(0, -1), ...(text === '' ? [] : [{ ...piece, text }])];
  }

  /**
   * Lets programs run, and time pass up to `until` on the clock. The time when to call again, on the clock; null
   * when nothing will happen until somebody types. `most` is how many rounds of turns busy programs get.
   */
  pump(until: number, most = 50): number | null {
    this.#fetching = null;
    if (this.#owed > 0) this.#owed = this.session.wait(this.#owed);
    for (let rounds = 0; rounds < most; rounds++) {
      const progress = this.session.turn(TURNS);
      const { host } = this.session;
      if (this.#shown > SHOWN_MOST) {
        this.#shown = 0;
        host.scheduler.stop('it printed too much');
        continue;
      }
      if (progress.state === 'busy') continue;
      if (progress.state === 'fetching') {
        this.#fetching = progress.done;
        return null;
      }
      if (progress.state === 'idle') return this.mode === 'busy' ? host.clock.now + 100 : null;
      if (host.clock.now >= until) return progress.until;
      host.clock.advance(Math.max(10, Math.min(100, progress.until - host.clock.now)));
    }
    return this.session.host.clock.now;
  }

  #settle(): void {
    this.pump(this.session.host.clock.now, AT_ONCE);
  }

  /** Does all of a list of acts, each to its end; `enough` may stop it. */
  replay(acts: readonly Act[], enough: () => boolean = () => false): void {
    for (const act of acts) {
      if (enough()) return;
      this.act(act);
      // A program that waits goes on in the time that was recorded after it.
      for (let rounds = 0; this.mode === 'busy' && rounds < 200; rounds++) {
        if (this.pump(this.session.host.clock.now) === null) break;
      }
    }
  }
}
