import type { Domain, Snapshot } from '../../libvirt/api.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import { elements, first, textOf } from '../../libvirt/xml/node.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Step } from '../../os/process.ts';
import { Failed } from '../call.ts';
import type { Call } from '../call.ts';
import { dumpXml } from '../dump-xml.ts';
import { editRepeatedly } from '../edit.ts';
import { escapeXml, splitCommas } from '../text.ts';
import { secure } from './info.ts';

/** virshLookupSnapshot(): by its name, or the current one. */
export function snapshotOf(
  call: Call,
  domain: Domain,
  option = 'snapshotname',
  exclusive = true,
): Snapshot {
  const name = call.text(option);
  const current = call.has('current');
  if (exclusive && current && name !== null) {
    call.fail(`--${option} and --current are mutually exclusive`);
  }
  if (name !== null) return domain.snapshotLookupByName(name);
  return current ? domain.snapshotCurrent() : call.fail(`--${option} or --current is required`);
}

function make(call: Call, domain: Domain, xml: string, path: string | null): void {
  const flags = call.flags(
    'redefine',
    'current',
    'no-metadata',
    'halt',
    'disk-only',
    'reuse-external',
    'quiesce',
    'atomic',
    'live',
    'validate',
  );
  const { name } = domain.snapshotCreateXML(xml, flags);
  call.extra(`Domain snapshot ${name} created${path === null ? '' : ` from '${path}'`}`);
}

/** Values of `NAME=VALUE` in a list; null where one is of no such name, or named twice. */
function pairs(parts: readonly string[], names: readonly string[]): Map<string, string> | null {
  const found = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals));
    if (!names.includes(name) || found.has(name)) return null;
    found.set(name, part.slice(equals + 1));
  }
  return found;
}

const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ` ${name}='${escapeXml(value)}'`;

/** virshParseSnapshotMemspec(). */
function memoryElement(call: Call, text: string): string {
  const parts = splitCommas(text).map((part) => (part.startsWith('/') ? `file=${part}` : part));
  const found = pairs(parts, ['snapshot', 'file']);
  if (found === null) return call.fail(`unable to parse memspec: ${text}`);
  return `  <memory${attribute('snapshot', found.get('snapshot'))}${attribute('file', found.get('file'))}/>\n`;
}

/** virshParseSnapshotDiskspec(). */
function diskElement(call: Call, text: string): string {
  const [name = '', ...parts] = splitCommas(text);
  const found = pairs(parts, ['snapshot', 'driver', 'stype', 'file']);
  const type = found?.get('stype');
  const isKnown = type === undefined || type === 'file' || type === 'block';
  if (!isKnown) call.session.error(`Unknown storage type: '${type}'`);
  if (found === null || !isKnown) return call.fail(`unable to parse diskspec: ${text}`);
  const driver = found.get('driver');
  const file = found.get('file');
  const open =
    `    <disk${attribute('name', name)}` +
    `${attribute('snapshot', found.get('snapshot'))}${attribute('type', type)}`;
  if (driver === undefined && file === undefined) return `${open}/>\n`;
  const inner =
    (driver === undefined ? '' : `      <driver type='${driver}'/>\n`) +
    (file === undefined
      ? ''
      : `      <source${attribute(type === 'block' ? 'dev' : 'file', file)}/>\n`);
  return `${open}>\n${inner}    </disk>\n`;
}

/** Commands about one snapshot (virsh-snapshot.c). */
export const SNAPSHOT = {
  'snapshot-create'(call: Call) {
    const domain = call.domain();
    const path = call.text('xmlfile');
    make(call, domain, path === null ? '<domainsnapshot/>' : call.readFile(path), path);
  },
  'snapshot-create-as'(call: Call) {
    const domain = call.domain();
    const name = call.text('name');
    const about = call.text('description');
    const memory = call.text('memspec');
    let xml = '<domainsnapshot>\n';
    if (name !== null) xml += `  <name>${escapeXml(name)}</name>\n`;
    if (about !== null) xml += `  <description>${escapeXml(about)}</description>\n`;
    if (memory !== null) xml += memoryElement(call, memory);
    const disks = call.words().map((text) => diskElement(call, text));
    if (disks.length > 0) xml += `  <disks>\n${disks.join('')}  </disks>\n`;
    xml += '</domainsnapshot>\n';
    if (call.has('print-xml')) call.print(`${xml}\n`);
    else make(call, domain, xml, null);
  },
  *'snapshot-edit'(call: Call): Step {
    const [mayRename, mayClone] = [call.has('rename'), call.has('clone')];
    call.exclusive(['rename', 'clone']);
    const makeCurrent = call.has('current') && call.has('snapshotname');
    const domain = call.domain();
    const snapshot = snapshotOf(call, domain, 'snapshotname', false);
    const { name } = snapshot;
    try {
      let edited = snapshot;
      const how = yield* editRepeatedly(call, {
        read: () => snapshot.getXMLDesc({ secure: true }),
        write(text) {
          edited = domain.snapshotCreateXML(text, {
            redefine: true,
            ...(makeCurrent ? { current: true } : {}),
            ...(text.includes('<state>disk-snapshot</state>') ? { diskOnly: true } : {}),
          });
        },
        always: makeCurrent,
      });
      if (how === 'unchanged') {
        call.extra(`Snapshot ${name} XML configuration not changed.\n`);
      } else if (edited.name === name) call.extra(`Snapshot ${name} edited.\n`);
      else if (mayClone) call.extra(`Snapshot ${name} cloned to ${edited.name}.\n`);
      else {
        (mayRename ? snapshot : edited).delete({ metadataOnly: true });
        if (!mayRename) {
          call.fail(`Must use --rename or --clone to change ${name} to ${edited.name}`);
        }
      }
    } catch (problem) {
      if (problem instanceof Failed || problem instanceof LibvirtError) {
        call.session.error(`Failed to update ${name}`);
      }
      throw problem;
    }
  },
  'snapshot-current'(call: Call) {
    call.exclusive(['name', 'snapshotname']);
    const domain = call.domain();
    const wanted = call.text('snapshotname');
    if (wanted !== null) {
      const xml = domain.snapshotLookupByName(wanted).getXMLDesc({ secure: true });
      const diskOnly = xml.includes('<state>disk-snapshot</state>') ? { diskOnly: true } : {};
      domain.snapshotCreateXML(xml, { redefine: true, current: true, ...diskOnly });
      call.extra(`Snapshot ${wanted} set as current`);
      return;
    }
    if (!domain.hasCurrentSnapshot()) {
      call.fail(`domain '${call.required('domain')}' has no current snapshot`);
    }
    const snapshot = domain.snapshotCurrent();
    call.print(call.has('name') ? snapshot.name : snapshot.getXMLDesc(secure(call)));
  },
  'snapshot-info'(call: Call) {
    const domain = call.domain();
    const snapshot = snapshotOf(call, domain);
    call.field('Name:', snapshot.name);
    call.field('Domain:', domain.name);
    call.field('Current:', snapshot.isCurrent() ? 'yes' : 'no');
    const root = parseXml(snapshot.getXMLDesc(), '(domain_snapshot)');
    const state = textOf(first(root, 'state'));
    call.field('State:', state);
    const memory = first(root, 'memory');
    const parts = [memory, ...elements(first(root, 'disks'), 'disk')];
    const external =
      memory === undefined
        ? state === 'disk-snapshot'
        : parts.some((part) => part?.attributes.snapshot === 'external');
    call.field('Location:', external ? 'external' : 'internal');
    call.field('Parent:', textOf(first(root, 'parent/name')) || '-');
    call.field('Children:', snapshot.listChildren().length);
    call.field('Descendants:', snapshot.listChildren({ descendants: true }).length);
    call.field('Metadata:', snapshot.hasMetadata() ? 'yes' : 'no');
  },
  'snapshot-parent'(call: Call) {
    const snapshot = snapshotOf(call, call.domain());
    try {
      call.print(snapshot.getParent().name);
    } catch (problem) {
      if (!(problem instanceof LibvirtError) || problem.code !== 'NO_DOMAIN_SNAPSHOT') {
        throw problem;
      }
      call.fail(`snapshot '${snapshot.name}' has no parent`);
    }
  },
  'snapshot-dumpxml'(call: Call) {
    const name = call.required('snapshotname');
    const xml = call.domain().snapshotLookupByName(name).getXMLDesc(secure(call));
    dumpXml(call, xml, 'domain-snapshot');
  },
  'snapshot-revert'(call: Call) {
    const snapshot = snapshotOf(call, call.domain());
    call.attempt(`Failed to revert snapshot ${snapshot.name}`, () =>
      snapshot.revert(call.flags('running', 'paused', 'force', 'reset-nvram')),
    );
    call.extra(`Domain snapshot ${snapshot.name} reverted\n`);
  },
  'snapshot-delete'(call: Call) {
    const snapshot = snapshotOf(call, call.domain());
    const flags = {
      ...call.flags('children', 'children-only'),
      ...(call.has('metadata') ? { metadataOnly: true } : {}),
    };
    call.attempt(`Failed to delete snapshot ${snapshot.name}`, () => snapshot.delete(flags));
    const what = call.has('children-only') ? 'children deleted' : 'deleted';
    call.extra(`Domain snapshot ${snapshot.name} ${what}\n`);
  },
};
