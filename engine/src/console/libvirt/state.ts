import type { Element } from './xml/node.ts';

/** All that the daemon knows: plain data, so that the console can be taken back to an earlier moment. */
export interface LibvirtState {
  nextId: number;
  /** By UUID. */
  domains: Map<string, DomainRecord>;
}

export interface DomainRecord {
  uuid: string;
  name: string;
  state: 'running' | 'paused' | 'shut off' | 'crashed';
  /** In virsh's words. */
  reason: string;
  persistent: boolean;
  autostart: boolean;
  /** It ends with the connection that started it. */
  autodestroy: boolean;
  /** What it will be at its next start; of a transient domain what it was started from. */
  config: Element;
  /** Null while it does not run. */
  live: LiveDomain | null;
  snapshots: Map<string, SnapshotRecord>;
  currentSnapshot: string | null;
}

export interface LiveDomain {
  id: number;
  /** The process of QEMU. */
  pid: number;
  definition: Element;
  /** vCPUs that were there from the start; they cannot be taken away. */
  bootVcpus: number;
  /** A reboot was asked for: when the guest has gone down it starts anew. */
  reboots: boolean;
  /** Whether its processors have ever run: one that was started held has not. */
  begun: boolean;
  /** Commands that QEMU's monitor was given. */
  commands: number;
  /** Host processors of each vCPU, and of the emulator (-1), where they were pinned. */
  pins: Map<number, number[]>;
}

export interface SnapshotRecord {
  name: string;
  parent: string | null;
  description: string | null;
  /** Seconds since 1970. */
  created: number;
  /** `running`, `paused`, `shutoff` or `disk-snapshot`. */
  state: string;
  memory: 'internal' | 'no';
  disks: { name: string; snapshot: string; source?: string }[];
  domain: Element;
  inactive: Element | null;
  /** The machine's image, where memory was saved. */
  image: number | null;
}

export const emptyState = (): LibvirtState => ({ nextId: 1, domains: new Map() });

/** After a restart of the host: domains that are defined, none of which runs. */
export function afterBoot({ domains }: LibvirtState): LibvirtState {
  return {
    nextId: 1,
    domains: new Map(
      [...domains]
        .filter(([, { persistent }]) => persistent)
        .map(([uuid, record]) => [
          uuid,
          { ...record, state: 'shut off', reason: 'unknown', autodestroy: false, live: null },
        ]),
    ),
  };
}
