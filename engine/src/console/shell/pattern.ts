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
export function hasPattern(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === QUOTE) at++;
    else if ('*?['.includes(text[at] ?? '')) return true;
  }
  return false;
}

/** The source of a regular expression for a pattern; `greedy` false for the shortest match. */
export function patternSource(pattern: string, greedy = true, path = false): string {
  const any = path ? '[^/]' : '[\\s\\S]';
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at] ?? '';
    if (letter === QUOTE) source += plain(pattern[++at] ?? '');
    else if (letter === '*') {
      while (pattern[at + 1] === '*') at++;
      source += `${any}*${greedy ? '' : '?'}`;
    } else if (letter === '?') source += any;
    else if (letter === '[') {
      const [inner, end] = bracket(pattern, at);
      if (inner === null) source += '\\[';
      else {
        source += inner;
        at = end;
      }
    } else source += plain(letter);
  }
  return source;
}

function bracket(pattern: string, start: number): [source: string | null, end: number] {
  let at = start + 1;
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
    const named = /^\[:(\w+):\]/.exec(pattern.slice(at));
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
export function matches(pattern: string, text: string, ignoreCase = false): boolean {
  return regexOf(`^(?:${patternSource(pattern)})$`, ignoreCase ? 'i' : '').test(text);
}

/** A regular expression; one that matches nothing where a range in it is no range. */
export function regexOf(source: string, flags = ''): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    return /$^(?!)/;
  }
}
