import type {
  Connection,
  Domain,
  EventName,
  EventQueue,
  ListFlags,
  NodeInfo,
  CreateFlags,
  StatsGroup,
  TypedParameter,
} from './api.ts';
import { capabilities, cpuModels, domainCapabilities } from './capabilities.ts';
import type { Daemon } from './daemon.ts';
import { parseUuid } from './domain/parse.ts';
import { fail } from './errors.ts';
import { forbid, QemuDomain } from './handle.ts';
import * as host from './host.ts';
import { boot, destroy } from './lifecycle.ts';
import * as saved from './save.ts';
import type { DomainRecord } from './state.ts';
import { domainStats } from './stats.ts';

/** Pairs of filters: one of each pair that is asked for must hold (virDomainObjMatchFilter()). */
const FILTERS: readonly Partial<
  Record<keyof ListFlags, (record: DomainRecord, saved: boolean) => boolean>
>[] = [
  { active: ({ live }) => live !== null, inactive: ({ live }) => live === null },
  { persistent: ({ persistent }) => persistent, transient: ({ persistent }) => !persistent },
  {
    running: ({ state }) => state === 'running',
    paused: ({ state }) => state === 'paused',
    shutoff: ({ state }) => state === 'shut off',
    other: ({ state }) => state === 'crashed',
  },
  { managedSave: (_, has) => has, noManagedSave: (_, has) => !has },
  { autostart: ({ autostart }) => autostart, noAutostart: ({ autostart }) => !autostart },
  {
    hasSnapshot: ({ snapshots }) => snapshots.size > 0,
    noSnapshot: ({ snapshots }) => snapshots.size === 0,
  },
];

/** A client's connection to qemu:///system. */
export class QemuConnection implements Connection {
  readonly uri: string;
  readonly readOnly: boolean;
  protected readonly daemon: Daemon;
  readonly #queues = new Set<EventQueue>();
  #alive = true;

  constructor(daemon: Daemon, uri: string, readOnly: boolean) {
    this.daemon = daemon;
    this.uri = uri;
    this.readOnly = readOnly;
  }

  protected handle(record: DomainRecord): Domain {
    return new QemuDomain(this, this.daemon, record);
  }
  #write(call: string): void {
    if (this.readOnly) forbid(call);
  }

  getType(): string {
    return 'QEMU';
  }
  getVersion(): number {
    return 7_002_022;
  }
  getLibVersion(): number {
    return 9_000_000;
  }
  getHostname(): string {
    return this.daemon.backend.hostname;
  }
  getURI(): string {
    return this.uri;
  }
  getMaxVcpus(type: string | null): number {
    const name = (type ?? 'qemu').toLowerCase();
    if (name !== 'qemu' && name !== 'kvm') fail('INVALID_ARG', `unknown type '${type}'`);
    return 255;
  }
  getSysinfo(): string {
    return "<sysinfo type='smbios'>\n</sysinfo>\n";
  }
  getCapabilities(): string {
    return capabilities(this.daemon.backend);
  }
  getDomainCapabilities(query: Parameters<Connection['getDomainCapabilities']>[0]): string {
    if (this.readOnly) forbid('virConnectGetDomainCapabilities');
    return domainCapabilities(this.daemon.backend, query);
  }
  getCPUModelNames(arch: string): string[] {
    return cpuModels(arch);
  }
  setKeepAlive(): void {
    // The daemon always answers.
  }
  isAlive(): boolean {
    return this.#alive;
  }
  isSecure(): boolean {
    return true;
  }
  isEncrypted(): boolean {
    return false;
  }
  close(): void {
    this.#alive = false;
    for (const queue of this.#queues) queue.close();
    for (const record of this.daemon.domains) {
      if (record.autodestroy && record.live !== null) destroy(this.daemon, record);
    }
  }

  nodeGetInfo(): NodeInfo {
    return host.nodeInfo(this.daemon.backend);
  }
  nodeGetMemoryStats(cell: number): [string, number][] {
    return host.memoryStats(this.daemon.backend, cell);
  }
  nodeGetCPUStats(cpu: number): [string, number][] {
    return host.cpuStats(this.daemon.backend, cpu);
  }
  nodeGetCPUMap(): { present: number; online: boolean[] } {
    const online = this.daemon.backend.nodes().flatMap(({ cpus }) => cpus.map(() => true));
    return { present: online.length, online };
  }
  nodeGetFreeMemory(): number {
    return this.daemon.backend.memory().free * 1024;
  }
  nodeGetCellsFreeMemory(start: number, most: number): number[] {
    return host.cellsFrom(this.daemon.backend, start, most).map(({ free }) => free * 1024);
  }
  nodeGetFreePages(sizes: readonly number[], start: number, cells: number): number[] {
    return host.freePages(this.daemon.backend, sizes, start, cells);
  }
  nodeAllocPages(
    pages: readonly (readonly [number, number])[],
    start: number,
    cells: number,
    flags: { add?: boolean } = {},
  ): number {
    this.#write('virNodeAllocPages');
    return host.allocPages(this.daemon.backend, pages, start, cells, flags.add === true);
  }
  nodeGetMemoryParameters(): TypedParameter[] {
    return host.ksm(this.daemon.backend);
  }
  nodeSetMemoryParameters(parameters: readonly TypedParameter[]): void {
    this.#write('virNodeSetMemoryParameters');
    host.setKsm(this.daemon.backend, parameters);
  }
  nodeGetSecurityModel(): { model: string; doi: string } {
    return { model: 'none', doi: '0' };
  }

  lookupByName(name: string): Domain {
    const record = this.daemon.domains.find((other) => other.name === name);
    return this.handle(record ?? fail('NO_DOMAIN', `no domain with matching name '${name}'`));
  }
  lookupByID(id: number): Domain {
    const record = this.daemon.domains.find(({ live }) => live?.id === id);
    return this.handle(record ?? fail('NO_DOMAIN', `no domain with matching id ${id}`));
  }
  lookupByUUIDString(uuid: string): Domain {
    const id =
      parseUuid(uuid) ??
      fail('BAD_ARG', 'uuidstr in virDomainLookupByUUIDString must be a valid UUID');
    const record = this.daemon.state.domains.get(id);
    return this.handle(record ?? fail('NO_DOMAIN', `no domain with matching uuid '${id}'`));
  }
  listAllDomains(flags: ListFlags = {}): Domain[] {
    const { fs } = this.daemon.backend;
    return this.daemon.domains
      .filter((record) => {
        const has = record.live === null && fs.exists(saved.managedPath(record));
        return FILTERS.every((filter) => {
          const asked = Object.entries(filter).filter(([name]) => flags[name as keyof ListFlags]);
          return asked.length === 0 || asked.some(([, holds]) => holds(record, has));
        });
      })
      .map((record) => this.handle(record));
  }
  defineXML(xml: string, flags: { validate?: boolean } = {}): Domain {
    this.#write(flags.validate === true ? 'virDomainDefineXMLFlags' : 'virDomainDefineXML');
    return this.handle(this.daemon.define(xml, flags.validate === true));
  }
  createXML(xml: string, flags: CreateFlags = {}): Domain {
    this.#write('virDomainCreateXML');
    const definition = this.daemon.read(xml, flags.validate === true);
    const old = this.daemon.admit(definition, true);
    const record = old ?? this.daemon.add(definition, false);
    const kept = record.config;
    record.config = definition;
    try {
      boot(this.daemon, record, flags);
    } finally {
      // A defined domain is started once as the document says, and stays defined as it was.
      if (record.persistent) record.config = kept;
    }
    return this.handle(record);
  }
  restore(path: string, flags: saved.RunFlags & { xml?: string } = {}): void {
    this.#write(Object.values(flags).some(Boolean) ? 'virDomainRestoreFlags' : 'virDomainRestore');
    saved.restore(this.daemon, path, flags);
  }
  saveImageGetXMLDesc(path: string, flags: { secure?: boolean } = {}): string {
    if (this.readOnly && flags.secure === true) {
      fail('OPERATION_DENIED', 'virDomainSaveImageGetXMLDesc with secure flag');
    }
    this.#write('virDomainSaveImageGetXMLDesc');
    return saved.imageOf(this.daemon, path).xml;
  }
  saveImageDefineXML(path: string, xml: string, flags: saved.RunFlags = {}): void {
    this.#write('virDomainSaveImageDefineXML');
    saved.redefineImage(this.daemon, path, xml, flags);
  }
  getAllDomainStats(
    domains: readonly Domain[] | null,
    groups: readonly StatsGroup[],
    flags: ListFlags = {},
  ): { domain: Domain; stats: TypedParameter[] }[] {
    return (domains ?? this.listAllDomains(flags)).flatMap((domain) => {
      const record = this.daemon.state.domains.get(domain.uuid);
      if (record === undefined) return [];
      return [{ domain, stats: domainStats(this.daemon, record, groups) }];
    });
  }
  watchEvents(events: readonly EventName[], domain: Domain | null): EventQueue {
    const queue = this.daemon.watch(events, domain?.uuid ?? null);
    this.#queues.add(queue);
    return queue;
  }
}
