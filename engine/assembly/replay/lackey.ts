/**
 * Reads the memory trace of Valgrind's lackey tool, byte by byte as it comes: `I  ADDR,SIZE`,
 * ` L ADDR,SIZE`, ` S …`, ` M …` (a load, then a store). Lines may be cut anywhere between two pieces.
 *
 * What comes out is the sequence of 4 KiB pages that the accesses touch, without repetitions: an access
 * to the page of the one before it hits L1 in every TLB, and changes nothing there.
 */
import { isCanonical } from '../address';
import { reserveBlock } from '../memory';
import { PAGE_MASK, pageOf } from '../tlb/tag';

/** Bytes that one call may bring, and those that may wait for the rest of their line. */
export const PIECE_BYTES: u32 = 256 * 1024;
const MAX_LINE: u32 = 4096;
// Vector loads may reach behind the end.
const SLACK: u32 = 64;

/** Pages collected before the TLBs run: small enough to stay in a cache, large enough to amortize. */
const MAX_PAGES: u32 = 4096;

/** Which lines count. */
export const KIND_FETCH: u32 = 1;
export const KIND_DATA: u32 = 2;

/** Bit 45 of an element of the sequence: an instruction fetch. */
export const FETCH_BIT: u64 = (<u64>1) << 45;

/** What is wrong with a line. */
export const BAD_KIND: u8 = 1;
export const BAD_ADDRESS: u8 = 2;
export const BAD_COMMA: u8 = 3;
export const BAD_SIZE: u8 = 4;
export const BAD_END: u8 = 5;
export const BAD_CANONICAL: u8 = 6;
export const BAD_LENGTH: u8 = 7;

@unmanaged
export class BadLine {
  number: u64;
  /** Where its text lies, and how long it is (cut to what fits a message). */
  at: u32;
  length: u32;
  reason: u8;
}

/** Bad lines told in full, of each piece; the others are counted. */
export const MAX_BAD: u32 = 16;
const BAD_TEXT: u32 = 64;

@unmanaged
export class Reader {
  /** Bytes that wait for the rest of their line, at the front of the input. */
  waiting: u32;
  /** A line too long to keep: everything up to the next newline goes with it. */
  skipping: bool;
  kinds: u32;
  /** Lines begun. */
  lines: u64;
  /** Accesses that counted, and those among them that repeated the page before. */
  accesses: u64;
  repeats: u64;
  badLines: u64;
  badTold: u32;
  lastPage: u64;
  pageCount: u32;
  // Where reading goes on, and where the piece ends.
  at: u32;
  end: u32;
  input: usize;
  pages: usize;
  bad: usize;
}

/** A reader of lines of `kinds` (a mask), at the beginning of a trace. */
export function newReader(kinds: u32): Reader {
  const at = reserveBlock(offsetof<Reader>());
  const reader = changetype<Reader>(at);
  reader.kinds = kinds;
  reader.input = reserveBlock(<usize>(PIECE_BYTES + MAX_LINE + SLACK));
  reader.pages = reserveBlock(<usize>(MAX_PAGES + 8) << 3);
  reader.bad = reserveBlock(<usize>MAX_BAD * (offsetof<BadLine>() + BAD_TEXT));
  // No page has this number.
  reader.lastPage = ~(<u64>0);
  return reader;
}

const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;
const SPACE: u32 = 0x20;
const COMMA: u32 = 0x2c;

// @ts-ignore: decorator
@inline
function byteAt(reader: Reader, at: u32): u32 {
  return load<u8>(reader.input + at);
}

// @ts-ignore: decorator
@inline
function touchPage(reader: Reader, page: u64): void {
  if (page == reader.lastPage) {
    reader.repeats++;
    return;
  }
  reader.lastPage = page;
  store<u64>(reader.pages + (<usize>(reader.pageCount++) << 3), page);
}

// One access, and a second one where its bytes reach into the next page.
// @ts-ignore: decorator
@inline
function access(reader: Reader, page: u64, straddles: bool): void {
  reader.accesses++;
  touchPage(reader, page);
  if (!straddles) return;
  reader.accesses++;
  touchPage(reader, (page & ~PAGE_MASK) | ((page + 1) & PAGE_MASK));
}

// @ts-ignore: decorator
@inline
function take(reader: Reader, kind: u32, address: u64, size: u32): void {
  const straddles = (<u32>address & 4095) + size > 4096;
  const page = pageOf(address);
  if (kind == 0x49) {
    if ((reader.kinds & KIND_FETCH) != 0) access(reader, page | FETCH_BIT, straddles);
  } else if ((reader.kinds & KIND_DATA) != 0) {
    access(reader, page, straddles);
    if (kind == 0x4d) access(reader, page, straddles);
  }
}

// How many of the sixteen bytes are hexadecimal digits from the first on, and their values.
// @ts-ignore: decorator
@inline
function digitsOf(text: v128): v128 {
  const digit = i8x16.sub(text, i8x16.splat(0x30));
  const letter = i8x16.sub(v128.or(text, i8x16.splat(0x20)), i8x16.splat(0x61));
  const isDigit = i8x16.lt_u(digit, i8x16.splat(10));
  const isLetter = i8x16.lt_u(letter, i8x16.splat(6));
  const value = v128.bitselect(digit, i8x16.add(letter, i8x16.splat(10)), isDigit);
  // 0x80 marks what is no digit.
  return v128.bitselect(value, i8x16.splat(-128), v128.or(isDigit, isLetter));
}

// Moves the first n of sixteen bytes to the end: row n of 17, 0x80 gives 0.
const SHIFTS: usize = memory.data(17 * 16, 16);
let shiftsAreMade: bool = false;

function makeShifts(): void {
  for (let count: i32 = 0; count <= 16; count++) {
    for (let lane: i32 = 0; lane < 16; lane++) {
      const from = lane - (16 - count);
      store<u8>(SHIFTS + <usize>(count * 16 + lane), from < 0 ? 0x80 : <u8>from);
    }
  }
  shiftsAreMade = true;
}

// The number that the first `count` digits make.
// @ts-ignore: decorator
@inline
function numberOf(digits: v128, count: i32): u64 {
  const right = v128.swizzle(digits, v128.load(SHIFTS + ((<usize>count) << 4)));
  // Two digits to a byte: the first of each pair is the high one.
  const pairs = v128.and(
    v128.or(i16x8.shl(right, 4), i16x8.shr_u(right, 8)),
    i16x8.splat(0xff),
  );
  return bswap<u64>(i64x2.extract_lane(i8x16.narrow_i16x8_u(pairs, pairs), 0));
}

/**
 * A line as lackey writes it, in full before the end of the piece: reads it and goes on behind it.
 * False where it is anything else; nothing has happened then.
 */
// @ts-ignore: decorator
@inline
function readUsual(reader: Reader): bool {
  const start = reader.at;
  const head = load<u32>(reader.input + start) & 0xffffff;
  let kind: u32 = (head >> 8) & 0xff;
  if (head == 0x202049) kind = 0x49;
  else if (head != 0x204c20 && head != 0x205320 && head != 0x204d20) return false;
  const digits = digitsOf(v128.load(reader.input + start + 3));
  const count = ctz(i8x16.bitmask(digits) | 0x10000);
  if (count == 0) return false;
  let at = start + 3 + <u32>count;
  if (byteAt(reader, at) != COMMA) return false;
  let size = byteAt(reader, ++at) - 0x30;
  if (size > 9) return false;
  let next = byteAt(reader, ++at);
  while (next - 0x30 <= 9) {
    size = size * 10 + (next - 0x30);
    if (size > 4096) return false;
    next = byteAt(reader, ++at);
  }
  if (next != NEWLINE || at >= reader.end || size == 0) return false;
  const address = numberOf(digits, count);
  if (!isCanonical(address, 5)) return false;
  reader.at = at + 1;
  reader.lines++;
  take(reader, kind, address, size);
  return true;
}

function tell(reader: Reader, from: u32, to: u32, reason: u8): void {
  reader.badLines++;
  if (reader.badTold >= MAX_BAD) return;
  const at = reader.bad + <usize>(reader.badTold++) * (offsetof<BadLine>() + BAD_TEXT);
  const line = changetype<BadLine>(at);
  line.number = reader.lines;
  line.at = <u32>(at + offsetof<BadLine>());
  line.length = min(to - from, BAD_TEXT);
  line.reason = reason;
  memory.copy(<usize>line.at, reader.input + from, <usize>line.length);
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == SPACE || byte == 0x09;
}

function hexValue(byte: u32): u32 {
  if (byte - 0x30 <= 9) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

/** Any line, from `from` up to its newline at `to`: what lackey writes, however it is spaced, or bad. */
function readLine(reader: Reader, from: u32, to: u32): void {
  let end = to;
  if (end > from && byteAt(reader, end - 1) == RETURN) end--;
  while (end > from && isBlank(byteAt(reader, end - 1))) end--;
  let at = from;
  // Valgrind's own messages.
  if (end - from >= 2 && byteAt(reader, at) == 0x3d && byteAt(reader, at + 1) == 0x3d) return;
  while (at < end && isBlank(byteAt(reader, at))) at++;
  if (at == end) return;

  const kind = byteAt(reader, at);
  const isKind = kind == 0x49 || kind == 0x4c || kind == 0x53 || kind == 0x4d;
  if (!isKind || at + 1 >= end || !isBlank(byteAt(reader, at + 1))) {
    return tell(reader, from, end, BAD_KIND);
  }
  at++;
  while (at < end && isBlank(byteAt(reader, at))) at++;
  let address: u64 = 0;
  let count = 0;
  while (at < end) {
    const digit = hexValue(byteAt(reader, at));
    if (digit > 15) break;
    if (address >> 60 != 0) return tell(reader, from, end, BAD_ADDRESS);
    address = (address << 4) | digit;
    count++;
    at++;
  }
  if (count == 0) return tell(reader, from, end, BAD_ADDRESS);
  if (at == end || byteAt(reader, at) != COMMA) return tell(reader, from, end, BAD_COMMA);
  at++;
  let size: u32 = 0;
  count = 0;
  while (at < end && byteAt(reader, at) - 0x30 <= 9) {
    size = size * 10 + (byteAt(reader, at) - 0x30);
    if (size > 4096) return tell(reader, from, end, BAD_SIZE);
    count++;
    at++;
  }
  if (count == 0 || size == 0) return tell(reader, from, end, BAD_SIZE);
  if (at != end) return tell(reader, from, end, BAD_END);
  if (!isCanonical(address, 5)) return tell(reader, from, end, BAD_CANONICAL);
  take(reader, kind, address, size);
}

function newlineFrom(reader: Reader, from: u32): u32 {
  let at = from;
  while (at < reader.end && byteAt(reader, at) != NEWLINE) at++;
  return at;
}

/** Where the next bytes are to be put. */
export function inputOf(reader: Reader): usize {
  return reader.input + reader.waiting;
}

/** Takes `length` (at most PIECE_BYTES) bytes that were put there; `last` ends the last line too. */
export function takePiece(reader: Reader, length: u32, last: bool): void {
  if (!shiftsAreMade) makeShifts();
  reader.at = 0;
  reader.end = reader.waiting + length;
  reader.badTold = 0;
  if (!last || reader.end == 0) return;
  // A last line without a newline gets one.
  if (byteAt(reader, reader.end - 1) != NEWLINE) {
    store<u8>(reader.input + reader.end, NEWLINE);
    reader.end++;
  }
}

/**
 * Reads on until pages enough for a run of the TLBs are collected, or the piece is read. Returns
 * whether there is more of it.
 */
export function readPages(reader: Reader): bool {
  reader.pageCount = 0;
  while (reader.at < reader.end) {
    if (reader.pageCount >= MAX_PAGES) return true;
    if (!reader.skipping && readUsual(reader)) continue;
    const newline = newlineFrom(reader, reader.at);
    if (newline == reader.end) break;
    if (reader.skipping) reader.skipping = false;
    else {
      reader.lines++;
      readLine(reader, reader.at, newline);
    }
    reader.at = newline + 1;
  }
  keepRest(reader);
  return false;
}

// The beginning of a line waits for its rest; one too long to be an access is judged at once.
function keepRest(reader: Reader): void {
  const rest = reader.end - reader.at;
  reader.waiting = 0;
  if (rest == 0 || reader.skipping) return;
  if (rest > MAX_LINE) {
    reader.lines++;
    const isMessage =
      byteAt(reader, reader.at) == 0x3d && byteAt(reader, reader.at + 1) == 0x3d;
    if (!isMessage) tell(reader, reader.at, reader.end, BAD_LENGTH);
    reader.skipping = true;
    return;
  }
  memory.copy(reader.input, reader.input + reader.at, rest);
  reader.waiting = rest;
}
