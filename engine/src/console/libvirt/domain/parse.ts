import { UNLIMITED } from '../api.ts';
import { fail } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { element, elements, first, isElement, textOf } from '../xml/node.ts';
import type { Element, Node } from '../xml/node.ts';
import { parseXml } from '../xml/parse.ts';
import { shapeOf } from './shapes.ts';
import { formatBitmap, parseBitmap, parseMemory } from './units.ts';

/**
 * Reads a domain's document as libvirt does (domain_conf.c, virDomainDefParseNode): what it does not know is
 * dropped, what it knows is checked. The result is a tree in libvirt's own order, with sizes in KiB.
 */

const CHARACTER = [
  'CONFIG_UNSUPPORTED',
  'unknown type presented to host for character device: %',
] as const;

/** Values that are refused in words of their own, by `ELEMENT@ATTRIBUTE`, or `PARENT/ELEMENT@ATTRIBUTE`. */
const WORDS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'memoryBacking/source@type': ['CONFIG_UNSUPPORTED', "unknown memoryBacking/source/type '%'"],
  'memoryBacking/access@mode': ['CONFIG_UNSUPPORTED', "unknown memoryBacking/access/mode '%'"],
  'memoryBacking/allocation@mode': [
    'CONFIG_UNSUPPORTED',
    "unknown memoryBacking/allocation/mode '%'",
  ],
  'numatune/memory@mode': ['CONFIG_UNSUPPORTED', "Unsupported NUMA memory tuning mode '%'"],
  'numatune/memory@placement': ['CONFIG_UNSUPPORTED', "Unsupported NUMA memory placement mode '%'"],
  'domain/cpu@mode': ['CONFIG_UNSUPPORTED', "Invalid mode attribute '%'"],
  'domain/clock@offset': ['CONFIG_UNSUPPORTED', "unknown clock offset '%'"],
  'disk/driver@type': ['CONFIG_UNSUPPORTED', "unknown driver format value '%'"],
  'devices/serial@type': CHARACTER,
  'devices/parallel@type': CHARACTER,
  'devices/console@type': CHARACTER,
  'devices/channel@type': CHARACTER,
  'video/model@type': ['CONFIG_UNSUPPORTED', "unknown video model '%'"],
  'devices/input@type': ['CONFIG_UNSUPPORTED', "unknown input device type '%'"],
  'devices/watchdog@model': ['CONFIG_UNSUPPORTED', "unknown watchdog model '%'"],
  'devices/input@bus': ['INTERNAL_ERROR', "unknown input bus type '%'"],
};

/** Elements whose wanted attributes the parser asks for as well. */
const WANTING = new Set([
  'memballoon',
  'graphics',
  'devices/memory',
  'topology',
  'sound',
  'maxphysaddr',
]);
const NUMBERS = new Set([
  'vcpu@current',
  'topology@sockets',
  'topology@dies',
  'topology@cores',
  'topology@threads',
  'memnode@cellid',
  'cell@id',
]);

const xmlError = (text: string): never => fail('XML_ERROR', text);

/** A copy in which no text is there for the layout alone. */
const withoutBlanks = (node: Element): Element => ({
  ...node,
  children: node.children.flatMap((child): Node[] => {
    if (isElement(child)) return [withoutBlanks(child)];
    return child.trim() === '' ? [] : [child];
  }),
});

/** What is known of an element, in libvirt's order. */
function known(node: Element, parent: string): Element {
  const shape = shapeOf(parent, node.name);
  if (shape === null) return withoutBlanks(node);
  const out = element(node.name);
  const place = `${parent}/${node.name}`;
  for (const { name, values, wanted } of shape.attributes) {
    const value = node.attributes[name];
    if (value === undefined) {
      if (wanted && (WANTING.has(node.name) || WANTING.has(place))) {
        if (node.name !== 'memory' || parent === 'devices') {
          xmlError(`Missing required attribute '${name}' in element '${node.name}'`);
        }
      }
      continue;
    }
    const refused = `Invalid value for attribute '${name}' in element '${node.name}': `;
    if (values !== null && !values.includes(value) && name !== 'policy') {
      const words = WORDS[`${place}@${name}`];
      if (words !== undefined)
        fail(
          words[0],
          words[1].replace('%', () => value),
        );
      xmlError(`${refused}'${value}'.`);
    }
    if (NUMBERS.has(`${node.name}@${name}`)) {
      if (!/^\d+$/.test(value))
        xmlError(`${refused}'${value}'. Expected non-negative integer value`);
      if (node.name === 'topology' && Number(value) === 0)
        xmlError(`${refused}Zero is not permitted`);
    }
    out.attributes[name] = value;
  }
  for (const { name, many } of shape.children) {
    const found = elements(node, name);
    for (const child of many ? found : found.slice(0, 1))
      out.children.push(known(child, node.name));
  }
  if (shape.children.length === 0) {
    const text = node.children.filter((child) => !isElement(child)).join('');
    if (text !== '') out.children.push(text);
  }
  return out;
}

/** Makes an element hold so many KiB. */
export function setKib(node: Element, kib: number): void {
  node.attributes.unit = 'KiB';
  node.children = [String(kib)];
}
/** Brings a size to KiB; 0 where the element is not there. */
function size(parent: Element, name: string, path: string): number {
  const node = first(parent, name);
  if (node === undefined || textOf(node) === '') {
    remove(parent, name);
    return 0;
  }
  const kib = parseMemory(textOf(node), node.attributes.unit ?? '', path);
  setKib(node, kib);
  return kib;
}

export function bitmap(text: string): number[] {
  return parseBitmap(text) ?? fail('INVALID_ARG', `Failed to parse bitmap '${text}'`);
}

/** Puts a child where libvirt's order wants it; one of the same name is replaced unless there may be many. */
export function place(parent: Element, grand: string, child: Element): void {
  const order = shapeOf(grand, parent.name)?.children ?? [];
  const rank = (name: string): number => order.findIndex((entry) => entry.name === name);
  const many = order.find((entry) => entry.name === child.name)?.many === true;
  if (!many) remove(parent, child.name);
  const at = parent.children.findIndex(
    (other) => isElement(other) && rank(other.name) > rank(child.name),
  );
  parent.children.splice(at < 0 ? parent.children.length : at, 0, child);
}
export function remove(parent: Element, name: string): void {
  parent.children = parent.children.filter((child) => !isElement(child) || child.name !== name);
}

/** virUUIDParse(): hexadecimal digits with or without dashes; null where it is none. */
export function parseUuid(text: string): string | null {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export const DOMAIN_TYPES =
  'none qemu kqemu kvm xen lxc uml openvz test vmware hyperv vbox phyp parallels bhyve vz'.split(
    ' ',
  );

/** Reads the text; the root must be `domain`. */
export function parseDomain(text: string, where = '(domain_definition)'): Element {
  const root = parseXml(text, where);
  if (root.name !== 'domain') {
    xmlError(`expecting root element of 'domain', not '${root.name}'`);
  }
  return root;
}

/** Checks and orders a document. `uuid` gives one where it has none. */
export function readDomain(root: Element, uuid: () => string): Element {
  const type = root.attributes.type ?? fail('INTERNAL_ERROR', 'missing domain type attribute');
  if (!DOMAIN_TYPES.includes(type)) fail('CONFIG_UNSUPPORTED', `invalid domain type ${type}`);
  const name = textOf(first(root, 'name'));
  if (name === '') fail('NO_NAME');
  const given = first(root, 'uuid');
  const id = given === undefined ? uuid() : parseUuid(textOf(given));
  if (id === null) fail('INTERNAL_ERROR', 'malformed uuid element');
  if (name.includes('/')) xmlError(`name ${name} cannot contain '/'`);
  if (textOf(first(root, 'title')).includes('\n')) xmlError("Domain title can't contain newlines");
  for (const feature of elements(first(root, 'features'))) {
    if (
      !(shapeOf('domain', 'features')?.children ?? []).some((entry) => entry.name === feature.name)
    ) {
      fail('CONFIG_UNSUPPORTED', `unexpected feature '${feature.name}'`);
    }
  }
  const os = textOf(first(root, 'os/type'));
  if (os === '') xmlError('an os <type> must be specified');
  if (!/^(hvm|xen|linux|exe|uml|xenpvh)$/.test(os)) {
    fail('CONFIG_UNSUPPORTED', `unknown OS type '${os}'`);
  }
  if (os === 'exe') xmlError('init binary must be specified');
  const memory = first(root, 'memory');
  const max = first(root, 'maxMemory');
  const slots = max?.attributes.slots;
  if (slots !== undefined && !/^\d+$/.test(slots)) xmlError('Failed to parse memory slot count');
  const domain = known(root, '');
  delete domain.attributes.id;
  if (memory !== undefined) size(domain, 'memory', './memory[1]');
  size(domain, 'currentMemory', './currentMemory[1]');
  const maximum = size(domain, 'maxMemory', './maxMemory[1]');
  if (maximum > 0 !== Number(slots ?? 0) > 0) {
    xmlError('both maximum memory size and memory slot count must be specified');
  }
  place(domain, '', element('uuid', {}, id));
  readBacking(domain);
  const memtune = first(domain, 'memtune');
  if (memtune !== undefined) {
    for (const { name } of elements(memtune)) {
      const kib = size(memtune, name, `./memtune/${name}[1]`);
      if (name !== 'min_guarantee' && kib >= UNLIMITED) remove(memtune, name);
    }
    if (memtune.children.length === 0) remove(domain, 'memtune');
  }
  const hyperv = first(domain, 'features/hyperv');
  if (hyperv !== undefined) hyperv.attributes.mode ??= 'custom';
  readGenid(domain, uuid);
  readVcpus(domain);
  readCpu(domain);
  readNumatune(domain);
  readMemorySize(domain);
  for (const [event, action] of [
    ['on_poweroff', 'destroy'],
    ['on_reboot', 'restart'],
    ['on_crash', 'destroy'],
  ] as const) {
    const node = first(domain, event);
    const text = textOf(node);
    const actions = ['destroy', 'restart', 'rename-restart', 'preserve'];
    if (event === 'on_crash') actions.push('coredump-destroy', 'coredump-restart');
    if (node === undefined) place(domain, '', element(event, {}, action));
    else if (!actions.includes(text))
      fail('CONFIG_UNSUPPORTED', `unknown ${event} action: ${text}`);
  }
  readDevices(domain);
  return domain;
}

function readGenid(domain: Element, uuid: () => string): void {
  const genid = first(domain, 'genid');
  if (genid === undefined) return;
  const text = textOf(genid);
  const id = text === '' ? uuid() : parseUuid(text);
  genid.children = [id ?? fail('INTERNAL_ERROR', 'malformed genid element')];
}

function readBacking(domain: Element): void {
  const backing = first(domain, 'memoryBacking');
  if (backing === undefined) return;
  for (const page of elements(first(backing, 'hugepages'), 'page')) {
    const {
      size: text = fail('XML_ERROR', "missing element or attribute './@size'"),
      unit,
      nodeset,
    } = page.attributes;
    const kib = parseMemory(text, unit ?? '', './@size');
    if (kib === 0) fail('XML_DETAIL', "hugepage size can't be zero");
    page.attributes = { size: String(kib), unit: 'KiB' };
    if (nodeset !== undefined) page.attributes.nodeset = formatBitmap(bitmap(nodeset));
  }
  const allocation = first(backing, 'allocation');
  const threads = allocation?.attributes.threads;
  if (threads !== undefined && !/^\d+$/.test(threads)) {
    xmlError('Failed to parse memory allocation threads');
  }
  if (Number(threads) === 0) delete allocation?.attributes.threads;
  for (const name of ['source', 'access', 'allocation']) {
    if (Object.keys(first(backing, name)?.attributes ?? { some: '' }).length === 0) {
      remove(backing, name);
    }
  }
  if (first(backing, 'hugepages') !== undefined) {
    const refuse = (what: string): never =>
      fail('CONFIG_UNSUPPORTED', `hugepages are not allowed with ${what}`);
    if (allocation?.attributes.mode === 'ondemand') refuse('memory allocation ondemand');
    if (first(backing, 'source')?.attributes.type === 'anonymous') {
      refuse('anonymous memory source');
    }
  }
  if (backing.children.length === 0) remove(domain, 'memoryBacking');
}

function readVcpus(domain: Element): void {
  const old = first(domain, 'vcpu') ?? element('vcpu', {}, '1');
  const text = textOf(old).trim();
  if (!/^\d+$/.test(text)) xmlError('maximum vcpus count must be an integer');
  const count = Number(text);
  const { placement, cpuset, current } = old.attributes;
  if (current !== undefined && Number(current) > count) {
    fail('CONFIG_UNSUPPORTED', 'maximum vCPU count must not be less than current vCPU count');
  }
  const auto =
    placement === undefined && first(domain, 'numatune/memory')?.attributes.placement === 'auto';
  const vcpu = element(
    'vcpu',
    {
      placement: placement ?? (auto && cpuset === undefined ? 'auto' : 'static'),
      cpuset: cpuset === undefined ? undefined : formatBitmap(bitmap(cpuset)),
      current: Number(current) === count ? undefined : current,
    },
    String(count),
  );
  place(domain, '', vcpu);
  if (count > 0 && current !== undefined && Number(current) === 0) {
    fail('CONFIG_UNSUPPORTED', "vcpu 0 can't be offline");
  }
  // Processors placed by themselves take their memory along (virDomainNumatuneSet()).
  if (placement === 'auto' && first(domain, 'numatune/memory') === undefined) {
    const tune = first(domain, 'numatune') ?? element('numatune');
    place(domain, '', tune);
    place(tune, 'domain', element('memory', { mode: 'strict', placement: 'auto' }));
  }
  if (count === 0) fail('INTERNAL_ERROR', 'CPU IDs in <numa> exceed the <vcpu> count');
  const tune = first(domain, 'cputune');
  for (const pin of elements(tune)) {
    const { name } = pin;
    if (!name.endsWith('pin')) {
      if (!/^\s*[+-]?\d+$/.test(textOf(pin))) xmlError(`can't parse cputune ${name} value`);
      continue;
    }
    const { vcpu, cpuset } = pin.attributes;
    if (name === 'vcpupin' && vcpu === undefined) {
      xmlError("Missing required attribute 'vcpu' in element 'vcpupin'");
    }
    if (cpuset === undefined) fail('INTERNAL_ERROR', `missing cpuset for ${name}`);
    else pin.attributes.cpuset = formatBitmap(bitmap(cpuset));
  }
  // A pin of a processor that is not there is dropped.
  if (tune !== undefined) {
    tune.children = tune.children.filter(
      (pin) => !isElement(pin) || !(Number(pin.attributes.vcpu ?? 0) >= count),
    );
  }
  readThreads(domain);
  const single = elements(first(domain, 'vcpus'), 'vcpu');
  for (const [id, { attributes }] of single.entries()) {
    if (id === 0) attributes.hotpluggable ??= 'no';
  }
  if (tune?.children.length === 0) remove(domain, 'cputune');
}

/** virDomainDefParseIOThreads(): a count, names, or both; there are as many as the longer says. */
function readThreads(domain: Element): void {
  const text = textOf(first(domain, 'iothreads'));
  if (text !== '' && !/^\d+$/.test(text)) xmlError(`invalid iothreads count '${text}'`);
  const ids = first(domain, 'iothreadids');
  const named = elements(ids, 'iothread').length;
  const count = Math.max(Number(text), named);
  if (named === 0) remove(domain, 'iothreadids');
  if (count === 0) remove(domain, 'iothreads');
  else place(domain, '', element('iothreads', {}, String(count)));
}

function readCpu(domain: Element): void {
  const cpu = first(domain, 'cpu');
  if (cpu === undefined) return;
  const { attributes } = cpu;
  const model = first(cpu, 'model');
  const mode = attributes.mode ?? (model === undefined ? undefined : 'custom');
  const features = elements(cpu, 'feature');
  if (features.length > 0 && model === undefined && (mode ?? 'custom') === 'custom') {
    xmlError('Non-empty feature list specified without CPU model');
  }
  const seen = new Set<string>();
  for (const feature of features) {
    const name = feature.attributes.name ?? xmlError('Invalid CPU feature name');
    if (seen.has(name)) xmlError(`CPU feature '${name}' specified more than once`);
    seen.add(name);
    if (!/^(force|require|optional|disable|forbid)$/.test(feature.attributes.policy ?? 'require')) {
      fail('CONFIG_UNSUPPORTED', 'Invalid CPU feature policy');
    }
    feature.attributes = { policy: feature.attributes.policy ?? 'require', name };
  }
  if (mode === 'host-model' || mode === 'host-passthrough' || mode === 'maximum')
    remove(cpu, 'model');
  else if (model !== undefined) model.attributes.fallback ??= 'allow';
  if (attributes.migratable !== undefined && !/^(host-pass|max)/.test(mode ?? '')) {
    fail(
      'CONFIG_UNSUPPORTED',
      "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode",
    );
  }
  // Under emulation a processor that is named is not compared with the host's.
  const isCompared =
    mode === 'host-model' ||
    (mode === 'custom' && model !== undefined && domain.attributes.type !== 'qemu');
  cpu.attributes = {};
  if (mode !== undefined) {
    Object.assign(cpu.attributes, {
      mode,
      ...(mode === 'custom' ? { match: attributes.match ?? 'exact' } : {}),
      check: attributes.check ?? (isCompared ? 'partial' : 'none'),
      ...(mode === 'host-passthrough' || mode === 'maximum'
        ? { migratable: attributes.migratable }
        : {}),
    });
    if (mode === 'host-passthrough') cpu.attributes.migratable ??= 'on';
    else if (attributes.migratable === undefined) delete cpu.attributes.migratable;
  }
  const topology = first(cpu, 'topology');
  if (topology !== undefined) {
    const { sockets, dies = '1', cores, threads } = topology.attributes;
    topology.attributes = {
      sockets: sockets ?? '',
      dies,
      cores: cores ?? '',
      threads: threads ?? '',
    };
    const product = Number(sockets) * Number(dies) * Number(cores) * Number(threads);
    if (product !== Number(textOf(first(domain, 'vcpu')))) {
      fail('CONFIG_UNSUPPORTED', "CPU topology doesn't match maximum vcpu count");
    }
  }
  readCells(domain, cpu);
}

/** virDomainNumaDefParseXML(). */
function readCells(domain: Element, cpu: Element): void {
  const numa = first(cpu, 'numa');
  const cells = elements(numa, 'cell');
  if (numa === undefined || cells.length === 0) {
    remove(cpu, 'numa');
    return;
  }
  const sorted: Element[] = [];
  cells.forEach((cell, index) => {
    const id = Number(cell.attributes.id ?? index);
    if (!(id < cells.length)) {
      xmlError(
        "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed",
      );
    }
    if (sorted[id] !== undefined) xmlError(`Duplicate NUMA cell info for cell id '${id}'`);
    const { cpus, memory, unit, memAccess, discard } = cell.attributes;
    const bits = cpus === undefined ? undefined : bitmap(cpus);
    const overlapping = sorted.findIndex((other) =>
      parseBitmap(other?.attributes.cpus ?? '')?.some((cpu) => bits?.includes(cpu)),
    );
    if (overlapping >= 0) {
      const pair = `NUMA cells ${id} and ${overlapping}`;
      fail('CONFIG_UNSUPPORTED', `${pair} have overlapping vCPU ids`);
    }
    if (memory === undefined) xmlError("missing element or attribute './@memory'");
    const kib = parseMemory(memory ?? '', unit ?? '', './@memory');
    sorted[id] = element(
      'cell',
      {
        id,
        cpus: bits === undefined ? undefined : formatBitmap(bits),
        memory: kib,
        unit: 'KiB',
        memAccess,
        discard,
      },
      ...cell.children,
    );
  });
  const used = sorted.flatMap((cell) => parseBitmap(cell.attributes.cpus ?? '') ?? []);
  const count = Number(textOf(first(domain, 'vcpu')));
  if (used.length > count)
    fail('INTERNAL_ERROR', 'Number of CPUs in <numa> exceeds the <vcpu> count');
  if (used.some((bit) => bit >= count)) {
    fail('INTERNAL_ERROR', 'CPU IDs in <numa> exceed the <vcpu> count');
  }
  // Processors that no cell names are the first cell's (qemuDomainDefNumaCPUsRectify()).
  const rest = Array.from({ length: count }, (_, cpu) => cpu).filter((cpu) => !used.includes(cpu));
  const [cell] = sorted;
  if (cell !== undefined && rest.length > 0) {
    const own = [...(parseBitmap(cell.attributes.cpus ?? '') ?? []), ...rest];
    const { id = '0', cpus: _, ...others } = cell.attributes;
    cell.attributes = { id, cpus: formatBitmap(own.sort((a, b) => a - b)), ...others };
  }
  sorted.forEach((cell, id) => {
    for (const { attributes } of elements(first(cell, 'distances'), 'sibling')) {
      const { id: other = '', value = '' } = attributes;
      if (!(Number(other) < sorted.length)) {
        xmlError(
          `'sibling_id ${other}' does not refer to a valid cell within NUMA 'cell id ${id}'`,
        );
      }
      if (Number(value) < 10 || Number(value) > 255) {
        xmlError(
          `'value ${value}' is invalid for 'sibling id ${other}' under NUMA 'cell id ${id}'`,
        );
      }
    }
  });
  // A distance that only one side names holds for both; one that nobody names is 10 or 20.
  if (sorted.some((cell) => first(cell, 'distances') !== undefined)) {
    const given = (from: number, to: number): string | undefined =>
      elements(first(sorted[from], 'distances'), 'sibling').find(
        (sibling) => sibling.attributes.id === String(to),
      )?.attributes.value;
    const all = sorted.map((_, from) =>
      element(
        'distances',
        {},
        ...sorted.map((__, to) =>
          element('sibling', {
            id: to,
            value: given(from, to) ?? given(to, from) ?? (from === to ? '10' : '20'),
          }),
        ),
      ),
    );
    sorted.forEach((cell, index) => {
      const distances = all[index];
      if (distances !== undefined) place(cell, 'numa', distances);
    });
  }
  numa.children = sorted;
}

/** virDomainNumatuneParseXML() and virDomainNumatuneNodeParseXML(). */
function readNumatune(domain: Element): void {
  const tune = first(domain, 'numatune');
  if (tune === undefined) return;
  const cells = elements(first(domain, 'cpu/numa'), 'cell').length;
  const nodes = elements(tune, 'memnode');
  if (nodes.length > 0 && cells === 0) {
    xmlError("Element 'memnode' is invalid without any guest NUMA cells");
  }
  const seen = new Set<number>();
  for (const node of nodes) {
    if (node.attributes.cellid === undefined) {
      xmlError("Missing required attribute 'cellid' in element 'memnode'");
    }
    const { cellid, mode = 'strict', nodeset } = node.attributes;
    if (!(Number(cellid) < cells)) {
      xmlError(
        "Argument 'cellid' in memnode element must correspond to existing guest's NUMA cell",
      );
    }
    if (seen.has(Number(cellid))) xmlError(`Multiple memnode elements with cellid ${cellid}`);
    seen.add(Number(cellid));
    if (nodeset === undefined) xmlError('Missing required nodeset attribute in memnode element');
    node.attributes = { cellid: cellid ?? '', mode, nodeset: formatBitmap(bitmap(nodeset ?? '')) };
  }
  const memory = first(tune, 'memory');
  if (memory !== undefined) {
    const { mode = 'strict', placement } = memory.attributes;
    const { nodeset } = placement === 'auto' ? { nodeset: undefined } : memory.attributes;
    const bits = nodeset === undefined ? undefined : formatBitmap(bitmap(nodeset));
    const auto = first(domain, 'vcpu')?.attributes.placement === 'auto';
    if (
      placement === 'static' ||
      (placement === undefined && memory.attributes.mode !== undefined && !auto)
    ) {
      if (bits === undefined) {
        fail(
          'CONFIG_UNSUPPORTED',
          "nodeset for NUMA memory tuning must be set if 'placement' is 'static'",
        );
      }
    }
    if (bits !== undefined) memory.attributes = { mode, nodeset: bits };
    else if (placement === 'auto' || auto) memory.attributes = { mode, placement: 'auto' };
    else remove(tune, 'memory');
  }
  if (tune.children.length === 0) remove(domain, 'numatune');
}

/** virDomainDefPostParseMemory(): cells and memory devices make the size; the balloon is cut to it. */
function readMemorySize(domain: Element): void {
  const cells = elements(first(domain, 'cpu/numa'), 'cell');
  const devices = elements(first(domain, 'devices'), 'memory').map((device) =>
    readMemoryDevice(device),
  );
  let initial = Number(textOf(first(domain, 'memory')));
  const inCells = cells.reduce((sum, cell) => sum + Number(cell.attributes.memory), 0);
  if (inCells > 0) {
    initial = inCells;
  } else if (initial > 0) {
    initial -= devices.reduce((sum, kib) => sum + kib, 0);
  }
  if (initial <= 0) {
    xmlError('Memory size must be specified via <memory> or in the <numa> configuration');
  }
  const total = devices.reduce((sum, kib) => sum + kib, initial);
  const memory = first(domain, 'memory') ?? element('memory');
  setKib(memory, total);
  place(domain, '', memory);
  const current = Number(textOf(first(domain, 'currentMemory')));
  const now = first(domain, 'currentMemory') ?? element('currentMemory');
  setKib(now, current === 0 || current > total ? total : current);
  place(domain, '', now);
  const max = first(domain, 'maxMemory');
  if (max === undefined) return;
  if (Number(textOf(max)) === 0) remove(domain, 'maxMemory');
  else if (Number(textOf(max)) < total) {
    xmlError('maximum memory size must be equal or greater than the actual memory size');
  }
}

/** Checks a memory device; its size in KiB. */
function readMemoryDevice(device: Element): number {
  const target =
    first(device, 'target') ?? fail('XML_ERROR', 'missing <target> element for <memory> device');
  if (first(target, 'size') === undefined) xmlError("missing element or attribute './size'");
  const source = first(device, 'source');
  if (source !== undefined) {
    for (const name of ['pagesize', 'alignsize']) size(source, name, `./${name}`);
  }
  const nodes = first(source, 'nodemask');
  if (nodes !== undefined) nodes.children = [formatBitmap(bitmap(textOf(nodes)))];
  const node = first(target, 'node');
  if (node !== undefined && !/^\+?\d+$/.test(textOf(node))) {
    xmlError('invalid value of memory device node');
  }
  const kib = size(target, 'size', './size');
  const { model = '' } = device.attributes;
  const keep = (parent: Element | undefined, names: string): void => {
    if (parent === undefined) return;
    parent.children = parent.children.filter(
      (child) => isElement(child) && names.split(' ').includes(child.name),
    );
    if (parent.children.length === 0) remove(device, parent.name);
  };
  // Each model has its own pieces (virDomainMemorySourceDefFormat() and that of the target).
  const isNvdimm = model === 'nvdimm';
  if (isNvdimm) keep(source, 'path alignsize pmem');
  else keep(source, model === 'virtio-pmem' ? 'path' : 'nodemask pagesize');
  if (!isNvdimm) remove(device, 'uuid');
  const label = first(target, 'label');
  if (isNvdimm && label !== undefined) {
    const least = size(label, 'size', './label/size');
    if (least > 0 && least < 128) xmlError('nvdimm label must be at least 128KiB');
    if (least >= kib) xmlError('label size must be smaller than NVDIMM size');
  }
  const isGrowing = model === 'virtio-mem';
  if (isGrowing) {
    for (const name of ['block', 'requested']) {
      if (size(target, name, `./${name}`) > 0 || name === 'block') continue;
      const none = element('requested');
      setKib(none, 0);
      place(target, 'memory', none);
    }
  }
  keep(
    target,
    `size node${isNvdimm ? ' label readonly' : ''}${isGrowing ? ' block requested' : ''}`,
  );
  if (model === 'virtio-pmem')
    device.attributes = { model, access: 'shared', ...device.attributes };
  const address = first(device, 'address');
  if (address?.attributes.type === 'dimm' && address.attributes.slot === undefined) {
    xmlError("Missing required attribute 'slot' in element 'address'");
  }
  // Half an address of another kind is none.
  if (address?.attributes.type === 'pci' && /dimm$/.test(model)) remove(device, 'address');
  return kib;
}

function readDevices(domain: Element): void {
  const devices = first(domain, 'devices');
  if (devices === undefined) return;
  const targets = new Map<string, string>();
  for (const device of elements(devices)) {
    const { name, attributes } = device;
    if (name === 'disk') {
      const target = first(device, 'target')?.attributes ?? {};
      const source = Object.values(first(device, 'source')?.attributes ?? {})[0];
      if (target.dev === undefined) {
        const of = source === undefined ? '' : ` ${source}`;
        fail('XML_DETAIL', `missing target information for device${of}`);
      }
      const dev = target.dev ?? '';
      const removable = attributes.device === 'cdrom' || attributes.device === 'floppy';
      if (source === undefined && !removable) {
        fail('XML_DETAIL', `missing source information for device ${dev}`);
      }
      if (!/^([fhs]|v|xv|ub)d[a-z]+\d*$/.test(dev)) {
        xmlError(`Unknown disk name '${dev}' and no address specified`);
      }
      const other = targets.get(dev);
      if (other !== undefined) {
        xmlError(
          `target '${dev}' duplicated for disk sources '${other}' and '${source ?? '(null)'}'`,
        );
      }
      targets.set(dev, source ?? '(null)');
    } else if (name === 'interface') {
      attributes.type ??= 'ethernet';
      const { type } = attributes;
      if ((type === 'network' || type === 'bridge') && first(device, 'source') === undefined) {
        xmlError(`interface type='${type}' requires a 'source' element`);
      }
      if (type === 'network' && first(device, 'source')?.attributes.network === undefined) {
        xmlError("Missing required attribute 'network' in element 'source'");
      }
      const mac = first(device, 'mac')?.attributes.address;
      if (mac !== undefined && !/^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(mac)) {
        xmlError(`unable to parse mac address '${mac}'`);
      }
      if (mac !== undefined && Number.parseInt(mac, 16) % 2 === 1) {
        xmlError(`expected unicast mac address, found multicast '${mac}'`);
      }
    } else if (name === 'memballoon') {
      const stats = first(device, 'stats');
      const period = stats?.attributes.period;
      if (period !== undefined && !/^-?\d+$/.test(period)) {
        xmlError(
          `Invalid value for attribute 'period' in element 'stats': '${period}'. Expected integer value`,
        );
      }
      if (stats !== undefined && !(Number(period) > 0)) remove(device, 'stats');
    } else if (name === 'input' && attributes.type === undefined) {
      fail('INTERNAL_ERROR', 'missing input device type');
    } else if (name === 'rng' && attributes.model === undefined) {
      xmlError('missing RNG device model');
    } else if (name === 'rng' && first(device, 'backend') === undefined) {
      xmlError('only one RNG backend is supported');
    } else if (name === 'panic') {
      attributes.model ??= 'isa';
    } else if (name === 'shmem' && attributes.name === undefined) {
      xmlError("shmem element must contain 'name' attribute");
    } else if (name === 'filesystem') {
      if (first(device, 'source') === undefined) {
        fail('XML_DETAIL', 'missing source information for device');
      }
      const { type = 'mount', accessmode = 'passthrough', ...rest } = attributes;
      device.attributes = { type, accessmode, ...rest };
    } else if (name === 'watchdog' && attributes.model === undefined) {
      fail('INTERNAL_ERROR', 'watchdog must contain model name');
    } else if (/^(serial|parallel|console|channel)$/.test(name)) {
      attributes.type ??= 'pty';
      if (name === 'channel' && first(device, 'target')?.attributes.type === undefined) {
        xmlError('target type must be specified for channel device');
      }
      if (name === 'parallel' && first(device, 'target') === undefined) {
        place(device, 'devices', element('target', { port: 0 }));
      }
      const port = first(device, 'target')?.attributes.port;
      if (port !== undefined && !/^\d+$/.test(port)) xmlError(`Invalid port number: ${port}`);
    }
  }
  if (elements(devices, 'memballoon').length > 1) {
    fail('INTERNAL_ERROR', 'only a single memory balloon device is supported');
  }
}
