import type {
  Connection,
  Domain,
  DomainInfo,
  DomainStateName,
  MemoryStat,
  NodeInfo,
} from './api.ts';
import type { Backend, HostNode } from './backend.ts';
import { QemuConnection } from './connection.ts';
import { Daemon } from './daemon.ts';
import { fail } from './errors.ts';
import { QemuDomain } from './handle.ts';
import { boot } from './lifecycle.ts';
import type { DomainRecord } from './state.ts';
import { emptyState } from './state.ts';
import { parseXml } from './xml/parse.ts';

/** test:///default: libvirt's own make-believe host with a domain `test` (test_driver.c). It begins anew each time. */

const UUID = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const DOMAIN = `<domain type='test'><name>test</name><uuid>${UUID}</uuid><memory unit='KiB'>8388608</memory><currentMemory unit='KiB'>2097152</currentMemory><vcpu placement='static'>2</vcpu><os><type arch='i686'>hvm</type><boot dev='hd'/></os><clock offset='utc'/><on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash><devices><disk type='file' device='disk'><source file='/guest/diskimage1'/><target dev='vda' bus='virtio'/><address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></disk><interface type='network'><mac address='aa:bb:cc:dd:ee:ff'/><source network='default'/><target dev='testnet0'/><address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/></interface><memballoon model='virtio'><address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></memballoon></devices></domain>`;

/** Two cells of eight processors each. */
const NODES: HostNode[] = [0, 1].map((id) => ({
  id,
  total: 2_097_152 * (id + 1),
  free: 2048 * (id + 1),
  cpus: Array.from({ length: 8 }, (_, index) => ({
    id: id * 8 + index,
    socket: id,
    die: 0,
    core: index >> 1,
  })),
  distances: [10, 20],
  pools: [{ size: 2048, total: 0, free: 0 }],
}));

/** Machines that are nothing but numbers: of what is asked of them, most is to do nothing. */
function backendOf(real: Backend): Backend {
  const sizes = new Map<number, number>();
  let pids = 0;
  const mine: Partial<Backend> = {
    kvm: true,
    fs: nowhere as unknown as Backend['fs'],
    nodes: () => NODES,
    hugetlbfs: () => [2048],
    memory: () => ({ total: 3_145_728, free: 3_145_728, buffers: 0, cached: 0 }),
    start({ currentMemory }) {
      sizes.set(++pids, currentMemory);
      return { pid: pids, ptys: [] };
    },
    powerButton(pid) {
      this.onNotice?.(pid, 'shutdown');
    },
    setBalloon: (pid, kib) => void sizes.set(pid, kib),
    balloon: (pid) => sizes.get(pid) ?? 0,
    cpuTime: () => ({ total: 0, user: 0, system: 0, vcpus: [] }),
    cpuTimes: () => ({ kernel: 0, user: 0, idle: 0, iowait: 0 }),
    save: () => ({ image: 0, bytes: 0 }),
    image: () => ({ format: 'raw', capacity: 0, allocation: 0, physical: 0 }),
  };
  for (const name of UNSUPPORTED) mine[name] = (): never => fail('NO_SUPPORT');
  const plain = {
    clock: real.clock,
    hostname: real.hostname,
    hostUuid: real.hostUuid,
    cpu: real.cpu,
    uuid: () => real.uuid(),
    random: (bytes: number) => real.random(bytes),
    onNotice: null,
  };
  return new Proxy({ ...plain, ...mine } as Backend, {
    get: (target, name) => (name in target ? (Reflect.get(target, name) as unknown) : nothing),
  });
}
const UNSUPPORTED = ['setPool', 'monitor', 'console'] as const;
const nothing = (): void => undefined;
/** Files of the make-believe host are nowhere. */
const nowhere = {
  exists: () => false,
  write: nothing,
  mkdir: nothing,
  symlink: nothing,
  unlink: nothing,
  setContent: nothing,
  open: () => ({ write: nothing, read: () => null, open: { close: nothing } }),
};

class TestDomain extends QemuDomain {
  readonly #backend: Backend;
  constructor(connection: Connection, daemon: Daemon, record: DomainRecord) {
    super(connection, daemon, record);
    this.#backend = daemon.backend;
  }
  override getOSType(): string {
    return 'linux';
  }
  override getInfo(): DomainInfo {
    return { ...super.getInfo(), cpuTime: this.#backend.clock.wall * 1e6 };
  }
  override getState(): { state: DomainStateName; reason: string } {
    const { state, reason } = super.getState();
    return { state, reason: reason === 'booted' ? 'unknown' : reason };
  }
  override getXMLDesc(): string {
    const text = super.getXMLDesc({ inactive: true });
    if (!this.isActive()) return text;
    const { memory } = this.getInfo();
    return text
      .replace('>', ` id='${this.getID()}'>`)
      .replace(/(<currentMemory[^>]*>)\d+/, `$1${memory}`);
  }
  override getSecurityLabel(): { label: string; enforcing: boolean } {
    return { label: 'libvirt-test', enforcing: true };
  }
  /** testDomainMemoryStats(): halves and quarters of the size. */
  override memoryStats(): MemoryStat[] {
    const { memory } = this.getInfo();
    if (!this.isActive()) fail('OPERATION_INVALID', 'domain is not running');
    return [
      ['actual', memory],
      ['swap_in', 0],
      ['swap_out', 0],
      ['major_fault', 0],
      ['minor_fault', 0],
      ['unused', memory / 2],
      ['available', memory],
      ['usable', memory / 2],
      ['last_update', 627_319_920],
      ['disk_caches', memory / 8],
      ['hugetlb_pgalloc', 0],
      ['hugetlb_pgfail', 0],
      ['rss', memory / 2],
    ];
  }
}

export class TestConnection extends QemuConnection {
  constructor(real: Backend, uri: string, readOnly: boolean) {
    const daemon = new Daemon(backendOf(real), { libvirt: emptyState() });
    super(daemon, uri, readOnly);
    boot(daemon, daemon.add(parseXml(DOMAIN, ''), true), {});
  }
  protected override handle(record: DomainRecord): Domain {
    return new TestDomain(this, this.daemon, record);
  }
  override setKeepAlive(): void {
    fail('NO_SUPPORT', 'virConnectSetKeepAlive');
  }
  override getType(): string {
    return 'TEST';
  }
  override getVersion(): number {
    return 2;
  }
  override getMaxVcpus(): number {
    return 32;
  }
  override nodeGetInfo(): NodeInfo {
    const shape = { sockets: 2, cores: 2, threads: 2, nodes: 2 };
    return { model: 'i686', memory: 3_145_728, cpus: 16, mhz: 1400, ...shape };
  }
  override nodeGetCPUMap(): { present: number; online: boolean[] } {
    return { present: 8, online: Array.from('y-y-y---', (mark) => mark === 'y') };
  }
  /** The sum is of KiB, and is taken for bytes (testNodeGetFreeMemory()). */
  override nodeGetFreeMemory(): number {
    return 3_145_728;
  }
  override nodeGetCellsFreeMemory(start: number, most: number): number[] {
    if (start >= NODES.length) fail('INVALID_ARG', 'Range exceeds available cells');
    return super.nodeGetCellsFreeMemory(start, most);
  }
  override nodeGetFreePages(sizes: readonly number[], start: number, cells: number): number[] {
    const counts: Readonly<Record<number, number>> = { 4: 19, 8: 45, 2048: 97, 1_048_576: 201 };
    return NODES.slice(start, start + cells).flatMap(() => sizes.map((size) => counts[size] ?? 0));
  }
  /** Of all groups this driver knows the state alone. */
  override getAllDomainStats(
    ...[domains, groups, flags]: Parameters<QemuConnection['getAllDomainStats']>
  ): ReturnType<QemuConnection['getAllDomainStats']> {
    const isAsked = groups.length === 0 || groups.includes('state');
    return super.getAllDomainStats(domains, ['state'], flags).map(({ domain, stats }) => ({
      domain,
      stats: isAsked ? [...stats.slice(0, 1), ['state.reason', 0]] : [],
    }));
  }
  override nodeGetMemoryStats(): never {
    return fail('NO_SUPPORT', 'virNodeGetMemoryStats');
  }
  override getDomainCapabilities(): never {
    return fail('NO_SUPPORT', 'virConnectGetDomainCapabilities');
  }
  override nodeGetMemoryParameters(): never {
    return fail('NO_SUPPORT', 'virNodeGetMemoryParameters');
  }
  override nodeGetSecurityModel(): { model: string; doi: string } {
    return { model: 'testSecurity', doi: '' };
  }
}
