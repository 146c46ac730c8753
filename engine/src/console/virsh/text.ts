const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

/** virBufferEscapeString(). */
export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (letter) => ENTITIES[letter] ?? letter);

/** vshStringToArray(): a list with commas between; two of them stand for one in an item. */
export const splitCommas = (text: string): string[] =>
  text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));

/** virBitmapFormat(): the numbers of those that are set, `0-3,5`. */
export function ranges(bits: readonly boolean[]): string {
  const parts: string[] = [];
  for (let from = 0; from < bits.length; from++) {
    if (bits[from] !== true) continue;
    let to = from;
    while (bits[to + 1] === true) to++;
    parts.push(from === to ? String(from) : `${from}-${to}`);
    from = to;
  }
  return parts.join(',');
}

/** virBitmapParse(): `0-3,^2,7`; null where it is none, or a number is `most` or more. */
export function parseRanges(text: string, most: number): boolean[] | null {
  const bits: boolean[] = [];
  for (const part of text.trim().split(',')) {
    const [, not, from, to = from] = /^\s*(\^?)(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined || to === undefined) return null;
    if (Number(to) >= most || Number(from) > Number(to)) return null;
    // Only single numbers can be taken away.
    if (not === '^' && part.includes('-')) return null;
    for (let bit = Number(from); bit <= Number(to); bit++) bits[bit] = not !== '^';
  }
  return Array.from({ length: bits.length }, (_, bit) => bits[bit] === true);
}

/** One parameter's value as vshGetTypedParamValue() shows it. */
export const shownValue = (value: number | string | boolean): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
