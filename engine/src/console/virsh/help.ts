import { allGroups, findCommand, resolved } from './command.ts';
import type { Definition, Group, OptionDefinition } from './command.ts';
import { phrase } from './table/phrases.ts';

const shown = (group: Group): string =>
  group.commands
    .filter((command) => command.alias === null && !command.hidden)
    .map((command) => `    ${command.name.padEnd(30)} ${command.summary}\n`)
    .join('');

/** `virsh --help` lists groups without a colon, `help` with one (virshUsage(), cmdHelp()). */
const listed = (group: Group, colon: string): string =>
  ` ${group.title} (help keyword '${group.keyword}')${colon}\n${shown(group)}`;

/** All commands by their groups. */
export const listAll = (colon: string): string =>
  allGroups()
    .map((group) => `${listed(group, colon)}\n`)
    .join('');

/** Its value may stand without its name. */
const takesPlain = (option: OptionDefinition): boolean =>
  !option.named && ['int', 'string', 'data'].includes(option.kind);

function synopsis({ name, kind, required }: OptionDefinition, plain: boolean): string {
  switch (kind) {
    case 'bool':
      return `[--${name}]`;
    case 'int':
      return required ? `<${name}>` : `[--${name} <number>]`;
    case 'string':
      return `[--${name} <string>]`;
    case 'data':
      return `<${name}>`;
    default: {
      if (plain) return required ? `{[--${name}] <string>}...` : `[[--${name}] <string>]...`;
      return required ? `<${name}>...` : `[<${name}>]...`;
    }
  }
}

function heading({ name, kind, required }: OptionDefinition, plain: boolean): string {
  switch (kind) {
    case 'bool':
      return `--${name}`;
    case 'int':
      return required ? `[--${name}] <number>` : `--${name} <number>`;
    case 'string':
      return `--${name} <string>`;
    case 'data':
      return `[--${name}] <string>`;
    default:
      return plain ? `[--${name}] <string>` : `<${name}>`;
  }
}

/** vshCmddefHelp(): the page of a command. */
function page(command: Definition): string {
  const options = command.options.filter(({ kind }) => kind !== 'alias');
  const plain = options.some(takesPlain);
  const line = [command.name, ...options.map((option) => synopsis(option, plain))].join(' ');
  let text = `  NAME\n    ${command.name} - ${command.summary}\n\n  SYNOPSIS\n    ${line}\n`;
  if (!command.undescribed) {
    const [first = '', ...rest] = command.summary;
    text += `\n  DESCRIPTION\n    ${first.toUpperCase()}${rest.join('')}.\n`;
  }
  if (options.length > 0) {
    text += '\n  OPTIONS\n';
    for (const option of options) {
      text += `    ${heading(option, plain).padEnd(15)}  ${phrase(command.name, option.name)}\n`;
    }
  }
  return `${text}\n`;
}

/** What `help NAME` shows, of a command or a group; null where there is neither. */
export function helpOn(name: string): string | null {
  const command = findCommand(name);
  if (command !== null) return page(resolved(command));
  const group = allGroups().find(({ title, keyword }) => title === name || keyword === name);
  return group === undefined ? null : listed(group, ':');
}

/** virshUsage(): what `virsh --help` shows. */
export const usage = (name: string): string => `
${name} [options]... [<command_string>]
${name} [options]... <command> [args...]

  options:
    -c | --connect=URI      connect to this hypervisor
    -d | --debug=NUM        how much to tell [0-4]
    -e | --escape <char>    key that leaves a console
    -h | --help             this text
    -k | --keepalive-interval=NUM
                            seconds between signs of life, 0 for none
    -K | --keepalive-count=NUM
                            signs of life that may be missed
    -l | --log=FILE         write what happens to a file
    -q | --quiet            say only what is asked for
    -r | --readonly         look, but change nothing
    -t | --timing           show how long each command took
    -v                      version, short
    -V                      version, long
         --version[=TYPE]   version, TYPE is short or long (short unless said)
  commands (non interactive mode):

${listAll('')}
  (specify help <group> for details about the commands in the group)

  (specify help <command> for details about the command)

`;
