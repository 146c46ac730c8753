import type { Address } from '../address.ts';
import type { TableView } from '../kvm/views.ts';

/** The pages that a process maps, each with the whole way to the host's frame. */

export interface SpacePage {
  gva: Address;
  /** Bytes of the guest's page. */
  size: Address;
  writable: boolean;
  gpa: Address;
  /** The guest-physical address is the guest's memory; elsewhere a device may be. */
  isMemory: boolean;
  /** The host's frame behind it; null where the host has none yet. */
  hpa: Address | null;
}

const ADDRESS = 0x000f_ffff_ffff_f000n;
const PS = 0x80n;

/** Walks all of a guest's tables from a root, its lower half only: the upper half is the kernel's. */
export function pagesOf(guest: {
  root: Address;
  levels: number;
  /** Bytes of the guest's memory. */
  memory: Address;
  table: (gpa: Address) => TableView;
  behind: (gpa: Address) => Address | null;
}): SpacePage[] {
  const pages: SpacePage[] = [];
  const visit = (table: Address, level: number, base: Address): void => {
    const size = 1n << BigInt(9 * level + 3);
    for (const { slot, entry } of guest.table(table)) {
      if (level === guest.levels && slot >= 256) continue;
      if ((entry & 1n) === 0n) continue;
      const gva = base + BigInt(slot) * size;
      if (level > 1 && !(level <= 3 && (entry & PS) !== 0n)) {
        visit(entry & ADDRESS, level - 1, gva);
        continue;
      }
      const gpa = entry & ADDRESS & ~(size - 1n);
      const isMemory = gpa < guest.memory;
      const writable = (entry & 2n) !== 0n;
      pages.push({ gva, size, writable, gpa, isMemory, hpa: isMemory ? guest.behind(gpa) : null });
    }
  };
  visit(guest.root, guest.levels, 0n);
  return pages;
}
