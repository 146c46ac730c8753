import type { Affect, TypedParameter, VcpuInfo } from './api.ts';
import type { Daemon } from './daemon.ts';
import { place, remove } from './domain/parse.ts';
import { formatBitmap, parseBitmap } from './domain/units.ts';
import { fail } from './errors.ts';
import type { DomainRecord } from './state.ts';
import { element, elements, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** Processors of a domain (qemu_driver.c, qemu_hotplug.c). */

export const maxVcpus = (definition: Element): number => Number(textOf(first(definition, 'vcpu')));
export const vcpus = (definition: Element): number =>
  Number(first(definition, 'vcpu')?.attributes.current ?? maxVcpus(definition));

/** How many processors the host has. */
export const hostCpus = (daemon: Daemon): number =>
  daemon.backend.nodes().reduce((sum, node) => sum + node.cpus.length, 0);

export function countVcpus(
  daemon: Daemon,
  record: DomainRecord,
  flags: Affect & { maximum?: boolean; guest?: boolean },
): number {
  const { definition } = daemon.target(record, flags);
  return flags.maximum === true ? maxVcpus(definition) : vcpus(definition);
}

function setCounts(definition: Element, most: number, now: number): void {
  const vcpu = first(definition, 'vcpu') ?? element('vcpu');
  vcpu.children = [String(most)];
  if (now === most) delete vcpu.attributes.current;
  else vcpu.attributes.current = String(now);
}

/** qemuDomainSetVcpusFlags(). */
export function setVcpus(
  daemon: Daemon,
  record: DomainRecord,
  count: number,
  flags: Affect & { maximum?: boolean; hotpluggable?: boolean },
): void {
  if (count <= 0) fail('BAD_ARG', 'nvcpus in virDomainSetVcpusFlags must not be zero');
  const { live, config, each } = daemon.targets(record, flags);
  if (flags.maximum === true) {
    if (live !== null) {
      fail('INVALID_ARG', "maximum vcpu count of a live domain can't be modified");
    }
    if (config === null) return;
    if (first(config, 'cpu/topology') !== undefined && count !== maxVcpus(config)) {
      fail('INVALID_ARG', "CPU topology doesn't match the desired vcpu count");
    }
    setCounts(config, count, Math.min(count, vcpus(config)));
  } else {
    for (const definition of each) {
      if (count <= maxVcpus(definition)) continue;
      const name = definition === config ? 'persistent' : 'live';
      const numbers = `${count} > ${maxVcpus(definition)}`;
      fail(
        'INVALID_ARG',
        `requested vcpus is greater than max allowable vcpus for the ${name} domain: ${numbers}`,
      );
    }
    if (live !== null) {
      if (count < live.bootVcpus) {
        fail(
          'CONFIG_UNSUPPORTED',
          'failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count',
        );
      }
      setCounts(live.definition, maxVcpus(live.definition), count);
    }
    if (config !== null) setCounts(config, maxVcpus(config), count);
  }
  if (config !== null) daemon.store(record);
}

const mask = (cpus: readonly number[], total: number): boolean[] =>
  Array.from({ length: total }, (_, cpu) => cpus.includes(cpu));

/** On which host processors a vCPU, or -1 the emulator, may run. */
function affinity(daemon: Daemon, definition: Element, vcpu: number): boolean[] {
  const tune = first(definition, 'cputune');
  const own =
    vcpu < 0
      ? first(tune, 'emulatorpin')
      : elements(tune, 'vcpupin').find(({ attributes }) => attributes.vcpu === String(vcpu));
  const list = own?.attributes.cpuset ?? first(definition, 'vcpu')?.attributes.cpuset;
  const total = hostCpus(daemon);
  const all = Array.from({ length: total }, (_, cpu) => cpu);
  return mask(list === undefined ? all : (parseBitmap(list) ?? []), total);
}

export function vcpuInfo(daemon: Daemon, record: DomainRecord): VcpuInfo[] {
  const { live } = record;
  if (live === null) {
    return fail('OPERATION_INVALID', 'cannot retrieve vcpu information for inactive domain');
  }
  const times = daemon.backend.cpuTime(live.pid).vcpus;
  return Array.from({ length: vcpus(live.definition) }, (_, number) => ({
    number,
    state: 'running' as const,
    cpuTime: times[number]?.time ?? 0,
    cpu: times[number]?.cpu ?? 0,
    affinity: affinity(daemon, live.definition, number),
  }));
}

export function vcpuPins(daemon: Daemon, record: DomainRecord, affect: Affect): boolean[][] {
  const { definition } = daemon.target(record, affect);
  return Array.from({ length: maxVcpus(definition) }, (_, vcpu) =>
    affinity(daemon, definition, vcpu),
  );
}
export const emulatorPin = (daemon: Daemon, record: DomainRecord, affect: Affect): boolean[] =>
  affinity(daemon, daemon.target(record, affect).definition, -1);

/** Pins a vCPU, or -1 the emulator. */
export function pin(
  daemon: Daemon,
  record: DomainRecord,
  vcpu: number,
  map: readonly boolean[],
  affect: Affect,
): void {
  const { live, config, each } = daemon.targets(record, affect);
  for (const definition of each) {
    if (vcpu < 0) break;
    const name = definition === config ? 'persistent' : 'live';
    const most = name === 'live' ? vcpus(definition) : maxVcpus(definition);
    if (vcpu >= most) {
      fail('INVALID_ARG', `vcpu ${vcpu} is out of range of ${name} cpu count ${most}`);
    }
  }
  const cpus = map.flatMap((on, cpu) => (on ? [cpu] : []));
  if (cpus.length === 0) fail('INVALID_ARG', 'Empty cpu list for pinning');
  const cpuset = formatBitmap(cpus);
  if (live !== null) {
    daemon.backend.pin(live.pid, vcpu, cpus);
    live.pins.set(vcpu, cpus);
    const name = vcpu < 0 ? 'emulatorpin' : `vcpupin${vcpu}`;
    daemon.emit(record, 'tunable', `:\n\tcputune.${name}: ${cpuset}`);
  }
  for (const definition of each) {
    const tune = first(definition, 'cputune') ?? element('cputune');
    place(definition, '', tune);
    if (vcpu < 0) place(tune, 'domain', element('emulatorpin', { cpuset }));
    else {
      const pins = [
        ...elements(tune, 'vcpupin').filter(({ attributes }) => attributes.vcpu !== String(vcpu)),
        element('vcpupin', { vcpu, cpuset }),
      ].sort((one, other) => Number(one.attributes.vcpu) - Number(other.attributes.vcpu));
      remove(tune, 'vcpupin');
      for (const entry of pins) place(tune, 'domain', entry);
    }
  }
  if (config !== null) daemon.store(record);
}

/** Parameters of `virsh schedinfo`: where `<cputune>` has them, and what the control group begins with. */
const SCHEDULER: readonly (readonly [name: string, path: string, value: number])[] = [
  ['cpu_shares', 'shares', 100],
  ['vcpu_period', 'period', 100_000],
  ['vcpu_quota', 'quota', 17_592_186_044_415],
  ['emulator_period', 'emulator_period', 100_000],
  ['emulator_quota', 'emulator_quota', 17_592_186_044_415],
  ['global_period', 'global_period', 100_000],
  ['global_quota', 'global_quota', 17_592_186_044_415],
  ['iothread_period', 'iothread_period', 100_000],
  ['iothread_quota', 'iothread_quota', 17_592_186_044_415],
];

export function scheduler(
  daemon: Daemon,
  record: DomainRecord,
  affect: Affect,
): { type: string; parameters: TypedParameter[] } {
  const { live, definition } = daemon.target(record, affect);
  const tune = first(definition, 'cputune');
  const parameters = SCHEDULER.map(([name, path, value]): TypedParameter => [
    name,
    Number(textOf(first(tune, path)) || (live === null ? 0 : value)),
  ]);
  return { type: 'posix', parameters };
}

export function setScheduler(
  daemon: Daemon,
  record: DomainRecord,
  parameters: readonly TypedParameter[],
  affect: Affect,
): void {
  const { config, each } = daemon.targets(record, affect);
  for (const [name, value] of parameters) {
    const path = SCHEDULER.find((entry) => entry[0] === name)?.[1];
    if (path === undefined) fail('ARGUMENT_UNSUPPORTED', `parameter '${name}' not supported`);
    const number = Number(value);
    if (name.endsWith('_period') && number !== 0 && (number < 1000 || number > 1_000_000)) {
      fail('INVALID_ARG', `value of '${name}' is out of range [1000, 1000000]`);
    }
    for (const definition of each) {
      const tune = first(definition, 'cputune') ?? element('cputune');
      place(definition, '', tune);
      place(tune, 'domain', element(path ?? '', {}, String(value)));
    }
  }
  if (config !== null) daemon.store(record);
}
