import { FileSystem } from '../../../src/console/fs/file-system.ts';
import type { Connection, Domain, Open } from '../../../src/console/libvirt/api.ts';
import { LibvirtError } from '../../../src/console/libvirt/errors.ts';
import { Scheduler } from '../../../src/console/os/scheduler.ts';
import { callbackSink, held, textSource } from '../../../src/console/os/stream.ts';
import type { Source } from '../../../src/console/os/stream.ts';
import type { System } from '../../../src/console/os/system.ts';
import type { Tool } from '../../../src/console/os/process.ts';
import { virsh } from '../../../src/console/virsh/virsh.ts';

/** What one run of virsh printed, and how it ended. */
export interface Run {
  stdout: string;
  stderr: string;
  exit: number;
}

export interface Setting {
  connection?: Connection;
  open?: Open;
  env?: Record<string, string>;
  stdin?: Source;
  files?: Record<string, string>;
  tools?: Record<string, Tool>;
  /** Something to do whenever nobody can go on; false ends the run by Ctrl-C. */
  idle?: (system: System) => boolean;
}

export function makeSystem(setting: Setting): System {
  const clock = {
    now: 0,
    get wall() {
      return Date.UTC(2026, 10, 23) + this.now;
    },
    advance(milliseconds: number) {
      this.now += milliseconds;
    },
  };
  const fs = new FileSystem(
    {
      next: 2,
      inodes: new Map([
        [
          1,
          {
            type: 'directory',
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: 0,
            nlink: 2,
            entries: new Map(),
          },
        ],
      ]),
      mounts: [{ target: '/', source: '/dev/vda1', type: 'ext4', options: 'rw', root: 1 }],
    },
    {
      wall: () => clock.wall,
      virtual: () => ({ type: 'directory', list: () => [], get: () => null }),
      device: () => null,
      uid: 0,
    },
  );
  for (const folder of ['/tmp', '/root', '/bin']) fs.mkdir(folder, '/', 0o755);
  const tools = new Map(Object.entries(setting.tools ?? {}));
  for (const path of tools.keys()) fs.write(path, '', '/', 0o755);
  for (const [path, text] of Object.entries(setting.files ?? {})) fs.write(path, text);
  const scheduler = new Scheduler(800);
  return { clock, fs, scheduler, tools } as unknown as System;
}

/** Runs `virsh` with these arguments to its end. */
export function run(args: readonly string[], setting: Setting = {}): Run {
  const system = makeSystem(setting);
  return runOn(system, args, setting);
}

export function runOn(system: System, args: readonly string[], setting: Setting = {}): Run {
  const result: Run = { stdout: '', stderr: '', exit: -1 };
  const { connection } = setting;
  const open: Open =
    setting.open ??
    ((uri) => {
      if (connection !== undefined) return connection;
      throw new LibvirtError('NO_CONNECT', uri ?? 'nothing');
    });
  const process = system.scheduler.start(virsh(open), {
    system,
    argv: ['virsh', ...args],
    parent: null,
    env: new Map(Object.entries({ PATH: '/bin', HOME: '/root', ...setting.env })),
    cwd: '/root',
    umask: 0o022,
    fds: new Map([
      [0, held({ source: setting.stdin ?? textSource(''), sink: null, name: 'stdin' })],
      [1, held({ source: null, sink: callbackSink((text) => (result.stdout += text)), name: '1' })],
      [2, held({ source: null, sink: callbackSink((text) => (result.stderr += text)), name: '2' })],
    ]),
  });
  for (let turns = 0; process.status === null && turns < 1000; turns++) {
    const progress = system.scheduler.run(100_000);
    if (progress.state === 'asleep') system.clock.advance(progress.until - system.clock.now);
    if (progress.state === 'idle' && process.status === null && setting.idle?.(system) !== true) {
      system.scheduler.signal({ process }, 'INT');
    }
  }
  result.exit = process.status ?? -1;
  return result;
}

/** An object that has only these members; asking for another one is an error of the test. */
export function only<Type extends object>(members: Partial<Type>): Type {
  return new Proxy(members, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name) as unknown;
      throw new Error(`not part of this test: ${String(name)}`);
    },
  }) as Type;
}

export const UUID = '6695eb01-f6a4-8304-79aa-97f2502e193f';

/** A domain `test`, number 1, with what a test adds. */
export const someDomain = (members: Partial<Domain> = {}): Domain =>
  only<Domain>({
    name: 'test',
    uuid: UUID,
    getID: () => 1,
    isActive: () => true,
    isPersistent: () => true,
    getState: () => ({ state: 'running', reason: 'booted' }),
    hasManagedSaveImage: () => false,
    listAllSnapshots: () => [],
    ...members,
  });

/** A connection with these domains. */
export function withDomains(
  domains: readonly Domain[],
  members: Partial<Connection> = {},
): Connection {
  const find = (test: (domain: Domain) => boolean, what: string): Domain => {
    const found = domains.find(test);
    if (found === undefined) throw new LibvirtError('NO_DOMAIN', what);
    return found;
  };
  return only<Connection>({
    isAlive: () => true,
    close: () => undefined,
    lookupByName: (name) => find((domain) => domain.name === name, name),
    lookupByID: (id) => find((domain) => domain.getID() === id, String(id)),
    lookupByUUIDString: (uuid) => find((domain) => domain.uuid === uuid, uuid),
    listAllDomains: () => [...domains],
    ...members,
  });
}
