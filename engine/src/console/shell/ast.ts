/** What a command line is made of (bash(1), SHELL GRAMMAR). */

export type Part =
  | { kind: 'text'; text: string; quoted: boolean }
  | { kind: 'parameter'; parameter: Parameter; quoted: boolean }
  | { kind: 'command'; body: List; quoted: boolean }
  | { kind: 'arithmetic'; text: Word; quoted: boolean }
  /** `<(…)` and `>(…)`. */
  | { kind: 'process'; reads: boolean; body: List }
  /** What cannot be expanded, as it was written. */
  | { kind: 'bad'; text: string };

/** A word before expansion; its parts stand side by side. */
export type Word = Part[];

export interface Parameter {
  name: string;
  /** `${name[…]}`; `@` and `*` are all elements. */
  index: Word | null;
  /** `#name`: its length; `!name`: the value of what it names. */
  prefix: '' | '#' | '!';
  /** `:-`, `%%`, `//`, `^^` … */
  operator: string;
  argument: Word | null;
  /** Of `//` and `:`: what stands after the second separator. */
  second: Word | null;
}

export interface Redirection {
  fd: number | null;
  operator: '>' | '>>' | '<' | '<>' | '>|' | '>&' | '<&' | '&>' | '&>>' | '<<<' | '<<';
  target: Word;
}

export interface Assignment {
  name: string;
  index: Word | null;
  append: boolean;
  value: Word | Word[];
  isArray: boolean;
}

export type Command =
  | {
      kind: 'simple';
      assignments: Assignment[];
      words: Word[];
      redirections: Redirection[];
      /** As it was written. */
      text: string;
    }
  | { kind: 'brace'; body: List; redirections: Redirection[] }
  | { kind: 'subshell'; body: List; redirections: Redirection[] }
  | {
      kind: 'if';
      clauses: { condition: List; body: List }[];
      otherwise: List | null;
      redirections: Redirection[];
    }
  | { kind: 'for'; name: string; words: Word[] | null; body: List; redirections: Redirection[] }
  | {
      kind: 'for-arithmetic';
      parts: [Word, Word, Word];
      body: List;
      redirections: Redirection[];
    }
  | { kind: 'while'; until: boolean; condition: List; body: List; redirections: Redirection[] }
  | { kind: 'case'; word: Word; arms: Arm[]; redirections: Redirection[] }
  | { kind: 'function'; name: string; body: Command; redirections: Redirection[] }
  | { kind: 'arithmetic'; text: Word; redirections: Redirection[] }
  | { kind: 'condition'; test: Test; redirections: Redirection[]; text: string };

export interface Arm {
  patterns: Word[];
  body: List;
  /** `;;`, `;&`, `;;&`. */
  end: string;
}

export type Test =
  | { op: 'and' | 'or'; left: Test; right: Test }
  | { op: 'not'; test: Test }
  | { op: 'unary'; operator: string; word: Word }
  | { op: 'binary'; operator: string; left: Word; right: Word };

export interface Pipeline {
  commands: Command[];
  /** Of each but the last: `|&`. */
  withErrors: boolean[];
  negated: boolean;
  timed: boolean;
}

export interface AndOr {
  first: Pipeline;
  rest: { operator: '&&' | '||'; pipeline: Pipeline }[];
  background: boolean;
  /** As it was written, for `jobs`. */
  text: string;
}

export type List = AndOr[];
