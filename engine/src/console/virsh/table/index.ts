import { BACKUP } from './backup.ts';
import { CHECKPOINT } from './checkpoint.ts';
import { DOMAIN } from './domain.ts';
import { EVENTS } from './events.ts';
import { FILTER } from './filter.ts';
import { HOST } from './host.ts';
import { INTERFACE } from './interface.ts';
import { MONITOR } from './monitor.ts';
import { NETWORK } from './network.ts';
import { NODEDEV } from './nodedev.ts';
import { POOL } from './pool.ts';
import { SECRET } from './secret.ts';
import { SNAPSHOT } from './snapshot.ts';
import { VIRSH } from './virsh.ts';
import { VOLUME } from './volume.ts';

/** Groups in virsh's order: title, keyword of `help`, commands (virsh.c, cmdGroups). */
export const GROUPS: readonly (readonly [title: string, keyword: string, commands: string])[] = [
  ['Domain Management', 'domain', DOMAIN],
  ['Domain Monitoring', 'monitor', MONITOR],
  ['Domain Events', 'events', EVENTS],
  ['Host and Hypervisor', 'host', HOST],
  ['Checkpoint', 'checkpoint', CHECKPOINT],
  ['Interface', 'interface', INTERFACE],
  ['Network Filter', 'filter', FILTER],
  ['Networking', 'network', NETWORK],
  ['Node Device', 'nodedev', NODEDEV],
  ['Secret', 'secret', SECRET],
  ['Snapshot', 'snapshot', SNAPSHOT],
  ['Backup', 'backup', BACKUP],
  ['Storage Pool', 'pool', POOL],
  ['Storage Volume', 'volume', VOLUME],
  ['Virsh itself', 'virsh', VIRSH],
];
