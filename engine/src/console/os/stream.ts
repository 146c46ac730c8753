import { Errno } from './errno.ts';

/**
 * What flows between programs. Text is a JavaScript string; a byte that is no UTF-8 is a lone surrogate
 * from U+DC80 on, as Python keeps it (surrogateescape). Nothing here waits: who would have to, asks
 * `ready` first and gives way (process.ts).
 */
export interface Source {
  /** Whether `read` would give something now, be it the end. */
  readonly ready: boolean;
  readonly isTerminal: boolean;
  /** Of a terminal: whether keys come at once, not echoed, Ctrl-C among them (cfmakeraw(3)). */
  setRaw?(on: boolean): void;
  /** Up to so many characters; null at the end. */
  read(most: number): string | null;
}

export interface Sink {
  /** Whether it is worth writing now: there is room, or nobody reads any more. */
  readonly ready: boolean;
  readonly isTerminal: boolean;
  /** Nobody will ever read it, as what is written to /dev/null: it need not be made text. */
  readonly discards?: boolean;
  /** Takes all of it, room or not. Throws an `Errno`; EPIPE where nobody reads any more. */
  write(text: string): void;
}

/** An end of something that a process holds open; many may hold the same. */
export interface Open {
  readonly source: Source | null;
  readonly sink: Sink | null;
  /** What was opened, for messages and /proc/PID/fd. */
  readonly name: string;
  /** Another holds it too. */
  share(): void;
  /** One holds it no more. */
  close(): void;
}

/** Characters that a pipe holds before its writers should wait (pipe(7)). */
const PIPE_ROOM = 65_536;

/** A pipe: it has readers and writers, and each side notices when the other is gone. */
export class Pipe {
  #chunks: string[] = [];
  #held = 0;
  #readers = 0;
  #writers = 0;
  readonly source: Source;
  readonly sink: Sink;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the ends are objects of their own
    const pipe = this;
    this.source = {
      isTerminal: false,
      get ready() {
        return pipe.#held > 0 || pipe.#writers === 0;
      },
      read: (most) => this.#read(most),
    };
    this.sink = {
      isTerminal: false,
      get ready() {
        return pipe.#held < PIPE_ROOM || pipe.#readers === 0;
      },
      write: (text) => {
        if (this.#readers === 0) throw new Errno('EPIPE');
        if (text === '') return;
        this.#chunks.push(text);
        this.#held += text.length;
      },
    };
  }

  #read(most: number): string | null {
    const first = this.#chunks[0];
    if (first === undefined) return this.#writers === 0 ? null : '';
    if (first.length <= most) this.#chunks.shift();
    else this.#chunks[0] = first.slice(most);
    const text = first.slice(0, most);
    this.#held -= text.length;
    return text;
  }

  openForReading(): Open {
    this.#readers++;
    return held({ source: this.source, sink: null, name: 'pipe' }, () => this.#readers--);
  }
  openForWriting(): Open {
    this.#writers++;
    return held({ source: null, sink: this.sink, name: 'pipe' }, () => this.#writers--);
  }
}

/** Something open, which calls `onClose` when the last who holds it lets go. */
export function held(
  what: { source: Source | null; sink: Sink | null; name: string },
  onClose: () => void = () => undefined,
): Open {
  let holders = 1;
  return {
    ...what,
    share: () => {
      holders++;
    },
    close: () => {
      holders--;
      if (holders === 0) onClose();
    },
  };
}

/** Text to be read, and then the end. */
export function textSource(text: string): Source {
  let at = 0;
  return {
    ready: true,
    isTerminal: false,
    read(most) {
      if (at >= text.length) return null;
      const part = text.slice(at, at + most);
      at += part.length;
      return part;
    },
  };
}

/** Hands on whatever is written. */
export const callbackSink = (write: (text: string) => void, isTerminal = false): Sink => ({
  ready: true,
  isTerminal,
  write,
});
