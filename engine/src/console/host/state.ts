import type { Extent } from '../fs/content.ts';
import type { GuestState } from '../guest/guest-system.ts';
import type { MemoryStat } from '../libvirt/api.ts';
import type { MachineSpec } from '../libvirt/backend.ts';
import type { LibvirtState } from '../libvirt/state.ts';
import type { Mapped } from '../os/system.ts';
import type { FileState } from '../fs/file-system.ts';

/**
 * All of a host that does not lie in the machine's own memory: plain data, so that a copy of it is a copy of
 * the host. Numbers named `handle` are the machine's.
 */
export interface HostState {
  hostname: string;
  files: FileState;
  /** Milliseconds since 1970 at the machine's start. */
  bootedAt: number;
  log: LogLine[];
  /** How many lines of the log `dmesg -c` has taken away. */
  logCleared: number;
  /** Modules in the kernel: their parameters as /sys/module shows them. */
  modules: Map<string, Map<string, string>>;
  swaps: Swap[];
  /** Keys of sysctl that nothing else keeps, by path below /proc/sys. */
  sysctl: Map<string, string>;
  thp: Thp;
  /** Programs that the system runs by itself. */
  daemons: Daemon[];
  /** Where the sequence of everything drawn at random is. */
  random: number;
  /** What lies on block devices that were written, by their numbers. */
  disks: Map<string, Extent[]>;
  /** Devices of the device mapper that are active, by name. */
  mapped: Map<string, Mapped>;
  /** When dirty pages were written last, in milliseconds since the start. */
  flushedAt: number;
  bootId: string;
  /** The host runs; it does not any more after `poweroff`, and begins anew after `reboot`. */
  libvirt: LibvirtState;
  machines: Map<number, MachineRecord>;
  /** Machines that were saved, by the number of their image. */
  images: Map<number, SavedMachine>;
  powered: 'on' | 'off' | 'restart';
}

/** A virtual machine that runs: a process of the host. */
export interface MachineRecord {
  pid: number;
  spec: MachineSpec;
  /** The machine's handles: of the virtual machine, of its Linux, of QEMU's own memory. */
  vm: number;
  linux: number;
  overhead: number;
  /** Of all that its guest draws at random. */
  seed: number;
  paused: boolean;
  /** Milliseconds of the clock: when it began to boot. */
  startedAt: number;
  /** When it will have switched itself off; null while nobody asked. */
  offAt: number | null;
  /** When the BIOS resets it a second time. */
  resetsAt: number | null;
  /** It is to start anew instead. */
  restarts: boolean;
  /** Seconds between two reports of the balloon's driver; 0 for none. */
  period: number;
  /** What the driver reported last, and when. */
  stats: MemoryStat[];
  reportedAt: number;
  /** KiB that the balloon left when somebody was told. */
  toldBalloon: number;
  toldAt: number;
  ptys: string[];
  guest: GuestState;
  /** The image that was made of it last, and when. */
  saved: { image: number; at: number } | null;
}

/**
 * An image. Of a machine that ended when it was made it is the machine itself, its memory in a file; of one that
 * went on, or that has huge pages of a pool, only what its guest boots from again.
 */
export interface SavedMachine {
  seed: number;
  balloon: number;
  parked: { machine: MachineRecord; file: number } | null;
}

export interface LogLine {
  /** Microseconds since the start. */
  at: number;
  /** As syslog(2) numbers them: 3 an error, 4 a warning, 5 a notice, 6 information. */
  level: number;
  text: string;
}

export interface Swap {
  path: string;
  kind: 'file' | 'partition';
  /** The number by which the machine knows it. */
  handle: number;
  /** KiB, its header not included. */
  size: number;
  /** As it was asked for; null for the kernel's choice. */
  priority: number | null;
}

export interface Thp {
  enabled: 'always' | 'madvise' | 'never';
  defrag: 'always' | 'defer' | 'defer+madvise' | 'madvise' | 'never';
  shmem: string;
  useZeroPage: boolean;
  khugepaged: Map<string, string>;
}

export interface Daemon {
  pid: number;
  parent: number;
  name: string;
  command: string;
  threads: number;
  uid: number;
  /** The machine's process; 0 for a thread of the kernel, which has no memory of its own. */
  handle: number;
  /** Milliseconds since the start. */
  startedAt: number;
}
