import { held } from './stream.ts';
import type { Open, Sink, Source } from './stream.ts';

/**
 * A terminal (tty(4)): what is typed goes through its line discipline to the program that reads, what
 * programs write is shown. In raw mode every character goes through at once, and the program itself decides
 * what to show.
 */
/** Letters of a line without an end that may be a prompt. */
const PARTIAL_MOST = 4096;

export class Terminal {
  /** Characters across; what programs lay their columns out for. */
  columns = 80;
  rows = 24;
  /** Told before something is shown which of the two streams it comes from. */
  onStream: ((stream: 'out' | 'err') => void) | null = null;
  /** Whether what is typed is shown by the terminal itself. A page with an input line of its own says no. */
  echo = true;
  readonly #show: (text: string) => void;
  readonly #interrupt: () => void;
  /** Lines, or in raw mode characters, that nobody has read yet. */
  #typed = '';
  #line = '';
  #ends = 0;
  #raw = false;
  /** The last line shown, as far as it goes: a prompt, when somebody reads. */
  #partial = '';
  /** Someone found nothing to read. */
  #wanted = false;
  readonly source: Source;
  readonly sink: Sink;

  /** `show` gets what is to be seen; `interrupt` is called at Ctrl+C. */
  constructor(show: (text: string) => void, interrupt: () => void) {
    this.#show = show;
    this.#interrupt = interrupt;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the ends are objects of their own
    const terminal = this;
    this.source = {
      isTerminal: true,
      get ready() {
        const ready = terminal.#typed !== '' || terminal.#ends > 0;
        if (!ready) terminal.#wanted = true;
        return ready;
      },
      read: (most) => this.#read(most),
      setRaw: (on) => {
        this.raw = on;
      },
    };
    this.sink = { isTerminal: true, ready: true, write: (text) => this.#write(text) };
  }

  /** The open terminal, for reading and writing. */
  open(): Open {
    return held({ source: this.source, sink: this.sink, name: '/dev/pts/0' });
  }

  /** The same, for what is written to standard error. */
  openForErrors(): Open {
    const sink: Sink = {
      isTerminal: true,
      ready: true,
      write: (text) => {
        this.onStream?.('err');
        this.#write(text);
        this.onStream?.('out');
      },
    };
    return held({ source: this.source, sink, name: '/dev/pts/0' });
  }

  /** Whether there is an editor at this terminal. */
  canEdit = false;
  #editing: { path: string; text: string } | null = null;
  #edited: { text: string | null } | null = null;
  /** The file that somebody edits; null where nobody does. */
  get editing(): { path: string; text: string } | null {
    return this.#editing;
  }
  /** A program asks for a text to be edited; `takeEdited` gives what came of it. */
  edit(path: string, text: string): void {
    this.#editing = { path, text };
    this.#edited = null;
  }
  /** The editor is closed; null: nothing is to be saved. */
  endEditing(text: string | null): void {
    if (this.#editing === null) return;
    this.#editing = null;
    this.#edited = { text };
  }
  /** What came of `edit`; null while it lasts. */
  takeEdited(): { text: string | null } | null {
    const edited = this.#edited;
    this.#edited = null;
    return edited;
  }

  /** A new line begins where one types: what stood there was a prompt. */
  newLine(): void {
    this.#partial = '';
  }

  /** In raw mode nothing is edited, shown or taken as a signal. */
  get raw(): boolean {
    return this.#raw;
  }
  set raw(raw: boolean) {
    this.#raw = raw;
  }

  /** What stands at the beginning of the line on which one types. */
  get prompt(): string {
    return this.#partial;
  }

  /** Whether somebody waits for input, as far as was seen. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  #write(text: string): void {
    if (text === '') return;
    // A form feed is a new screen.
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\f'));
    this.#partial = (end < 0 ? this.#partial + text : text.slice(end + 1)).slice(-PARTIAL_MOST);
    this.#show(text);
  }

  #read(most: number): string | null {
    if (this.#typed === '') {
      if (this.#ends === 0) return '';
      this.#ends--;
      return null;
    }
    let length = Math.min(most, this.#typed.length);
    // A line at a time, as the line discipline gives them.
    const end = this.#typed.indexOf('\n');
    if (!this.#raw && end >= 0) length = Math.min(length, end + 1);
    const text = this.#typed.slice(0, length);
    this.#typed = this.#typed.slice(length);
    return text;
  }

  /** Keys are pressed: text, Enter as `\r` or `\n`, Ctrl+C `\x03`, Ctrl+D `\x04`, backspace `\x7f`. */
  type(keys: string): void {
    this.#wanted = false;
    for (const key of keys) this.#key(key);
  }

  #key(key: string): void {
    if (this.#raw) {
      this.#typed += key;
      return;
    }
    if (key === '\r' || key === '\n') {
      this.#typed += `${this.#line}\n`;
      this.#line = '';
      if (this.echo) this.#write('\n');
    } else if (key === '\x03') {
      this.#line = '';
      if (this.echo) this.#write('^C\n');
      this.#interrupt();
    } else if (key === '\x04') {
      if (this.#line === '') this.#ends++;
      else {
        this.#typed += this.#line;
        this.#line = '';
      }
    } else if (key === '\x7f') {
      if (this.#line === '') return;
      this.#line = this.#line.slice(0, -1);
      if (this.echo) this.#write('\b \b');
    } else {
      this.#line += key;
      if (this.echo) this.#write(key);
    }
  }

  /** Forgets what was typed and not read. */
  flush(): void {
    this.#typed = '';
    this.#line = '';
    this.#ends = 0;
  }
}
