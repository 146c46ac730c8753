import { describe, expect, test } from 'vitest';

import { Daemon } from '../../../src/console/libvirt/daemon.ts';
import { opener } from '../../../src/console/libvirt/open.ts';
import { emptyState } from '../../../src/console/libvirt/state.ts';
import { FakeBackend } from './fake-backend.ts';

const XML =
  "<domain type='kvm'><name>tiny01</name><memory unit='MiB'>256</memory><vcpu>2</vcpu><os><type>hvm</type></os></domain>";

function started() {
  const backend = new FakeBackend();
  const domain = opener(new Daemon(backend, { libvirt: emptyState() }))(null).defineXML(XML);
  domain.create();
  const ask = (command: string): Record<string, unknown> =>
    JSON.parse(domain.qemuMonitorCommand(command)) as Record<string, unknown>;
  return { backend, domain, ask };
}
const execute = (name: string, given?: object): string =>
  JSON.stringify({ execute: name, arguments: given });

describe("QEMU's monitor, spoken to in JSON", () => {
  test('tells of the machine', () => {
    const { ask } = started();
    const told: [string, unknown][] = [
      ['query-status', { status: 'running', singlestep: false, running: true }],
      ['query-kvm', { enabled: true, present: true }],
      ['query-memory-size-summary', { 'base-memory': 268_435_456, 'plugged-memory': 0 }],
      ['query-name', { name: 'tiny01' }],
    ];
    for (const [name, answer] of told) expect(ask(execute(name)).return).toEqual(answer);
    expect(ask(execute('query-cpus-fast')).return).toHaveLength(2);
  });

  // As QEMU 7.2 answers, id aside.
  const refused: [string, string, string][] = [
    [execute('nosuch'), 'CommandNotFound', 'The command nosuch has not been found'],
    [execute('query-status', { a: 1 }), 'GenericError', "Parameter 'a' is unexpected"],
    [execute('balloon'), 'GenericError', "Parameter 'value' is missing"],
    [execute('balloon', { value: -1 }), 'GenericError', "Parameter 'target' expects a size"],
    [
      execute('balloon', { value: 'x' }),
      'GenericError',
      "Invalid parameter type for 'value', expected: integer",
    ],
    ['{"execute":5}', 'GenericError', "QMP input member 'execute' must be a string"],
    ['{"foo":1}', 'GenericError', "QMP input member 'foo' is unexpected"],
    ['{}', 'GenericError', "QMP input lacks member 'execute'"],
  ];
  test.each(refused)('refuses %s', (command, kind, desc) => {
    expect(started().ask(command).error).toEqual({ class: kind, desc });
  });

  test('moves the balloon and holds the machine, which libvirt notices', () => {
    const { backend, domain, ask } = started();
    backend.settle();
    ask(execute('balloon', { value: 134_217_728 }));
    backend.settle();
    expect(ask(execute('query-balloon')).return).toEqual({ actual: 134_217_728 });
    ask(execute('stop'));
    expect(domain.getState()).toEqual({ state: 'paused', reason: 'unknown' });
    domain.qemuMonitorCommand('cont', { hmp: true });
    expect(domain.getState()).toEqual({ state: 'running', reason: 'unpaused' });
  });

  test('numbers its commands one after the other', () => {
    const { ask } = started();
    const number = (): number => Number(String(ask(execute('query-kvm')).id).split('-')[1]);
    expect(number() + 1).toBe(number());
  });

  test('knows a machine that has not run yet', () => {
    const { domain, ask } = started();
    domain.destroy();
    domain.create({ paused: true });
    expect(ask(execute('query-status')).return).toMatchObject({ status: 'prelaunch' });
    domain.resume();
    domain.suspend();
    expect(ask(execute('query-status')).return).toMatchObject({ status: 'paused' });
  });
});

describe('what comes and goes while a domain runs', () => {
  test('are disks and cards, with names and addresses of their own', () => {
    const { backend, domain } = started();
    backend.fs.write('/b.qcow2', '');
    domain.attachDevice(
      "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/b.qcow2'/><target dev='vdb' bus='virtio'/></disk>",
      { live: true },
    );
    expect(domain.getXMLDesc()).toMatch(
      /<target dev='vdb' bus='virtio'\/>\s+<alias name='virtio-disk1'\/>\s+<address type='pci'/,
    );
    expect(domain.getXMLDesc({ inactive: true })).not.toMatch('vdb');
    domain.detachDevice("<disk type='file'><target dev='vdb'/></disk>", { live: true });
    expect(domain.getXMLDesc()).not.toMatch('vdb');
  });

  test('are I/O threads', () => {
    const { domain } = started();
    domain.changeIOThread(1, 'add', {});
    expect(() => domain.changeIOThread(1, 'add', {})).toThrow(
      "invalid argument: an IOThread is already using iothread_id '1'",
    );
    domain.pinIOThread(1, [true], {});
    expect(domain.getIOThreadInfo({})).toMatchObject([
      { id: 1, cpus: [true, false, false, false] },
    ]);
    domain.changeIOThread(1, 'delete', {});
    expect(() => domain.changeIOThread(1, 'delete', {})).toThrow(
      "invalid argument: cannot find IOThread '1' in iothreadids list",
    );
  });
});
