import type { Affect } from './api.ts';
import type { Daemon } from './daemon.ts';
import { bitmap, place, remove } from './domain/parse.ts';
import { formatBitmap, parseBitmap } from './domain/units.ts';
import { fail } from './errors.ts';
import type { DomainRecord } from './state.ts';
import { hostCpus, maxVcpus, vcpus } from './vcpu.ts';
import { element, elements, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** I/O threads of a domain, single vCPUs, and what follows its end (qemu_driver.c). */

const invalid = (text: string): never => fail('INVALID_ARG', text);

/** The numbers of a definition's I/O threads: those with names, and the first free ones. */
function threadIds(definition: Element): number[] {
  const ids = elements(first(definition, 'iothreadids'), 'iothread').map(({ attributes }) =>
    Number(attributes.id),
  );
  const count = Number(textOf(first(definition, 'iothreads')));
  for (let id = 1; ids.length < count; id++) if (!ids.includes(id)) ids.push(id);
  return ids;
}

function setThreads(definition: Element, ids: readonly number[]): void {
  const old = elements(first(definition, 'iothreadids'), 'iothread');
  remove(definition, 'iothreadids');
  remove(definition, 'iothreads');
  if (ids.length === 0) return;
  place(definition, '', element('iothreads', {}, String(ids.length)));
  const list = ids.map(
    (id) =>
      old.find(({ attributes }) => attributes.id === String(id)) ?? element('iothread', { id }),
  );
  // Numbers from 1 on, without anything else to say, are not named (virDomainIothreadShouldFormat()).
  const isPlain = ids.every((id, index) => id === index + 1) && old.length === 0;
  if (!isPlain) place(definition, '', element('iothreadids', {}, ...list));
}

export function threads(
  daemon: Daemon,
  record: DomainRecord,
  affect: Affect,
): { id: number; cpus: boolean[] }[] {
  const { definition } = daemon.target(record, affect);
  const pins = elements(first(definition, 'cputune'), 'iothreadpin');
  const total = hostCpus(daemon);
  return threadIds(definition).map((id) => {
    const cpuset =
      pins.find(({ attributes }) => attributes.iothread === String(id))?.attributes.cpuset ??
      first(definition, 'vcpu')?.attributes.cpuset;
    const own = cpuset === undefined ? null : parseBitmap(cpuset);
    return { id, cpus: Array.from({ length: total }, (_, cpu) => own?.includes(cpu) ?? true) };
  });
}

/** qemuDomainChgIOThread(). */
export function changeThread(
  daemon: Daemon,
  record: DomainRecord,
  id: number,
  how: 'add' | 'delete' | 'set',
  affect: Affect,
): void {
  const { config, each } = daemon.targets(record, affect);
  for (const definition of each) {
    const has = threadIds(definition).includes(id);
    if (how === 'add' && has) invalid(`an IOThread is already using iothread_id '${id}'`);
    if (how === 'delete' && !has) invalid(`cannot find IOThread '${id}' in iothreadids list`);
    if (how === 'set' && !has) invalid(`cannot find IOThread '${id}' in iothreadids`);
    const used =
      how === 'delete' &&
      elements(first(definition, 'devices')).some(
        (device) => first(device, 'driver')?.attributes.iothread === String(id),
      );
    if (used) invalid(`cannot remove IOThread ${id} since it is being used by disk`);
  }
  for (const definition of how === 'set' ? [] : each) {
    const ids = threadIds(definition);
    setThreads(definition, how === 'add' ? [...ids, id] : ids.filter((other) => other !== id));
  }
  if (config !== null) daemon.store(record);
}

export function pinThread(
  daemon: Daemon,
  record: DomainRecord,
  id: number,
  map: readonly boolean[],
  affect: Affect,
): void {
  const { config, each } = daemon.targets(record, affect);
  for (const definition of each) {
    if (threadIds(definition).includes(id)) continue;
    invalid(`${definition === config ? 'iothreadid' : 'iothread'} ${id} not found`);
  }
  const cpuset = formatBitmap(map.flatMap((on, cpu) => (on ? [cpu] : [])));
  for (const definition of each) {
    const tune = first(definition, 'cputune') ?? element('cputune');
    place(definition, '', tune);
    const isOther = ({ attributes }: Element): boolean => attributes.iothread !== String(id);
    const others = elements(tune, 'iothreadpin').filter(isOther);
    remove(tune, 'iothreadpin');
    for (const pin of [...others, element('iothreadpin', { iothread: id, cpuset })]) {
      place(tune, 'domain', pin);
    }
  }
  if (config !== null) daemon.store(record);
}

/** qemuDomainSetVcpu(): single vCPUs, named by a list. */
export function setVcpu(
  daemon: Daemon,
  record: DomainRecord,
  list: string,
  on: boolean,
  affect: Affect,
): void {
  const ids = bitmap(list);
  const last = ids.at(-1) ?? invalid('no vcpus selected for modification');
  const { live, config } = daemon.targets(record, affect);
  for (const [name, definition] of [
    ['persistent', config],
    ['live', live?.definition],
  ] as const) {
    if (definition && last >= maxVcpus(definition)) {
      invalid(`vcpu ${last} is not present in ${name} config`);
    }
  }
  if (live !== null) {
    const now = vcpus(live.definition);
    for (const id of ids) {
      if (id < now === on) invalid(`vcpu '${id}' is already in requested state`);
      if (!on && id < live.bootVcpus) {
        fail('OPERATION_UNSUPPORTED', `vcpu '${id}' can't be unplugged`);
      }
    }
    if (ids.length !== 1) {
      fail('OPERATION_UNSUPPORTED', 'only one hotpluggable entity can be selected');
    }
  }
  if (config !== null && ids.includes(0)) invalid("vCPU '0' can't be modified");
  if (live !== null) count(live.definition, vcpus(live.definition) + (on ? 1 : -1));
  if (config === null) return;
  const most = maxVcpus(config);
  const known = elements(first(config, 'vcpus'), 'vcpu');
  const now = vcpus(config);
  const single = Array.from({ length: most }, (_, id) => {
    const chosen = ids.includes(id);
    const before = known[id]?.attributes;
    const enabled = chosen ? on : before === undefined ? id < now : before.enabled === 'yes';
    const plugs = chosen ? 'yes' : (before?.hotpluggable ?? (id < now ? 'no' : undefined));
    return element('vcpu', { id, enabled: enabled ? 'yes' : 'no', hotpluggable: plugs });
  });
  place(config, '', element('vcpus', {}, ...single));
  count(config, single.filter(({ attributes }) => attributes.enabled === 'yes').length);
  daemon.store(record);
}

function count(definition: Element, now: number): void {
  const vcpu = first(definition, 'vcpu');
  if (vcpu === undefined) return;
  if (now === maxVcpus(definition)) delete vcpu.attributes.current;
  else vcpu.attributes.current = String(now);
}

/** qemuDomainSetLifecycleAction(). */
export function setAction(
  daemon: Daemon,
  record: DomainRecord,
  type: string,
  action: string,
  affect: Affect,
): void {
  if (type !== 'crash' && action.startsWith('coredump')) {
    fail('CONFIG_UNSUPPORTED', `Lifecycle event '${type}' doesn't support '${action}' action`);
  }
  const { config, each } = daemon.targets(record, affect);
  for (const definition of each) place(definition, '', element(`on_${type}`, {}, action));
  if (config !== null) daemon.store(record);
}
