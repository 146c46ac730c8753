import * as libvirt from './libvirt/part.ts';
import { Part } from './parts.ts';
import type { Parts } from './parts.ts';
import * as shell from './shell/seldom/index.ts';
import * as coreutils from './tools/coreutils/index.ts';
import * as kmod from './tools/kmod/index.ts';
import * as lvm from './tools/lvm/index.ts';
import * as misc from './tools/misc/index.ts';
import * as numactl from './tools/numactl/index.ts';
import * as procps from './tools/procps/index.ts';
import * as text from './tools/text/index.ts';
import * as utilLinux from './tools/util-linux/index.ts';

/** Everything is here from the start: for the command line and for tests. */

const here = <Code>(code: Code): Part<Code> => new Part(() => Promise.resolve(code), code);

export const ALL_PARTS: Parts = {
  shell: here(shell),
  coreutils: here(coreutils),
  text: here(text),
  procps: here(procps),
  'util-linux': here(utilLinux),
  kmod: here(kmod),
  numactl: here(numactl),
  lvm: here(lvm),
  misc: here(misc),
  libvirt: here(libvirt),
};
