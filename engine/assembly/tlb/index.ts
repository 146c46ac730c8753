/** What the TLB exports to the other side of the border, which configures and tests it. */
export { newTlb as tlbNew, addArray as tlbAddArray, openTlb as tlbOpen, select as tlbSelect } from './tlb';
export { lookup as tlbLookup, fill as tlbFill } from './lookup';
export { lookupNested as tlbLookupNested, fillNested as tlbFillNested } from './nested';
export {
  findStructure as tlbFindStructure,
  fillStructure as tlbFillStructure,
} from './structures';
export {
  invlpg as tlbInvlpg,
  invpcid as tlbInvpcid,
  movCr3 as tlbMovCr3,
  flushAll as tlbFlushAll,
  flushPcid as tlbFlushPcid,
  vmTransition as tlbVmTransition,
  invvpid as tlbInvvpid,
  invept as tlbInvept,
  pageFault as tlbPageFault,
  eptViolation as tlbEptViolation,
} from './operations';
export { tlbControl, invlpga as tlbInvlpga } from './asid';
