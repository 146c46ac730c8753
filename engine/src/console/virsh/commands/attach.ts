import { formatXml } from '../../libvirt/xml/format.ts';
import { element, elements, first } from '../../libvirt/xml/node.ts';
import type { Element } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Affect, Domain } from '../../libvirt/api.ts';
import type { Call } from '../call.ts';

/** Disks and network cards by their arguments, put into a domain or taken from it (virsh-domain.c). */

/** --persistent is the running domain and the configuration; without a flag the running domain is meant. */
function affected(call: Call, domain: Domain): Affect {
  const persistent = call.has('persistent');
  const config = call.has('config') || persistent;
  const live = call.has('live') || (persistent && domain.isActive());
  return config || live || call.has('current') ? { config, live } : { live: domain.isActive() };
}
const flags = (call: Call): void =>
  call.exclusive(['persistent', 'current'], ['current', 'live'], ['current', 'config']);

function put(call: Call, domain: Domain, what: string, device: Element, affect: Affect): void {
  const xml = formatXml(device);
  if (call.has('print-xml')) {
    call.print(xml);
    return;
  }
  call.attempt(`Failed to attach ${what.toLowerCase()}`, () => domain.attachDevice(xml, affect));
  call.extra(`${what} attached successfully\n`);
}

function take(call: Call, domain: Domain, what: string, device: Element, affect: Affect): void {
  const xml = formatXml(device);
  if (call.has('print-xml')) {
    call.print(xml);
    return;
  }
  call.attempt(`Failed to detach ${what.toLowerCase()}`, () => domain.detachDevice(xml, affect));
  call.extra(`${what} detached successfully\n`);
}

/** The devices of a domain, of the definition that is meant. */
function devicesOf(domain: Domain, affect: Affect, name: string): Element[] {
  const inactive = affect.config === true && affect.live !== true;
  const root = parseXml(domain.getXMLDesc({ inactive }), '(domain_definition)');
  return elements(first(root, 'devices'), name);
}

/** `none` of what was asked for is as nothing. */
const maybe = (name: string, attributes: Record<string, string | null>): Element | undefined => {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === null ? [] : [[key, value] as const],
  );
  return given.length === 0 ? undefined : element(name, Object.fromEntries(given));
};

export const ATTACH = {
  'attach-disk'(call: Call) {
    flags(call);
    const [source, target] = [call.text('source'), call.required('target')];
    const [mode, stype] = [call.text('mode'), call.text('sourcetype')];
    const refuse = (word: string): never =>
      call.fail(`No support for ${word} in command 'attach-disk'`);
    if (mode !== null && !/^(readonly|shareable)$/.test(mode)) refuse(mode);
    if (stype !== null && !/^(file|block|network)$/.test(stype)) {
      call.fail(`Unknown source type: '${stype}'`);
    }
    const path = source === null || source === '' ? null : call.absolute(source);
    const isBlock = stype === 'block' || (stype === null && path?.startsWith('/dev/') === true);
    const [subdriver, bus] = [call.text('subdriver'), call.text('targetbus')];
    const domain = call.domain();
    const disk = element(
      'disk',
      {
        type: isBlock ? 'block' : (stype ?? 'file'),
        device: call.text('type') ?? undefined,
        rawio: call.has('rawio') ? 'yes' : undefined,
      },
      maybe('driver', {
        name: call.text('driver') ?? (subdriver === null ? null : 'qemu'),
        type: subdriver,
        cache: call.text('cache'),
        io: call.text('io'),
        iothread: call.text('iothread'),
      }),
      maybe('source', { [isBlock ? 'dev' : 'file']: path }),
      element('target', { dev: target, bus: bus ?? undefined }),
      mode === null ? undefined : element(mode),
      call.text('serial') === null ? undefined : element('serial', {}, call.required('serial')),
    );
    put(call, domain, 'Disk', disk, affected(call, domain));
  },
  'detach-disk'(call: Call) {
    flags(call);
    const target = call.required('target');
    const domain = call.domain();
    const affect = affected(call, domain);
    const disks = devicesOf(domain, affect, 'disk');
    if (disks.length === 0) call.fail('Failed to get disk information');
    const found = disks.find(
      (disk) =>
        first(disk, 'target')?.attributes.dev === target ||
        Object.values(first(disk, 'source')?.attributes ?? {}).includes(target),
    );
    if (found === undefined) {
      return call.fail(`No disk found whose source path or target is ${target}`);
    }
    take(call, domain, 'Disk', found, affect);
  },
  'attach-interface'(call: Call) {
    flags(call);
    const [type, source] = [call.required('type'), call.required('source')];
    if (!/^(network|bridge|direct|hostdev)$/.test(type)) {
      call.fail(`No support for ${type} in command 'attach-interface'`);
    }
    const domain = call.domain();
    const key = type === 'direct' ? 'dev' : type;
    const card = element(
      'interface',
      { type, managed: call.has('managed') ? 'yes' : undefined },
      maybe('source', { [key]: source }),
      maybe('target', { dev: call.text('target') }),
      maybe('mac', { address: call.text('mac') }),
      maybe('script', { path: call.text('script') }),
      maybe('model', { type: call.text('model') }),
    );
    put(call, domain, 'Interface', card, affected(call, domain));
  },
  'detach-interface'(call: Call) {
    flags(call);
    const [type, mac] = [call.required('type'), call.text('mac')];
    const domain = call.domain();
    const affect = affected(call, domain);
    const cards = devicesOf(domain, affect, 'interface').filter(
      ({ attributes }) => attributes.type === type,
    );
    const address = (card: Element): string => first(card, 'mac')?.attributes.address ?? '';
    const found =
      mac === null ? cards : cards.filter((card) => address(card) === mac.toLowerCase());
    const refuse = (text: string): never => {
      call.session.error(text);
      return call.fail('Failed to detach interface');
    };
    if (cards.length === 0) refuse(`No interface found whose type is ${type}`);
    if (found.length > 1 && mac === null) {
      refuse(
        `Domain has ${found.length} interfaces. Please specify which one to detach using --mac`,
      );
    }
    const [card] = found;
    if (card === undefined) return refuse(`No interface with MAC address ${mac} was found`);
    take(call, domain, 'Interface', card, affect);
  },
  'detach-device-alias'(call: Call) {
    flags(call);
    const alias = call.required('alias');
    const domain = call.domain();
    const affect = affected(call, domain);
    const inactive = affect.live !== true;
    const root = parseXml(domain.getXMLDesc({ inactive }), '(domain_definition)');
    const device = elements(first(root, 'devices')).find(
      (node) => first(node, 'alias')?.attributes.name === alias,
    );
    call.attempt(`Failed to detach device with alias ${alias}`, () =>
      domain.detachDevice(
        device === undefined ? formatXml(element('alias', { name: alias })) : formatXml(device),
        affect,
      ),
    );
    call.extra('Device detach request sent successfully\n');
  },
  'update-memory-device'(call: Call) {
    flags(call);
    call.exclusive(['node', 'alias']);
    const domain = call.domain();
    const affect = { live: call.has('live'), config: call.has('config') };
    const [alias, node] = [call.text('alias'), call.unsigned('node')];
    const size = call.bytes('requested-size');
    const found = devicesOf(domain, affect, 'memory').filter(
      (memory) =>
        (alias === null || first(memory, 'alias')?.attributes.name === alias) &&
        (node === null ||
          elements(first(memory, 'target'), 'node').some(
            ({ children }) => children.join('') === String(node),
          )),
    );
    const [memory] = found;
    if (memory === undefined) return call.fail('no memory device found');
    if (found.length > 1)
      call.fail('multiple memory devices found, use --alias or --node to select one');
    const requested = first(memory, 'target/requested');
    if (size !== null && requested !== undefined) {
      requested.attributes = { unit: 'KiB' };
      requested.children = [String((size + 1023n) / 1024n)];
    }
    const xml = formatXml(memory);
    if (call.has('print-xml')) call.print(xml);
    else domain.updateDevice(xml, affect);
  },
};
