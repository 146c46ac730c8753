import { ledgersOf } from '../mm/ledgers.ts';
import type { Ledgers } from '../mm/ledgers.ts';
import type { Connection } from './libvirt/api.ts';
import { LiveConsole as Live } from './live.ts';
import { BUILTINS } from './shell/builtins.ts';
import { allGroups, resolved } from './virsh/command.ts';

/** The console as a page has it: a live shell, and what stands around it (domains, accounts of a guest, words). */
export { PROFILES } from './host/config.ts';
export { completeness } from './shell/index.ts';

const STATES: Readonly<Record<string, 'paused' | 'shutoff' | 'crashed'>> = {
  paused: 'paused',
  'shut off': 'shutoff',
  shutoff: 'shutoff',
  crashed: 'crashed',
};

export class LiveConsole extends Live {
  #records() {
    return [...this.session.host.state.machines.values()];
  }
  #connection: Connection | null = null;
  /** As `virsh list --all` has them. */
  domains() {
    this.#connection ??= this.session.host.libvirt?.(null, { readOnly: true }) ?? null;
    return (this.#connection?.listAllDomains() ?? []).map((domain) => {
      const { state } = domain.getState();
      const { memory, maxMem, vcpus, cpuTime } = domain.getInfo();
      return {
        id: domain.isActive() ? domain.getID() : null,
        name: domain.name,
        state: STATES[state] ?? ('running' as const),
        memoryKiB: memory,
        maxKiB: maxMem,
        vcpus,
        autostart: domain.getAutostart(),
        persistent: domain.isPersistent(),
        cpuMs: cpuTime / 1e6,
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
    const { kvm, memory } = this.session.host;
    const process = memory.process(memory.processOf(record.vm as never));
    return ledgersOf(kvm.linux(record.linux), record.spec.memory / 4, process);
  }
  /** What may be completed. A path that is not absolute is looked up in the home folder. */
  get words() {
    const { host } = this.session;
    const cwd = '/root';
    return {
      programs: () =>
        [...Object.keys(BUILTINS), ...host.tools.keys()].map((path) => path.replace(/^.*\//, '')),
      files: (folder: string): string[] => {
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
      virsh: () =>
        allGroups().flatMap(({ commands }) =>
          commands
            .filter(({ hidden }) => !hidden)
            .map((command) => ({
              name: command.name,
              options: resolved(command).options.map(({ name, kind }) => ({
                name,
                takesValue: kind !== 'bool',
              })),
            })),
        ),
    };
  }
}
