/** Tables as util-linux prints them (libsmartcols): columns as wide as need be, one blank between them. */
export function showTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  how: { right?: readonly boolean[]; headings?: boolean; raw?: boolean } = {},
): string {
  const all = how.headings === false ? rows : [columns, ...rows];
  if (how.raw === true) {
    return all
      .map((row) => `${row.map((cell) => cell.replaceAll(' ', '\\x20')).join(' ')}\n`)
      .join('');
  }
  const widths = columns.map((_, column) =>
    Math.max(...[columns, ...rows].map((row) => (row[column] ?? '').length)),
  );
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        if (how.right?.[column] === true) return cell.padStart(width);
        return column === columns.length - 1 ? cell : cell.padEnd(width);
      });
      return `${cells.join(' ').trimEnd()}\n`;
    })
    .join('');
}
