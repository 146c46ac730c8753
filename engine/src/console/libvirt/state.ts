import type { DomainEvent } from './api.ts';
import type { Element } from './xml/node.ts';

/** All that the daemon knows: plain data, so that the console can be taken back to an earlier moment. */
export interface LibvirtState {
  nextId: number;
  /** By UUID. */
  domains: Map<string, DomainRecord>;
  /** Saved images by the path of their file. */
  saved: Map<string, SavedImage>;
  /** Sizes of images that snapshots keep in a disk, and the like: by path, then by snapshot. */
  diskSnapshots: Map<string, string[]>;
  /** How many clients were served, for numbers in messages. */
  clients: number;
}

export type RunState = 'running' | 'paused' | 'shutoff' | 'crashed';

export interface DomainRecord {
  uuid: string;
  name: string;
  state: RunState;
  /** In virsh's words. */
  reason: string;
  persistent: boolean;
  /** It was defined anew while it ran. */
  updated: boolean;
  autostart: boolean;
  autodestroy: boolean;
  /** What it will be at its next start; of a transient domain what it is. */
  config: Element;
  /** What it is now; null while it does not run. */
  live: LiveDomain | null;
  /** A managed save image is there. */
  managedSave: boolean;
  snapshots: Map<string, SnapshotRecord>;
  currentSnapshot: string | null;
}

export interface LiveDomain {
  id: number;
  pid: number;
  definition: Element;
  /** Its state was asked for as `shutdown`. */
  fakeReboot: boolean;
  /** Milliseconds of the clock. */
  startedAt: number;
  /** The last balloon size of which an event told, KiB. */
  balloon: number;
  /** Host processors of each vCPU and of the emulator (-1), where they were pinned. */
  pins: Map<number, number[]>;
}

export interface SavedImage {
  image: number;
  xml: Element;
  running: boolean;
  bytes: number;
}

export interface SnapshotRecord {
  name: string;
  parent: string | null;
  description: string | null;
  /** Seconds since 1970. */
  created: number;
  /** As snapshots name it: `running`, `paused`, `shutoff`, `disk-snapshot`. */
  state: string;
  /** `internal`, `no`, `external`. */
  memory: string;
  disks: { name: string; snapshot: string; source?: string }[];
  domain: Element;
  inactive: Element | null;
  image: number | null;
}

export const emptyState = (): LibvirtState => ({
  nextId: 1,
  domains: new Map(),
  saved: new Map(),
  diskSnapshots: new Map(),
  clients: 0,
});

export type { DomainEvent };
