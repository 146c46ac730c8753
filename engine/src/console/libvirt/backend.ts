import type { FileSystem } from '../fs/file-system.ts';
import type { Clock } from '../os/clock.ts';
import type { MemoryStat } from './api.ts';

/** What lies below libvirt: the host's processes named qemu-system-x86_64, its memory and its files. */

/** What a machine is made of. */
export interface MachineSpec {
  name: string;
  uuid: string;
  /** Number of the domain. */
  id: number;
  /** `kvm` or `qemu`. */
  type: string;
  /** KiB of the memory at boot, devices included. */
  memory: number;
  /** What the balloon is to leave, KiB. */
  currentMemory: number;
  vcpus: number;
  /** Nodes of the guest, in order; one where the document names none. */
  cells: MachineCell[];
  balloon: { autodeflate: boolean; freePageReporting: boolean } | null;
  /** `<memoryBacking>`. */
  locked: boolean;
  prealloc: boolean;
  noSharePages: boolean;
  /** Where its files lie. */
  disks: string[];
  kernel: string | null;
  cmdline: string;
  /** Pseudo terminals that it wants. */
  ptys: number;
}

export interface MachineCell {
  /** KiB. */
  memory: number;
  /** Page size of the memory behind it, KiB; 4: ordinary pages, which may become huge by themselves. */
  pageSize: number;
  cpus: number[];
  /** Where the host may take the memory; null: anywhere. */
  policy: { mode: string; nodes: number[] } | null;
  shared: boolean;
}

export interface Started {
  /** The process; everything else is asked for by it. */
  pid: number;
  /** `/dev/pts/0`, as many as were asked for. */
  ptys: string[];
}

/** The text that QEMU wrote before it went: `unable to map backing store for guest RAM: Cannot allocate memory`. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface HostNode {
  id: number;
  /** KiB. */
  total: number;
  free: number;
  cpus: { id: number; socket: number; die: number; core: number }[];
  /** Distance to each node. */
  distances: number[];
  /** Pools of huge pages, by page size in KiB. */
  pools: { size: number; total: number; free: number }[];
}

/** The host's processors, all alike. */
export interface HostCpu {
  mhz: number;
  vendor: string;
  /** The model nearest to it that a guest may have, and what it has beyond: `<cpu mode='host-model'>`. */
  model: string;
  features: readonly string[];
  /** The model that `virsh capabilities` names, and what the host has beyond that. */
  baseline: string;
  extra: readonly string[];
  microcode: number;
  family: number;
  number: number;
  stepping: number;
  physicalBits: number;
  topology: { sockets: number; cores: number; threads: number };
}

/** What a guest does by itself, said through `Backend.onNotice`. */
export type Notice =
  /** It switched itself off, after the power button or on its own. */
  | 'shutdown'
  /** It started anew. */
  | 'reset'
  /** Its kernel panicked, or QEMU died. */
  | 'crash'
  /** The balloon reached another size. */
  | 'balloon';

export interface Backend {
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly hostname: string;
  /** Of the host's firmware. */
  readonly hostUuid: string;
  /** Whether /dev/kvm is there. */
  readonly kvm: boolean;
  readonly cpu: HostCpu;
  /** A random UUID, the next of a seeded row. */
  uuid(): string;
  /** So many random bytes, for MAC addresses. */
  random(bytes: number): number[];

  nodes(): HostNode[];
  /** Of the whole host, KiB. */
  memory(): { total: number; free: number; buffers: number; cached: number };
  /** Nanoseconds since the start; `cpu` -1: all together. */
  cpuTimes(cpu: number): { kernel: number; user: number; idle: number; iowait: number };
  /** Sets or adds to a pool of huge pages; how many it has then. `node` -1: the host's pool. */
  setPool(node: number, size: number, count: number, add: boolean): number;
  /** Page sizes of mounted hugetlbfs, KiB. */
  hugetlbfs(): number[];

  /** Throws `StartError`. `image`: one that `save` returned. `paused`: no instruction runs yet. */
  start(spec: MachineSpec, how: { paused: boolean; image?: number }): Started;
  /** Ends the process. */
  stop(pid: number): void;
  pause(pid: number): void;
  resume(pid: number): void;
  reset(pid: number): void;
  /** Presses the power button: a guest that is up goes down after some seconds and says so (`onNotice`). */
  powerButton(pid: number): void;
  /** Asks the guest for a size of the balloon, KiB; it gets there over time. */
  setBalloon(pid: number, kib: number): void;
  /** The size reached, KiB. */
  balloon(pid: number): number;
  /** What the guest's balloon driver said last; without `actual` and `rss`. Empty before it is up. */
  guestStats(pid: number): MemoryStat[];
  /** Seconds; 0 ends it. */
  setStatsPeriod(pid: number, seconds: number): void;
  /** KiB in the host's memory. */
  rss(pid: number): number;
  /** Nanoseconds: in all, in user and system mode, and of each vCPU with the processor on which it runs. */
  cpuTime(pid: number): {
    total: number;
    user: number;
    system: number;
    vcpus: { time: number; cpu: number }[];
  };
  /** The limits of the process's control group, KiB; Infinity: none. */
  setLimits(pid: number, limits: { hard: number; soft: number; swap: number }): void;
  /** Where memory may be taken from now on. */
  setMemoryPolicy(pid: number, nodes: readonly number[]): void;
  /** Of a vCPU, or -1 of the emulator: the processors on which it may run. */
  pin(pid: number, vcpu: number, cpus: readonly number[]): void;
  /** An image of a paused machine; kept until `dropImage`, and with the state when the console is rewound. */
  save(pid: number): { image: number; bytes: number };
  dropImage(image: number): void;
  /** A disk's image, sizes in bytes; null where there is no such file. */
  image(path: string): {
    format: string;
    capacity: number;
    allocation: number;
    physical: number;
  } | null;
  /** Makes an empty qcow2 image over another one. */
  overlay(path: string, backing: string): void;
  /** qemu-img snapshot: marks the image's present state, goes back to a mark, or forgets one. */
  snapshotDisk(path: string, name: string, what: 'create' | 'apply' | 'delete'): void;
  /** A command of the human monitor; its text without the prompt. */
  monitor(pid: number, command: string): string;
  /** The guest's first serial line. */
  console(pid: number): {
    readonly ready: boolean;
    read(): string | null;
    write(text: string): void;
    close(): void;
  };
  /** Called with what guests do; there is one listener. */
  onNotice: ((pid: number, notice: Notice) => void) | null;
}
