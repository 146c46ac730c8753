import { at } from '../at.ts';
import {
  lvcreate,
  lvextend,
  lvremove,
  pvcreate,
  pvremove,
  vgchange,
  vgcreate,
  vgextend,
  vgremove,
} from './commands.ts';
import { report } from './report.ts';

/** The programs of lvm2, by the path at which each lies. */
export const TOOLS = at('/usr/sbin', {
  lvcreate,
  lvextend,
  lvremove,
  lvs: report,
  pvcreate,
  pvremove,
  pvs: report,
  vgchange,
  vgcreate,
  vgextend,
  vgremove,
  vgs: report,
});
