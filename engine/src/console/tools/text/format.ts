/** Numbers as printf(3) writes them. */

/** What stands between `%` and the conversion's letter. */
export interface Spec {
  flags: string;
  width: number;
  /** −1 where none is given. */
  precision: number;
}

/** Digits of `%f`: exact ties go to the even digit, as in glibc. */
function fixed(value: number, precision: number): string {
  const digits = Math.min(precision, 75);
  if (value >= 1e21) return BigInt(value) + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
  return toEven(value.toFixed(digits), value.toFixed(digits + 25), digits);
}

function scientific(value: number, precision: number): string {
  const digits = Math.min(precision, 75);
  const [short = '', exponent = '+0'] = value.toExponential(digits).split('e');
  const [long = '', otherExponent] = value.toExponential(digits + 25).split('e');
  const mantissa = exponent === otherExponent ? toEven(short, long, digits) : short;
  return `${mantissa}e${exponent[0]!}${exponent.slice(1).padStart(2, '0')}`;
}

function toEven(rounded: string, long: string, digits: number): string {
  const cut = long.indexOf('.') + 1 + digits;
  if (!/^50*$/.test(long.slice(cut))) return rounded;
  const down = long.slice(0, digits === 0 ? cut - 1 : cut);
  return Number(down.at(-1)) % 2 === 0 ? down : rounded;
}

function general(value: number, precision: number, keepZeroes: boolean): string {
  const digits = precision === 0 ? 1 : precision;
  const exponent = value === 0 ? 0 : Number(scientific(value, digits - 1).split('e')[1]);
  const isShort = exponent >= -4 && exponent < digits;
  const text = isShort ? fixed(value, digits - 1 - exponent) : scientific(value, digits - 1);
  return keepZeroes || !text.includes('.') ? text : text.replace(/\.?0+(?=e|$)/, '');
}

/** `%e %f %g %d %i %u %o %x %c %s` and their capitals. Integers may be `bigint`. */
export function format(spec: Spec, letter: string, value: number | bigint | string): string {
  const { flags, width, precision } = spec;
  const lower = letter.toLowerCase();
  let body: string;
  let sign = '';
  let zeroes = flags.includes('0');
  if (typeof value === 'string') {
    body = precision >= 0 && lower === 's' ? value.slice(0, precision) : value;
    zeroes = false;
  } else {
    const negative = value < 0 || Object.is(value, -0);
    sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
    if (typeof value === 'number' && 'efg'.includes(lower)) {
      const size = Math.abs(value);
      const places = precision < 0 ? 6 : precision;
      if (!Number.isFinite(value)) {
        // A quotient of zeroes is a negative NaN on this machine (x86's default NaN).
        if (Number.isNaN(value)) sign = '-';
        body = Number.isNaN(value) ? 'nan' : 'inf';
        zeroes = false;
      } else if (lower === 'f') body = fixed(size, places);
      else if (lower === 'e') body = scientific(size, places);
      else body = general(size, places, flags.includes('#'));
    } else {
      const base = lower === 'o' ? 8 : lower === 'x' ? 16 : 10;
      const size = value < 0 ? -value : value;
      body = size === 0 && precision === 0 ? '' : size.toString(base);
      if (!'di'.includes(lower)) sign = '';
      body = body.padStart(precision, '0');
      if (flags.includes('#') && Number(value) !== 0) {
        if (base === 16) sign = '0x';
        else if (base === 8 && !body.startsWith('0')) body = `0${body}`;
      }
      if (precision >= 0) zeroes = false;
    }
  }
  let out = sign + body;
  if (flags.includes('-')) out = out.padEnd(width);
  else if (zeroes) out = sign + body.padStart(width - sign.length, '0');
  else out = out.padStart(width);
  return lower !== letter && lower !== 's' && lower !== 'c' ? out.toUpperCase() : out;
}
