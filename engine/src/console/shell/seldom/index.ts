import type { Builtin } from '../builtins.ts';
import { WrongPattern } from '../test.ts';
import { QUOTE } from '../pattern.ts';
import { Regex, RegexError } from '../../tools/text/regex.ts';
import { JOBS } from './jobs.ts';
import { NAMING } from './names.ts';
import { SETTINGS } from './settings.ts';
import { VALUES } from './values.ts';

/** What the shell can do beyond the everyday. */

export { functionText } from './show.ts';
export { usageOf } from './usage.ts';

export const TOOLS = {};

export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ...JOBS,
  ...NAMING,
  ...SETTINGS,
  ...VALUES,
};

/** `=~`. Quoted letters of the pattern are marked, and stand for themselves. */
export function regexMatch(pattern: string, text: string, ignoreCase: boolean): string[] | null {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] !== QUOTE) source += pattern[at] ?? '';
    else source += (pattern[++at] ?? '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }
  try {
    const found = new Regex(source, 'bash', { icase: ignoreCase }).exec(text);
    if (found === null) return null;
    return Array.from({ length: found.at.length / 2 }, (_, group) =>
      text.slice(Math.max(0, found.at[2 * group] ?? 0), Math.max(0, found.at[2 * group + 1] ?? 0)),
    );
  } catch (error) {
    // An expression that is none: the status is 2, and nothing is said (execute_cond_node()).
    if (error instanceof RegexError) throw new WrongPattern();
    throw error;
  }
}
