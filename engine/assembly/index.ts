/** Everything that the engine exports; the machine itself is in the files named here. */
export { clear, read64, write64 } from './memory';
export { setPaging, setNative, setEpt, setNpt } from './registers';
export { translate } from './walk';
export { eventsAt, numberOfEvents, outcomeAt } from './evidence';
export { startHost, takeTable, placeOf, readGuest64, writeGuest64, back, backRange } from './host';
export { startGuest, takeGuestTable, mapGuest } from './guest';
export { findMapping, mappingAt } from './mappings';
export * from './replay';
export { reserveBlock } from './memory';
export * from './layout';
export { STATE_BYTES, stateAt } from './state';
export { arenaAt, makeRoomFor, restored, stateHash } from './snapshot';
export { forgetHappenings, happeningsAt, lostHappenings, numberOfHappenings } from './events';
export * from './tlb';
export {
  TLB_ENTRY_AGE,
  TLB_ENTRY_EP4TA,
  TLB_ENTRY_KIND,
  TLB_ENTRY_NUMBER,
  TLB_ENTRY_PAYLOAD,
  TLB_ENTRY_PCID,
  TLB_ENTRY_SIZE,
  TLB_ENTRY_THERE,
  TLB_ENTRY_VPID,
  tlbEntryAt,
  tlbReadEntry,
} from './tlb/view';
export * from './kernel';
export * from './kvm';
export * from './kvm/layout';
export * from './mm';
export * from './linux';
export {
  SHADOW_VIEW_BYTES,
  cr3Of,
  frameInMemory,
  hostFrameOf,
  isShadowed,
  listShadowPages,
  rootTable,
  shadowViewsAt,
  tdpRootOf,
} from './kvm/view';
