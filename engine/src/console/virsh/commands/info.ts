import { elements, first } from '../../libvirt/xml/node.ts';
import type { Element } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Domain } from '../../libvirt/api.ts';
import { Failed } from '../call.ts';
import type { Call } from '../call.ts';
import { dumpXml } from '../dump-xml.ts';
import { capacity, fixed } from '../numbers.ts';
import { shownValue } from '../text.ts';

/** The first of these attributes of an element's source, in the order in which it has them. */
export function sourceOf(device: Element, names: readonly string[]): string | null {
  const found = Object.entries(first(device, 'source')?.attributes ?? {});
  return found.find(([name]) => names.includes(name))?.[1] ?? null;
}

const description = (call: Call, domain: Domain, inactive = false): Element =>
  parseXml(
    call.attempt('Failed to get domain description xml', () =>
      domain.getXMLDesc(inactive ? { inactive } : {}),
    ),
    '(domain_definition)',
  );

const devices = (root: Element, kind: string): Element[] => elements(first(root, 'devices'), kind);

function blockSizes(domain: Domain, disk: string, human: boolean): string[] {
  const { capacity: size, allocation, physical } = domain.getBlockInfo(disk);
  const all = [size, allocation, physical];
  if (all.every((bytes) => bytes === 0)) return ['-', '-', '-'];
  return all.map((bytes) => (human ? capacity(bytes) : String(bytes)));
}

/** How virsh calls a disk's counters, in its order: for people, and as it always has (virsh-domain-monitor.c). */
const COUNTERS: readonly (readonly [field: string, legacy: string, human: string])[] = [
  ['rd_operations', 'rd_req', 'number of read operations:'],
  ['rd_bytes', 'rd_bytes', 'number of bytes read:'],
  ['wr_operations', 'wr_req', 'number of write operations:'],
  ['wr_bytes', 'wr_bytes', 'number of bytes written:'],
  ['errs', 'errs', 'error count:'],
  ['flush_operations', 'flush_operations', 'number of flush operations:'],
  ['rd_total_times', 'rd_total_times', 'total duration of reads (ns):'],
  ['wr_total_times', 'wr_total_times', 'total duration of writes (ns):'],
  ['flush_total_times', 'flush_total_times', 'total duration of flushes (ns):'],
];

/** Commands that show a domain (virsh-domain-monitor.c, virsh-domain.c). */
export const INFO = {
  dominfo(call: Call) {
    const domain = call.domain();
    const id = domain.getID();
    call.field('Id:', id === -1 ? '-' : id);
    call.field('Name:', domain.name);
    call.field('UUID:', domain.uuid);
    call.field('OS Type:', domain.getOSType());
    const info = domain.getInfo();
    call.field('State:', info.state);
    call.field('CPU(s):', info.vcpus);
    if (info.cpuTime !== 0) call.field('CPU time:', `${fixed(info.cpuTime / 1e9, 1)}s`);
    call.field('Max memory:', `${info.maxMem} KiB`);
    call.field('Used memory:', `${info.memory} KiB`);
    call.field('Persistent:', domain.isPersistent() ? 'yes' : 'no');
    call.field('Autostart:', domain.getAutostart() ? 'enable' : 'disable');
    call.field('Managed save:', domain.hasManagedSaveImage() ? 'yes' : 'no');
    const { model, doi } = call.connection.nodeGetSecurityModel();
    if (model === '') return;
    call.field('Security model:', model);
    call.field('Security DOI:', doi);
    const label = domain.getSecurityLabel();
    if (label !== null && label.label !== '') {
      const how = label.enforcing ? 'enforcing' : 'permissive';
      call.field('Security label:', `${label.label} (${how})`);
    }
  },
  domstate(call: Call) {
    const { state, reason } = call.domain().getState();
    call.print(call.has('reason') ? `${state} (${reason})\n` : `${state}\n`);
  },
  domid(call: Call) {
    const id = call.domain('name', 'uuid').getID();
    call.print(`${id === -1 ? '-' : String(id)}\n`);
  },
  domname(call: Call) {
    call.print(`${call.domain('id', 'uuid').name}\n`);
  },
  domuuid(call: Call) {
    call.print(`${call.domain('name', 'id').uuid}\n`);
  },
  domhostname(call: Call) {
    const domain = call.domain();
    const source = call.text('source');
    if (source !== null && source !== 'lease' && source !== 'agent') {
      call.fail(`Unknown data source '${source}'`);
    }
    const name = call.attempt('failed to get hostname', () =>
      domain.getHostname(source === 'lease' || source === 'agent' ? source : undefined),
    );
    call.print(`${name}\n`);
  },
  domcontrol(call: Call) {
    const { state, stateTime } = call.domain().getControlInfo();
    const shown = {
      ok: 'ok',
      job: 'background job',
      occupied: 'occupied',
      error: 'error',
    }[state];
    const time = state === 'ok' || state === 'error' ? '' : ` (${fixed(stateTime / 1000, 3)}s)`;
    call.print(`${shown}${time}\n`);
  },
  dumpxml(call: Call) {
    const domain = call.domain();
    const flags = call.flags('inactive', 'update-cpu', 'migratable');
    const xml = domain.getXMLDesc({ ...flags, ...secure(call) });
    dumpXml(call, xml, 'domain');
  },
  domblklist(call: Call) {
    const domain = call.domain();
    const disks = devices(description(call, domain, call.has('inactive')), 'disk');
    const details = call.has('details');
    call.table(
      details ? ['Type', 'Device', 'Target', 'Source'] : ['Target', 'Source'],
      disks.map((disk) => {
        const source = sourceOf(disk, ['file', 'dev', 'dir', 'name', 'volume', 'path']) ?? '-';
        const target = first(disk, 'target')?.attributes.dev ?? '-';
        const { type = '-', device = '-' } = disk.attributes;
        return details ? [type, device, target, source] : [target, source];
      }),
    );
  },
  domblkinfo(call: Call) {
    call.exclusive(['all', 'device']);
    const domain = call.domain();
    const human = call.has('human');
    if (call.has('all')) {
      const disks = devices(description(call, domain), 'disk');
      call.table(
        ['Target', 'Capacity', 'Allocation', 'Physical'],
        disks.map((disk) => {
          const target = first(disk, 'target')?.attributes.dev ?? '';
          const hasSource = first(disk, 'source') !== undefined;
          return [target, ...(hasSource ? blockSizes(domain, target, human) : ['-', '-', '-'])];
        }),
      );
      return;
    }
    const disk = call.quietly('device');
    if (disk === null) return call.fail("command 'domblkinfo' requires <device> option");
    const [size = '', allocation = '', physical = ''] = blockSizes(domain, disk, human);
    call.field('Capacity:', size);
    call.field('Allocation:', allocation);
    call.field('Physical:', physical);
  },
  domblkstat(call: Call) {
    const domain = call.domain();
    let device = call.text('device') ?? '';
    const human = call.has('human');
    const left = new Map(domain.blockStats(device));
    if (human) {
      call.print(`Device: ${device}\n`);
      device = '';
    }
    for (const [field, legacy, text] of COUNTERS) {
      const value = left.get(field);
      if (value === undefined) continue;
      left.delete(field);
      call.print(`${device} ${human ? text.padEnd(31) : legacy} ${shownValue(value)}\n`);
    }
    for (const [field, value] of left) call.print(`${device} ${field} ${shownValue(value)}\n`);
  },
  domiflist(call: Call) {
    const domain = call.domain();
    const interfaces = devices(description(call, domain, call.has('inactive')), 'interface');
    call.table(
      ['Interface', 'Type', 'Source', 'Model', 'MAC'],
      interfaces.map((card) => [
        first(card, 'target')?.attributes.dev ?? '-',
        card.attributes.type ?? '',
        sourceOf(card, ['bridge', 'dev', 'network', 'name', 'path']) ?? '-',
        first(card, 'model')?.attributes.type ?? '-',
        first(card, 'mac')?.attributes.address ?? '-',
      ]),
    );
  },
  domifstat(call: Call) {
    const domain = call.domain();
    const card = call.required('interface');
    const stats = call.attempt(
      `Failed to get interface stats ${call.required('domain')} ${card}`,
      () => domain.interfaceStats(card),
    );
    for (const [name, value] of stats) call.print(`${card} ${name} ${shownValue(value)}\n`);
  },
  domjobinfo(call: Call) {
    call.requires('keep-completed', 'completed');
    const { type } = call.domain().getJobInfo();
    // virDomainJobType: 0 is "None".
    if (call.has('rawstats')) call.print('Job type: 0\n\n');
    else call.field('Job type:', type.padEnd(12), 17);
  },
  domjobabort(call: Call) {
    call.domain().abortJob();
  },
  ttyconsole(call: Call) {
    const consoles = devices(description(call, call.domain()), 'console');
    const tty = consoles.find(({ attributes }) => attributes.tty !== undefined)?.attributes.tty;
    // virXPathString() finds nothing: virsh fails without a word.
    if (tty === undefined) throw new Failed();
    call.print(`${tty}\n`);
  },
  domdisplay(call: Call) {
    call.exclusive(['all', 'type']);
    const domain = call.domain();
    if (!domain.isActive()) call.fail('Domain is not running');
    const type = call.text('type');
    const graphics = devices(description(call, domain), 'graphics');
    const shown: string[] = [];
    for (const scheme of ['vnc', 'spice', 'rdp']) {
      if (type !== null && type !== scheme) continue;
      const found = graphics.find(({ attributes }) => attributes.type === scheme)?.attributes;
      const port = Number(found?.port ?? 0);
      if (found === undefined || port <= 0) continue;
      const { listen } = found;
      const host = listen === undefined || /^(0\.0\.0\.0|::)$/.test(listen) ? 'localhost' : listen;
      // VNC counts its displays, from port 5900 on.
      const place = scheme === 'vnc' ? port - 5900 : port;
      shown.push(`${scheme}://${host}:${place}`);
    }
    if (shown.length === 0) {
      call.fail(
        type === null
          ? 'No graphical display found'
          : `No graphical display with type '${type}' found`,
      );
    }
    call.print(call.has('all') ? shown.map((line) => `${line}\n`).join('') : (shown[0] ?? ''));
  },
};

/** The flag of --security-info. */
export const secure = (call: Call): { secure?: boolean } =>
  call.has('security-info') ? { secure: true } : {};
