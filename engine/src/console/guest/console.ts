import { Terminal } from '../os/terminal.ts';
import type { Process } from '../os/process.ts';
import type { GuestSystem } from './guest-system.ts';

/** A guest's first serial line: a terminal with a shell on it, and whoever looks at it from the host. */
export class GuestConsole {
  readonly #system: GuestSystem;
  readonly #isUp: () => boolean;
  #terminal: Terminal | null = null;
  #shell: Process | null = null;
  #shown = '';
  #attached = false;
  /** Nothing was typed yet: the first prompt was shown before anybody looked. */
  #untouched = true;
  #closed = false;

  constructor(system: GuestSystem, isUp: () => boolean) {
    this.#system = system;
    this.#isUp = isUp;
  }

  /** Somebody looks: what is shown from now on is kept for him. */
  attach(): void {
    this.#attached = true;
    this.#shown = '';
    this.#open();
  }

  // The shell starts with the guest; nobody saw its first prompt.
  #open(): void {
    if (!this.#isUp() || (this.#shell !== null && this.#shell.status === null)) return;
    const shell = this.#system.tools.get('/bin/sh');
    if (shell === undefined) return;
    const terminal = new Terminal(
      (text) => {
        if (this.#attached && !this.#untouched) this.#shown += text;
      },
      () => {
        if (this.#shell !== null) {
          this.#system.scheduler.signal({ group: this.#shell.group }, 'INT');
        }
      },
    );
    const open = terminal.open();
    this.#shell = this.#system.scheduler.start(shell, {
      system: this.#system,
      argv: ['sh', '-i'],
      parent: null,
      env: new Map([
        ['HOME', '/'],
        ['PATH', '/sbin:/usr/sbin:/bin:/usr/bin'],
        ['PS1', '\\w # '],
        ['PWD', '/root'],
        ['TERM', 'linux'],
      ]),
      cwd: '/root',
      umask: 0o022,
      fds: new Map([
        [0, open],
        [1, open],
        [2, open],
      ]),
    });
    this.#shell.stays = true;
    open.close();
    this.#terminal = terminal;
  }

  get ready(): boolean {
    this.#open();
    return this.#shown !== '' || this.#closed;
  }
  /** What was shown since; null when the line is gone. */
  read(): string | null {
    if (this.#shown === '' && this.#closed) return null;
    const text = this.#shown;
    this.#shown = '';
    return text;
  }
  write(text: string): void {
    this.#open();
    if (this.#terminal === null) return;
    this.#untouched = false;
    this.#terminal.type(text);
  }
  /** Nobody looks any more, or the guest is gone. */
  close(): void {
    this.#attached = false;
  }
  /** The guest went. */
  end(): void {
    this.#closed = true;
  }
}
