import {
  ACCESSED,
  DIRTY,
  LARGE,
  PRESENT,
  alignFrame,
  frameIn,
  slotOf,
  type GuestMemory,
} from './kvm-memory.ts';
import type { Reached, Stats } from './kvm-shadow.ts';
import {
  ALL,
  EXEC,
  FAULT_PRESENT,
  FAULT_RESERVED,
  WRITE,
  faultCode,
  isReserved,
  rightsOf,
  type Kind,
} from './kvm-walk.ts';

/**
 * Nested paging by the TDP MMU (rules N1 to N3, H1 and H2 of ../shared/kvm/README.md): the
 * processor walks the guest's tables, and only a guest-physical page that is not mapped exits.
 */
export class NestedMmu {
  #cr3 = 0n;
  /** By host page: whether the mapping is writable. */
  readonly #mapped = new Map<number, boolean>();

  constructor(
    readonly memory: GuestMemory,
    readonly stats: Stats,
  ) {
    memory.invalidate = (gfn, count) => {
      for (let each = gfn; each < gfn + count; each++) {
        if (this.#mapped.delete(this.#page(each))) this.stats[this.#gauge(each)]--;
      }
    };
  }

  start(cr3: bigint): void {
    this.#cr3 = cr3;
  }

  cr3(value: bigint): void {
    this.#cr3 = value;
  }

  /** Writes of CR4 are always intercepted (svm.c, init_vmcb()). */
  flushAll(_changed: boolean): void {
    this.stats.exits++;
  }

  invlpg(_va: bigint): void {
    // No exit.
  }

  stored(_gpa: bigint): void {
    // Nothing is emulated.
  }

  #page(gfn: number): number {
    return this.memory.isHuge(gfn) ? alignFrame(gfn, 2) : gfn;
  }

  #gauge(gfn: number): 'pages_4k' | 'pages_2m' {
    return this.memory.isHuge(gfn) ? 'pages_2m' : 'pages_4k';
  }

  /** A guest-physical access by the processor. */
  #touch(gfn: number, write: boolean): void {
    const page = this.#page(gfn);
    for (;;) {
      const writable = this.#mapped.get(page);
      if (writable === true || (writable === false && !write)) return;
      this.stats.exits++;
      this.stats.pf_taken++;
      const taken = this.memory.take(gfn, write);
      if (taken === 'retry') continue;
      if (writable === undefined) this.stats[this.#gauge(gfn)]++;
      this.#mapped.set(page, taken === 'writable');
    }
  }

  /**
   * The guest's accessed and dirty bits are set when its walk has ended with permission granted, before
   * the data itself is reached; processors differ there (QEMU sets A level by level).
   */
  access(va: bigint, kind: Kind): Reached {
    const passed: bigint[] = [];
    let gfn = frameIn(this.#cr3);
    let rights = ALL;
    let entry: bigint;
    let level = 5;
    do {
      level--;
      if (!this.memory.has(gfn)) return { code: faultCode(kind, 0) };
      // The processor's accesses to tables count as writes.
      this.#touch(gfn, true);
      const at = (BigInt(gfn) << 12n) + BigInt(slotOf(va, level) * 8);
      passed.push(at);
      entry = this.memory.read(at);
      if ((entry & PRESENT) === 0n) return { code: faultCode(kind, 0) };
      if (isReserved(entry, level))
        return { code: faultCode(kind, FAULT_PRESENT | FAULT_RESERVED) };
      rights &= rightsOf(entry);
      gfn = frameIn(entry);
    } while (level > 1 && (entry & LARGE) === 0n);
    const needed = { read: 0, write: WRITE, fetch: EXEC }[kind];
    if ((rights & needed) !== needed) return { code: faultCode(kind, FAULT_PRESENT) };
    for (const at of passed) this.memory.write(at, this.memory.read(at) | ACCESSED);
    if (kind === 'write') this.#dirty(passed.at(-1)!);
    gfn = alignFrame(gfn, level) + Number((va >> 12n) & BigInt(512 ** (level - 1) - 1));
    this.#touch(gfn, kind === 'write');
    return { gpa: (BigInt(gfn) << 12n) | (va & 0xfffn), emulated: false };
  }

  #dirty(at: bigint): void {
    this.memory.write(at, this.memory.read(at) | DIRTY);
  }
}
