import type { Kvm } from '../kvm/kvm.ts';
import { ledgersOf } from '../mm/ledgers.ts';
import type { Ledgers } from '../mm/ledgers.ts';
import { FETCHED_PARTS } from './fetched-parts.ts';
import type { HostConfig } from './host/config.ts';
import type { Host } from './host/host.ts';
import type { Connection } from './libvirt/api.ts';
import { outlineOf } from './libvirt/outline.ts';
import { LiveConsole as Live } from './live.ts';
import type { Parts } from './parts.ts';
import { BUILTINS } from './shell/builtins.ts';
import { SELDOM } from './shell/seldom.ts';
import { partOf } from './tools/index.ts';

/** The console as a page has it: a live shell, and what stands around it (domains, accounts of a guest, words). */
export { TEACHING, teachingHost } from './host/teaching.ts';
export type { HostSetup } from './host/teaching.ts';
export { completeness } from './shell/index.ts';

/** Where libvirtd keeps the definitions of domains. */
const DEFINITIONS = '/etc/libvirt/qemu';

const STATES: Readonly<Record<string, 'paused' | 'shutoff' | 'crashed'>> = {
  paused: 'paused',
  'shut off': 'shutoff',
  shutoff: 'shutoff',
  crashed: 'crashed',
};

export class LiveConsole extends Live {
  /** `parts` are fetched as they are needed, where nothing else is said. */
  constructor(kvm: Kvm, config: HostConfig, parts: Parts = FETCHED_PARTS) {
    super(kvm, config, parts);
  }

  #records() {
    return [...this.session.host.state.machines.values()];
  }
  #connection: Connection | null = null;
  #host: Host | null = null;
  /** As `virsh list --all` has them. */
  domains() {
    const { host } = this.session;
    // A host that was restarted has another daemon.
    if (this.#host !== host) this.#connection = null;
    this.#host = host;
    this.#connection ??= host.libvirt?.(null, { readOnly: true }) ?? null;
    if (this.#connection === null) return this.#outlines();
    return this.#connection.listAllDomains().map((domain) => {
      const { state } = domain.getState();
      const { memory, maxMem, vcpus, cpuTime } = domain.getInfo();
      return {
        id: domain.isActive() ? domain.getID() : null,
        name: domain.name,
        state: STATES[state] ?? ('running' as const),
        isUp: host.machines.isUp(domain.name),
        memoryKiB: memory,
        maxKiB: maxMem,
        vcpus,
        autostart: domain.getAutostart(),
        persistent: domain.isPersistent(),
        cpuMs: cpuTime / 1e6,
      };
    });
  }
  /** Before somebody has spoken to libvirtd: the domains that it is going to find. */
  #outlines() {
    const { fs } = this.session.host;
    if (!fs.exists(DEFINITIONS)) return [];
    return fs
      .list(DEFINITIONS, '/')
      .filter((file) => file.endsWith('.xml'))
      .flatMap((file) => {
        const outline = outlineOf(fs.read(`${DEFINITIONS}/${file}`, '/'));
        if (outline === null) return [];
        return {
          id: null,
          name: outline.name,
          state: 'shutoff' as const,
          isUp: false,
          memoryKiB: outline.memory,
          maxKiB: outline.maxMem,
          vcpus: outline.vcpus,
          autostart: fs.exists(`${DEFINITIONS}/autostart/${file}`, '/'),
          persistent: true,
          cpuMs: 0,
        };
      });
  }
  /** Names of the guests, in the order in which their machines were made. */
  owners(): readonly string[] {
    return this.#records().map(({ spec }) => spec.name);
  }
  /** The three accounts of a guest's memory, as they are now; null where it does not run. */
  ledgers(domain: string): Ledgers | null {
    const record = this.#records().find(({ spec }) => spec.name === domain);
    if (record === undefined) return null;
    const { kvm, memory, machines } = this.session.host;
    const process = memory.process(memory.processOf(record.vm as never));
    const ledgers = ledgersOf(kvm.linux(record.linux), record.spec.memory / 4, process);
    // QEMU's own memory and its program are of the same process for the host's tools.
    const shown = machines.processes.find(({ pid }) => pid === record.pid);
    if (shown === undefined) return ledgers;
    const rss = shown.anonymous + shown.files;
    return {
      ...ledgers,
      libvirt: { ...ledgers.libvirt, rss },
      host: { ...ledgers.host, VmRSS: rss, VmSwap: shown.swapped, VmPTE: shown.tables },
    };
  }
  /** What a file of the host holds now; null where it cannot be read. */
  read(path: string): string | null {
    try {
      return this.session.host.fs.read(path);
    } catch {
      return null;
    }
  }
  /** What may be completed. A path that is not absolute is looked up where the shell is. */
  get words() {
    const { host } = this.session;
    return {
      programs: () =>
        [...Object.keys(BUILTINS), ...host.tools.keys()].map((path) => path.replace(/^.*\//, '')),
      files: (folder: string): string[] => {
        const { cwd } = this;
        const path = folder.replace(/^~/, '/root');
        try {
          const place = path === '' ? '.' : path;
          return host.fs.list(place, cwd).map((name) => {
            const { type } = host.fs.stat(`${place}/${name}`, cwd);
            return type === 'directory' ? `${name}/` : name;
          });
        } catch {
          return [];
        }
      },
      /** None before virsh's code is here. */
      virsh: () => this.session.parts.libvirt.code?.virshWords() ?? [],
    };
  }

  /**
   * A line is being typed: the code of the programs that it names is fetched meanwhile. Done when what is known
   * of them, virsh's words among it, is here.
   */
  async foresee(line: string): Promise<void> {
    const words = line.match(/[\w.-]+/g) ?? [];
    const names = new Set(
      words.map((word) => {
        if (word in BUILTINS) return SELDOM.split(' ').includes(word) ? 'shell' : undefined;
        return partOf(word);
      }),
    );
    await Promise.all(
      [...names].map((name) => name === undefined || this.session.parts[name].fetch()),
    );
  }
}
