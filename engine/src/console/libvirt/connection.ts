import type { Connection, Open } from './api.ts';
import { LibvirtError } from './errors.ts';

/** Opens libvirt's connections. */
export const openConnection: Open = (): Connection => {
  throw new LibvirtError('NO_CONNECT', 'qemu');
};
