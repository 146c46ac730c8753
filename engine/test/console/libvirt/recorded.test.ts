import { describe, expect, test } from 'vitest';

import { Daemon } from '../../../src/console/libvirt/daemon.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { opener } from '../../../src/console/libvirt/open.ts';
import { emptyState } from '../../../src/console/libvirt/state.ts';
import definitions from './definitions.json' with { type: 'json' };
import { FakeBackend } from './fake-backend.ts';
import malformed from './malformed.json' with { type: 'json' };
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

function connect() {
  const backend = new FakeBackend();
  backend.kvm = false;
  return opener(new Daemon(backend, { libvirt: emptyState() }))(null);
}
/** What is said to a document; empty where it is taken. */
function said(xml: string, validate = false): string {
  try {
    connect().defineXML(xml, { validate });
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
