import type { Kvm } from '../../kvm/kvm.ts';
import type { KernelMemory } from '../../mm/memory.ts';
import { byteLength } from '../fs/content.ts';
import type { Extent } from '../fs/content.ts';
import { FileSystem } from '../fs/file-system.ts';
import type { Device, Inode, VirtualNode } from '../fs/node.ts';
import type { Clock } from '../os/clock.ts';
import { Errno } from '../os/errno.ts';
import type { Process, Tool } from '../os/process.ts';
import { Scheduler } from '../os/scheduler.ts';
import type { Memory, System } from '../os/system.ts';
import type { Open } from '../libvirt/api.ts';
import { afterBoot, emptyState } from '../libvirt/state.ts';
import { HostCalls, holdMapped } from './calls.ts';
import type { HostConfig } from './config.ts';
import { FIRST_PID, startDaemons } from './daemons.ts';
import { bootMounts, disksOf, installedDisk } from './disk.ts';
import { bootLog, moduleLog } from './log.ts';
import { MODULES, readParameters, settle } from './modules.ts';
import { buffersOf, forget, touch } from './page-cache.ts';
import { procTree } from './proc/index.ts';
import { kernelParts } from './proc/meminfo.ts';
import type { MoreMeminfo } from './proc/meminfo.ts';
import { fromMachine } from './proc/process.ts';
import type { ShownProcess } from './proc/process.ts';
import { draw, drawUuid } from './random.ts';
import type { HostState } from './state.ts';
import { sysTree } from './sys/index.ts';
import { file, folder } from './tree.ts';

/** 2026-11-22 22:00:00 UTC, when every simulated host starts. */
const START = Date.UTC(2026, 10, 22, 22, 0, 0);
/** What the host has been up when the first command is typed. */
const UPTIME = 60_000;
/** What is dirty is written after this, on the machine's clock (dirty_expire_centisecs). */
const FLUSH_MS = 30_000;
const PAGE = 4096;
/** What the kernel of Debian has taken for itself when it is up, on a host of ordinary size (KiB). */
const KERNEL_KIB = 166_000;
/** Per cent of the memory that may be dirty, before a writer has to wait (vm.dirty_ratio). */
const DIRTY_RATIO = 20;
/** Names and inodes of files that are in use: they cannot be dropped. */
const NAMES_IN_USE = 0.4;
/** Pages of files that were read while the system started, and how many of them programs have mapped. */
const READ_AT_BOOT = 9365;
const MAPPED = 8994;
/** Pages of the file system's own blocks, and of files in /run. */
const BLOCKS = 135;
const IN_RUN = 110;
/** From a restart to the kernel's first moment (milliseconds): the firmware's tests. */
const POWER_ON = 15_000;

/** Machines that run on the host, as the rest of it sees them. */
export interface Machines {
  /** The processes that run them. */
  readonly processes: readonly ShownProcess[];
  readonly running: number;
  /** How often they hold the KVM module. */
  readonly holders: number;
  /** Clock ticks that guests ran in all. */
  readonly ticks: number;
  /** /sys/kernel/debug/kvm. */
  debug(): VirtualNode;
  /** Transparent huge pages were switched. */
  thpChanged(): void;
  /** Time passed on the machine. */
  ticked(): void;
  /** When something may happen by itself, on the clock; null where nothing can. */
  readonly nextEvent: number | null;
  /** Whether the guest of a domain is up, its balloon's driver included. */
  isUp(domain: string): boolean;
}

const NO_MACHINES: Machines = {
  processes: [],
  running: 0,
  holders: 0,
  ticks: 0,
  debug: () => folder({}),
  thpChanged: () => undefined,
  ticked: () => undefined,
  nextEvent: null,
  isUp: () => false,
};

/** The host's files, kernel and processes on a machine of the engine. */
export class Host implements System {
  readonly kvm: Kvm;
  readonly config: HostConfig;
  readonly state: HostState;
  readonly fs: FileSystem;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly calls: HostCalls;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly users: ReadonlyMap<number, string> = new Map([
    [0, 'root'],
    [100, 'messagebus'],
    [64055, 'libvirt-qemu'],
  ]);
  readonly groups: ReadonlyMap<number, string> = new Map([
    [0, 'root'],
    [5, 'tty'],
    [6, 'disk'],
    [104, 'kvm'],
    [107, 'messagebus'],
    [108, 'libvirt'],
    [64055, 'libvirt-qemu'],
  ]);
  machines: Machines = NO_MACHINES;
  libvirt?: Open;
  readonly #trees = new Map<string, VirtualNode>();

  /**
   * Boots on `kvm`; what was on that before is forgotten. `before` is the same host until it was restarted, of
   * which it has its disks and the domains that are defined; null for a host that is new.
   */
  constructor(
    kvm: Kvm,
    config: HostConfig,
    tools: ReadonlyMap<string, Tool>,
    before: { state: HostState; wall: number } | null = null,
  ) {
    this.kvm = kvm;
    this.config = config;
    this.tools = new Map(
      [...tools].filter(([path]) => !config.missing.includes(path.replace(/^.*\//, ''))),
    );
    this.clock = this.#clock();
    this.state = this.#boot(before);
    this.scheduler = new Scheduler(FIRST_PID);
    this.fs = new FileSystem(this.state.files, {
      uid: 0,
      held: (fd) => this.scheduler.current?.fds.get(fd),
      wall: () => this.clock.wall,
      virtual: (name) => this.#tree(name),
      device: (numbers) => this.#device(numbers),
      touched: (inode, offset, length, wrote) => {
        touch(this.memory, () => this.draw(), inode, offset, length, wrote);
        if (wrote) this.#throttle();
      },
      reserve: (inode, bytes) => this.#reserve(inode, bytes),
      dropped: (inode, length) => forget(this.memory, inode, length),
    });
    this.calls = new HostCalls(this);
    this.#started(before === null);
  }

  #boot(before: { state: HostState; wall: number } | null): HostState {
    const { kvm, config } = this;
    const cells = config.cells.map((kib) => cellOf(Math.floor(kib / 4)));
    const frames = cells.reduce((sum, cell) => sum + cell.frames, 0);
    kvm.start({ cpus: config.processor.count, frames, cells });
    const memory = kvm.host;
    // What a kernel of Debian has taken when it is up; of a small machine it takes less.
    const scale = Math.min(1, config.memory / 2_000_000);
    const names = kernelParts(Math.round(KERNEL_KIB * scale)).reclaimable / 4;
    memory.takeForKernel(Math.round((KERNEL_KIB * scale) / 4) - names);
    memory.takeForNames(names);
    const daemons = startDaemons(memory, scale);
    const bootedAt = before === null ? START : before.wall + POWER_ON;
    const old = before?.state;
    const files = old?.files ?? installedDisk(config, [...this.tools.keys()], bootedAt);
    if (old !== undefined) {
      bootMounts(files, config, bootedAt);
      for (const name of old.mapped.keys()) holdMapped(old, name);
    }
    return {
      hostname: config.hostname,
      files,
      bootedAt,
      log: bootLog(config, frames, memory.meminfo.MemTotal),
      logCleared: 0,
      modules: new Map(),
      swaps: [],
      sysctl: new Map(),
      thp: {
        enabled: 'always',
        defrag: 'madvise',
        shmem: 'never',
        useZeroPage: true,
        khugepaged: new Map(),
      },
      daemons,
      disks: old?.disks ?? new Map(),
      mapped: new Map(),
      random: old?.random ?? config.seed,
      flushedAt: 0,
      libvirt: old === undefined ? emptyState() : afterBoot(old.libvirt),
      machines: new Map(),
      // Machines that were saved have lost the memory that was kept for them; they boot again.
      images: new Map(
        [...(old?.images ?? [])].map(([image, saved]) => [image, { ...saved, parked: null }]),
      ),
      powered: 'on',
      bootId: '',
    };
  }

  // What happens once the file system is there.
  #started(isNew: boolean): void {
    const { state } = this;
    state.bootId = drawUuid(state);
    // Of a new host nothing says otherwise; later there may be files of options, which modprobe reads.
    if (isNew) for (const name of this.bootModules) this.insertModule(name, '');
    else state.hostname = this.#nameOnDisk();
    const cached = this.#readAtBoot();
    if (isNew && this.config.swap > 0) {
      this.fs.write('/swapfile', '', '/', 0o600);
      this.fs.setContent('/swapfile', '/', swapHeader(this.config.swap));
      this.calls.swapon('/swapfile', { priority: null, discard: false });
      this.memory.sync();
      this.memory.dropCaches();
      this.memory.readFile(cached, 0, READ_AT_BOOT);
    }
  }

  // Files that were read while the system started are in the cache; programs that run have most of them mapped.
  #readAtBoot(): number {
    const { memory, fs } = this;
    const part = (pages: number): number =>
      Math.round(pages * Math.min(1, this.config.memory / 2_000_000));
    const cached = memory.newFile(16384, 11);
    memory.readFile(cached, 0, part(READ_AT_BOOT));
    memory.mapFile(cached, 0, part(MAPPED));
    // The file system's own blocks were read as blocks of its disk.
    const disk = fs.find('/dev/vda1', '/');
    if (disk.kind === 'inode') touch(memory, () => 1, disk.inode, 0, part(BLOCKS) * PAGE, false);
    // Small files of services, in /run.
    memory.writeFile(memory.newShmemFile(part(IN_RUN)), 0, part(IN_RUN), 1);
    return cached;
  }

  /** Modules that are loaded when the system starts. */
  get bootModules(): readonly string[] {
    return this.config.processor.vendor === 'GenuineIntel'
      ? ['irqbypass', 'kvm', 'kvm_intel', 'intel_rapl_common', 'intel_rapl_msr']
      : ['irqbypass', 'kvm', 'ccp', 'kvm_amd', 'intel_rapl_common', 'intel_rapl_msr'];
  }
  #nameOnDisk(): string {
    const name = this.fs.exists('/etc/hostname') ? this.fs.read('/etc/hostname').trim() : '';
    return name === '' ? 'localhost' : name;
  }

  #clock(): Clock {
    const { kvm } = this;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the clock is an object of its own
    const host = this;
    return {
      get now() {
        return kvm.clock;
      },
      get wall() {
        return host.state.bootedAt + UPTIME + kvm.clock;
      },
      advance(milliseconds) {
        kvm.advance(milliseconds);
        host.machines.ticked();
        if (kvm.clock >= host.state.flushedAt + FLUSH_MS) {
          host.state.flushedAt = kvm.clock;
          kvm.host.sync();
        }
      },
    };
  }

  get uname(): System['uname'] {
    return {
      sysname: 'Linux',
      nodename: this.state.hostname,
      release: '6.1.0-56-amd64',
      version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-18)',
      machine: 'x86_64',
    };
  }
  get memory(): KernelMemory {
    return this.kvm.host;
  }
  get processes(): readonly Process[] {
    return this.scheduler.processes.filter(({ system }) => system === this);
  }
  /** Milliseconds since the kernel started. */
  get uptime(): number {
    return UPTIME + this.clock.now;
  }
  get bootId(): string {
    return this.state.bootId;
  }
  get guestsRunning(): number {
    return this.machines.running;
  }
  get guestTicks(): number {
    return this.machines.ticks;
  }
  /** The process that reads /proc/self: the one that runs just now. */
  get self(): number {
    return this.scheduler.current?.pid ?? 1;
  }
  newUuid(): string {
    return drawUuid(this.state);
  }
  /** 32 bits of what a real host draws at random. */
  draw(): number {
    return draw(this.state);
  }

  get moreMeminfo(): MoreMeminfo {
    const scale = Math.min(1, this.config.memory / 2_000_000);
    const { SReclaimable, Mapped } = this.memory.meminfo;
    return {
      parts: { ...kernelParts(Math.round(KERNEL_KIB * scale)), reclaimable: SReclaimable },
      overcommitRatio: Number(this.state.sysctl.get('vm/overcommit_ratio') ?? 50),
      giant: this.config.memory > 4_000_000,
      buffers: buffersOf(this.memory, this.state.files.inodes.values()),
      mapped: Mapped,
    };
  }

  // Who writes faster than the disk has to wait once so much is dirty (balance_dirty_pages()); here until all is written.
  #throttle(): void {
    const info = this.memory.meminfo;
    const most = Number(this.state.sysctl.get('vm/dirty_ratio') ?? DIRTY_RATIO);
    const dirtyable = info.MemFree + info['Active(file)'] + info['Inactive(file)'];
    if (info.Dirty > (dirtyable * most) / 100) this.memory.sync();
  }

  /** Drops names and inodes of files that nobody uses (echo 2 > /proc/sys/vm/drop_caches). */
  dropSlab(): void {
    const scale = Math.min(1, this.config.memory / 2_000_000);
    const { reclaimable } = kernelParts(Math.round(KERNEL_KIB * scale));
    this.memory.dropSlab(Math.round((reclaimable * NAMES_IN_USE) / 4));
  }

  #reserve(inode: Inode, bytes: number): void {
    const mount = this.state.files.mounts.find(({ root }) => root === inode.tmpfs);
    if (inode.tmpfs === undefined || mount === undefined) return;
    const { size, used } = this.calls.statfs(mount.target);
    if (used + bytes > size) throw new Errno('ENOSPC');
  }

  /** Memory of a program of its own, by the number of its process (mmap(2)). */
  readonly #mappings = new Map<number, number>();

  mapMemory(process: Process, bytes: number, huge: boolean): Memory {
    const { memory } = this;
    const { MemTotal, SwapTotal } = memory.meminfo;
    // What obviously cannot be is refused (vm.overcommit_memory 0).
    if (bytes / 1024 > MemTotal + SwapTotal) throw new Errno('ENOMEM');
    const handle = memory.newProcess(Math.ceil(bytes / PAGE));
    if (huge && this.state.thp.enabled === 'always') memory.setProcess(handle, 'backing', 3);
    this.#mappings.set(process.pid, handle);
    let known = memory.process(handle);
    return {
      touch: (first, length) => {
        memory.touch(handle, Math.floor(first / PAGE), Math.ceil(length / PAGE), {
          content: 0xff,
          same: true,
        });
        const now = memory.process(handle);
        if (now.dead === 0) {
          known = now;
          return true;
        }
        const kib = (pages: number): string => `${(pages * PAGE) / 1024}kB`;
        this.log(
          3,
          `Out of memory: Killed process ${process.pid} (${process.name}) total-vm:${kib(known.pages)}, anon-rss:${kib(known.rss)}, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:${kib(known.tables)} oom_score_adj:0`,
        );
        return false;
      },
      release: () => {
        memory.endProcess(handle);
        this.#mappings.delete(process.pid);
      },
    };
  }

  /** Processors of a NUMA cell. */
  cpusOf(cell: number): number[] {
    const { count } = this.config.processor;
    const cells = this.config.cells.length;
    return Array.from({ length: count }, (_, cpu) => cpu).filter(
      (cpu) => Math.floor((cpu * cells) / count) === cell,
    );
  }

  // Virtual trees; they read the state when they are read, so one of each is enough.
  #tree(name: string): VirtualNode {
    let tree = this.#trees.get(name);
    if (tree === undefined) {
      tree =
        name === 'proc'
          ? procTree(this)
          : name === 'debug'
            ? folder({ kvm: () => this.machines.debug() })
            : sysTree(this);
      this.#trees.set(name, this.#overlaid(tree, name));
    }
    return this.#trees.get(name) ?? tree;
  }

  // Files that the host's description gives take the place of those that would be worked out.
  #overlaid(tree: VirtualNode, name: string, prefix = `/${name}`): VirtualNode {
    if (tree.type !== 'directory') return tree;
    const given = Object.entries(this.config.files).filter(([path]) =>
      path.startsWith(`${prefix}/`),
    );
    if (given.length === 0) return tree;
    return {
      ...tree,
      list: () => tree.list(),
      get: (child) => {
        const path = `${prefix}/${child}`;
        const text = this.config.files[path];
        if (text !== undefined) return file(() => text);
        const node = tree.get(child);
        return node === null ? null : this.#overlaid(node, name, path);
      },
    };
  }

  #device([major, minor]: readonly [number, number]): Device | null {
    const numbers = `${major}:${minor}`;
    switch (numbers) {
      case '1:3':
        return { read: () => null, write: () => undefined, discards: true };
      case '1:5':
        return { read: (most) => '\0'.repeat(most), write: () => undefined, zeroes: true };
      case '1:7':
        return {
          read: (most) => '\0'.repeat(most),
          write: () => {
            throw new Errno('ENOSPC');
          },
        };
      case '1:8':
      case '1:9':
        return { read: (most) => this.#randomBytes(most), write: () => undefined };
      case '1:11': {
        let left: string | null = this.kmsg();
        return {
          read: () => {
            const text = left;
            left = null;
            return text === '' ? null : text;
          },
          write: (text) => this.log(5, text.replace(/^<\d+>/, '').trimEnd()),
        };
      }
      default:
        break;
    }
    const disk = disksOf(this.state)[numbers];
    if (disk === undefined || disk.bytes === 0) return null;
    let content: Extent[] | undefined = this.state.disks.get(numbers);
    if (content === undefined) {
      content = [{ zero: disk.bytes }];
      this.state.disks.set(numbers, content);
    }
    return { content };
  }

  #randomBytes(count: number): string {
    let text = '';
    for (let index = 0; index < Math.min(count, 65_536); index++) {
      const byte = this.draw() & 0xff;
      text += String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
    }
    return text;
  }

  /** A line of the kernel's log. */
  log(level: number, text: string): void {
    this.state.log.push({ at: this.uptime * 1000, level, text });
    if (this.state.log.length > 2000) this.state.log.shift();
  }

  /** /dev/kmsg: `priority,sequence,microseconds,-;text`. */
  kmsg(): string {
    return this.state.log
      .map(({ at, level, text }, index) => `${level},${index},${at},-;${text}\n`)
      .join('');
  }

  get hasKvm(): boolean {
    return this.state.modules.has('kvm_intel') || this.state.modules.has('kvm_amd');
  }

  /** Who uses a module: other modules, and machines that run. */
  moduleUsers(name: string): { count: number; modules: string[] } {
    const modules = [...this.state.modules.keys()]
      .filter((other) => MODULES[other]?.depends.includes(name))
      .reverse();
    // A machine holds it, and so does each of its processors.
    const machines = KVM.includes(name) ? this.machines.holders : 0;
    return { count: modules.length + machines, modules };
  }

  modulesText(): string {
    const rows = [...this.state.modules.keys()].map((name) => {
      const { count, modules } = this.moduleUsers(name);
      const users = modules.length === 0 ? '-' : `${modules.join(',')},`;
      return `${name} ${MODULES[name]?.size ?? 16384} ${count} ${users} Live 0x0000000000000000\n`;
    });
    // The newest first.
    return rows.reverse().join('');
  }

  insertModule(name: string, parameters: string): void {
    const module = MODULES[name];
    if (module === undefined) throw new Errno('ENOENT');
    if (this.state.modules.has(name)) throw new Errno('EEXIST');
    const { notes, parameters: values, error } = readParameters(name, module, parameters);
    for (const { level, text } of notes) this.log(level, text);
    if (error !== null) throw error;
    if (module.vendor !== undefined && module.vendor !== this.config.processor.vendor) {
      this.log(
        3,
        module.vendor === 'GenuineIntel' ? 'kvm: no hardware support' : 'kvm: no hardware support',
      );
      throw new Errno('EOPNOTSUPP');
    }
    const flag = name === 'kvm_intel' ? 'vmx' : name === 'kvm_amd' ? 'svm' : null;
    if (flag !== null && !this.config.processor.flags.split(' ').includes(flag)) {
      this.log(3, `kvm: support for '${flag}' disabled by bios`);
      throw new Errno('EOPNOTSUPP');
    }
    if (name === 'kvm_intel') {
      for (const feature of ['ept', 'vpid']) {
        if (!this.config.processor.flags.split(' ').includes(feature)) values.set(feature, 'N');
      }
    }
    settle(name, values);
    this.state.modules.set(name, values);
    if (KVM.includes(name)) {
      this.fs.mknod('/dev/kvm', '/', 'character', [10, 232], 0o660);
      this.fs.chown('/dev/kvm', '/', 0, 104);
    }
    for (const text of moduleLog(name, values)) this.log(6, text);
  }

  removeModule(name: string): void {
    if (!this.state.modules.has(name)) throw new Errno('ENOENT');
    if (this.moduleUsers(name).count > 0) throw new Errno('EAGAIN');
    this.state.modules.delete(name);
    if (KVM.includes(name)) this.fs.unlink('/dev/kvm', '/');
  }

  /** Swap areas as they are shown: priorities of the kernel's own choice count down from -2. */
  get swaps(): {
    path: string;
    kind: 'file' | 'partition';
    size: number;
    used: number;
    priority: number;
  }[] {
    let next = -2;
    return this.state.swaps.map(({ path, kind, size, handle, priority }) => ({
      path,
      kind,
      size,
      used: this.memory.swapUsed(handle) * 4,
      priority: priority ?? next--,
    }));
  }

  resizePool(size: '2M' | '1G', pages: number): void {
    this.kvm.resizePool(size, pages);
  }
  /** Of one cell: the pool grows or shrinks there. */
  resizePoolOf(cell: number, size: '2M' | '1G', pages: number): void {
    this.kvm.resizePoolOf(cell, size, pages);
  }

  setThp(enabled: 'always' | 'madvise' | 'never'): void {
    this.state.thp.enabled = enabled;
    this.machines.thpChanged();
  }

  /** Every process, the system's own and those of the console, by number. */
  get shownProcesses(): ShownProcess[] {
    const shown: ShownProcess[] = this.state.daemons.map((daemon) => ({
      ...EMPTY,
      ...(daemon.handle === 0 ? {} : fromMachine(this.memory.process(daemon.handle))),
      pid: daemon.pid,
      parent: daemon.parent,
      group: daemon.pid,
      name: daemon.name,
      argv: daemon.command === '' ? [] : daemon.command.split(' '),
      state: daemon.handle === 0 ? 'I' : 'S',
      threads: daemon.threads,
      uid: daemon.uid,
      startedAt: Math.floor(daemon.startedAt / 10),
      virtual: daemon.handle === 0 ? 0 : this.memory.process(daemon.handle).pages * 4 + 12_000,
      files: daemon.handle === 0 ? 0 : 5200,
    }));
    for (const process of this.processes) {
      const handle = this.#mappings.get(process.pid);
      const own = handle === undefined ? null : this.memory.process(handle);
      const mapped = own === null ? null : fromMachine(own);
      const pages = own?.pages ?? 0;
      shown.push({
        ...EMPTY,
        pid: process.pid,
        parent: process.parent?.pid ?? 1,
        group: process.group,
        name: process.name.slice(0, 15),
        argv: process.argv,
        state: process === this.scheduler.current ? 'R' : 'S',
        threads: 1,
        startedAt: Math.floor((UPTIME + process.startedAt) / 10),
        virtual: 7000 + byteLength(process.argv.join(' ')) + pages * 4,
        anonymous: 480 + (mapped?.anonymous ?? 0),
        swapped: mapped?.swapped ?? 0,
        files: 2900,
        tables: 52 + (mapped?.tables ?? 0),
      });
    }
    shown.push(...this.machines.processes);
    return shown.sort((a, b) => a.pid - b.pid);
  }

  /** Where the program of a process lies. */
  pathOf(process: ShownProcess): string {
    const [first = ''] = process.argv;
    if (first.startsWith('/')) return first;
    for (const folder of ['/usr/bin', '/usr/sbin']) {
      if (this.tools.has(`${folder}/${first}`)) return `${folder}/${first}`;
    }
    return `/usr/bin/${process.name}`;
  }
}

/** Modules that bring /dev/kvm. */
const KVM = ['kvm_intel', 'kvm_amd'];

const EMPTY: ShownProcess = {
  pid: 0,
  parent: 0,
  group: 0,
  name: '',
  argv: [],
  state: 'S',
  threads: 1,
  uid: 0,
  startedAt: 0,
  ticks: [0, 0],
  virtual: 0,
  anonymous: 0,
  files: 0,
  swapped: 0,
  tables: 0,
  hugetlb: 0,
  anonHuge: 0,
  ksm: 0,
  locked: 0,
  faults: [0, 0],
  oomScore: 0,
  oomAdjust: 0,
  cpu: 0,
};

/**
 * A cell in which the kernel's zones have so many pages: the rest, records of its frames and the kernel's
 * image, are reserved. A real host's memory is a multiple of 128 MiB.
 */
export function cellOf(managed: number): { frames: number; reserved: number } {
  const block = 32_768;
  const frames = Math.ceil((managed * 1.0175) / block) * block;
  return { frames, reserved: frames - managed };
}

/** The first page of a swap area, of which only its size matters, and the rest. */
export function swapHeader(kib: number): Extent[] {
  return [{ text: headerText(kib / 4) }, { zero: kib * 1024 - PAGE }];
}

function word(value: number): string {
  let text = '';
  for (let byte = 0; byte < 4; byte++) {
    const code = (value >>> (8 * byte)) & 0xff;
    text += String.fromCharCode(code < 0x80 ? code : 0xdc00 + code);
  }
  return text;
}

// union swap_header: version 1 and the last page at 1024, the signature in the last ten bytes.
function headerText(pages: number): string {
  const info = word(1) + word(pages - 1) + word(0);
  return `${'\0'.repeat(1024)}${info}${'\0'.repeat(PAGE - 1024 - 12 - 10)}SWAPSPACE2`;
}
