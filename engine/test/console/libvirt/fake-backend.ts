import { FileSystem } from '../../../src/console/fs/file-system.ts';
import type { MemoryStat } from '../../../src/console/libvirt/api.ts';
import type {
  Backend,
  HostNode,
  MachineSpec,
  Notice,
} from '../../../src/console/libvirt/backend.ts';
import { StartError } from '../../../src/console/libvirt/backend.ts';

interface Machine {
  spec: MachineSpec;
  balloon: number;
  target: number;
  paused: boolean;
  up: boolean;
  period: number;
}

/** A host of two nodes with 4 GiB each, whose machines are but numbers. */
export class FakeBackend implements Backend {
  readonly clock = {
    now: 0,
    get wall(): number {
      return Date.UTC(2026, 10, 22, 22, 0, 0) + this.now;
    },
    advance(milliseconds: number): void {
      this.now += milliseconds;
    },
  };
  readonly fs: FileSystem;
  readonly hostname = 'kvmhost';
  readonly hostUuid = '688ccec5-8e3d-4a55-9b46-9d1274c14fd7';
  kvm = true;
  readonly cpu = {
    mhz: 2596,
    vendor: 'AMD',
    model: 'EPYC',
    features: ['x2apic', 'hypervisor'],
    baseline: 'Opteron_G2',
    extra: ['ht'],
    microcode: 16_777_317,
    family: 23,
    number: 1,
    stepping: 2,
    physicalBits: 40,
    topology: { sockets: 1, cores: 2, threads: 1 },
  };
  readonly machines = new Map<number, Machine>();
  readonly pools = new Map<string, number>();
  readonly images = new Map<number, Machine>();
  readonly limits = new Map<number, { hard: number; soft: number; swap: number }>();
  mounted = [2048, 1_048_576];
  onNotice: ((pid: number, notice: Notice) => void) | null = null;
  #next = 1000;
  #uuids = 0;

  constructor() {
    const root = {
      type: 'directory' as const,
      mode: 0o755,
      uid: 0,
      gid: 0,
      mtime: 0,
      nlink: 2,
      entries: new Map<string, number>(),
    };
    this.fs = new FileSystem(
      {
        next: 2,
        inodes: new Map([[1, root]]),
        mounts: [{ target: '/', source: '/dev/vda1', type: 'ext4', options: 'rw', root: 1 }],
      },
      {
        wall: () => this.clock.wall,
        virtual: () => ({ type: 'directory', list: () => [], get: () => null }),
        device: () => null,
        uid: 0,
      },
    );
    for (const folder of ['/usr', '/usr/bin', '/root', '/var', '/var/lib']) {
      this.fs.mkdir(folder, '/');
    }
    for (const arch of ['x86_64', 'i386']) this.fs.write(`/usr/bin/qemu-system-${arch}`, '');
  }

  uuid(): string {
    const number = (++this.#uuids).toString(16).padStart(12, '0');
    return `00000000-0000-4000-8000-${number}`;
  }
  random(bytes: number): number[] {
    return Array.from({ length: bytes }, (_, index) => index + 1);
  }

  #used(node: number): number {
    return [...this.machines.values()]
      .flatMap(({ spec }) => spec.cells)
      .filter(({ pageSize, policy }) => pageSize === 2048 && (policy?.nodes[0] ?? 0) === node)
      .reduce((sum, { memory }) => sum + memory / 2048, 0);
  }
  nodes(): HostNode[] {
    return [0, 1].map((id) => {
      const total = this.pools.get(`${id}:2048`) ?? 0;
      return {
        id,
        total: id === 0 ? 4_061_380 : 4_082_000,
        free: 3_900_000,
        cpus: [0, 1].map((core) => ({ id: id * 2 + core, socket: id, die: id, core })),
        distances: id === 0 ? [10, 20] : [20, 10],
        pools: [
          { size: 2048, total, free: total - this.#used(id) },
          { size: 1_048_576, total: 0, free: 0 },
        ],
      };
    });
  }
  memory(): { total: number; free: number; buffers: number; cached: number } {
    return { total: 8_143_380, free: 7_900_000, buffers: 1424, cached: 49_836 };
  }
  cpuTimes(): { kernel: number; user: number; idle: number; iowait: number } {
    return { kernel: 1, user: 2, idle: 3, iowait: 4 };
  }
  setPool(node: number, size: number, count: number, add: boolean): number {
    const nodes = node < 0 ? [0, 1] : [node];
    let sum = 0;
    for (const id of nodes) {
      const key = `${id}:${size}`;
      const part = node < 0 ? count / 2 : count;
      this.pools.set(key, Math.min(1500, (add ? (this.pools.get(key) ?? 0) : 0) + part));
      sum += this.pools.get(key) ?? 0;
    }
    return sum;
  }
  hugetlbfs(): number[] {
    return this.mounted;
  }

  start(
    spec: MachineSpec,
    how: { paused: boolean; image?: number },
  ): { pid: number; ptys: string[] } {
    for (const { pageSize, memory, policy } of spec.cells) {
      if (pageSize === 4) continue;
      const node = this.nodes()[policy?.nodes[0] ?? 0];
      const pool = node?.pools.find(({ size }) => size === pageSize);
      if ((pool?.free ?? 0) * pageSize < memory) {
        throw new StartError('unable to map backing store for guest RAM: Cannot allocate memory');
      }
    }
    const pid = this.#next++;
    const image = how.image === undefined ? undefined : this.images.get(how.image);
    this.machines.set(pid, {
      spec,
      balloon: image?.balloon ?? spec.currentMemory,
      target: image?.target ?? spec.currentMemory,
      paused: how.paused,
      up: image !== undefined,
      period: 0,
    });
    const ptys = Array.from({ length: spec.ptys }, (_, index) => `/dev/pts/${index}`);
    return { pid, ptys };
  }
  machine(pid: number): Machine {
    const machine = this.machines.get(pid);
    if (machine === undefined) throw new Error(`no machine ${pid}`);
    return machine;
  }
  stop(pid: number): void {
    this.machine(pid);
    this.machines.delete(pid);
  }
  pause(pid: number): void {
    this.machine(pid).paused = true;
  }
  resume(pid: number): void {
    this.machine(pid).paused = false;
  }
  reset(pid: number): void {
    this.machine(pid).up = false;
  }
  powerButton(pid: number): void {
    const { up, paused } = this.machine(pid);
    if (up && !paused) this.onNotice?.(pid, 'shutdown');
  }
  setBalloon(pid: number, kib: number): void {
    this.machine(pid).target = kib;
  }
  /** Lets the guests come up, and balloons reach their sizes. */
  settle(): void {
    for (const [pid, machine] of this.machines) {
      machine.up = true;
      if (machine.balloon === machine.target) continue;
      machine.balloon = machine.target;
      this.onNotice?.(pid, 'balloon');
    }
  }
  balloon(pid: number): number {
    return this.machine(pid).balloon;
  }
  guestStats(pid: number): MemoryStat[] {
    if (!this.machine(pid).up) return [];
    return [
      ['swap_in', 0],
      ['swap_out', 0],
      ['major_fault', 0],
      ['minor_fault', 750],
      ['unused', 1_975_032],
      ['available', 2_014_132],
      ['usable', 1_904_124],
      ['last_update', 1_795_386_988],
      ['disk_caches', 2452],
      ['hugetlb_pgalloc', 0],
      ['hugetlb_pgfail', 0],
    ];
  }
  setStatsPeriod(pid: number, seconds: number): void {
    this.machine(pid).period = seconds;
  }
  rss(): number {
    return 46_024;
  }
  cpuTime(pid: number): {
    total: number;
    user: number;
    system: number;
    vcpus: { time: number; cpu: number }[];
  } {
    const { spec } = this.machine(pid);
    const vcpus = Array.from({ length: spec.vcpus }, (_, cpu) => ({ time: 1e9, cpu }));
    return { total: 2e9, user: 1e9, system: 1e9, vcpus };
  }
  setLimits(pid: number, limits: { hard: number; soft: number; swap: number }): void {
    this.machine(pid);
    this.limits.set(pid, limits);
  }
  setMemoryPolicy(pid: number): void {
    this.machine(pid);
  }
  pin(pid: number): void {
    this.machine(pid);
  }
  save(pid: number): { image: number; bytes: number } {
    if (!this.machine(pid).paused) throw new Error('a machine that runs cannot be saved');
    const image = this.#next++;
    this.images.set(image, structuredClone(this.machine(pid)));
    return { image, bytes: 1_000_000 };
  }
  dropImage(image: number): void {
    this.images.delete(image);
  }
  image(
    path: string,
  ): { format: string; capacity: number; allocation: number; physical: number } | null {
    if (!this.fs.exists(path)) return null;
    return { format: 'qcow2', capacity: 2 ** 30, allocation: 204_800, physical: 196_624 };
  }
  overlay(path: string): void {
    this.fs.write(path, 'QFI');
  }
  readonly diskCalls: string[] = [];
  snapshotDisk(path: string, name: string, what: string): void {
    this.diskCalls.push(`${what} ${name} ${path}`);
  }
  monitor(pid: number, command: string): string {
    this.machine(pid);
    return `${command}\r\n`;
  }
  console(pid: number): { ready: boolean; read(): string | null; write(): void; close(): void } {
    this.machine(pid);
    return { ready: true, read: () => 'login: ', write: () => undefined, close: () => undefined };
  }
}
