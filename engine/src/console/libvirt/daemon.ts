import type { Affect, DomainEvent, EventName, EventQueue } from './api.ts';
import type { Backend, Notice } from './backend.ts';
import { completeDomain } from './domain/complete.ts';
import { parseDomain, place, readDomain, setKib } from './domain/parse.ts';
import { validateDomain } from './domain/validate.ts';
import { LibvirtError, fail } from './errors.ts';
import { Errno } from '../os/errno.ts';
import { noticed } from './lifecycle.ts';
import type { DomainRecord, LibvirtState, LiveDomain } from './state.ts';
import { formatXml } from './xml/format.ts';
import { element, first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

const CONFIG = '/etc/libvirt/qemu';

interface Watcher {
  events: ReadonlySet<EventName>;
  uuid: string | null;
  queue: DomainEvent[];
}

/** libvirtd with its QEMU driver: the state, what lies below, and those who wait for events. */
export class Daemon {
  readonly backend: Backend;
  readonly #holder: { libvirt: LibvirtState };
  readonly #watchers = new Set<Watcher>();
  /** Domains with an open console, by UUID: how to close it. */
  readonly consoles = new Map<string, () => void>();

  /** The state is asked for anew at every call, so that the holder may put another in its place. */
  constructor(backend: Backend, holder: { libvirt: LibvirtState }) {
    this.backend = backend;
    this.#holder = holder;
    backend.onNotice = (pid, notice) => this.notice(pid, notice);
  }

  get state(): LibvirtState {
    return this.#holder.libvirt;
  }
  get domains(): DomainRecord[] {
    return [...this.state.domains.values()];
  }

  /** What a guest did by itself. */
  notice(pid: number, notice: Notice): void {
    const record = this.domains.find(({ live }) => live?.pid === pid);
    if (record !== undefined) noticed(this, record, notice);
  }

  emit(record: DomainRecord, event: EventName, detail: string): void {
    for (const watcher of this.#watchers) {
      if (!watcher.events.has(event)) continue;
      if (watcher.uuid !== null && watcher.uuid !== record.uuid) continue;
      const { name: domain, uuid } = record;
      const id = record.live?.id ?? -1;
      watcher.queue.push({ event, domain, id, uuid, detail, at: this.backend.clock.wall });
    }
  }
  lifecycle(record: DomainRecord, detail: string): void {
    this.emit(record, 'lifecycle', `: ${detail}`);
  }

  watch(events: readonly EventName[], uuid: string | null): EventQueue {
    const watcher: Watcher = { events: new Set(events), uuid, queue: [] };
    this.#watchers.add(watcher);
    return {
      get size() {
        return watcher.queue.length;
      },
      next: () => watcher.queue.shift() ?? null,
      close: () => {
        this.#watchers.delete(watcher);
      },
    };
  }

  /** Reads, checks and completes a document. */
  read(xml: string, validate = false): Element {
    const root = parseDomain(xml);
    if (validate) validateDomain(root);
    return this.complete(root);
  }
  complete(root: Element): Element {
    const { backend } = this;
    const domain = readDomain(root, () => backend.uuid());
    completeDomain(domain, {
      kvm: backend.kvm,
      random: (bytes) => backend.random(bytes),
      exists: (path) => backend.fs.exists(path),
    });
    return domain;
  }

  /** virDomainObjListAdd(): whether name and UUID may be used so; the domain that has them already. */
  admit(definition: Element, starting: boolean): DomainRecord | null {
    const name = textOf(first(definition, 'name'));
    const uuid = textOf(first(definition, 'uuid'));
    const same = this.state.domains.get(uuid);
    if (same === undefined) {
      const other = this.domains.find((record) => record.name === name);
      if (other !== undefined) {
        fail('OPERATION_FAILED', `domain '${name}' already exists with uuid ${other.uuid}`);
      }
      return null;
    }
    if (same.name !== name) {
      fail('OPERATION_FAILED', `domain '${same.name}' is already defined with uuid ${uuid}`);
    }
    if (starting && same.live !== null) {
      fail('OPERATION_INVALID', `domain '${name}' is already active`);
    }
    return same;
  }

  /** A new domain, not yet started. */
  add(definition: Element, persistent: boolean): DomainRecord {
    const record: DomainRecord = {
      uuid: textOf(first(definition, 'uuid')),
      name: textOf(first(definition, 'name')),
      state: 'shut off',
      reason: 'unknown',
      persistent,
      autostart: false,
      autodestroy: false,
      config: definition,
      live: null,
      snapshots: new Map(),
      currentSnapshot: null,
    };
    this.state.domains.set(record.uuid, record);
    return record;
  }

  define(xml: string, validate: boolean): DomainRecord {
    const definition = this.read(xml, validate);
    const old = this.admit(definition, false);
    const record = old ?? this.add(definition, true);
    const updated = old?.persistent === true;
    record.config = definition;
    record.persistent = true;
    this.store(record);
    this.lifecycle(record, updated ? 'Defined Updated' : 'Defined Added');
    return record;
  }

  /** Reads the definitions that are there already, as virDomainObjListLoadAllConfigs(); what is none is skipped. */
  load(): void {
    const { fs } = this.backend;
    if (!fs.exists(CONFIG)) return;
    for (const file of fs.list(CONFIG, '/').sort()) {
      if (!file.endsWith('.xml')) continue;
      try {
        const definition = this.read(fs.read(`${CONFIG}/${file}`, '/'));
        if (`${textOf(first(definition, 'name'))}.xml` !== file) continue;
        if (this.admit(definition, false) !== null) continue;
        const record = this.add(definition, true);
        record.autostart = fs.exists(this.autostartLink(record));
      } catch (error) {
        if (!(error instanceof LibvirtError) && !(error instanceof Errno)) throw error;
      }
    }
  }

  /** Writes the definition's file, as virDomainDefSave(). */
  store(record: DomainRecord): void {
    if (!record.persistent) return;
    const text = `<!--
WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:
  virsh edit ${record.name}
or other application using the libvirt API.
-->

${formatXml(record.config)}`;
    this.write(`${CONFIG}/${record.name}.xml`, (path) => {
      this.backend.fs.write(path, text, '/', 0o600);
    });
  }
  /** Takes the definition's file and its link away. */
  unstore(record: DomainRecord): void {
    this.unlink(`${CONFIG}/${record.name}.xml`);
    this.unlink(this.autostartLink(record));
  }
  autostartLink(record: DomainRecord): string {
    return `${CONFIG}/autostart/${record.name}.xml`;
  }
  link(record: DomainRecord): void {
    this.write(this.autostartLink(record), (path) => {
      this.unlink(path);
      this.backend.fs.symlink(`${CONFIG}/${record.name}.xml`, path, '/');
    });
  }

  /** Makes a file; with the folders on the way to it where they are the daemon's own. */
  write(path: string, make: (path: string) => void): void {
    const { fs } = this.backend;
    const isOwn = /^\/(etc|var\/lib|var\/log)\/libvirt\//.test(path);
    try {
      let folder = '';
      for (const part of isOwn ? path.split('/').slice(1, -1) : []) {
        folder += `/${part}`;
        if (!fs.exists(folder)) fs.mkdir(folder, '/', 0o755);
      }
      make(path);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      fail('SYSTEM_ERROR', `Failed to create file '${path}': ${error.message}`);
    }
  }
  unlink(path: string): void {
    try {
      this.backend.fs.unlink(path, '/');
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
    }
  }

  /** A line in the domain's log. */
  log(record: DomainRecord, text: string): void {
    const stamp = new Date(this.backend.clock.wall)
      .toISOString()
      .replace('T', ' ')
      .replace('Z', '');
    this.write(`/var/log/libvirt/qemu/${record.name}.log`, (path) => {
      const flags = { write: true, create: true, append: true, mode: 0o600 };
      const file = this.backend.fs.open(path, '/', flags);
      file.write(`${stamp}+0000: ${text}\n`);
      file.open.close();
    });
  }

  /** The running half of a domain; an error where it does not run (virDomainObjCheckActive()). */
  running(record: DomainRecord): LiveDomain {
    return record.live ?? fail('OPERATION_INVALID', 'domain is not running');
  }

  /** virDomainObjGetDefs(): which definitions a call is about. */
  targets(
    record: DomainRecord,
    affect: Affect,
  ): { live: LiveDomain | null; config: Element | null; each: Element[] } {
    const current = affect.live !== true && affect.config !== true;
    const live = affect.live === true || (current && record.live !== null);
    const config = affect.config === true || (current && record.live === null);
    if (live) this.running(record);
    if (config && !record.persistent) {
      fail('OPERATION_INVALID', 'transient domains do not have any persistent config');
    }
    const each: Element[] = [];
    if (live && record.live !== null) each.push(record.live.definition);
    if (config) each.push(record.config);
    return { live: live ? record.live : null, config: config ? record.config : null, each };
  }
  /** virDomainObjGetOneDef(): the one definition that a question is about. */
  target(record: DomainRecord, affect: Affect): { live: LiveDomain | null; definition: Element } {
    if (affect.live === true && affect.config === true) {
      fail(
        'BAD_ARG',
        "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive",
      );
    }
    const { live, config } = this.targets(record, affect);
    return { live, definition: live?.definition ?? config ?? record.config };
  }

  /** What the balloon leaves now, KiB. */
  balloon(record: DomainRecord): number {
    if (record.live === null) return Number(textOf(first(record.config, 'currentMemory')));
    return this.backend.balloon(record.live.pid);
  }

  /** The document of a domain. */
  describe(record: DomainRecord, inactive: boolean, secure: boolean): string {
    const { live } = record;
    if (live !== null) {
      const now = first(live.definition, 'currentMemory') ?? element('currentMemory');
      setKib(now, this.balloon(record));
      place(live.definition, '', now);
    }
    const shown = inactive ? record.config : (live?.definition ?? record.config);
    return formatXml(secure ? shown : withoutSecrets(shown));
  }
}

/** A definition without passwords. */
function withoutSecrets(definition: Element): Element {
  const graphics = (first(definition, 'devices')?.children ?? []).some(
    (device) => typeof device !== 'string' && device.attributes.passwd !== undefined,
  );
  if (!graphics) return definition;
  const copy = structuredClone(definition);
  for (const device of first(copy, 'devices')?.children ?? []) {
    if (typeof device !== 'string') delete device.attributes.passwd;
  }
  return copy;
}
