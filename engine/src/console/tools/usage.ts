import type { Process } from '../os/process.ts';
import { BadOption, Getopt } from './getopt.ts';
import { Quit } from './coreutils/common.ts';

/** Options of the tools that are no GNU ones: procps, util-linux, kmod. */
export interface Read {
  has(key: string): boolean;
  value(key: string): string | undefined;
  all: readonly [string, string][];
  operands: string[];
}

/** Reads options; a wrong one is said in getopt's words, and `wrong` ends the command. */
export function readOptions(
  process: Process,
  short: string,
  long: Readonly<Record<string, string>>,
  wrong: (process: Process) => number,
): Read {
  const reader = new Getopt(process.args, short, long);
  const all: [string, string][] = [];
  try {
    for (const option of reader) all.push(option);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    process.fail(error.message);
    throw new Quit(wrong(process));
  }
  return {
    has: (key) => all.some(([other]) => other === key),
    value: (key) => all.findLast(([other]) => other === key)?.[1],
    all,
    operands: reader.operands,
  };
}

/** procps' usage: what a command takes, line by line. */
export function procpsUsage(
  name: string,
  synopsis: string,
  rows: readonly string[],
  section: number,
  help = [
    ' -h, --help     display this help and exit',
    ' -V, --version  output version information and exit',
  ],
): string {
  return `\nUsage:\n ${name} ${synopsis}\n\nOptions:\n${rows.map((row) => `${row}\n`).join('')}\n${help.map((row) => `${row}\n`).join('')}\nFor more details see ${name}(${section}).\n`;
}

/** util-linux: where help is to be had. */
export function tryUtilLinux(process: Process, status = 1): number {
  process.warn(`Try '${process.name} --help' for more information.\n`);
  return status;
}

/** Numbers of a file such as /proc/meminfo, by their names. */
export { parseMeminfo as numbersOf } from '../../mm/meminfo-parts.ts';
