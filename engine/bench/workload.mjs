/** What the benchmark translates: streams of page numbers, and the tables that map them. */

/** xorshift32, seeded: the same streams everywhere. */
function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const BASE = 0x4_0000n;
const PAGES_OF_1G = 1 << 18;

const fill = (count, pageOf) =>
  BigUint64Array.from({ length: count }, () => BASE + BigInt(pageOf()));

/** 97 % over 44 pages, which fit L1, and 3 % over 1000, which fit L2. */
export function hitStream(count) {
  const random = randomFrom(1);
  return fill(count, () => (random(100) < 97 ? random(44) : random(1000)));
}

/** Uniform over the pages of 1 GiB. */
export function randomStream(count) {
  const random = randomFrom(2);
  return fill(count, () => random(PAGES_OF_1G));
}

/** The pages of a lackey trace, every line of it, an access each (a modify too). */
export function traceStream(text) {
  const pages = [];
  for (const [, hex] of text.matchAll(/^(?:I | [LSM]) ([0-9a-f]+),\d+$/gm)) {
    pages.push(BigInt(`0x${hex}`) >> 12n);
  }
  return BigUint64Array.from(pages);
}

/**
 * Guest tables of four levels and an EPT of four levels below them, 4 KiB pages on both sides, every
 * accessed bit set, as one image of host-physical memory. Pages are those of the streams and 1 GiB.
 */
export function buildTables(streams, bytes) {
  const image = new BigUint64Array(bytes / 8);
  let nextFrame = 1n;
  const takeFrame = () => {
    const frame = nextFrame++;
    if (Number(frame) * 4096 >= bytes) throw new Error('the tables outgrow their memory');
    return frame << 12n;
  };
  /** Puts a leaf for `address` into the table at `root`, making tables with `take`. */
  const map = (root, address, leaf, flags, placeOf, take) => {
    let table = root;
    for (let level = 4n; level > 1n; level--) {
      const slot = (address >> (12n + 9n * (level - 1n))) & 511n;
      const at = Number(placeOf(table) | (slot << 3n)) / 8;
      if (image[at] === 0n) image[at] = take() | flags;
      table = image[at] & 0x3fff_ffff_f000n;
    }
    image[Number(placeOf(table) | (((address >> 12n) & 511n) << 3n)) / 8] = leaf;
  };

  const eptRoot = takeFrame();
  const mapEpt = (gpa, hpa) => map(eptRoot, gpa, hpa | 0x37n, 7n, (at) => at, takeFrame);
  // The guest's tables lie in guest frames of their own, each backed by some host frame.
  const backing = new Map();
  let nextTable = 1n;
  const takeTable = () => {
    const gpa = nextTable++ << 12n;
    const hpa = takeFrame();
    backing.set(gpa, hpa);
    mapEpt(gpa, hpa);
    return gpa;
  };
  const cr3 = takeTable();
  let data = 0n;
  const mapped = new Set();
  const mapPage = (page) => {
    if (mapped.has(page)) return;
    mapped.add(page);
    // Data frames are only named; nothing lies in them.
    const gpa = 0x1_0000_0000n + (data << 12n);
    const hpa = 0x2_0000_0000n + ((data ^ 0x155n) << 12n);
    data++;
    map(cr3, page << 12n, gpa | 0x67n, 0x27n, (at) => backing.get(at), takeTable);
    mapEpt(gpa, hpa);
  };
  for (let page = 0; page < PAGES_OF_1G; page++) mapPage(BASE + BigInt(page));
  for (const stream of streams) for (const page of stream) mapPage(page);
  return { image, cr3, eptRoot, frames: Number(nextFrame) - 1 };
}
