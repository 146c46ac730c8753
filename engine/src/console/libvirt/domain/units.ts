import { fail } from '../errors.ts';

/** The most that a size may be, bytes (LLONG_MAX). */
const MOST = 2n ** 63n - 1n;

/** virScaleInteger(): a number with a suffix, in bytes. Without a suffix it counts `scale` bytes. */
export function scaleInteger(value: bigint, suffix: string, scale: bigint, most = MOST): bigint {
  const unknown = (): never => fail('INVALID_ARG', `unknown suffix '${suffix}'`);
  let factor = scale;
  if (/^b(ytes?)?$/i.test(suffix)) factor = 1n;
  else if (suffix !== '') {
    const power = 'kmgtpe'.indexOf(suffix.charAt(0).toLowerCase());
    const rest = suffix.slice(1).toLowerCase();
    if (power < 0 || !['', 'ib', 'b'].includes(rest)) unknown();
    factor = (rest === 'b' ? 1000n : 1024n) ** BigInt(power + 1);
  }
  if (value > most / factor) fail('OVERFLOW', `value too large: ${value}${suffix}`);
  return value * factor;
}

/** virDomainParseMemory(): a size of the document in KiB, rounded up. `path` names its place in errors. */
export function parseMemory(text: string, unit: string, path: string): number {
  if (!/^\s*\+?\d+$/.test(text) || BigInt(text.trim()) >= 1n << 64n) {
    fail('XML_ERROR', `Invalid value '${text}' for element or attribute '${path}'`);
  }
  const bytes = scaleInteger(BigInt(text.trim()), unit, 1024n);
  return Number((bytes + 1023n) / 1024n);
}

/** virBitmapParse(): `0-3,^2`; null where it is no such list. */
export function parseBitmap(text: string, most = 16_384): number[] | null {
  const set = new Set<number>();
  for (const part of text.trim().split(/\s*,\s*/)) {
    const found = /^(\^?)(\d+)(?:-(\d+))?$/.exec(part);
    if (found === null) return null;
    const from = Number(found[2]);
    const to = found[3] === undefined ? from : Number(found[3]);
    if (to < from || to >= most || (found[1] === '^' && found[3] !== undefined)) return null;
    for (let bit = from; bit <= to; bit++) {
      if (found[1] === '^') set.delete(bit);
      else set.add(bit);
    }
  }
  return [...set].sort((one, two) => one - two);
}

/** virBitmapFormat(): numbers in order as `0-1,3`. */
export function formatBitmap(bits: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < bits.length; index++) {
    const from = bits[index] ?? 0;
    let to = from;
    while (bits[index + 1] === to + 1) {
      to++;
      index++;
    }
    parts.push(from === to ? `${from}` : `${from}-${to}`);
  }
  return parts.join(',');
}
