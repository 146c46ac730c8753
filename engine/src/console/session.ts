import type { Kvm } from '../kvm/kvm.ts';
import type { HostConfig } from './host/config.ts';
import { Host } from './host/host.ts';
import { Pipe } from './os/stream.ts';
import type { Open } from './os/stream.ts';
import type { Process, Program, Tool } from './os/process.ts';
import type { HostState } from './host/state.ts';
import type { Progress } from './os/scheduler.ts';
import { Terminal } from './os/terminal.ts';
import type { Parts } from './parts.ts';
import { bashOf, completeness } from './shell/index.ts';
import { guestToolsOf, toolsOf } from './tools/index.ts';

/**
 * A console: a host, and somebody who types commands on it. `run` takes one command after the other, as a
 * script does; `interact` opens a shell on a terminal.
 */

/** What a command printed and how it ended. */
export interface Answer {
  stdout: string;
  stderr: string;
  exit: number;
}

/** What a command may not go beyond; then it is stopped, with a word on stderr. */
export interface Bounds {
  /** Milliseconds on the simulated clock. */
  time: number;
  /** Characters of output. */
  output: number;
}
const BOUNDS: Bounds = { time: 3_600_000, output: 4_000_000 };

/** Turns that programs get before the one who waits looks again. */
const SLICE = 2000;
/** Time passes in steps of at most this, so that what happens meanwhile is noticed (milliseconds). */
const STEP_MS = 100;

/** Links to the domains that start with the host. */
const AUTOSTART = '/etc/libvirt/qemu/autostart';

const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  TERM: 'xterm',
};

/** A terminal, and the shell that somebody types at. After a restart of the host it is another shell. */
export interface Seat {
  readonly terminal: Terminal;
  shell: Process;
}

export class Console {
  readonly #bash: Tool;
  #host: Host;
  /** What starts the system; null on a host that was up when the console was opened. */
  #booting: Process | null = null;
  /** Logical volumes were active before the host was restarted. */
  #hadMapped = false;
  readonly #seats: (Seat & { env: Readonly<Record<string, string>> })[] = [];
  readonly kvm: Kvm;
  readonly parts: Parts;

  /** Where libvirt's code is here already, throws an `InputError` that names the domain it refuses. */
  constructor(kvm: Kvm, config: HostConfig, parts: Parts) {
    this.kvm = kvm;
    this.parts = parts;
    this.#bash = bashOf(parts.shell);
    this.#host = this.#boot(config, null);
    this.#startLibvirt();
  }

  /** Another after each restart. */
  get host(): Host {
    return this.#host;
  }

  #boot(config: HostConfig, before: { state: HostState; wall: number } | null): Host {
    const tools = toolsOf(this.parts, () => this.#startLibvirt());
    const host = new Host(this.kvm, config, tools, before);
    return host;
  }

  /**
   * A host that was told to restart does so: what runs on it ends, it boots from its disks, and at each terminal
   * there is a new shell. False where it was switched off.
   */
  #power(): boolean {
    const old = this.#host;
    const { powered } = old.state;
    for (const process of old.scheduler.processes) {
      process.stays = false;
      old.scheduler.signal({ process }, 'KILL');
    }
    while (old.scheduler.processes.length > 0) old.scheduler.run(SLICE);
    if (powered === 'off') return false;
    this.#hadMapped = old.state.mapped.size > 0;
    // What was defined once is on the disk now.
    const domains = old.libvirt === undefined ? old.config.domains : [];
    this.#host = this.#boot({ ...old.config, domains }, { state: old.state, wall: old.clock.wall });
    const init = (this.#booting = this.#host.scheduler.start(this.#init, {
      system: this.#host,
      argv: ['init'],
      parent: null,
      env: new Map(Object.entries(ENVIRONMENT)),
      cwd: '/',
      umask: 0o022,
      fds: new Map(),
    }));
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a generator has no `this` of its own
    const session = this;
    for (const seat of this.#seats) {
      this.#sit(seat, function* (process) {
        while (init.status === null) yield { ready: () => init.status !== null };
        const result = session.#bash(process);
        return typeof result === 'number' ? result : yield* result;
      });
    }
    return true;
  }

  // What systemd does: modules, the kernel's settings, file systems, swap areas, and libvirtd's own domains.
  readonly #init: Tool = (process) => {
    const { parts } = this;
    const host = this.#host;
    const start = (line: string): Process =>
      host.scheduler.start(this.#bash, {
        system: host,
        argv: ['bash', '-c', `{ ${line}; } > /dev/null 2>&1`],
        parent: process,
        env: process.env,
        cwd: '/',
        umask: 0o022,
        fds: new Map(),
      });
    return (function* (session: Console): Program {
      for (const line of [
        ...host.bootModules.map((name) => `modprobe ${name}`),
        'sysctl --system',
        ...(session.#hadMapped ? ['vgchange -ay'] : []),
        'mount -a',
        'swapon -a',
      ]) {
        yield* process.wait(start(line));
      }
      if (!host.fs.exists(AUTOSTART) || host.fs.list(AUTOSTART, '/').length === 0) return 0;
      if (parts.libvirt.code === null) yield parts.libvirt.awaited;
      session.#startLibvirt();
      if (host.libvirt !== undefined) parts.libvirt.code?.autostart(host.libvirt);
      return 0;
    })(this);
  };

  // As its socket has it in systemd: the daemon starts when somebody wants to speak to it.
  #startLibvirt(): void {
    const { host } = this;
    const { code } = this.parts.libvirt;
    if (code === null || host.libvirt !== undefined) return;
    host.libvirt = code.startDaemon(host, guestToolsOf(host.tools));
  }

  /** Starts a shell with arguments; it holds these open. */
  #shell(
    args: readonly string[],
    fds: Map<number, Open>,
    env: Readonly<Record<string, string>>,
    program: Tool = this.#bash,
  ): Process {
    this.host.scheduler.renew();
    return this.host.scheduler.start(program, {
      system: this.host,
      argv: ['bash', ...args],
      parent: null,
      env: new Map([...Object.entries(ENVIRONMENT), ...Object.entries(env)]),
      cwd: '/root',
      umask: 0o022,
      fds,
    });
  }

  /**
   * Runs one command line, as `bash -c` does, to its end. What it started in the background goes on; what that
   * prints later is lost.
   */
  run(
    line: string,
    options: { env?: Readonly<Record<string, string>>; bounds?: Partial<Bounds> } = {},
  ): Answer {
    const bounds = { ...BOUNDS, ...options.bounds };
    const [out, err, input] = [new Pipe(), new Pipe(), new Pipe()];
    const ends = {
      input: input.openForWriting(),
      stdin: input.openForReading(),
      stdout: out.openForWriting(),
      stderr: err.openForWriting(),
      out: out.openForReading(),
      err: err.openForReading(),
    };
    ends.input.close();
    const shell = this.#shell(
      ['-c', line],
      new Map([
        [0, ends.stdin],
        [1, ends.stdout],
        [2, ends.stderr],
      ]),
      options.env ?? {},
    );
    ends.stdin.close();
    ends.stdout.close();
    ends.stderr.close();
    let [stdout, stderr] = ['', ''];
    const drain = (): void => {
      stdout += drained(out);
      stderr += drained(err);
    };
    const end = this.host.clock.now + bounds.time;
    let stopped = '';
    while (shell.status === null) {
      const progress = this.step(end);
      drain();
      if (shell.status !== null) break;
      if (progress === 'stuck') stopped = 'it waits for input that nobody gives';
      else if (this.host.clock.now >= end)
        stopped = `it took ${bounds.time / 1000} simulated seconds`;
      else if (stdout.length + stderr.length > bounds.output) stopped = 'it printed too much';
      if (stopped !== '' && shell.status === null) {
        this.host.scheduler.signal({ group: shell.group }, 'KILL');
        this.host.scheduler.run(SLICE);
        drain();
        break;
      }
    }
    drain();
    ends.out.close();
    ends.err.close();
    if (stopped !== '') stderr += `pagewalk: the command was stopped: ${stopped}\n`;
    return { stdout, stderr, exit: shell.status ?? 137 };
  }

  /**
   * Runs a script in one shell, so that variables last: each command as soon as it is whole, with what it
   * printed.
   */
  *script(text: string, bounds: Bounds = BOUNDS): Generator<Answer & { cmd: string }> {
    let seat = this.#scripted();
    let on = this.host;
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    let command = '';
    for (const [index, line] of lines.entries()) {
      command += `${line}\n`;
      const last = index === lines.length - 1;
      if (!last && completeness(command) === 'unfinished') continue;
      const cmd = command.trimEnd();
      command = '';
      if (cmd.trim() === '' || /^\s*#[^\n]*$/.test(cmd)) continue;
      this.host.scheduler.renew();
      // The host was restarted meanwhile: the next command is typed at a new shell.
      if (on !== this.host) {
        seat.close();
        on = this.host;
        while (this.#booting?.status === null) this.step();
        seat = this.#scripted();
      }
      const { shell, typed, out, err } = seat;
      // The shell says by its own means when it is done, and how that ended.
      typed.sink?.write(`${cmd}\n`);
      const end = this.host.clock.now + bounds.time;
      let [stdout, stderr] = ['', ''];
      const drain = (): void => {
        stdout += drained(out);
        stderr += drained(err);
      };
      shell.idle = false;
      let stopped = '';
      while (shell.status === null && !shell.idle && stopped === '') {
        const progress = this.step(end);
        drain();
        if (shell.idle || shell.status !== null) break;
        if (progress === 'stuck') stopped = 'it waits for input that nobody gives';
        else if (this.host.clock.now >= end)
          stopped = `it took ${bounds.time / 1000} simulated seconds`;
        else if (stdout.length + stderr.length > bounds.output) stopped = 'it printed too much';
      }
      drain();
      if (stopped !== '') {
        for (const process of this.host.processes) {
          if (process !== shell) this.host.scheduler.signal({ process }, 'KILL');
        }
        this.host.scheduler.run(SLICE);
        drain();
        stderr += `pagewalk: the command was stopped: ${stopped}\n`;
      }
      const restarted = on !== this.host;
      yield { cmd, stdout, stderr, exit: restarted ? 0 : (shell.status ?? shell.lastStatus) };
      if (shell.status !== null && !restarted) break;
    }
    seat.close();
  }

  /** A shell that reads a script, piece by piece. */
  #scripted() {
    const [out, err, input] = [new Pipe(), new Pipe(), new Pipe()];
    const typed = input.openForWriting();
    const ends = [input.openForReading(), out.openForWriting(), err.openForWriting()] as const;
    const held = [typed, out.openForReading(), err.openForReading()];
    const shell = this.#shell(['-s'], new Map(ends.map((open, fd) => [fd, open])), {});
    shell.stays = true;
    for (const open of ends) open.close();
    return {
      shell,
      typed,
      out,
      err,
      close: () => {
        for (const open of held) open.close();
      },
    };
  }

  /**
   * Lets programs run a while, or time pass where all of them wait. `stuck`: nothing will ever happen, or not
   * before code is here that is still fetched.
   */
  step(until = Number.POSITIVE_INFINITY): 'moved' | 'stuck' {
    const progress: Progress = this.turn(SLICE);
    if (progress.state === 'busy') return 'moved';
    if (progress.state === 'fetching') return 'stuck';
    const { now } = this.host.clock;
    const wake = progress.state === 'asleep' ? progress.until : this.host.machines.nextEvent;
    if (wake === null || now >= until) return now >= until ? 'moved' : 'stuck';
    this.host.clock.advance(Math.max(10, Math.min(STEP_MS, wake - now, until - now)));
    return 'moved';
  }

  /** Lets so much time pass. What is left of it, if code has to be fetched first (milliseconds). */
  wait(milliseconds: number): number {
    let left = milliseconds;
    while (left > 0) {
      if (this.turn(SLICE).state === 'fetching') return left;
      const step = Math.max(10, Math.min(STEP_MS, left));
      this.host.clock.advance(step);
      left -= step;
    }
    this.turn(SLICE);
    return 0;
  }

  /** Lets programs run, at most so many turns; a host that was told to restart has done so then. */
  turn(turns: number): Progress {
    const progress = this.host.scheduler.run(turns);
    if (this.host.state.powered === 'on') return progress;
    return this.#power() ? { state: 'busy' } : { state: 'idle' };
  }

  /** A command on a terminal; what it shows goes to `show`. The process is still to be run. */
  interact(
    show: (text: string) => void,
    command: string | null = null,
    env: Readonly<Record<string, string>> = {},
  ): Seat {
    const terminal = new Terminal(show, () => this.interrupt(seat.shell));
    const seat: Seat = this.#sit({ terminal, env }, this.#bash, command);
    if (command === null)
      this.#seats.push(seat as Seat & { env: Readonly<Record<string, string>> });
    return seat;
  }

  #sit<Place extends Pick<Seat, 'terminal'> & { env: Readonly<Record<string, string>> }>(
    place: Place,
    program: Tool,
    command: string | null = null,
  ): Place & Seat {
    const { terminal, env } = place;
    const open = terminal.open();
    const errors = terminal.openForErrors();
    const shell = this.#shell(
      command === null ? ['-i'] : ['-c', command],
      new Map([
        [0, open],
        [1, open],
        [2, errors],
      ]),
      env,
      program,
    );
    shell.terminal = terminal;
    shell.stays = command === null;
    open.close();
    errors.close();
    return Object.assign(place, { shell });
  }

  /** Ctrl+C: everything of the foreground is interrupted; a shell that waits for a line begins a new one. */
  interrupt(shell: Process): void {
    const group = this.host.scheduler.foreground ?? shell.group;
    this.host.scheduler.signal({ group }, 'INT');
  }
}

/** All that a pipe holds. */
function drained(pipe: Pipe): string {
  let all = '';
  while (pipe.source.ready) {
    const text = pipe.source.read(65_536);
    if (text === null || text === '') break;
    all += text;
  }
  return all;
}
