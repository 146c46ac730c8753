import { beforeAll, beforeEach, expect, it } from 'vitest';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { readHostConfig } from '../../../src/console/host/config.ts';
import { Console } from '../../../src/console/session.ts';
import type { Kvm } from '../../../src/kvm/kvm.ts';
import { loadKvm } from '../../../src/node.ts';

/** Programs beside virsh that speak to libvirt, or know its documents. */

let kvm: Kvm;
let host: Console;
beforeAll(async () => {
  kvm = await loadKvm();
});
beforeEach(() => {
  host = new Console(kvm, readHostConfig({}), ALL_PARTS);
});

it('virt-top shows what runs, with the numbers that virsh has', () => {
  host.run('virsh start debian12; virsh start alpine; virsh suspend alpine');
  host.wait(20_000);
  const { stdout, exit } = host.run('virt-top --script -n 2 -d 1');
  expect(exit).toBe(0);
  const frames = stdout.split(/(?=^virt-top )/m);
  expect(frames).toHaveLength(2);
  const lines = frames[1]!.split('\n');
  expect(lines[0]).toMatch(/^virt-top \d\d:\d\d:\d\d - x86_64 4\/4CPU 2000MHz 7952MB$/);
  expect(lines[1]).toBe(
    '2 domains, 2 active, 1 running, 0 sleeping, 1 paused, 0 inactive D:0 O:0 X:0',
  );
  const memory = Number(/Used memory: +(\d+)/.exec(host.run('virsh dominfo debian12').stdout)?.[1]);
  const row = lines
    .find((line) => line.endsWith(' debian12'))
    ?.trim()
    .split(/\s+/);
  expect(row?.[1]).toBe('R');
  expect(Number(row?.[3])).toBeCloseTo((100 * memory) / 8143380, 0);
  expect(host.run('virt-top --nosuch').exit).not.toBe(0);
});

it('a host file may leave it out', () => {
  const other = new Console(kvm, readHostConfig({ missing: ['virt-top'] }), ALL_PARTS);
  expect(other.run('virt-top -n 1')).toEqual({
    stdout: '',
    stderr: 'bash: virt-top: command not found\n',
    exit: 127,
  });
});

it('virt-xml-validate accepts what libvirt wrote, and says what is wrong with the rest', () => {
  const file = '/etc/libvirt/qemu/alpine.xml';
  expect(host.run(`virt-xml-validate ${file}`)).toEqual({
    stdout: '',
    stderr: `${file} validates\n`,
    exit: 0,
  });
  const wrong = host.run(
    `sed 's/<vcpu/<nosuch/; s/vcpu>/nosuch>/' ${file} > w.xml; virt-xml-validate w.xml domain`,
  );
  expect(wrong.exit).toBe(3);
  expect(wrong.stderr).toMatch(/Relax-NG validity error : .*\n.*w\.xml fails to validate\n$/s);
  expect(host.run('virt-xml-validate nosuch.xml')).toMatchObject({
    stderr: '/usr/bin/virt-xml-validate: document nosuch.xml does not exist\n',
    exit: 2,
  });
  expect(host.run('echo "<x/>" > x.xml; virt-xml-validate x.xml').exit).toBe(3);
});
