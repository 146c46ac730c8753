import type { MemoryParameter, NumaMode } from '../../libvirt/api.ts';
import { UNLIMITED } from '../../libvirt/api.ts';
import type { Call } from '../call.ts';
import { INT, kibibytes, leading, LLONG, scaled, whole } from '../numbers.ts';

/** Limits by their options, in the order in which they are read. */
const LIMITS: readonly (readonly [option: string, parameter: MemoryParameter])[] = [
  ['hard-limit', 'hard_limit'],
  ['soft-limit', 'soft_limit'],
  ['swap-hard-limit', 'swap_hard_limit'],
  ['min-guarantee', 'min_guarantee'],
];

const MODES: readonly string[] = ['strict', 'preferred', 'interleave', 'restrictive'];

/** virshMemtuneGetSize(): KiB; less than nothing is without a limit. */
function limit(call: Call, option: string): number | null {
  const text = call.quietly(option);
  if (text === null) {
    // An empty one is no number either.
    return call.has(option) ? call.fail(`Unable to parse integer parameter ${option}`) : null;
  }
  const number = leading(text, LLONG);
  const problem = `Unable to parse integer parameter ${option}`;
  if (number === null) return call.fail(problem);
  if (number.value < 0n) return UNLIMITED;
  return kibibytes(call.attempt(problem, () => scaled(number.value, number.rest, 1024n, LLONG[1])));
}

/** Commands about a domain's memory (virsh-domain.c, virsh-domain-monitor.c). */
export const MEMORY = {
  setmem(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const size = kibibytes(call.bytes('size') ?? 0n);
    // Unless a flag says otherwise it is about the domain that runs.
    const isPlain = !call.has('config') && !call.has('live') && !call.has('current');
    domain.setMemoryFlags(size, isPlain ? { live: true } : affect);
  },
  setmaxmem(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const size = kibibytes(call.bytes('size') ?? 0n);
    call.attempt('Unable to change MaxMemorySize', () =>
      domain.setMemoryFlags(size, { ...affect, maximum: true }),
    );
  },
  dommemstat(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    if (!call.has('current') && affect.live !== true && affect.config !== true) {
      affect.live = domain.isActive();
    }
    const period = call.int('period');
    if (period !== null) {
      if (period < 0) call.fail(`Invalid collection period value '${period}'`);
      call.attempt('Unable to change balloon collection period.', () =>
        domain.setMemoryStatsPeriod(period, affect),
      );
      return;
    }
    const stats = call.attempt(
      `Failed to get memory statistics for domain ${call.required('domain')}`,
      () => domain.memoryStats(),
    );
    for (const [tag, value] of stats) call.print(`${tag} ${value}\n`);
  },
  memtune(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const changes: [MemoryParameter, number][] = [];
    for (const [option, parameter] of LIMITS) {
      const size = limit(call, option);
      if (size !== null) changes.push([parameter, size]);
    }
    if (changes.length > 0) {
      call.attempt('Unable to change memory parameters', () =>
        domain.setMemoryParameters(changes, affect),
      );
      return;
    }
    const now = call.attempt('Unable to get number of memory parameters', () =>
      domain.getMemoryParameters(affect),
    );
    for (const [name, value] of now) {
      call.print(`${name.padEnd(15)}: ${value === UNLIMITED ? 'unlimited' : String(value)}\n`);
    }
  },
  numatune(call: Call) {
    const affect = call.affect();
    const domain = call.domain();
    const nodeset = call.text('nodeset');
    const text = call.text('mode');
    let mode: NumaMode | number | null = null;
    if (text !== null) {
      const number = whole(text, INT);
      if (MODES.includes(text)) mode = text as NumaMode;
      else if (number !== null) mode = Number(number);
      else call.fail(`Invalid mode: ${text}`);
    }
    if (nodeset !== null || mode !== null) {
      call.attempt('Unable to change numa parameters', () =>
        domain.setNumaParameters(
          { ...(mode === null ? {} : { mode }), ...(nodeset === null ? {} : { nodeset }) },
          affect,
        ),
      );
      return;
    }
    const now = call.attempt('Unable to get number of memory parameters', () =>
      domain.getNumaParameters(affect),
    );
    call.print(`${'numa_mode'.padEnd(15)}: ${now.mode}\n`);
    call.print(`${'numa_nodeset'.padEnd(15)}: ${now.nodeset}\n`);
  },
};
