import type { SnapshotFlags } from './api.ts';
import type { Daemon } from './daemon.ts';
import { fail } from './errors.ts';
import { agent, stopped } from './lifecycle.ts';
import { passed } from './migration.ts';
import { start } from './start.ts';
import type { DomainRecord, SnapshotRecord } from './state.ts';
import { formatXml } from './xml/format.ts';
import { element, elements, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';
import { parseXml } from './xml/parse.ts';

/** Snapshots (qemu_snapshot.c): internal ones in full, external ones of disks alone. */

export function find(record: DomainRecord, name: string): SnapshotRecord {
  return (
    record.snapshots.get(name) ??
    fail('NO_DOMAIN_SNAPSHOT', `no domain snapshot with matching name '${name}'`)
  );
}

/** Every snapshot, those of one parent by name. */
export function list(record: DomainRecord, parent: string | null, deep: boolean): SnapshotRecord[] {
  const children = [...record.snapshots.values()]
    .filter((snapshot) => snapshot.parent === parent)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  if (!deep) return children;
  return children.flatMap((child) => [child, ...list(record, child.name, true)]);
}

/** How a disk is kept: by the snapshot's document, or as it is usual. */
function diskModes(
  definition: Element,
  root: Element,
  flags: SnapshotFlags,
  name: string,
): SnapshotRecord['disks'] {
  const asked = elements(first(root, 'disks'), 'disk');
  const known = elements(first(definition, 'devices'), 'disk');
  const matches = (disk: Element, key: string | undefined): boolean =>
    first(disk, 'target')?.attributes.dev === key || first(disk, 'source')?.attributes.file === key;
  for (const { attributes } of asked) {
    if (attributes.name === undefined) {
      fail('XML_ERROR', 'missing name from disk snapshot element');
    }
    if (!known.some((disk) => matches(disk, attributes.name))) {
      fail('CONFIG_UNSUPPORTED', `no disk named '${attributes.name}'`);
    }
  }
  return known.map((disk) => {
    const { dev = '' } = first(disk, 'target')?.attributes ?? {};
    const own = asked.find(({ attributes }) => matches(disk, attributes.name));
    const skipped = first(disk, 'readonly') !== undefined || first(disk, 'source') === undefined;
    const file = first(own, 'source')?.attributes.file;
    const usual = skipped
      ? 'no'
      : flags.diskOnly === true || file !== undefined
        ? 'external'
        : 'internal';
    const snapshot = own?.attributes.snapshot ?? disk.attributes.snapshot ?? usual;
    if (snapshot !== 'external') return { name: dev, snapshot };
    const base = first(disk, 'source')?.attributes.file ?? '';
    return { name: dev, snapshot, source: file ?? `${base.replace(/\.[^./]*$/, '')}.${name}` };
  });
}

/** qemuSnapshotPrepare(). */
function check(definition: Element, snapshot: SnapshotRecord, active: boolean): void {
  const unsupported = (text: string): never => fail('CONFIG_UNSUPPORTED', text);
  const disks = elements(first(definition, 'devices'), 'disk');
  let [internal, external, left] = [false, false, false];
  for (const { name, snapshot: mode } of snapshot.disks) {
    const disk = disks.find((other) => first(other, 'target')?.attributes.dev === name);
    const format = first(disk, 'driver')?.attributes.type ?? 'raw';
    if (mode === 'internal') {
      internal = true;
      if (snapshot.state === 'disk-snapshot' && active) {
        unsupported(
          `active qemu domains require external disk snapshots; disk ${name} requested internal`,
        );
      }
      if (format !== 'qcow2') {
        unsupported(`internal snapshot for disk ${name} unsupported for storage type ${format}`);
      }
    } else if (mode === 'external') external = true;
    else if (disk !== undefined && first(disk, 'readonly') === undefined) left = true;
  }
  if (!internal && !external && snapshot.memory === 'no') {
    unsupported('nothing selected for snapshot');
  }
  if ((snapshot.memory === 'internal' && !internal) || (internal && left)) {
    unsupported('internal and full system snapshots require all disks to be selected for snapshot');
  }
  if (internal && external) {
    unsupported('mixing internal and external targets for a snapshot is not yet supported');
  }
}

/** virDomainSnapshotCreateXML(). */
export function create(
  daemon: Daemon,
  record: DomainRecord,
  xml: string,
  flags: SnapshotFlags,
): SnapshotRecord {
  if (flags.quiesce === true && flags.diskOnly !== true) {
    const [flag, by] = ['DISK_ONLY', 'QUIESCE'].map(
      (name) => `'VIR_DOMAIN_SNAPSHOT_CREATE_${name}'`,
    );
    fail('BAD_ARG', `Flag ${flag} is required by flag ${by}`);
  }
  const root = parseXml(xml, '(domain_snapshot)');
  if (root.name !== 'domainsnapshot') {
    fail('XML_ERROR', `expecting root element of 'domainsnapshot', not '${root.name}'`);
  }
  const { live } = record;
  const definition = live?.definition ?? record.config;
  const seconds = Math.floor(daemon.backend.clock.wall / 1000);
  const name = textOf(first(root, 'name')) || String(seconds);
  if (flags.redefine === true && textOf(first(root, 'name')) === '') {
    fail('XML_ERROR', 'a redefined snapshot must have a name');
  }
  const invalid = (text: string): never =>
    fail('XML_DETAIL', `invalid snapshot name '${name}': name can't ${text}`);
  if (flags.noMetadata !== true && name.includes('/')) invalid("contain '/'");
  if (flags.noMetadata !== true && name.startsWith('.')) invalid("start with '.'");
  if (flags.live === true) {
    fail(
      'OPERATION_UNSUPPORTED',
      'live snapshot creation is supported only during full system snapshots',
    );
  }
  const old = record.snapshots.get(name);
  if (flags.redefine === true) return redefine(record, root, name, flags);
  const disksOnly = flags.diskOnly === true;
  const state = disksOnly ? 'disk-snapshot' : live === null ? 'shutoff' : record.state;
  const snapshot: SnapshotRecord = {
    name,
    parent: record.currentSnapshot,
    description:
      first(root, 'description') === undefined ? null : textOf(first(root, 'description')),
    created: seconds,
    state,
    memory: live !== null && !disksOnly ? 'internal' : 'no',
    disks: diskModes(definition, root, flags, name),
    domain: structuredClone(definition),
    inactive: live === null ? null : structuredClone(record.config),
    image: null,
  };
  const memory = first(root, 'memory')?.attributes.snapshot;
  if (memory === 'no' && snapshot.memory === 'internal') snapshot.memory = 'no';
  if (memory === 'external') {
    fail('CONFIG_UNSUPPORTED', 'external memory snapshots are not supported');
  }
  check(definition, snapshot, live !== null);
  if (old !== undefined) fail('OPERATION_FAILED', `domain moment ${name} already exists`);
  if (flags.quiesce === true && live !== null) agent(record);
  eachDisk(record, definition, snapshot, (path, mode, overlay) => {
    if (mode === 'internal') {
      if (daemon.backend.image(path) === null) {
        const command = `/usr/bin/qemu-img snapshot -c ${name} ${path}`;
        const words = `qemu-img: Could not open '${path}': Could not open '${path}': No such file or directory`;
        fail('INTERNAL_ERROR', `Child process (${command}) unexpected exit status 1: ${words}\n`);
      }
      daemon.backend.snapshotDisk(path, name, 'create');
    } else {
      if (flags.reuseExternal !== true && daemon.backend.fs.exists(overlay)) {
        const disk = snapshot.disks.find(({ source }) => source === overlay)?.name ?? '';
        const words = `external snapshot file for disk ${disk} already exists and is not a block device: ${overlay}`;
        fail('CONFIG_UNSUPPORTED', words);
      }
      daemon.backend.overlay(overlay, path);
    }
  });
  if (live !== null && snapshot.memory === 'internal') {
    const running = record.state === 'running';
    if (running) {
      daemon.backend.pause(live.pid);
      daemon.lifecycle(record, 'Suspended Paused');
    }
    passed(daemon, record, 1);
    passed(daemon, record, 2);
    snapshot.image = daemon.backend.save(live.pid).image;
    if (running && flags.halt !== true) {
      daemon.backend.resume(live.pid);
      record.reason = 'unpaused';
      daemon.lifecycle(record, 'Resumed Unpaused');
    }
  }
  if (flags.noMetadata !== true) {
    record.snapshots.set(name, snapshot);
    record.currentSnapshot = name;
  }
  if (flags.halt === true && live !== null) {
    daemon.backend.stop(live.pid);
    stopped(daemon, record, 'from snapshot', 'Snapshot');
  }
  daemon.store(record);
  return snapshot;
}

/** Does something to each disk that is kept, with its image; an external one is then what the domain uses. */
function eachDisk(
  record: DomainRecord,
  definition: Element,
  snapshot: SnapshotRecord,
  what: (path: string, mode: string, overlay: string) => void,
): void {
  for (const { name, snapshot: mode, source = '' } of snapshot.disks) {
    if (mode !== 'internal' && mode !== 'external') continue;
    for (const owner of new Set([definition, record.config])) {
      const disk = elements(first(owner, 'devices'), 'disk').find(
        (other) => first(other, 'target')?.attributes.dev === name,
      );
      const image = first(disk, 'source');
      if (image === undefined) continue;
      if (owner === definition) what(image.attributes.file ?? '', mode, source);
      if (mode === 'external') {
        image.attributes.file = source;
        const driver = first(disk, 'driver');
        if (driver !== undefined) driver.attributes.type = 'qcow2';
      }
    }
  }
}

/** A snapshot's document given back, with another description for example. */
function redefine(
  record: DomainRecord,
  root: Element,
  name: string,
  flags: SnapshotFlags,
): SnapshotRecord {
  const old = record.snapshots.get(name);
  if (first(root, 'creationTime') === undefined) {
    fail('XML_ERROR', 'missing creationTime from existing snapshot');
  }
  const state = textOf(first(root, 'state'));
  if (state === '') fail('XML_ERROR', 'missing state from existing snapshot');
  const parent = textOf(first(root, 'parent/name')) || null;
  if (parent === name) fail('INVALID_ARG', `cannot set moment ${name} as its own parent`);
  if (parent !== null && !record.snapshots.has(parent)) {
    fail('INVALID_ARG', `parent ${parent} for moment ${name} not found`);
  }
  const snapshot: SnapshotRecord = {
    name,
    parent,
    description:
      first(root, 'description') === undefined ? null : textOf(first(root, 'description')),
    created: Number(textOf(first(root, 'creationTime'))),
    state,
    memory: first(root, 'memory')?.attributes.snapshot === 'internal' ? 'internal' : 'no',
    disks: elements(first(root, 'disks'), 'disk').map(({ attributes }) => ({
      name: attributes.name ?? '',
      snapshot: attributes.snapshot ?? 'internal',
    })),
    domain: old?.domain ?? structuredClone(record.config),
    inactive: old?.inactive ?? null,
    image: old?.image ?? null,
  };
  record.snapshots.set(name, snapshot);
  if (flags.current === true) record.currentSnapshot = name;
  return snapshot;
}

/** The document of a snapshot (virDomainSnapshotDefFormat()). */
export function describe(snapshot: SnapshotRecord): string {
  const { name, description, parent, state, created, memory, disks, domain, inactive } = snapshot;
  const text = (tag: string, words: string | null): Element | undefined =>
    words === null ? undefined : element(tag, {}, words);
  const kept = disks.map(({ name: disk, snapshot: mode, source }) =>
    source === undefined
      ? element('disk', { name: disk, snapshot: mode })
      : element(
          'disk',
          { name: disk, snapshot: mode, type: 'file' },
          element('driver', { type: 'qcow2' }),
          element('source', { file: source }),
        ),
  );
  const plain = structuredClone(domain);
  delete plain.attributes.id;
  const other =
    inactive === null ? undefined : { ...structuredClone(inactive), name: 'inactiveDomain' };
  return formatXml(
    element(
      'domainsnapshot',
      {},
      text('name', name),
      text('description', description),
      text('state', state),
      parent === null ? undefined : element('parent', {}, element('name', {}, parent)),
      text('creationTime', String(created)),
      element('memory', { snapshot: memory }),
      kept.length === 0 ? undefined : element('disks', {}, ...kept),
      plain,
      other,
    ),
  );
}

/** virDomainRevertToSnapshot(). */
export function revert(
  daemon: Daemon,
  record: DomainRecord,
  snapshot: SnapshotRecord,
  flags: { running?: boolean; paused?: boolean },
): void {
  if (flags.running === true && flags.paused === true) {
    fail(
      'BAD_ARG',
      "Flags 'VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING' and 'VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED' are mutually exclusive",
    );
  }
  const runs = snapshot.state === 'running' || snapshot.state === 'paused';
  if (!record.persistent && !runs && flags.running !== true && flags.paused !== true) {
    fail(
      'OPERATION_INVALID',
      'transient domain needs to request run or pause to revert to inactive snapshot',
    );
  }
  if (snapshot.disks.some((disk) => disk.snapshot === 'external')) {
    fail('CONFIG_UNSUPPORTED', 'revert to external snapshot not supported yet');
  }
  const definition = structuredClone(snapshot.inactive ?? snapshot.domain);
  delete definition.attributes.id;
  if (record.live !== null) {
    const { persistent } = record;
    record.persistent = true;
    daemon.backend.stop(record.live.pid);
    stopped(daemon, record, 'from snapshot', 'Snapshot');
    record.persistent = persistent;
  }
  record.config = definition;
  eachDisk(record, definition, snapshot, (path) => {
    daemon.backend.snapshotDisk(path, snapshot.name, 'apply');
  });
  record.currentSnapshot = snapshot.name;
  record.state = 'shut off';
  record.reason = 'from snapshot';
  daemon.store(record);
  const paused = flags.paused === true || (flags.running !== true && snapshot.state === 'paused');
  if (runs || flags.running === true || flags.paused === true) {
    const image = snapshot.image === null ? {} : { image: snapshot.image };
    start(daemon, record, { paused, reason: 'from snapshot', ...image });
    // Without an image it boots, as any other domain.
    const boots = snapshot.image === null;
    if (paused && !boots) record.reason = 'from snapshot';
    if (!paused && boots) daemon.lifecycle(record, 'Resumed Unpaused');
    daemon.lifecycle(record, 'Started Snapshot');
    if (paused) daemon.lifecycle(record, 'Suspended Snapshot');
    else if (!boots) daemon.lifecycle(record, 'Resumed Snapshot');
  }
  if (record.persistent) daemon.lifecycle(record, 'Defined Snapshot');
}

/** virDomainSnapshotDelete(). */
export function remove(
  daemon: Daemon,
  record: DomainRecord,
  snapshot: SnapshotRecord,
  flags: { children?: boolean; childrenOnly?: boolean; metadataOnly?: boolean },
): void {
  const below = list(record, snapshot.name, true);
  const isDeep = flags.children === true || flags.childrenOnly === true;
  const doomed = [...(flags.childrenOnly === true ? [] : [snapshot]), ...(isDeep ? below : [])];
  const isOutside = ({ disks }: SnapshotRecord): boolean =>
    disks.some((disk) => disk.snapshot === 'external');
  if (isDeep && flags.metadataOnly !== true && below.some(isOutside)) {
    const kinds = below.every(isOutside) ? 'external' : 'external and internal';
    fail('CONFIG_UNSUPPORTED', `deletion of ${kinds} children disk snapshots not supported`);
  }
  const outside = doomed.filter(isOutside);
  if (outside.length > 0 && flags.metadataOnly !== true) {
    fail(
      'CONFIG_UNSUPPORTED',
      `deletion of ${outside.length} external disk snapshots not supported yet`,
    );
  }
  for (const gone of doomed) {
    record.snapshots.delete(gone.name);
    for (const child of record.snapshots.values()) {
      if (child.parent === gone.name) child.parent = gone.parent;
    }
    if (record.currentSnapshot === gone.name) record.currentSnapshot = gone.parent;
    if (flags.metadataOnly === true) continue;
    if (gone.image !== null) daemon.backend.dropImage(gone.image);
    eachDisk(record, record.live?.definition ?? record.config, gone, (path) => {
      daemon.backend.snapshotDisk(path, gone.name, 'delete');
    });
  }
}
