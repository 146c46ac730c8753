import type {
  Affect,
  Connection,
  ConsoleStream,
  CreateFlags,
  Domain,
  DomainInfo,
  DomainStateName,
  MemoryParameter,
  MemoryStat,
  NumaMode,
  PowerFlags,
  Snapshot,
  SnapshotFlags,
  TypedParameter,
  UndefineFlags,
  VcpuInfo,
  XmlFlags,
} from './api.ts';
import type { Daemon } from './daemon.ts';
import * as devices from './devices.ts';
import { fail } from './errors.ts';
import * as life from './lifecycle.ts';
import * as memory from './memory.ts';
import { human, qmp } from './qmp.ts';
import * as saved from './save.ts';
import * as snapshots from './snapshot.ts';
import type { DomainRecord, LiveDomain, SnapshotRecord } from './state.ts';
import * as stats from './stats.ts';
import * as threads from './threads.ts';
import * as cpus from './vcpu.ts';
import { elements, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** What a client holds of a domain: its UUID. Every call looks the domain up anew (qemuDomainObjFromDomain()). */
export class QemuDomain implements Domain {
  readonly connection: Connection;
  readonly uuid: string;
  readonly name: string;
  readonly #daemon: Daemon;

  constructor(connection: Connection, daemon: Daemon, record: DomainRecord) {
    this.connection = connection;
    this.#daemon = daemon;
    this.uuid = record.uuid;
    this.name = record.name;
  }

  get #record(): DomainRecord {
    return (
      this.#daemon.state.domains.get(this.uuid) ??
      fail('NO_DOMAIN', `no domain with matching uuid '${this.uuid}' (${this.name})`)
    );
  }
  /** The domain, for a call that changes something (virCheckReadOnlyGoto()). */
  #write(call: string): DomainRecord {
    if (this.connection.readOnly) forbid(call);
    return this.#record;
  }
  /** Calls with flags are other calls. */
  #flagged(call: string, flags: object, suffix = 'Flags'): DomainRecord {
    return this.#write(Object.values(flags).some(Boolean) ? call + suffix : call);
  }
  #unlessPlain(call: string, affect: Affect): DomainRecord {
    return this.#write(affect.plain === true ? call : `${call}Flags`);
  }
  get #running(): LiveDomain {
    return this.#daemon.running(this.#record);
  }
  get #definition(): Element {
    const { live, config } = this.#record;
    return live?.definition ?? config;
  }

  getID(): number {
    return this.#daemon.state.domains.get(this.uuid)?.live?.id ?? -1;
  }
  getOSType(): string {
    return textOf(first(this.#definition, 'os/type'));
  }
  getInfo(): DomainInfo {
    const { live, state } = this.#record;
    const definition = this.#definition;
    return {
      state,
      maxMem: Number(textOf(first(definition, 'memory'))),
      memory: this.#daemon.balloon(this.#record),
      vcpus: cpus.vcpus(definition),
      cpuTime: live === null ? 0 : this.#daemon.backend.cpuTime(live.pid).total,
    };
  }
  getState(): { state: DomainStateName; reason: string } {
    const { state, reason } = this.#record;
    return { state, reason };
  }
  isActive(): boolean {
    return this.#record.live !== null;
  }
  isPersistent(): boolean {
    return this.#record.persistent;
  }
  isUpdated(): boolean {
    return false;
  }
  getAutostart(): boolean {
    return this.#record.autostart;
  }
  setAutostart(on: boolean): void {
    life.setAutostart(this.#daemon, this.#write('virDomainSetAutostart'), on);
  }
  hasManagedSaveImage(): boolean {
    return this.#daemon.backend.fs.exists(saved.managedPath(this.#record));
  }
  getControlInfo(): { state: 'ok'; details: number; stateTime: number } {
    void this.#running;
    return { state: 'ok', details: 0, stateTime: 0 };
  }
  getSecurityLabel(): { label: string; enforcing: boolean } | null {
    return null;
  }
  getHostname(source?: 'lease' | 'agent'): string {
    const record = this.#record;
    void this.#running;
    if (source !== 'lease') life.agent(record);
    return fail('NO_HOSTNAME', `no hostname found for domain ${record.name}`);
  }

  getXMLDesc(flags: XmlFlags = {}): string {
    const record = this.#record;
    if (this.connection.readOnly && flags.secure === true) {
      forbidden('virDomainGetXMLDesc with secure flag');
    }
    return this.#daemon.describe(record, flags.inactive === true, flags.secure === true);
  }
  create(flags: CreateFlags = {}): void {
    life.create(this.#daemon, this.#flagged('virDomainCreate', flags, 'WithFlags'), flags);
  }
  shutdown(flags: PowerFlags = {}): void {
    life.shutdown(this.#daemon, this.#flagged('virDomainShutdown', flags), flags);
  }
  reboot(flags: PowerFlags = {}): void {
    life.reboot(this.#daemon, this.#write('virDomainReboot'), flags);
  }
  reset(): void {
    life.reset(this.#daemon, this.#write('virDomainReset'));
  }
  destroy(flags: { graceful?: boolean } = {}): void {
    life.destroy(this.#daemon, this.#flagged('virDomainDestroy', flags));
  }
  suspend(): void {
    life.suspend(this.#daemon, this.#write('virDomainSuspend'));
  }
  resume(): void {
    life.resume(this.#daemon, this.#write('virDomainResume'));
  }
  undefine(flags: UndefineFlags = {}): void {
    // Virsh asks for no flags in the way that has some.
    life.undefine(this.#daemon, this.#write('virDomainUndefineFlags'), flags);
  }
  rename(name: string): void {
    life.rename(this.#daemon, this.#write('virDomainRename'), name);
  }

  getMaxMemory(): number {
    return Number(textOf(first(this.#definition, 'memory')));
  }
  setMaxMemory(kib: number): void {
    const record = this.#write('virDomainSetMaxMemory');
    nonZero(kib, 'memory in virDomainSetMaxMemory');
    memory.setMemory(this.#daemon, record, kib, { maximum: true });
  }
  setMemoryFlags(kib: number, flags: Affect & { maximum?: boolean }): void {
    const record = this.#write('virDomainSetMemoryFlags');
    nonZero(kib, 'memory in virDomainSetMemoryFlags');
    memory.setMemory(this.#daemon, record, kib, flags);
  }
  memoryStats(): MemoryStat[] {
    return memory.memoryStats(this.#daemon, this.#record);
  }
  setMemoryStatsPeriod(seconds: number, affect: Affect): void {
    const record = this.#write('virDomainSetMemoryStatsPeriod');
    memory.setStatsPeriod(this.#daemon, record, seconds, affect);
  }
  getMemoryParameters(affect: Affect): [MemoryParameter, number][] {
    return memory.getLimits(this.#daemon, this.#record, affect);
  }
  setMemoryParameters(
    parameters: readonly (readonly [MemoryParameter, number])[],
    affect: Affect,
  ): void {
    const record = this.#write('virDomainSetMemoryParameters');
    memory.setLimits(this.#daemon, record, parameters, affect);
  }
  getNumaParameters(affect: Affect): { mode: NumaMode; nodeset: string } {
    return memory.getNuma(this.#daemon, this.#record, affect);
  }
  setNumaParameters(
    parameters: { mode?: NumaMode | number; nodeset?: string },
    affect: Affect,
  ): void {
    memory.setNuma(this.#daemon, this.#write('virDomainSetNumaParameters'), parameters, affect);
  }

  getMaxVcpus(): number {
    return cpus.maxVcpus(this.#definition);
  }
  getVcpusFlags(flags: Affect & { maximum?: boolean; guest?: boolean }): number {
    const record = this.#record;
    if (flags.guest === true) {
      void this.#running;
      life.agent(record);
    }
    return cpus.countVcpus(this.#daemon, record, flags);
  }
  setVcpusFlags(
    count: number,
    flags: Affect & { maximum?: boolean; guest?: boolean; hotpluggable?: boolean },
  ): void {
    const record = this.#unlessPlain('virDomainSetVcpus', flags);
    if (flags.guest === true) {
      void this.#running;
      life.agent(record);
    }
    cpus.setVcpus(this.#daemon, record, count, flags);
  }
  getVcpus(): VcpuInfo[] {
    return cpus.vcpuInfo(this.#daemon, this.#record);
  }
  getVcpuPinInfo(affect: Affect): boolean[][] {
    return cpus.vcpuPins(this.#daemon, this.#record, affect);
  }
  pinVcpuFlags(vcpu: number, map: readonly boolean[], affect: Affect): void {
    cpus.pin(this.#daemon, this.#unlessPlain('virDomainPinVcpu', affect), vcpu, map, affect);
  }
  getEmulatorPinInfo(affect: Affect): boolean[] {
    return cpus.emulatorPin(this.#daemon, this.#record, affect);
  }
  pinEmulator(map: readonly boolean[], affect: Affect): void {
    cpus.pin(this.#daemon, this.#write('virDomainPinEmulator'), -1, map, affect);
  }
  getSchedulerParameters(affect: Affect): { type: string; parameters: TypedParameter[] } {
    return cpus.scheduler(this.#daemon, this.#record, affect);
  }
  setSchedulerParameters(parameters: readonly TypedParameter[], affect: Affect): void {
    const record = this.#write('virDomainSetSchedulerParametersFlags');
    cpus.setScheduler(this.#daemon, record, parameters, affect);
  }
  getIOThreadInfo(affect: Affect): { id: number; cpus: boolean[] }[] {
    return threads.threads(this.#daemon, this.#record, affect);
  }
  changeIOThread(id: number, how: 'add' | 'delete' | 'set', affect: Affect): void {
    const call = { add: 'AddIOThread', delete: 'DelIOThread', set: 'SetIOThreadParams' }[how];
    threads.changeThread(this.#daemon, this.#write(`virDomain${call}`), id, how, affect);
  }
  pinIOThread(id: number, map: readonly boolean[], affect: Affect): void {
    threads.pinThread(this.#daemon, this.#write('virDomainPinIOThread'), id, map, affect);
  }
  setVcpu(list: string, on: boolean, affect: Affect): void {
    threads.setVcpu(this.#daemon, this.#write('virDomainSetVcpu'), list, on, affect);
  }
  setLifecycleAction(type: string, action: string, affect: Affect): void {
    const record = this.#write('virDomainSetLifecycleAction');
    threads.setAction(this.#daemon, record, type, action, affect);
  }
  getCPUStats(): { total: TypedParameter[]; perCpu: TypedParameter[][] } {
    const live = this.#running;
    const { total, user, system, vcpus } = this.#daemon.backend.cpuTime(live.pid);
    const perCpu = Array.from({ length: cpus.hostCpus(this.#daemon) }, (_, cpu) => {
      const here = vcpus.filter((entry) => entry.cpu === cpu);
      const time = here.reduce((sum, entry) => sum + entry.time, 0);
      return [
        ['cpu_time', time],
        ['vcpu_time', time],
      ] satisfies TypedParameter[];
    });
    const totals: TypedParameter[] = [
      ['cpu_time', total],
      ['user_time', user],
      ['system_time', system],
    ];
    return { total: totals, perCpu };
  }

  managedSave(flags: saved.RunFlags = {}): void {
    saved.oneWay(flags);
    saved.managedSave(this.#daemon, this.#write('virDomainManagedSave'), flags);
  }
  managedSaveRemove(): void {
    saved.discard(this.#daemon, saved.managedPath(this.#write('virDomainManagedSaveRemove')));
  }
  #managed(record: DomainRecord): string {
    if (!this.hasManagedSaveImage()) {
      fail('OPERATION_INVALID', 'domain does not have managed save image');
    }
    return saved.managedPath(record);
  }
  managedSaveGetXMLDesc(flags: { secure?: boolean } = {}): string {
    if (this.connection.readOnly && flags.secure === true) {
      forbidden('virDomainManagedSaveGetXMLDesc with secure flag');
    }
    return saved.imageOf(this.#daemon, this.#managed(this.#record)).xml;
  }
  managedSaveDefineXML(xml: string, flags: saved.RunFlags = {}): void {
    const record = this.#write('virDomainManagedSaveDefineXML');
    saved.redefineImage(this.#daemon, this.#managed(record), xml, flags);
  }
  save(path: string, flags: saved.RunFlags & { xml?: string } = {}): void {
    saved.save(this.#daemon, this.#flagged('virDomainSave', flags), path, flags);
  }
  coreDump(path: string, flags: NonNullable<Parameters<Domain['coreDump']>[1]> = {}): void {
    const call =
      (flags.format ?? 'elf') === 'elf' ? 'virDomainCoreDump' : 'virDomainCoreDumpWithFormat';
    saved.coreDump(this.#daemon, this.#write(call), path, flags);
  }

  snapshotCreateXML(xml: string, flags: SnapshotFlags = {}): Snapshot {
    const record = this.#write('virDomainSnapshotCreateXML');
    return this.#snapshot(snapshots.create(this.#daemon, record, xml, flags));
  }
  snapshotLookupByName(name: string): Snapshot {
    return this.#snapshot(snapshots.find(this.#record, name));
  }
  listAllSnapshots(): Snapshot[] {
    return snapshots.list(this.#record, null, true).map((record) => this.#snapshot(record));
  }
  hasCurrentSnapshot(): boolean {
    return this.#record.currentSnapshot !== null;
  }
  snapshotCurrent(): Snapshot {
    const record = this.#record;
    const name =
      record.currentSnapshot ??
      fail('NO_DOMAIN_SNAPSHOT', 'the domain does not have a current snapshot');
    return this.#snapshot(snapshots.find(record, name));
  }
  #snapshot({ name }: SnapshotRecord): Snapshot {
    const record = (): DomainRecord => this.#record;
    const self = (): SnapshotRecord => snapshots.find(record(), name);
    const handles = (list: SnapshotRecord[]): Snapshot[] =>
      list.map((entry) => this.#snapshot(entry));
    return {
      name,
      domain: this,
      getXMLDesc: (flags = {}) => {
        if (this.connection.readOnly && flags.secure === true) {
          forbidden('virDomainSnapshotGetXMLDesc with secure flag');
        }
        return snapshots.describe(self());
      },
      isCurrent: () => record().currentSnapshot === self().name,
      hasMetadata: () => self().name === name,
      getParent: () => {
        const { parent } = self();
        if (parent === null) {
          return fail('NO_DOMAIN_SNAPSHOT', `snapshot '${name}' does not have a parent`);
        }
        return this.#snapshot(snapshots.find(record(), parent));
      },
      listChildren: (flags = {}) =>
        handles(snapshots.list(record(), self().name, flags.descendants === true)),
      revert: (flags = {}) => {
        const owner = this.#write('virDomainRevertToSnapshot');
        snapshots.revert(this.#daemon, owner, self(), flags);
      },
      delete: (flags = {}) => {
        const owner = this.#write('virDomainSnapshotDelete');
        snapshots.remove(this.#daemon, owner, self(), flags);
      },
    };
  }

  getBlockInfo(disk: string): { capacity: number; allocation: number; physical: number } {
    return stats.blockInfo(this.#daemon, this.#record, disk);
  }
  blockStats(disk: string): TypedParameter[] {
    return stats.blockStats(this.#daemon, this.#record, disk);
  }
  interfaceStats(device: string): TypedParameter[] {
    const cards = elements(first(this.#running.definition, 'devices'), 'interface');
    if (!cards.some((card) => first(card, 'target')?.attributes.dev === device)) {
      fail('INVALID_ARG', `'${device}' is not a known interface`);
    }
    return ['rx', 'tx'].flatMap((way) =>
      ['bytes', 'packets', 'errs', 'drop'].map((what): TypedParameter => [`${way}_${what}`, 0]),
    );
  }
  getJobInfo(): { type: 'None' } {
    void this.#running;
    return { type: 'None' };
  }
  abortJob(): void {
    this.#write('virDomainAbortJob');
    void this.#running;
    fail('OPERATION_INVALID', 'no job is active on the domain');
  }
  qemuMonitorCommand(command: string, flags: { hmp?: boolean } = {}): string {
    const record = this.#write('virDomainQemuMonitorCommand');
    void this.#running;
    return (flags.hmp === true ? human : qmp)(this.#daemon, record, command);
  }
  openConsole(
    device: string | null,
    flags: { force?: boolean; safe?: boolean } = {},
  ): ConsoleStream {
    const record = this.#write('virDomainOpenConsole');
    const { consoles, backend } = this.#daemon;
    const live = this.#running;
    const lines = elements(first(live.definition, 'devices')).filter(({ name }) =>
      /^(console|serial|parallel)$/.test(name),
    );
    const line =
      device === null
        ? (lines.find(({ name }) => name === 'console') ?? lines[0])
        : lines.find((node) => first(node, 'alias')?.attributes.name === device);
    if (line === undefined) {
      fail('INTERNAL_ERROR', `cannot find console device '${device ?? 'default'}'`);
    }
    if (line.attributes.type !== 'pty') {
      fail('INTERNAL_ERROR', `character device ${device ?? '(null)'} is not using a PTY`);
    }
    const busy = consoles.get(record.uuid);
    if (busy !== undefined) {
      if (flags.force !== true) {
        fail('OPERATION_FAILED', 'Active console session exists for this domain');
      }
      busy();
    }
    const stream = backend.console(live.pid);
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      consoles.delete(record.uuid);
      stream.close();
    };
    consoles.set(record.uuid, close);
    return {
      get ready() {
        return !open || stream.ready;
      },
      read: () => (open ? stream.read() : null),
      write: (text) => {
        if (open) stream.write(text);
      },
      close,
    };
  }
  injectNMI(): void {
    this.#write('virDomainInjectNMI');
    this.#daemon.backend.monitor(this.#running.pid, 'nmi');
  }
  sendKey(): void {
    this.#write('virDomainSendKey');
    void this.#running;
  }
  screenshot(): void {
    this.#write('virDomainScreenshot');
    if (first(this.#running.definition, 'devices/video') === undefined) {
      fail('OPERATION_INVALID', 'no screens to take screenshot from');
    }
    fail('OPERATION_UNSUPPORTED', 'the screens of these guests show nothing');
  }
  wakeUp(): void {
    this.#write('virDomainPMWakeup');
    void this.#running;
    const words = 'Unable to wake up: guest is not in suspended state';
    fail('INTERNAL_ERROR', `unable to execute QEMU command 'system_wakeup': ${words}`);
  }
  askAgent(call: string): never {
    const record = this.#write(call);
    void this.#running;
    return life.agent(record);
  }
  agentSetResponseTimeout(seconds: number): void {
    this.#write('virDomainAgentSetResponseTimeout');
    if (seconds < -2) {
      fail('INVALID_ARG', `guest agent timeout '${seconds}' is less than the minimum '-2'`);
    }
  }
  attachDevice(xml: string, affect: Affect): void {
    const record = this.#unlessPlain('virDomainAttachDevice', affect);
    devices.change(this.#daemon, record, xml, 'attach', affect);
  }
  detachDevice(xml: string, affect: Affect): void {
    const record = this.#unlessPlain('virDomainDetachDevice', affect);
    devices.change(this.#daemon, record, xml, 'detach', affect);
  }
  updateDevice(xml: string, affect: Affect): void {
    const record = this.#write('virDomainUpdateDeviceFlags');
    devices.change(this.#daemon, record, xml, 'update', affect);
  }
  getMetadata(
    kind: 'description' | 'title' | 'element',
    uri: string | null,
    affect: Affect,
  ): string {
    return devices.getMetadata(this.#daemon, this.#record, kind, uri, affect);
  }
  setMetadata(
    kind: 'description' | 'title' | 'element',
    text: string | null,
    key: string | null,
    uri: string | null,
    affect: Affect,
  ): void {
    const record = this.#write('virDomainSetMetadata');
    devices.setMetadata(this.#daemon, record, kind, text, key, uri, affect);
  }
}

const forbidden = (what: string): never => fail('OPERATION_DENIED', what);
export const forbid = (call: string): never => forbidden(`read only access prevents ${call}`);

function nonZero(value: number, what: string): void {
  if (value === 0) fail('BAD_ARG', `${what} must not be zero`);
}
