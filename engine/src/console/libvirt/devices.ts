import type { Affect } from './api.ts';
import type { Daemon } from './daemon.ts';
import { atRest, enliven } from './domain/live.ts';
import { place } from './domain/parse.ts';
import { shapeOf } from './domain/shapes.ts';
import { fail } from './errors.ts';
import type { DomainRecord, LiveDomain } from './state.ts';
import { element, elements, first, isElement, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';
import { formatXml } from './xml/format.ts';
import { parseXml } from './xml/parse.ts';

/** Devices that come and go, and what people write about a domain (qemu_driver.c). */

/** What tells a device from others of its kind. */
function identity(device: Element): string {
  const target = first(device, 'target')?.attributes;
  const mac = first(device, 'mac')?.attributes.address;
  return [
    device.name,
    target?.dev ?? target?.name ?? mac ?? device.attributes.model ?? device.attributes.type,
  ].join(' ');
}

const notFound = (device: Element): never => {
  const { name } = device;
  const dev = first(device, 'target')?.attributes.dev ?? '';
  if (name === 'disk') fail('OPERATION_FAILED', `disk ${dev} not found`);
  if (name === 'memory') {
    fail('DEVICE_MISSING', 'model of memory device not found in domain configuration');
  }
  return fail('DEVICE_MISSING', 'matching device not found');
};

/** virDomainAttachDeviceFlags() and its kin: the definition is read anew with the device, or without it. */
export function change(
  daemon: Daemon,
  record: DomainRecord,
  xml: string,
  how: 'attach' | 'detach' | 'update',
  affect: Affect,
): void {
  const { live, config } = daemon.targets(record, affect);
  const device = parseXml(xml, '(device_definition)');
  if (device.name === 'alias') {
    fail('INTERNAL_ERROR', `no device found with alias ${device.attributes.name ?? ''}`);
  }
  if (!KINDS_OF_DEVICES.some(({ name }) => name === device.name)) {
    fail('CONFIG_UNSUPPORTED', `unknown device type '${device.name}'`);
  }
  const next = config === null ? null : changed(daemon, config, device, how);
  if (live !== null) changeLive(daemon, record, live, device, how);
  if (next === null) return;
  record.config = next;
  daemon.store(record);
}

const KINDS_OF_DEVICES = shapeOf('domain', 'devices')?.children ?? [];

/** A definition with the device, or without it. */
function changed(
  daemon: Daemon,
  config: Element,
  device: Element,
  how: 'attach' | 'detach' | 'update',
): Element {
  const next = structuredClone(config);
  const known = elements(first(next, 'devices'));
  const devices = first(next, 'devices') ?? element('devices');
  const same = elements(devices).find((other) => identity(other) === identity(device));
  if (how === 'attach') {
    if (same !== undefined && device.name === 'disk') {
      const dev = first(device, 'target')?.attributes.dev;
      fail('OPERATION_INVALID', `target ${dev} already exists`);
    }
    if (device.name === 'memballoon' && known.some(({ name }) => name === 'memballoon')) {
      fail('OPERATION_INVALID', 'memory balloon device already exists');
    }
    devices.children.push(device);
  } else {
    if (same === undefined) notFound(device);
    devices.children = devices.children.flatMap((child) => {
      if (child !== same) return [child];
      return how === 'update' ? [device] : [];
    });
  }
  // Sizes follow from the devices; a size that was given before would stand against them.
  if (device.name === 'memory' && first(next, 'cpu/numa') !== undefined) {
    const current = first(next, 'currentMemory');
    const all = first(next, 'memory');
    const wasFull = textOf(current) === textOf(all);
    if (wasFull) next.children = next.children.filter((child) => child !== current);
  }
  return daemon.complete(next);
}

/** Devices that a running machine gets and loses: those without part in its memory. */
const PLUGGED = new Set(['disk', 'interface', 'rng', 'watchdog', 'input', 'controller']);

function changeLive(
  daemon: Daemon,
  record: DomainRecord,
  live: LiveDomain,
  device: Element,
  how: 'attach' | 'detach' | 'update',
): void {
  const { definition } = live;
  const devices = first(definition, 'devices') ?? element('devices');
  const before = atRest(definition, first(record.config, 'cpu'));
  const after = changed(daemon, before, device, how);
  if (!PLUGGED.has(device.name) && how !== 'update') {
    fail('OPERATION_UNSUPPORTED', `live ${how} of device '${device.name}' is not supported`);
  }
  const same = elements(devices).find((other) => identity(other) === identity(device));
  if (how === 'update') {
    if (same === undefined) return;
    fail('OPERATION_UNSUPPORTED', `live update of device '${device.name}' is not supported`);
  }
  const alias = (node: Element | undefined): string => first(node, 'alias')?.attributes.name ?? '';
  if (how === 'detach') {
    devices.children = devices.children.filter((child) => child !== same);
    daemon.emit(record, 'device-removed', `: ${alias(same)}`);
    return;
  }
  const path = first(device, 'source')?.attributes.file;
  if (device.name === 'disk' && path !== undefined && daemon.backend.image(path) === null) {
    fail(
      'SYSTEM_ERROR',
      `Cannot access storage file '${path}' (as uid:64055, gid:64055): No such file or directory`,
    );
  }
  // Whoever has an image for writing has it alone (QEMU's block/file-posix.c).
  const isTaken = elements(devices, 'disk').some(
    (disk) => first(disk, 'source')?.attributes.file === path,
  );
  if (device.name === 'disk' && path !== undefined && isTaken) {
    const words = 'Failed to get "write" lock';
    fail('INTERNAL_ERROR', `unable to execute QEMU command 'device_add': ${words}`);
  }
  const network = first(device, 'source')?.attributes.network;
  if (network !== undefined) {
    fail('NO_NETWORK', `no network with matching name '${network}'`);
  }
  // The new one as it is in a running domain, its name after those that are there.
  const added = elements(first(after, 'devices')).filter(
    (node) => !elements(first(before, 'devices')).some((old) => identity(old) === identity(node)),
  );
  const whole = structuredClone(after);
  enliven(whole, live.id, [], daemon.backend.cpu);
  for (const node of elements(first(whole, 'devices'))) {
    if (!added.some((one) => identity(one) === identity(node))) continue;
    place(devices, 'domain', node);
    daemon.emit(record, 'device-added', `: ${alias(node)}`);
  }
}

const KINDS = ['description', 'title', 'element'] as const;
type Kind = (typeof KINDS)[number];

/** The element of an application in `<metadata>`. */
const own = (definition: Element, uri: string | null): Element | undefined =>
  elements(first(definition, 'metadata')).find(({ attributes }) =>
    Object.entries(attributes).some(([key, value]) => key.startsWith('xmlns') && value === uri),
  );

export function getMetadata(
  daemon: Daemon,
  record: DomainRecord,
  kind: Kind,
  uri: string | null,
  affect: Affect,
): string {
  const { definition } = daemon.target(record, affect);
  const missing = (what: string): never =>
    fail('NO_DOMAIN_METADATA', `Requested ${what} element is not present`);
  if (kind !== 'element') {
    const node = first(definition, kind);
    return node === undefined ? missing(kind) : textOf(node);
  }
  const found = own(definition, uri);
  if (found === undefined) return missing('metadata');
  const plain = (node: Element): Element => ({
    name: node.name.replace(/^.*:/, ''),
    attributes: Object.fromEntries(
      Object.entries(node.attributes).filter(([key]) => !key.startsWith('xmlns')),
    ),
    children: node.children.map((child) => (isElement(child) ? plain(child) : child)),
  });
  return formatXml(plain(found)).replace(/\n$/, '');
}

export function setMetadata(
  daemon: Daemon,
  record: DomainRecord,
  kind: Kind,
  text: string | null,
  key: string | null,
  uri: string | null,
  affect: Affect,
): void {
  const { config, each } = daemon.targets(record, affect);
  if (kind === 'title' && text?.includes('\n') === true) {
    fail('BAD_ARG', "metadata title can't contain newlines");
  }
  let given: Element | null = null;
  if (kind === 'element' && text !== null) {
    given = parseXml(text, '(metadata_xml)');
    const rename = (node: Element): void => {
      node.name = `${key}:${node.name}`;
      elements(node).forEach(rename);
    };
    rename(given);
    given.attributes = { [`xmlns:${key}`]: uri ?? '', ...given.attributes };
  }
  for (const definition of each) {
    if (kind !== 'element') {
      definition.children = definition.children.filter(
        (child) => !isElement(child) || child.name !== kind,
      );
      if (text !== null && text !== '') place(definition, '', element(kind, {}, text));
      continue;
    }
    const metadata = first(definition, 'metadata') ?? element('metadata');
    place(definition, '', metadata);
    const old = own(definition, uri);
    metadata.children = metadata.children.filter((child) => child !== old);
    if (given !== null) metadata.children.push(structuredClone(given));
    metadata.children = metadata.children.filter(isElement);
    if (metadata.children.length === 0) {
      definition.children = definition.children.filter((child) => child !== metadata);
    }
  }
  if (config !== null) daemon.store(record);
  daemon.emit(record, 'metadata-change', `: type ${kind}, uri ${uri ?? '<null>'}`);
}
