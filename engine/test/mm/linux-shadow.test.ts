import { beforeAll, describe, expect, it } from 'vitest';
import type { Counters } from '../../src/kvm/counters.ts';
import type { Kvm, Vm } from '../../src/kvm/kvm.ts';
import type { LinuxGuest } from '../../src/linux/linux.ts';
import { loadKvm } from '../../src/node.ts';

const MIB = 256;
let kvm: Kvm;
beforeAll(async () => {
  kvm = await loadKvm();
});

const IDLE = { kind: 'idle', most: 0, rate: 1, period: 1000, writes: 0 } as const;

/** A machine whose guest has just been given its Linux; its clock stands. */
function guest(mode: 'ept' | 'shadow'): { vm: Vm; linux: LinuxGuest } {
  kvm.start({ cpus: 1, frames: 256 * MIB });
  const vm = kvm.createVm({ mode, frames: 64 * MIB, levels: 4, nestedLevels: 4 });
  return { vm, linux: kvm.startLinux(vm, { swap: 0, image: 1, seed: 1, workload: IDLE }) };
}

/** What a program's writing of so many new pages counts. */
function writing(mode: 'ept' | 'shadow', pages: number): Counters {
  const { vm, linux } = guest(mode);
  linux.startProgram(pages);
  linux.write(0, 1);
  kvm.resetCounters(vm);
  for (let page = 1; page < pages; page++) linux.write(page, 1 + page);
  return kvm.counters(vm);
}

describe('a guest that runs a Linux', () => {
  it('exits once for each new page under EPT: the violation', () => {
    const { exits, ept_violations: violations, mmu_pte_write: traps } = writing('ept', 101);
    expect(violations).toBe(100);
    expect(exits).toBe(100);
    expect(traps).toBe(0);
  });

  it('exits for the kernel’s touch and the program’s, and for nothing nested, under shadow paging', () => {
    const { exits, ept_violations: violations, pf_taken: faults } = writing('shadow', 101);
    expect(violations).toBe(0);
    // The page is new to the direct mapping, through which the kernel clears it, and to the program's tables.
    expect(faults).toBeGreaterThanOrEqual(200);
    expect(exits).toBeGreaterThan(200);
  });

  it('has the same in its memory either way', () => {
    const seen = (['ept', 'shadow'] as const).map((mode) => {
      const { linux } = guest(mode);
      linux.startProgram(300);
      for (let page = 0; page < 300; page++) linux.write(page, 7 * page + 1);
      return Array.from({ length: 300 }, (_, page) => linux.read(page));
    });
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]?.[5]).toBe(36);
  });

  it('maps all its memory and its text in each of its processes', () => {
    for (const mode of ['ept', 'shadow'] as const) {
      const { vm, linux } = guest(mode);
      linux.startProgram(10);
      linux.write(0, 1);
      const at = (gva: bigint): bigint => {
        let table = linux.root;
        for (let level = 4; ; level--) {
          const shift = BigInt(12 + 9 * (level - 1));
          const entry = kvm.peekGuest(vm, table + ((gva >> shift) & 511n) * 8n);
          expect(entry & 1n).toBe(1n);
          if (level === 1 || (level < 4 && (entry & 0x80n) !== 0n)) {
            const size = 1n << shift;
            return (entry & 0xf_ffff_ffff_f000n & ~(size - 1n)) + (gva & (size - 1n));
          }
          table = entry & 0xf_ffff_ffff_f000n;
        }
      };
      expect(at(0xffff_ffff_8100_0123n)).toBe(0x100_0123n);
      expect(at(0xffff_8880_0123_4567n)).toBe(0x123_4567n);
      expect(at(0xffff_8880_03ff_f000n)).toBe(0x3ff_f000n);
    }
  });
});
