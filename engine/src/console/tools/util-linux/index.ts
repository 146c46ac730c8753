import { at } from '../at.ts';
import * as disks from './disks.ts';
import { dmesg } from './dmesg.ts';
import { lscpu } from './lscpu.ts';
import * as mounts from './mount.ts';
import * as swap from './swap.ts';

/** The programs of util-linux and of file systems, by the path at which each lies. */

export const TOOLS = {
  ...at('/usr/bin', {
    dmesg,
    fallocate: disks.fallocate,
    findmnt: mounts.findmnt,
    lsblk: disks.lsblk,
    lscpu,
    mount: mounts.mount,
    mountpoint: mounts.mountpoint,
    umount: mounts.umount,
  }),
  ...at('/usr/sbin', {
    'mkfs.ext4': disks.mkfs,
    mkfs: disks.mkfs,
    mkswap: swap.mkswap,
    swapoff: swap.swapoff,
    swapon: swap.swapon,
  }),
};
