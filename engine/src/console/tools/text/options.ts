import { BadOption, Getopt } from '../getopt.ts';

export interface Options {
  /** In the order given; null for a value that is missing or empty. */
  found: [key: string, value: string | null][];
  /** What is no option. */
  rest: string[];
  /** What is wrong, in getopt's words; null where nothing is. */
  error: string | null;
}

/** All options at once, for tools that look at them as a whole; what is wrong comes as text. */
export function getopt(
  args: readonly string[],
  short: string,
  long: Readonly<Record<string, string>>,
): Options {
  const options = new Getopt(args, short, long);
  const found: Options['found'] = [];
  let error: string | null = null;
  try {
    for (const [key, value] of options) found.push([key, value === '' ? null : value]);
  } catch (problem) {
    if (!(problem instanceof BadOption)) throw problem;
    error = problem.message;
  }
  return { found, rest: options.operands, error };
}
