/**
 * A TLB: arrays for each level, side and page size, and what the processor looks up with now.
 *
 * A TLB is known by the address of its header. All of its state lies in linear memory, taken with
 * `reserveBlock`; several may exist. `newTlb`, `addArray` once for each array, `openTlb`, then `select`.
 */
import { reserveBlock } from '../memory';
import { TlbArray, isShort, openArray } from './array';
import { ANY_PCID, BY_ASID, COMBINED, Context, GUEST_PHYSICAL, LINEAR, intern } from './context';
import { contextTag } from './tag';

/** Sides: a processor may have arrays of its own for instructions. */
export const DATA: i32 = 0;
export const INSTRUCTION: i32 = 1;

/** What an array is for: translations of level 1 or 2, or one of the caches that a walk uses. */
export const ROLE_L1: i32 = 0;
export const ROLE_L2: i32 = 1;
/** Guest-physical translations (the nested TLB). */
export const ROLE_NESTED: i32 = 2;
/** Paging-structure caches: by which entries they hold, levels 2 (PDE) to 5 (PML5E). */
export const ROLE_STRUCTURES: i32 = 3;
/** Paging-structure caches of EPT (guest-physical), likewise. */
export const ROLE_NESTED_STRUCTURES: i32 = 4;

export const MAX_ARRAYS: u32 = 24;

/** Entries of all arrays together, at most: contexts are numbered in 16 bits. */
export const MAX_ENTRIES: u32 = 30000;

/** What may be in the arrays: bits 0 to 2 the page sizes, then these. Set by fills, cleared by sweeps. */
export const HAS_GLOBAL: u32 = 1 << 3;
export const HAS_FRACTURED: u32 = 1 << 4;

const ROUTES: usize = 12;

@unmanaged
export class Tlb {
  /** The page looked up last, with side and context, and its entry: looking again changes nothing. */
  lastKey: u64;
  lastHit: usize;
  /** Tag bits of the current context, of its global entries, and of its guest-physical ones. */
  own: u32;
  shared: u32;
  guestPhysical: u32;
  /** The own context as it stands in lastKey. */
  key: u64;
  present: u32;
  /**
   * The short way, while all entries are of one size and none is global: the tag bits of own entries of
   * that size, by how much its pages are larger than 4K, and the L1 array of each side, of four ways at
   * most; 0 without.
   */
  shortTag: u32;
  shortShift: u32;
  shortData: u32;
  shortInstruction: u32;
  /** Frames of the entries that `runShort` found, added up: for a check. */
  frames: u32;
  /** The current context in full. */
  kind: u32;
  vpid: u32;
  pcid: u32;
  ep4ta: u64;

  contexts: usize;
  contextIndex: usize;
  marks: usize;
  contextCount: u32;
  contextSlots: u32;
  contextsUsed: u32;

  arrayCount: u32;
  entries: u32;
  /** By role, for a sweep: a bit for each array. */
  translations: u32;
  nestedTranslations: u32;
  structures: u32;
  nestedStructures: u32;
  nested: usize;

  /** Where the parts that have an index lie, behind the fields. */
  // @ts-ignore: decorator
  @inline
  private get tail(): usize {
    return changetype<usize>(this) + ((offsetof<Tlb>() + 7) & ~7);
  }

  /** The array of a level (0, 1), side and page size; 0 where there is none. */
  // @ts-ignore: decorator
  @inline
  route(level: i32, side: i32, size: i32): usize {
    return <usize>load<u32>(this.tail + ((<usize>(level * 6 + side * 3 + size)) << 2));
  }

  setRoute(level: i32, side: i32, size: i32, array: usize): void {
    store<u32>(this.tail + ((<usize>(level * 6 + side * 3 + size)) << 2), <u32>array);
  }

  /** The paging-structure cache of a level (2 to 5), of the linear or of the nested walk; 0. */
  structure(level: i32, nested: bool): usize {
    return <usize>load<u32>(this.tail + ((ROUTES + <usize>(level - 2 + (nested ? 4 : 0))) << 2));
  }

  setStructure(level: i32, nested: bool, array: usize): void {
    store<u32>(this.tail + ((ROUTES + <usize>(level - 2 + (nested ? 4 : 0))) << 2), <u32>array);
  }

  // @ts-ignore: decorator
  @inline
  array(index: u32): usize {
    return this.tail + ((ROUTES + 8) << 2) + (<usize>index) * offsetof<TlbArray>();
  }
}

// The L1 array of a side and size, where its ways are few.
function shortArray(t: Tlb, side: i32, size: i32): u32 {
  const at = t.route(0, side, size);
  return at != 0 && isShort(changetype<TlbArray>(at)) ? <u32>at : 0;
}

/** Notes what may be in the arrays, and whether the short way can be taken. */
export function setPresent(t: Tlb, present: u32): void {
  t.present = present;
  // A fractured page matters to invalidations only.
  const sizes = present & ~HAS_FRACTURED;
  const isOne = sizes == 1 || sizes == 2 || sizes == 4;
  const size = isOne ? ctz(<i32>sizes) : 0;
  t.shortTag = t.own | ((<u32>size) << 13);
  t.shortShift = <u32>(size * 9);
  t.shortData = isOne ? shortArray(t, DATA, size) : 0;
  t.shortInstruction = isOne ? shortArray(t, INSTRUCTION, size) : 0;
}

/** The header of a TLB without arrays. Returns its handle. */
export function newTlb(): usize {
  return reserveBlock(
    ((offsetof<Tlb>() + 7) & ~7) +
      ((ROUTES + 8) << 2) +
      (<usize>MAX_ARRAYS) * offsetof<TlbArray>(),
  );
}

/**
 * Adds an array of `sets` (a power of two) times `ways` (1 to 128).
 *
 * Of ROLE_L1 and ROLE_L2: `sides` and `sizes` are masks of what it holds (sides: bit DATA, bit
 * INSTRUCTION; sizes: bits 0 to 2). Of ROLE_STRUCTURES and ROLE_NESTED_STRUCTURES: `sizes` is the level
 * of the entries that it holds, 2 to 5. Returns whether there was room for it.
 */
export function addArray(
  tlb: usize,
  role: i32,
  sides: u32,
  sizes: u32,
  sets: u32,
  ways: u32,
): bool {
  const t = changetype<Tlb>(tlb);
  if (t.arrayCount >= MAX_ARRAYS || t.entries + sets * ways > MAX_ENTRIES) return false;
  const index = t.arrayCount++;
  const bit = (<u32>1) << index;
  const at = t.array(index);
  t.entries += sets * ways;
  openArray(changetype<TlbArray>(at), sets, ways);
  if (role == ROLE_NESTED) {
    t.nested = at;
    t.nestedTranslations |= bit;
  } else if (role == ROLE_STRUCTURES) {
    t.setStructure(<i32>sizes, false, at);
    t.structures |= bit;
  } else if (role == ROLE_NESTED_STRUCTURES) {
    t.setStructure(<i32>sizes, true, at);
    t.nestedStructures |= bit;
  } else {
    t.translations |= bit;
    for (let side = 0; side < 2; side++) {
      for (let size = 0; size < 3; size++) {
        if (((sides >> side) & (sizes >> size) & 1) != 0) t.setRoute(role, side, size, at);
      }
    }
  }
  return true;
}

/** Ends the configuration: the TLB is empty, its current context linear, VPID 0 and PCID 0. */
export function openTlb(tlb: usize): void {
  const t = changetype<Tlb>(tlb);
  // What a side cannot have in L1, being kept in pieces there, it does not look for in L2 either.
  for (let side = 0; side < 2; side++) {
    for (let size = 0; size < 3; size++) {
      if (t.route(0, side, size) == 0) t.setRoute(1, side, size, 0);
    }
  }
  // Room for every entry's context, and for those being selected.
  t.contextCount = t.entries + 16;
  t.contextSlots = (<u32>1) << (33 - clz(t.contextCount));
  t.contexts = reserveBlock(
    (<usize>t.contextCount) * offsetof<Context>() +
      ((<usize>t.contextSlots) << 2) +
      <usize>t.contextCount,
  );
  t.contextIndex = t.contexts + (<usize>t.contextCount) * offsetof<Context>();
  t.marks = t.contextIndex + ((<usize>t.contextSlots) << 2);
  setContext(t, LINEAR, 0, 0, 0);
}

function setContext(t: Tlb, kind: u32, vpid: u32, pcid: u32, ep4ta: u64): void {
  const own = intern(t, kind, vpid, pcid, ep4ta);
  // Each is current before the next is interned, which may take back what is not.
  t.own = contextTag(own);
  t.shared = contextTag(intern(t, kind, vpid, ANY_PCID, ep4ta));
  t.guestPhysical = contextTag(intern(t, GUEST_PHYSICAL, kind == BY_ASID ? vpid : 0, 0, ep4ta));
  t.key = ((<u64>1) << 63) | ((<u64>own) << 46);
  t.kind = kind;
  t.vpid = vpid;
  t.pcid = pcid;
  t.ep4ta = ep4ta;
  setPresent(t, t.present);
}

/**
 * What lookups and fills are for from now on: nothing is invalidated. `kind` is LINEAR (no second
 * dimension), COMBINED (EPT) or BY_ASID (NPT); `vpid` has 16 bits, 0 for the host and without VPIDs; `pcid` 12, 0 with CR4.PCIDE = 0;
 * `ep4ta` is bits 51:12 of the EPT pointer in their place; only COMBINED has it.
 */
export function select(tlb: usize, kind: u32, vpid: u32, pcid: u32, ep4ta: u64): void {
  const t = changetype<Tlb>(tlb);
  if (t.kind == kind && t.vpid == vpid && t.pcid == pcid && t.ep4ta == ep4ta) return;
  setContext(t, kind, vpid, pcid, kind == COMBINED ? ep4ta : 0);
}
