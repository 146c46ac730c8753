import { beforeAll, beforeEach, expect, it } from 'vitest';
import { ALL_PARTS } from '../../../src/console/all-parts.ts';
import { readHostConfig } from '../../../src/console/host/config.ts';
import { Console } from '../../../src/console/session.ts';
import type { Kvm } from '../../../src/kvm/kvm.ts';
import { loadKvm } from '../../../src/node.ts';

/** Volumes on the host's two empty disks, of 1 GiB each: with 4 MiB extents, 255 of them. */

let kvm: Kvm;
let host: Console;
beforeAll(async () => {
  kvm = await loadKvm();
});
beforeEach(() => {
  host = new Console(kvm, readHostConfig({}), ALL_PARTS);
});
const sh = (line: string): string => {
  const { stdout, stderr, exit } = host.run(line);
  expect(stderr, line).toBe('');
  expect(exit, line).toBe(0);
  return stdout;
};
const refused = (line: string, status = 5): string => {
  const { stderr, exit } = host.run(line);
  expect(exit, line).toBe(status);
  return stderr;
};

it('a swap area on a logical volume is as good as on a disk', () => {
  expect(sh('pvcreate /dev/vdb')).toBe('  Physical volume "/dev/vdb" successfully created.\n');
  expect(sh('pvs')).toBe(
    '  PV       VG Fmt  Attr PSize PFree\n  /dev/vdb    lvm2 ---  1.00g 1.00g\n',
  );
  expect(sh('vgcreate vg0 /dev/vdb')).toBe('  Volume group "vg0" successfully created\n');
  expect(sh('lvcreate -L 510M -n swap vg0')).toBe(
    '  Rounding up size to full physical extent 512.00 MiB\n  Logical volume "swap" created.\n',
  );
  expect(sh('vgs --noheadings -o vg_name,vg_size,vg_free')).toBe('  vg0 1020.00m 508.00m\n');
  sh('mkswap /dev/vg0/swap; swapon /dev/mapper/vg0-swap');
  expect(kvm.host.meminfo.SwapTotal).toBe(512 * 1024 - 4);
  expect(sh('lvs --noheadings -o lv_name,lv_attr,lv_size')).toBe('  swap -wi-ao---- 512.00m\n');
  expect(sh('lsblk -n -o NAME,SIZE,TYPE,MOUNTPOINTS /dev/vdb')).toMatch(
    /└─vg0-swap +512M lvm +\[SWAP\]/,
  );
  expect(refused('lvremove -y vg0/swap')).toBe('  Logical volume vg0/swap in use.\n');
  sh('swapoff /dev/vg0/swap');
  expect(sh('lvremove -y vg0/swap')).toBe('  Logical volume "swap" successfully removed.\n');
  expect(host.run('ls /dev/vg0').exit).not.toBe(0);
});

it('what a group has not, it does not give', () => {
  sh('vgcreate vg0 /dev/vdb /dev/vdc');
  expect(refused('lvcreate -L 3G -n big vg0')).toBe(
    '  Volume group "vg0" has insufficient free space (510 extents): 768 required.\n',
  );
  sh('lvcreate -l 100%FREE -n all vg0');
  expect(sh('lvs --noheadings --units m -o lv_size')).toBe('  2040.00m\n');
  expect(refused('lvcreate -L 4M -n all vg0')).toBe(
    '  Logical Volume "all" already exists in volume group "vg0"\n',
  );
  expect(refused('pvcreate /dev/vdb')).toBe(
    '  Can\'t initialize physical volume "/dev/vdb" of volume group "vg0" without -ff\n  /dev/vdb: physical volume not initialized.\n',
  );
});

it('is refused in the tools’ own words', () => {
  // As lvm2 2.03.16 of Debian 12 answers.
  expect(refused('pvcreate', 3)).toBe(
    "  No command with matching syntax recognised.  Run 'pvcreate --help' for more information.\n  Correct command syntax is:\n  pvcreate PV ...\n\n",
  );
  expect(refused('pvcreate /dev/nosuch')).toBe('  No device found for /dev/nosuch.\n');
  expect(refused('lvs nosuch')).toBe(
    '  Volume group "nosuch" not found\n  Cannot process volume group nosuch\n',
  );
  expect(refused('lvs --bogus', 3)).toBe(
    "lvs: unrecognized option '--bogus'\n  Error during parsing of command line.\n",
  );
  expect(refused('lvcreate -L 1X vg', 3)).toContain("  Can't parse size argument.\n");
});

it('what lies on a volume is there after a restart of the host', () => {
  const console = new Console(kvm, readHostConfig({}), ALL_PARTS);
  const said = [
    ...console.script(`vgcreate vg0 /dev/vdb
lvcreate -L 100M -n a vg0; lvcreate -L 200M -n b vg0
mkswap /dev/vg0/b; lvremove -y vg0/a
echo '/dev/vg0/b none swap sw 0 0' >> /etc/fstab
reboot
swapon --show=SIZE --noheadings
`),
  ].at(-1);
  expect(said?.stdout.trim()).toBe('200M');
});
