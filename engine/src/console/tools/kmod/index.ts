import { at } from '../at.ts';
import { insmod, lsmod, modinfo, modprobe, rmmod } from './kmod.ts';

/** The programs of kmod, by the path at which each lies. */

export const TOOLS = {
  ...at('/usr/sbin', {
    depmod: () => 0,
    insmod,
    lsmod,
    modinfo,
    modprobe,
    rmmod,
  }),
};
