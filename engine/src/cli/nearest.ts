/** How many letters must be changed, added or dropped to make `a` into `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The name that a mistyped word was probably meant to be. */
export const nearest = (word: string, names: readonly string[]): string =>
  names.reduce((best, name) => (distance(word, name) < distance(word, best) ? name : best));
