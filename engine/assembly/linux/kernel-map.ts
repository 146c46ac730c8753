/**
 * What a guest's kernel maps for itself, in every process alike (Linux Documentation/arch/x86/x86_64/mm.rst):
 * all physical memory in a row (the direct mapping), and its own text and data. Real entries in the guest's
 * memory, which KVM shadows and QEMU's monitor walks.
 */
import { slotOf } from '../address';
import { Node } from '../mm/node';
import { store64 } from '../mm/physical';
import { A, D, P, PS, W } from '../mm/space';

/** Where the direct mapping begins without KASLR (__PAGE_OFFSET_BASE_L4), and the text (__START_KERNEL_map). */
export const DIRECT: u64 = 0xffff_8880_0000_0000;
export const TEXT: u64 = 0xffff_ffff_8100_0000;

const G: u64 = 1 << 8;
const NX: u64 = (<u64>1) << 63;
/** Present, writable, for users too, accessed, dirty: tables leave the rest to what they lead to. */
const TABLE: u64 = 0x67;

/** The text lies at 16 MiB (CONFIG_PHYSICAL_START); 14 MiB of it are mapped by large pages. */
const TEXT_AT: u64 = 0x100_0000;
const TEXT_LARGE: u64 = 7;
/** The last pages of the read-only part; what follows, up to 16 MiB, is data. */
const READ_ONLY: u64 = 2;
const LARGE: u64 = 0x20_0000;
const FULL: u64 = 512;

/** Frames that the tables of a guest with so many frames take. */
export function kernelTables(frames: u32): u32 {
  return 6 + (frames >> 18);
}

/**
 * Writes the kernel's tables into frames from `first` on; the address of its top table. `direct` and `text`
 * are where the two mappings begin.
 */
export function writeKernelTables(node: Node, first: u32, direct: u64, text: u64): u64 {
  let next = (<u64>first) << 12;
  const root = next;
  next += 0x1000;
  // The direct mapping: one table of 1 GiB entries, and one below for each.
  const upper = next;
  next += 0x1000;
  store64(node, root | (slotOf(direct, 4) << 3), upper | TABLE);
  const bytes = (<u64>node.frames) << 12;
  for (let at: u64 = 0; at < bytes; at += FULL * LARGE) {
    store64(node, upper | (slotOf(direct + at, 3) << 3), next | TABLE);
    for (let large: u64 = 0; large < FULL && at + large * LARGE < bytes; large++) {
      store64(node, next | (large << 3), (at + large * LARGE) | P | W | A | D | PS | G | NX);
    }
    next += 0x1000;
  }
  // Text and data.
  if (bytes < TEXT_AT * 2) return root;
  const above = next;
  const middle = next + 0x1000;
  const last = next + 0x2000;
  store64(node, root | (slotOf(text, 4) << 3), above | TABLE);
  store64(node, above | (slotOf(text, 3) << 3), middle | TABLE);
  let at = TEXT_AT;
  for (let large: u64 = 0; large < TEXT_LARGE; large++) {
    store64(node, middle | (slotOf(text + large * LARGE, 2) << 3), at | P | A | D | PS | G);
    at += LARGE;
  }
  store64(node, middle | (slotOf(text + TEXT_LARGE * LARGE, 2) << 3), last | TABLE);
  for (let page: u64 = 0; page < FULL; page++) {
    const data = page < READ_ONLY ? 0 : W | NX;
    store64(node, last | (page << 3), (at + (page << 12)) | P | A | D | G | data);
  }
  return root;
}
