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

const encoder = new TextEncoder();

/** A byte that is no UTF-8 is one lone surrogate from U+DC80 to U+DCFF (stream.ts). */
const RAW = /[\udc80-\udcff]/;

/** Bytes of a text. */
export function byteLength(text: string): number {
  // Most text is plain, and counting it without encoding is much faster.
  let plain = true;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) {
      plain = false;
      break;
    }
  }
  if (plain) return text.length;
  if (!RAW.test(text)) return encoder.encode(text).length;
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 || (code >= 0xdc80 && code <= 0xdcff) ? 1 : encoder.encode(letter).length;
  }
  return bytes;
}

// Of long texts, which are not counted twice.
const lengths = new WeakMap<Extent, number>();

export function extentLength(extent: Extent): number {
  if ('text' in extent) {
    const known = lengths.get(extent);
    if (known !== undefined) return known;
    const length = byteLength(extent.text);
    if (extent.text.length > 4096) lengths.set(extent, length);
    return length;
  }
  if ('zero' in extent) return extent.zero;
  return 'hole' in extent ? extent.hole : extent.opaque;
}

export const contentLength = (content: readonly Extent[]): number =>
  content.reduce((sum, extent) => sum + extentLength(extent), 0);

/** Bytes that have a place on the disk. */
export const allocated = (content: readonly Extent[]): number =>
  content.reduce((sum, extent) => sum + ('hole' in extent ? 0 : extentLength(extent)), 0);

/** The characters of a text from one byte on, so many bytes; a letter that is cut is left out. */
function sliceBytes(text: string, from: number, length: number): string {
  if (byteLength(text) === text.length) return text.slice(from, from + length);
  let at = 0;
  let out = '';
  for (const letter of text) {
    const size = byteLength(letter);
    if (at >= from && at + size <= from + length) out += letter;
    at += size;
    if (at >= from + length) break;
  }
  return out;
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
    if ('text' in extent) out.push({ text: sliceBytes(extent.text, from, to - from) });
    else if ('zero' in extent) out.push({ zero: to - from });
    else if ('hole' in extent) out.push({ hole: to - from });
    else out.push({ opaque: to - from });
  }
  return out;
}

function joined(content: readonly Extent[]): Extent[] {
  const out: Extent[] = [];
  for (const extent of content) {
    if (extentLength(extent) === 0) continue;
    const last = out.at(-1);
    if (last !== undefined && 'text' in last && 'text' in extent) {
      out[out.length - 1] = { text: last.text + extent.text };
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
