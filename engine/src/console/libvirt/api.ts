import type { LibvirtError } from './errors.ts';

/**
 * libvirt's calls as virsh uses them. Every one may throw a `LibvirtError`, whose message is all that virsh prints
 * after `error: `, and none throws anything else. Sizes are KiB, times nanoseconds where libvirt has them so.
 */

/** What a change or a question is about; neither: the present state (VIR_DOMAIN_AFFECT_CURRENT). */
export interface Affect {
  live?: boolean;
  config?: boolean;
  /** The call is an old one without flags, which is about the domain that runs. */
  plain?: boolean;
}

export const STATES = [
  'no state',
  'running',
  'idle',
  'paused',
  'in shutdown',
  'shut off',
  'crashed',
  'pmsuspended',
] as const;
/** As `virsh domstate` names them. */
export type DomainStateName = (typeof STATES)[number];

export interface DomainInfo {
  state: DomainStateName;
  /** KiB. */
  maxMem: number;
  /** KiB. */
  memory: number;
  vcpus: number;
  /** Nanoseconds. */
  cpuTime: number;
}

export interface CreateFlags {
  paused?: boolean;
  autodestroy?: boolean;
  bypassCache?: boolean;
  forceBoot?: boolean;
  validate?: boolean;
  resetNvram?: boolean;
}

export interface UndefineFlags {
  managedSave?: boolean;
  snapshotsMetadata?: boolean;
  checkpointsMetadata?: boolean;
  nvram?: boolean;
  keepNvram?: boolean;
}

export interface XmlFlags {
  inactive?: boolean;
  secure?: boolean;
  updateCpu?: boolean;
  migratable?: boolean;
}

/** How a shutdown or reboot is asked for. None: as the driver likes best (the power button). */
export interface PowerFlags {
  acpi?: boolean;
  agent?: boolean;
  initctl?: boolean;
  signal?: boolean;
  paravirt?: boolean;
}

/** Statistics in the order in which the driver gives them; KiB but for faults, `last_update` and the rest. */
export type MemoryStat = [tag: MemoryStatTag, value: number];
export type MemoryStatTag =
  | 'actual'
  | 'swap_in'
  | 'swap_out'
  | 'major_fault'
  | 'minor_fault'
  | 'unused'
  | 'available'
  | 'usable'
  | 'last_update'
  | 'disk_caches'
  | 'hugetlb_pgalloc'
  | 'hugetlb_pgfail'
  | 'rss';

export type MemoryParameter = 'hard_limit' | 'soft_limit' | 'min_guarantee' | 'swap_hard_limit';
/** VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, KiB: `-1` of the command line becomes this too. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

export type NumaMode = 'strict' | 'preferred' | 'interleave' | 'restrictive';

export interface VcpuInfo {
  number: number;
  state: 'offline' | 'running' | 'blocked';
  /** Nanoseconds. */
  cpuTime: number;
  /** The host's processor on which it runs; -1 where it runs on none. */
  cpu: number;
  /** Of each host processor: may it run there. */
  affinity: boolean[];
}

/** One parameter of a typed list, in the driver's order. Numbers beyond 2^53 do not occur. */
export type TypedParameter = [name: string, value: number | string | boolean];

export interface BlockInfo {
  /** Bytes, all three. */
  capacity: number;
  allocation: number;
  physical: number;
}

export interface ConsoleStream {
  /** Whether `read` would give something now, be it the end. */
  readonly ready: boolean;
  /** What the guest wrote; null when it is gone. */
  read(): string | null;
  write(text: string): void;
  close(): void;
}

export interface SnapshotFlags {
  redefine?: boolean;
  current?: boolean;
  noMetadata?: boolean;
  halt?: boolean;
  diskOnly?: boolean;
  reuseExternal?: boolean;
  quiesce?: boolean;
  atomic?: boolean;
  live?: boolean;
  validate?: boolean;
}

export interface Snapshot {
  readonly name: string;
  readonly domain: Domain;
  getXMLDesc(flags?: { secure?: boolean }): string;
  isCurrent(): boolean;
  hasMetadata(): boolean;
  getParent(): Snapshot;
  listChildren(flags?: { descendants?: boolean }): Snapshot[];
  revert(flags?: {
    running?: boolean;
    paused?: boolean;
    force?: boolean;
    resetNvram?: boolean;
  }): void;
  delete(flags?: { children?: boolean; childrenOnly?: boolean; metadataOnly?: boolean }): void;
}

export type StatsGroup =
  | 'state'
  | 'cpu-total'
  | 'balloon'
  | 'vcpu'
  | 'interface'
  | 'block'
  | 'perf'
  | 'iothread'
  | 'memory'
  | 'dirtyrate'
  | 'vm';

export interface Domain {
  readonly name: string;
  readonly uuid: string;
  readonly connection: Connection;
  /** -1 while it is not running. */
  getID(): number;
  getOSType(): string;
  getInfo(): DomainInfo;
  /** The reason in virsh's words, `booted`; `unknown` where there is none. */
  getState(): { state: DomainStateName; reason: string };
  isActive(): boolean;
  isPersistent(): boolean;
  isUpdated(): boolean;
  getAutostart(): boolean;
  setAutostart(on: boolean): void;
  hasManagedSaveImage(): boolean;
  /** virDomainGetControlInfo. */
  getControlInfo(): {
    state: 'ok' | 'job' | 'occupied' | 'error';
    details: number;
    stateTime: number;
  };
  /** The label of a running domain; null where the model has none. */
  getSecurityLabel(): { label: string; enforcing: boolean } | null;
  getHostname(source?: 'lease' | 'agent'): string;

  getXMLDesc(flags?: XmlFlags): string;
  create(flags?: CreateFlags): void;
  shutdown(flags?: PowerFlags): void;
  reboot(flags?: PowerFlags): void;
  reset(): void;
  destroy(flags?: { graceful?: boolean }): void;
  suspend(): void;
  resume(): void;
  undefine(flags?: UndefineFlags): void;
  rename(name: string): void;

  getMaxMemory(): number;
  /** virDomainSetMaxMemory: as `setMemoryFlags` with `maximum`, but under its own name. */
  setMaxMemory(kib: number): void;
  setMemoryFlags(kib: number, flags: Affect & { maximum?: boolean }): void;
  memoryStats(): MemoryStat[];
  setMemoryStatsPeriod(seconds: number, affect: Affect): void;
  getMemoryParameters(affect: Affect): [MemoryParameter, number][];
  setMemoryParameters(
    parameters: readonly (readonly [MemoryParameter, number])[],
    affect: Affect,
  ): void;
  getNumaParameters(affect: Affect): { mode: NumaMode; nodeset: string };
  setNumaParameters(
    parameters: { mode?: NumaMode | number; nodeset?: string },
    affect: Affect,
  ): void;

  getMaxVcpus(): number;
  getVcpusFlags(flags: Affect & { maximum?: boolean; guest?: boolean }): number;
  setVcpusFlags(
    count: number,
    flags: Affect & { maximum?: boolean; guest?: boolean; hotpluggable?: boolean },
  ): void;
  getVcpus(): VcpuInfo[];
  /** Of each vCPU: the host processors on which it may run. */
  getVcpuPinInfo(affect: Affect): boolean[][];
  pinVcpuFlags(vcpu: number, cpus: readonly boolean[], affect: Affect): void;
  getEmulatorPinInfo(affect: Affect): boolean[];
  pinEmulator(cpus: readonly boolean[], affect: Affect): void;
  getSchedulerParameters(affect: Affect): { type: string; parameters: TypedParameter[] };
  setSchedulerParameters(parameters: readonly TypedParameter[], affect: Affect): void;
  getIOThreadInfo(affect: Affect): { id: number; cpus: boolean[] }[];
  /** virDomainGetCPUStats: nanoseconds, in all and of each host processor. */
  getCPUStats(): { total: TypedParameter[]; perCpu: TypedParameter[][] };

  managedSave(flags?: { bypassCache?: boolean; running?: boolean; paused?: boolean }): void;
  managedSaveRemove(): void;
  managedSaveGetXMLDesc(flags?: { secure?: boolean }): string;
  managedSaveDefineXML(xml: string, flags?: { running?: boolean; paused?: boolean }): void;
  save(
    path: string,
    flags?: { xml?: string; bypassCache?: boolean; running?: boolean; paused?: boolean },
  ): void;
  coreDump(
    path: string,
    flags?: {
      format?: string;
      live?: boolean;
      crash?: boolean;
      reset?: boolean;
      bypassCache?: boolean;
      memoryOnly?: boolean;
    },
  ): void;

  snapshotCreateXML(xml: string, flags?: SnapshotFlags): Snapshot;
  snapshotLookupByName(name: string): Snapshot;
  /** Every snapshot, parents before children, in order of name as the daemon gives them. */
  listAllSnapshots(): Snapshot[];
  hasCurrentSnapshot(): boolean;
  snapshotCurrent(): Snapshot;

  getBlockInfo(disk: string): BlockInfo;
  blockStats(disk: string): TypedParameter[];
  interfaceStats(device: string): TypedParameter[];
  getJobInfo(): { type: 'None' };
  abortJob(): void;
  qemuMonitorCommand(command: string, flags?: { hmp?: boolean }): string;
  openConsole(device: string | null, flags?: { force?: boolean; safe?: boolean }): ConsoleStream;
  injectNMI(): void;
  sendKey(): void;
  screenshot(): void;
  wakeUp(): void;
  /** Something that only a guest's agent can do; no guest here has one that answers. */
  askAgent(call: string): never;
  agentSetResponseTimeout(seconds: number): void;
  setLifecycleAction(type: string, action: string, affect: Affect): void;
  setVcpu(list: string, on: boolean, affect: Affect): void;
  changeIOThread(id: number, how: 'add' | 'delete' | 'set', affect: Affect): void;
  pinIOThread(id: number, cpus: readonly boolean[], affect: Affect): void;
  attachDevice(xml: string, affect: Affect): void;
  detachDevice(xml: string, affect: Affect): void;
  updateDevice(xml: string, affect: Affect): void;
  getMetadata(
    kind: 'description' | 'title' | 'element',
    uri: string | null,
    affect: Affect,
  ): string;
  setMetadata(
    kind: 'description' | 'title' | 'element',
    text: string | null,
    key: string | null,
    uri: string | null,
    affect: Affect,
  ): void;
}

export interface ListFlags {
  active?: boolean;
  inactive?: boolean;
  persistent?: boolean;
  transient?: boolean;
  running?: boolean;
  paused?: boolean;
  shutoff?: boolean;
  other?: boolean;
  managedSave?: boolean;
  noManagedSave?: boolean;
  autostart?: boolean;
  noAutostart?: boolean;
  hasSnapshot?: boolean;
  noSnapshot?: boolean;
}

export interface NodeInfo {
  model: string;
  /** KiB. */
  memory: number;
  cpus: number;
  mhz: number;
  nodes: number;
  /** Per node. */
  sockets: number;
  cores: number;
  threads: number;
}

/** Events by virsh's names, in its order. */
export const EVENTS = [
  'lifecycle',
  'reboot',
  'rtc-change',
  'watchdog',
  'io-error',
  'graphics',
  'io-error-reason',
  'control-error',
  'block-job',
  'disk-change',
  'tray-change',
  'pm-wakeup',
  'pm-suspend',
  'balloon-change',
  'pm-suspend-disk',
  'device-removed',
  'block-job-2',
  'tunable',
  'agent-lifecycle',
  'device-added',
  'migration-iteration',
  'job-completed',
  'device-removal-failed',
  'metadata-change',
  'block-threshold',
  'memory-failure',
  'memory-device-size-change',
] as const;
export type EventName = (typeof EVENTS)[number];

export interface DomainEvent {
  event: EventName;
  /** Name, number and UUID of the domain. */
  domain: string;
  id: number;
  uuid: string;
  /** What virsh prints after `event 'NAME' for domain 'DOMAIN'`, with its `: ` and without a line end. */
  detail: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Events that were asked for, the oldest first. */
export interface EventQueue {
  readonly size: number;
  next(): DomainEvent | null;
  close(): void;
}

export interface Connection {
  readonly uri: string;
  readonly readOnly: boolean;
  /** `QEMU` or `TEST`. */
  getType(): string;
  /** A million a major number, a thousand a minor one: 9000000. */
  getVersion(): number;
  getLibVersion(): number;
  getHostname(): string;
  getURI(): string;
  getMaxVcpus(type: string | null): number;
  getSysinfo(): string;
  getCapabilities(): string;
  getDomainCapabilities(query: {
    emulator?: string;
    arch?: string;
    machine?: string;
    virttype?: string;
  }): string;
  getCPUModelNames(arch: string): string[];
  isAlive(): boolean;
  /** Whether the other end can be asked now and then if it is still there. */
  setKeepAlive(): void;
  isSecure(): boolean;
  isEncrypted(): boolean;
  close(): void;

  nodeGetInfo(): NodeInfo;
  /** `cell` -1: of the whole host. Names `total`, `free`, `buffers`, `cached`; KiB. */
  nodeGetMemoryStats(cell: number): [string, number][];
  /** Nanoseconds; `cpu` -1: all. Names `kernel`, `user`, `idle`, `iowait`. */
  nodeGetCPUStats(cpu: number): [string, number][];
  nodeGetCPUMap(): { present: number; online: boolean[] };
  /** Bytes. */
  nodeGetFreeMemory(): number;
  /** Bytes of each cell from `start` on. */
  nodeGetCellsFreeMemory(start: number, most: number): number[];
  /** Free pages: of each cell from `start` on, of each size (KiB), in this order. */
  nodeGetFreePages(sizes: readonly number[], start: number, cells: number): number[];
  /** How many cells got their pages. `start` -1: the host's pool. */
  nodeAllocPages(
    pages: readonly (readonly [size: number, count: number])[],
    start: number,
    cells: number,
    flags: { add?: boolean },
  ): number;
  nodeGetMemoryParameters(): TypedParameter[];
  nodeSetMemoryParameters(parameters: readonly TypedParameter[]): void;
  nodeGetSecurityModel(): { model: string; doi: string };

  lookupByName(name: string): Domain;
  lookupByID(id: number): Domain;
  lookupByUUIDString(uuid: string): Domain;
  /** Every domain; those of one kind only where a kind is asked for. In no order that matters. */
  listAllDomains(flags?: ListFlags): Domain[];
  defineXML(xml: string, flags?: { validate?: boolean }): Domain;
  createXML(xml: string, flags?: CreateFlags): Domain;
  restore(
    path: string,
    flags?: { xml?: string; bypassCache?: boolean; running?: boolean; paused?: boolean },
  ): void;
  saveImageGetXMLDesc(path: string, flags?: { secure?: boolean }): string;
  saveImageDefineXML(
    path: string,
    xml: string,
    flags?: { running?: boolean; paused?: boolean },
  ): void;
  getAllDomainStats(
    domains: readonly Domain[] | null,
    groups: readonly StatsGroup[],
    flags?: ListFlags & { enforce?: boolean; nowait?: boolean },
  ): { domain: Domain; stats: TypedParameter[] }[];
  /** Counts from this call on. `domain` null: of every domain. */
  watchEvents(events: readonly EventName[], domain: Domain | null): EventQueue;
}

/**
 * Opens a connection: `uri` null or empty means the default, qemu:///system. Its errors come after virsh's
 * `error: failed to connect to the hypervisor`.
 */
export type Open = (uri: string | null, flags?: { readOnly?: boolean }) => Connection;

export type { LibvirtError };
