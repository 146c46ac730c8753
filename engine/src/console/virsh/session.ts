import type { Connection, Open } from '../libvirt/api.ts';
import { LibvirtError } from '../libvirt/errors.ts';
import type { Process, Step } from '../os/process.ts';
import { Call, Failed } from './call.ts';
import type { Command } from './call.ts';
import type { Parsed } from './command.ts';
import { parse, SyntaxProblem } from './parse.ts';
import type { END, Token } from './parse.ts';

/** How virsh was called. */
export interface Settings {
  uri: string | null;
  quiet: boolean;
  readOnly: boolean;
  timing: boolean;
  /** Messages of this weight and above are shown: 0 (all) to 4 (errors only). */
  debug: number;
  /** Where messages are written too. */
  log: string | null;
  /** Seconds between questions whether the daemon is there; whether it must be asked so. */
  keepAlive: { interval: number; forced: boolean };
  /** The key that leaves a console: `^]` or a letter. */
  escape: string;
}

const LEVELS = ['DEBUG', 'INFO', 'INFO', 'WARNING', 'ERROR'];

/** One run of virsh: its connection, and what it says. */
export class Session {
  readonly process: Process;
  readonly settings: Settings;
  readonly #open: Open;
  readonly #commands: Readonly<Record<string, Command>>;
  #connection: Connection | null = null;
  /** With a prompt of its own; `quit` ends it. */
  interactive = false;

  constructor(
    process: Process,
    settings: Settings,
    open: Open,
    commands: Readonly<Record<string, Command>>,
  ) {
    this.process = process;
    this.settings = settings;
    this.#open = open;
    this.#commands = commands;
  }

  print(text: string): void {
    this.process.print(text);
  }
  /** What `--quiet` leaves out (vshPrintExtra()). */
  extra(text: string): void {
    if (!this.settings.quiet) this.print(text);
  }
  error(text: string): void {
    this.#log(4, text);
    this.process.warn(`error: ${text}\n`);
  }
  debug(level: number, text: string): void {
    if (level < this.settings.debug) return;
    this.#log(level, text);
    this.print(`${text}\n`);
  }

  /** vshOutputLogFile(): `[2026.11.23 10:00:00 virsh 812] ERROR text`. */
  #log(level: number, text: string): void {
    const { process, settings } = this;
    if (settings.log === null) return;
    const [date = '', time = ''] = new Date(process.system.clock.wall).toISOString().split('T');
    const stamp = `${date.replaceAll('-', '.')} ${time.slice(0, 8)}`;
    const file = process.system.fs.open(settings.log, process.cwd, {
      write: true,
      create: true,
      append: true,
    });
    file.write(`[${stamp} ${process.name} ${process.pid}] ${LEVELS[level] ?? ''} ${text}\n`);
    file.open.close();
  }

  /** The words of a libvirt error, after which the command has failed (vshReportError()). */
  report(problem: unknown): void {
    if (problem instanceof LibvirtError) this.error(problem.message);
    else if (!(problem instanceof Failed)) throw problem;
  }

  /** The connection, opened when it is needed first. Throws `Failed` or a `LibvirtError`. */
  connection(): Connection {
    if (this.#connection === null) this.reconnect(null, false);
    if (this.#connection?.isAlive() !== true) {
      this.error('no valid connection');
      throw new Failed();
    }
    return this.#connection;
  }

  /** virshReconnect(): to where it was connected, or elsewhere. */
  reconnect(uri: string | null, readOnly: boolean): void {
    const { settings } = this;
    const onlyRead = readOnly || (uri === null && settings.readOnly);
    this.close();
    // An empty URI is none, and then the environment decides (virConnectGetDefaultURI()).
    const wanted =
      (uri ?? settings.uri ?? '') || (this.process.env.get('LIBVIRT_DEFAULT_URI') ?? '');
    try {
      this.#connection = this.#open(wanted === '' ? null : wanted, { readOnly: onlyRead });
      this.#keepAlive(this.#connection);
    } catch (problem) {
      this.error('failed to connect to the hypervisor');
      throw problem;
    }
    settings.uri = uri ?? settings.uri;
    settings.readOnly = onlyRead;
  }

  #keepAlive(connection: Connection): void {
    const { interval, forced } = this.settings.keepAlive;
    if (interval === 0) return;
    try {
      connection.setKeepAlive();
    } catch (problem) {
      if (forced) {
        this.error('Cannot setup keepalive on connection as requested, disconnecting');
        this.close();
        throw problem;
      }
      this.debug(1, 'Failed to setup keepalive on connection');
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  /** A line understood; null where it is not, and then virsh has said why. */
  parsed(tokens: Iterator<Token, typeof END>): Parsed[] | null {
    try {
      const commands = parse(tokens);
      for (const { definition, given } of commands) {
        for (const { option, value } of given) {
          const kind = value === null ? 'bool' : 'optdata';
          this.debug(1, `${definition.name}: ${option.name}(${kind}): ${value ?? '(none)'}`);
        }
      }
      return commands;
    } catch (problem) {
      if (!(problem instanceof SyntaxProblem)) throw problem;
      for (const message of problem.messages) this.error(message);
      return null;
    }
  }

  /** vshCommandRun(): whether the last of them did its work. */
  *run(commands: readonly Parsed[]): Step<boolean> {
    const { clock } = this.process.system;
    let succeeded = true;
    for (const parsed of commands) {
      const { name } = parsed.definition;
      const before = clock.now;
      succeeded = yield* this.#runOne(parsed);
      if (name === 'quit' || name === 'exit') return succeeded;
      if (this.settings.timing) {
        this.print(`\n(Time: ${(clock.now - before).toFixed(3)} ms)\n\n`);
      } else {
        this.extra('\n');
      }
    }
    return succeeded;
  }

  *#runOne(parsed: Parsed): Step<boolean> {
    const { name, offline } = parsed.definition;
    try {
      if (!offline) this.connection();
      const command = this.#commands[name];
      if (command === undefined) {
        this.error('this command is not simulated here');
        return false;
      }
      const steps = command(new Call(this, parsed));
      if (typeof steps === 'object') yield* steps;
      return true;
    } catch (problem) {
      this.report(problem);
      return false;
    }
  }
}
