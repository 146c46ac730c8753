import { describe, expect, test } from 'vitest';

import { Daemon } from '../../../src/console/libvirt/daemon.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { opener } from '../../../src/console/libvirt/open.ts';
import { emptyState } from '../../../src/console/libvirt/state.ts';
import definitions from './definitions.json' with { type: 'json' };
import { FakeBackend } from './fake-backend.ts';
import malformed from './malformed.json' with { type: 'json' };
import pieces from './pieces.json' with { type: 'json' };
import refusals from './refusals.json' with { type: 'json' };

/** What libvirt 9.0.0 with QEMU 7.2 (without KVM) printed for these documents. */

const BASE = `<domain type='qemu'>
  <name>hd01</name>
  <uuid>c2b1e6aa-0f37-4b9e-a5d4-9e8f7d3a0003</uuid>
  <memory unit='KiB'>65536</memory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
  </os>
  <features>
    <acpi/>
  </features>
  <devices>
    <serial type='pty'>
      <target port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <memballoon model='virtio'/>
  </devices>
</domain>
`;

function world(kvm = true) {
  const backend = new FakeBackend();
  backend.kvm = kvm;
  return { backend, connection: opener(new Daemon(backend, { libvirt: emptyState() }))(null) };
}
const connect = () => world(false).connection;
/** What is said to a document; empty where it is taken. */
function said(xml: string, validate = false, { connection } = world(false)): string {
  try {
    connection.defineXML(xml, { validate });
    return '';
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return error.message;
  }
}
/** The base document with a piece added to a place, or with another one in its stead. */
function changed([one = '', other = '']: string[]): string {
  if (one === 'domain') return BASE.replace('  <vcpu', () => `${other}\n  <vcpu`);
  if (one === 'devices') return BASE.replace('  <devices>', () => `  <devices>\n${other}`);
  let base = BASE;
  if (other.includes('uuid') || (one.startsWith('<name') && !other.includes('hd01'))) {
    base = BASE.replace(/ *<uuid>.*\n/, '');
  }
  return base.replaceAll(one, () => other);
}

describe('a definition is completed as libvirt does', () => {
  test.each(definitions as [string, string, string][])('%s', (_, xml, expected) => {
    const connection = connect();
    const domain = connection.defineXML(xml);
    expect(domain.getXMLDesc()).toBe(expected.trimEnd() + '\n');
    // And what was completed stays so.
    expect(connection.defineXML(domain.getXMLDesc()).getXMLDesc()).toBe(domain.getXMLDesc());
  });
});

describe('a document that libvirt refuses', () => {
  test.each(refusals as [string[], string, string][])('%j', (change, plain, validated) => {
    const xml = changed(change);
    expect(said(xml)).toBe(plain.trimEnd());
    // The recording ends without the line end of the validator.
    expect(said(xml, true).trimEnd()).toBe(validated.trimEnd());
  });
});

describe('a document that is no XML', () => {
  test.each(malformed as [string, string][])('%j', (xml, expected) => {
    expect(said(xml)).toBe(expected);
  });
});

describe('a piece of a definition', () => {
  // Pieces that come again and again in the table.
  const MEMORY = "<memory unit='MiB'>512</memory>";
  const CELLS =
    "<cpu mode='host-model'><numa><cell id='0' cpus='0-1' memory='256' unit='MiB'/><cell id='1' cpus='2-3' memory='256' unit='MiB'/></numa></cpu><vcpu>4</vcpu>";
  const MOST = "<maxMemory slots='4' unit='GiB'>4</maxMemory>";
  const table = pieces as [string, string, string, string | string[]][];
  test.each(table)('%s %s %s', (before, after, devices, expected) => {
    const head = before.replace('{M}', MEMORY).replace('{CELLS}', CELLS).replace('{MAX}', MOST);
    const xml = `<domain type='kvm'><name>x</name>${head}<os><type arch='x86_64' machine='pc'>hvm</type></os>${after}<devices>${devices}</devices></domain>`;
    const all = world();
    if (typeof expected === 'string') {
      expect(said(xml, false, all)).toBe(expected);
      return;
    }
    const shown = all.connection.defineXML(xml).getXMLDesc().split('\n');
    const lines = shown.map((line) => line.trim());
    expect(lines).toEqual(expect.arrayContaining(expected));
  });
});
