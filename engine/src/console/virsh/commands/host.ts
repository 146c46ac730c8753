import type { Step } from '../../os/process.ts';
import type { TypedParameter } from '../../libvirt/api.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import { first } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Call } from '../call.ts';
import { fixed, version } from '../numbers.ts';
import { ranges, shownValue } from '../text.ts';

/** Processor times in virsh's order: libvirt's name and virsh's label. */
const TIMES: readonly (readonly [name: string, label: string])[] = [
  ['user', 'user:'],
  ['kernel', 'system:'],
  ['idle', 'idle:'],
  ['iowait', 'iowait:'],
  ['intr', 'intr:'],
];

/** Parameters of page sharing by their options. */
const SHARING: readonly (readonly [option: string, parameter: string])[] = [
  ['shm-pages-to-scan', 'shm_pages_to_scan'],
  ['shm-sleep-millisecs', 'shm_sleep_millisecs'],
  ['shm-merge-across-nodes', 'shm_merge_across_nodes'],
];

/** Library and client are the same build (LIBVIR_VERSION_NUMBER). */
const OWN = 9_000_000;

/** The most virtual CPUs that a document of capabilities allows; null where there is none such. */
function vcpusOf(call: Call, type: string | null): number | null {
  try {
    const text = call.connection.getDomainCapabilities(type === null ? {} : { virttype: type });
    const most = first(parseXml(text, '(domainCapabilities)'), 'vcpu')?.attributes.max;
    return most === undefined ? null : Number(most);
  } catch (problem) {
    if (problem instanceof LibvirtError) return null;
    throw problem;
  }
}

/** Commands about the host and hypervisor (virsh-host.c). */
export const HOST = {
  nodeinfo(call: Call) {
    const info = call.attempt('failed to get node information', () =>
      call.connection.nodeGetInfo(),
    );
    const field = (label: string, value: string | number): void => call.field(label, value, 20);
    field('CPU model:', info.model);
    field('CPU(s):', info.cpus);
    if (info.mhz !== 0) field('CPU frequency:', `${info.mhz} MHz`);
    field('CPU socket(s):', info.sockets);
    field('Core(s) per socket:', info.cores);
    field('Thread(s) per core:', info.threads);
    field('NUMA cell(s):', info.nodes);
    field('Memory size:', `${info.memory} KiB`);
  },
  nodememstats(call: Call) {
    const cell = call.int('cell') ?? -1;
    const stats = call.attempt('Unable to get number of memory stats', () =>
      call.connection.nodeGetMemoryStats(cell),
    );
    for (const [name, value] of stats) {
      call.print(`${name.padEnd(7)}: ${String(value).padStart(20)} KiB\n`);
    }
  },
  nodecpumap(call: Call) {
    const { present, online } = call.attempt('Unable to get cpu map', () =>
      call.connection.nodeGetCPUMap(),
    );
    call.field('CPUs present:', present);
    call.field('CPUs online:', online.filter(Boolean).length);
    const plain = Array.from({ length: present }, (_, cpu) => (online[cpu] === true ? 'y' : '-'));
    call.field('CPU map:', call.has('pretty') ? ranges(online) : plain.join(''));
  },
  *nodecpustats(call: Call): Step {
    const cpu = call.int('cpu') ?? -1;
    const read = (): Map<string, number> =>
      new Map(
        call.attempt('Unable to get number of cpu stats', () =>
          call.connection.nodeGetCPUStats(cpu),
        ),
      );
    const before = read();
    const known = TIMES.filter(([name]) => before.has(name));
    if (!call.has('percent')) {
      for (const [name, label] of known) {
        call.field(label, String(before.get(name) ?? 0).padStart(20));
      }
      return;
    }
    yield* call.process.sleep(1000);
    const after = read();
    const spent = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    const total = known.reduce((sum, [name]) => sum + spent(name), 0);
    const share = (time: number): string => `${fixed((time / total) * 100, 1).padStart(5)}%`;
    call.field('usage:', share(spent('user') + spent('kernel')));
    for (const [name, label] of known) call.field(label, share(spent(name)));
  },
  'node-memory-tune'(call: Call) {
    const changes: TypedParameter[] = [];
    for (const [option, parameter] of SHARING) {
      const value = call.unsigned(option);
      if (value !== null) changes.push([parameter, value]);
    }
    if (changes.length > 0) {
      call.attempt('Unable to change memory parameters', () =>
        call.connection.nodeSetMemoryParameters(changes),
      );
      return;
    }
    const now = call.attempt('Unable to get number of memory parameters', () =>
      call.connection.nodeGetMemoryParameters(),
    );
    if (now.length > 0) call.print('Shared memory:\n');
    for (const [name, value] of now) call.print(`\t${name.padEnd(15)} ${shownValue(value)}\n`);
  },
  capabilities(call: Call) {
    const xml = call.attempt('failed to get capabilities', () => call.connection.getCapabilities());
    call.print(`${xml}\n`);
  },
  domcapabilities(call: Call) {
    const options = [
      ['virttype', 'virttype'],
      ['emulator', 'emulatorbin'],
      ['arch', 'arch'],
      ['machine', 'machine'],
    ] as const;
    const query: Parameters<typeof call.connection.getDomainCapabilities>[0] = {};
    for (const [key, option] of options) {
      const value = call.text(option);
      if (value !== null) query[key] = value;
    }
    const xml = call.attempt('failed to get emulator capabilities', () =>
      call.connection.getDomainCapabilities(query),
    );
    call.print(`${xml}\n`);
  },
  'cpu-models'(call: Call) {
    const arch = call.required('arch');
    const models = call.attempt('failed to get CPU model names', () =>
      call.connection.getCPUModelNames(arch),
    );
    if (models.length === 0) call.extra('all CPU models are accepted\n');
    for (const model of models) call.print(`${model}\n`);
  },
  maxvcpus(call: Call) {
    const type = call.text('type');
    call.print(`${vcpusOf(call, type) ?? call.connection.getMaxVcpus(type)}\n`);
  },
  sysinfo(call: Call) {
    call.print(call.attempt('failed to get sysinfo', () => call.connection.getSysinfo()));
  },
  hostname(call: Call) {
    const name = call.attempt('failed to get hostname', () => call.connection.getHostname());
    call.print(`${name}\n`);
  },
  uri(call: Call) {
    call.print(`${call.attempt('failed to get URI', () => call.connection.getURI())}\n`);
  },
  version(call: Call) {
    const { connection } = call;
    const type = call.attempt('failed to get hypervisor type', () => connection.getType());
    call.print(`Compiled against library: libvirt ${version(OWN)}\n`);
    call.print(`Using library: libvirt ${version(OWN)}\n`);
    call.print(`Using API: ${type} ${version(OWN)}\n`);
    const running = call.attempt('failed to get the hypervisor version', () =>
      connection.getVersion(),
    );
    call.print(
      running === 0
        ? `Cannot extract running ${type} hypervisor version\n`
        : `Running hypervisor: ${type} ${version(running)}\n`,
    );
    if (call.has('daemon')) {
      call.print(`Running against daemon: ${version(connection.getLibVersion())}\n`);
    }
  },
};
