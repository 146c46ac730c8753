import type { Entry } from './blocks.ts';
import { linesIn } from './blocks.ts';
import type { ConsoleMessages } from './messages.ts';

/** Outputs of more lines are announced by their number; they can be read in the log. */
const READ_OUT = 8;

/** Says what was printed once, whole where it is short. */
export class Announcer {
  #key = -1;
  #said = 0;

  /** What is new in the log since the last call; `isOver`: its command has ended. Null: nothing worth saying. */
  next(t: ConsoleMessages, entry: Entry, isOver: boolean, format: (count: number) => string) {
    const text = entry.pieces.map((piece) => piece.text).join('');
    const isNew = entry.key !== this.#key;
    // A screen that is drawn over and over is read when it stands still.
    if (entry.cleared && !isOver) return null;
    const from = isNew || entry.cleared || text.length < this.#said ? 0 : this.#said;
    if (!isNew && !entry.cleared && text.length === this.#said) return null;
    const fresh = text.slice(from);
    const isSilent = fresh.trim() === '';
    if (isSilent && !isOver) return null;
    this.#key = entry.key;
    this.#said = text.length;
    if (isSilent) return t.noOutput;
    const errors = entry.pieces.filter(({ stream }) => stream === 'err');
    const wrong = errors.map((piece) => piece.text).join('');
    const lines = linesIn(fresh);
    if (lines <= READ_OUT) return wrong === fresh ? t.errors + fresh : fresh;
    return linesIn(wrong) > 0 && linesIn(wrong) <= READ_OUT
      ? `${t.lines(format(lines))}. ${t.errors}${wrong}`
      : t.lines(format(lines));
  }

  /** What stands there already is not news. */
  skip(entry: Entry | undefined): void {
    this.#key = entry?.key ?? -1;
    this.#said = entry?.pieces.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
  }
}
