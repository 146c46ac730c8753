import type { Open } from '../libvirt/api.ts';
import type { FileSystem } from '../fs/file-system.ts';
import type { Clock } from './clock.ts';
import type { Process, Tool } from './process.ts';
import type { Scheduler } from './scheduler.ts';

/** A system on which programs run: the host, or a guest at its console. */
export interface System {
  /** What `uname` says. */
  readonly uname: {
    sysname: string;
    nodename: string;
    release: string;
    version: string;
    machine: string;
  };
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly scheduler: Scheduler;
  readonly calls: Calls;
  /** Programs by the path at which they lie: the file there is what `ls` shows, this is what runs. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Opens connections to the system's libvirt; missing where there is none. */
  readonly libvirt?: Open;
  /** Its processors are stopped: no program of it runs. */
  readonly paused?: boolean;
  /** What users and groups are called, by number. */
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
  /** Processes that run programs; those that the system has by itself are in /proc only. */
  readonly processes: readonly Process[];
}

/** A device of the device mapper. */
export interface Mapped {
  minor: number;
  bytes: number;
  /** The disk that it lies on. */
  on: string;
}

/** Memory of a program that nobody else sees; a page of it takes a frame once it is touched. */
export interface Memory {
  /** Writes a stretch, in bytes. False where memory was so short that the process was killed for it. */
  touch(first: number, bytes: number): boolean;
  release(): void;
}

/** What programs ask of the kernel beyond files. Each throws an `Errno` where the kernel would fail. */
export interface Calls {
  /** swapon(2). EINVAL without a signature, with holes or of a wrong kind; EBUSY where it is on already. */
  swapon(path: string, flags: { priority: number | null; discard: boolean }): void;
  /** swapoff(2). EINVAL where it is not on, ENOMEM where what it holds has no room elsewhere. */
  swapoff(path: string): void;
  /**
   * mount(2). `options` as in mount(8), without what mount(8) keeps for itself. ENODEV for an unknown type,
   * EINVAL for a bad option, ENOENT and ENOTDIR for the target.
   */
  mount(source: string, target: string, type: string, options: readonly string[]): void;
  /** mount --bind. */
  bind(source: string, target: string): void;
  /** umount2(2). EINVAL where nothing is mounted, EBUSY while it is in use, unless it is done lazily (MNT_DETACH). */
  umount(target: string, lazy: boolean): void;
  /**
   * finit_module(2): inserts a module with parameters as one text. EEXIST where it is there already, EINVAL for a
   * bad value, EOPNOTSUPP where the processor cannot.
   */
  insertModule(name: string, parameters: string): void;
  /** delete_module(2). ENOENT where it is not there, EAGAIN while it is used. */
  removeModule(name: string): void;
  /** statfs(2): bytes of the file system that is mounted at a place, and those in use; 0 where it has none. */
  statfs(target: string): { size: number; used: number };
  /** The device mapper: a block device /dev/mapper/NAME of so many bytes, on a disk of this name. */
  mapDevice(name: string, bytes: number, on: string): void;
  /** The same device goes. ENXIO where there is none, EBUSY while it is in use. */
  unmapDevice(name: string): void;
  /** Devices of the device mapper, by name. */
  readonly mapped: ReadonlyMap<string, Mapped>;
  /**
   * mmap(2): anonymous memory of a process, in transparent huge pages where they may be (`huge`). ENOMEM for more
   * than there could ever be.
   */
  mapMemory(process: Process, bytes: number, huge: boolean): Memory;
  /** sync(2). */
  sync(): void;
  /** reboot(2): the console begins anew. */
  reboot(how: 'restart' | 'off'): void;
  /** sched_getaffinity(2): numbers of the processors on which programs run. */
  readonly cpus: readonly number[];
}
