import { Errno } from '../os/errno.ts';
import type { Daemon } from './daemon.ts';
import { atRest } from './domain/live.ts';
import { fail } from './errors.ts';
import { reset, resume, stopped, suspend } from './lifecycle.ts';
import { completed, passed } from './migration.ts';
import { start } from './start.ts';
import type { DomainRecord } from './state.ts';
import { formatXml } from './xml/format.ts';
import { first, textOf } from './xml/node.ts';
import type { Element } from './xml/node.ts';

/** Saved domains: their files, going back to them, and dumps of their memory (qemu_saveimage.c). */

const MAGIC = 'LibvirtQemudSave';
/** Characters of a file in which the header and the document lie. */
const HEAD = 262_144;
/** What an ELF dump has besides the memory, bytes. */
const ELF_HEAD = 263_331;

export interface Image {
  path: string;
  image: number;
  running: boolean;
  bytes: number;
  xml: string;
}
export interface RunFlags {
  running?: boolean;
  paused?: boolean;
}

export const managedPath = (record: DomainRecord): string =>
  `/var/lib/libvirt/qemu/save/${record.name}.save`;

/** Of the two ways to go on at most one may be asked for. */
export function oneWay(flags: RunFlags): void {
  if (flags.running === true && flags.paused === true) {
    fail(
      'BAD_ARG',
      "Flags 'VIR_DOMAIN_SAVE_RUNNING' and 'VIR_DOMAIN_SAVE_PAUSED' are mutually exclusive",
    );
  }
}

function writeImage(daemon: Daemon, { path, image, running, bytes, xml }: Image): void {
  const { fs } = daemon.backend;
  daemon.write(path, () => {
    fs.write(path, '', '/', 0o600);
    const text = `${MAGIC}\0${image} ${running ? 1 : 0} ${bytes}\0${xml}\0`;
    fs.setContent(path, '/', [{ text }, { opaque: bytes }]);
  });
}

/** Reads a saved file's head. */
export function imageOf(daemon: Daemon, path: string): Image {
  let head: string;
  try {
    const file = daemon.backend.fs.open(path, '/', { read: true });
    head = file.read(HEAD) ?? '';
    file.open.close();
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail('SYSTEM_ERROR', `Failed to open file '${path}': ${error.message}`);
  }
  if (head.length < MAGIC.length) fail('OPERATION_FAILED', 'failed to read qemu header');
  const [magic, numbers = '', xml = ''] = head.split('\0');
  if (magic !== MAGIC) fail('OPERATION_FAILED', 'image magic is incorrect');
  const [image = 0, running = 0, bytes = 0] = numbers.split(' ').map(Number);
  return { path, image, running: running === 1, bytes, xml };
}

/** Takes a saved file away, with the machine's image. */
export function discard(daemon: Daemon, path: string): void {
  try {
    daemon.backend.dropImage(imageOf(daemon, path).image);
  } finally {
    daemon.unlink(path);
  }
}

/** virDomainSaveFlags() and virDomainManagedSave(): the machine's image goes to a file, and the domain ends. */
export function save(
  daemon: Daemon,
  record: DomainRecord,
  path: string,
  flags: RunFlags & { xml?: string },
): void {
  oneWay(flags);
  const live = daemon.running(record);
  const running = flags.running === true || (flags.paused !== true && record.state === 'running');
  // The size of the balloon now is what a restored domain begins with.
  daemon.describe(record, false, true);
  const xml = flags.xml ?? formatXml(atRest(live.definition, first(record.config, 'cpu')));
  const wasRunning = record.state === 'running';
  suspend(daemon, record, 'saving');
  const { image, bytes } = daemon.backend.save(live.pid);
  try {
    writeImage(daemon, { path, image, running, bytes, xml });
  } catch (problem) {
    // Without a file the domain goes on.
    daemon.backend.dropImage(image);
    if (wasRunning) resume(daemon, record, 'save canceled');
    throw problem;
  }
  passed(daemon, record, 1);
  passed(daemon, record, 2);
  completed(daemon, record, 'save');
  daemon.backend.stop(live.pid);
  stopped(daemon, record, 'saved', 'Saved');
}

export function managedSave(daemon: Daemon, record: DomainRecord, flags: RunFlags): void {
  daemon.running(record);
  if (!record.persistent) {
    fail('OPERATION_INVALID', 'cannot do managed save for transient domain');
  }
  save(daemon, record, managedPath(record), flags);
}

/** Starts a domain from an image. */
export function restoreFrom(
  daemon: Daemon,
  record: DomainRecord,
  { image, running, xml }: Image,
  flags: RunFlags,
): void {
  const paused = flags.paused === true || (flags.running !== true && !running);
  const definition = daemon.read(xml);
  start(daemon, record, { paused, reason: 'restored', image, definition });
  // What comes in from a file is a migration to QEMU, and so it is held (qemuProcessStart()).
  if (paused) record.reason = 'migrating';
  daemon.lifecycle(record, 'Started Restored');
  daemon.lifecycle(record, paused ? 'Suspended Restored' : 'Resumed Snapshot');
}

/** virDomainRestoreFlags(). */
export function restore(daemon: Daemon, path: string, flags: RunFlags & { xml?: string }): void {
  oneWay(flags);
  const image = imageOf(daemon, path);
  const xml = flags.xml ?? image.xml;
  const definition = daemon.read(xml);
  if (flags.xml !== undefined) mustBeSame(definition, daemon.read(image.xml));
  const record = daemon.admit(definition, true) ?? daemon.add(definition, false);
  restoreFrom(daemon, record, { ...image, xml }, flags);
}

/** Replaces the document in a saved file; what the guest sees must stay. */
export function redefineImage(daemon: Daemon, path: string, xml: string, flags: RunFlags): void {
  oneWay(flags);
  const image = imageOf(daemon, path);
  const definition = daemon.read(xml);
  mustBeSame(definition, daemon.read(image.xml));
  const running = flags.running === true || (flags.paused !== true && image.running);
  writeImage(daemon, { ...image, running, xml: formatXml(definition) });
}

/** virDomainDefCheckABIStability(), as far as it is told here. */
function mustBeSame(definition: Element, old: Element): void {
  for (const [name, what] of [
    ['uuid', 'Target domain uuid'],
    ['name', 'Target domain name'],
    ['memory', 'Target domain max memory'],
  ] as const) {
    const [now, before] = [textOf(first(definition, name)), textOf(first(old, name))];
    if (now === before) continue;
    const quote = name === 'name' ? "'" : '';
    const last = name === 'memory' ? '' : ' source';
    fail(
      'CONFIG_UNSUPPORTED',
      `${what} ${quote}${now}${quote} does not match${last} ${quote}${before}${quote}`,
    );
  }
}

/** virDomainCoreDumpWithFormat(): a file as large as the memory. */
export function coreDump(
  daemon: Daemon,
  record: DomainRecord,
  path: string,
  flags: {
    live?: boolean;
    crash?: boolean;
    reset?: boolean;
    memoryOnly?: boolean;
    format?: string;
  },
): void {
  for (const [one, other] of [
    ['crash', 'live'],
    ['crash', 'reset'],
    ['live', 'reset'],
  ] as const) {
    if (flags[one] === true && flags[other] === true) {
      const names = [one, other].map((name) => `'VIR_DUMP_${name.toUpperCase()}'`);
      fail('BAD_ARG', `Flags ${names.join(' and ')} are mutually exclusive`);
    }
  }
  const live = daemon.running(record);
  const { fs } = daemon.backend;
  const memory = Number(textOf(first(live.definition, 'memory'))) * 1024;
  const wasRunning = record.state === 'running';
  const migrates = flags.memoryOnly !== true;
  if (flags.format === 'win-dmp') {
    const words = 'win-dump: invalid vmcoreinfo note size';
    fail('OPERATION_FAILED', `memory-only dump failed: ${words}`);
  }
  const packed = (flags.format ?? 'elf') !== 'elf';
  // With --live a migration holds the guest in its last pass only.
  if (migrates && flags.live === true) passed(daemon, record, 1);
  if (wasRunning) suspend(daemon, record, 'dumping');
  const write = (): void => {
    fs.write(path, '', '/', 0o600);
    const head = flags.memoryOnly === true ? '\x7fELF' : 'LibvirtQemudSave';
    const bytes = packed ? Math.floor(memory / 8) : memory + ELF_HEAD;
    fs.setContent(path, '/', [{ text: head }, { opaque: bytes - head.length }]);
  };
  try {
    daemon.write(path, write);
    if (migrates) {
      if (flags.live !== true) passed(daemon, record, 1);
      passed(daemon, record, 2);
      completed(daemon, record, 'dump');
    }
    if (flags.reset === true) reset(daemon, record);
  } finally {
    if (wasRunning && flags.crash !== true) resume(daemon, record);
  }
  if (flags.crash === true) {
    daemon.backend.stop(live.pid);
    stopped(daemon, record, 'crashed', 'Crashed');
  }
}
