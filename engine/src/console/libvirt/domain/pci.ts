import { fail } from '../errors.ts';
import { element, elements, first } from '../xml/node.ts';
import type { Element } from '../xml/node.ts';
import { place } from './parse.ts';

/** Gives every PCI device its address, in the order of qemuDomainAssignDevicePCISlots() (qemu_domain_address.c). */

const two = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

/** Cards that want an ordinary PCI slot and not one of PCI Express. */
const OLD_CARDS = new Set(
  'rtl8139 e1000 ne2k_pci pcnet ich6 ac97 es1370 lsilogic i6300esb'.split(' '),
);

export function assignPci(devices: Element, isQ35: boolean): void {
  const taken = new Set<string>();
  const slotTaken = (bus: number, slot: number): boolean =>
    [...taken].some((key) => key.startsWith(`${bus}:${slot}:`));
  const addressOf = (device: Element): Element | undefined => first(device, 'address');
  for (const device of elements(devices)) {
    const found = addressOf(device);
    if (found?.attributes.type !== 'pci') continue;
    const { bus = '0', slot = '0', function: part = '0', multifunction } = found.attributes;
    if (Number(slot) > 0x1f) {
      fail('XML_ERROR', `Invalid PCI address slot='${two(Number(slot))}', must be <= 0x1F`);
    }
    taken.add(`${Number(bus)}:${Number(slot)}:${Number(part)}`);
    found.attributes = address(Number(bus), Number(slot), Number(part));
    if (multifunction !== undefined) found.attributes.multifunction = multifunction;
  }
  const give = (device: Element, bus: number, slot: number, part = 0): void => {
    taken.add(`${bus}:${slot}:${part}`);
    place(device, 'devices', element('address', address(bus, slot, part)));
  };
  const ofKind = (name: string, wanted: (kind: string) => boolean = () => true): Element[] =>
    elements(devices, name).filter((device) => wanted(kindOf(device)));
  // Those that are a part of the board.
  taken.add('0:0:0');
  for (const controller of elements(devices, 'controller')) {
    const { type, index, model } = controller.attributes;
    if (addressOf(controller) !== undefined || index !== '0') continue;
    if (isQ35 && type === 'sata') give(controller, 0, 0x1f, 2);
    else if (!isQ35 && type === 'ide') give(controller, 0, 1, 1);
    else if (!isQ35 && type === 'usb' && model === 'piix3-uhci') give(controller, 0, 1, 2);
  }
  taken.add(isQ35 ? '0:31:0' : '0:1:0');
  const [screen, ...screens] = ofKind('video', (kind) => kind !== 'none');
  if (screen !== undefined && addressOf(screen) === undefined) give(screen, 0, isQ35 ? 1 : 2);
  const virtio = (kind: string): boolean => kind.startsWith('virtio');
  const waiting = [
    ...elements(devices, 'filesystem'),
    ...elements(devices, 'interface'),
    ...ofKind('sound', (kind) => !/^(pcspk|sb16|usb)$/.test(kind)),
    ...elements(devices, 'controller').filter(
      ({ attributes: { type, model } }) =>
        type !== 'pci' && type !== 'fdc' && type !== 'ide' && type !== 'ccid' && model !== 'none',
    ),
    ...elements(devices, 'disk').filter(
      (disk) => first(disk, 'target')?.attributes.bus === 'virtio',
    ),
    ...elements(devices, 'hostdev'),
    ...ofKind('memballoon', (kind) => kind !== 'none'),
    ...elements(devices, 'rng'),
    ...screens,
    ...ofKind('watchdog', (kind) => kind === 'i6300esb'),
    ...ofKind('input', virtio),
    ...ofKind('memory', virtio),
    ...elements(devices, 'shmem'),
    ...elements(devices, 'vsock'),
  ].filter((device) => addressOf(device) === undefined);
  if (isQ35) assignPorts(devices, waiting, give, slotTaken);
  else {
    for (const device of waiting) {
      let slot = 1;
      while (slotTaken(0, slot)) slot++;
      give(device, 0, slot);
    }
  }
}

function address(bus: number, slot: number, part: number): Record<string, string> {
  const [one, other] = [two(bus), two(slot)];
  return {
    type: 'pci',
    domain: '0x0000',
    bus: one,
    slot: other,
    function: `0x${part.toString(16)}`,
  };
}

const kindOf = (device: Element): string =>
  device.attributes.model ?? first(device, 'model')?.attributes.type ?? '';

/** On a q35 each device has a root port of its own; one more stays free (qemuDomainAssignPCIAddresses()). */
function assignPorts(
  devices: Element,
  waiting: readonly Element[],
  give: (device: Element, bus: number, slot: number) => void,
  slotTaken: (bus: number, slot: number) => boolean,
): void {
  const controllers = (): Element[] =>
    elements(devices, 'controller').filter(({ attributes }) => attributes.type === 'pci');
  const ports: Element[] = [];
  const grow = (model: string): number => {
    const index = 1 + Math.max(...controllers().map(({ attributes }) => Number(attributes.index)));
    const controller = element('controller', { type: 'pci', index, model });
    const name = model === 'pcie-root-port' ? model : 'pcie-pci-bridge';
    place(controller, 'devices', element('model', { name }));
    place(devices, 'domain', controller);
    if (model === 'pcie-root-port') ports.push(controller);
    return index;
  };
  // Ports that are there already and lead to nothing.
  const free = (): number[] =>
    controllers()
      .filter(({ attributes }) => attributes.model === 'pcie-root-port')
      .map(({ attributes }) => Number(attributes.index))
      .filter((bus) => !slotTaken(bus, 0));
  const nextPort = (): number => free()[0] ?? grow('pcie-root-port');
  let bridge = -1;
  let bridgeSlot = 1;
  for (const device of waiting) {
    if (OLD_CARDS.has(kindOf(device))) {
      if (bridge < 0) {
        const made = controllers().find(
          ({ attributes: { model } }) => model === 'pcie-to-pci-bridge',
        );
        bridge = Number(made?.attributes.index ?? -1);
      }
      if (bridge < 0) {
        const bus = nextPort();
        bridge = grow('pcie-to-pci-bridge');
        const controller = controllers().at(-1);
        if (controller !== undefined) give(controller, bus, 0);
      }
      while (slotTaken(bridge, bridgeSlot)) bridgeSlot++;
      give(device, bridge, bridgeSlot);
    } else {
      give(device, nextPort(), 0);
    }
  }
  if (ports.length > 0 && free().length === 0) grow('pcie-root-port');
  // The ports themselves lie in functions of the first free slots, eight in each.
  let slot = 1;
  let part = 8;
  for (const port of ports) {
    if (part === 8) {
      while (slotTaken(0, slot)) slot++;
      part = 0;
    }
    const { index = '' } = port.attributes;
    const chassis = element('target', {
      chassis: index,
      port: `0x${(slot * 8 + part).toString(16)}`,
    });
    place(port, 'devices', chassis);
    const at = address(0, slot, part);
    if (part === 0) at.multifunction = 'on';
    place(port, 'devices', element('address', at));
    if (++part === 8) slot++;
  }
}
