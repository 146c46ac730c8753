import { fail } from '../errors.ts';
import { elements, first, textOf } from '../xml/node.ts';
import type { Element } from '../xml/node.ts';
import { parseBitmap } from './units.ts';

/** Checks of a complete definition, each with its words: virDomainDefValidate() and qemuValidateDomainDef(). */

const unsupported = (text: string): never => fail('CONFIG_UNSUPPORTED', text);
const xmlError = (text: string): never => fail('XML_ERROR', text);
const detail = (text: string): never => fail('XML_DETAIL', text);

/** Ranges of `<cputune>` (virDomainDefCputuneValidate()), by the end of the element's name. */
const TUNES: readonly (readonly [end: string, least: number, most: string])[] = [
  ['shares', 2, '262144'],
  ['period', 1000, '1000000'],
  ['quota', 1000, '17592186044415'],
];

/** Throws where libvirt would refuse to define this. */
export function checkDomain(domain: Element): void {
  const cells = elements(first(domain, 'cpu/numa'), 'cell').length;
  const devices = first(domain, 'devices');
  checkPages(domain, cells);
  checkMemoryDevices(domain, devices, cells);
  checkNumatune(domain);
  checkCpu(first(domain, 'cpu'));
  for (const node of elements(first(domain, 'cputune'))) {
    const range = TUNES.find(([end]) => node.name.endsWith(end));
    const value = Number(textOf(node));
    if (range === undefined || value <= 0) continue;
    const [, least, most] = range;
    if (value < least || value > Number(most)) {
      unsupported(`Value of cputune '${node.name}' must be in range [${least}, ${most}]`);
    }
  }
  if (first(domain, 'bootloader') !== undefined) {
    unsupported('bootloader is not supported by QEMU');
  }
  if (first(domain, 'memtune/min_guarantee') !== undefined) {
    unsupported("Parameter 'min_guarantee' not supported by QEMU.");
  }
  const os = first(domain, 'os');
  const serials = elements(devices, 'serial').length;
  if (first(os, 'bios')?.attributes.useserial === 'yes' && serials === 0) {
    xmlError('need at least one serial port to use BIOS serial output');
  }
  const isUefi =
    os?.attributes.firmware === 'efi' || first(os, 'loader')?.attributes.type === 'pflash';
  if (isUefi && first(domain, 'features/acpi') === undefined) {
    unsupported('UEFI requires ACPI on this architecture');
  }
  checkDevices(domain, devices);
}

/** virDomainDefMemtuneValidate(). */
function checkPages(domain: Element, cells: number): void {
  const pages = elements(first(domain, 'memoryBacking/hugepages'), 'page');
  pages.forEach(({ attributes }, index) => {
    const nodes = parseBitmap(attributes.nodeset ?? '');
    for (const { attributes: other } of pages.slice(0, index)) {
      const common = parseBitmap(other.nodeset ?? '');
      const sizes = `${attributes.size} and ${other.size}`;
      if (nodes === null && common === null) detail(`two master hugepages detected: ${sizes}`);
      if (nodes?.some((node) => common?.includes(node)) === true) {
        detail(`nodeset attribute of hugepages of sizes ${sizes} intersect`);
      }
    }
    const beyond = nodes?.find((node) => node >= cells);
    if (beyond !== undefined) detail(`hugepages: node ${beyond} not found`);
  });
}

const kib = (node: Element | undefined, path: string): number => Number(textOf(first(node, path)));

/** virDomainMemoryDefValidate() and qemuDomainDefValidateMemoryHotplug(). */
function checkMemoryDevices(domain: Element, devices: Element | undefined, cells: number): void {
  const slots = Number(first(domain, 'maxMemory')?.attributes.slots ?? 0);
  const all = elements(devices, 'memory');
  if (all.length > 0 && slots === 0) {
    unsupported("cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
  }
  if (slots > 0 && cells === 0) {
    unsupported('At least one numa node has to be configured when enabling memory hotplug');
  }
  for (const memory of all) {
    const { model = '', access, discard } = memory.attributes;
    const target = first(memory, 'target');
    const node = textOf(first(target, 'node'));
    if (Number(node) >= cells && node !== '') {
      detail(
        `can't add memory backend for guest node '${node}' as the guest has only '${cells}' NUMA nodes configured`,
      );
    }
    const isPmem = model === 'virtio-pmem';
    if (model === 'nvdimm' || isPmem) {
      if (first(memory, 'source/path') === undefined) {
        detail(`path is required for model '${model}'`);
      }
      if (discard === 'yes') {
        unsupported(`discard is not supported for ${isPmem ? `model '${model}'` : 'nvdimms'}`);
      }
    }
    if (isPmem && access !== 'shared') {
      unsupported('shared access mode required for virtio-pmem device');
    }
    if (isPmem && node !== '') unsupported('virtio-pmem does not support NUMA nodes');
    if (model === 'virtio-mem') {
      const [size, block, requested] = ['size', 'block', 'requested'].map((name) =>
        kib(target, name),
      ) as [number, number, number];
      if (requested > size) {
        detail(`requested size must be smaller than or equal to @size (${size}KiB)`);
      }
      if (block === 0 || 2 ** Math.round(Math.log2(block)) !== block) {
        detail('block size must be a power of two');
      }
      if (block < 2048) detail('block size too small, must be at least 2048KiB');
      if (requested % block !== 0) {
        detail('requested size must be an integer multiple of block size');
      }
    }
    if (model === 'sgx-epc') unsupported("sgx epc isn't supported by this QEMU binary");
  }
  if (all.length > slots) {
    unsupported(`memory device count '${all.length}' exceeds slots count '${slots}'`);
  }
  const used = new Set<string>();
  for (const memory of all) {
    const isDimm = /dimm$/.test(memory.attributes.model ?? '');
    const isPmem = memory.attributes.model === 'virtio-pmem';
    if (!isPmem && textOf(first(memory, 'target/node')) === '') {
      unsupported('target NUMA node needs to be specified for memory device');
    }
    const { slot = '' } = first(memory, 'address')?.attributes ?? {};
    if (!isDimm) continue;
    if (Number(slot) >= slots) {
      unsupported(`memory device slot '${slot}' exceeds slots count '${slots}'`);
    }
    if (used.has(slot)) {
      unsupported(`memory device slot '${slot}' is already being used by another memory device`);
    }
    used.add(slot);
  }
}

/** virDomainNumatuneNodeParseXML(): what memnode elements and the common one may say together. */
function checkNumatune(domain: Element): void {
  const tune = first(domain, 'numatune');
  const nodes = elements(tune, 'memnode');
  const { mode, placement } = first(tune, 'memory')?.attributes ?? {};
  if (nodes.length > 0 && placement === 'auto') {
    unsupported('Per-node binding is not compatible with automatic NUMA placement.');
  }
  if (mode === 'restrictive' && nodes.some(({ attributes }) => attributes.mode !== 'restrictive')) {
    xmlError(
      "'restrictive' mode is required in memnode element when mode is 'restrictive' in memory element",
    );
  }
}

function checkCpu(cpu: Element | undefined): void {
  const { mode, bits } = first(cpu, 'maxphysaddr')?.attributes ?? {};
  if (mode === 'emulate' && bits === undefined) {
    unsupported(
      "if using CPU maximum physical address mode='emulate', bits= must be specified too",
    );
  }
  if (mode === 'passthrough' && bits !== undefined) {
    unsupported(
      "CPU maximum physical address bits number specification cannot be used with mode='passthrough'",
    );
  }
}

function checkDevices(domain: Element, devices: Element | undefined): void {
  const isQ35 = /q35/.test(first(domain, 'os/type')?.attributes.machine ?? '');
  const isShared =
    first(domain, 'memoryBacking/access')?.attributes.mode === 'shared' ||
    elements(first(domain, 'cpu/numa'), 'cell').some(
      ({ attributes }) => attributes.memAccess === 'shared',
    );
  const hasSpice = elements(devices, 'graphics').some(
    ({ attributes }) => attributes.type === 'spice',
  );
  const controllers = new Set<string>();
  for (const device of elements(devices)) {
    const { type = '', model = '', index = '' } = device.attributes;
    const driver = first(device, 'driver')?.attributes.type;
    switch (device.name) {
      case 'controller':
        if (controllers.has(`${type} ${index}`)) {
          xmlError(`Multiple '${type}' controllers with index '${index}'`);
        }
        controllers.add(`${type} ${index}`);
        break;
      case 'disk': {
        const bus = first(device, 'target')?.attributes.bus ?? '';
        if (bus === 'virtio' && /^(cdrom|floppy)$/.test(device.attributes.device ?? '')) {
          const dev = first(device, 'target')?.attributes.dev;
          unsupported(`disk type of '${dev}' does not support ejectable media`);
        }
        const isHard = device.attributes.device === 'disk';
        if (isHard && /^(ide|sata)$/.test(bus) && first(device, 'readonly') !== undefined) {
          unsupported(`readonly ${bus} disks are not supported`);
        }
        break;
      }
      case 'filesystem':
        if (driver === 'virtiofs' && !isShared) {
          unsupported("'virtiofs' requires shared memory");
        }
        break;
      case 'iommu':
        if (model === 'intel' && !isQ35) {
          unsupported("IOMMU device: 'intel' is only supported with Q35 machines");
        }
        break;
      case 'redirdev':
        if (type === 'spicevmc' && !hasSpice) {
          unsupported("chardev 'spicevmc' not supported without spice graphics");
        }
    }
  }
}
