import type { Domain, ListFlags } from '../../libvirt/api.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import type { Call } from '../call.ts';

/** Options of `list` that choose domains. */
const FILTERS: readonly (readonly [option: string, flag: keyof ListFlags])[] = [
  ['persistent', 'persistent'],
  ['transient', 'transient'],
  ['with-managed-save', 'managedSave'],
  ['without-managed-save', 'noManagedSave'],
  ['autostart', 'autostart'],
  ['no-autostart', 'noAutostart'],
  ['with-snapshot', 'hasSnapshot'],
  ['without-snapshot', 'noSnapshot'],
  ['state-running', 'running'],
  ['state-paused', 'paused'],
  ['state-shutoff', 'shutoff'],
  ['state-other', 'other'],
];

/** Those that run by number, then those that do not by name (virshDomainSorter()). */
function compare(one: Domain, other: Domain): number {
  const [a, b] = [one.getID(), other.getID()];
  if (a !== -1 && b !== -1) return a - b;
  if (a !== -1 || b !== -1) return a === -1 ? 1 : -1;
  const [left, right] = [one.name.toLowerCase(), other.name.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Empty where the domain has none. */
export function describedBy(
  domain: Domain,
  kind: 'title' | 'description',
  affect: { config?: boolean; live?: boolean } = {},
): string {
  try {
    return domain.getMetadata(kind, null, affect);
  } catch (problem) {
    if (problem instanceof LibvirtError && problem.code === 'NO_DOMAIN_METADATA') return '';
    throw problem;
  }
}

/** The command `list` (virsh-domain-monitor.c, cmdList()). */
export const LIST = {
  list(call: Call) {
    const flags: ListFlags = {};
    const all = call.has('all');
    if (all || call.has('inactive') || call.has('state-shutoff')) flags.inactive = true;
    if (all || flags.inactive !== true) flags.active = true;
    for (const [option, flag] of FILTERS) if (call.has(option)) flags[flag] = true;
    call.exclusive(['table', 'name'], ['table', 'uuid'], ['table', 'id']);
    const [uuid, name, id] = [call.has('uuid'), call.has('name'), call.has('id')];
    let domains = call.attempt('Failed to list domains', () =>
      call.connection.listAllDomains(flags),
    );
    // No domain has checkpoints here.
    if (call.has('with-checkpoint') && !call.has('without-checkpoint')) domains = [];
    domains = [...domains].sort(compare);
    const number = (domain: Domain): string =>
      domain.getID() === -1 ? '-' : String(domain.getID());
    if (uuid || name || id) {
      for (const domain of domains) {
        if (!uuid && !name && domain.getID() === -1) continue;
        const parts: string[] = [];
        if (uuid) parts.push(domain.uuid);
        if (id) parts.push(number(domain));
        if (name) parts.push(domain.name);
        call.print(`${parts.join(' ')}\n`);
      }
      return;
    }
    const titles = call.has('title');
    const rows = domains.map((domain) => {
      const { state } = domain.getState();
      const isSaved =
        call.has('managed-save') && state === 'shut off' && domain.hasManagedSaveImage();
      const row = [number(domain), domain.name, isSaved ? 'saved' : state];
      return titles ? [...row, describedBy(domain, 'title')] : row;
    });
    call.table(titles ? ['Id', 'Name', 'State', 'Title'] : ['Id', 'Name', 'State'], rows);
  },
};
