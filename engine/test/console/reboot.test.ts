import { beforeAll, expect, it } from 'vitest';
import { ALL_PARTS } from '../../src/console/all-parts.ts';
import { readHostConfig } from '../../src/console/host/config.ts';
import { TEACHING } from '../../src/console/host/teaching.ts';
import { LiveConsole } from '../../src/console/index.ts';
import { Console } from '../../src/console/session.ts';
import type { Kvm } from '../../src/kvm/kvm.ts';
import { loadKvm } from '../../src/node.ts';

/** A restart of the host keeps what is on its disks, and nothing else. */

let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

/** What each line of a script printed. */
const typed = (script: string): Map<string, string> =>
  new Map(
    [...new Console(kvm, readHostConfig({}), ALL_PARTS).script(script)].map(
      ({ cmd, stdout, stderr }) => [cmd, stdout + stderr],
    ),
  );

it('files stay, settings of the moment go, and those in files come back', () => {
  const said = typed(`x=1
echo 'vm.nr_hugepages = 10' > /etc/sysctl.d/90-huge.conf
echo 'options kvm_intel ept=0' > /etc/modprobe.d/kvm.conf
dd if=/dev/zero of=/swapfile bs=1M count=64 status=none; chmod 600 /swapfile; mkswap /swapfile
echo '/swapfile none swap sw 0 0' >> /etc/fstab
sysctl vm.swappiness=5; echo 1 > /sys/kernel/mm/ksm/run
touch /root/stays /tmp/goes /dev/shm/goes; hostname -F /dev/null; echo named > /etc/hostname
cat /proc/sys/kernel/random/boot_id
reboot
echo "x=$x"
ls /root /tmp /dev/shm
cat /proc/sys/vm/swappiness /proc/sys/vm/nr_hugepages /sys/kernel/mm/ksm/run
cat /sys/module/kvm_intel/parameters/ept
swapon --show=NAME,SIZE --noheadings
hostname; cut -d. -f1 /proc/uptime
`);
  expect(said.get('echo "x=$x"')).toBe('x=\n');
  expect(said.get('ls /root /tmp /dev/shm')).toBe('/dev/shm:\n\n/root:\nstays\n\n/tmp:\n');
  expect(
    said.get('cat /proc/sys/vm/swappiness /proc/sys/vm/nr_hugepages /sys/kernel/mm/ksm/run'),
  ).toBe('60\n10\n0\n');
  expect(said.get('cat /sys/module/kvm_intel/parameters/ept')).toBe('N\n');
  expect(said.get('swapon --show=NAME,SIZE --noheadings')).toMatch(/^\/swapfile +64M\n$/);
  expect(said.get('hostname; cut -d. -f1 /proc/uptime')).toMatch(/^named\n6\d\n$/);
});

it('guests end with it; those that start with the host are up again, saved ones can be', () => {
  const said = typed(`virsh autostart alpine
virsh start alpine; virsh start debian12; sleep 10
virsh managedsave debian12
sed s/alpine/fleeting/ /etc/libvirt/qemu/alpine.xml | grep -v uuid > f.xml; virsh create f.xml
reboot
virsh list --all
virsh start debian12
virsh list --name
`);
  expect(said.get('virsh list --all')).toBe(
    ' Id   Name       State\n---------------------------\n 1    alpine     running\n -    debian12   shut off\n\n',
  );
  expect(said.get('virsh list --name')).toBe('alpine\ndebian12\n\n');
});

it('a host that is switched off says nothing more', () => {
  expect([...typed('echo a\npoweroff\necho b\n').keys()]).toEqual(['echo a', 'poweroff']);
});

it('who sits at a terminal finds a new shell there', () => {
  const console = new LiveConsole(kvm, TEACHING, ALL_PARTS);
  const settle = (): void => {
    for (let round = 0; round < 500 && console.mode === 'busy'; round++) {
      console.pump(console.session.host.clock.now + 100);
    }
  };
  for (const line of ['cd /tmp; x=1', 'virsh start alpine', 'reboot', 'echo "[$x]"; pwd']) {
    console.act({ line });
    settle();
  }
  expect(console.mode).toBe('line');
  expect(
    console.blocks
      .at(-1)
      ?.pieces.map(({ text }) => text)
      .join(''),
  ).toMatch(/^\[\]\n\/root\n/);
  expect(console.domains().map(({ state }) => state)).toEqual(['shutoff', 'shutoff']);
  console.act({ line: 'poweroff' });
  settle();
  expect(console.mode).toBe('over');
});
