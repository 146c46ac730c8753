import { Quit } from '../coreutils/common.ts';
import { readOptions } from '../usage.ts';
import type { Read } from '../usage.ts';
import type { Process } from '../../os/process.ts';

/** Ends a command of LVM; what was wrong has been said. 3: of the command line, 5: of what it names. */
export class Failed extends Quit {}

const ALWAYS: Readonly<Record<string, string>> = {
  yes: 'y',
  force: 'f',
  quiet: 'q',
  test: 't',
  help: 'h',
  version: '@version',
  config: '@config:',
  autobackup: 'A:',
};

/** Reads options in LVM's way: a wrong one ends the command with status 3. */
export function readLvm(
  process: Process,
  short: string,
  long: Readonly<Record<string, string>>,
): Read {
  const given = readOptions(process, `${short}yfqthA:`, { ...ALWAYS, ...long }, () => {
    process.warn('  Error during parsing of command line.\n');
    return 3;
  });
  if (given.has('@version')) {
    process.print('  LVM version:     2.03.16(2) (2022-05-18)\n');
    throw new Failed(0);
  }
  return given;
}

/** What was given has no form that the command knows. */
export function noSyntax(process: Process, correct: string | null): never {
  process.warn(
    `  No command with matching syntax recognised.  Run '${process.name} --help' for more information.\n`,
  );
  if (correct !== null)
    process.warn(`  Correct command syntax is:\n  ${process.name} ${correct}\n\n`);
  throw new Failed(3);
}
