import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_PARTS } from '../../src/console/all-parts.ts';
import { readHostConfig } from '../../src/console/host/config.ts';
import { Console } from '../../src/console/session.ts';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';

/** What a host's file says is what its commands find. */

const TINY = `<domain type='kvm'><name>tiny</name><memory unit='MiB'>128</memory><os><type>hvm</type></os></domain>`;

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});
const consoleOf = (file: unknown): Console => new Console(kvm, readHostConfig(file), ALL_PARTS);

describe("a host's file", () => {
  it('has two guests to learn on, where it names none of its own', () => {
    const names = (file: unknown): string[] =>
      consoleOf(file).run('virsh list --all --name').stdout.trim().split('\n');
    expect(names({})).toEqual(['alpine', 'debian12']);
    expect(names({ files: { '/root/a': '' } })).toEqual(['alpine', 'debian12']);
    expect(names({ domains: [] })).toEqual(['']);
  });

  it('finds the definitions that lie in libvirt’s folder, and only those', () => {
    const folder = '/etc/libvirt/qemu';
    const console = consoleOf({
      domains: [],
      files: {
        [`${folder}/tiny.xml`]: TINY,
        [`${folder}/wrong.xml`]: TINY,
        [`${folder}/broken.xml`]: '<domain',
      },
    });
    expect(console.run('virsh list --all --name').stdout.trim()).toBe('tiny');
  });

  it('defines domains', () => {
    const console = consoleOf({ domains: [TINY, TINY.replace('tiny', 'other')] });
    expect(console.run('virsh list --all --name').stdout.trim().split('\n')).toEqual([
      'other',
      'tiny',
    ]);
    expect(console.run('virsh start tiny && virsh domstate tiny').stdout).toContain('running');
    expect(console.run('ls /etc/libvirt/qemu').stdout).toContain('tiny.xml');
  });
  it('is refused with the place of a domain that libvirt refuses', () => {
    expect(() => consoleOf({ domains: [TINY, '<domain'] })).toThrow(/^domains\[1\]/);
    expect(() => consoleOf({ domains: ['tiny01'] })).toThrow(/^domains\[0\]/);
  });
  it('gives memory, processor and swap', () => {
    const console = consoleOf({ memory: '2G', processor: 'amd', swap: '1G' });
    expect(console.run("awk '/MemTotal/ {print $2 <= 2*1024*1024}' /proc/meminfo").stdout).toBe(
      '1\n',
    );
    expect(console.run("awk '/SwapTotal/ {print $2}' /proc/meminfo").stdout).toMatch(
      /^10485\d\d\n/,
    );
    expect(console.run('grep -cw svm /proc/cpuinfo').stdout).toBe('4\n');
  });
  it('puts its files in the place of computed ones', () => {
    const console = consoleOf({ files: { '/proc/meminfo': 'MemTotal: 5 kB\n', '/root/a': 'b' } });
    expect(console.run('cat /proc/meminfo /root/a').stdout).toBe('MemTotal: 5 kB\nb');
  });
});
