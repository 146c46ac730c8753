import type { Backend } from './backend.ts';
import { canonical, DEFAULT_EMULATOR, MACHINES, machineCpus } from './domain/complete.ts';
import { DOMAIN_TYPES } from './domain/parse.ts';
import { fail } from './errors.ts';
import { formatXml } from './xml/format.ts';
import { element } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** The documents about what host and emulator can do (capabilities.c, domain_capabilities.c). */

const names = (tag: string, list: string): Element[] =>
  list.split(' ').map((name) => element(tag, {}, name));

function hostTopology(backend: Backend): Element {
  const nodes = backend.nodes();
  const cells = nodes.map(({ id, total, pools, distances, cpus }) =>
    element(
      'cell',
      { id },
      element('memory', { unit: 'KiB' }, String(total)),
      ...[{ size: 4, total: Math.floor(total / 4) }, ...pools].map((pool) =>
        element('pages', { unit: 'KiB', size: pool.size }, String(pool.total)),
      ),
      element(
        'distances',
        {},
        ...distances.map((value, other) => element('sibling', { id: other, value })),
      ),
      element(
        'cpus',
        { num: cpus.length },
        ...cpus.map(({ id: cpu, socket, die, core }) =>
          element('cpu', {
            id: cpu,
            socket_id: socket,
            die_id: die,
            core_id: core,
            siblings: cpu,
          }),
        ),
      ),
    ),
  );
  return element('topology', {}, element('cells', { num: nodes.length }, ...cells));
}

function guest(arch: string, kvm: boolean): Element {
  const is64 = arch === 'x86_64';
  const emulator = is64 ? DEFAULT_EMULATOR : '/usr/bin/qemu-system-i386';
  const aliases: Readonly<Record<string, string>> = { 'pc-i440fx-7.2': 'pc', 'pc-q35-7.2': 'q35' };
  const machines = MACHINES.toReversed().flatMap((machine) => {
    const maxCpus = machineCpus(machine);
    const deprecated = /-1\.\d$/.test(machine) ? 'yes' : undefined;
    const alias = aliases[machine];
    const plain = element('machine', { maxCpus, deprecated }, machine);
    if (alias === undefined) return [plain];
    return [plain, element('machine', { canonical: machine, maxCpus }, alias)];
  });
  return element(
    'guest',
    {},
    element('os_type', {}, 'hvm'),
    element(
      'arch',
      { name: arch },
      element('wordsize', {}, is64 ? '64' : '32'),
      element('emulator', {}, emulator),
      ...machines,
      element('domain', { type: 'qemu' }),
      kvm ? element('domain', { type: 'kvm' }) : undefined,
    ),
    element(
      'features',
      {},
      ...(is64 ? [] : [element('pae'), element('nonpae')]),
      element('acpi', { default: 'on', toggle: 'yes' }),
      element('apic', { default: 'on', toggle: 'no' }),
      element('cpuselection'),
      element('deviceboot'),
      element('disksnapshot', { default: 'on', toggle: 'no' }),
    ),
  );
}

/** virConnectGetCapabilities(). */
export function capabilities(backend: Backend): string {
  const { cpu, hostUuid } = backend;
  const { sockets, cores, threads } = cpu.topology;
  const sizes = [4, ...(backend.nodes()[0]?.pools.map(({ size }) => size) ?? [])];
  const security = (model: string, ...labels: Element[]): Element =>
    element('secmodel', {}, element('model', {}, model), element('doi', {}, '0'), ...labels);
  const label = '+64055:+64055';
  const host = element(
    'host',
    {},
    element('uuid', {}, hostUuid),
    element(
      'cpu',
      {},
      element('arch', {}, 'x86_64'),
      element('model', {}, cpu.baseline),
      element('vendor', {}, cpu.vendor),
      element('microcode', { version: cpu.microcode }),
      element('signature', { family: cpu.family, model: cpu.number, stepping: cpu.stepping }),
      element('topology', { sockets, dies: 1, cores, threads }),
      element('maxphysaddr', { mode: 'emulate', bits: cpu.physicalBits }),
      ...cpu.extra.map((name) => element('feature', { name })),
      ...sizes.map((size) => element('pages', { unit: 'KiB', size })),
    ),
    element('power_management', {}, element('suspend_mem')),
    element('iommu', { support: 'no' }),
    element(
      'migration_features',
      {},
      element('live'),
      element('uri_transports', {}, ...names('uri_transport', 'tcp rdma')),
    ),
    hostTopology(backend),
    security('none'),
    security(
      'dac',
      element('baselabel', { type: 'kvm' }, label),
      element('baselabel', { type: 'qemu' }, label),
    ),
  );
  const parts = [host, guest('i686', backend.kvm), guest('x86_64', backend.kvm)];
  return `<capabilities>\n\n${parts.map((part) => formatXml(part, '  ')).join('\n')}\n</capabilities>\n`;
}

/** Processor models of QEMU 7.2 that libvirt 9.0.0 knows, with their vendors. */
const MODELS: readonly (readonly [vendor: string, models: string])[] = [
  ['unknown', 'qemu64 qemu32 pentium3 pentium2 pentium kvm64 kvm32 486'],
  [
    'AMD',
    'phenom athlon Opteron_G5 Opteron_G4 Opteron_G3 Opteron_G2 Opteron_G1 EPYC-Rome EPYC-Milan EPYC-IBPB EPYC',
  ],
  ['Hygon', 'Dhyana'],
  [
    'Intel',
    'n270 coreduo core2duo Westmere-IBRS Westmere Snowridge Skylake-Server-noTSX-IBRS Skylake-Server-IBRS Skylake-Server Skylake-Client-noTSX-IBRS Skylake-Client-IBRS Skylake-Client SandyBridge-IBRS SandyBridge Penryn Nehalem-IBRS Nehalem IvyBridge-IBRS IvyBridge Icelake-Server-noTSX Icelake-Server Haswell-noTSX-IBRS Haswell-noTSX Haswell-IBRS Haswell Cooperlake Conroe Cascadelake-Server-noTSX Cascadelake-Server Broadwell-noTSX-IBRS Broadwell-noTSX Broadwell-IBRS Broadwell',
  ],
];

export function cpuModels(arch: string): string[] {
  if (arch !== 'x86_64' && arch !== 'i686') {
    if (!/^(aarch64|armv7l|ppc64(le)?|s390x|riscv64)$/.test(arch)) {
      fail('INVALID_ARG', `cannot find architecture ${arch}`);
    }
    return [];
  }
  return MODELS.flatMap(([, list]) => list.split(' ')).sort();
}

const choice = (name: string, list: string): Element =>
  element('enum', { name }, ...(list === '' ? [] : names('value', list)));
/** `NAME: enum values, enum values` of each device that the emulator has. */
const supported = (name: string, ...choices: [string, string][]): Element =>
  element(name, { supported: 'yes' }, ...choices.map(([key, list]) => choice(key, list)));

const VIRTIO = 'virtio virtio-transitional virtio-non-transitional';

/** virConnectGetDomainCapabilities(). */
export function domainCapabilities(
  backend: Backend,
  query: { emulator?: string; arch?: string; machine?: string; virttype?: string },
): string {
  const { emulator, arch = 'x86_64', machine = 'pc' } = query;
  const virttype = query.virttype ?? (backend.kvm ? 'kvm' : 'qemu');
  const invalid = (text: string): never => fail('INVALID_ARG', text);
  if (!DOMAIN_TYPES.includes(virttype)) invalid(`unknown virttype: ${virttype}`);
  if (
    !/^(x86_64|i686|aarch64|armv[67]l|alpha|mips\w*|ppc\w*|s390x?|riscv(32|64)|sparc(64)?)$/.test(
      arch,
    )
  ) {
    invalid(`unknown architecture: ${arch}`);
  }
  const path =
    emulator ??
    { x86_64: DEFAULT_EMULATOR, i686: '/usr/bin/qemu-system-i386' }[arch] ??
    fail('CONFIG_UNSUPPORTED', `unable to find any emulator to serve '${arch}' architecture`);
  if (!backend.fs.exists(path)) {
    fail('SYSTEM_ERROR', `Cannot check QEMU binary ${path}: No such file or directory`);
  }
  const type = canonical(machine);
  if (!MACHINES.includes(type)) {
    invalid(`the machine '${machine}' is not supported by emulator '${path}'`);
  }
  if (virttype !== 'qemu' && (virttype !== 'kvm' || !backend.kvm)) {
    invalid(`the virttype '${virttype}' is not supported by emulator '${path}'`);
  }
  const isQ35 = type.startsWith('pc-q35');
  const { cpu } = backend;
  const mode = (name: string, ...children: Element[]): Element =>
    element('mode', { name, supported: 'yes' }, ...children);
  const usable = (model: string): string =>
    /^(qemu|kvm)|^486$/.test(model) || model === cpu.model ? 'yes' : 'no';
  const migratable = (name: string): Element[] => [choice(`${name}Migratable`, 'on off')];
  const passthrough =
    virttype === 'kvm'
      ? [mode('host-passthrough', ...migratable('hostPassthrough'))]
      : [element('mode', { name: 'host-passthrough', supported: 'no' })];
  const no = (name: string): Element => element(name, { supported: 'no' });
  const yes = (name: string): Element => element(name, { supported: 'yes' });
  return formatXml(
    element(
      'domainCapabilities',
      {},
      element('path', {}, path),
      element('domain', {}, virttype),
      element('machine', {}, type),
      element('arch', {}, arch),
      element('vcpu', { max: machineCpus(type) }),
      yes('iothreads'),
      element(
        'os',
        { supported: 'yes' },
        choice('firmware', ''),
        supported('loader', ['type', 'rom pflash'], ['readonly', 'yes no'], ['secure', 'no']),
      ),
      element(
        'cpu',
        {},
        ...passthrough,
        mode('maximum', ...migratable('maximum')),
        mode(
          'host-model',
          element('model', { fallback: 'forbid' }, cpu.model),
          element('vendor', {}, cpu.vendor),
          ...cpu.features.map((name) => element('feature', { policy: 'require', name })),
        ),
        mode(
          'custom',
          ...MODELS.flatMap(([vendor, list]) =>
            list.split(' ').map((model) => ({ vendor, model })),
          ).map(({ vendor, model }) => element('model', { usable: usable(model), vendor }, model)),
        ),
      ),
      supported('memoryBacking', ['sourceType', 'file anonymous memfd']),
      element(
        'devices',
        {},
        supported(
          'disk',
          ['diskDevice', 'disk cdrom floppy lun'],
          ['bus', isQ35 ? 'fdc scsi virtio usb sata' : 'ide fdc scsi virtio usb sata'],
          ['model', VIRTIO],
        ),
        supported('graphics', ['type', 'sdl vnc spice egl-headless dbus']),
        supported('video', ['modelType', 'vga cirrus vmvga qxl virtio none bochs ramfb']),
        supported(
          'hostdev',
          ['mode', 'subsystem'],
          ['startupPolicy', 'default mandatory requisite optional'],
          ['subsysType', 'usb pci scsi'],
          ['capsType', ''],
          ['pciBackend', ''],
        ),
        supported('rng', ['model', VIRTIO], ['backendModel', 'random egd builtin']),
        supported('filesystem', ['driverType', 'path handle virtiofs']),
        supported('tpm', ['model', 'tpm-tis tpm-crb'], ['backendModel', 'passthrough']),
        supported('redirdev', ['bus', 'usb']),
        supported('channel', ['type', 'pty unix spicevmc']),
      ),
      element(
        'features',
        {},
        no('gic'),
        ...['vmcoreinfo', 'genid', 'backingStoreInput', 'backup'].map(yes),
        no('sev'),
        no('sgx'),
        supported('hyperv', [
          'features',
          'relaxed vapic spinlocks vpindex runtime synic stimer reset vendor_id frequencies reenlightenment tlbflush ipi avic',
        ]),
      ),
    ),
  );
}
