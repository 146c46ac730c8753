import { beforeAll, describe, expect, test } from 'vitest';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { readHostConfig } from '../../../src/console/host/config.ts';
import { Console } from '../../../src/console/session.ts';
import type { Kvm } from '../../../src/kvm/kvm.ts';
import { loadKvm } from '../../../src/node.ts';

/** What virsh asks of libvirt by which call, as the refusals of a read-only connection name it. */

let kvm: Kvm;
let host: Console;
beforeAll(async () => {
  kvm = await loadKvm();
  host = new Console(kvm, readHostConfig({}), ALL_PARTS);
  host.run('virsh dumpxml debian12 > /root/d.xml');
});
const lastError = (line: string): string =>
  host.run(line).stderr.trimEnd().split('\n').at(-1) ?? '';

describe('a read-only connection prevents', () => {
  test.each<[line: string, call: string]>([
    ['undefine debian12', 'virDomainUndefineFlags'],
    ['undefine debian12 --managed-save', 'virDomainUndefineFlags'],
    ['setvcpus debian12 1', 'virDomainSetVcpus'],
    ['setvcpus debian12 1 --current', 'virDomainSetVcpusFlags'],
    ['setvcpus debian12 1 --live', 'virDomainSetVcpusFlags'],
    ['vcpupin debian12 0 0', 'virDomainPinVcpu'],
    ['vcpupin debian12 0 0 --config', 'virDomainPinVcpuFlags'],
    ['emulatorpin debian12 0', 'virDomainPinEmulator'],
    ['attach-device debian12 /root/d.xml', 'virDomainAttachDevice'],
    ['attach-device debian12 /root/d.xml --config', 'virDomainAttachDeviceFlags'],
    ['detach-device debian12 /root/d.xml', 'virDomainDetachDevice'],
    ['update-device debian12 /root/d.xml', 'virDomainUpdateDeviceFlags'],
    ['dump debian12 /x --memory-only --format elf', 'virDomainCoreDump'],
    ['dump debian12 /x --memory-only --format kdump-zlib', 'virDomainCoreDumpWithFormat'],
    ['domtime debian12', 'virDomainGetTime'],
    ['domtime debian12 --now', 'virDomainSetTime'],
    ['guestinfo debian12', 'virDomainGetGuestInfo'],
    ['domfsinfo debian12', 'virDomainGetFSInfo'],
    ['qemu-agent-command debian12 x', 'virDomainQemuAgentCommand'],
    ['domcapabilities --machine pc', 'virConnectGetDomainCapabilities'],
  ])('%s by %s', (line, call) => {
    expect(lastError(`virsh -r ${line}`)).toBe(
      `error: operation forbidden: read only access prevents ${call}`,
    );
  });
});

test.each([
  [
    'guestvcpus debian12 --cpulist 1',
    'One of options --enable or --disable is required by option --cpulist',
  ],
  ['guestvcpus debian12 --enable', 'Option --cpulist is required by option --enable'],
  ['set-user-sshkeys debian12 root', 'Option --file is required'],
  ['qemu-agent-command debian12 x --timeout 0', 'timeout must be positive'],
  [
    'qemu-agent-command debian12 x --block --async',
    'timeout, async and block options are exclusive',
  ],
  [
    'dompmsuspend debian12 mem --duration 5',
    'argument unsupported: Duration not supported. Use 0 for now',
  ],
  ['dompmsuspend debian12 nap', 'Invalid target'],
  ['domtime debian12', 'Requested operation is not valid: domain is not running'],
])('a guest without an agent: %s', (line, words) => {
  expect(lastError(`virsh ${line}`)).toBe(`error: ${words}`);
});

describe('a connection that cannot be kept alive', () => {
  test('is left where it was to be', () => {
    expect(host.run('virsh -k 5 -c test:///default uri').stderr).toBe(
      [
        'Cannot setup keepalive on connection as requested, disconnecting',
        'failed to connect to the hypervisor',
        'this function is not supported by the connection driver: virConnectSetKeepAlive\n',
      ]
        .map((words) => `error: ${words}`)
        .join('\n'),
    );
  });
  test('is good enough otherwise, and only who looks closely is told', () => {
    expect(host.run('virsh -q -c test:///default uri').stdout).toBe('test:///default\n');
    expect(host.run('virsh -q -d 1 -c test:///default uri').stdout).toContain(
      'Failed to setup keepalive on connection\ntest:///default\n',
    );
  });
});
