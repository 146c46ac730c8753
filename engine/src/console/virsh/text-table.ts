/** Letters that take two places, and those that take none (vsh-table.c, vshTableSafeEncode()). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

const hex = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('');

/** What cannot be printed, as `\x0a`. */
function safe(text: string): string {
  return text.replace(/\\(?=x)|[\p{Cc}\p{Cs}]/gu, (letter) =>
    /[\udc80-\udcff]/.test(letter)
      ? `\\x${(letter.charCodeAt(0) - 0xdc00).toString(16)}`
      : hex(letter),
  );
}

function width(text: string): number {
  let sum = 0;
  for (const letter of text) sum += NO_WIDTH.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return sum;
}

/** A table as virsh prints it: without a heading it is quiet's, and as wide as its rows only. */
export function textTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  withHeading: boolean,
): string {
  const lines = (withHeading ? [heading, ...rows] : rows).map((row) => row.map(safe));
  const widths = heading.map((_, column) =>
    Math.max(0, ...lines.map((row) => width(row[column] ?? ''))),
  );
  const printed = lines.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1
          ? ` ${cell}\n`
          : ` ${cell}${' '.repeat((widths[column] ?? 0) - width(cell) + 2)}`,
      )
      .join(''),
  );
  if (withHeading) {
    printed.splice(1, 0, `${'-'.repeat(widths.reduce((sum, size) => sum + size + 3, 0))}\n`);
  }
  return printed.join('');
}
