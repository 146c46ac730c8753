import { describe, expect, test } from 'vitest';

import type { Connection, Domain } from '../../../src/console/libvirt/api.ts';
import { EVENTS, UNLIMITED } from '../../../src/console/libvirt/api.ts';
import { Daemon } from '../../../src/console/libvirt/daemon.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { opener } from '../../../src/console/libvirt/open.ts';
import { emptyState } from '../../../src/console/libvirt/state.ts';
import { FakeBackend } from './fake-backend.ts';

const UUID = 'c2b1e6aa-0f37-4b9e-a5d4-9e8f7d3a0003';

/** A small guest, with pieces for the domain itself and for its devices. */
const guest = (name: string, uuid = UUID, { inside = '', devices = '', size = 262_144 } = {}) =>
  `<domain type='kvm'><name>${name}</name><uuid>${uuid}</uuid><memory unit='KiB'>${size}</memory>` +
  `<vcpu>1</vcpu>${inside}<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${devices}` +
  `<serial type='pty'><target port='0'/></serial></devices></domain>`;

interface World {
  backend: FakeBackend;
  holder: { libvirt: ReturnType<typeof emptyState> };
  open: ReturnType<typeof opener>;
  connection: Connection;
}
function world(): World {
  const backend = new FakeBackend();
  const holder = { libvirt: emptyState() };
  const open = opener(new Daemon(backend, holder));
  return { backend, holder, open, connection: open(null) };
}
/** A world with a domain, which runs and has come up where `start` says so. */
function withDomain(
  start = true,
  more: Parameters<typeof guest>[2] = {},
): World & { domain: Domain } {
  const all = world();
  const domain = all.connection.defineXML(guest('tiny01', UUID, more));
  if (start) domain.create();
  all.backend.settle();
  return { ...all, domain };
}
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof LibvirtError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}
const NOT_RUNNING = 'Requested operation is not valid: domain is not running';

describe('a domain', () => {
  test('goes through its states and says why it is where it is', () => {
    const { domain } = withDomain(false);
    const state = () => Object.values(domain.getState()).join(', ');
    expect([domain.getID(), state()]).toEqual([-1, 'shut off, unknown']);
    domain.create();
    expect([domain.getID(), state()]).toEqual([1, 'running, booted']);
    domain.suspend();
    domain.suspend();
    expect(state()).toBe('paused, user');
    domain.resume();
    expect(state()).toBe('running, unpaused');
    expect(refusal(() => domain.resume())).toMatch('domain is already running');
    expect(refusal(() => domain.create())).toMatch('domain is already running');
    domain.destroy();
    expect(state()).toBe('shut off, destroyed');
    for (const call of ['destroy', 'suspend', 'resume', 'shutdown', 'reset'] as const) {
      expect(refusal(() => domain[call]())).toBe(NOT_RUNNING);
    }
    domain.create({ paused: true });
    expect([domain.getID(), state()]).toEqual([2, 'paused, user']);
  });

  test('goes down by its power button only once it is up', () => {
    const { backend, domain } = withDomain(false);
    domain.create();
    domain.shutdown();
    expect(domain.isActive()).toBe(true);
    backend.settle();
    domain.shutdown();
    expect(domain.getState()).toEqual({ state: 'shut off', reason: 'shutdown' });
  });

  test('that is transient is gone when it stops', () => {
    const { connection } = world();
    const domain = connection.createXML(guest('cache01'));
    expect(domain.isPersistent()).toBe(false);
    expect(refusal(() => domain.undefine())).toMatch('cannot undefine transient domain');
    expect(refusal(() => domain.setAutostart(true))).toMatch('for transient domain');
    expect(refusal(() => domain.setMemoryFlags(1024, { config: true }))).toBe(
      'Requested operation is not valid: transient domains do not have any persistent config',
    );
    domain.destroy();
    expect(refusal(() => connection.lookupByName('cache01'))).toBe(
      "Domain not found: no domain with matching name 'cache01'",
    );
    expect(refusal(() => domain.getInfo())).toBe(
      `Domain not found: no domain with matching uuid '${UUID}' (cache01)`,
    );
  });

  test('that is undefined while it runs becomes transient', () => {
    const { domain, backend } = withDomain();
    expect(backend.fs.exists('/etc/libvirt/qemu/tiny01.xml')).toBe(true);
    domain.undefine();
    expect(domain.isPersistent()).toBe(false);
    expect(backend.fs.exists('/etc/libvirt/qemu/tiny01.xml')).toBe(false);
  });

  test('has its name and UUID for itself', () => {
    const { connection } = withDomain(false);
    const other = '11111111-2222-4333-8444-555555555557';
    expect(refusal(() => connection.defineXML(guest('tiny01', other)))).toBe(
      `operation failed: domain 'tiny01' already exists with uuid ${UUID}`,
    );
    expect(refusal(() => connection.defineXML(guest('web01')))).toBe(
      `operation failed: domain 'tiny01' is already defined with uuid ${UUID}`,
    );
  });

  test('starts with the host by a link', () => {
    const { domain, backend } = withDomain(false);
    domain.setAutostart(true);
    const link = backend.fs.stat('/etc/libvirt/qemu/autostart/tiny01.xml', '/', false);
    expect(link.target).toBe('/etc/libvirt/qemu/tiny01.xml');
    domain.rename('tiny02');
    expect(backend.fs.list('/etc/libvirt/qemu/autostart', '/')).toEqual(['tiny02.xml']);
    domain.setAutostart(false);
    expect(backend.fs.list('/etc/libvirt/qemu/autostart', '/')).toEqual([]);
  });

  test('cannot be changed over a connection that only reads', () => {
    const { open } = withDomain(false);
    const domain = open(null, { readOnly: true }).lookupByName('tiny01');
    const denied = (call: string) => `operation forbidden: read only access prevents ${call}`;
    expect(refusal(() => domain.create())).toBe(denied('virDomainCreate'));
    expect(refusal(() => domain.create({ paused: true }))).toBe(denied('virDomainCreateWithFlags'));
    expect(refusal(() => domain.undefine())).toBe(denied('virDomainUndefineFlags'));
    expect(domain.getXMLDesc()).toMatch('<name>tiny01</name>');
  });
});

describe('memory', () => {
  test('of the balloon moves over time, and an event tells when it has', () => {
    const { backend, connection, domain } = withDomain();
    const events = connection.watchEvents(['balloon-change'], domain);
    domain.setMemoryFlags(131_072, { live: true });
    expect(domain.getInfo().memory).toBe(262_144);
    backend.settle();
    expect(domain.getInfo()).toMatchObject({ maxMem: 262_144, memory: 131_072 });
    expect(events.next()).toMatchObject({ domain: 'tiny01', id: 1, detail: ': 131072KiB' });
    expect(events.next()).toBeNull();
    expect(domain.getXMLDesc()).toMatch("<currentMemory unit='KiB'>131072<");
    expect(domain.getXMLDesc({ inactive: true })).toMatch("<currentMemory unit='KiB'>262144<");
  });

  test('is refused where it does not fit', () => {
    const { domain } = withDomain();
    const above = 'invalid argument: cannot set memory higher than max memory';
    expect(refusal(() => domain.setMemoryFlags(262_145, {}))).toBe(above);
    expect(refusal(() => domain.setMemoryFlags(262_145, { config: true }))).toBe(above);
    expect(refusal(() => domain.setMemoryFlags(0, {}))).toBe(
      'memory in virDomainSetMemoryFlags must not be zero',
    );
    expect(refusal(() => domain.setMemoryFlags(524_288, { maximum: true }))).toBe(
      'Requested operation is not valid: cannot resize the maximum memory on an active domain',
    );
    domain.setMemoryFlags(131_072, { maximum: true, config: true });
    expect(domain.getXMLDesc({ inactive: true })).toMatch("<currentMemory unit='KiB'>131072<");
  });

  test('cannot be taken from a guest without a balloon', () => {
    const { domain } = withDomain(true, { devices: "<memballoon model='none'/>" });
    expect(refusal(() => domain.setMemoryFlags(1024, {}))).toBe(
      'Requested operation is not valid: Unable to change memory of active domain without the balloon device and guest OS balloon driver',
    );
    expect(domain.memoryStats()).toEqual([['rss', 46_024]]);
  });

  test('has limits, which must stand in order', () => {
    const { backend, domain } = withDomain();
    domain.setMemoryParameters([['hard_limit', 1000]], { live: true });
    expect(domain.getMemoryParameters({ live: true })).toEqual([
      ['hard_limit', 1000],
      ['soft_limit', UNLIMITED],
      ['swap_hard_limit', UNLIMITED],
    ]);
    expect([...backend.limits.values()]).toEqual([{ hard: 1000, soft: Infinity, swap: Infinity }]);
    expect(domain.getMemoryParameters({ config: true })[0]).toEqual(['hard_limit', UNLIMITED]);
    expect(
      refusal(() => domain.setMemoryParameters([['swap_hard_limit', 999]], { live: true })),
    ).toBe(
      'invalid argument: memory hard_limit tunable value must be lower than or equal to swap_hard_limit',
    );
    expect(refusal(() => domain.setMemoryParameters([['min_guarantee', 1]], {}))).toBe(
      "argument unsupported: parameter 'min_guarantee' not supported",
    );
  });

  test('comes from huge pages where there are enough of them', () => {
    const { backend, domain } = withDomain(false, {
      inside:
        "<memoryBacking><hugepages/></memoryBacking><numatune><memory nodeset='1'/></numatune>",
      size: 524_288,
    });
    expect(refusal(() => domain.create())).toBe(
      'internal error: qemu unexpectedly closed the monitor: 2026-11-22T22:00:00.000000Z qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory',
    );
    expect(domain.getState()).toEqual({ state: 'shut off', reason: 'failed' });
    backend.setPool(1, 2048, 300, false);
    domain.create();
    expect(backend.nodes()[1]?.pools[0]).toEqual({ size: 2048, total: 300, free: 44 });
  });

  test('stays where numatune wants it', () => {
    const { domain } = withDomain(true, {
      inside: "<numatune><memory mode='strict' nodeset='0'/></numatune>",
    });
    domain.setNumaParameters({ nodeset: '1' }, { live: true });
    expect(domain.getNumaParameters({ live: true })).toEqual({ mode: 'strict', nodeset: '1' });
    expect(domain.getNumaParameters({ config: true })).toEqual({ mode: 'strict', nodeset: '0' });
    expect(refusal(() => domain.setNumaParameters({ mode: 'preferred' }, {}))).toBe(
      "Requested operation is not valid: can't change numatune mode for running domain",
    );
    expect(refusal(() => domain.setNumaParameters({ nodeset: '7' }, {}))).toBe(
      'unsupported configuration: NUMA node 7 is unavailable',
    );
    expect(refusal(() => domain.setNumaParameters({ mode: 7 }, { config: true }))).toBe(
      "invalid argument: unsupported numatune mode: '7'",
    );
  });
});

describe('a saved domain', () => {
  test('goes on where it was, and its file is used up', () => {
    const { backend, domain } = withDomain();
    const path = '/var/lib/libvirt/qemu/save/tiny01.save';
    domain.managedSave();
    expect(domain.getState()).toEqual({ state: 'shut off', reason: 'saved' });
    expect([domain.hasManagedSaveImage(), backend.images.size]).toEqual([true, 1]);
    expect(refusal(() => domain.undefine())).toMatch('while domain managed save image exists');
    domain.create();
    expect(domain.getState()).toEqual({ state: 'running', reason: 'restored' });
    expect([backend.fs.exists(path), backend.images.size]).toEqual([false, 0]);
  });

  test('comes back from a file that was copied', () => {
    const { backend, connection, domain } = withDomain();
    domain.save('/root/a.img');
    backend.fs.rename('/root/a.img', '/root/b.img', '/');
    expect(refusal(() => connection.restore('/root/a.img'))).toBe(
      "Failed to open file '/root/a.img': No such file or directory",
    );
    connection.restore('/root/b.img');
    expect(domain.getState()).toEqual({ state: 'running', reason: 'restored' });
    expect(refusal(() => connection.restore('/root/b.img'))).toBe(
      "Requested operation is not valid: domain 'tiny01' is already active",
    );
    backend.fs.write('/root/text', 'twenty letters and more');
    expect(refusal(() => connection.restore('/root/text'))).toBe(
      'operation failed: image magic is incorrect',
    );
  });

  test('may be dumped instead, and goes on', () => {
    const { backend, domain } = withDomain();
    domain.coreDump('/root/tiny01.core', { memoryOnly: true });
    expect(backend.fs.stat('/root/tiny01.core', '/')).toMatchObject({
      size: 268_698_787,
      mode: 0o600,
    });
    expect(domain.isActive()).toBe(true);
  });
});

const disk =
  "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/root/a.qcow2'/><target dev='vda'/></disk>";
const named = (name: string) => `<domainsnapshot><name>${name}</name></domainsnapshot>`;
function withDisk(start: boolean) {
  const all = world();
  all.backend.fs.write('/root/a.qcow2', 'QFI');
  const domain = all.connection.defineXML(guest('web01', UUID, { devices: disk }));
  if (start) domain.create();
  return { ...all, domain };
}

describe('a change of state is told of, in this order:', () => {
  const save = (what: string) => ["iteration: '1'", "iteration: '2'", `operation: ${what}`];
  test.each<[string, (domain: Domain) => void, string[]]>([
    [
      'a snapshot of a running domain',
      (domain) => domain.snapshotCreateXML(named('a')),
      ['Suspended Paused', "iteration: '1'", "iteration: '2'", 'Resumed Unpaused'],
    ],
    [
      'going back to it',
      (domain) => domain.snapshotLookupByName('before').revert(),
      ['Stopped Snapshot', 'Started Snapshot', 'Resumed Snapshot', 'Defined Snapshot'],
    ],
    [
      'going back to a snapshot of the domain at rest, to run',
      (domain) => domain.snapshotLookupByName('off').revert({ running: true }),
      ['Stopped Snapshot', 'Resumed Unpaused', 'Started Snapshot', 'Defined Snapshot'],
    ],
    [
      'going back to a snapshot of the domain at rest',
      (domain) => domain.snapshotLookupByName('off').revert(),
      ['Stopped Snapshot', 'Defined Snapshot'],
    ],
    [
      'a dump',
      (domain) => domain.coreDump('/core'),
      ['Suspended Paused', ...save('8'), 'Resumed Unpaused'],
    ],
    [
      'a dump of a domain that goes on meanwhile',
      (domain) => domain.coreDump('/core', { live: true }),
      ["iteration: '1'", 'Suspended Paused', ...save('8').slice(1), 'Resumed Unpaused'],
    ],
    [
      'a dump of the memory alone, whatever is asked for',
      (domain) => domain.coreDump('/core', { live: true, memoryOnly: true }),
      ['Suspended Paused', 'Resumed Unpaused'],
    ],
  ])('%s', (_, act, expected) => {
    const { connection, domain } = withDisk(false);
    domain.snapshotCreateXML(named('off'));
    domain.create();
    domain.snapshotCreateXML(named('before'));
    const events = connection.watchEvents(EVENTS, null);
    act(domain);
    const told: string[] = [];
    for (let event = events.next(); event !== null; event = events.next())
      told.push(event.detail.slice(2).trim().split('\n')[0] ?? '');
    expect(told).toEqual(expected);
  });
});

describe('a snapshot', () => {
  test('has a parent, and its children get it when it goes', () => {
    const { backend, domain } = withDisk(false);
    for (const name of ['one', 'two', 'three']) domain.snapshotCreateXML(named(name));
    expect(domain.snapshotLookupByName('three').getParent().name).toBe('two');
    domain.snapshotLookupByName('two').delete();
    expect(domain.snapshotLookupByName('three').getParent().name).toBe('one');
    expect(refusal(() => domain.undefine())).toMatch(
      'cannot delete inactive domain with 2 snapshots',
    );
    expect(refusal(() => domain.snapshotCreateXML(named('one')))).toBe(
      'operation failed: domain moment one already exists',
    );
    domain.snapshotLookupByName('one').delete({ children: true });
    expect(domain.listAllSnapshots()).toEqual([]);
    expect(backend.diskCalls).toHaveLength(6);
  });

  test('of a running domain holds its memory', () => {
    const { domain } = withDisk(true);
    domain.snapshotCreateXML(named('live'));
    expect(domain.snapshotCurrent().getXMLDesc()).toMatch("<memory snapshot='internal'/>");
    domain.destroy();
    domain.snapshotLookupByName('live').revert();
    expect(domain.getState()).toEqual({ state: 'running', reason: 'from snapshot' });
  });

  test('needs a disk that can hold it', () => {
    const { domain } = withDomain();
    expect(refusal(() => domain.snapshotCreateXML('<domainsnapshot/>'))).toBe(
      'unsupported configuration: internal and full system snapshots require all disks to be selected for snapshot',
    );
    domain.destroy();
    expect(refusal(() => domain.snapshotCreateXML('<domainsnapshot/>'))).toBe(
      'unsupported configuration: nothing selected for snapshot',
    );
  });
});

test('events tell what libvirt tells, in its order', () => {
  const { connection, domain } = withDomain(false);
  const events = connection.watchEvents(EVENTS, null);
  domain.create();
  domain.suspend();
  domain.resume();
  domain.managedSave();
  domain.create();
  domain.destroy();
  domain.rename('other');
  domain.undefine();
  const told: string[] = [];
  for (let event = events.next(); event !== null; event = events.next())
    told.push(event.event === 'job-completed' ? event.event : event.detail.slice(2));
  expect(told).toEqual([
    'Resumed Unpaused',
    'Started Booted',
    'Suspended Paused',
    'Resumed Unpaused',
    'Suspended Paused',
    "iteration: '1'",
    "iteration: '2'",
    'job-completed',
    'Stopped Saved',
    'Started Restored',
    'Resumed Snapshot',
    'Shutdown Finished after host request',
    'Stopped Destroyed',
    'Undefined Renamed',
    'Defined Renamed',
    'Undefined Removed',
  ]);
});

test('the state may be taken back to an earlier moment', () => {
  const { holder, domain } = withDomain(false);
  const before = structuredClone(holder.libvirt);
  domain.setMemoryFlags(1024, { config: true });
  domain.setAutostart(true);
  holder.libvirt = before;
  expect([domain.getInfo().memory, domain.getAutostart()]).toEqual([262_144, false]);
});

describe('a connection', () => {
  test.each([
    ['bogus:///x', 'no connection driver available for bogus:///x'],
    ['qemu:///nosuch', "internal error: unexpected qemu URI path '/nosuch', try qemu:///system"],
    [
      'qemu+ssh',
      "no connection driver available for URI 'qemu+ssh' does not include a driver name",
    ],
    ['test:///', 'invalid argument: testOpen: supply a path or use test:///default'],
    ['foo bar', 'internal error: Unable to parse URI foo bar'],
    [
      'qemu+ssh:///system',
      'Cannot recv data: ssh: connect to host localhost port 22: Connection refused: Connection reset by peer',
    ],
  ])('to %s fails', (uri, expected) => {
    expect(refusal(() => world().open(uri))).toBe(expected);
  });

  test('to the make-believe host finds it new each time', () => {
    const { open } = world();
    const domain = open('test:///default').lookupByName('test');
    expect(domain.getInfo()).toMatchObject({
      state: 'running',
      maxMem: 8_388_608,
      memory: 2_097_152,
    });
    domain.setMemoryFlags(1_048_576, {});
    expect(domain.memoryStats().slice(0, 1)).toEqual([['actual', 1_048_576]]);
    domain.destroy();
    expect(open('test:///default').lookupByName('test').isActive()).toBe(true);
  });

  test('tells of the host', () => {
    const { connection } = world();
    expect(connection.nodeGetInfo()).toEqual({
      model: 'x86_64',
      memory: 8_143_380,
      cpus: 4,
      mhz: 2596,
      nodes: 2,
      sockets: 1,
      cores: 2,
      threads: 1,
    });
    expect(refusal(() => connection.nodeGetCellsFreeMemory(9, 1))).toBe(
      'internal error: start cell 9 out of range (0-1)',
    );
    expect(refusal(() => connection.nodeGetFreePages([3], 0, 1))).toBe(
      'operation failed: page size 3 is not available on node 0',
    );
    expect(refusal(() => connection.nodeAllocPages([[2048, 5000]], 0, 1, {}))).toBe(
      'operation failed: Unable to allocate 5000 pages. Allocated only 1500',
    );
    expect(connection.getCapabilities()).toMatch("<cells num='2'>");
    expect(connection.getDomainCapabilities({ virttype: 'qemu' })).toMatch('<domain>qemu</domain>');
  });
});

/** A row of numbers that only looks random (mulberry32). */
function random(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
}

/** Things that may be done to a domain, each in many ways. */
const DEEDS: ((domain: Domain, pick: (most: number) => number) => unknown)[] = [
  (domain, pick) => domain.create({ paused: pick(3) === 0, forceBoot: pick(5) === 0 }),
  (domain) => domain.destroy(),
  (domain) => domain.suspend(),
  (domain) => domain.resume(),
  (domain) => domain.shutdown(),
  (domain) => domain.reboot(),
  (domain, pick) =>
    domain.undefine({ managedSave: pick(2) === 0, snapshotsMetadata: pick(2) === 0 }),
  (domain, pick) => domain.rename(`domain${pick(4)}`),
  (domain, pick) => domain.setAutostart(pick(2) === 0),
  (domain) => domain.managedSave(),
  (domain) => domain.managedSaveRemove(),
  (domain, pick) => domain.save(`/root/save${pick(2)}`),
  (domain, pick) => domain.connection.restore(`/root/save${pick(2)}`),
  (domain, pick) =>
    domain.setMemoryFlags(pick(600_000), {
      live: pick(2) === 0,
      config: pick(2) === 0,
      maximum: pick(3) === 0,
    }),
  (domain, pick) =>
    domain.setMemoryParameters([['hard_limit', pick(1000)]], { config: pick(2) === 0 }),
  (domain, pick) => domain.setNumaParameters({ nodeset: `${pick(4)}`, mode: pick(5) }, {}),
  (domain, pick) => domain.setVcpusFlags(pick(5), { config: true, maximum: pick(2) === 0 }),
  (domain, pick) => domain.pinVcpuFlags(pick(3), [pick(2) === 0, true], {}),
  (domain, pick) => domain.setMemoryStatsPeriod(pick(3), { config: pick(2) === 0 }),
  (domain, pick) =>
    domain.snapshotCreateXML(`<domainsnapshot><name>s${pick(3)}</name></domainsnapshot>`),
  (domain, pick) => domain.snapshotLookupByName(`s${pick(3)}`).revert(),
  (domain, pick) => domain.snapshotLookupByName(`s${pick(3)}`).delete({ children: pick(2) === 0 }),
  (domain) => domain.memoryStats(),
  (domain) => domain.getXMLDesc({ inactive: true }),
  (domain) => domain.connection.getAllDomainStats(null, []),
  (domain, pick) => domain.setMetadata('title', `title ${pick(9)}`, null, null, {}),
  (domain) => domain.connection.defineXML(domain.getXMLDesc()),
  (domain, pick) => domain.connection.defineXML(guest(`domain${pick(4)}`, '')),
  (domain, pick) => domain.connection.createXML(guest(`domain${pick(4)}`)),
];

test.each([1, 2, 3, 4, 5, 6])('whatever is done, row %i, the state stays sound', (seed) => {
  const { backend, connection, holder } = world();
  backend.fs.write('/root/a.qcow2', 'QFI');
  const devices =
    "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/root/a.qcow2'/><target dev='vda'/></disk>";
  const uuid = (number: number) => `00000000-0000-4000-9000-00000000000${number}`;
  const pick = random(seed);
  let refused = 0;
  let done = 0;
  for (let step = 0; step < 400; step++) {
    const domains = connection.listAllDomains();
    if (domains.length < 2) {
      const free = [0, 1, 2, 3].filter((n) => !domains.some(({ name }) => name === `domain${n}`));
      const used = new Set(domains.map((domain) => domain.uuid));
      const id = [0, 1, 2, 3].map(uuid).find((text) => !used.has(text)) ?? '';
      connection.defineXML(guest(`domain${free[0]}`, id, { devices }));
    }
    const all = connection.listAllDomains();
    const domain = all[pick(all.length)];
    const deed = DEEDS[pick(DEEDS.length)];
    if (domain === undefined || deed === undefined) throw new Error('nothing to do');
    try {
      deed(domain, pick);
      done++;
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      refused++;
    }
    if (pick(4) === 0) backend.settle();

    const records = [...holder.libvirt.domains.values()];
    const running = records.filter(({ live }) => live !== null);
    const ids = running.map(({ live }) => live?.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(records.map(({ name }) => name)).size).toBe(records.length);
    expect(new Set(running.map(({ live }) => live?.pid))).toEqual(new Set(backend.machines.keys()));
    for (const record of records) {
      expect(record.live !== null).toBe(record.state === 'running' || record.state === 'paused');
      if (!record.persistent) expect(record.live).not.toBeNull();
      expect(backend.fs.exists(`/etc/libvirt/qemu/${record.name}.xml`)).toBe(record.persistent);
      if (record.currentSnapshot !== null) {
        expect(record.snapshots.has(record.currentSnapshot)).toBe(true);
      }
    }
    // Plain data: a copy is equal.
    if (step % 100 === 0) expect(structuredClone(holder.libvirt)).toEqual(holder.libvirt);
  }
  expect(done).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(50);
});
