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
    this.rights = new Int32Array(sets * ways);
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
    if (at !== first) {
      const { rights } = tlb;
      const own = rights[at];
      for (let to = at; to > first; to--) rights[to] = rights[to - 1];
      rights[first] = own;
      toFront(tlb, first, at - first, low, high, tlb.frames[at]);
    }
    return true;
  }
  return false;
}

const insert = (tlb, low, high, frame) =>
  toFront(tlb, (low & tlb.setMask) * tlb.ways, tlb.ways - 1, low, high, frame);

/** Keeps an entry with its rights, in place of one with the same tag; it is in front then. */
function upsert(tlb, low, high, frame, rights) {
  const first = (low & tlb.setMask) * tlb.ways;
  if (!seek(tlb, low, high)) {
    const { rights: all } = tlb;
    for (let to = first + tlb.ways - 1; to > first; to--) all[to] = all[to - 1];
    insert(tlb, low, high, frame);
  }
  tlb.frames[first] = frame;
  tlb.rights[first] = rights;
}

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
  const nestedTlb = new Tlb(16, 4);
  const nestedPde = new Tlb(8, 4);
  // By level: PDE, PDPTE, PML4E.
  const structures = [null, null, new Tlb(8, 4), new Tlb(4, 4), new Tlb(1, 4)];
  let caches = false;
  let references = 0;
  const used = new Int32Array(5);
  const usedRights = new Int32Array(5);
  let rights = 0;

  const usedNested = new Int32Array(5);
  let leafLevel = 0;

  /** The walk behind a guest frame; -1 where there is none. */
  function eptWalk(page) {
    let table = nestedRoot;
    let allowed = 7;
    let level = 4;
    let count = 0;
    if (caches && seek(nestedPde, page >>> 9, own)) {
      const found = ((page >>> 9) & nestedPde.setMask) * nestedPde.ways;
      table = nestedPde.frames[found];
      allowed = nestedPde.rights[found];
      level = 1;
    }
    const above = allowed;
    for (; ; level--) {
      references++;
      const at = (table << 10) | (((page >>> (9 * (level - 1))) & 511) << 1);
      const entry = words[at];
      const top = words[at + 1];
      if ((entry & 7) === 0) return -1;
      const leaf = level === 1 || ((level === 2 || level === 3) && (entry & 0x80) !== 0);
      if (misconfigured(entry, top, level, leaf)) return -1;
      allowed &= entry;
      usedNested[count++] = at;
      const frame = (entry >>> 12) | ((top & TOP) << 20);
      if (leaf) {
        rights = allowed;
        leafLevel = level;
        if ((allowed & 1) === 0) return -1;
        if (caches) {
          let so = above;
          for (let step = 0; step < count - 1; step++) {
            const up = words[usedNested[step]];
            so &= up;
            if (level + count - 1 - step !== 2) continue;
            const next = (up >>> 12) | ((words[usedNested[step] + 1] & TOP) << 20);
            upsert(nestedPde, page >>> 9, own, next, so & 7);
          }
        }
        const inside = (1 << (9 * (level - 1))) - 1;
        return (frame & ~inside) | (page & inside);
      }
      table = frame;
    }
  }

  /** The frame behind a guest frame, from the nested TLB or by a walk. */
  function ept(page) {
    if (!caches) return eptWalk(page);
    for (let size = 0; size < 3; size++) {
      const number = page >>> (9 * size);
      if (!seek(nestedTlb, number, own | (size << 13))) continue;
      const found = (number & nestedTlb.setMask) * nestedTlb.ways;
      if ((nestedTlb.rights[found] & 1) === 0) break;
      const inside = (1 << (9 * size)) - 1;
      rights = nestedTlb.rights[found];
      return (nestedTlb.frames[found] & ~inside) | (page & inside);
    }
    const frame = eptWalk(page);
    if (frame < 0) return frame;
    const size = leafLevel - 1;
    const inside = (1 << (9 * size)) - 1;
    upsert(nestedTlb, page >>> (9 * size), own | (size << 13), frame & ~inside, rights & 7);
    return frame;
  }

  /** The frame of a page: bits 31:12 and 47:32 of its address. */
  function walk(low, high) {
    // Canonical: bits 63:47 are equal.
    if ((high << 16) >> 16 !== high) return -1;
    let table = guestRoot;
    let all = 6;
    let count = 0;
    let page;
    let level = 4;
    let known = -1;
    // The page number in halves: bits 31:0 and 35:32.
    const numberLow = (low >>> 12) | (high << 20);
    const numberHigh = (high >>> 12) & 15;
    if (caches) {
      for (let cached = 2; cached <= 4; cached++) {
        const tlb = structures[cached];
        const by = 9 * (cached - 1);
        const number = (numberLow >>> by) | (numberHigh << (32 - by));
        if (!seek(tlb, number, own)) continue;
        const found = (number & tlb.setMask) * tlb.ways;
        level = cached - 1;
        known = tlb.frames[found];
        all = tlb.rights[found];
        break;
      }
    }
    const allAbove = all;
    for (; ; level--) {
      let frame = known;
      if (known < 0) {
        frame = ept(table);
        if (frame < 0) return -1;
      } else {
        rights = 7;
        known = -1;
      }
      references++;
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
    const frame = ept(page);
    if (caches && frame >= 0) {
      let so = allAbove;
      for (let step = 0; step < count - 1; step++) {
        so &= words[used[step]];
        const of = level + count - 1 - step;
        const by = 9 * (of - 1);
        const number = (numberLow >>> by) | (numberHigh << (32 - by));
        upsert(structures[of], number, own, used[step + 1] >>> 10, so & 6);
      }
    }
    return frame;
  }

  return function run(pages, withCaches) {
    caches = withCaches;
    references = 0;
    for (const tlb of [nestedTlb, nestedPde, ...structures]) tlb?.empty();
    l1.empty();
    l2.empty();
    const counts = [0, 0, 0, 0];
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
    counts[3] = references;
    return { sum: sum >>> 0, counts };
  };
}
