/** Keys of readline on a line of text, as functions from one state of the line to the next. */

export interface Line {
  readonly text: string;
  readonly cursor: number;
  /** What was cut last, for Ctrl+Y. */
  readonly cut: string;
}

const startOf = ({ text, cursor }: Line): number => text.lastIndexOf('\n', cursor - 1) + 1;

function endOf({ text, cursor }: Line): number {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
}

/** Takes a stretch away and keeps it to be put back. */
function cutOut(line: Line, from: number, to: number): Line {
  if (from === to) return line;
  const { text } = line;
  return { text: text.slice(0, from) + text.slice(to), cursor: from, cut: text.slice(from, to) };
}

/** By the key pressed together with Ctrl. */
export const EDITS: Readonly<Record<string, (line: Line) => Line>> = {
  a: (line) => ({ ...line, cursor: startOf(line) }),
  e: (line) => ({ ...line, cursor: endOf(line) }),
  k: (line) => cutOut(line, line.cursor, endOf(line)),
  u: (line) => cutOut(line, startOf(line), line.cursor),
  w: (line) => {
    const word = /\S*\s*$/.exec(line.text.slice(0, line.cursor))?.[0] ?? '';
    return cutOut(line, line.cursor - word.length, line.cursor);
  },
  y: (line) => {
    const { text, cursor, cut } = line;
    return {
      text: text.slice(0, cursor) + cut + text.slice(cursor),
      cursor: cursor + cut.length,
      cut,
    };
  },
};

/** What Ctrl+D does where something is typed already. */
export function deleteForward({ text, cursor, cut }: Line): Line {
  return { text: text.slice(0, cursor) + text.slice(cursor + 1), cursor, cut };
}

/** Whether the cursor can go no further up (or down) in a text of several lines. */
export const isFirstLine = (line: Line): boolean => startOf(line) === 0;
export const isLastLine = (line: Line): boolean => endOf(line) === line.text.length;
