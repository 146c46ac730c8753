import { conformCommand } from './conform-command.ts';
import { consoleCommand } from './console-command.ts';
import type { Command } from './io.ts';
import { replayCommand } from './replay-command.ts';
import { runCommand } from './run-command.ts';
import { translateCommand } from './translate-command.ts';

export { UsageError, defineCommand, write } from './io.ts';
export type { Command, CommandIo } from './io.ts';

/** The engine's subcommands of `pagewalk`. */
export const commands: Record<string, Command> = {
  translate: translateCommand,
  run: runCommand,
  conform: conformCommand,
  replay: replayCommand,
  console: consoleCommand,
};
