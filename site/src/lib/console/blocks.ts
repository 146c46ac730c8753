import { CONTINUED } from './model.ts';
import type { Block, ConsoleModel, Piece } from './model.ts';

/** What is shown of a console: each command once, with all its lines, and what it printed. */
export interface Entry {
  /** Its number, from 0; it stays. */
  readonly key: number;
  readonly prompt: string | null;
  /** All lines of a command that was typed over several. */
  readonly line: string;
  readonly pieces: readonly Piece[];
  readonly cleared: boolean;
  /** It was typed to this domain's own console; null: on the host. */
  readonly guest: string | null;
}

const isSilent = ({ pieces }: Entry): boolean => pieces.every(({ text }) => text === '');

/** `virsh console NAME`, or the same at virsh's own prompt. */
export const guestCalled = (line: string): string | null =>
  /\bconsole\s+(?:--domain[ =])?([^\s-]\S*)/.exec(line)?.[1] ?? null;

/** Follows a console's blocks: those that are over are looked at once. */
export class Log {
  readonly #model: ConsoleModel;
  /** Of the blocks that are over. */
  #over: Entry[] = [];
  #seen = 0;
  /** By number of the block: the guest that was typed to. */
  readonly #guests = new Map<number, string>();

  constructor(model: ConsoleModel) {
    this.#model = model;
  }

  /** The block typed next goes to a guest. */
  typedToGuest(name: string): void {
    this.#guests.set(this.#model.blocks.length, name);
  }

  #add(entries: Entry[], block: Block, number: number): void {
    const last = entries.at(-1);
    const pieces = this.#model.outputOf(block);
    const { line, cleared } = block;
    if (block.prompt === CONTINUED && last !== undefined && isSilent(last)) {
      entries[entries.length - 1] = { ...last, line: `${last.line}\n${line}`, pieces, cleared };
      return;
    }
    entries.push({
      key: number,
      prompt: block.prompt,
      line,
      pieces: [...pieces],
      cleared,
      guest: this.#guests.get(number) ?? null,
    });
  }

  /** All there is to see now. */
  get entries(): readonly Entry[] {
    const { blocks } = this.#model;
    for (; this.#seen < blocks.length - 1; this.#seen++) {
      this.#add(this.#over, blocks[this.#seen]!, this.#seen);
    }
    const entries = [...this.#over];
    const last = blocks.at(-1);
    if (last !== undefined) this.#add(entries, last, blocks.length - 1);
    return entries;
  }
}

/** A stretch of output of one stream; `glued` when it goes on in the middle of a line. */
export interface Segment {
  readonly text: string;
  readonly isError: boolean;
  readonly glued: boolean;
}

export interface Output {
  readonly segments: readonly Segment[];
  /** Lines there are in all, and not shown of them. */
  readonly lines: number;
  readonly hidden: number;
}

export function linesIn(text: string): number {
  if (text === '') return 0;
  let count = text.endsWith('\n') ? 0 : 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Where the last lines of a text begin. */
function tailOf(text: string, lines: number): number {
  let at = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let left = lines; left > 0 && at > 0; left--) at = text.lastIndexOf('\n', at - 1);
  return at <= 0 ? 0 : at + 1;
}

/** The last `most` lines of an output, or all of it. */
export function outputOf(pieces: readonly Piece[], most: number): Output {
  const lines = linesIn(pieces.map(({ text }) => text).join(''));
  const segments: Segment[] = [];
  let left = most;
  for (let index = pieces.length - 1; index >= 0 && left > 0; index--) {
    const { text, stream } = pieces[index]!;
    if (text === '') continue;
    const shown = text.slice(tailOf(text, left));
    left -= linesIn(shown);
    const before = shown === text ? pieces[index - 1]?.text : '\n';
    const glued = before !== undefined && before !== '' && !before.endsWith('\n');
    segments.unshift({ text: shown, isError: stream === 'err', glued });
  }
  return { segments, lines, hidden: Math.max(0, lines - most) };
}
