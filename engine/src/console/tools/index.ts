import type { Process, Program, Tool } from '../os/process.ts';
import { bash } from '../shell/index.ts';
import { virsh } from '../virsh/virsh.ts';
import { command } from './coreutils/common.ts';
import { COREUTILS } from './coreutils/index.ts';
import * as kmod from './kmod/kmod.ts';
import { getconf } from './misc/getconf.ts';
import * as misc from './misc/system.ts';
import { numactl, numastat } from './numactl/numactl.ts';
import { free } from './procps/free.ts';
import * as processes from './procps/ps.ts';
import { sysctl } from './procps/sysctl.ts';
import { vmstat } from './procps/vmstat.ts';
import { watch } from './procps/watch.ts';
import { TEXT } from './text/index.ts';
import * as disks from './util-linux/disks.ts';
import { dmesg } from './util-linux/dmesg.ts';
import { lscpu } from './util-linux/lscpu.ts';
import * as mounts from './util-linux/mount.ts';
import * as swap from './util-linux/swap.ts';

/** Every program of the host, by the path at which it lies. */

const USER: Readonly<Record<string, (process: Process) => Program | number>> = {
  dmesg,
  editor: misc.editor,
  fallocate: disks.fallocate,
  findmnt: mounts.findmnt,
  free,
  getconf,
  kvm_stat: misc.kvmStat,
  lsblk: disks.lsblk,
  lscpu,
  mount: mounts.mount,
  mountpoint: mounts.mountpoint,
  numactl,
  numastat,
  pgrep: processes.pgrep,
  pkill: processes.pgrep,
  ps: processes.ps,
  'qemu-img': misc.qemuImg,
  'sensible-editor': misc.editor,
  systemctl: misc.systemctl,
  top: processes.top,
  umount: mounts.umount,
  uptime: processes.uptime,
  vmstat,
  watch,
};
const ROOT: Readonly<Record<string, (process: Process) => Program | number>> = {
  depmod: () => 0,
  insmod: kmod.insmod,
  lsmod: kmod.lsmod,
  'mkfs.ext4': disks.mkfs,
  mkfs: disks.mkfs,
  mkswap: swap.mkswap,
  modinfo: kmod.modinfo,
  modprobe: kmod.modprobe,
  poweroff: misc.reboot,
  reboot: misc.reboot,
  rmmod: kmod.rmmod,
  swapoff: swap.swapoff,
  swapon: swap.swapon,
  sysctl,
};

const at = (
  folder: string,
  tools: Readonly<Record<string, (process: Process) => Program | number>>,
): [string, Tool][] =>
  Object.entries(tools).map(([name, body]) => [`${folder}/${name}`, command(body)]);

export const TOOLS: ReadonlyMap<string, Tool> = new Map([
  ...Object.entries(COREUTILS),
  ...Object.entries(TEXT),
  ...at('/usr/bin', USER),
  ...at('/usr/sbin', ROOT),
  ['/usr/bin/pidof', command(processes.pidof)],
  ['/usr/bin/bash', bash],
  ['/usr/bin/sh', bash],
  [
    '/usr/bin/virsh',
    (process) => {
      const { libvirt } = process.system;
      return libvirt === undefined
        ? process.fail('there is no libvirt here')
        : virsh(libvirt)(process);
    },
  ],
]);

/** What lies on the small disk of a guest. */
const OF_GUESTS =
  'cat head tail wc ls mkdir rm cp mv ln touch chmod stat sleep seq yes env date uname hostname id dd df tee sort uniq cut tr grep sed awk true false test [ echo printf pwd basename dirname find xargs clear dmesg nproc'.split(
    ' ',
  );
export const GUEST_TOOLS: ReadonlyMap<string, Tool> = new Map([
  ...OF_GUESTS.flatMap((name): [string, Tool][] => {
    const tool = TOOLS.get(`/usr/bin/${name}`);
    return tool === undefined ? [] : [[`/bin/${name}`, tool]];
  }),
  ['/bin/sh', bash],
]);
