import type { Daemon } from './daemon.ts';
import { fail } from './errors.ts';
import { reset, stopped } from './lifecycle.ts';
import type { DomainRecord, LiveDomain } from './state.ts';
import { maxVcpus, vcpus } from './vcpu.ts';
import { elements, first, textOf } from './xml/node.ts';

/** QEMU's monitor as libvirt hands it on: QMP in JSON, and what of the human one changes a domain's state. */

type Json = Record<string, unknown>;
interface World {
  daemon: Daemon;
  record: DomainRecord;
  live: LiveDomain;
  given: Json;
}

/** A command of QMP that fails, with the class that the error has. */
class QmpError extends Error {
  readonly kind: string;
  constructor(text: string, kind = 'GenericError') {
    super(text);
    this.kind = kind;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const bytes = (world: World): number =>
  Number(textOf(first(world.live.definition, 'memory'))) * 1024;
const machine = '/machine/unattached/device[0]';
const props = (id: number): Json => ({ 'core-id': 0, 'thread-id': 0, 'socket-id': id });

/** What an argument must be: its type's letter, after a `?` where it may be missing. */
type Wanted = Readonly<Record<string, 's' | 'i' | 'b' | 'any'>>;
type Answer = (world: World) => unknown;

const stop: Answer = ({ daemon, record, live }) => {
  if (record.state === 'paused') return {};
  // libvirt hears of it only afterwards, and cannot say why (qemuProcessHandleStop()).
  daemon.backend.pause(live.pid);
  record.state = 'paused';
  record.reason = 'unknown';
  daemon.lifecycle(record, 'Suspended Paused');
  return {};
};
const cont: Answer = ({ daemon, record, live }) => {
  if (record.state === 'running') return {};
  daemon.backend.resume(live.pid);
  live.begun = true;
  record.state = 'running';
  record.reason = 'unpaused';
  daemon.lifecycle(record, 'Resumed Unpaused');
  return {};
};
const quit: Answer = ({ daemon, record, live }) => {
  daemon.backend.stop(live.pid);
  stopped(daemon, record, 'shutdown', 'Shutdown');
  return fail('SYSTEM_ERROR', 'Unable to read from monitor: Connection reset by peer');
};
const press: Answer = ({ daemon, live }) => {
  daemon.backend.powerButton(live.pid);
  return {};
};
const restart: Answer = ({ daemon, record }) => {
  reset(daemon, record);
  return {};
};

/** Of the balloon: QEMU's names of what the guest says, and libvirt's. */
const TOLD = [
  ['stat-htlb-pgalloc', 'hugetlb_pgalloc'],
  ['stat-swap-out', 'swap_out'],
  ['stat-available-memory', 'usable'],
  ['stat-htlb-pgfail', 'hugetlb_pgfail'],
  ['stat-free-memory', 'unused'],
  ['stat-minor-faults', 'minor_fault'],
  ['stat-major-faults', 'major_fault'],
  ['stat-total-memory', 'available'],
  ['stat-swap-in', 'swap_in'],
  ['stat-disk-caches', 'disk_caches'],
] as const;
const COUNTS = /fault|pg/;

const balloonOf = ({ live }: World) => {
  const found = first(live.definition, 'devices/memballoon');
  return found?.attributes.model === 'none' ? undefined : found;
};

/** The commands: what they want, and what they answer. */
const COMMANDS: Readonly<Record<string, readonly [Wanted, Answer]>> = {
  'query-status': [
    {},
    ({ record, live }) => {
      const running = record.state === 'running';
      const status = running ? 'running' : live.begun ? 'paused' : 'prelaunch';
      return { status, singlestep: false, running };
    },
  ],
  'query-balloon': [
    {},
    (world) => {
      if (balloonOf(world) === undefined) {
        throw new QmpError('No balloon device has been activated', 'DeviceNotActive');
      }
      return { actual: world.daemon.balloon(world.record) * 1024 };
    },
  ],
  balloon: [
    { value: 'i' },
    (world) => {
      const value = Number(world.given.value);
      if (value <= 0) throw new QmpError("Parameter 'target' expects a size");
      if (balloonOf(world) === undefined) {
        throw new QmpError('No balloon device has been activated', 'DeviceNotActive');
      }
      const { daemon, live } = world;
      daemon.backend.setBalloon(live.pid, Math.min(value, bytes(world)) / 1024);
      return {};
    },
  ],
  'query-kvm': [
    {},
    ({ daemon, live }) => ({
      enabled: live.definition.attributes.type === 'kvm',
      present: daemon.backend.kvm,
    }),
  ],
  'query-memory-size-summary': [
    {},
    (world) => {
      const plugged = elements(first(world.live.definition, 'devices'), 'memory').reduce(
        (sum, device) => sum + Number(textOf(first(device, 'target/size'))) * 1024,
        0,
      );
      return { 'base-memory': bytes(world) - plugged, 'plugged-memory': plugged };
    },
  ],
  'query-version': [
    {},
    () => ({
      qemu: { micro: 22, minor: 2, major: 7 },
      package: 'Debian 1:7.2+dfsg-7+deb12u18',
    }),
  ],
  'query-name': [{}, ({ record }) => ({ name: record.name })],
  'query-uuid': [{}, ({ record }) => ({ UUID: record.uuid })],
  'query-cpus-fast': [
    {},
    ({ live }) =>
      Array.from({ length: vcpus(live.definition) }, (_, index) => ({
        'thread-id': live.pid + 1 + index,
        props: props(index),
        'qom-path': machine.replace('0', String(index)),
        'cpu-index': index,
        target: 'x86_64',
      })),
  ],
  'query-hotpluggable-cpus': [
    {},
    ({ live }) =>
      Array.from({ length: maxVcpus(live.definition) }, (_, at) => {
        const index = maxVcpus(live.definition) - 1 - at;
        const here = { 'qom-path': machine.replace('0', String(index)) };
        return {
          props: props(index),
          'vcpus-count': 1,
          ...(index < vcpus(live.definition) ? here : {}),
          type: 'qemu64-x86_64-cpu',
        };
      }),
  ],
  'query-memdev': [
    {},
    (world) => {
      const { definition } = world.live;
      const backing = first(definition, 'memoryBacking');
      const nodes = elements(first(definition, 'cpu/numa'), 'cell');
      const sizes = nodes.map(({ attributes }) => Number(attributes.memory) * 1024);
      return (sizes.length === 0 ? [bytes(world)] : sizes).map((size, node) => ({
        share: first(backing, 'access')?.attributes.mode === 'shared',
        reserve: true,
        prealloc: first(backing, 'hugepages') !== undefined,
        'host-nodes': [],
        size,
        merge: first(backing, 'nosharepages') === undefined,
        dump: false,
        policy: 'default',
        id: sizes.length === 0 ? 'pc.ram' : `ram-node${node}`,
      }));
    },
  ],
  'query-memory-devices': [{}, () => []],
  'query-migrate': [{}, () => ({})],
  'query-block': [{}, () => []],
  'query-iothreads': [{}, () => []],
  'query-tpm': [{}, () => []],
  'query-dump': [{}, () => ({ total: 0, status: 'none', completed: 0 })],
  'query-current-machine': [{}, () => ({ 'wakeup-suspend-support': true })],
  'query-target': [{}, () => ({ arch: 'x86_64' })],
  'query-mice': [{}, () => [{ index: 2, name: 'QEMU PS/2 Mouse', current: true, absolute: false }]],
  'query-commands': [{}, () => Object.keys(COMMANDS).map((name) => ({ name }))],
  'human-monitor-command': [
    { 'command-line': 's' },
    ({ daemon, record, given }) => human(daemon, record, String(given['command-line'])),
  ],
  'qom-get': [
    { path: 's', property: 's' },
    (world) => {
      const { path, property } = world.given;
      if (path !== '/machine/peripheral/balloon0' || balloonOf(world) === undefined) {
        throw new QmpError(`Device '${String(path)}' not found`, 'DeviceNotFound');
      }
      if (property === 'guest-stats-polling-interval') {
        return Number(first(balloonOf(world), 'stats')?.attributes.period ?? 0);
      }
      if (property !== 'guest-stats') {
        throw new QmpError(`Property 'virtio-balloon-pci.${String(property)}' not found`);
      }
      const told = new Map(world.daemon.backend.guestStats(world.live.pid));
      const stats = TOLD.map(([name, tag]) => {
        const value = told.get(tag);
        if (value === undefined) return [name, NEVER];
        return [name, COUNTS.test(tag) ? value : value * 1024];
      });
      const last = told.get('last_update') ?? 0;
      return { stats: Object.fromEntries(stats) as Json, 'last-update': last };
    },
  ],
  'qom-set': [
    { path: 's', property: 's', value: 'any' },
    (world) => {
      const { path, property, value } = world.given;
      if (path !== '/machine/peripheral/balloon0' || balloonOf(world) === undefined) {
        throw new QmpError(`Device '${String(path)}' not found`, 'DeviceNotFound');
      }
      if (property !== 'guest-stats-polling-interval') {
        throw new QmpError(`Property 'virtio-balloon-pci.${String(property)}' not found`);
      }
      world.daemon.backend.setStatsPeriod(world.live.pid, Number(value));
      return {};
    },
  ],
  stop: [{}, stop],
  cont: [{}, cont],
  system_reset: [{}, restart],
  system_powerdown: [{}, press],
  quit: [{}, quit],
};

/** Of numbers that the guest never said QEMU has all bits set; in JSON they are put back as they are. */
const NEVER = 'never';
const written = (answer: Json): string =>
  JSON.stringify(answer).replaceAll(`"${NEVER}"`, '18446744073709551615');

function checked(name: string, given: unknown): readonly [Answer, Json] {
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new QmpError(`The command ${name} has not been found`, 'CommandNotFound');
  }
  const [wanted, answer] = COMMANDS[name]!;
  if (given !== undefined && !isObject(given)) {
    throw new QmpError("QMP input member 'arguments' must be an object");
  }
  const all = isObject(given) ? given : {};
  for (const [key, type] of Object.entries(wanted)) {
    const value = all[key];
    if (value === undefined) throw new QmpError(`Parameter '${key}' is missing`);
    const right =
      type === 'any' || (type === 's' ? typeof value === 'string' : Number.isInteger(value));
    if (!right) {
      const what = type === 's' ? 'string' : 'integer';
      throw new QmpError(`Invalid parameter type for '${key}', expected: ${what}`);
    }
  }
  const extra = Object.keys(all).find((key) => !Object.hasOwn(wanted, key));
  if (extra !== undefined) throw new QmpError(`Parameter '${extra}' is unexpected`);
  return [answer, all];
}

/** qmp_dispatch(): the reply to a command, with the number that libvirt gave it. */
export function qmp(daemon: Daemon, record: DomainRecord, command: string): string {
  const live = daemon.running(record);
  const input = JSON.parse(command) as Json;
  let id: Json = {};
  if ('execute' in input) {
    if ('id' in input) fail('INTERNAL_ERROR', "Unable to append command 'id' string");
    id = { id: `libvirt-${++live.commands}` };
  }
  try {
    const { execute } = input;
    for (const key of Object.keys(input)) {
      if (key === 'execute' && typeof execute !== 'string') {
        throw new QmpError("QMP input member 'execute' must be a string");
      }
      if (!['execute', 'arguments', 'id'].includes(key)) {
        throw new QmpError(`QMP input member '${key}' is unexpected`);
      }
    }
    if (typeof execute !== 'string') throw new QmpError("QMP input lacks member 'execute'");
    const [answer, given] = checked(execute, input.arguments);
    return written({ return: answer({ daemon, record, live, given }), ...id });
  } catch (problem) {
    if (!(problem instanceof QmpError)) throw problem;
    return written({ ...id, error: { class: problem.kind, desc: problem.message } });
  }
}

const ACTIONS: Readonly<Record<string, Answer>> = {
  stop,
  s: stop,
  cont,
  c: cont,
  system_reset: restart,
  system_powerdown: press,
  quit,
  q: quit,
};

/** The human monitor; commands that change the machine's state are libvirt's concern too. */
export function human(daemon: Daemon, record: DomainRecord, command: string): string {
  const live = daemon.running(record);
  live.commands++;
  const action = Object.hasOwn(ACTIONS, command.trim()) ? ACTIONS[command.trim()] : undefined;
  if (action === undefined) return daemon.backend.monitor(live.pid, command);
  action({ daemon, record, live, given: {} });
  return '';
}
