import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** What a command of the CLI reads and writes. */
export interface CommandIo {
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** One command: its line in `--help`, and what it does. Resolves to the exit status. */
export interface Command {
  summary: string;
  run(args: string[], io: CommandIo): Promise<number>;
}

/** A mistake in the command line itself: exit status 2. */
export class UsageError extends Error {}

// Large enough that the work on a piece outweighs its way, small enough for many pieces in flight.
const PIECE_BYTES = 256 * 1024;

/**
 * The bytes of a file, or of standard input for `-`; gzip is read as what it holds. `onRead` is told
 * how many bytes of the file itself, compressed or not, came each time.
 */
export async function openInput(
  name: string,
  io: CommandIo,
  onRead: (bytes: number) => void = () => undefined,
): Promise<Readable> {
  const source =
    name === '-'
      ? Readable.from(io.stdin as AsyncIterable<Buffer>)
      : createReadStream(name, { highWaterMark: PIECE_BYTES });
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  let first: IteratorResult<Buffer | string>;
  try {
    first = await iterator.next();
  } catch (error) {
    const reason = error as NodeJS.ErrnoException;
    throw new UsageError(`${name}: cannot be read (${reason.code ?? reason.message})`);
  }
  async function* all(): AsyncGenerator<Buffer> {
    for (let part = first; part.done !== true; part = await iterator.next()) {
      const bytes = Buffer.from(part.value);
      onRead(bytes.length);
      yield bytes;
    }
  }
  const bytes = Readable.from(all(), { objectMode: false });
  const head = first.done === true ? Buffer.alloc(0) : Buffer.from(first.value);
  // RFC 1952: every gzip member begins with these two bytes; no JSON text does.
  if (head[0] !== 0x1f || head[1] !== 0x8b) return bytes;
  // Room for several pieces: the next is inflated, on another thread, while one is worked on.
  const options = { chunkSize: PIECE_BYTES, readableHighWaterMark: 4 * PIECE_BYTES };
  const gunzip = createGunzip(options);
  return pipeline(bytes, gunzip, () => undefined);
}

/** All of an input as text. */
export async function readText(name: string, io: CommandIo): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await openInput(name, io)) parts.push(Buffer.from(part as Buffer));
  return Buffer.concat(parts).toString('utf8');
}

/** The lines of an input, as many at a time as arrive together; the last may lack its newline. */
export async function* lineBatches(input: Readable): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of input) {
    const lines = (rest + decoder.decode(part as Buffer, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}

/** Writes, and waits while the reader at the other end is slower. */
export async function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/** A command of the usual kind: reads its options, shows its usage, or does its work. */
export function defineCommand<Options extends { help: boolean }>(command: {
  name: string;
  summary: string;
  usage: string;
  /** Throws a `UsageError` that says what is wrong. */
  parse: (args: string[]) => Options;
  run: (options: Options, io: CommandIo) => Promise<number>;
}): Command {
  const { name, summary, usage, parse, run } = command;
  return {
    summary,
    async run(args, io) {
      try {
        const options = parse(args);
        if (!options.help) return await run(options, io);
        await write(io.stdout, usage);
        return 0;
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        await write(
          io.stderr,
          `pagewalk ${name}: ${error.message}\nSee pagewalk ${name} --help.\n`,
        );
        return 2;
      }
    },
  };
}
