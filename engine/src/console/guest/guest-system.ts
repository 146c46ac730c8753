import type { LinuxGuest } from '../../linux/linux.ts';
import { FileSystem } from '../fs/file-system.ts';
import type { FileState } from '../fs/file-system.ts';
import type { Device, Inode, VirtualNode } from '../fs/node.ts';
import { forget, touch } from '../host/page-cache.ts';
import { draw } from '../host/random.ts';
import { kernelParts, meminfoText } from '../host/proc/meminfo.ts';
import { vmstatText } from '../host/proc/vmstat.ts';
import type { MoreMeminfo } from '../host/proc/meminfo.ts';
import { file, folder, wholeNumber } from '../host/tree.ts';
import type { Clock } from '../os/clock.ts';
import { Errno } from '../os/errno.ts';
import type { Process, Tool } from '../os/process.ts';
import type { Scheduler } from '../os/scheduler.ts';
import type { Calls, System } from '../os/system.ts';

/** What a guest keeps besides the machine's memory: plain data. */
export interface GuestState {
  files: FileState;
  swappiness: number;
  /** Where the guest's own sequence of random numbers stands (random.ts). */
  random: number;
}

const FOLDERS = ['bin', 'dev', 'etc', 'proc', 'root', 'sbin', 'sys', 'tmp', 'usr'];

/** The small disk that every guest boots from. */
export function guestDisk(programs: readonly string[], hostname: string, wall: number): GuestState {
  const inodes = new Map<number, Inode>();
  let next = 1;
  const inode = (rest: Partial<Inode> & Pick<Inode, 'type' | 'mode'>): number => {
    inodes.set(next, { uid: 0, gid: 0, mtime: wall, nlink: 1, ...rest });
    return next++;
  };
  const root = new Map<string, number>();
  inode({ type: 'directory', mode: 0o755, entries: root });
  const folders = new Map<string, Map<string, number>>();
  for (const name of FOLDERS) {
    const entries = new Map<string, number>();
    root.set(name, inode({ type: 'directory', mode: 0o755, entries }));
    folders.set(name, entries);
  }
  for (const path of programs) {
    const [, where = '', name = ''] = path.split('/');
    folders
      .get(where)
      ?.set(name, inode({ type: 'file', mode: 0o755, content: [{ opaque: 1024 }] }));
  }
  const dev = folders.get('dev');
  for (const [name, numbers] of [
    ['null', [1, 3]],
    ['zero', [1, 5]],
    ['tty', [5, 0]],
  ] as const) {
    dev?.set(name, inode({ type: 'character', mode: 0o666, device: [...numbers] }));
  }
  folders
    .get('etc')
    ?.set('hostname', inode({ type: 'file', mode: 0o644, content: [{ text: `${hostname}\n` }] }));
  return {
    files: {
      next,
      inodes,
      mounts: [
        { target: '/', source: 'rootfs', type: 'rootfs', options: 'rw', root: 1 },
        { target: '/proc', source: 'proc', type: 'proc', options: 'rw,relatime', root: 'proc' },
        { target: '/sys', source: 'sysfs', type: 'sysfs', options: 'rw,relatime', root: 'sys' },
      ],
    },
    swappiness: 60,
    random: wall | 1,
  };
}

/** A guest's own system, at its console. Its memory is what its kernel says, and nothing that the host knows. */
export class GuestSystem implements System {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly users: ReadonlyMap<number, string> = new Map([[0, 'root']]);
  readonly groups: ReadonlyMap<number, string> = new Map([[0, 'root']]);
  readonly linux: LinuxGuest;
  readonly state: GuestState;
  readonly vcpus: number;
  /** Its vCPUs are stopped: so are its programs. */
  paused = false;
  readonly #power: (how: 'restart' | 'off') => void;
  readonly #cmdline: string;
  readonly #hostname: string;

  constructor(parts: {
    linux: LinuxGuest;
    state: GuestState;
    clock: Clock;
    scheduler: Scheduler;
    tools: ReadonlyMap<string, Tool>;
    vcpus: number;
    cmdline: string;
    hostname: string;
    power: (how: 'restart' | 'off') => void;
  }) {
    this.linux = parts.linux;
    this.state = parts.state;
    this.clock = parts.clock;
    this.scheduler = parts.scheduler;
    this.tools = parts.tools;
    this.vcpus = parts.vcpus;
    this.#cmdline = parts.cmdline;
    this.#hostname = parts.hostname;
    this.#power = parts.power;
    this.fs = new FileSystem(parts.state.files, {
      uid: 0,
      held: (fd) => this.scheduler.current?.fds.get(fd),
      wall: () => this.clock.wall,
      virtual: (name) => (name === 'proc' ? this.#proc() : folder({})),
      device: ([major, minor]): Device | null =>
        major === 1 && minor === 5
          ? { read: (most) => '\0'.repeat(most), write: () => undefined, zeroes: true }
          : { read: () => null, write: () => undefined },
      touched: (inode, offset, length, wrote) =>
        touch(this.linux.memory, () => draw(this.state), inode, offset, length, wrote),
      dropped: (inode, length) => forget(this.linux.memory, inode, length),
    });
  }

  get uname(): System['uname'] {
    return {
      sysname: 'Linux',
      nodename: this.#hostname,
      release: '6.1.0-56-amd64',
      version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-18)',
      machine: 'x86_64',
    };
  }

  get processes(): readonly Process[] {
    return this.scheduler.processes.filter(({ system }) => system === this);
  }

  get #more(): MoreMeminfo {
    const { memory } = this.linux;
    return {
      parts: kernelParts(memory.meminfo.Slab),
      overcommitRatio: 50,
      giant: false,
      buffers: 0,
      mapped: Math.min(35_976, memory.meminfo.Cached),
    };
  }

  #proc(): VirtualNode {
    const { memory } = this.linux;
    const cpu = (index: number): string =>
      `processor\t: ${index}\nvendor_id\t: AuthenticAMD\nmodel name\t: QEMU Virtual CPU version 2.5+\nflags\t\t: fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pse36 clflush mmx fxsr sse sse2 syscall nx lm nopl pni cx16 hypervisor lahf_lm\n\n`;
    return folder({
      cmdline: file(() => `${this.#cmdline}\n`),
      cpuinfo: file(() => Array.from({ length: this.vcpus }, (_, index) => cpu(index)).join('')),
      filesystems: file(() => 'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\n'),
      loadavg: file(() => '0.00 0.00 0.00 1/40 100\n'),
      meminfo: file(() => meminfoText(memory, this.#more)),
      modules: file(() => 'virtio_balloon 28672 0 - Live 0x0000000000000000\n'),
      mounts: file(() =>
        this.fs.state.mounts
          .map(
            ({ source, target, type, options }) => `${source} ${target} ${type} ${options} 0 0\n`,
          )
          .join(''),
      ),
      stat: file(() => `cpu  0 0 0 ${Math.floor(this.clock.now / 10)} 0 0 0 0 0 0\n`),
      swaps: file(() => {
        const { SwapTotal, SwapFree } = memory.meminfo;
        const row =
          SwapTotal === 0
            ? ''
            : `/dev/vda2                               partition\t${SwapTotal}\t\t${SwapTotal - SwapFree}\t\t-2\n`;
        return `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${row}`;
      }),
      sys: folder({
        vm: folder({
          swappiness: file(
            () => `${this.state.swappiness}\n`,
            (text) => {
              this.state.swappiness = wholeNumber(text, 0, 200);
              memory.setSwappiness(this.state.swappiness);
            },
          ),
          drop_caches: file(
            null,
            (text) => {
              if ((wholeNumber(text, 1, 4) & 1) !== 0) memory.dropCaches();
            },
            0o200,
          ),
        }),
        kernel: folder({ hostname: file(() => `${this.#hostname}\n`) }),
      }),
      uptime: file(
        () => `${(this.clock.now / 1000).toFixed(2)} ${(this.clock.now / 1000).toFixed(2)}\n`,
      ),
      version: file(() => `Linux version ${this.uname.release} ${this.uname.version}\n`),
      vmstat: file(() => vmstatText(memory, this.#more)),
    });
  }

  readonly calls: Calls = refusing((how) => this.#power(how));
}

/** A guest's kernel lets its programs do nothing to it but end it. */
function refusing(power: (how: 'restart' | 'off') => void): Calls {
  const no = (): never => {
    throw new Errno('EPERM');
  };
  return {
    swapon: no,
    swapoff: no,
    mount: no,
    bind: no,
    umount: no,
    insertModule: no,
    removeModule: no,
    mapDevice: no,
    unmapDevice: no,
    mapMemory: no,
    mapped: new Map(),
    statfs: () => ({ size: 0, used: 0 }),
    sync: () => undefined,
    reboot: power,
    cpus: [0],
  };
}
