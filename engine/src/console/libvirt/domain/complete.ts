import { fail } from '../errors.ts';
import { element, elements, first, textOf } from '../xml/node.ts';
import type { Element } from '../xml/node.ts';
import { checkDomain } from './check.ts';
import { assignPci } from './pci.ts';
import { place, remove } from './parse.ts';

/** What the driver adds to a definition: qemuDomainDefPostParse() and its kin, for PCs and QEMU 7.2. */

const EMULATORS: Readonly<Record<string, string>> = {
  x86_64: '/usr/bin/qemu-system-x86_64',
  i686: '/usr/bin/qemu-system-i386',
};
export const DEFAULT_EMULATOR = '/usr/bin/qemu-system-x86_64';

/** Machine types of QEMU 7.2 by the versions in which they came (hw/i386/pc_piix.c, pc_q35.c). */
const NEWER = '3.0 3.1 4.0 4.1 4.2 5.0 5.1 5.2 6.0 6.1 6.2 7.0 7.1 7.2'.split(' ');
const OLDER = '2.4 2.5 2.6 2.7 2.8 2.9 2.10 2.11 2.12'.split(' ');
export const MACHINES: readonly string[] = [
  ...['1.4', '1.5', '1.6', '1.7', '2.0', '2.1', '2.2', '2.3', ...OLDER, ...NEWER].map(
    (version) => `pc-i440fx-${version}`,
  ),
  ...[...OLDER, ...NEWER, '4.0.1'].map((version) => `pc-q35-${version}`),
  'isapc',
  'microvm',
  'x-remote',
];
export const canonical = (machine: string): string =>
  ({ pc: 'pc-i440fx-7.2', q35: 'pc-q35-7.2' })[machine] ?? machine;
/** The most processors of a machine type. */
export const machineCpus = (machine: string): number => {
  if (machine === 'isapc' || machine === 'x-remote') return 1;
  return machine === 'microvm' || /^pc-q35-(2\.([89]|1\d)|[3-9])/.test(machine) ? 288 : 255;
};

export interface Host {
  kvm: boolean;
  random(bytes: number): number[];
  /** Whether an emulator is there. */
  exists(path: string): boolean;
}

/** Completes a definition in place. */
export function completeDomain(domain: Element, host: Host): void {
  const type = first(domain, 'os/type') ?? element('type');
  const arch = type.attributes.arch ?? 'x86_64';
  if (textOf(type) !== 'hvm') {
    fail(
      'CONFIG_UNSUPPORTED',
      `Emulator '${DEFAULT_EMULATOR}' does not support os type '${textOf(type)}'`,
    );
  }
  if (
    !/^(alpha|armv[67]l|aarch64|cris|i686|m68k|mips\w*|ppc\w*|riscv(32|64)|s390x?|sh4\w*|sparc\w*|x86_64|xtensa\w*|loongarch64)$/.test(
      arch,
    )
  ) {
    fail('CONFIG_UNSUPPORTED', `Unknown architecture ${arch}`);
  }
  const devices = first(domain, 'devices') ?? element('devices');
  place(domain, '', devices);
  const emulator =
    textOf(first(devices, 'emulator')) ||
    (EMULATORS[arch] ?? fail('CONFIG_UNSUPPORTED', `No emulator found for arch '${arch}'`));
  if (!host.exists(emulator)) {
    fail('SYSTEM_ERROR', `Cannot check QEMU binary ${emulator}: No such file or directory`);
  }
  const virt = domain.attributes.type ?? '';
  if (virt !== 'qemu' && (virt !== 'kvm' || !host.kvm)) {
    fail('CONFIG_UNSUPPORTED', `Emulator '${emulator}' does not support virt type '${virt}'`);
  }
  place(devices, 'domain', element('emulator', {}, emulator));
  const machine = canonical(type.attributes.machine ?? 'pc');
  type.attributes = { arch, machine };
  // Boards without PCI have no place for the balloon and the other devices that are added.
  if (!MACHINES.includes(machine) || /^(isapc|microvm|x-remote)$/.test(machine)) {
    fail('XML_ERROR', 'No PCI buses available');
  }
  const os = first(domain, 'os') ?? element('os');
  const bootOrder = elements(devices).some((device) => first(device, 'boot') !== undefined);
  if (elements(os, 'boot').length === 0 && !bootOrder) {
    place(os, 'domain', element('boot', { dev: 'hd' }));
  }
  if (first(domain, 'features')?.children.length === 0) remove(domain, 'features');
  if (first(domain, 'clock') === undefined) place(domain, '', element('clock', { offset: 'utc' }));
  completeCpu(domain, arch);
  const isQ35 = machine.startsWith('pc-q35');
  completeDevices(domain, devices, isQ35, host);
  assignPci(devices, isQ35);
  const most = machineCpus(machine);
  if (Number(textOf(first(domain, 'vcpu'))) > most) {
    fail('CONFIG_UNSUPPORTED', `Maximum CPUs greater than specified machine type limit ${most}`);
  }
  checkDomain(domain);
}

/** Without a processor the emulator's own is written down (qemuDomainDefCPUPostParse()). */
function completeCpu(domain: Element, arch: string): void {
  const cpu = first(domain, 'cpu') ?? element('cpu');
  place(domain, '', cpu);
  const { mode = 'custom' } = cpu.attributes;
  if (mode !== 'custom' || first(cpu, 'model') !== undefined) return;
  cpu.attributes = { mode: 'custom', match: 'exact', check: 'none' };
  const model = arch === 'i686' ? 'qemu32' : 'qemu64';
  place(cpu, 'domain', element('model', { fallback: 'forbid' }, model));
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** A disk's number from its name: sda is 0, sdaa 26. */
export function diskIndex(dev: string): number {
  let index = 0;
  for (const letter of /^(?:[fhs]|v|xv|ub)d([a-z]+)/.exec(dev)?.[1] ?? '') {
    index = index * 26 + letter.charCodeAt(0) - 96;
  }
  return index - 1;
}

/** How many disks a controller, and a bus of it, has room for. */
const ROOM: Readonly<Record<string, readonly [number, number]>> = {
  ide: [4, 2],
  scsi: [7, 7],
  sata: [6, 6],
  fdc: [2, 2],
};

function completeDevices(domain: Element, devices: Element, isQ35: boolean, host: Host): void {
  const add = (device: Element): Element => {
    place(devices, 'domain', device);
    return device;
  };
  const needs = new Map<string, number>();
  const need = (type: string, index: number): void => {
    needs.set(type, Math.max(needs.get(type) ?? 0, index + 1));
  };
  for (const disk of elements(devices, 'disk')) {
    const { type = 'file', device = 'disk', model, snapshot, rawio } = disk.attributes;
    disk.attributes = {
      type,
      device,
      ...(model === undefined ? {} : { model }),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(rawio === undefined ? {} : { rawio }),
    };
    const target = first(disk, 'target') ?? element('target');
    const { dev = '', bus: given, tray, removable } = target.attributes;
    const guess = { f: 'fdc', h: 'ide', s: 'scsi', v: 'virtio', x: 'xen', u: 'uml' }[dev.charAt(0)];
    const bus = given ?? guess ?? 'virtio';
    target.attributes = { dev, bus };
    if (tray !== undefined) target.attributes.tray = tray;
    if (removable !== undefined) target.attributes.removable = removable;
    if (device === 'cdrom' && first(disk, 'readonly') === undefined) {
      place(disk, 'devices', element('readonly'));
    }
    const driver = first(disk, 'driver') ?? element('driver');
    driver.attributes = { name: 'qemu', type: 'raw', ...driver.attributes };
    place(disk, 'devices', driver);
    const room = ROOM[bus];
    if (room === undefined) continue;
    const index = diskIndex(dev);
    const [most, perBus] = room;
    const controller = Math.floor(index / most);
    if (first(disk, 'address') === undefined) {
      const unit = index % most;
      place(
        disk,
        'devices',
        element('address', {
          type: 'drive',
          controller,
          bus: Math.floor(unit / perBus),
          target: 0,
          unit: unit % perBus,
        }),
      );
    }
    need(bus, controller);
  }
  for (const nic of elements(devices, 'interface')) {
    if (first(nic, 'mac') === undefined) {
      const address = ['52:54:00', ...host.random(3).map((byte) => hex(byte, 2))].join(':');
      place(nic, 'devices', element('mac', { address }));
    }
    if (first(nic, 'model') === undefined) {
      place(nic, 'devices', element('model', { type: 'rtl8139' }));
    }
  }
  completeCharacterDevices(devices);
  elements(devices, 'channel').forEach((channel, index) => {
    if (first(channel, 'target')?.attributes.type !== 'virtio') return;
    need('virtio-serial', 0);
    if (first(channel, 'address') !== undefined) return;
    const port = index + 1;
    const address = { type: 'virtio-serial', controller: 0, bus: 0, port };
    place(channel, 'devices', element('address', address));
  });
  for (const console of elements(devices, 'console')) {
    if (first(console, 'target')?.attributes.type === 'virtio') need('virtio-serial', 0);
  }
  completeControllers(devices, isQ35, needs, add);
  completeScreen(devices, add);
  if (elements(devices, 'memballoon').length === 0) add(element('memballoon', { model: 'virtio' }));
  completeMemory(domain, devices);
  for (const rng of elements(devices, 'rng')) {
    const backend = first(rng, 'backend');
    if (backend?.attributes.model === 'random' && textOf(backend) === '') {
      backend.children = ['/dev/random'];
    }
  }
  for (const dog of elements(devices, 'watchdog')) dog.attributes.action ??= 'reset';
}

/** Slots of modules (qemuDomainAssignMemoryDeviceSlot()), and what pages of huge pages are for. */
function completeMemory(domain: Element, devices: Element): void {
  const dimms = elements(devices, 'memory').filter(({ attributes }) =>
    /dimm$/.test(attributes.model ?? ''),
  );
  const slotOf = (memory: Element): string | undefined => {
    const { type, slot } = first(memory, 'address')?.attributes ?? {};
    return type === 'dimm' ? slot : undefined;
  };
  const slots = Number(first(domain, 'maxMemory')?.attributes.slots ?? 0);
  for (const memory of dimms) {
    if (slotOf(memory) !== undefined) continue;
    const used = dimms.map(slotOf);
    let slot = 0;
    while (used.includes(String(slot))) slot++;
    if (slots > 0 && slot >= slots) fail('INTERNAL_ERROR', 'failed to find an empty memory slot');
    place(memory, 'devices', element('address', { type: 'dimm', slot }));
  }
  // Without cells the whole guest is node 0 (virDomainDefPostParseMemtune()).
  const pages = elements(first(domain, 'memoryBacking/hugepages'), 'page');
  if (first(domain, 'cpu/numa') !== undefined) return;
  for (const { attributes } of pages) if (attributes.nodeset === '0') delete attributes.nodeset;
}

/** A console is the first serial line, said twice (virDomainDefAddConsoleCompat()). */
function completeCharacterDevices(devices: Element): void {
  const consoles = elements(devices, 'console');
  const isSerial = (node: Element): boolean =>
    (first(node, 'target')?.attributes.type ?? 'serial') === 'serial';
  const [main] = consoles;
  if (main !== undefined && isSerial(main) && elements(devices, 'serial').length === 0) {
    const serial = structuredClone(main);
    serial.name = 'serial';
    remove(serial, 'target');
    place(devices, 'domain', serial);
  }
  const serials = elements(devices, 'serial');
  const portOf = (serial: Element): string | undefined => first(serial, 'target')?.attributes.port;
  let free = 1 + Math.max(-1, ...serials.map((serial) => Number(portOf(serial) ?? -1)));
  for (const serial of serials) {
    const old = first(serial, 'target');
    const type = old?.attributes.type ?? 'isa-serial';
    const model = first(old, 'model')?.attributes.name ?? type;
    const port = old?.attributes.port ?? free++;
    place(serial, 'devices', element('target', { type, port }, element('model', { name: model })));
  }
  const [line] = serials;
  if (main === undefined && line !== undefined) {
    const console = structuredClone(line);
    console.name = 'console';
    place(devices, 'domain', console);
    place(console, 'devices', element('target', { type: 'serial', port: 0 }));
  }
  elements(devices, 'console').forEach((console, index) => {
    const given = first(console, 'target')?.attributes ?? {};
    const { type = 'serial' } = given;
    const own = index === 0 && type === 'serial' ? line && portOf(line) : given.port;
    const port = own ?? String(index);
    place(console, 'devices', element('target', { type, port }));
  });
}

function completeControllers(
  devices: Element,
  isQ35: boolean,
  needs: ReadonlyMap<string, number>,
  add: (device: Element) => Element,
): void {
  const counts = new Map<string, number>();
  for (const controller of elements(devices, 'controller')) {
    const { type = '', index, ...rest } = controller.attributes;
    const number = Number(index ?? counts.get(type) ?? 0);
    counts.set(type, Math.max(counts.get(type) ?? 0, number + 1));
    controller.attributes = { type, index: String(number), ...rest };
    if (type === 'usb') controller.attributes.model ??= isQ35 ? 'qemu-xhci' : 'piix3-uhci';
    if (type === 'scsi') controller.attributes.model ??= 'lsilogic';
  }
  const want = (type: string, index: number, model?: string): void => {
    const has = elements(devices, 'controller').some(
      ({ attributes }) => attributes.type === type && attributes.index === String(index),
    );
    if (!has) add(element('controller', { type, index, model }));
  };
  want('usb', 0, isQ35 ? 'qemu-xhci' : 'piix3-uhci');
  if (isQ35) want('sata', 0);
  want('pci', 0, isQ35 ? 'pcie-root' : 'pci-root');
  for (const type of ['scsi', 'fdc', 'ide', 'sata', 'virtio-serial']) {
    for (let index = 0; index < (needs.get(type) ?? 0); index++) {
      want(type, index, type === 'scsi' ? 'lsilogic' : undefined);
    }
  }
}

/** Mouse and keyboard, sound, and a graphics card where there is a screen. */
function completeScreen(devices: Element, add: (device: Element) => Element): void {
  let usb = 0;
  for (const input of elements(devices, 'input')) {
    const { type = '', bus } = input.attributes;
    const own = bus ?? (type === 'tablet' ? 'usb' : 'ps2');
    input.attributes = {
      type,
      bus: own,
      ...(input.attributes.model ? { model: input.attributes.model } : {}),
    };
    if (own === 'usb' && first(input, 'address') === undefined) {
      place(input, 'devices', element('address', { type: 'usb', bus: 0, port: ++usb }));
    }
  }
  for (const type of ['mouse', 'keyboard']) {
    const has = elements(devices, 'input').some(
      ({ attributes }) => attributes.type === type && attributes.bus === 'ps2',
    );
    if (!has) add(element('input', { type, bus: 'ps2' }));
  }
  const screens = elements(devices, 'graphics');
  for (const screen of screens) {
    const { type = '', port, autoport, listen, ...rest } = screen.attributes;
    const isAuto = autoport === 'yes' || port === '-1' || (type === 'vnc' && port === undefined);
    const isPlain = type === 'spice' && port === undefined && autoport === undefined;
    screen.attributes = { type };
    if (isAuto && type === 'vnc') screen.attributes.port = '-1';
    else if (!isAuto && port !== undefined) screen.attributes.port = port;
    if (!isPlain && (type === 'vnc' || type === 'spice')) {
      screen.attributes.autoport = isAuto ? 'yes' : 'no';
    }
    const address = listen ?? first(screen, 'listen')?.attributes.address;
    if (address !== undefined) screen.attributes.listen = address;
    Object.assign(screen.attributes, rest);
    if (first(screen, 'listen') === undefined && (type === 'vnc' || type === 'spice')) {
      const kind = isPlain && listen === undefined ? 'none' : 'address';
      place(screen, 'devices', element('listen', { type: kind, address: listen }));
    }
  }
  if (elements(devices, 'audio').length === 0) {
    const spice = screens.some(({ attributes }) => attributes.type === 'spice');
    add(element('audio', { id: 1, type: spice ? 'spice' : 'none' }));
  }
  if (screens.length > 0 && elements(devices, 'video').length === 0) {
    add(element('video', {}, element('model', { type: 'cirrus' })));
  }
  elements(devices, 'video').forEach((video, index) => {
    const model = first(video, 'model') ?? element('model', { type: 'cirrus' });
    const { type = 'cirrus', vram, heads = '1', primary: _, ...rest } = model.attributes;
    const isPlain = type === 'none' || type === 'bochs' || type === 'ramfb';
    const memory =
      vram ?? (type === 'virtio' || isPlain ? undefined : type === 'qxl' ? '65536' : '16384');
    model.attributes = { type };
    if (type === 'qxl') model.attributes.ram = rest.ram ?? '65536';
    if (memory !== undefined) model.attributes.vram = memory;
    if (type === 'qxl') model.attributes.vgamem = rest.vgamem ?? '16384';
    if (type !== 'none') model.attributes.heads = heads;
    if (index === 0 && type !== 'none') model.attributes.primary = 'yes';
    place(video, 'devices', model);
  });
}
