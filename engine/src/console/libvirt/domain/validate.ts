import { fail } from '../errors.ts';
import { elements, textOf } from '../xml/node.ts';
import type { Element } from '../xml/node.ts';
import { shapeOf } from './shapes.ts';

/** Children of `domain` that the schema keeps in groups of their own: their errors are told one level deeper. */
const GROUPED = new Set(
  'name uuid genid memory currentMemory maxMemory memoryBacking memtune blkiotune cputune numatune vcpu iothreads resource on_poweroff on_reboot on_crash on_lockfailure'.split(
    ' ',
  ),
);
/** Elements that hold nothing but a whole number. */
const WHOLE = /^\d+$/;
const NUMBERS = new Set(
  'memory currentMemory maxMemory hard_limit soft_limit min_guarantee swap_hard_limit size block requested current pagesize'.split(
    ' ',
  ),
);
const UNIT = /^(b(ytes?)?|[kmgtpe](i?b)?)$/i;
const CPUSET = /^\s*\^?\d+(-\d+)?(,\^?\d+(-\d+)?)*$/;
const UNSIGNED = new Set(
  'slots size current threads cellid sockets dies cores memory period'.split(' '),
);

/** Texts inside of other elements. */
const UUID = /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const FORMS: Readonly<Record<string, RegExp>> = {
  'target/node': WHOLE,
  'source/nodemask': CPUSET,
  'memory/uuid': UUID,
  'domain/iothreads': WHOLE,
  'cputune/shares': WHOLE,
  'cputune/period': /^(1000000|[1-9]\d{3,5})$/,
};

const OS = /^(hvm|xen|linux|exe|uml|xenpvh)$/;
const ARCH =
  /^(aarch64|alpha|armv[67]l|cris|i686|ia64|lm32|loongarch64|m68k|microblaze(el)?|mips\w*|ppc\w*|riscv(32|64)|s390x?|sh4(eb)?|sparc(64)?|unicore32|x86_64|xtensa(eb)?)$/;

const isUnsignedLong = (text: string): boolean => WHOLE.test(text) && BigInt(text) < 1n << 64n;

/** Whether an element and all in it is as the schema wants it. */
function valid(node: Element, parent: string): boolean {
  const shape = shapeOf(parent, node.name);
  if (shape === null) return true;
  for (const [name, value] of Object.entries(node.attributes)) {
    const known = shape.attributes.find((entry) => entry.name === name);
    if (known === undefined) return false;
    if (known.values !== null && !known.values.includes(value)) return false;
    if (name === 'unit' && !UNIT.test(value) && node.name !== 'address') return false;
    if (/^(cpuset|nodeset|cpus)$/.test(name) && !CPUSET.test(value)) return false;
    if (UNSIGNED.has(name) && !WHOLE.test(value)) return false;
    if (
      name === 'dev' &&
      parent === 'disk' &&
      node.name === 'target' &&
      !/^(fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+$/.test(value)
    )
      return false;
    if (node.name === 'mac' && !/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(value)) return false;
    if (name === 'arch' && !ARCH.test(value)) return false;
    const isPositive =
      /^(sockets|dies|cores|period)$/.test(name) ||
      /^(vcpu@current|topology@threads)$/.test(`${node.name}@${name}`);
    if (isPositive && Number(value) === 0) return false;
    if (name === 'id' && /^(cell|sibling)$/.test(node.name) && !WHOLE.test(value)) return false;
    if (node.name === 'sibling' && name === 'value' && !(Number(value) >= 10)) return false;
    if (name === 'slot' && Number(value) > 0x1f && node.attributes.type === 'pci') return false;
  }
  if (shape.attributes.some((entry) => entry.wanted && node.attributes[entry.name] === undefined)) {
    return false;
  }
  const children = elements(node);
  const isNetwork = node.name === 'interface' && node.attributes.type === 'network';
  if (isNetwork && !children.some(({ name }) => name === 'source')) return false;
  for (const { name, many, wanted } of shape.children) {
    const count = children.filter((child) => child.name === name).length;
    if ((wanted && count === 0) || (!many && count > 1)) return false;
    if (name === 'memballoon' && count > 1) return false;
  }
  for (const child of children) {
    if (!shape.children.some((entry) => entry.name === child.name)) return false;
    if (!valid(child, node.name)) return false;
  }
  const sized = NUMBERS.has(node.name) && shape.attributes.some((entry) => entry.name === 'unit');
  if (sized && !isUnsignedLong(textOf(node))) return false;
  const form = FORMS[`${parent}/${node.name}`];
  if (form !== undefined && !form.test(textOf(node))) return false;
  if (
    parent === 'numatune' &&
    node.attributes.placement === 'auto' &&
    'nodeset' in node.attributes
  ) {
    return false;
  }
  if (parent === 'domain' && node.name === 'vcpu' && !/^[1-9]\d*$/.test(textOf(node))) return false;
  return true;
}

/** Checks a document against the schema, and fails in the words of libxml2's validator (relaxng.c). */
export function validateDomain(root: Element): void {
  const bad = (...lines: string[]): never =>
    fail(
      'XML_INVALID_SCHEMA',
      // libxml2 ends every line.
      ['Unable to validate doc against /usr/share/libvirt/schemas/domain.rng', ...lines, ''].join(
        '\n',
      ),
    );
  const failed = 'Element domain failed to validate content';
  const sequence = 'Invalid sequence in interleave';
  const shape = shapeOf('', 'domain');
  const names = new Set(shape?.children.map((entry) => entry.name));
  const name = elements(root, 'name')[0];
  if (name === undefined) bad('Expecting an element name, got nothing', sequence, sequence, failed);
  if (name !== undefined && textOf(name) === '') {
    bad('Error validating datatype string', 'Element name failed to validate content');
  }
  const seen = new Set<string>();
  for (const child of elements(root)) {
    if (!names.has(child.name)) bad(`Element domain has extra content: ${child.name}`);
    const many = shape?.children.find((entry) => entry.name === child.name)?.many === true;
    const good = valid(child, 'domain') && wellSaid(child) && (many || !seen.has(child.name));
    seen.add(child.name);
    if (good) continue;
    const lines: string[] = [];
    const text = textOf(child);
    if (child.name === 'memory' && /^\s*-?\d/.test(text) && !isUnsignedLong(text)) {
      lines.push(
        /^\S+$/.test(text)
          ? `Type unsignedLong doesn't allow value '${text}'`
          : 'Error validating datatype unsignedLong',
      );
    }
    if (child.name === 'memory' && !UNIT.test(child.attributes.unit ?? 'k')) {
      if (lines.length === 0) lines.push('Invalid attribute unit for element memory');
    }
    if (elements(child, 'boot').some((boot) => !valid(boot, 'os'))) {
      lines.push('Element boot failed to validate attributes');
    }
    if (elements(child, 'type').some((type) => !ARCH.test(type.attributes.arch ?? 'x86_64'))) {
      lines.push('Invalid attribute arch for element type');
    }
    const os = child.name === 'os' ? elements(child, 'type')[0] : undefined;
    if (os !== undefined && !OS.test(textOf(os))) lines.push('Error validating value ');
    if (child.name === 'clock') lines.push('Error validating value ');
    if (child.name === 'os' && elements(child, 'type').length === 0) {
      lines.push('Expecting an element type, got nothing');
    }
    if (
      child.name === 'memory' &&
      WHOLE.test(textOf(child)) &&
      child.attributes.dumpCore !== undefined
    ) {
      lines.push('Invalid attribute dumpCore for element memory');
    }
    lines.push(`Extra element ${child.name} in interleave`);
    if (GROUPED.has(child.name)) lines.push(sequence);
    bad(...lines, failed);
  }
  const type = root.attributes.type ?? '';
  if (
    !'xen kvm kqemu qemu lxc openvz test vmware hyperv vbox phyp vz parallels bhyve'
      .split(' ')
      .includes(type)
  ) {
    bad(failed);
  }
  for (const key of Object.keys(root.attributes)) {
    if (key !== 'type' && key !== 'id') bad(`Invalid attribute ${key} for element domain`);
  }
}

/** Texts of a few elements that have a form of their own. */
function wellSaid(node: Element): boolean {
  const text = textOf(node);
  if (node.name === 'uuid') return UUID.test(text);
  if (node.name === 'genid') return text === '' || UUID.test(text);
  if (node.name === 'on_lockfailure') return /^(poweroff|restart|pause|ignore)$/.test(text);
  if (node.name === 'os') return elements(node, 'type').every((type) => OS.test(textOf(type)));
  if (node.name === 'title') return !text.includes('\n');
  if (node.name.startsWith('on_')) {
    return /^(destroy|restart|preserve|rename-restart|coredump-(destroy|restart))$/.test(text);
  }
  return true;
}
