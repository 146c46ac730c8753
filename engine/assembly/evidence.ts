/**
 * The evidence of one translation: a record for each entry read and each accessed or dirty update, in
 * order, and how it ended. The records lie in linear memory; `layout.ts` tells the other side where.
 */

@unmanaged
export class Event {
  /** Host-physical address of the entry. */
  hpa: u64;
  /** The entry: as read, or as stored. */
  value: u64;
  /** Of a reference: the address that it helps to translate. Of a store: the entry before it. */
  subject: u64;
  /** Guest-physical address of a guest entry. */
  gpa: u64;
  /** The address in the entry. */
  target: u64;
  /** Of a reference: whom it served, -1 for the access itself. Of a store: the reference it updates. */
  parent: i16;
  /** The reference that gave the address read here, -1 for a register. */
  from: i16;
  kind: u8;
  table: u8;
  level: u8;
  row: u8;
  meaning: u8;
}

export const KIND_REFERENCE: u8 = 0;
export const KIND_STORE: u8 = 1;

export const TABLE_GUEST: u8 = 0;
export const TABLE_EPT: u8 = 1;
export const TABLE_NPT: u8 = 2;

export const MEANS_TABLE: u8 = 0;
export const MEANS_PAGE: u8 = 1;
export const MEANS_NOT_PRESENT: u8 = 2;
export const MEANS_RESERVED: u8 = 3;
export const MEANS_MISCONFIGURED: u8 = 4;

@unmanaged
export class Outcome {
  /** What the access reached, when `result` is OK. */
  hpa: u64;
  /** The final guest-physical address, or the one at which the second dimension faulted. */
  gpa: u64;
  /** Error code or exit qualification. */
  code: u64;
  /** What is allowed there, as tlb/payload.ts has it. */
  rights: u64;
  result: u8;
  /** Level of the paging-structure entry that a cache had, so that the walk began below it; 0: none. */
  cached: u8;
  /** Level of the leaf on either side: 1 = 4K, 2 = 2M, 3 = 1G; host 0 on bare metal. */
  guestLeaf: u8;
  hostLeaf: u8;
}

export const OK: u8 = 0;
export const PAGE_FAULT: u8 = 1;
export const GENERAL_PROTECTION: u8 = 2;
export const EPT_VIOLATION: u8 = 3;
export const EPT_MISCONFIGURATION: u8 = 4;
export const NESTED_PAGE_FAULT: u8 = 5;
/** A guest-physical address above 48 bits under a four-level nested table: no such machine. */
export const GPA_TOO_WIDE: u8 = 6;

/*
 * The benchmark compares the walk with one that leaves nothing for a reader, and is built so too:
 * `asc --use WITHOUT_EVIDENCE=1`. What remains is what the walk itself asks for again: which entries its
 * references read, and how it ended.
 */
// @ts-ignore: a name that only a build option defines
const KEPT: bool = !isDefined(WITHOUT_EVIDENCE);

// At most 35 references (five levels on both sides) and a store for each of them.
const MAX_EVENTS: usize = 128;
const events: usize = memory.data(128 * offsetof<Event>(), 8);
// The event of each reference, by reference index.
const references: usize = memory.data(64 * sizeof<u32>(), 4);

export const outcome: Outcome = changetype<Outcome>(memory.data(offsetof<Outcome>(), 8));

let eventCount: i32 = 0;
let referenceCount: i32 = 0;

/** Where the events lie in linear memory, and where the outcome does. */
export function eventsAt(): usize {
  return events;
}
export function outcomeAt(): usize {
  return changetype<usize>(outcome);
}
export function numberOfEvents(): i32 {
  return eventCount;
}
export function numberOfReferences(): i32 {
  return referenceCount;
}

export function begin(): void {
  eventCount = 0;
  referenceCount = 0;
  if (!KEPT) {
    outcome.result = OK;
    return;
  }
  memory.fill(changetype<usize>(outcome), 0, offsetof<Outcome>());
}

function push(): Event {
  const event = changetype<Event>(events + <usize>eventCount * offsetof<Event>());
  memory.fill(changetype<usize>(event), 0, offsetof<Event>());
  if (<usize>eventCount < MAX_EVENTS - 1) eventCount++;
  return event;
}

/** The reference with this index. */
// @ts-ignore: decorator
@inline
export function reference(index: i32): Event {
  if (!KEPT) return changetype<Event>(events + (<usize>index) * offsetof<Event>());
  return changetype<Event>(<usize>load<u32>(references + ((<usize>index) << 2)));
}

/** Records that an entry was read; what it means is filled in by the walker. Returns its index. */
// @ts-ignore: decorator
@inline
export function read(
  table: u8,
  level: i32,
  row: i32,
  hpa: u64,
  value: u64,
  subject: u64,
  gpa: u64,
  from: i32,
): i32 {
  const index = referenceCount++;
  if (!KEPT) {
    const plain = reference(index);
    plain.hpa = hpa;
    plain.gpa = gpa;
    return index;
  }
  const event = push();
  store<u32>(references + ((<usize>index) << 2), <u32>changetype<usize>(event));
  event.kind = KIND_REFERENCE;
  event.table = table;
  event.level = <u8>level;
  event.row = <u8>row;
  event.hpa = hpa;
  event.value = value;
  event.subject = subject;
  event.gpa = gpa;
  event.parent = -1;
  event.from = <i16>from;
  return index;
}

/** Says what the entry that a reference read means, and which address is in it. */
// @ts-ignore: decorator
@inline
export function means(index: i32, meaning: u8, target: u64): void {
  if (!KEPT) return;
  const event = reference(index);
  event.meaning = meaning;
  event.target = target;
}

/** A cache had the entry of this level, and with it all above. */
export function startedBelow(level: i32): void {
  outcome.cached = <u8>level;
}

/** Records an accessed or dirty update of the entry that `index` read. */
export function stored(index: i32, before: u64, value: u64): void {
  if (!KEPT) return;
  const event = push();
  event.kind = KIND_STORE;
  event.hpa = reference(index).hpa;
  event.value = value;
  event.subject = before;
  event.parent = <i16>index;
}

/** The references from `first` on served the reference `parent`. */
// @ts-ignore: decorator
@inline
export function serve(first: i32, parent: i32): void {
  if (!KEPT) return;
  for (let index = first; index < parent; index++) reference(index).parent = <i16>parent;
}
