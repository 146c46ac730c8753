import { Errno } from '../../os/errno.ts';
import type { Process, Program, Tool } from '../../os/process.ts';
import { mawk } from './awk.ts';
import { column } from './column.ts';
import { comm } from './comm.ts';
import { cut } from './cut.ts';
import { diff } from './diff.ts';
import { grep } from './grep.ts';
import { join } from './join.ts';
import { sed } from './sed.ts';
import { sort } from './sort.ts';
import { tr } from './tr.ts';
import { uniq } from './uniq.ts';

/** A tool that says in its own words when its output cannot be written. */
const guarded = (
  tool: (process: Process) => Program,
  status = 1,
  say = (text: string): string => `write error: ${text}`,
): Tool =>
  function* (process) {
    try {
      return yield* tool(process);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      // xalloc_die() of gnulib.
      const text = error.code === 'ENOMEM' ? 'memory exhausted' : say(error.message);
      return process.fail(text, status);
    }
  };

const awk = guarded(mawk, 2, (text) => `close failed on file /dev/stdout (${text})`);
const anyGrep = guarded(grep, 2);

/** Tools that read and write text, by the path at which each lies. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  '/usr/bin/awk': awk,
  '/usr/bin/column': guarded(column),
  '/usr/bin/comm': guarded(comm),
  '/usr/bin/cut': guarded(cut),
  '/usr/bin/diff': guarded(diff, 2, (text) => `standard output: ${text}`),
  '/usr/bin/egrep': anyGrep,
  '/usr/bin/fgrep': anyGrep,
  '/usr/bin/grep': anyGrep,
  '/usr/bin/join': guarded(join),
  '/usr/bin/mawk': awk,
  '/usr/bin/sed': guarded(sed, 4, (text) => `couldn't flush stdout: ${text}`),
  '/usr/bin/sort': guarded(
    sort,
    2,
    (text) => `fflush failed: 'standard output': ${text}\nsort: write error`,
  ),
  '/usr/bin/tr': guarded(tr),
  '/usr/bin/uniq': guarded(uniq),
};
