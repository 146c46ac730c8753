/**
 * The benchmark's loop in plain JavaScript: typed arrays of 32-bit halves, since 64-bit integers are
 * BigInt there and far slower. The same TLB (the ways of a set in the order of their last use, which was
 * the fastest layout here), the same walk in two dimensions with the same checks, over the same tables.
 */

const PRESENT = 0x80000000 | 0;

class Tlb {
  constructor(sets, ways) {
    this.setMask = sets - 1;
    this.ways = ways;
    this.lows = new Int32Array(sets * ways);
    this.highs = new Int32Array(sets * ways);
    this.frames = new Int32Array(sets * ways);
  }

  empty() {
    this.highs.fill(0);
  }
}

/** Puts an entry in front of its set; what was at `way` goes. */
function toFront(tlb, first, way, low, high, frame) {
  const { lows, highs, frames } = tlb;
  for (let to = first + way; to > first; to--) {
    lows[to] = lows[to - 1];
    highs[to] = highs[to - 1];
    frames[to] = frames[to - 1];
  }
  lows[first] = low;
  highs[first] = high;
  frames[first] = frame;
}

/** Whether it is there; then it is in front. */
function seek(tlb, low, high) {
  const { lows, highs, ways } = tlb;
  const first = (low & tlb.setMask) * ways;
  for (let at = first; at < first + ways; at++) {
    if (lows[at] !== low || highs[at] !== high) continue;
    if (at !== first) toFront(tlb, first, at - first, low, high, tlb.frames[at]);
    return true;
  }
  return false;
}

const insert = (tlb, low, high, frame) =>
  toFront(tlb, (low & tlb.setMask) * tlb.ways, tlb.ways - 1, low, high, frame);

// The upper half of an entry: bits 51:46 are reserved, 45:32 belong to the address, 63 is XD.
const RESERVED = 0x000fc000;
const TOP = 0x00003fff;

function misconfigured(entry, top, level, leaf) {
  if ((entry & 3) === 2) return true;
  if ((top & RESERVED) !== 0) return true;
  if (!leaf) return (entry & (level >= 4 ? 0xf8 : 0x78)) !== 0;
  if (level === 3 && (entry & 0x3ffff000) !== 0) return true;
  if (level === 2 && (entry & 0x001ff000) !== 0) return true;
  const type = (entry >> 3) & 7;
  return type === 2 || type === 3 || type === 7;
}

/**
 * The loop as a function of page numbers (pairs of 32-bit halves). Frames and the numbers of tables fit 32
 * bits, so a physical address is kept as its frame number.
 */
export function makePlain({ image, cr3, eptRoot, l1: [l1Sets, l1Ways], l2: [l2Sets, l2Ways] }) {
  const words = new Int32Array(image.buffer, image.byteOffset, image.byteLength / 4);
  const l1 = new Tlb(l1Sets, l1Ways);
  const l2 = new Tlb(l2Sets, l2Ways);
  const guestRoot = Number(cr3 >> 12n);
  const nestedRoot = Number(eptRoot >> 12n);
  const own = PRESENT | (1 << 15);
  const used = new Int32Array(5);
  const usedRights = new Int32Array(5);
  let rights = 0;

  /** The frame behind a guest frame; -1 where there is none. */
  function ept(page) {
    let table = nestedRoot;
    let allowed = 7;
    for (let level = 4; ; level--) {
      const at = (table << 10) | (((page >>> (9 * (level - 1))) & 511) << 1);
      const entry = words[at];
      const top = words[at + 1];
      if ((entry & 7) === 0) return -1;
      const leaf = level === 1 || ((level === 2 || level === 3) && (entry & 0x80) !== 0);
      if (misconfigured(entry, top, level, leaf)) return -1;
      allowed &= entry;
      const frame = (entry >>> 12) | ((top & TOP) << 20);
      if (leaf) {
        rights = allowed;
        if ((allowed & 1) === 0) return -1;
        const inside = (1 << (9 * (level - 1))) - 1;
        return (frame & ~inside) | (page & inside);
      }
      table = frame;
    }
  }

  /** The frame of a page: bits 31:12 and 47:32 of its address. */
  function walk(low, high) {
    // Canonical: bits 63:47 are equal.
    if ((high << 16) >> 16 !== high) return -1;
    let table = guestRoot;
    let all = 6;
    let count = 0;
    let page;
    for (let level = 4; ; level--) {
      const frame = ept(table);
      if (frame < 0) return -1;
      const shift = 9 * (level - 1);
      // The page number has 36 bits; its upper indices reach into the other half.
      const slot =
        level === 4
          ? (high >>> 7) & 511
          : level === 3
            ? ((high << 2) | (low >>> 30)) & 511
            : (low >>> (12 + shift)) & 511;
      const at = (frame << 10) | (slot << 1);
      const entry = words[at];
      const top = words[at + 1];
      if ((entry & 1) === 0) return -1;
      const large = (entry & 0x80) !== 0;
      const leaf = level === 1 || (level <= 3 && large);
      if ((top & RESERVED) !== 0) return -1;
      if (level >= 4 && large) return -1;
      if (level === 3 && large && (entry & 0x3fffe000) !== 0) return -1;
      if (level === 2 && large && (entry & 0x001fe000) !== 0) return -1;
      used[count] = at;
      usedRights[count++] = rights;
      all &= entry;
      const target = (entry >>> 12) | ((top & TOP) << 20);
      if (leaf) {
        const inside = (1 << shift) - 1;
        page = (target & ~inside) | ((((high << 20) | (low >>> 12)) & inside) >>> 0);
        break;
      }
      table = target;
    }
    if ((all & 4) === 0) return -1;
    for (let step = 0; step < count; step++) {
      const at = used[step];
      if ((words[at] & 0x20) !== 0) continue;
      if ((usedRights[step] & 2) === 0) return -1;
      words[at] |= 0x20;
    }
    return ept(page);
  }

  return function run(pages) {
    l1.empty();
    l2.empty();
    const counts = [0, 0, 0];
    let first = 0;
    let second = 0;
    let missed = 0;
    let sum = 0;
    let lastLow = 0;
    let lastHigh = 0;
    let lastFrame = 0;
    for (let index = 0; index < pages.length; index += 2) {
      const low = pages[index];
      const high = own | pages[index + 1];
      if (low === lastLow && high === lastHigh) {
        first++;
        sum = (sum + lastFrame) | 0;
        continue;
      }
      let frame;
      if (seek(l1, low, high)) {
        first++;
        frame = l1.frames[(low & l1.setMask) * l1.ways];
      } else if (seek(l2, low, high)) {
        second++;
        frame = l2.frames[(low & l2.setMask) * l2.ways];
        insert(l1, low, high, frame);
      } else {
        missed++;
        frame = walk(low << 12, (pages[index + 1] << 12) | (low >>> 20) | 0);
        if (frame < 0) throw new Error('the walk failed');
        insert(l2, low, high, frame);
        insert(l1, low, high, frame);
      }
      lastLow = low;
      lastHigh = high;
      lastFrame = frame;
      sum = (sum + frame) | 0;
    }
    counts[0] = first;
    counts[1] = second;
    counts[2] = missed;
    return { sum: sum >>> 0, counts };
  };
}
