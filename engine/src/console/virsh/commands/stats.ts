import type { ListFlags, StatsGroup } from '../../libvirt/api.ts';
import type { Call } from '../call.ts';
import { shownValue } from '../text.ts';

const GROUPS: readonly StatsGroup[] = [
  'state',
  'cpu-total',
  'balloon',
  'vcpu',
  'interface',
  'block',
  'perf',
  'iothread',
  'memory',
  'dirtyrate',
  'vm',
];
const KINDS = [
  'active',
  'inactive',
  'persistent',
  'transient',
  'running',
  'paused',
  'shutoff',
  'other',
] as const;

/** The command `domstats` (virsh-domain-monitor.c). */
export const STATS = {
  domstats(call: Call) {
    const groups = GROUPS.filter((group) => call.has(group));
    const flags: ListFlags & { enforce?: boolean; nowait?: boolean } = call.flags(
      'enforce',
      'nowait',
    );
    for (const kind of KINDS) if (call.has(`list-${kind}`)) flags[kind] = true;
    const domains = call.has('domain') ? call.words().map((name) => call.lookUp(name)) : null;
    const records = call.connection.getAllDomainStats(domains, groups, flags);
    call.print(
      records
        .map(({ domain, stats }) => {
          const lines = stats.map(([name, value]) => `  ${name}=${shownValue(value)}\n`);
          return `Domain: '${domain.name}'\n${lines.join('')}`;
        })
        .join('\n'),
    );
  },
};
