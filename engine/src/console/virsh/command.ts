import { GROUPS } from './table/index.ts';

/** `data` and `argv` stand without their names too; `alias` is another name for an option. */
export type OptionKind = 'bool' | 'data' | 'string' | 'int' | 'argv' | 'alias';

export interface OptionDefinition {
  readonly name: string;
  readonly kind: OptionKind;
  readonly required: boolean;
  /** Only with its name before it (VSH_OFLAG_REQ_OPT). */
  readonly named: boolean;
  /** An empty value is one too (VSH_OFLAG_EMPTY_OK). */
  readonly mayBeEmpty: boolean;
  /** Of an alias: `NAME`, or `NAME=VALUE`. */
  readonly standsFor: string;
}

export interface Definition {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionDefinition[];
  /** It needs no hypervisor. */
  readonly offline: boolean;
  /** No list shows it. */
  readonly hidden: boolean;
  /** Its help page has no description. */
  readonly undescribed: boolean;
  /** Another command that it is. */
  readonly alias: string | null;
}

export interface Group {
  readonly title: string;
  readonly keyword: string;
  readonly commands: readonly Definition[];
}

const KINDS: Readonly<Record<string, OptionKind>> = {
  '': 'bool',
  '!': 'data',
  '=': 'string',
  '#': 'int',
  '*': 'argv',
  '@': 'alias',
};

/**
 * One option of a line of the table: its name and then nothing (a switch), `!` (data that must be there),
 * `=` (text), `#` (a number), `*` (any number of words, the last), `@` (another name for what follows); after `#`
 * and `*` a `!` says that it must be there; `^` that its name must be, `0` that it may be empty.
 */
function readOption(text: string): OptionDefinition {
  const [, name = '', kind = '', rest = ''] = /^([\w-]+?)(?:([!=#*@])(.*)|(?=$))$/.exec(text) ?? [];
  const alias = kind === '@';
  return {
    name,
    kind: KINDS[kind] ?? 'bool',
    required: kind === '!' || (!alias && rest.includes('!')),
    named: !alias && rest.includes('^'),
    mayBeEmpty: !alias && rest.includes('0'),
    standsFor: alias ? rest : '',
  };
}

/**
 * One line of the table: `NAME | SUMMARY | OPTIONS`, or `NAME > OTHER` for another name. After the name stand `~` where
 * no connection is needed, `.` where it is hidden, `-` where its page has no description.
 */
function readCommand(line: string): Definition {
  const [head = '', summary = '', options = ''] = line.split('|').map((part) => part.trim());
  const [, name = '', marks = '', alias = null] =
    /^([\w-]*\w)([-~.]*)(?: > (\S+))?$/.exec(head) ?? [];
  return {
    name,
    summary,
    options: options === '' ? [] : options.split(' ').map(readOption),
    offline: marks.includes('~'),
    hidden: marks.includes('.'),
    undescribed: marks.includes('-'),
    alias,
  };
}

let groups: readonly Group[] | null = null;
let commands: Map<string, Definition> | null = null;

export function allGroups(): readonly Group[] {
  groups ??= GROUPS.map(([title, keyword, text]) => ({
    title,
    keyword,
    commands: text.trim().split('\n').map(readCommand),
  }));
  return groups;
}

/** The command of a name, be it an alias. */
export function findCommand(name: string): Definition | null {
  commands ??= new Map(
    allGroups().flatMap((group) => group.commands.map((command) => [command.name, command])),
  );
  return commands.get(name) ?? null;
}

/** What an alias stands for; any other command itself. */
export const resolved = (command: Definition): Definition =>
  (command.alias === null ? null : findCommand(command.alias)) ?? command;

/** A command line that was understood: the command and what was given, in the order it was. */
export interface Parsed {
  readonly definition: Definition;
  readonly given: readonly Given[];
}

export interface Given {
  readonly option: OptionDefinition;
  /** Of a switch it is null. */
  readonly value: string | null;
}
