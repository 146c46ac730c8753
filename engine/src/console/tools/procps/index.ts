import { at } from '../at.ts';
import { free } from './free.ts';
import { pgrep, pidof, ps, top, uptime } from './ps.ts';
import { sysctl } from './sysctl.ts';
import { vmstat } from './vmstat.ts';
import { watch } from './watch.ts';

/** The programs of procps, by the path at which each lies. */

export const TOOLS = {
  ...at('/usr/bin', {
    free,
    pgrep,
    pidof,
    pkill: pgrep,
    ps,
    top,
    uptime,
    vmstat,
    watch,
  }),
  ...at('/usr/sbin', {
    sysctl,
  }),
};
