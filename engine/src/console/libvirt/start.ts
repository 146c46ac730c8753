import { StartError } from './backend.ts';
import type { MachineCell, MachineSpec } from './backend.ts';
import type { Daemon } from './daemon.ts';
import { setKib } from './domain/parse.ts';
import { enliven } from './domain/live.ts';
import { parseBitmap } from './domain/units.ts';
import { fail } from './errors.ts';
import type { DomainRecord } from './state.ts';
import { elements, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** Starting a domain: qemuProcessStart() with its checks (qemu_process.c, qemu_command.c). */

const DEFAULT_HUGE_PAGE = 2048;
/** Commands that libvirt gives QEMU while it starts a domain. */
const STARTING = 412;

const bits = (text: string | undefined): number[] => parseBitmap(text ?? '') ?? [];

/** Page size of the memory behind a cell of the guest, KiB (qemuBuildMemoryGetPagesize()). */
function pageSize(definition: Element, cell: number): number {
  const hugepages = first(definition, 'memoryBacking/hugepages');
  if (hugepages === undefined) return 4;
  const pages = elements(hugepages, 'page');
  if (pages.length === 0) return DEFAULT_HUGE_PAGE;
  const own = pages.find(({ attributes }) => bits(attributes.nodeset).includes(cell));
  const master = pages.find(({ attributes }) => attributes.nodeset === undefined);
  return Number((own ?? master)?.attributes.size ?? 4);
}

/** Where the host may take the memory of a cell. */
function policy(definition: Element, cell: number): MachineCell['policy'] {
  const tune = first(definition, 'numatune');
  const own = elements(tune, 'memnode').find(
    ({ attributes }) => attributes.cellid === String(cell),
  );
  const { mode = 'strict', nodeset } = (own ?? first(tune, 'memory'))?.attributes ?? {};
  return nodeset === undefined ? null : { mode, nodes: bits(nodeset) };
}

function cellsOf(definition: Element, memory: number, vcpus: number): MachineCell[] {
  const shared = first(definition, 'memoryBacking/access')?.attributes.mode === 'shared';
  const cells = elements(first(definition, 'cpu/numa'), 'cell');
  const all = Array.from({ length: vcpus }, (_, index) => index);
  if (cells.length === 0) {
    const [size, where] = [pageSize(definition, 0), policy(definition, 0)];
    return [{ memory, pageSize: size, cpus: all, policy: where, shared }];
  }
  return cells.map(({ attributes }, index) => ({
    memory: Number(attributes.memory),
    pageSize: pageSize(definition, index),
    cpus: bits(attributes.cpus),
    policy: policy(definition, index),
    shared: attributes.memAccess === undefined ? shared : attributes.memAccess === 'shared',
  }));
}

function check(daemon: Daemon, definition: Element, cells: readonly MachineCell[]): void {
  const { backend } = daemon;
  if (definition.attributes.type === 'kvm' && !backend.kvm) {
    fail(
      'CONFIG_UNSUPPORTED',
      'Domain requires KVM, but it is not available. Check that virtualization is enabled in the host BIOS, and host configuration is setup to load the kvm modules.',
    );
  }
  const nodes = backend.nodes().map(({ id }) => id);
  for (const disk of elements(first(definition, 'devices'), 'disk')) {
    const path = first(disk, 'source')?.attributes.file ?? first(disk, 'source')?.attributes.dev;
    if (path !== undefined && backend.image(path) === null) {
      fail(
        'SYSTEM_ERROR',
        `Cannot access storage file '${path}' (as uid:64055, gid:64055): No such file or directory`,
      );
    }
  }
  for (const page of elements(first(definition, 'memoryBacking/hugepages'), 'page')) {
    const beyond = bits(page.attributes.nodeset).find((node) => node >= cells.length);
    if (beyond !== undefined) {
      fail('CONFIG_UNSUPPORTED', `hugepages: node ${beyond} not found`);
    }
  }
  const mounted = backend.hugetlbfs();
  for (const cell of cells) {
    const missing = cell.policy?.nodes.find((node) => !nodes.includes(node));
    if (missing !== undefined) {
      fail('CONFIG_UNSUPPORTED', `NUMA node ${missing} is unavailable`);
    }
    if (cell.pageSize === 4 || mounted.includes(cell.pageSize)) continue;
    if (mounted.length === 0) {
      fail(
        'INTERNAL_ERROR',
        'hugetlbfs filesystem is not mounted or disabled by administrator config',
      );
    }
    fail('INTERNAL_ERROR', `Unable to find any usable hugetlbfs mount for ${cell.pageSize} KiB`);
  }
}

/** What the machine is to be. */
function specification(record: DomainRecord, id: number, definition: Element): MachineSpec {
  const devices = first(definition, 'devices');
  const balloon = first(devices, 'memballoon');
  const { attributes: vcpu } = first(definition, 'vcpu') ?? {
    attributes: {} as Record<string, string>,
  };
  const vcpus = Number(vcpu.current ?? textOf(first(definition, 'vcpu')));
  const memory = Number(textOf(first(definition, 'memory')));
  const isConsole = (device: Element): boolean =>
    device.name !== 'console' || first(device, 'target')?.attributes.type !== 'serial';
  return {
    name: record.name,
    uuid: record.uuid,
    id,
    type: definition.attributes.type ?? 'kvm',
    memory,
    currentMemory: Number(textOf(first(definition, 'currentMemory'))),
    vcpus,
    cells: cellsOf(definition, memory, vcpus),
    balloon:
      balloon === undefined || balloon.attributes.model === 'none'
        ? null
        : {
            autodeflate: balloon.attributes.autodeflate === 'on',
            freePageReporting: balloon.attributes.freePageReporting === 'on',
          },
    locked: first(definition, 'memoryBacking/locked') !== undefined,
    prealloc: first(definition, 'memoryBacking/allocation')?.attributes.mode === 'immediate',
    noSharePages: first(definition, 'memoryBacking/nosharepages') !== undefined,
    disks: elements(devices, 'disk').flatMap(
      (disk) => first(disk, 'source')?.attributes.file ?? [],
    ),
    kernel: textOf(first(definition, 'os/kernel')) || null,
    cmdline: textOf(first(definition, 'os/cmdline')),
    ptys: elements(devices).filter(
      (device) =>
        /^(serial|parallel|console|channel)$/.test(device.name) &&
        device.attributes.type === 'pty' &&
        isConsole(device),
    ).length,
  };
}

const MIB = 1024;
/** The most memory there can be, KiB (virMemoryMaxValue()). */
const MOST = 2 ** 53 - 1;

/** qemuDomainAlignMemorySizes(): QEMU gets whole MiB. */
function alignSizes(definition: Element): void {
  const up = (kib: number): number => Math.ceil(kib / MIB) * MIB;
  const sizeOf = (name: string): number => Number(textOf(first(definition, name)));
  const set = (node: Element | undefined, kib: number): number => {
    if (node !== undefined) setKib(node, kib);
    return kib;
  };
  const modules = elements(first(definition, 'devices'), 'memory').map((device) => {
    const node = first(device, 'target/size');
    return [Number(textOf(node)), set(node, up(Number(textOf(node))))] as const;
  });
  const [before, after] = [0, 1].map((at) => modules.reduce((sum, pair) => sum + pair[at]!, 0));
  let initial = 0;
  for (const cell of elements(first(definition, 'cpu/numa'), 'cell')) {
    const kib = up(Number(cell.attributes.memory));
    cell.attributes.memory = String(kib);
    initial += kib;
  }
  if (initial === 0) initial = up(sizeOf('memory') - before!);
  if (initial > MOST) {
    fail('CONFIG_UNSUPPORTED', 'initial memory size overflowed after alignment');
  }
  if (first(definition, 'maxMemory') !== undefined) {
    set(first(definition, 'maxMemory'), up(sizeOf('maxMemory')));
  }
  set(first(definition, 'memory'), initial + after!);
}

/** Starts a domain from its definition, or from an image of its machine. Its events are the caller's. */
export function start(
  daemon: Daemon,
  record: DomainRecord,
  how: { paused: boolean; reason: string; image?: number; definition?: Element },
): void {
  const { backend, state } = daemon;
  const definition = structuredClone(how.definition ?? record.config);
  const id = state.nextId++;
  try {
    alignSizes(definition);
    const spec = specification(record, id, definition);
    check(daemon, definition, spec.cells);
    const image = how.image === undefined ? {} : { image: how.image };
    const { pid, ptys } = backend.start(spec, { paused: how.paused, ...image });
    enliven(definition, id, ptys, backend.cpu);
    const { vcpus: bootVcpus } = spec;
    const begun = !how.paused || how.image !== undefined;
    record.live = {
      id,
      pid,
      definition,
      bootVcpus,
      reboots: false,
      begun,
      commands: STARTING,
      pins: new Map(),
    };
    pinAsDefined(daemon, record);
    limitAsDefined(daemon, record);
    const period = first(definition, 'devices/memballoon/stats')?.attributes.period;
    if (period !== undefined) backend.setStatsPeriod(pid, Number(period));
    record.state = how.paused ? 'paused' : 'running';
    record.reason = how.paused ? 'user' : how.reason;
    daemon.log(record, 'starting up libvirt version: 9.0.0, qemu version: 7.2.22');
  } catch (error) {
    record.state = 'shut off';
    record.reason = 'failed';
    daemon.log(record, 'shutting down, reason=failed');
    if (!record.persistent) state.domains.delete(record.uuid);
    if (!(error instanceof StartError)) throw error;
    const stamp = new Date(backend.clock.wall).toISOString().replace('Z', '000Z');
    fail(
      'INTERNAL_ERROR',
      `qemu unexpectedly closed the monitor: ${stamp} qemu-system-x86_64: ${error.message}`,
    );
  }
}

function pinAsDefined(daemon: Daemon, { live }: DomainRecord): void {
  if (live === null) return;
  const tune = first(live.definition, 'cputune');
  const pin = (vcpu: number, cpuset: string | undefined): void => {
    live.pins.set(vcpu, bits(cpuset));
    daemon.backend.pin(live.pid, vcpu, bits(cpuset));
  };
  const all = first(live.definition, 'vcpu');
  if (all?.attributes.cpuset !== undefined) {
    for (let vcpu = -1; vcpu < Number(textOf(all)); vcpu++) pin(vcpu, all.attributes.cpuset);
  }
  for (const { attributes } of elements(tune, 'vcpupin')) {
    pin(Number(attributes.vcpu), attributes.cpuset);
  }
  const emulator = first(tune, 'emulatorpin');
  if (emulator !== undefined) pin(-1, emulator.attributes.cpuset);
}

/** Puts the limits of `<memtune>` on the process. */
export function limitAsDefined(daemon: Daemon, { live }: DomainRecord): void {
  if (live === null) return;
  const tune = first(live.definition, 'memtune');
  if (tune === undefined) return;
  const limit = (name: string): number =>
    Number(textOf(first(tune, name)) || Number.POSITIVE_INFINITY);
  daemon.backend.setLimits(live.pid, {
    hard: limit('hard_limit'),
    soft: limit('soft_limit'),
    swap: limit('swap_hard_limit'),
  });
}
