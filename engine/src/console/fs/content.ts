/**
 * What a file holds: text, and long runs that nobody writes out, so that a swap file of a gigabyte costs a
 * few words.
 */
export type Extent =
  | { text: string }
  /** So many bytes of zeroes that have a place on the disk. */
  | { zero: number }
  /** So many bytes without one: they read as zeroes. */
  | { hole: number }
  /** So many bytes of which only it matters that they are there: an image, a core. */
  | { opaque: number };

/**
 * Bytes of a text in UTF-8. A byte that is none is one lone surrogate from U+DC80 to U+DCFF (stream.ts); half of a
 * letter counts as U+FFFD.
 */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Asked here, too: most text is plain.
    if (unit > 0x7f) bytes += more(text, index, unit);
  }
  return bytes;
}

/** Bytes beyond one that a unit at `index` stands for, so that the two of a pair have four together. */
function more(text: string, index: number, unit: number): number {
  if (unit < 0x80) return 0;
  if (unit < 0x800) return 1;
  if (unit < 0xd800 || unit > 0xdfff) return 2;
  if (unit < 0xdc00) {
    const next = text.charCodeAt(index + 1);
    return next >= 0xdc00 && next <= 0xdfff ? 3 : 2;
  }
  const before = text.charCodeAt(index - 1);
  if (before >= 0xd800 && before <= 0xdbff) return -1;
  return unit >= 0xdc80 && unit <= 0xdcff ? 0 : 2;
}

/** What is known of a long text, which is asked for at every read and write. */
interface Known {
  bytes: number;
  /** Where a reader stands: a byte, and its place in the text. */
  at: number;
  index: number;
  /** It ends in half a letter. To look at the text itself would copy all that was ever added to it. */
  half: boolean;
}
const known = new WeakMap<Extent, Known>();
const LONG = 1024;
/** A text that is longer than this does not grow any more: another begins after it. */
const WHOLE = 65_536;
const HALF = /[\ud800-\udbff]$/;

export function extentLength(extent: Extent): number {
  if ('text' in extent) {
    if (extent.text.length < LONG) return byteLength(extent.text);
    return placeIn(extent).bytes;
  }
  if ('zero' in extent) return extent.zero;
  return 'hole' in extent ? extent.hole : extent.opaque;
}

function placeIn(extent: { text: string }): Known {
  const { text } = extent;
  let place = known.get(extent);
  if (place === undefined) {
    place = { bytes: byteLength(text), at: 0, index: 0, half: HALF.test(text.slice(-1)) };
    known.set(extent, place);
  }
  return place;
}

export const contentLength = (content: readonly Extent[]): number =>
  content.reduce((sum, extent) => sum + extentLength(extent), 0);

/** Bytes that have a place on the disk. */
export const allocated = (content: readonly Extent[]): number =>
  content.reduce((sum, extent) => sum + ('hole' in extent ? 0 : extentLength(extent)), 0);

/** The characters of a text from one byte on, so many bytes; a letter that is cut is left out. */
function sliceBytes(extent: { text: string }, from: number, length: number): string {
  const { text } = extent;
  const place = placeIn(extent);
  if (place.bytes === text.length) return text.slice(from, from + length);
  // Who reads on finds the place where the last read ended.
  let { at, index } = place.at <= from ? place : { at: 0, index: 0 };
  let start = -1;
  while (index < text.length) {
    const letter = text.codePointAt(index) ?? 0;
    const units = letter > 0xffff ? 2 : 1;
    const size = units === 2 ? 4 : 1 + more(text, index, letter);
    if (at >= from && start < 0) start = index;
    if (at + size > from + length) break;
    at += size;
    index += units;
  }
  if (start < 0) return '';
  place.at = at;
  place.index = index;
  return text.slice(start, index);
}

/** So many bytes from an offset on, as extents. */
export function slice(content: readonly Extent[], offset: number, length: number): Extent[] {
  const out: Extent[] = [];
  let at = 0;
  for (const extent of content) {
    const size = extentLength(extent);
    const from = Math.max(offset, at) - at;
    const to = Math.min(offset + length, at + size) - at;
    at += size;
    if (to <= from) continue;
    if ('text' in extent) out.push({ text: sliceBytes(extent, from, to - from) });
    else if ('zero' in extent) out.push({ zero: to - from });
    else if ('hole' in extent) out.push({ hole: to - from });
    else out.push({ opaque: to - from });
  }
  return out;
}

function longer(first: { text: string }, second: { text: string }): Extent {
  const both = { text: first.text + second.text };
  if (both.text.length < LONG) return both;
  const { bytes, at, index, half } = placeIn(first);
  // A letter whose halves come together is shorter than they were.
  if (!half) {
    const added = placeIn(second);
    known.set(both, { bytes: bytes + added.bytes, at, index, half: added.half });
  }
  return both;
}

function joined(content: readonly Extent[]): Extent[] {
  const out: Extent[] = [];
  for (const extent of content) {
    if (extentLength(extent) === 0) continue;
    const last = out.at(-1);
    if (last !== undefined && 'text' in last && 'text' in extent && last.text.length <= WHOLE) {
      out[out.length - 1] = longer(last, extent);
    } else if (last !== undefined && 'zero' in last && 'zero' in extent) {
      out[out.length - 1] = { zero: last.zero + extent.zero };
    } else if (last !== undefined && 'hole' in last && 'hole' in extent) {
      out[out.length - 1] = { hole: last.hole + extent.hole };
    } else if (last !== undefined && 'opaque' in last && 'opaque' in extent) {
      out[out.length - 1] = { opaque: last.opaque + extent.opaque };
    } else {
      out.push(extent);
    }
  }
  return out;
}

/** The content with `written` at an offset; what lies between its end and the offset is a hole. */
export function overwrite(
  content: readonly Extent[],
  offset: number,
  written: readonly Extent[],
): Extent[] {
  const length = contentLength(content);
  // Most is written at the end.
  if (offset === length) return joined([...content, ...written]);
  const size = contentLength(written);
  const before = slice(content, 0, offset);
  const gap: Extent[] = offset > length ? [{ hole: offset - length }] : [];
  const end = offset + size;
  const after = end < length ? slice(content, end, length - end) : [];
  return joined([...before, ...gap, ...written, ...after]);
}

/** The content cut, or lengthened by a hole, to so many bytes. */
export function resize(content: readonly Extent[], length: number): Extent[] {
  const now = contentLength(content);
  return length <= now
    ? joined(slice(content, 0, length))
    : joined([...content, { hole: length - now }]);
}

const NULS = '\0'.repeat(65_536);

/** What is read of extents: runs come out as NUL characters. */
export function textOf(content: readonly Extent[]): string {
  return content
    .map((extent) => {
      if ('text' in extent) return extent.text;
      const length = extentLength(extent);
      return length <= NULS.length ? NULS.slice(0, length) : '\0'.repeat(length);
    })
    .join('');
}
