import { LibvirtError } from '../../libvirt/errors.ts';
import { parseXml } from '../../libvirt/xml/parse.ts';
import type { Call, Command } from '../call.ts';
import { INTERFACE } from '../table/interface.ts';
import { FILTER } from '../table/filter.ts';
import { NETWORK } from '../table/network.ts';
import { NODEDEV } from '../table/nodedev.ts';
import { POOL } from '../table/pool.ts';
import { SECRET } from '../table/secret.ts';
import { VOLUME } from '../table/volume.ts';

/** Networks, pools, secrets and the like: this host has none of them, so lists are empty and nothing is found. */

const missing = (words: string, text: string) => (call: Call, name: string) =>
  call.attempt(words.replace('%', name), () => {
    throw new LibvirtError('BAD_ARG', text.replace('%', name));
  });

const NOTHING = {
  network: missing(
    "failed to get network '%'",
    "Network not found: no network with matching name '%'",
  ),
  pool: missing(
    "failed to get pool '%'",
    "Storage pool not found: no storage pool with matching name '%'",
  ),
  secret: missing(
    "failed to get secret '%'",
    'uuidstr in virSecretLookupByUUIDString must be a valid UUID',
  ),
  nwfilter: missing(
    "failed to get nwfilter '%'",
    "Network filter not found: no nwfilter with matching name '%'",
  ),
  interface: missing(
    "failed to get interface '%'",
    "Interface not found: couldn't find interface named '%'",
  ),
  device: missing(
    "Could not find matching device '%'",
    "Node device not found: no node device with matching name '%'",
  ),
  vol: missing(
    "failed to get vol '%', specifying --pool might help",
    "Storage volume not found: no storage vol with matching path '%'",
  ),
};
type Kind = keyof typeof NOTHING;

/** Commands of a table whose first words name a thing of that kind: it is looked for, and that is the end. */
function lookups(table: string): Record<string, Command> {
  const found: Record<string, Command> = {};
  for (const line of table.trim().split('\n')) {
    const [head = '', , options = ''] = line.split('|').map((part) => part.trim());
    const [first = ''] = options.split(' ').filter((option) => !option.includes('@'));
    const kind = first.replace('!', '') as Kind;
    if (!first.endsWith('!') || !Object.hasOwn(NOTHING, kind)) continue;
    const name = head.replace(/-$/, '');
    found[name] = (call) => {
      const wanted = call.required(kind);
      const pool = kind === 'vol' && options.includes('pool=') ? call.text('pool') : null;
      if (pool !== null) NOTHING.pool(call, pool);
      // By its name alone nothing is asked of the daemon but the UUID.
      if (/^(net|pool)-name$/.test(name)) call.fail(`failed to get ${kind} '${wanted}'`);
      NOTHING[kind](call, wanted);
    };
  }
  return found;
}

const list =
  (...heading: string[]): Command =>
  (call) => {
    if (call.has('name') || call.has('uuid')) return;
    call.table(heading, []);
  };

/** A definition that is none of its kind; one that is finds no driver. */
const defining =
  (what: string, verb: string): Command =>
  (call) => {
    const path = call.required('file');
    const xml = call.readFile(path);
    call.attempt(`Failed to ${verb} ${what} from ${path}`, () => {
      const { name } = parseXml(xml, `(${what}_definition)`);
      if (name !== what) {
        throw new LibvirtError('XML_ERROR', `expecting root element of '${what}', not '${name}'`);
      }
      throw new LibvirtError('NO_SUPPORT', `vir${what}DefineXML`);
    });
  };

/** A checkpoint by its name; no domain has one. */
const checkpoint: Command = (call) => {
  call.domain();
  const name = call.text('checkpointname');
  if (name === null) {
    return call.fail('--checkpointname is required');
  }
  throw new LibvirtError(
    'BAD_ARG',
    `Domain checkpoint not found: no domain checkpoint with matching name '${name}'`,
  );
};

export const ABSENT: Readonly<Record<string, Command>> = {
  ...[NETWORK, POOL, VOLUME, SECRET, FILTER, NODEDEV, INTERFACE]
    .map(lookups)
    .reduce((all, some) => ({ ...all, ...some }), {}),
  'net-list': list('Name', 'State', 'Autostart', 'Persistent'),
  'pool-list'(call) {
    const more = ['Persistent', 'Capacity', 'Allocation', 'Available'];
    return list('Name', 'State', 'Autostart', ...(call.has('details') ? more : []))(call);
  },
  'secret-list': list('UUID', 'Usage'),
  'nwfilter-list': list('UUID', 'Name'),
  'nwfilter-binding-list': list('Port Dev', 'Filter'),
  'iface-list': list('Name', 'State', 'MAC Address'),
  'checkpoint-list'(call) {
    call.domain();
    if (!call.has('tree')) list('Name', 'Creation Time')(call);
  },
  'checkpoint-info': checkpoint,
  'checkpoint-dumpxml': checkpoint,
  'checkpoint-delete': checkpoint,
  'checkpoint-parent': checkpoint,
  'backup-dumpxml'(call) {
    call.domain();
    throw new LibvirtError(
      'BAD_ARG',
      'Domain backup job id not found: no domain backup job present',
    );
  },
  'net-define': defining('network', 'define'),
  'net-create': defining('network', 'create'),
  'pool-define': defining('pool', 'define'),
  'pool-create': defining('pool', 'create'),
};
