/** The second dimension: guest-physical to host-physical, by whichever table the machine has. */
import * as ept from './ept';
import * as evidence from './evidence';
import * as npt from './npt';
import { NESTED_EPT, NESTED_NONE, nestedKind, nestedLevels } from './registers';

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
  return true;
}
