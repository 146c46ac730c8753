/**
 * Dropping entries: mark the contexts that an operation reaches, then drop their entries, all of them
 * or those of one page. Which operation reaches what is said in `operations.ts` and `asid.ts`.
 */
import { TlbArray, blockOf, highAt, lowAt, payloadAt, remove } from './array';
import { ANY_PCID, Context, contextAt, isUsed, kindOf, pcidOf, vpidOf } from './context';
import { leafOf } from './payload';
import { contextOf, lowOf, numberOf, ofSize, pageOf, sizeOf } from './tag';
import { HAS_FRACTURED, HAS_GLOBAL, Tlb, setPresent } from './tlb';

/** For `mark`: whatever the VPID, PCID or EP4TA; every VPID but the host's. */
export const ANY: u32 = 0xffff_ffff;
export const ANY_GUEST: u32 = 0xffff_fffe;
export const ANY_EP4TA: u64 = ~(<u64>0);

function reaches(
  context: Context,
  kinds: u32,
  vpid: u32,
  pcid: u32,
  ep4ta: u64,
  globals: bool,
): bool {
  if (((kinds >> kindOf(context)) & 1) == 0) return false;
  if (vpid == ANY_GUEST) {
    if (vpidOf(context) == 0) return false;
  } else if (vpid != ANY && vpidOf(context) != vpid) return false;
  if (ep4ta != ANY_EP4TA && context.ep4ta != ep4ta) return false;
  const owner = pcidOf(context);
  return owner == ANY_PCID ? globals : pcid == ANY || owner == pcid;
}

/**
 * Marks contexts: those of the kinds in the mask `kinds`, of `vpid` (or ANY, ANY_GUEST), `pcid` (or
 * ANY) and `ep4ta` (or ANY_EP4TA). `globals`: also the global entries of such a VPID, whose PCID is any.
 * Returns whether there are any.
 */
export function mark(
  t: Tlb,
  kinds: u32,
  vpid: u32,
  pcid: u32,
  ep4ta: u64,
  globals: bool,
): bool {
  let any = false;
  for (let number: u32 = 0; number < t.contextCount; number++) {
    const context = contextAt(t, number);
    const is = isUsed(context) && reaches(context, kinds, vpid, pcid, ep4ta, globals);
    store<u8>(t.marks + number, is ? 1 : 0);
    if (is) any = true;
  }
  return any;
}

// @ts-ignore: decorator
@inline
function isMarked(t: Tlb, high: u32): bool {
  return load<u8>(t.marks + contextOf(high)) != 0;
}

/** Drops all entries of marked contexts from the arrays in the mask. */
export function dropMarked(t: Tlb, arrays: u32): void {
  t.lastKey = 0;
  let present: u32 = 0;
  for (let index: u32 = 0; index < t.arrayCount; index++) {
    if (((arrays >> index) & 1) == 0) continue;
    const array = changetype<TlbArray>(t.array(index));
    const isTranslation = ((t.translations >> index) & 1) != 0;
    for (let set: u32 = 0; set <= array.setMask; set++) {
      const block = blockOf(array, set);
      for (let way: u32 = 0; way < array.ways; way++) {
        const high = highAt(array, block, way);
        if (high == 0) continue;
        if (isMarked(t, high)) remove(array, block, <i32>way);
        else if (isTranslation) {
          const payload = load<u64>(payloadAt(array, block, <i32>way));
          present |= (<u32>1) << sizeOf(high);
          if (pcidOf(contextAt(t, contextOf(high))) == ANY_PCID) present |= HAS_GLOBAL;
          if (leafOf(payload) > sizeOf(high)) present |= HAS_FRACTURED;
        }
      }
    }
  }
  // All translations were seen: what is not among them is nowhere.
  if ((arrays & t.translations) == t.translations) setPresent(t, present);
}

/**
 * Drops the translations of marked contexts for the page of `address` from the arrays in the mask:
 * entries of each size that hold it, and every piece of a larger leaf that does (SDM vol. 3, 4.10.4.1).
 */
export function dropAddress(t: Tlb, arrays: u32, address: u64): void {
  t.lastKey = 0;
  const fractured = (t.present & HAS_FRACTURED) != 0 || (arrays & t.nestedTranslations) != 0;
  const page = pageOf(address);
  for (let index: u32 = 0; index < t.arrayCount; index++) {
    if (((arrays >> index) & 1) == 0) continue;
    const array = changetype<TlbArray>(t.array(index));
    if (fractured) dropPieces(t, array, page);
    else {
      for (let size = 0; size < 3; size++) {
        if (((t.present >> size) & 1) != 0) dropNumber(t, array, ofSize(page, size), size);
      }
    }
  }
}

// The entries of one number and size in one set, whichever marked context they are of.
function dropNumber(t: Tlb, array: TlbArray, number: u64, size: i32): void {
  const low = lowOf(number);
  const block = blockOf(array, low);
  for (let way: u32 = 0; way < array.ways; way++) {
    const high = highAt(array, block, way);
    if (high == 0 || lowAt(array, block, way) != low) continue;
    if (sizeOf(high) != size || numberOf(low, high) != number) continue;
    if (isMarked(t, high)) remove(array, block, <i32>way);
  }
}

function dropPieces(t: Tlb, array: TlbArray, page: u64): void {
  for (let set: u32 = 0; set <= array.setMask; set++) {
    const block = blockOf(array, set);
    for (let way: u32 = 0; way < array.ways; way++) {
      const high = highAt(array, block, way);
      if (high == 0 || !isMarked(t, high)) continue;
      const size = sizeOf(high);
      const leaf = max(size, leafOf(load<u64>(payloadAt(array, block, <i32>way))));
      const number = numberOf(lowAt(array, block, way), high);
      if (ofSize(number, leaf - size) == ofSize(page, leaf)) remove(array, block, <i32>way);
    }
  }
}
