import { Part } from './parts.ts';
import type { Parts } from './parts.ts';

/** Each part comes when it is first needed: for a page. What one console has fetched the next one has. */
export const FETCHED_PARTS: Parts = {
  shell: new Part(() => import('./shell/seldom/index.ts')),
  coreutils: new Part(() => import('./tools/coreutils/index.ts')),
  text: new Part(() => import('./tools/text/index.ts')),
  procps: new Part(() => import('./tools/procps/index.ts')),
  'util-linux': new Part(() => import('./tools/util-linux/index.ts')),
  kmod: new Part(() => import('./tools/kmod/index.ts')),
  numactl: new Part(() => import('./tools/numactl/index.ts')),
  lvm: new Part(() => import('./tools/lvm/index.ts')),
  misc: new Part(() => import('./tools/misc/index.ts')),
  libvirt: new Part(() => import('./libvirt/part.ts')),
};
