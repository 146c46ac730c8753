import { bit, bits, entryOffset, sizeAtLevel } from './trace.ts';
import type { Fault, Mapped, Purpose, SecondDimension, Trace } from './trace.ts';

const R = bit(0);
const W = bit(1);
const X = bit(2);
const LARGE = bit(7);
const ACCESSED = bit(8);
const DIRTY = bit(9);

/** Reserved bits of a PML5E or PML4E, and of a PDPTE or PDE that points to a table (29.3.2). */
const RESERVED_HIGH_LEVEL = bits(7, 3);
const RESERVED_TABLE = bits(6, 3);

/** Address bits inside the page that a leaf of this level maps. */
const OFFSET = [0n, bits(11, 0), bits(20, 0), bits(29, 0)] as const;

export interface EptConfig {
  root: bigint;
  levels: number;
  ad: boolean;
  executeOnly: boolean;
  maxphyaddr: number;
}

/** Extended page tables (SDM 29.3; 28.2 in older editions). */
export class Ept implements SecondDimension {
  private readonly trace: Trace;
  private readonly config: EptConfig;
  private readonly beyond: bigint;
  private readonly address: bigint;

  constructor(trace: Trace, config: EptConfig) {
    this.trace = trace;
    this.config = config;
    this.beyond = bits(51, config.maxphyaddr);
    this.address = bits(config.maxphyaddr - 1, 12);
  }

  translate(gpa: bigint, purpose: Purpose): Mapped | Fault {
    const { trace, config } = this;
    // 29.3.2: four levels translate 48 bits; the contract calls a wider address invalid input.
    if (config.levels === 4 && gpa >> 48n !== 0n) return { end: 'fault', result: 'invalid' };

    const asked = this.asked(purpose);
    const used: bigint[] = [];
    let rights = R | W | X;
    let table = config.root & ~0xfffn;
    for (let level = config.levels; ; level--) {
      const hpa = table | entryOffset(gpa, level);
      const entry = trace.read('ept', level, hpa);
      // 29.3.2: present is any of R, W, X. Nothing else of a not-present entry is looked at.
      if ((entry & (R | W | X)) === 0n) return violation(gpa, asked, 0n, purpose);
      if (this.misconfigured(entry, level)) {
        return { end: 'fault', result: 'ept-misconfiguration', gpa };
      }
      used.push(hpa);
      rights &= entry;
      if (!isLeaf(entry, level)) {
        table = entry & this.address;
        continue;
      }

      // 29.3.3.2: rights are judged on the AND over the entries used.
      if ((rights & asked) !== asked) return violation(gpa, asked, rights, purpose);
      // 29.3.5: A in every entry used, D in the leaf on a write.
      if (config.ad) {
        const leaf = (asked & W) !== 0n ? ACCESSED | DIRTY : ACCESSED;
        used.forEach((at, i) => trace.set(at, i === used.length - 1 ? leaf : ACCESSED));
      }
      const offset = OFFSET[level]!;
      return {
        end: null,
        hpa: (entry & this.address & ~offset) | (gpa & offset),
        page: sizeAtLevel(level),
        // 29.3.3.2: setting A or D in a guest entry is a data write for EPT. It is a read-modify-write,
        // so bits 0 and 1 (kvm-unit-tests `ept_access_test_paddr_read_only_ad_disabled`). The rights are
        // those that the entry's read met: A and D stores made since change none of bits 2:0.
        updateFault: (rights & W) !== 0n ? null : violation(gpa, R | W, rights, purpose),
      };
    }
  }

  /**
   * What the access needs, as bits 2:0 of an entry, which are bits 2:0 of the qualification too.
   * 29.3.3.2: a guest paging-structure entry is read as data; 29.3.5: with A/D on that counts as a write,
   * and the footnote of table 28-7 has bits 0 and 1 both set.
   */
  private asked(purpose: Purpose): bigint {
    if (purpose.table) return this.config.ad ? R | W : R;
    return purpose.kind === 'write' ? W : purpose.kind === 'fetch' ? X : R;
  }

  /** 29.3.3.1: present, but no processor may use it. */
  private misconfigured(entry: bigint, level: number): boolean {
    if ((entry & (R | W)) === W) return true;
    if ((entry & (R | W | X)) === X && !this.config.executeOnly) return true;
    if ((entry & this.beyond) !== 0n) return true;
    if (level >= 4) return (entry & RESERVED_HIGH_LEVEL) !== 0n;
    if (!isLeaf(entry, level)) return (entry & RESERVED_TABLE) !== 0n;
    // There is no PAT bit in EPT: bit 12 of a large leaf is reserved as well.
    if ((entry & OFFSET[level]! & ~0xfffn) !== 0n) return true;
    const memoryType = (entry >> 3n) & 7n;
    return memoryType === 2n || memoryType === 3n || memoryType === 7n;
  }
}

/** Bit 7 of a PTE is ignored; of a PDE or PDPTE it selects a leaf (29.3.2). */
const isLeaf = (entry: bigint, level: number): boolean =>
  level === 1 || (level <= 3 && (entry & LARGE) !== 0n);

/** SDM table 28-7, "Exit Qualification for EPT Violations". */
function violation(gpa: bigint, asked: bigint, rights: bigint, purpose: Purpose): Fault {
  const linearAddressValid = 1 << 7;
  const finalTranslation = purpose.table ? 0 : 1 << 8;
  return {
    end: 'fault',
    result: 'ept-violation',
    qualification:
      Number(asked) | (Number(rights & 7n) << 3) | linearAddressValid | finalTranslation,
    gpa,
  };
}
