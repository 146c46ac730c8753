import type { Affect } from './api.ts';
import type { Daemon } from './daemon.ts';
import { place } from './domain/parse.ts';
import { fail } from './errors.ts';
import type { DomainRecord } from './state.ts';
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
  const known = elements(first(daemon.complete(structuredClone(record.config)), 'devices'));
  if (live !== null) {
    const words = how === 'attach' ? 'attach' : how;
    fail('OPERATION_UNSUPPORTED', `live ${words} of device '${device.name}' is not supported`);
  }
  if (config === null) return;
  const next = structuredClone(config);
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
  record.config = daemon.complete(next);
  daemon.store(record);
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
