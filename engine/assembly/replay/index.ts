/** What a replay exports: its functions, and where its records have their fields. */
import { BadLine, MAX_BAD, PIECE_BYTES, Reader } from './lackey';
import { PageSet } from './pages';
import { Run } from './run';

export { newReplay, addRun, replayInput, replayReader, replayPiece } from './replay';

export const REPLAY_PIECE_BYTES: u32 = PIECE_BYTES;

export const READER_LINES: u32 = <u32>offsetof<Reader>('lines');
export const READER_ACCESSES: u32 = <u32>offsetof<Reader>('accesses');
export const READER_REPEATS: u32 = <u32>offsetof<Reader>('repeats');
export const READER_BAD_LINES: u32 = <u32>offsetof<Reader>('badLines');
export const READER_BAD_TOLD: u32 = <u32>offsetof<Reader>('badTold');
export const READER_BAD: u32 = <u32>offsetof<Reader>('bad');

export const BAD_LINE_BYTES: u32 = <u32>offsetof<BadLine>() + 64;
export const BAD_LINE_NUMBER: u32 = <u32>offsetof<BadLine>('number');
export const BAD_LINE_AT: u32 = <u32>offsetof<BadLine>('at');
export const BAD_LINE_LENGTH: u32 = <u32>offsetof<BadLine>('length');
export const BAD_LINE_REASON: u32 = <u32>offsetof<BadLine>('reason');
export const BAD_LINES_TOLD: u32 = MAX_BAD;

export const RUN_L1_HITS: u32 = <u32>offsetof<Run>('l1Hits');
export const RUN_L2_HITS: u32 = <u32>offsetof<Run>('l2Hits');
export const RUN_MISSES: u32 = <u32>offsetof<Run>('misses');
export const RUN_WALKS_LEFT: u32 = <u32>offsetof<Run>('walksLeft1');
/** The set of pages lies behind the run. */
export const RUN_PAGES: u32 = <u32>offsetof<Run>() + <u32>offsetof<PageSet>('count');
