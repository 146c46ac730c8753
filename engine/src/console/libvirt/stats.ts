import type { BlockInfo, StatsGroup, TypedParameter } from './api.ts';
import type { Daemon } from './daemon.ts';
import { fail } from './errors.ts';
import { memoryStats } from './memory.ts';
import type { DomainRecord } from './state.ts';
import { maxVcpus, vcpus } from './vcpu.ts';
import { elements, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** Numbers about a domain: `virsh domstats` and those of its disks (qemu_driver.c). */

const diskList = (record: DomainRecord): Element[] =>
  elements(first(record.live?.definition ?? record.config, 'devices'), 'disk');
const pathOf = (disk: Element): string | undefined => first(disk, 'source')?.attributes.file;

function diskOf(
  record: DomainRecord,
  name: string,
  words = `invalid path ${name} not assigned to domain`,
): Element {
  return (
    diskList(record).find(
      (disk) => first(disk, 'target')?.attributes.dev === name || pathOf(disk) === name,
    ) ?? fail('INVALID_ARG', words)
  );
}

export function blockInfo(daemon: Daemon, record: DomainRecord, name: string): BlockInfo {
  const path = pathOf(diskOf(record, name));
  if (path === undefined) {
    return fail('INVALID_ARG', `disk '${name}' does not currently have a source assigned`);
  }
  const image = daemon.backend.image(path);
  if (image === null) {
    return fail('SYSTEM_ERROR', `cannot stat file '${path}': No such file or directory`);
  }
  const { capacity, allocation, physical } = image;
  return { capacity, allocation, physical };
}

/** A guest here has its disks in memory: they are never read. */
export function blockStats(daemon: Daemon, record: DomainRecord, name: string): TypedParameter[] {
  daemon.running(record);
  if (name !== '') diskOf(record, name, `invalid path: ${name}`);
  return ['rd', 'wr', 'flush'].flatMap((kind): TypedParameter[] => [
    [`${kind}_operations`, 0],
    ...(kind === 'flush' ? [] : ([[`${kind}_bytes`, 0]] as TypedParameter[])),
    [`${kind}_total_times`, 0],
  ]);
}

const STATES = { running: 1, paused: 3, 'shut off': 5, crashed: 6 } as const;
/** Reasons in the order of libvirt's numbers, from 0 on. */
const REASONS: Readonly<Record<DomainRecord['state'], string>> = {
  running:
    'unknown,booted,migrated,restored,from snapshot,unpaused,migration canceled,save canceled,event wakeup,crashed,post-copy',
  paused:
    'unknown,user,migrating,saving,dumping,I/O error,watchdog,from snapshot,shutting down,creating snapshot,crashed,starting up',
  'shut off': 'unknown,shutdown,destroyed,crashed,migrated,saved,failed,from snapshot,daemon',
  crashed: 'unknown,panicked',
};

type Group = (daemon: Daemon, record: DomainRecord) => TypedParameter[];

const GROUPS: Readonly<Record<StatsGroup, Group>> = {
  state: (_, { state, reason }) => [
    ['state.state', STATES[state]],
    ['state.reason', Math.max(0, REASONS[state].split(',').indexOf(reason))],
  ],
  'cpu-total'(daemon, { live }) {
    if (live === null) return [];
    const { total, user, system } = daemon.backend.cpuTime(live.pid);
    return [
      ['cpu.time', total],
      ['cpu.user', user],
      ['cpu.system', system],
      ['cpu.cache.monitor.count', 0],
      ['cpu.haltpoll.success.time', 0],
      ['cpu.haltpoll.fail.time', 0],
    ];
  },
  balloon(daemon, record) {
    const { live } = record;
    const definition = live?.definition ?? record.config;
    const names: Readonly<Record<string, string>> = {
      actual: '',
      last_update: 'last-update',
      hugetlb_pgalloc: 'hugetlb_pgalloc',
      hugetlb_pgfail: 'hugetlb_pgfail',
    };
    const told = live === null ? [] : memoryStats(daemon, record);
    return [
      ['balloon.current', daemon.balloon(record)],
      ['balloon.maximum', Number(textOf(first(definition, 'memory')))],
      ...told
        .filter(([tag]) => tag !== 'actual')
        .map(([tag, value]): TypedParameter => [`balloon.${names[tag] ?? tag}`, value]),
    ];
  },
  vcpu(daemon, record) {
    const definition = record.live?.definition ?? record.config;
    const counts: TypedParameter[] = [
      ['vcpu.current', vcpus(definition)],
      ['vcpu.maximum', maxVcpus(definition)],
    ];
    if (record.live === null) return counts;
    const times = daemon.backend.cpuTime(record.live.pid).vcpus;
    return counts.concat(
      times.slice(0, vcpus(definition)).flatMap(({ time }, index): TypedParameter[] => [
        [`vcpu.${index}.state`, 1],
        [`vcpu.${index}.time`, time],
        [`vcpu.${index}.wait`, 0],
        [`vcpu.${index}.delay`, 0],
      ]),
    );
  },
  interface(_, record) {
    if (record.live === null) return [];
    const cards = elements(first(record.live.definition, 'devices'), 'interface');
    return [
      ['net.count', cards.length],
      ...cards.flatMap((card, index): TypedParameter[] => {
        const name = first(card, 'target')?.attributes.dev;
        if (name === undefined) return [];
        const counters = ['rx', 'tx'].flatMap((way) =>
          ['bytes', 'pkts', 'errs', 'drop'].map((what): TypedParameter => [
            `net.${index}.${way}.${what}`,
            0,
          ]),
        );
        return [[`net.${index}.name`, name], ...counters];
      }),
    ];
  },
  block(daemon, record) {
    const disks = diskList(record);
    return [
      ['block.count', disks.length],
      ...disks.flatMap((disk, index): TypedParameter[] => {
        const out: TypedParameter[] = [['name', first(disk, 'target')?.attributes.dev ?? '']];
        const path = pathOf(disk);
        if (path !== undefined) {
          out.push(['path', path]);
          const node = first(disk, 'source')?.attributes.index;
          if (node !== undefined) out.push(['backingIndex', Number(node)]);
        }
        if (record.live !== null) {
          for (const way of ['rd', 'wr']) {
            for (const what of ['reqs', 'bytes', 'times']) out.push([`${way}.${what}`, 0]);
          }
          out.push(['fl.reqs', 0], ['fl.times', 0]);
        }
        const image = path === undefined ? null : daemon.backend.image(path);
        if (image !== null) {
          for (const name of ['allocation', 'capacity', 'physical'] as const) {
            out.push([name, image[name]]);
          }
        }
        return out.map(([name, value]): TypedParameter => [`block.${index}.${name}`, value]);
      }),
    ];
  },
  perf: () => [],
  iothread: (_, { live }) => (live === null ? [] : [['iothread.count', 0]]),
  memory: () => [],
  dirtyrate: (_, { live }) =>
    live === null
      ? []
      : [
          ['dirtyrate.calc_status', 0],
          ['dirtyrate.calc_start_time', 0],
          ['dirtyrate.calc_period', 0],
          ['dirtyrate.calc_mode', 'page-sampling'],
        ],
  vm: () => [],
};

/** Groups in the driver's order, whatever the order in which they are asked for; none: all of them. */
export function domainStats(
  daemon: Daemon,
  record: DomainRecord,
  groups: readonly StatsGroup[],
): TypedParameter[] {
  return (Object.keys(GROUPS) as StatsGroup[])
    .filter((name) => groups.length === 0 || groups.includes(name))
    .flatMap((name) => GROUPS[name](daemon, record));
}
