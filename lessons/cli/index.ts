import type { Command } from '@pagewalk/engine/cli';
import { exerciseCommand } from './exercise-command.ts';

/** The lessons' subcommands of `pagewalk`. */
export const commands: Record<string, Command> = { exercise: exerciseCommand };
