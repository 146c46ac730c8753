import type { Builtin } from './builtins.ts';
import type { Shell } from './shell.ts';

/** What the shell can do beyond the everyday; its code is fetched when it is first needed. */
export interface Seldom {
  readonly BUILTINS: Readonly<Record<string, Builtin>>;
  /** A function as `type` prints it. */
  functionText(shell: Shell, name: string): string;
  /** How a builtin is called. */
  usageOf(name: string): string;
  /** `=~`: all of the match and its groups; null where there is none, a text where the pattern is wrong. */
  regexMatch(pattern: string, text: string, ignoreCase: boolean): string[] | null;
}

/** Builtins that are in that part. */
export const SELDOM =
  'alias bg builtin caller compgen complete dirs disown enable fg getopts hash help history jobs kill let mapfile popd printf pushd read readarray set shopt suspend times trap type ulimit umask unalias wait';
