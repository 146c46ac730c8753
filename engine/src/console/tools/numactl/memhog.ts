import { Errno } from '../../os/errno.ts';
import { Killed, WORK } from '../../os/process.ts';
import type { Process, Program, Wait } from '../../os/process.ts';
import type { Memory } from '../../os/system.ts';

/** memhog(8) of numactl 2.0.16: takes memory, writes to all of it again and again, and ends. */

const USAGE =
  'memhog [-fFILE] [-rNUM] [-H] size[kmg] [policy [nodeset]]\n-f mmap is backed by FILE\n-rNUM repeat memset NUM times\n-H disable transparent hugepages\n';

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

export function memhog(process: Process): Program | number {
  const words = [...process.args];
  let repeat = 1;
  let huge = true;
  // It reads its options itself: a number follows its letter without a blank.
  for (; words[0]?.startsWith('-') === true; words.shift()) {
    const [word = ''] = words;
    if (word[1] === 'r') repeat = Number.parseInt(word.slice(2), 10) || 0;
    else if (word[1] === 'H') huge = false;
    else if (word[1] === 'f') return process.fail('-f is not simulated');
    else return usage(process);
  }
  const [size, policy] = words;
  if (size === undefined) return usage(process);
  if (policy !== undefined) return process.fail('policies are not simulated');
  return hog(process, sizeOf(size), repeat, huge);
}

function usage(process: Process): number {
  process.print(USAGE);
  return 1;
}

function* hog(process: Process, bytes: number, repeat: number, huge: boolean): Program {
  const memory = mapped(process, bytes, huge);
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

function mapped(process: Process, bytes: number, huge: boolean): Memory | null {
  try {
    return process.system.calls.mapMemory(process, bytes, huge);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    process.warn(`mmap: ${error.message}\n`);
    return null;
  }
}
