import type { Affect, MemoryParameter, MemoryStat, NumaMode } from './api.ts';
import { UNLIMITED } from './api.ts';
import type { Daemon } from './daemon.ts';
import { bitmap, place, remove, setKib } from './domain/parse.ts';
import { formatBitmap } from './domain/units.ts';
import { fail } from './errors.ts';
import { limitAsDefined } from './start.ts';
import type { DomainRecord } from './state.ts';
import { element, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** Memory of a domain: its size, balloon, statistics and limits (qemu_driver.c). */

const kib = (definition: Element, name: string): number => Number(textOf(first(definition, name)));
function set(definition: Element, name: string, size: number): void {
  const node = element(name, first(definition, name)?.attributes ?? {});
  setKib(node, size);
  place(definition, '', node);
}

/** The balloon of a definition; undefined where it has none. */
function balloonOf(definition: Element): Element | undefined {
  const balloon = first(definition, 'devices/memballoon');
  return balloon?.attributes.model === 'none' ? undefined : balloon;
}

/** qemuDomainSetMemoryFlags(). */
export function setMemory(
  daemon: Daemon,
  record: DomainRecord,
  size: number,
  flags: Affect & { maximum?: boolean },
): void {
  const { live, config, each } = daemon.targets(record, flags);
  if (flags.maximum === true) {
    if (live !== null) {
      fail('OPERATION_INVALID', 'cannot resize the maximum memory on an active domain');
    }
    if (config === null) return;
    if (first(config, 'cpu/numa') !== undefined) {
      fail(
        'OPERATION_INVALID',
        'initial memory size of a domain with NUMA nodes cannot be modified with this API',
      );
    }
    const most = kib(config, 'maxMemory');
    if (most > 0 && most < size) {
      fail(
        'OPERATION_INVALID',
        'cannot set initial memory size greater than the maximum memory size',
      );
    }
    set(config, 'memory', size);
    if (kib(config, 'currentMemory') > size) set(config, 'currentMemory', size);
  } else {
    if (each.some((definition) => size > kib(definition, 'memory'))) {
      fail('INVALID_ARG', 'cannot set memory higher than max memory');
    }
    if (live !== null) {
      if (balloonOf(live.definition) === undefined) {
        fail(
          'OPERATION_INVALID',
          'Unable to change memory of active domain without the balloon device and guest OS balloon driver',
        );
      }
      daemon.backend.setBalloon(live.pid, size);
    }
    if (config !== null) set(config, 'currentMemory', size);
  }
  if (config !== null) daemon.store(record);
}

/** qemuDomainMemoryStats(). */
export function memoryStats(daemon: Daemon, record: DomainRecord): MemoryStat[] {
  const live = daemon.running(record);
  const stats: MemoryStat[] = [];
  if (balloonOf(live.definition) !== undefined) {
    const told = daemon.backend.guestStats(live.pid);
    stats.push(['actual', daemon.balloon(record)], ...told);
    if (told.length === 0) stats.push(['last_update', 0]);
  }
  stats.push(['rss', daemon.backend.rss(live.pid)]);
  return stats;
}

export function setStatsPeriod(
  daemon: Daemon,
  record: DomainRecord,
  seconds: number,
  affect: Affect,
): void {
  if (seconds < 0) {
    fail('BAD_ARG', 'period in virDomainSetMemoryStatsPeriod must be zero or greater');
  }
  const { live, config, each } = daemon.targets(record, affect);
  for (const definition of each) {
    const balloon =
      balloonOf(definition) ??
      fail(
        'INTERNAL_ERROR',
        'No memory balloon device configured, can not set the collection period',
      );
    remove(balloon, 'stats');
    if (seconds > 0) place(balloon, 'devices', element('stats', { period: seconds }));
  }
  if (live !== null) daemon.backend.setStatsPeriod(live.pid, seconds);
  if (config !== null) daemon.store(record);
}

const LIMITS = ['hard_limit', 'soft_limit', 'swap_hard_limit'] as const;

export function getLimits(
  daemon: Daemon,
  record: DomainRecord,
  affect: Affect,
): [MemoryParameter, number][] {
  const tune = first(daemon.target(record, affect).definition, 'memtune');
  return LIMITS.map((name) => [name, Number(textOf(first(tune, name)) || UNLIMITED)]);
}

/** qemuDomainSetMemoryParameters(). */
export function setLimits(
  daemon: Daemon,
  record: DomainRecord,
  parameters: readonly (readonly [MemoryParameter, number])[],
  affect: Affect,
): void {
  const given = new Map<string, number>();
  for (const [name, value] of parameters) {
    if (!(LIMITS as readonly string[]).includes(name)) {
      fail('ARGUMENT_UNSUPPORTED', `parameter '${name}' not supported`);
    }
    given.set(name, Math.min(value, UNLIMITED));
  }
  const { live, config, each } = daemon.targets(record, affect);
  for (const definition of each) {
    const of = (name: string): number =>
      given.get(name) ?? Number(textOf(first(definition, `memtune/${name}`)) || UNLIMITED);
    const touched = given.has('hard_limit') || given.has('swap_hard_limit');
    if (touched && of('hard_limit') > of('swap_hard_limit')) {
      fail(
        'INVALID_ARG',
        'memory hard_limit tunable value must be lower than or equal to swap_hard_limit',
      );
    }
  }
  for (const definition of each) {
    const tune = first(definition, 'memtune') ?? element('memtune');
    place(definition, '', tune);
    for (const [name, value] of given) {
      if (value === UNLIMITED) remove(tune, name);
      else {
        const node = element(name);
        setKib(node, value);
        place(tune, 'domain', node);
      }
    }
    if (tune.children.length === 0) remove(definition, 'memtune');
  }
  if (live !== null) limitAsDefined(daemon, record);
  if (config !== null) daemon.store(record);
}

const MODES: readonly NumaMode[] = ['strict', 'preferred', 'interleave', 'restrictive'];

export function getNuma(
  daemon: Daemon,
  record: DomainRecord,
  affect: Affect,
): { mode: NumaMode; nodeset: string } {
  const memory = first(daemon.target(record, affect).definition, 'numatune/memory');
  const mode = MODES.find((name) => name === memory?.attributes.mode) ?? 'strict';
  return { mode, nodeset: memory?.attributes.nodeset ?? '' };
}

/** qemuDomainSetNumaParameters(). */
export function setNuma(
  daemon: Daemon,
  record: DomainRecord,
  { mode, nodeset }: { mode?: NumaMode | number; nodeset?: string },
  affect: Affect,
): void {
  const bits = nodeset === undefined ? null : bitmap(nodeset);
  const name = typeof mode === 'number' ? MODES[mode] : mode;
  if (mode !== undefined && name === undefined) {
    fail('INVALID_ARG', `unsupported numatune mode: '${mode}'`);
  }
  if (bits?.length === 0) fail('OPERATION_INVALID', `Invalid nodeset of 'numatune': ${nodeset}`);
  const { live, config, each } = daemon.targets(record, affect);
  if (live !== null) {
    const given = first(live.definition, 'numatune/memory')?.attributes;
    const now = getNuma(daemon, record, { live: true }).mode;
    if (given !== undefined && name !== undefined && name !== now) {
      fail('OPERATION_INVALID', "can't change numatune mode for running domain");
    }
    if (name === 'strict') {
      if ((bits === null ? undefined : formatBitmap(bits)) !== given?.nodeset) {
        fail('OPERATION_INVALID', "can't change nodeset for strict mode for running domain");
      }
    } else if (bits !== null) {
      if (now !== 'strict' && now !== 'restrictive') {
        fail('OPERATION_INVALID', 'change of nodeset for running domain requires strict numa mode');
      }
      const nodes = daemon.backend.nodes().map(({ id }) => id);
      const missing = bits.find((node) => !nodes.includes(node));
      if (missing !== undefined) {
        fail('CONFIG_UNSUPPORTED', `NUMA node ${missing} is unavailable`);
      }
      daemon.backend.setMemoryPolicy(live.pid, bits);
    }
  }
  for (const definition of each) {
    const tune = first(definition, 'numatune') ?? element('numatune');
    const known = first(tune, 'memory')?.attributes;
    const old = known ?? {};
    const nodes = bits === null ? old.nodeset : formatBitmap(bits);
    const isStatic = first(definition, 'vcpu')?.attributes.placement !== 'auto';
    if (known === undefined && nodes === undefined) {
      if (name === undefined) continue;
      if (isStatic) {
        fail(
          'CONFIG_UNSUPPORTED',
          "nodeset for NUMA memory tuning must be set if 'placement' is 'static'",
        );
      }
    }
    const next = { mode: name ?? old.mode ?? 'strict', nodeset: nodes };
    const placement = nodes === undefined ? { placement: 'auto' } : {};
    place(definition, '', tune);
    place(tune, 'domain', element('memory', { ...next, ...placement }));
  }
  if (config !== null) daemon.store(record);
}
