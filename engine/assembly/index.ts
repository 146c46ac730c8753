/** Everything that the engine exports; the machine itself is in the files named here. */
export { clear, read64, write64 } from './memory';
export { setPaging, setNative, setEpt, setNpt } from './registers';
export { translate } from './walk';
export { eventsAt, numberOfEvents, outcomeAt } from './evidence';
export { startHost, takeTable, placeOf, readGuest64, writeGuest64, back, backRange } from './host';
export { startGuest, takeGuestTable, mapGuest } from './guest';
export { findMapping, mappingAt } from './mappings';
export * from './layout';
export { STATE_BYTES, stateAt } from './state';
export { arenaAt, makeRoomFor, restored, stateHash } from './snapshot';
export { forgetHappenings, happeningsAt, lostHappenings, numberOfHappenings } from './events';
export * from './tlb';
export * from './kernel';
export * from './kvm';
export * from './kvm/layout';
