/**
 * Swap areas and their slots (Linux mm/swapfile.c). A slot holds a copy of a page; its count says how
 * many entries of page tables name it, and whether a page in memory has it too (the swap cache).
 */
import { SWAP_SLOT, happened } from '../events';
import { giveBlock, reserveRecord } from '../memory';
import * as content from './content';
import { Node } from './node';
import { Page, pageAt } from './page';
import { at, nextThere, openSparse, peek } from './sparse';

@unmanaged
export class SwapArea {
  next: SwapArea | null;
  /** Type of its entries: its number. */
  type: u32;
  /** Higher ones are used first; of equal ones, each in turn. */
  priority: i32;
  pages: u32;
  used: u32;
  /** Directory of the slots. */
  slots: usize;
  /** Where the search for a free one goes on. */
  cursor: u32;
  /** Takes no more pages: it is being switched off. */
  closing: bool;
  gone: bool;
  /** No swap of the kernel's: a file that holds one machine's memory (park.ts). */
  isFile: bool;
}

@unmanaged
class Slot {
  /** Entries that name it. */
  count: u16;
  flags: u16;
  /** The frame that has the same page, or 0. */
  frame: u32;
  data: u32;
}

const IS_BLOCK: u16 = 1;
const SLOT_BYTES: u32 = <u32>offsetof<Slot>();

const TYPE_SHIFT: u32 = 27;
const OFFSET: u32 = (1 << 27) - 1;

/** Areas at a time: an entry has five bits for the type. */
const AREAS: u32 = 32;

/** The lowest type that no area has now. */
function freeType(node: Node): u32 {
  let type: u32 = 0;
  while (type < AREAS && areaOf(node, type) !== null) type++;
  return type;
}

/**
 * An area of so many pages; the first holds the header that mkswap writes and is never used. Null where
 * there are too many.
 */
export function addArea(node: Node, pages: u32, priority: i32): SwapArea | null {
  const type = freeType(node);
  if (type >= AREAS) return null;
  const area = changetype<SwapArea>(reserveRecord(offsetof<SwapArea>()));
  area.type = type;
  area.pages = pages;
  area.slots = openSparse(pages);
  area.cursor = 1;
  // The kernel numbers those without a priority downward from -2.
  area.priority = priority < 0 ? -2 - <i32>node.areas : priority;
  if (priority < 0) node.areas++;
  let before: SwapArea | null = null;
  let after = node.firstArea;
  while (after !== null && after.priority >= area.priority) {
    before = after;
    after = after.next;
  }
  area.next = after;
  if (before === null) node.firstArea = area;
  else before.next = area;
  return area;
}

export function areaOf(node: Node, type: u32): SwapArea | null {
  let area = node.firstArea;
  while (area !== null && area.type != type) area = area.next;
  return area;
}

/** Pages that the areas hold in all, and those not in use. */
export function swapTotal(node: Node): u32 {
  let sum: u32 = 0;
  for (let area = node.firstArea; area !== null; area = area!.next) if (!area.isFile) sum += area.pages - 1;
  return sum;
}
export function swapFree(node: Node): u32 {
  let sum: u32 = 0;
  for (let area = node.firstArea; area !== null; area = area!.next) {
    if (!area.isFile) sum += area.pages - 1 - area.used;
  }
  return sum;
}
/** Slots that a page could be written to now. */
export function swapRoom(node: Node): u32 {
  let sum: u32 = 0;
  for (let area = node.firstArea; area !== null; area = area!.next) {
    if (!area.closing && !area.isFile) sum += area.pages - 1 - area.used;
  }
  return sum;
}

/** Whether more than half of it is in use: pages read back then give their slot up (vm_swap_full()). */
export function isFull(node: Node): bool {
  return swapFree(node) * 2 < swapTotal(node);
}

function slotAt(node: Node, slot: u32): Slot {
  const area = areaOf(node, slot >> TYPE_SHIFT)!;
  return changetype<Slot>(at(area.slots, slot & OFFSET, SLOT_BYTES));
}

/** A free slot, of the area of highest priority that has one; ~0 where none has. */
export function takeSlot(node: Node): u32 {
  for (let area = node.firstArea; area !== null; area = area!.next) {
    if (area.closing || area.isFile || area.used >= area.pages - 1) continue;
    return takeSlotOf(area);
  }
  return ~0;
}

/** A free slot of an area that has one. */
export function takeSlotOf(area: SwapArea): u32 {
  let offset = area.cursor;
  while (true) {
    if (offset >= area.pages) offset = 1;
    const slot = changetype<Slot>(at(area.slots, offset, SLOT_BYTES));
    if (slot.count == 0 && slot.frame == 0) break;
    offset++;
  }
  area.cursor = offset + 1;
  area.used++;
  return (area.type << TYPE_SHIFT) | offset;
}

function release(node: Node, slot: u32): void {
  const at = slotAt(node, slot);
  if (at.count != 0 || at.frame != 0) return;
  if ((at.flags & IS_BLOCK) != 0) giveBlock(<usize>at.data);
  at.flags = 0;
  at.data = 0;
  const area = areaOf(node, slot >> TYPE_SHIFT)!;
  area.used--;
  happened(SWAP_SLOT, 0, slot & OFFSET, area.type, 0, 0);
}

/** An entry of a page table names the slot from now on, or does no more. */
export function reference(node: Node, slot: u32): void {
  slotAt(node, slot).count++;
}
export function unreference(node: Node, slot: u32): void {
  slotAt(node, slot).count--;
  release(node, slot);
}

/** A page in memory has the slot's copy too; its frame, or 0. */
export function cachedFrame(node: Node, slot: u32): u32 {
  return slotAt(node, slot).frame;
}

/** Puts a page into the swap cache with a slot of its own. */
export function addToCache(node: Node, frame: u32, slot: u32): void {
  slotAt(node, slot).frame = frame;
  pageAt(node, frame).slot = slot + 1;
  node.swapCached++;
}

/** Takes a page out of the swap cache; the slot goes when nothing else names it. */
export function dropFromCache(node: Node, frame: u32): void {
  const page: Page = pageAt(node, frame);
  if (page.slot == 0) return;
  const slot = page.slot - 1;
  page.slot = 0;
  node.swapCached--;
  slotAt(node, slot).frame = 0;
  release(node, slot);
}

/** Writes a page to its slot. */
export function writeOut(node: Node, frame: u32, slot: u32): void {
  copyOut(node, frame, slot);
  node.stat.pswpout++;
}

/** The same where it is no swapping. */
export function copyOut(node: Node, frame: u32, slot: u32): void {
  const at = slotAt(node, slot);
  if ((at.flags & IS_BLOCK) != 0) giveBlock(<usize>at.data);
  content.save(node, frame);
  at.data = content.saved;
  at.flags = content.savedIsBlock ? IS_BLOCK : 0;
}

/** Reads a slot into a frame. */
export function readIn(node: Node, frame: u32, slot: u32): void {
  const at = slotAt(node, slot);
  content.restore(node, frame, at.data, (at.flags & IS_BLOCK) != 0);
  node.stat.pswpin++;
}

/** Whether the slot's area is being switched off. */
export function isClosing(node: Node, slot: u32): bool {
  return areaOf(node, slot >> TYPE_SHIFT)!.closing;
}

export function countOf(node: Node, slot: u32): u32 {
  return slotAt(node, slot).count;
}

/** The first slot in use of an area from an offset on; 0 when there is none. */
export function nextUsed(area: SwapArea, from: u32): u32 {
  let offset = nextThere(area.slots, max<u32>(from, 1), area.pages);
  while (offset < area.pages) {
    const slot = peek(area.slots, offset, SLOT_BYTES);
    if (slot != 0 && (changetype<Slot>(slot).count != 0 || changetype<Slot>(slot).frame != 0)) {
      return offset;
    }
    offset = nextThere(area.slots, offset + 1, area.pages);
  }
  return 0;
}

// In an entry of a page table that is not present: the type in bits 63:59, the offset, inverted, in
// bits 58:14 (arch/x86/include/asm/pgtable_64.h, SWP_TYPE_BITS, SWP_OFFSET_SHIFT).
const ENTRY_TYPE_SHIFT: u64 = 59;
const ENTRY_OFFSET_SHIFT: u64 = 14;
const ENTRY_OFFSET: u64 = ((<u64>1) << 45) - 1;

/** The entry that names a slot. */
export function entryFor(slot: u32): u64 {
  const offset = ~(<u64>(slot & OFFSET)) & ENTRY_OFFSET;
  return ((<u64>(slot >> TYPE_SHIFT)) << ENTRY_TYPE_SHIFT) | (offset << ENTRY_OFFSET_SHIFT);
}

/** The slot that an entry names, which is neither empty nor present. */
export function slotOf(entry: u64): u32 {
  const offset = ~(entry >> ENTRY_OFFSET_SHIFT) & ENTRY_OFFSET;
  return (<u32>(entry >> ENTRY_TYPE_SHIFT) << TYPE_SHIFT) | <u32>offset;
}

/** Whether an entry names a slot. */
// @ts-ignore: decorator
@inline
export function isSwap(entry: u64): bool {
  return entry != 0 && (entry & 1) == 0;
}
