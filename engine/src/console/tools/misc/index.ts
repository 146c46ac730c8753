import { at } from '../at.ts';
import { getconf } from './getconf.ts';
import { editor, kvmStat, qemuImg, reboot, systemctl } from './system.ts';

/** Programs of several packages, by the path at which each lies. */

export const TOOLS = {
  ...at('/usr/bin', {
    editor,
    getconf,
    kvm_stat: kvmStat,
    'qemu-img': qemuImg,
    'sensible-editor': editor,
    systemctl,
  }),
  ...at('/usr/sbin', {
    poweroff: reboot,
    reboot,
  }),
};
