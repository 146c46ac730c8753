import type { Program, Tool } from '../os/process.ts';
import type { PartName, Parts } from '../parts.ts';
import { bashOf } from '../shell/index.ts';

/** Every program of the host, by the path at which it lies, and the part of the code that it is in. */

const PROGRAMS: Readonly<Record<PartName, Readonly<Record<string, string>>>> = {
  // Of the shell only builtins are in a part.
  shell: {},
  coreutils: {
    '/usr/bin':
      '[ basename cat chgrp chmod chown clear cp date dd df dirname du echo env false find fold head hexdump hostname id ln ls mkdir mktemp mv nice nl nohup nproc od paste printenv printf pwd readlink realpath rev rm rmdir seq sleep stat sync tac tail tee test timeout touch true truncate tty uname wc which whoami xargs yes',
  },
  text: {
    '/usr/bin': 'awk column comm cut diff egrep fgrep grep join mawk sed sort tr uniq',
  },
  procps: {
    '/usr/bin': 'free pgrep pidof pkill ps top uptime vmstat watch',
    '/usr/sbin': 'sysctl',
  },
  'util-linux': {
    '/usr/bin': 'dmesg fallocate findmnt lsblk lscpu mount mountpoint umount',
    '/usr/sbin': 'mkfs mkfs.ext4 mkswap swapoff swapon',
  },
  kmod: { '/usr/sbin': 'depmod insmod lsmod modinfo modprobe rmmod' },
  lvm: {
    '/usr/sbin':
      'lvcreate lvextend lvremove lvs pvcreate pvremove pvs vgchange vgcreate vgextend vgremove vgs',
  },
  numactl: { '/usr/bin': 'memhog numactl numastat' },
  misc: {
    '/usr/bin': 'editor getconf kvm_stat qemu-img sensible-editor systemctl',
    '/usr/sbin': 'poweroff reboot',
  },
  libvirt: { '/usr/bin': 'virsh virt-top virt-xml-validate' },
};

/** A program whose code is in a part; `before` is done once that is here. */
function programOf(parts: Parts, name: PartName, path: string, before: () => void): Tool {
  const part = parts[name];
  const there = (): Tool | null => {
    if (part.code === null) return null;
    before();
    return part.code.TOOLS[path] ?? null;
  };
  return (process) => {
    const tool = there();
    if (tool !== null) return tool(process);
    return (function* (): Program {
      yield part.awaited;
      const fetched = there();
      if (fetched === null) {
        return process.fail(
          `its code could not be fetched (${part.problem ?? 'it is not there'}); try again once the site can be reached`,
          126,
        );
      }
      const result = fetched(process);
      return typeof result === 'number' ? result : yield* result;
    })();
  };
}

/** The programs of a host. What is in the part `libvirt` finds `startLibvirt` done. */
export function toolsOf(parts: Parts, startLibvirt: () => void): ReadonlyMap<string, Tool> {
  const bash = bashOf(parts.shell);
  const tools = new Map<string, Tool>([
    ['/usr/bin/bash', bash],
    ['/usr/bin/sh', bash],
  ]);
  for (const [part, folders] of Object.entries(PROGRAMS) as [
    PartName,
    Readonly<Record<string, string>>,
  ][]) {
    for (const [folder, names] of Object.entries(folders)) {
      for (const name of names.split(' ')) {
        const path = `${folder}/${name}`;
        const before = part === 'libvirt' ? startLibvirt : () => undefined;
        tools.set(path, programOf(parts, part, path, before));
      }
    }
  }
  return tools;
}

/** The part in which a program's code is; undefined where it is in none. */
export function partOf(program: string): PartName | undefined {
  return (Object.keys(PROGRAMS) as PartName[]).find((part) =>
    Object.values(PROGRAMS[part]).some((names) => names.split(' ').includes(program)),
  );
}

/** What lies on the small disk of a guest. */
const OF_GUESTS =
  'cat head tail wc ls mkdir rm cp mv ln touch chmod stat sleep seq yes env date uname hostname id dd df tee sort uniq cut tr grep sed awk true false test [ echo printf pwd basename dirname find xargs clear dmesg nproc';

/** The programs of a guest, of those of its host. */
export function guestToolsOf(tools: ReadonlyMap<string, Tool>): ReadonlyMap<string, Tool> {
  const bash = tools.get('/usr/bin/bash');
  const guest = new Map<string, Tool>(bash === undefined ? [] : [['/bin/sh', bash]]);
  for (const name of OF_GUESTS.split(' ')) {
    const tool = tools.get(`/usr/bin/${name}`);
    if (tool !== undefined) guest.set(`/bin/${name}`, tool);
  }
  return guest;
}
