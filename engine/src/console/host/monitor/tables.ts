/**
 * What the monitor says of a guest's page tables (target/i386/monitor.c), read from the guest's memory: entry
 * by entry, as the processor would, from CR3 down.
 */

const P = 1n;
const ADDRESS = 0x000f_ffff_ffff_f000n;
const PS = 0x80n;

export type Peek = (gpa: bigint) => bigint;

interface Leaf {
  gva: bigint;
  gpa: bigint;
  size: bigint;
  entry: bigint;
  /** Writable and user, as all levels together allow. */
  writable: boolean;
  user: boolean;
}

const canonical = (address: bigint): bigint =>
  (address & (1n << 47n)) === 0n ? address : address | 0xffff_0000_0000_0000n;

/** Everything that is mapped, in order of addresses; at most so many leaves. */
export function* leavesOf(peek: Peek, root: bigint, most = 400_000): Generator<Leaf> {
  let left = most;
  function* walk(
    table: bigint,
    level: number,
    base: bigint,
    writable: boolean,
    user: boolean,
  ): Generator<Leaf> {
    for (let slot = 0n; slot < 512n; slot++) {
      const entry = peek((table & ADDRESS) + slot * 8n);
      if ((entry & P) === 0n) continue;
      const gva = base + (slot << BigInt(12 + 9 * (level - 1)));
      const mayWrite = writable && (entry & 2n) !== 0n;
      const mayUse = user && (entry & 4n) !== 0n;
      if (level > 1 && ((entry & PS) === 0n || level === 4)) {
        yield* walk(entry, level - 1, gva, mayWrite, mayUse);
        continue;
      }
      if (--left < 0) return;
      const size = 1n << BigInt(12 + 9 * (level - 1));
      yield {
        gva: canonical(gva),
        gpa: entry & ADDRESS & ~(size - 1n),
        size,
        entry,
        writable: mayWrite,
        user: mayUse,
      };
    }
  }
  yield* walk(root, 4, 0n, true, true);
}

const hex16 = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');

/** info mem: ranges of one kind. */
export function memText(peek: Peek, root: bigint): string {
  let text = '';
  let start: bigint | null = null;
  let end = 0n;
  let kind = '';
  const close = (): void => {
    if (start === null) return;
    text += `${hex16(start)}-${hex16(end)} ${hex16(end - start)} ${kind}\n`;
    start = null;
  };
  for (const leaf of leavesOf(peek, root)) {
    const now = `${leaf.user ? 'u' : '-'}r${leaf.writable ? 'w' : '-'}`;
    if (start !== null && (now !== kind || leaf.gva !== end)) close();
    if (start === null) {
      start = leaf.gva;
      kind = now;
    }
    end = leaf.gva + leaf.size;
  }
  close();
  return text;
}

const FLAGS: [bit: bigint, letter: string][] = [
  [1n << 63n, 'X'],
  [1n << 8n, 'G'],
  [1n << 7n, 'P'],
  [1n << 6n, 'D'],
  [1n << 5n, 'A'],
  [1n << 4n, 'C'],
  [1n << 3n, 'T'],
  [1n << 2n, 'U'],
  [1n << 1n, 'W'],
];

/** info tlb: every leaf with the bits of its entry. QEMU's TLB is none of KVM's: it walks the tables. */
export function tlbText(peek: Peek, root: bigint): string {
  let text = '';
  for (const { gva, gpa, entry, size } of leavesOf(peek, root)) {
    const large = size > 4096n;
    const flags = FLAGS.map(([bit, letter]) =>
      // In a 4 KiB entry that bit is PAT.
      (entry & bit) !== 0n && (letter !== 'P' || large) ? letter : '-',
    ).join('');
    text += `${hex16(gva)}: ${hex16(gpa)} ${flags}\n`;
  }
  return text;
}

/** The guest-physical address of a virtual one; null where nothing is mapped. */
export function translate(peek: Peek, root: bigint, gva: bigint): bigint | null {
  if (canonical(gva & 0xffff_ffff_ffffn) !== gva) return null;
  let table = root;
  for (let level = 4; level >= 1; level--) {
    const slot = (gva >> BigInt(12 + 9 * (level - 1))) & 511n;
    const entry = peek((table & ADDRESS) + slot * 8n);
    if ((entry & P) === 0n) return null;
    if (level === 1 || (level < 4 && (entry & PS) !== 0n)) {
      const size = 1n << BigInt(12 + 9 * (level - 1));
      return (entry & ADDRESS & ~(size - 1n)) + (gva & (size - 1n));
    }
    table = entry;
  }
  return null;
}
