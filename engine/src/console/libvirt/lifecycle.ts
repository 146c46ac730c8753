import type { CreateFlags, PowerFlags, UndefineFlags } from './api.ts';
import type { Notice } from './backend.ts';
import type { Daemon } from './daemon.ts';
import { fail } from './errors.ts';
import { discard, imageOf, managedPath, restoreFrom } from './save.ts';
import { start } from './start.ts';
import type { DomainRecord } from './state.ts';
import { element, elements, first, textOf } from './xml/node.ts';
import { place } from './domain/parse.ts';

/** Starting, stopping and naming domains (qemu_driver.c). */

/** virDomainCreateWithFlags(). */
export function create(daemon: Daemon, record: DomainRecord, flags: CreateFlags): void {
  if (record.live !== null) fail('OPERATION_INVALID', 'domain is already running');
  const path = managedPath(record);
  if (daemon.backend.fs.exists(path)) {
    if (flags.forceBoot === true) discard(daemon, path);
    else {
      restoreFrom(
        daemon,
        record,
        imageOf(daemon, path),
        flags.paused === true ? { paused: true } : {},
      );
      discard(daemon, path);
      return;
    }
  }
  boot(daemon, record, flags);
}

export function boot(daemon: Daemon, record: DomainRecord, flags: CreateFlags): void {
  const paused = flags.paused === true;
  start(daemon, record, { paused, reason: 'booted' });
  record.autodestroy = flags.autodestroy === true;
  // The machine tells that it goes on before libvirt tells that it was started.
  if (!paused) daemon.lifecycle(record, 'Resumed Unpaused');
  daemon.lifecycle(record, 'Started Booted');
  if (paused) daemon.lifecycle(record, 'Suspended Paused');
}

/** A domain is gone from the host; a transient one is gone for good. */
export function stopped(
  daemon: Daemon,
  record: DomainRecord,
  reason: string,
  event: string,
  state: 'shut off' | 'crashed' = 'shut off',
): void {
  daemon.consoles.get(record.uuid)?.();
  daemon.lifecycle(record, `Stopped ${event}`);
  record.live = null;
  record.state = state;
  record.reason = reason;
  record.autodestroy = false;
  daemon.log(record, `shutting down, reason=${reason}`);
  if (!record.persistent) daemon.state.domains.delete(record.uuid);
}

export function destroy(daemon: Daemon, record: DomainRecord): void {
  const { pid } = daemon.running(record);
  daemon.backend.stop(pid);
  daemon.lifecycle(record, 'Shutdown Finished after host request');
  stopped(daemon, record, 'destroyed', 'Destroyed');
}

/** What a guest did by itself: its actions are those of the definition. */
export function noticed(daemon: Daemon, record: DomainRecord, notice: Notice): void {
  const live = daemon.running(record);
  const action = (name: string): string => textOf(first(live.definition, name));
  if (notice === 'balloon') {
    daemon.emit(record, 'balloon-change', `: ${daemon.balloon(record)}KiB`);
  } else if (notice === 'reset') {
    daemon.emit(record, 'reboot', '');
    if (action('on_reboot') === 'destroy') {
      daemon.backend.stop(live.pid);
      stopped(daemon, record, 'shutdown', 'Shutdown');
    }
  } else if (notice === 'shutdown') {
    if (live.reboots || action('on_poweroff') === 'restart') {
      live.reboots = false;
      daemon.backend.reset(live.pid);
      daemon.emit(record, 'reboot', '');
      return;
    }
    daemon.backend.stop(live.pid);
    daemon.lifecycle(record, 'Shutdown Finished after guest request');
    stopped(daemon, record, 'shutdown', 'Shutdown');
  } else {
    const crash = action('on_crash');
    daemon.lifecycle(record, 'Crashed Panicked');
    if (crash === 'preserve') {
      record.state = 'crashed';
      record.reason = 'panicked';
    } else if (crash === 'restart') daemon.backend.reset(live.pid);
    else {
      daemon.backend.stop(live.pid);
      stopped(daemon, record, 'crashed', 'Crashed');
    }
  }
}

/** The way a shutdown or reboot takes; an agent is never there. */
function press(daemon: Daemon, record: DomainRecord, flags: PowerFlags, call: string): void {
  const unknown = (flags.initctl ? 4 : 0) + (flags.signal ? 8 : 0) + (flags.paravirt ? 16 : 0);
  if (unknown > 0)
    fail('BAD_ARG', `unsupported flags (0x${unknown.toString(16)}) in function ${call}`);
  const live = daemon.running(record);
  // A guest that is held hears no button; a reboot waits for it.
  if (call === 'qemuDomainShutdownFlags' && record.state !== 'running') {
    fail('OPERATION_INVALID', 'domain is not running');
  }
  if (flags.agent === true && flags.acpi !== true) agent(record);
  live.reboots = call === 'qemuDomainReboot';
  daemon.backend.powerButton(live.pid);
}

/** No guest of this host runs an agent. */
export function agent(record: DomainRecord): never {
  if (record.state !== 'running') fail('OPERATION_INVALID', 'domain is not running');
  const has = elements(first(record.live?.definition ?? record.config, 'devices'), 'channel').some(
    (channel) => first(channel, 'target')?.attributes.name === 'org.qemu.guest_agent.0',
  );
  if (!has) fail('ARGUMENT_UNSUPPORTED', 'QEMU guest agent is not configured');
  return fail('AGENT_UNRESPONSIVE', 'QEMU guest agent is not connected');
}

export const shutdown = (daemon: Daemon, record: DomainRecord, flags: PowerFlags): void =>
  press(daemon, record, flags, 'qemuDomainShutdownFlags');
export const reboot = (daemon: Daemon, record: DomainRecord, flags: PowerFlags): void =>
  press(daemon, record, flags, 'qemuDomainReboot');

export function reset(daemon: Daemon, record: DomainRecord): void {
  daemon.backend.reset(daemon.running(record).pid);
  daemon.emit(record, 'reboot', '');
}

export function suspend(daemon: Daemon, record: DomainRecord, reason = 'user'): void {
  const live = daemon.running(record);
  if (record.state === 'paused') return;
  daemon.backend.pause(live.pid);
  record.state = 'paused';
  record.reason = reason;
  daemon.lifecycle(record, 'Suspended Paused');
}

export function resume(daemon: Daemon, record: DomainRecord, reason = 'unpaused'): void {
  const live = daemon.running(record);
  if (record.state === 'running') fail('OPERATION_INVALID', 'domain is already running');
  daemon.backend.resume(live.pid);
  live.begun = true;
  record.state = 'running';
  record.reason = reason;
  daemon.lifecycle(record, 'Resumed Unpaused');
}

export function undefine(daemon: Daemon, record: DomainRecord, flags: UndefineFlags): void {
  const invalid = (text: string): never => fail('OPERATION_INVALID', text);
  if (!record.persistent) invalid('cannot undefine transient domain');
  const count = record.snapshots.size;
  if (record.live === null && count > 0) {
    if (flags.snapshotsMetadata !== true) {
      invalid(`cannot delete inactive domain with ${count} snapshots`);
    }
    record.snapshots.clear();
  }
  const path = managedPath(record);
  if (daemon.backend.fs.exists(path)) {
    if (flags.managedSave !== true) {
      invalid('Refusing to undefine while domain managed save image exists');
    }
    discard(daemon, path);
  }
  daemon.unstore(record);
  record.autostart = false;
  record.persistent = false;
  daemon.lifecycle(record, 'Undefined Removed');
  if (record.live === null) daemon.state.domains.delete(record.uuid);
}

export function setAutostart(daemon: Daemon, record: DomainRecord, on: boolean): void {
  if (!record.persistent) {
    fail('OPERATION_INVALID', 'cannot set autostart for transient domain');
  }
  if (record.autostart === on) return;
  record.autostart = on;
  if (on) daemon.link(record);
  else daemon.unlink(daemon.autostartLink(record));
}

/** virDomainRename(). */
export function rename(daemon: Daemon, record: DomainRecord, name: string): void {
  const invalid = (text: string): never => fail('OPERATION_INVALID', text);
  if (record.live !== null) invalid('cannot rename active domain');
  if (!record.persistent) invalid('cannot rename a transient domain');
  if (daemon.backend.fs.exists(managedPath(record))) {
    invalid("domain with a managed saved state can't be renamed");
  }
  if (record.snapshots.size > 0) invalid('cannot rename domain with snapshots');
  if (name === '') fail('BAD_ARG', 'new_name in virDomainRename must not be an empty string');
  if (name.includes('/')) fail('XML_ERROR', `name ${name} cannot contain '/'`);
  if (name === record.name) invalid("Can't rename domain to itself");
  if (daemon.domains.some((other) => other.name === name)) {
    invalid(`domain with name '${name}' already exists`);
  }
  const { autostart } = record;
  daemon.unstore(record);
  daemon.lifecycle(record, 'Undefined Renamed');
  record.name = name;
  place(record.config, '', element('name', {}, name));
  daemon.store(record);
  if (autostart) daemon.link(record);
  daemon.lifecycle(record, 'Defined Renamed');
}
