/** The second dimension: guest-physical to host-physical, by whichever table the machine has. */
import { FETCH, WRITE } from './access';
import { D } from './entry';
import * as ept from './ept';
import * as evidence from './evidence';
import { read64 } from './memory';
import * as npt from './npt';
import { NESTED_EPT, NESTED_NONE, NESTED_NPT, eptAd, nestedKind, nestedLevels } from './registers';
import { caches, findNested, keepNested, nestedHpa, nestedLevel, nestedRights } from './walk-caches';

/** What the last translation found, when it succeeded. `leafLevel` is 0 on bare metal. */
export let hpa: u64 = 0;
export let leafLevel: i32 = 0;
/** What it allows, by EPT's bits: R, W, X. */
export let rights: u64 = 0;

/** Translates `gpa`; false when it faulted (the outcome then says how). */
// @ts-ignore: decorator
@inline
export function translate(gpa: u64, access: i32, final: bool, row: i32): bool {
  if (nestedKind == NESTED_NONE) {
    hpa = gpa;
    leafLevel = 0;
    rights = 7;
    return true;
  }
  if (nestedLevels == 4 && gpa >> 48 != 0) {
    evidence.outcome.result = evidence.GPA_TOO_WIDE;
    evidence.outcome.gpa = gpa;
    return false;
  }
  if (caches != 0) {
    const wanted: u64 = final ? (access == FETCH ? 4 : access == WRITE ? 2 : 1) : tableRights();
    if (findNested(gpa, wanted)) {
      hpa = nestedHpa;
      leafLevel = nestedLevel;
      rights = nestedRights;
      return true;
    }
  }
  if (nestedKind == NESTED_EPT) {
    if (!ept.translate(gpa, access, final, row)) return false;
    hpa = ept.hpa;
    leafLevel = ept.leafLevel;
    rights = ept.rights;
  } else {
    if (!npt.translate(gpa, access, final, row)) return false;
    hpa = npt.hpa;
    leafLevel = npt.leafLevel;
    rights = npt.rights;
  }
  if (caches != 0) keepNested(gpa, hpa, leafLevel, rights, isDirty());
  return true;
}

/** What an access to a guest's table needs: with accessed and dirty bits it is a write as well. */
function tableRights(): u64 {
  return nestedKind == NESTED_NPT || eptAd ? 3 : 1;
}

// Whether the leaf that was read last has its dirty bit set, or needs none.
function isDirty(): bool {
  if (nestedKind == NESTED_EPT && !eptAd) return true;
  const leaf = read64(evidence.reference(evidence.numberOfReferences() - 1).hpa);
  return (leaf & (nestedKind == NESTED_EPT ? ept.DIRTY : D)) != 0;
}
