import { at } from '../at.ts';
import { memhog } from './memhog.ts';
import { numactl, numastat } from './numactl.ts';

/** The programs of numactl, by the path at which each lies. */

export const TOOLS = {
  ...at('/usr/bin', {
    memhog,
    numactl,
    numastat,
  }),
};
