import { COUNTERS } from '../../kvm/counters.ts';
import type { Vm } from '../../kvm/kvm.ts';
import type { LinuxGuest } from '../../linux/linux.ts';
import type { VirtualNode } from '../fs/node.ts';
import { BUSYBOX } from '../guest/busybox.ts';
import { GuestConsole } from '../guest/console.ts';
import { GuestSystem, guestDisk } from '../guest/guest-system.ts';
import type { MemoryStat } from '../libvirt/api.ts';
import { StartError } from '../libvirt/backend.ts';
import type { Backend, HostNode, MachineSpec, Notice, Started } from '../libvirt/backend.ts';
import type { FileSystem } from '../fs/file-system.ts';
import type { Clock } from '../os/clock.ts';
import type { Tool } from '../os/process.ts';
import type { Host, Machines } from './host.ts';
import { monitorCommand } from './monitor/monitor.ts';
import { fromMachine } from './proc/process.ts';
import type { ShownProcess } from './proc/process.ts';
import type { MachineRecord } from './state.ts';
import { file, folder, listing } from './tree.ts';

/**
 * The host's virtual machines: what libvirt starts and stops is machines of the engine, whose memory is
 * that of processes of the host.
 */

const KIB = 4;
const PAGE_KIB = { small: 4, large: 2048, giant: 1048576 };
/** KiB that QEMU has for itself, written and mapped of its files. */
const QEMU_OWN = 27_800;
const QEMU_FILES = 18_200;
/** A guest cannot be up before this, however small it is (milliseconds). */
const BOOT_LEAST = 4000;
/** From the power button to the end (milliseconds). */
const SHUTDOWN_MS = 2500;
/** A reset finds traces of the first start in the BIOS's memory, and so SeaBIOS resets once more. */
const SECOND_RESET_MS = 140;
/** QEMU tells of the balloon at most once in this time. */
const BALLOON_MS = 1000;
/** Where the kernel's text is while it idles, and its stack. */
const RIP = 0xffff_ffff_81a5_92ebn;
const TEXT = 0xffff_ffff_8100_0000n;
const RSP = 0xffff_ffff_8220_3e98n;

const BACKING = { [PAGE_KIB.large]: '2M', [PAGE_KIB.giant]: '1G' } as const;

/** Live parts of a machine, beside its record. */
interface Running {
  system: GuestSystem;
  console: GuestConsole;
}

export class Hypervisor implements Backend, Machines {
  readonly #host: Host;
  readonly #guestTools: ReadonlyMap<string, Tool>;
  readonly #running = new Map<number, Running>();
  onNotice: ((pid: number, notice: Notice) => void) | null = null;

  /** `guestTools` are the programs of the guests, by path. */
  constructor(host: Host, guestTools: ReadonlyMap<string, Tool>) {
    this.#host = host;
    this.#guestTools = new Map([...guestTools, ...Object.entries(BUSYBOX)]);
    host.machines = this;
    for (const record of host.state.machines.values()) this.#attach(record);
  }

  get clock(): Clock {
    return this.#host.clock;
  }
  get fs(): FileSystem {
    return this.#host.fs;
  }
  get hostname(): string {
    return this.#host.uname.nodename;
  }
  readonly hostUuid = '9bd0b7a6-2f4e-4d0c-8a52-6e1fb7a40c11';
  get kvm(): boolean {
    return this.#host.hasKvm;
  }
  get cpu(): Backend['cpu'] {
    const { processor, cells } = this.#host.config;
    const intel = processor.vendor === 'GenuineIntel';
    return {
      mhz: Math.floor(processor.mhz),
      vendor: intel ? 'Intel' : 'AMD',
      model: intel ? 'Icelake-Server-noTSX' : 'EPYC',
      features: processor.flags.split(' '),
      baseline: intel ? 'Icelake-Server-noTSX' : 'Opteron_G2',
      extra: BEYOND.filter(([flag]) => processor.flags.split(' ').includes(flag)).map(
        ([flag, name = flag]) => name,
      ),
      microcode: intel ? 218_104_821 : 16_777_317,
      family: processor.family,
      number: processor.modelNumber,
      stepping: processor.stepping,
      physicalBits: processor.physicalBits,
      topology: {
        sockets: Math.max(1, Math.floor(processor.count / processor.coresPerSocket / cells.length)),
        cores: Math.min(processor.coresPerSocket, processor.count),
        threads: 1,
      },
    };
  }
  uuid(): string {
    return this.#host.newUuid();
  }
  random(bytes: number): number[] {
    return Array.from({ length: bytes }, () => this.#host.draw() & 0xff);
  }

  nodes(): HostNode[] {
    const { config, memory } = this.#host;
    return memory.cells.map((cell, id) => ({
      id,
      total: cell.managed * KIB,
      free: cell.free * KIB,
      cpus: this.#host.cpusOf(id).map((cpu) => ({
        id: cpu,
        socket: Math.floor(cpu / config.processor.coresPerSocket),
        die: 0,
        core: cpu % config.processor.coresPerSocket,
      })),
      distances: config.cells.map((_, other) => (other === id ? 10 : 20)),
      pools: [
        { size: PAGE_KIB.large, total: cell.huge2M, free: cell.free2M },
        { size: PAGE_KIB.giant, total: cell.huge1G, free: cell.free1G },
      ],
    }));
  }

  memory(): { total: number; free: number; buffers: number; cached: number } {
    const text = this.#host.fs.read('/proc/meminfo');
    const of = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return {
      total: of('MemTotal'),
      free: of('MemFree'),
      buffers: of('Buffers'),
      cached: of('Cached'),
    };
  }

  cpuTimes(cpu: number): { kernel: number; user: number; idle: number; iowait: number } {
    const row = new RegExp(`^cpu${cpu < 0 ? ' ' : cpu} +(.*)$`, 'm').exec(
      this.#host.fs.read('/proc/stat'),
    );
    const [user = 0, , system = 0, idle = 0, iowait = 0] = (row?.[1] ?? '').split(' ').map(Number);
    const ns = 10_000_000;
    return { kernel: system * ns, user: user * ns, idle: idle * ns, iowait: iowait * ns };
  }

  setPool(node: number, size: number, count: number, add: boolean): number {
    const { memory } = this.#host;
    const name = size === PAGE_KIB.giant ? '1G' : '2M';
    const now = (): number => {
      if (node < 0) return memory.pool(name).total;
      const cell = memory.cells[node];
      return (name === '1G' ? cell?.huge1G : cell?.huge2M) ?? 0;
    };
    const wanted = add ? now() + count : count;
    if (node < 0) this.#host.resizePool(name, wanted);
    else this.#host.resizePoolOf(node, name, wanted);
    return now();
  }

  hugetlbfs(): number[] {
    return this.fs.state.mounts
      .filter(({ type }) => type === 'hugetlbfs')
      .map(({ options }) => (options.includes('pagesize=1024M') ? PAGE_KIB.giant : PAGE_KIB.large));
  }

  #record(pid: number): MachineRecord {
    const record = this.#host.state.machines.get(pid);
    if (record === undefined) throw new Error(`no machine ${pid}`);
    return record;
  }
  #linux(record: MachineRecord): LinuxGuest {
    return this.#host.kvm.linux(record.linux);
  }

  /** Who translates for the guests: what the KVM module was told when it came. */
  get mode(): 'ept' | 'npt' | 'shadow' {
    const { modules } = this.#host.state;
    const intel = modules.get('kvm_intel');
    if (intel !== undefined) return intel.get('ept') === 'N' ? 'shadow' : 'ept';
    return modules.get('kvm_amd')?.get('npt') === 'N' ? 'shadow' : 'npt';
  }

  start(spec: MachineSpec, how: { paused: boolean; image?: number }): Started {
    const saved = how.image === undefined ? undefined : this.#host.state.images.get(how.image);
    if (saved !== undefined && saved.parked !== null) {
      const started = this.#unpark(spec, saved.parked, how);
      // The machine itself can go on once only; who comes back to its file again gets one like it.
      saved.parked = null;
      return started;
    }
    const pid = this.#host.scheduler.takePid();
    const seed = saved?.seed ?? this.#host.draw();
    const record: MachineRecord = {
      pid,
      spec,
      vm: 0,
      linux: 0,
      overhead: 0,
      seed,
      paused: how.paused,
      startedAt: this.clock.now,
      offAt: null,
      resetsAt: null,
      restarts: false,
      period: 0,
      stats: [],
      reportedAt: 0,
      toldBalloon: spec.memory,
      toldAt: this.clock.now,
      ptys: [],
      guest: guestDisk([...this.#guestTools.keys()], this.#hostnameOf(spec), this.clock.wall),
      saved: null,
    };
    this.#create(record);
    for (let index = 0; index < spec.ptys; index++) record.ptys.push(this.#newPty());
    this.#host.state.machines.set(pid, record);
    this.#attach(record);
    if (saved !== undefined) this.setBalloon(pid, saved.balloon);
    return { pid, ptys: record.ptys };
  }

  // The machine that was put aside goes on, as another process.
  #unpark(
    spec: MachineSpec,
    { machine, file: area }: { machine: MachineRecord; file: number },
    how: { paused: boolean },
  ): Started {
    const { memory } = this.#host;
    if (!memory.unpark(memory.processOf(machine.vm as Vm), area)) throw new StartError(NO_PAGES);
    const pid = this.#host.scheduler.takePid();
    const overhead = memory.newProcess(QEMU_OWN * 2);
    memory.touch(overhead, 0, QEMU_OWN / KIB, { content: 0x9000 + pid });
    const record: MachineRecord = { ...machine, pid, spec, overhead, saved: null, ptys: [] };
    for (let index = 0; index < spec.ptys; index++) record.ptys.push(this.#newPty());
    this.#host.state.machines.set(pid, record);
    this.#attach(record);
    this.#setPaused(pid, how.paused);
    return { pid, ptys: record.ptys };
  }

  #newPty(): string {
    const taken = new Set([...this.#host.state.machines.values()].flatMap(({ ptys }) => ptys));
    let number = 0;
    while (taken.has(`/dev/pts/${number}`)) number++;
    return `/dev/pts/${number}`;
  }

  // The machine itself: its memory as a process of the host, and a Linux in it.
  #create(record: MachineRecord): void {
    const { spec } = record;
    const { kvm, memory } = this.#host;
    this.#mustHavePages(spec);
    // Linux grants no single mapping beyond all that there is (mm/util.c, __vm_enough_memory()).
    const ordinary = spec.cells.every((cell) => cell.pageSize === PAGE_KIB.small);
    if (ordinary && spec.memory > this.memory().total) {
      throw new StartError("cannot set up guest memory 'pc.ram': Cannot allocate memory");
    }
    const overhead = memory.newProcess(QEMU_OWN * 2);
    memory.touch(overhead, 0, QEMU_OWN / KIB, { content: 0x9000 + record.pid });
    const frames = Math.floor(spec.memory / KIB);
    const vm = kvm.createVm({ mode: this.mode, frames, levels: 4, nestedLevels: 4 });
    const process = memory.processOf(vm);
    record.overhead = overhead;
    record.vm = vm;
    this.#applyPolicy(record);
    let first = 0;
    for (const cell of spec.cells) {
      const pages = Math.floor(cell.memory / KIB);
      const size = cell.pageSize > PAGE_KIB.small ? BACKING[cell.pageSize] : undefined;
      const backing = size ?? (this.#host.state.thp.enabled === 'never' ? '4K' : 'thp');
      if (!kvm.backWith(vm, first, pages, backing)) {
        kvm.kill(vm);
        memory.endProcess(overhead);
        throw new StartError(NO_PAGES);
      }
      if (size !== undefined || spec.prealloc) memory.touch(process, first, pages);
      first += pages;
    }
    if (spec.locked) {
      memory.setProcess(process, 'locked', 1);
      memory.touch(process, 0, frames);
    }
    const linux = kvm.startLinux(vm, {
      swap: 0,
      image: 1,
      seed: record.seed,
      slide: /(^|\s)nokaslr(\s|$)/.test(spec.cmdline) ? 0 : 1 + (record.seed % 200),
      deflateOnOom: spec.balloon?.autodeflate ?? false,
      freePageReporting: spec.balloon?.freePageReporting ?? false,
      workload: {
        kind: 'idle',
        most: Math.floor(frames / 64),
        rate: 40,
        period: 30_000,
        writes: 30,
      },
    });
    record.linux = linux.handle;
    if (spec.noSharePages) memory.setProcess(process, 'mergeable', frames);
    linux.pause(record.paused);
    if (spec.balloon !== null)
      linux.askBalloon(Math.floor((spec.memory - spec.currentMemory) / KIB));
  }

  // QEMU maps all its memory at once; what a pool does not have it cannot map.
  #mustHavePages(spec: MachineSpec): void {
    const { memory } = this.#host;
    const wanted = new Map<number, number>();
    for (const { memory: kib, pageSize, policy } of spec.cells) {
      if (pageSize <= PAGE_KIB.small) continue;
      const pages = Math.ceil(kib / pageSize);
      wanted.set(pageSize, (wanted.get(pageSize) ?? 0) + pages);
      if (policy?.mode !== 'strict') continue;
      const free = policy.nodes.reduce((sum, node) => {
        const cell = memory.cells[node];
        return sum + ((pageSize === PAGE_KIB.giant ? cell?.free1G : cell?.free2M) ?? 0);
      }, 0);
      if (free < pages && this.#available(pageSize) >= pages) throw new StartError(NO_PREALLOC);
    }
    for (const [pageSize, pages] of wanted) {
      const pool = memory.pool(pageSize === PAGE_KIB.giant ? '1G' : '2M');
      const room = pool.overcommit - pool.surplus;
      if (this.#available(pageSize) + room < pages) throw new StartError(NO_PAGES);
    }
  }

  #available(pageSize: number): number {
    return this.#host.kvm.poolAvailable(pageSize === PAGE_KIB.giant ? '1G' : '2M');
  }

  #applyPolicy(record: MachineRecord): void {
    const { memory } = this.#host;
    const process = memory.processOf(record.vm as Vm);
    const nodes = new Set(record.spec.cells.flatMap(({ policy }) => policy?.nodes ?? []));
    const strict = record.spec.cells.some(({ policy }) => policy?.mode === 'strict');
    const mask = [...nodes].reduce((bits, node) => bits | (1 << node), 0);
    // Where nothing is said, it runs where there is most room.
    const cells = memory.cells;
    const roomiest = cells.reduce(
      (best, { free }, cell) => (free > (cells[best]?.free ?? 0) ? cell : best),
      0,
    );
    memory.setProcess(process, 'cell', [...nodes][0] ?? roomiest);
    memory.setProcess(process, 'cells', strict ? mask : 0);
  }

  #hostnameOf({ name }: MachineSpec): string {
    return this.#host.config.guestHostname || name;
  }

  #attach(record: MachineRecord): void {
    const system = new GuestSystem({
      linux: this.#linux(record),
      state: record.guest,
      clock: this.clock,
      scheduler: this.#host.scheduler,
      tools: this.#guestTools,
      vcpus: record.spec.vcpus,
      cmdline: record.spec.cmdline,
      hostname: this.#hostnameOf(record.spec),
      power: (how) => {
        record.offAt = this.clock.now + 500;
        record.restarts = how === 'restart';
      },
    });
    system.paused = record.paused;
    this.#running.set(record.pid, {
      system,
      console: new GuestConsole(system, () => this.#isUp(record)),
    });
  }

  #isUp(record: MachineRecord): boolean {
    return (
      record.offAt === null &&
      this.clock.now >= record.startedAt + BOOT_LEAST &&
      this.#linux(record).isUp &&
      !this.#isDead(record)
    );
  }
  #isDead(record: MachineRecord): boolean {
    return this.#host.kvm.isKilled(record.vm as Vm);
  }

  isUp(domain: string): boolean {
    const record = [...this.#host.state.machines.values()].find(({ spec }) => spec.name === domain);
    if (record === undefined || !this.#isUp(record)) return false;
    // The driver has done what was asked of it.
    return (
      record.spec.balloon === null || this.#linux(record).balloon === this.#linux(record).asked
    );
  }

  stop(pid: number): void {
    const record = this.#record(pid);
    if (!this.#park(record)) this.#end(record);
    this.#host.state.machines.delete(pid);
    this.#running.get(pid)?.console.end();
    this.#running.delete(pid);
  }

  // A machine that ends as it is saved: its memory goes into the file.
  #park(record: MachineRecord): boolean {
    const { memory, state } = this.#host;
    if (record.saved === null || record.saved.at !== this.clock.now || this.#isDead(record)) {
      return false;
    }
    const image = state.images.get(record.saved.image);
    if (image === undefined) return false;
    this.#linux(record).pause(true);
    const area = memory.park(memory.processOf(record.vm as Vm));
    if (area === null) return false;
    memory.endProcess(record.overhead);
    this.#endPrograms(record);
    image.parked = { machine: record, file: area };
    return true;
  }

  #endPrograms(record: MachineRecord): void {
    for (const process of this.#running.get(record.pid)?.system.processes ?? []) {
      this.#host.scheduler.signal({ process }, 'KILL');
    }
  }

  #end(record: MachineRecord): void {
    const { kvm, memory } = this.#host;
    this.#endPrograms(record);
    if (!this.#isDead(record)) kvm.kill(record.vm as Vm);
    memory.endProcess(record.overhead);
  }

  pause(pid: number): void {
    this.#setPaused(pid, true);
  }
  resume(pid: number): void {
    this.#setPaused(pid, false);
  }
  #setPaused(pid: number, paused: boolean): void {
    const record = this.#record(pid);
    record.paused = paused;
    this.#linux(record).pause(paused);
    const running = this.#running.get(pid);
    if (running !== undefined) running.system.paused = paused;
  }

  reset(pid: number): void {
    const record = this.#record(pid);
    this.#end(record);
    record.startedAt = this.clock.now;
    record.resetsAt = this.clock.now + SECOND_RESET_MS;
    record.offAt = null;
    record.restarts = false;
    record.stats = [];
    record.guest = guestDisk(
      [...this.#guestTools.keys()],
      this.#hostnameOf(record.spec),
      this.clock.wall,
    );
    this.#create(record);
    this.#attach(record);
  }

  powerButton(pid: number): void {
    const record = this.#record(pid);
    if (this.#isUp(record) && !record.paused) record.offAt = this.clock.now + SHUTDOWN_MS;
  }

  setBalloon(pid: number, kib: number): void {
    const record = this.#record(pid);
    if (record.spec.balloon === null) return;
    this.#linux(record).askBalloon(Math.max(0, Math.floor((record.spec.memory - kib) / KIB)));
  }
  balloon(pid: number): number {
    const record = this.#record(pid);
    return record.spec.memory - this.#linux(record).balloon * KIB;
  }

  guestStats(pid: number): MemoryStat[] {
    return this.#record(pid).stats;
  }
  setStatsPeriod(pid: number, seconds: number): void {
    this.#record(pid).period = seconds;
  }

  #report(record: MachineRecord): void {
    const { meminfo, vmstat } = this.#linux(record).memory;
    record.reportedAt = this.clock.now;
    record.stats = [
      ['swap_in', vmstat.pswpin * KIB],
      ['swap_out', vmstat.pswpout * KIB],
      ['major_fault', vmstat.pgmajfault],
      ['minor_fault', vmstat.pgfault - vmstat.pgmajfault],
      ['unused', meminfo.MemFree],
      ['available', meminfo.MemTotal],
      ['usable', meminfo.MemAvailable],
      ['last_update', Math.floor(this.clock.wall / 1000)],
      ['disk_caches', meminfo.Cached],
      ['hugetlb_pgalloc', 0],
      ['hugetlb_pgfail', 0],
    ];
  }

  rss(pid: number): number {
    const { anonymous, files } = this.#shown(this.#record(pid));
    return anonymous + files;
  }

  #ranMs(record: MachineRecord): number {
    return Math.floor(this.#linux(record).progress.touched / 2000) + 900;
  }

  cpuTime(pid: number): ReturnType<Backend['cpuTime']> {
    const record = this.#record(pid);
    const ran = this.#ranMs(record) * 1_000_000;
    const { vcpus } = record.spec;
    const cpus = this.#host.config.processor.count;
    return {
      total: Math.floor(ran * 1.2),
      user: Math.floor(ran * 0.1),
      system: Math.floor(ran * 0.3),
      vcpus: Array.from({ length: vcpus }, (_, index) => ({
        time: Math.floor(index === 0 ? ran * 0.9 : ran * 0.1),
        cpu: (pid + index) % cpus,
      })),
    };
  }

  setLimits(): void {
    // A control group's limits are kept by libvirt; the machine knows no groups.
  }

  setMemoryPolicy(pid: number, nodes: readonly number[]): void {
    const record = this.#record(pid);
    for (const cell of record.spec.cells) cell.policy = { mode: 'strict', nodes: [...nodes] };
    this.#applyPolicy(record);
  }
  pin(): void {
    // Which processor a vCPU runs on changes nothing here.
  }

  save(pid: number): { image: number; bytes: number } {
    const record = this.#record(pid);
    const image = this.#host.draw();
    this.#host.state.images.set(image, {
      seed: record.seed,
      balloon: this.balloon(pid),
      parked: null,
    });
    record.saved = { image, at: this.clock.now };
    const { rss, hugetlb } = this.#host.memory.process(
      this.#host.memory.processOf(record.vm as Vm),
    );
    return { image, bytes: (rss + hugetlb) * KIB * 1024 + 1_048_576 };
  }
  dropImage(image: number): void {
    const parked = this.#host.state.images.get(image)?.parked ?? null;
    this.#host.state.images.delete(image);
    if (parked === null || this.#goesOn(parked.machine)) return;
    const { kvm, memory } = this.#host;
    kvm.kill(parked.machine.vm as Vm);
    memory.forgetParked(memory.processOf(parked.machine.vm as Vm), parked.file);
  }

  // It goes on already, as a process.
  #goesOn(machine: MachineRecord): boolean {
    return [...this.#host.state.machines.values()].some(({ vm }) => vm === machine.vm);
  }
  load(pid: number, image: number): void {
    const saved = this.#host.state.images.get(image);
    if (saved !== undefined) this.#record(pid).seed = saved.seed;
    this.reset(pid);
    if (saved !== undefined) this.setBalloon(pid, saved.balloon);
  }

  image(path: string): ReturnType<Backend['image']> {
    try {
      const stat = this.fs.stat(path, '/');
      const head = this.fs.open(path, '/', { read: true }).read(64) ?? '';
      const size = /^QFI qcow2 (\d+)\n/.exec(head)?.[1];
      // A file that a session brings with it is an image of a gigabyte.
      const capacity =
        size === undefined ? (path.endsWith('.qcow2') ? 2 ** 30 : stat.size) : Number(size);
      return {
        format: size === undefined && !path.endsWith('.qcow2') ? 'raw' : 'qcow2',
        capacity,
        // Its tables have a place of their own.
        allocation: stat.blocks * 512 + 4096,
        physical: stat.size,
      };
    } catch {
      return null;
    }
  }
  overlay(path: string): void {
    const size = 2 ** 30;
    this.fs.write(path, `QFI qcow2 ${size}\n`);
  }
  snapshotDisk(): void {
    // What an image holds is not simulated: only that it is there.
  }

  monitor(pid: number, command: string): string {
    const record = this.#record(pid);
    const { kvm } = this.#host;
    const vm = record.vm as Vm;
    const process = this.#host.memory.processOf(vm);
    const start = 0x7f00_0000_0000n - (BigInt(this.#host.memory.process(process).number) << 30n);
    const word = /^\s*balloon\s+(\d+)\s*$/.exec(command);
    if (word !== null) this.setBalloon(pid, Number(word[1]) * 1024);
    const answer = monitorCommand(
      {
        paused: record.paused,
        name: record.spec.name,
        uuid: record.spec.uuid,
        threads: Array.from({ length: record.spec.vcpus }, (_, cpu) => pid + 1 + cpu),
        backends: record.spec.cells.map(({ memory }, node) => [
          record.spec.cells.length === 1 ? 'pc.ram' : `ram-node${node}`,
          BigInt(memory) * 1024n,
        ]),
        bytes: BigInt(record.spec.memory) * 1024n,
        actual: Math.floor(this.balloon(pid) / 1024),
        root: this.#linux(record).root,
        peek: (gpa) => (gpa < BigInt(record.spec.memory) * 1024n ? kvm.peekGuest(vm, gpa) : 0n),
        hva: (gpa) => start + gpa,
        hpa: (gpa) => kvm.hostFrame(vm, gpa),
        rip: this.#linux(record).text + (RIP - TEXT),
        rsp: this.#linux(record).text + (RSP - TEXT),
      },
      command,
    );
    // As on a line of its own (monitor_puts()).
    return answer.replaceAll('\n', '\r\n');
  }

  console(pid: number): GuestConsole {
    const running = this.#running.get(pid);
    if (running === undefined) throw new Error(`no machine ${pid}`);
    running.console.attach();
    return running.console;
  }

  // What the rest of the host sees.

  get running(): number {
    return this.#host.state.machines.size;
  }
  get holders(): number {
    return [...this.#host.state.machines.values()].reduce(
      (sum, { spec }) => sum + 1 + spec.vcpus,
      0,
    );
  }
  get ticks(): number {
    let sum = 0;
    for (const record of this.#host.state.machines.values()) sum += this.#ranMs(record) / 10;
    return Math.floor(sum);
  }
  get nextEvent(): number | null {
    return this.#host.state.machines.size > 0 ? this.clock.now + 100 : null;
  }

  #shown(record: MachineRecord): ShownProcess {
    const { memory, config } = this.#host;
    const guest = memory.process(memory.processOf(record.vm as Vm));
    const own = memory.process(record.overhead);
    const both = fromMachine(guest);
    const qemu = fromMachine(own);
    const ticks = Math.floor(this.#ranMs(record) / 10);
    return {
      pid: record.pid,
      parent: 1,
      group: record.pid,
      name: 'qemu-system-x86',
      argv: [
        '/usr/bin/qemu-system-x86_64',
        '-name',
        `guest=${record.spec.name},debug-threads=on`,
        '-accel',
        record.spec.type === 'kvm' ? 'kvm' : 'tcg',
        '-m',
        String(Math.floor(record.spec.memory / 1024)),
        '-smp',
        `${record.spec.vcpus},sockets=${record.spec.vcpus},cores=1,threads=1`,
        '-uuid',
        record.spec.uuid,
      ],
      state: 'S',
      threads: record.spec.vcpus + 3,
      uid: 64055,
      startedAt: Math.floor((record.startedAt + 60_000) / 10),
      ticks: [ticks, Math.floor(ticks / 4)],
      virtual: record.spec.memory + 620_000,
      anonymous: both.anonymous + qemu.anonymous,
      files: QEMU_FILES,
      swapped: both.swapped + qemu.swapped,
      tables: both.tables + qemu.tables,
      hugetlb: both.hugetlb,
      anonHuge: 0,
      ksm: 0,
      locked: record.spec.locked ? record.spec.memory : 0,
      faults: [both.faults[0] + qemu.faults[0], both.faults[1] + qemu.faults[1]],
      oomScore: Math.floor(((both.anonymous + qemu.anonymous) / config.memory) * 1000),
      oomAdjust: 0,
      cpu: record.pid % config.processor.count,
    };
  }
  get processes(): readonly ShownProcess[] {
    return [...this.#host.state.machines.values()].map((record) => this.#shown(record));
  }

  /** What KVM counts, of all machines and of each (virt/kvm/kvm_main.c, debugfs). */
  debug(): VirtualNode {
    const { kvm, state } = this.#host;
    const records = [...state.machines.values()];
    const files = (of: readonly MachineRecord[]): Record<string, VirtualNode> => {
      const entries: Record<string, VirtualNode> = {};
      for (const name of [...COUNTERS, ...UNCOUNTED]) {
        entries[name] = file(() => {
          let sum = 0;
          for (const { vm } of of) {
            const counters: Readonly<Record<string, number>> = kvm.counters(vm as Vm);
            sum += counters[name] ?? 0;
          }
          return `${sum}\n`;
        });
      }
      return entries;
    };
    const all = files(records);
    const folders = new Map(records.map((record) => [`${record.pid}-13`, record]));
    return listing(
      () => [...Object.keys(all), ...folders.keys()],
      (name) => {
        const record = folders.get(name);
        return record === undefined ? (all[name] ?? null) : folder(files([record]));
      },
    );
  }

  thpChanged(): void {
    const never = this.#host.state.thp.enabled === 'never';
    for (const record of this.#host.state.machines.values()) {
      if (record.spec.cells.some(({ pageSize }) => pageSize > PAGE_KIB.small)) continue;
      const process = this.#host.memory.processOf(record.vm as Vm);
      this.#host.memory.setProcess(process, 'backing', never ? 0 : 3);
    }
  }

  ticked(): void {
    const { now } = this.clock;
    for (const record of [...this.#host.state.machines.values()]) {
      if (this.#isDead(record)) {
        this.#host.log(
          3,
          `Out of memory: Killed process ${record.pid} (qemu-system-x86) total-vm:${record.spec.memory + 620_000}kB, anon-rss:${record.spec.memory}kB, file-rss:${QEMU_FILES}kB, shmem-rss:0kB, UID:64055 pgtables:0kB oom_score_adj:0`,
        );
        this.onNotice?.(record.pid, 'crash');
        continue;
      }
      if (record.offAt !== null && now >= record.offAt && !record.paused) {
        const { restarts } = record;
        if (restarts) this.reset(record.pid);
        this.onNotice?.(record.pid, restarts ? 'reset' : 'shutdown');
        continue;
      }
      if (record.resetsAt !== null && now >= record.resetsAt && !record.paused) {
        record.resetsAt = null;
        this.onNotice?.(record.pid, 'reset');
        continue;
      }
      if (!this.#isUp(record) || record.spec.balloon === null) continue;
      const first = record.stats.length === 0;
      if (first || (record.period > 0 && now >= record.reportedAt + record.period * 1000)) {
        this.#report(record);
      }
      const balloon = this.balloon(record.pid);
      if (balloon !== record.toldBalloon && now >= record.toldAt + BALLOON_MS) {
        record.toldBalloon = balloon;
        record.toldAt = now;
        this.onNotice?.(record.pid, 'balloon');
      }
    }
  }
}

const NO_PAGES = 'unable to map backing store for guest RAM: Cannot allocate memory';
const NO_PREALLOC = 'qemu_prealloc_mem: preallocating memory failed: Bad address';

/** What a processor has beyond the model that is named for it, by the kernel's flag and by libvirt's name. */
const BEYOND: readonly (readonly [flag: string, name?: string])[] = [
  ['ht'],
  ['pclmulqdq', 'pclmuldq'],
  ['monitor'],
  ['ssse3'],
  ['fma'],
  ['sse4_1', 'sse4.1'],
  ['sse4_2', 'sse4.2'],
  ['movbe'],
  ['popcnt'],
  ['aes'],
  ['xsave'],
  ['xsave', 'osxsave'],
  ['avx'],
  ['f16c'],
  ['rdrand'],
  ['hypervisor'],
  ['arat'],
  ['fsgsbase'],
  ['bmi1'],
  ['avx2'],
  ['smep'],
  ['bmi2'],
  ['adx'],
  ['smap'],
  ['clflushopt'],
  ['xsaveopt'],
  ['xgetbv1'],
  ['mmxext'],
  ['pdpe1gb'],
  ['cmp_legacy'],
  ['cr8_legacy', 'cr8legacy'],
  ['abm'],
  ['sse4a'],
  ['npt'],
];

/** Counters of KVM that this machine has no cause to move. */
const UNCOUNTED = [
  'fpu_reload',
  'halt_attempted_poll',
  'halt_exits',
  'halt_poll_invalid',
  'halt_successful_poll',
  'halt_wakeup',
  'host_state_reload',
  'hypercalls',
  'insn_emulation',
  'insn_emulation_fail',
  'io_exits',
  'irq_exits',
  'irq_injections',
  'irq_window',
  'l1d_flush',
  'max_mmu_page_hash_collisions',
  'max_mmu_rmap_size',
  'mmio_exits',
  'nested_run',
  'nmi_injections',
  'nmi_window',
  'nx_lpage_splits',
  'remote_tlb_flush',
  'remote_tlb_flush_requests',
  'req_event',
  'request_irq',
  'signal_exits',
];
