import { FileSystem } from '../../../src/console/fs/file-system.ts';
import type { FileState } from '../../../src/console/fs/file-system.ts';
import { Errno } from '../../../src/console/os/errno.ts';
import type { Process, Program, Tool } from '../../../src/console/os/process.ts';
import { Scheduler } from '../../../src/console/os/scheduler.ts';
import { callbackSink, held, textSource } from '../../../src/console/os/stream.ts';
import type { System } from '../../../src/console/os/system.ts';
import { TOOLS as TEXT } from '../../../src/console/tools/text/index.ts';

/** A system of memory only, for the text tools: a root folder, /tmp, a plain shell. */

export interface Result {
  stdout: string;
  stderr: string;
  status: number;
}

export function textSystem(files: Readonly<Record<string, string>> = {}): System {
  const state: FileState = { next: 2, inodes: new Map(), mounts: [] };
  state.inodes.set(1, {
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: 0,
    nlink: 2,
    entries: new Map(),
  });
  state.mounts.push({ target: '/', source: 'root', type: 'ext4', options: 'rw', root: 1 });
  const clock = { now: 0, wall: 1_700_000_000_000, advance: () => undefined };
  const fs = new FileSystem(state, {
    wall: () => clock.wall,
    virtual: () => {
      throw new Errno('ENOENT');
    },
    device: () => null,
    uid: 0,
  });
  fs.mkdir('/tmp', '/');
  fs.mkdir('/work', '/');
  for (const [name, text] of Object.entries(files)) {
    const parts = name.split('/').slice(0, -1);
    parts.forEach((_, at) => {
      const folder = `/work/${parts.slice(0, at + 1).join('/')}`;
      if (!fs.exists(folder)) fs.mkdir(folder, '/');
    });
    fs.write(`/work/${name}`, text);
  }
  const tools = new Map<string, Tool>(Object.entries(TEXT));
  tools.set('/usr/bin/sh', shell);
  const scheduler = new Scheduler(100);
  return {
    uname: { sysname: 'Linux', nodename: 'test', release: '', version: '', machine: 'x86_64' },
    clock,
    fs,
    scheduler,
    calls: {} as System['calls'],
    tools,
    users: new Map(),
    groups: new Map(),
    get processes() {
      return scheduler.processes;
    },
  };
}

/** Of a shell just so much as the cases need: `echo`, `exit`, `cat`, tools, and lists of these with `;`. */
function* shell(process: Process): Program {
  let status = 0;
  for (const part of (process.args[1] ?? '').split(/\s*;\s*/)) {
    const [name = '', ...args] = part.trim().split(/\s+/);
    if (name === 'echo') process.print(`${args.join(' ').replace(/["']/g, '')}\n`);
    else if (name === 'exit') return Number(args[0] ?? status);
    else {
      const tool = process.system.tools.get(`/usr/bin/${name}`);
      if (tool === undefined) {
        process.warn(`sh: 1: ${name}: not found\n`);
        status = 127;
        continue;
      }
      const child = process.system.scheduler.start(tool, {
        system: process.system,
        argv: [name, ...args],
        parent: process,
        env: process.env,
        cwd: process.cwd,
        umask: 0o22,
        fds: process.fds,
      });
      status = yield* process.wait(child);
    }
  }
  return status;
}

/** Runs one tool to its end. */
export function runTool(
  system: System,
  argv: readonly string[],
  stdin = '',
  env: ReadonlyMap<string, string> = new Map(),
  onWrite: (text: string) => void = () => undefined,
): Result {
  const out: string[] = [];
  const err: string[] = [];
  const tool = system.tools.get(`/usr/bin/${argv[0] ?? ''}`);
  if (tool === undefined) throw new Error(`no tool ${argv[0] ?? ''}`);
  const process = system.scheduler.start(tool, {
    system,
    argv,
    parent: null,
    env,
    cwd: '/work',
    umask: 0o22,
    fds: new Map([
      [0, held({ source: textSource(stdin), sink: null, name: 'stdin' })],
      [
        1,
        held({
          source: null,
          sink: callbackSink((text) => {
            out.push(text);
            onWrite(text);
          }),
          name: 'stdout',
        }),
      ],
      [2, held({ source: null, sink: callbackSink((text) => err.push(text)), name: 'stderr' })],
    ]),
  });
  for (let rounds = 0; process.status === null && rounds < 1000; rounds++) {
    if (system.scheduler.run(10_000).state === 'idle') break;
  }
  return { stdout: out.join(''), stderr: err.join(''), status: process.status ?? -1 };
}
