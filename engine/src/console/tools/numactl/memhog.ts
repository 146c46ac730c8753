import { Errno } from '../../os/errno.ts';
import { Killed, WORK } from '../../os/process.ts';
import type { Process, Program, Wait } from '../../os/process.ts';
import { Quit } from '../coreutils/common.ts';
import { BadOption, Getopt } from '../getopt.ts';

/** memhog(8) of numactl 2.0.16: takes memory, writes to all of it again and again, and ends. */

const USAGE =
  'Usage: memhog [-fFILE] [-rNUM] [-H] size[kmg] [policy [nodeset]]\n-f mmap file\n-rNUM repeat memset NUM times\n-H disable transparent hugepages\n';

/** It writes so much at a time, and prints a dot before each. */
const UNIT = 10 * 1024 * 1024;
/** Units that it writes in a tenth of a second, pages that are touched for the first time among them. */
const UNITS_AT_ONCE = 25;
const PAUSE_MS = 100;

/** As memsize() of numactl reads one: a number, and k, m or g. */
function sizeOf(text: string): number {
  const match = /^(\d+)([kmg]?)/i.exec(text);
  const power = 'kmg'.indexOf((match?.[2] ?? '').toLowerCase() || '-') + 1;
  return match === null ? 0 : Number(match[1]) * 1024 ** power;
}

export function memhog(process: Process): Program {
  const usage = (): never => {
    process.print(USAGE);
    throw new Quit(1);
  };
  let repeat = 1;
  const options = new Getopt(process.args, '+r:f:H');
  try {
    for (const [key, value] of options) {
      if (key === 'r') repeat = Number.parseInt(value, 10) || 0;
      // Of a file, or without huge pages: not simulated.
      else usage();
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    process.fail(error.message);
    usage();
  }
  const [size] = options.operands;
  if (size === undefined || options.operands.length > 1) return usage();
  return hog(process, sizeOf(size), repeat);
}

function* hog(process: Process, bytes: number, repeat: number): Program {
  const memory = mapped(process, bytes);
  if (memory === null) return 1;
  try {
    for (let round = 0; round < repeat; round++) {
      for (let unit = 0; unit * UNIT < bytes; unit++) {
        yield* process.put('.');
        const first = unit * UNIT;
        if (!memory.touch(first, Math.min(UNIT, bytes - first))) throw new Killed('KILL');
        yield unit % UNITS_AT_ONCE === UNITS_AT_ONCE - 1 ? pause(process) : WORK;
      }
      yield* process.put('\n');
      yield pause(process);
    }
  } finally {
    memory.release();
  }
  return 0;
}

const pause = ({ system }: Process): Wait => ({
  ready: () => false,
  until: system.clock.now + PAUSE_MS,
});

function mapped(
  process: Process,
  bytes: number,
): ReturnType<typeof process.system.calls.mapMemory> | null {
  try {
    return process.system.calls.mapMemory(process, bytes);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    process.warn(`mmap: ${error.message}\n`);
    return null;
  }
}
