import type { Backend } from '../backend.ts';
import { element, elements, first, textOf } from '../xml/node.ts';
import type { Element } from '../xml/node.ts';
import { diskIndex } from './complete.ts';
import { place, remove } from './parse.ts';

/** What a definition says more while the domain runs: names of devices, terminals, the processor as it came to be. */

/** Features that QEMU 7.2 adds to and takes from qemu64 under KVM. */
const QEMU64: readonly (readonly [string, string])[] = [
  ['require', 'x2apic'],
  ['require', 'hypervisor'],
  ['require', 'lahf_lm'],
  ['disable', 'svm'],
];

const SELDOM: Readonly<Record<string, string>> = {
  interface: 'net',
  memballoon: 'balloon',
  'virtio-mem': 'virtiomem',
  'virtio-pmem': 'virtiopmem',
};

/** Adds aliases, sources and labels in place. `ptys` are taken in order. */
export function enliven(
  domain: Element,
  id: number,
  ptys: readonly string[],
  cpu: Backend['cpu'],
): void {
  const { type = '' } = domain.attributes;
  domain.attributes = { type, id: String(id) };
  place(domain, '', element('resource', {}, element('partition', {}, '/machine')));
  const label = '+64055:+64055';
  remove(domain, 'seclabel');
  const security = { type: 'dynamic', model: 'dac', relabel: 'yes' };
  const labels = ['label', 'imagelabel'].map((name) => element(name, {}, label));
  place(domain, '', element('seclabel', security, ...labels));
  enlivenCpu(first(domain, 'cpu'), type, cpu);
  const devices = first(domain, 'devices');
  const counts = new Map<string, number>();
  const number = (name: string): string => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return `${name}${count}`;
  };
  const isQ35 =
    textOf(first(domain, 'os/type')) !== '' &&
    /q35/.test(first(domain, 'os/type')?.attributes.machine ?? '');
  let pty = 0;
  let screens = 0;
  let serialPath = '';
  let node = elements(devices, 'disk').filter((disk) => first(disk, 'source') !== undefined).length;
  for (const device of elements(devices)) {
    let alias = '';
    if (device.name === 'disk') {
      alias = diskAlias(device);
      const source = first(device, 'source');
      if (source !== undefined) {
        source.attributes.index = String(node--);
        place(device, 'devices', element('backingStore'));
      }
    } else if (device.name === 'controller') alias = controllerAlias(device, isQ35);
    else if (/^(serial|parallel|channel|console)$/.test(device.name)) {
      const isLine = first(device, 'target')?.attributes.type === 'serial';
      const shared = device.name === 'console' && isLine;
      alias = shared ? 'serial0' : number(device.name);
      let path = '';
      if (shared) path = serialPath;
      else if (device.attributes.type === 'pty') path = ptys[pty++] ?? '';
      if (device.name === 'serial' && serialPath === '') serialPath = path;
      if (path !== '') {
        place(device, 'devices', element('source', { path }));
        if (device.name === 'console') device.attributes.tty = path;
      }
      if (device.name === 'channel') {
        const target = first(device, 'target');
        if (target?.attributes.type === 'virtio') target.attributes.state = 'disconnected';
        if (device.attributes.type === 'unix' && first(device, 'source') === undefined) {
          const name = textOf(first(domain, 'name'));
          const folder = `/var/lib/libvirt/qemu/channel/target/domain-${id}-${name}`;
          const path = `${folder}/${target?.attributes.name ?? ''}`;
          place(device, 'devices', element('source', { mode: 'bind', path }));
        }
      }
    } else if (device.name === 'graphics') {
      const { type: kind = '', port, autoport, listen = '127.0.0.1', ...rest } = device.attributes;
      if (port === '-1' || (port === undefined && autoport === 'yes')) {
        const free = String(5900 + screens++);
        device.attributes = { type: kind, port: free, autoport: 'yes', listen, ...rest };
        const [where] = elements(device, 'listen');
        if (where !== undefined) where.attributes = { type: 'address', address: listen };
      }
    } else if (device.name === 'memory') {
      const model = device.attributes.model ?? '';
      alias = number(SELDOM[model] ?? model);
    } else if (device.name !== 'emulator' && device.name !== 'audio') {
      if (device.name === 'memballoon' && device.attributes.model === 'none') continue;
      const name = number(SELDOM[device.name] ?? device.name);
      alias = name;
      if (device.name === 'interface') {
        const dev = name.replace('net', 'vnet');
        if (device.attributes.type !== 'user') place(device, 'devices', element('target', { dev }));
      }
    }
    if (alias !== '') place(device, 'devices', element('alias', { name: alias }));
  }
}

/** A running domain's definition as it is kept in files: without what lives; `cpu` is the processor as it was asked for. */
export function atRest(live: Element, cpu: Element | undefined): Element {
  const domain = structuredClone(live);
  delete domain.attributes.id;
  remove(domain, 'seclabel');
  if (cpu !== undefined) place(domain, '', structuredClone(cpu));
  for (const device of elements(first(domain, 'devices'))) {
    const { attributes } = device;
    if (first(device, 'alias')?.attributes.name?.startsWith('ua-') !== true)
      remove(device, 'alias');
    delete attributes.tty;
    if (attributes.type === 'pty') remove(device, 'source');
    delete first(device, 'source')?.attributes.index;
    if (device.name === 'disk') remove(device, 'backingStore');
    if (device.name === 'interface') remove(device, 'target');
    if (attributes.autoport === 'yes') attributes.port = '-1';
  }
  return domain;
}

function diskAlias(disk: Element): string {
  const { dev = '', bus = '' } = first(disk, 'target')?.attributes ?? {};
  if (bus === 'virtio') return `virtio-disk${diskIndex(dev)}`;
  const {
    controller = '0',
    bus: number = '0',
    target = '0',
    unit = '0',
  } = first(disk, 'address')?.attributes ?? {};
  if (bus === 'scsi') return `scsi${controller}-${number}-${target}-${unit}`;
  return `${bus}${controller}-${number}-${unit}`;
}

/** qemuAssignDeviceControllerAlias(). */
function controllerAlias(controller: Element, isQ35: boolean): string {
  const { type = '', index = '0', model } = controller.attributes;
  if (type === 'pci') return model === 'pcie-root' ? 'pcie.0' : `pci.${index}`;
  const isFirst = index === '0';
  if (type === 'usb' && isFirst) return 'usb';
  if (isFirst && type === (isQ35 ? 'sata' : 'ide')) return 'ide';
  return `${type}${index}`;
}

function enlivenCpu(cpu: Element | undefined, type: string, host: Backend['cpu']): void {
  if (cpu === undefined) return;
  const { mode } = cpu.attributes;
  if (mode !== 'custom' && mode !== 'host-model') return;
  cpu.attributes = { mode: 'custom', match: 'exact', check: 'full' };
  const model = first(cpu, 'model');
  const name = mode === 'host-model' ? host.model : textOf(model);
  place(cpu, 'domain', element('model', { fallback: 'forbid' }, name));
  const add = (policy: string, feature: string): void => {
    const has = elements(cpu, 'feature').some(({ attributes }) => attributes.name === feature);
    if (!has) place(cpu, 'domain', element('feature', { policy, name: feature }));
  };
  if (mode === 'host-model') {
    if (host.vendor !== '') place(cpu, 'domain', element('vendor', {}, host.vendor));
    for (const feature of host.features) add('require', feature);
  } else if (name === 'qemu64') {
    for (const [policy, feature] of QEMU64) {
      if (type === 'kvm' || feature === 'hypervisor' || feature === 'lahf_lm') add(policy, feature);
    }
  } else {
    add('require', 'hypervisor');
  }
}
