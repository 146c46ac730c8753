import type { Inode } from '../fs/node.ts';
import type { FileState } from '../fs/file-system.ts';
import type { HostConfig } from './config.ts';
import type { HostState } from './state.ts';

/** The host's disk as it is installed: folders, a few files of /etc, devices, and what is mounted where. */

const FOLDERS =
  '/bin /boot /dev /dev/hugepages /dev/mapper /dev/net /dev/pts /dev/shm /etc /etc/default /etc/libvirt /etc/libvirt/qemu /etc/libvirt/qemu/autostart /etc/libvirt/qemu/networks /etc/modprobe.d /etc/sysctl.d /home /lib /lib/modules /lib/modules/6.1.0-56-amd64 /media /mnt /opt /proc /root /run /run/libvirt /sbin /srv /sys /tmp /usr /usr/bin /usr/lib /usr/lib/sysctl.d /usr/sbin /usr/share /usr/share/libvirt /usr/share/libvirt/schemas /var /var/lib /var/lib/libvirt /var/lib/libvirt/boot /var/lib/libvirt/dnsmasq /var/lib/libvirt/images /var/lib/libvirt/qemu /var/lib/libvirt/qemu/dump /var/lib/libvirt/qemu/save /var/lib/libvirt/qemu/snapshot /var/log /var/log/libvirt /var/log/libvirt/qemu /var/tmp'.split(
    ' ',
  );

const MIB = 1024 * 1024;

/** Files of which only it matters that they are there and how large they are, in bytes. */
const LARGE: Record<string, number> = {
  '/boot/vmlinuz-6.1.0-56-amd64': 8_225_728,
  '/boot/initrd.img-6.1.0-56-amd64': 31_457_280,
  '/var/lib/libvirt/boot/vmlinuz': 8_225_728,
  '/var/lib/libvirt/boot/initrd.img': 1_335_296,
  '/usr/bin/qemu-system-x86_64': 19 * MIB,
};

const FILES = (config: HostConfig): Record<string, string> => ({
  '/etc/hostname': `${config.hostname}\n`,
  '/etc/hosts': `127.0.0.1\tlocalhost\n127.0.1.1\t${config.hostname}\n`,
  '/etc/fstab': '/dev/vda1 / ext4 errors=remount-ro 0 1\n',
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
  '/etc/debian_version': '12.15\n',
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\nmessagebus:x:100:107::/nonexistent:/usr/sbin/nologin\nlibvirt-qemu:x:64055:104:Libvirt Qemu,,,:/var/lib/libvirt:/usr/sbin/nologin\n',
  '/etc/group':
    'root:x:0:\ndaemon:x:1:\ntty:x:5:\ndisk:x:6:\nkvm:x:104:\nmessagebus:x:107:\nlibvirt:x:108:\nlibvirt-qemu:x:64055:libvirt-qemu\n',
  '/etc/libvirt/qemu.conf': 'security_driver = "none"\n',
  '/etc/sysctl.conf': '# Settings of the kernel; see sysctl.conf(5).\n',
  '/root/.bashrc': '# Settings of interactive shells; see bash(1).\n',
  '/root/.profile': '# Settings of login shells.\n',
  '/usr/lib/sysctl.d/50-pid-max.conf': 'kernel.pid_max = 4194304\n',
  '/usr/lib/sysctl.d/99-protect-links.conf':
    'fs.protected_fifos = 1\nfs.protected_hardlinks = 1\nfs.protected_regular = 2\nfs.protected_symlinks = 1\n',
});

const DEVICES: [
  path: string,
  type: 'character' | 'block',
  numbers: [number, number],
  mode: number,
  gid: number,
][] = [
  ['/dev/null', 'character', [1, 3], 0o666, 0],
  ['/dev/zero', 'character', [1, 5], 0o666, 0],
  ['/dev/full', 'character', [1, 7], 0o666, 0],
  ['/dev/random', 'character', [1, 8], 0o666, 0],
  ['/dev/urandom', 'character', [1, 9], 0o666, 0],
  ['/dev/kmsg', 'character', [1, 11], 0o644, 0],
  ['/dev/tty', 'character', [5, 0], 0o666, 5],
  ['/dev/console', 'character', [5, 1], 0o600, 0],
  ['/dev/loop-control', 'character', [10, 237], 0o660, 6],
  ['/dev/loop0', 'block', [7, 0], 0o660, 6],
  ['/dev/loop1', 'block', [7, 1], 0o660, 6],
  ['/dev/vda', 'block', [254, 0], 0o660, 6],
  ['/dev/vda1', 'block', [254, 1], 0o660, 6],
  ['/dev/vdb', 'block', [254, 16], 0o660, 6],
  ['/dev/vdc', 'block', [254, 32], 0o660, 6],
];

/** Empty disks, by their numbers, in bytes. */
export const DISKS: Record<string, { name: string; bytes: number }> = {
  '254:0': { name: 'vda', bytes: 20480 * MIB },
  '254:1': { name: 'vda1', bytes: 20479 * MIB },
  '7:0': { name: 'loop0', bytes: 0 },
  '7:1': { name: 'loop1', bytes: 0 },
  '254:16': { name: 'vdb', bytes: 1024 * MIB },
  '254:32': { name: 'vdc', bytes: 1024 * MIB },
};

/** The major number of the device mapper. */
export const MAPPER = 253;

/** All block devices, by their numbers: the disks, and what is mapped on them. */
export function disksOf({
  mapped,
}: Pick<HostState, 'mapped'>): Record<string, { name: string; bytes: number }> {
  const disks = { ...DISKS };
  for (const { minor, bytes } of mapped.values()) {
    disks[`${MAPPER}:${minor}`] = { name: `dm-${minor}`, bytes };
  }
  return disks;
}

/** Links that every program in /usr has. */
const LINKS: Record<string, string> = {
  '/etc/mtab': '../proc/self/mounts',
  '/dev/stdin': '/proc/self/fd/0',
  '/dev/stdout': '/proc/self/fd/1',
  '/dev/stderr': '/proc/self/fd/2',
  '/dev/fd': '/proc/self/fd',
};

class Disk {
  readonly state: FileState = { next: 2, inodes: new Map(), mounts: [] };
  readonly #time: number;

  constructor(time: number) {
    this.#time = time;
    this.state.inodes.set(1, this.#inode({ type: 'directory', mode: 0o755, entries: new Map() }));
  }

  #inode(inode: Omit<Inode, 'uid' | 'gid' | 'mtime' | 'nlink'> & { gid?: number }): Inode {
    return {
      uid: 0,
      gid: 0,
      mtime: this.#time,
      nlink: inode.type === 'directory' ? 2 : 1,
      ...inode,
    };
  }

  #folder(path: string): Inode {
    let folder = this.state.inodes.get(1);
    for (const part of path.split('/').filter((name) => name !== '')) {
      let ino = folder?.entries?.get(part);
      if (ino === undefined) {
        ino = this.add(folder, part, { type: 'directory', mode: 0o755, entries: new Map() });
      }
      folder = this.state.inodes.get(ino);
    }
    if (folder === undefined) throw new Error(`no folder ${path}`);
    return folder;
  }

  add(
    folder: Inode | undefined,
    name: string,
    inode: Omit<Inode, 'uid' | 'gid' | 'mtime' | 'nlink'> & { gid?: number },
  ): number {
    const ino = this.state.next++;
    this.state.inodes.set(ino, this.#inode(inode));
    folder?.entries?.set(name, ino);
    return ino;
  }

  folder(path: string): void {
    this.#folder(path);
  }
  setMode(path: string, mode: number): void {
    this.#folder(path).mode = mode;
  }
  put(
    path: string,
    inode: Omit<Inode, 'uid' | 'gid' | 'mtime' | 'nlink'> & { gid?: number },
  ): void {
    const slash = path.lastIndexOf('/');
    const folder = this.#folder(path.slice(0, slash));
    const name = path.slice(slash + 1);
    const there = folder.entries?.get(name);
    if (there !== undefined) this.state.inodes.delete(there);
    this.add(folder, name, inode);
  }
}

/** A disk with programs, given by their paths, and with the files that a host's description has. */
export function installedDisk(
  config: HostConfig,
  programs: readonly string[],
  time: number,
): FileState {
  const disk = new Disk(time);
  for (const path of FOLDERS) disk.folder(path);
  for (const [path, text] of Object.entries(FILES(config))) {
    disk.put(path, { type: 'file', mode: 0o644, content: [{ text }] });
  }
  for (const [path, bytes] of Object.entries(LARGE)) {
    disk.put(path, { type: 'file', mode: 0o755, content: [{ opaque: bytes }] });
  }
  for (const path of programs) {
    // Some are there already, with a size that matters.
    if (LARGE[path] !== undefined) continue;
    disk.put(path, { type: 'file', mode: 0o755, content: [{ opaque: 64 * 1024 }] });
    // /bin and /sbin lead to /usr.
    if (path.startsWith('/usr/bin/') || path.startsWith('/usr/sbin/')) {
      disk.put(path.slice('/usr'.length), { type: 'link', mode: 0o777, target: path });
    }
  }
  for (const [path, target] of Object.entries(LINKS)) {
    disk.put(path, { type: 'link', mode: 0o777, target });
  }
  for (const [path, type, device, mode, gid] of DEVICES) {
    disk.put(path, { type, mode, device, gid });
  }
  for (const path of ['/tmp', '/var/tmp', '/dev/shm']) disk.setMode(path, 0o1777);
  disk.setMode('/root', 0o700);
  for (const [path, text] of Object.entries(config.files)) {
    // Of /proc and /sys the host takes care itself.
    if (/^\/(proc|sys)\//.test(path)) continue;
    // Definitions of domains may hold passwords; libvirt keeps them to itself.
    const mode = path.startsWith('/etc/libvirt/qemu/') ? 0o600 : 0o644;
    disk.put(path, { type: 'file', mode, content: [{ text }] });
  }
  bootMounts(disk.state, config, time);
  return disk.state;
}

/** What is mounted when the system has booted; what was mounted before is not any more, and /tmp is empty. */
export function bootMounts(state: FileState, config: HostConfig, time: number): void {
  for (const { root } of state.mounts)
    if (root !== 1 && typeof root === 'number') drop(state, root);
  state.mounts = [];
  const mount = (
    target: string,
    source: string,
    type: string,
    options: string,
    root: number | string,
  ): number => state.mounts.push({ target, source, type, options, root });
  const root = (mode = 0o755): number => {
    const ino = state.next++;
    state.inodes.set(ino, {
      type: 'directory',
      mode,
      entries: new Map(),
      uid: 0,
      gid: 0,
      mtime: time,
      nlink: 2,
    });
    return ino;
  };
  const tmpfs = (mode?: number): number => {
    const ino = root(mode);
    const inode = state.inodes.get(ino);
    if (inode !== undefined) inode.tmpfs = ino;
    return ino;
  };
  mount('/', '/dev/vda1', 'ext4', 'rw,relatime,errors=remount-ro', 1);
  mount('/sys', 'sysfs', 'sysfs', 'rw,nosuid,nodev,noexec,relatime', 'sys');
  mount('/proc', 'proc', 'proc', 'rw,nosuid,nodev,noexec,relatime', 'proc');
  mount(
    '/run',
    'tmpfs',
    'tmpfs',
    `rw,nosuid,nodev,noexec,relatime,size=${Math.floor(config.memory / 10)}k,mode=755,inode64`,
    tmpfs(),
  );
  mount('/dev/shm', 'tmpfs', 'tmpfs', 'rw,nosuid,nodev,inode64', tmpfs(0o1777));
  mount('/sys/kernel/debug', 'debugfs', 'debugfs', 'rw,nosuid,nodev,noexec,relatime', 'debug');
  mount('/dev/hugepages', 'hugetlbfs', 'hugetlbfs', 'rw,relatime,pagesize=2M', root());
  const top = state.inodes.get(1)?.entries?.get('tmp');
  const temporary = top === undefined ? undefined : state.inodes.get(top)?.entries;
  for (const ino of temporary?.values() ?? []) drop(state, ino);
  temporary?.clear();
  // Nothing is mapped before somebody does it.
  const dev = state.inodes.get(state.inodes.get(1)?.entries?.get('dev') ?? 0)?.entries;
  for (const name of dev?.keys() ?? []) if (/^dm-\d+$/.test(name)) dev?.delete(name);
  const mapper = state.inodes.get(dev?.get('mapper') ?? 0)?.entries;
  for (const name of mapper?.keys() ?? []) mapper?.delete(name);
  // No page of a file is in memory yet.
  for (const inode of state.inodes.values()) delete inode.cache;
}

function drop(state: FileState, ino: number): void {
  for (const child of state.inodes.get(ino)?.entries?.values() ?? []) drop(state, child);
  state.inodes.delete(ino);
}
