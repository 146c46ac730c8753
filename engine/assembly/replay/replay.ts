/** A replay: one reader of a trace, and the runs that it feeds. A machine replays one trace at a time. */
import { reserveBlock } from '../memory';
import { Reader, inputOf, newReader, readPages, takePiece } from './lackey';
import { Run, newRun, runPages } from './run';

const MAX_RUNS: u32 = 64;

@unmanaged
class Replay {
  reader: Reader;
  runs: u32;
  firstRun: usize;
}

/** Starts a replay of the lines of `kinds`: bit 0 fetches, bit 1 data. Returns its handle. */
export function newReplay(kinds: u32): usize {
  const at = reserveBlock(offsetof<Replay>() + (<usize>MAX_RUNS << 2));
  const replay = changetype<Replay>(at);
  replay.reader = newReader(kinds);
  replay.firstRun = at + offsetof<Replay>();
  return at;
}

/** Adds a run, see `newRun`. Returns where its counts lie; 0 where there are too many. */
export function addRun(replay: usize, tlb: usize, size: i32, levels: i32, leaf: i32): usize {
  const r = changetype<Replay>(replay);
  if (r.runs >= MAX_RUNS) return 0;
  const run = changetype<usize>(newRun(tlb, size, levels, leaf));
  store<u32>(r.firstRun + (<usize>(r.runs++) << 2), <u32>run);
  return run;
}

/** Where the next piece of the trace is to be put. */
export function replayInput(replay: usize): usize {
  return inputOf(changetype<Replay>(replay).reader);
}

/** Where the reader lies, with what it counted. */
export function replayReader(replay: usize): usize {
  return changetype<usize>(changetype<Replay>(replay).reader);
}

/** Replays a piece of `length` bytes, at most PIECE_BYTES; `last` ends the trace. */
export function replayPiece(replay: usize, length: u32, last: bool): void {
  const r = changetype<Replay>(replay);
  const reader = r.reader;
  takePiece(reader, length, last);
  let more = true;
  while (more) {
    more = readPages(reader);
    for (let index: u32 = 0; index < r.runs; index++) {
      const run = load<u32>(r.firstRun + ((<usize>index) << 2));
      runPages(changetype<Run>(<usize>run), reader.pages, reader.pageCount);
    }
  }
}
