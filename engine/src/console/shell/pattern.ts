/** Patterns of file names and of `case` (bash(1), Pattern Matching). */

/** A letter that was quoted stands for itself: it is written with this before it. */
export const QUOTE = '\u{e000}';

const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
};

const plain = (letter: string): string => letter.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The text without the marks of quoted letters. */
export const unquoted = (text: string): string => text.replaceAll(QUOTE, '');

/** Whether there is anything to match in it. */
export function hasPattern(text: string, extended = false): boolean {
  if (extended && /(^|[^\u{e000}])[+@!]\(/u.test(text)) return true;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === QUOTE) at++;
    else if ('*?['.includes(text[at] ?? '')) return true;
  }
  return false;
}

/**
 * The source of a regular expression for a pattern; `greedy` false for the shortest match. What stands between
 * two stars is looked for once, at its first place, which is as good as any other: time does not explode.
 */
export function patternSource(
  pattern: string,
  greedy = true,
  path = false,
  extended = false,
): string {
  const any = path ? '[^/]' : '[\\s\\S]';
  const between = [''];
  const add = (source: string): void => {
    between[between.length - 1] += source;
  };
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at] ?? '';
    if (letter === QUOTE) add(plain(pattern[++at] ?? ''));
    else if (extended && '?*+@!'.includes(letter) && pattern[at + 1] === '(') {
      const [choices, end] = alternatives(pattern, at + 2);
      const inner = `(?:${choices.map((one) => patternSource(one, greedy, path, true)).join('|')})`;
      if (letter === '!') {
        const rest = patternSource(pattern.slice(end + 1), greedy, path, true);
        add(`(?!${inner}${rest}$)${any}*${rest}`);
        break;
      }
      add(inner + (letter === '@' ? '' : letter));
      at = end;
    } else if (letter === '*') {
      while (pattern[at + 1] === '*') at++;
      between.push('');
    } else if (letter === '?') add(any);
    else if (letter === '[') {
      const [inner, end] = bracket(pattern, at);
      add(inner ?? '\\[');
      if (inner !== null) at = end;
    } else add(plain(letter));
  }
  const [first = '', ...others] = between;
  const last = others.pop();
  if (last === undefined) return first;
  const found = others.map((part, index) =>
    extended && /[?*+@!]\(/.test(pattern)
      ? `${any}*?${part}`
      : `(?=(?<s${index}>${any}*?${part}))\\k<s${index}>`,
  );
  return `${first}${found.join('')}${any}*${greedy ? '' : '?'}${last}`;
}

// What stands between the bars of `@(a|b)`, and where its parenthesis is closed.
function alternatives(pattern: string, start: number): [choices: string[], end: number] {
  const choices = [''];
  let depth = 0;
  let at = start;
  for (; at < pattern.length; at++) {
    const letter = pattern[at] ?? '';
    if (letter === ')' && depth-- === 0) break;
    if (letter === '(') depth++;
    if (letter === '|' && depth === 0) choices.push('');
    else {
      choices[choices.length - 1] += letter + (letter === QUOTE ? (pattern[++at] ?? '') : '');
    }
  }
  return [choices, at];
}

function bracket(pattern: string, start: number): [source: string | null, end: number] {
  let at = start + 1;
  // Asked first: a pattern may be nothing but these.
  if (!pattern.includes(']', at)) return [null, start];
  let negated = false;
  if (pattern[at] === '!' || pattern[at] === '^') {
    negated = true;
    at++;
  }
  let inner = '';
  let first = true;
  for (; at < pattern.length; at++) {
    const letter = pattern[at] ?? '';
    if (letter === ']' && !first)
      return [inner === '' ? '[]' : `[${negated ? '^' : ''}${inner}]`, at];
    first = false;
    const named =
      letter === '[' && pattern[at + 1] === ':'
        ? /^\[:(\w+):\]/.exec(pattern.slice(at, at + 16))
        : null;
    if (named !== null) {
      inner += CLASSES[named[1] ?? ''] ?? '';
      at += named[0].length - 1;
    } else if (letter === QUOTE) inner += plain(pattern[++at] ?? '');
    else if (
      letter === '-' &&
      inner !== '' &&
      pattern[at + 1] !== ']' &&
      pattern[at + 1] !== undefined
    )
      inner += '-';
    else inner += plain(letter);
  }
  return [null, start];
}

/** Whether a text matches as a whole. */
export function matches(
  pattern: string,
  text: string,
  ignoreCase = false,
  extended = false,
): boolean {
  const source = `^(?:${patternSource(pattern, true, false, extended)})$`;
  return regexOf(source, ignoreCase ? 'i' : '').test(text);
}

const SOURCE_MOST = 20_000;

/** A regular expression; one that matches nothing where a range in it is no range. */
export function regexOf(source: string, flags = ''): RegExp {
  // One that is too long is refused only when it is used.
  if (source.length > SOURCE_MOST) return /$^(?!)/;
  try {
    return new RegExp(source, flags);
  } catch {
    return /$^(?!)/;
  }
}
