import { unescape } from './parse.ts';

/** printf(1): formats are used again as long as arguments are left. */
export function printfText(
  format: string,
  args: readonly string[],
): { text: string; problems: string[] } {
  const problems: string[] = [];
  let text = '';
  let at = 0;
  let stopped = false;
  const next = (): string | undefined => args[at++];

  const number = (given: string | undefined): bigint => {
    if (given === undefined || given === '') return 0n;
    if (/^["']/.test(given)) return BigInt(given.codePointAt(1) ?? 0);
    const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]+|\d+)/.exec(given);
    if (match === null) {
      problems.push(`${given}: invalid number`);
      return 0n;
    }
    if (match[0].length < given.length) problems.push(`${given}: invalid number`);
    const digits = match[2] ?? '0';
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return match[1] === '-' ? -value : value;
  };

  const once = (): void => {
    const pattern =
      /%%|%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?([a-zA-Z])?|\\(?:x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|[\s\S])|[^%\\]+|[\s\S]/g;
    for (const match of format.matchAll(pattern)) {
      const [whole, flags = '', widthText, precisionText, letter] = match;
      if (whole === '%%') text += '%';
      else if (whole.startsWith('\\')) {
        if (whole === '\\c') {
          stopped = true;
          return;
        }
        text += unescape(whole);
      } else if (!whole.startsWith('%')) text += whole;
      else if (letter === undefined) {
        problems.push(`\`${whole}': missing format character`);
        stopped = true;
        return;
      } else {
        const width = widthText === '*' ? Number(number(next())) : Number(widthText ?? 0);
        const precision =
          precisionText === undefined
            ? null
            : precisionText === '*'
              ? Number(number(next()))
              : Number(precisionText);
        const out = one(letter, flags, precision, next, number);
        if (out === null) {
          problems.push(`\`${letter}': invalid format character`);
          stopped = true;
          return;
        }
        const left = flags.includes('-') || width < 0;
        const size = Math.min(Math.abs(width), 100_000);
        const zero =
          flags.includes('0') &&
          !left &&
          'dioxXufeEgG'.includes(letter) &&
          (precision === null || 'feEgG'.includes(letter));
        if (left) text += out.padEnd(size);
        else if (zero) {
          const sign = /^[+ -]|^0[xX]/.exec(out)?.[0] ?? '';
          text += sign + out.slice(sign.length).padStart(size - sign.length, '0');
        } else text += out.padStart(size);
      }
    }
  };

  do {
    once();
  } while (at < args.length && at > 0 && !stopped && /%[^%]/.test(format.replaceAll('%%', '')));
  return { text, problems };
}

function one(
  letter: string,
  flags: string,
  precision: number | null,
  next: () => string | undefined,
  number: (given: string | undefined) => bigint,
): string | null {
  switch (letter) {
    case 's': {
      const text = next() ?? '';
      return precision === null ? text : text.slice(0, precision);
    }
    case 'b':
      return unescape(next() ?? '');
    case 'q': {
      const text = next() ?? '';
      return text === '' ? "''" : text.replace(/[^\w@%+=:,./-]/g, '\\$&');
    }
    case 'c':
      return (next() ?? '').slice(0, 1);
    case 'd':
    case 'i': {
      const value = BigInt.asIntN(64, number(next()));
      const digits = (value < 0n ? -value : value).toString().padStart(precision ?? 1, '0');
      return (
        (value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + digits
      );
    }
    case 'u':
      return BigInt.asUintN(64, number(next())).toString();
    case 'o':
      return (
        (flags.includes('#') ? '0' : '') +
        BigInt.asUintN(64, number(next()))
          .toString(8)
          .padStart(precision ?? 1, '0')
      );
    case 'x':
    case 'X': {
      const value = BigInt.asUintN(64, number(next()));
      const digits = value.toString(16).padStart(precision ?? 1, '0');
      const text = (flags.includes('#') && value !== 0n ? '0x' : '') + digits;
      return letter === 'X' ? text.toUpperCase() : text;
    }
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      return float(letter, Number(next() ?? 0), precision ?? 6, flags);
    default:
      return null;
  }
}

/** C's floating formats. */
export function float(letter: string, value: number, precision: number, flags = ''): string {
  const digits = Math.min(precision, 100);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');
  let text: string;
  if (letter === 'f' || letter === 'F') text = value.toFixed(digits);
  else if (letter === 'e' || letter === 'E') text = exponent(value.toExponential(digits));
  else {
    const significant = digits === 0 ? 1 : digits;
    const power =
      value === 0
        ? 0
        : Math.floor(Math.log10(Math.abs(Number(value.toExponential(significant - 1)))));
    if (power < -4 || power >= significant) {
      text = exponent(value.toExponential(significant - 1).replace(/\.?0+e/, 'e'));
    } else {
      text = value.toFixed(Math.max(0, significant - 1 - power));
      if (text.includes('.') && !flags.includes('#')) text = text.replace(/\.?0+$/, '');
    }
  }
  if (value >= 0 && flags.includes('+')) text = `+${text}`;
  else if (value >= 0 && flags.includes(' ')) text = ` ${text}`;
  return /[A-Z]/.test(letter) ? text.toUpperCase() : text;
}
