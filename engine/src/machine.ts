import { instantiate } from '@pagewalk/engine/wasm';
import { leafLevel, pageSizeOfLevel, indexAtLevel } from './address.ts';
import type { Address, PageSize } from './address.ts';
import type {
  Meaning,
  Outcome,
  Reference,
  Store,
  Table,
  Translation,
  WalkEvent,
} from './evidence.ts';
import type { Access, AccessKind, Nested, Paging } from './paging.ts';

type Wasm = Awaited<ReturnType<typeof instantiate>>;

const KINDS: Record<AccessKind, number> = { read: 0, write: 1, fetch: 2 };
const TABLES: readonly Table[] = ['guest', 'ept', 'npt'];
const MEANINGS: readonly Meaning[] = ['table', 'page', 'not-present', 'reserved', 'misconfigured'];

/** A page that a guest's tables map, as software reads them. */
export interface Mapping {
  gva: Address;
  gpa: Address;
  page: PageSize;
  /** The leaf entry. */
  entry: Address;
  /** What all the entries on the way leave of the rights. */
  writable: boolean;
  user: boolean;
  executable: boolean;
}

/**
 * The typed handle on the machine. Its whole state lies in WebAssembly memory; this class moves
 * arguments in and evidence out, and decides nothing.
 */
export class Machine {
  readonly #wasm: Wasm;
  #view: DataView;
  #native = true;
  #last: Access | null = null;

  private constructor(wasm: Wasm) {
    this.#wasm = wasm;
    this.#view = new DataView(wasm.memory.buffer);
  }

  /** Makes a machine from the compiled engine. Each has its own memory. */
  static async instantiate(module: WebAssembly.Module): Promise<Machine> {
    return new Machine(await instantiate(module, {}));
  }

  /** All of memory reads as zero again. */
  clear(): void {
    this.#wasm.clear();
  }

  /** Sets the control registers of guest paging. */
  setPaging(paging: Paging): void {
    this.#wasm.setPaging(
      paging.levels,
      paging.cr3,
      paging.maxphyaddr,
      paging.wp,
      paging.nxe,
      paging.smep,
      paging.smap,
      paging.ac,
      paging.page1g,
    );
  }

  /** Sets the second dimension. Call after `setPaging`: its root is cut to the physical width. */
  setNested(nested: Nested): void {
    this.#native = nested === null;
    if (nested === null) this.#wasm.setNative();
    else if (nested.kind === 'ept') {
      this.#wasm.setEpt(nested.levels, nested.root, nested.ad, nested.executeOnly);
    } else this.#wasm.setNpt(nested.levels, nested.root, nested.nxe);
  }

  /** Reads the 8-byte entry at an 8-aligned host-physical address. */
  read(hpa: Address): Address {
    return this.#wasm.read64(hpa);
  }

  /** Writes the 8-byte entry at an 8-aligned host-physical address. */
  write(hpa: Address, value: Address): void {
    this.#wasm.write64(hpa, value);
  }

  /** Translates one access on cold hardware and returns everything that happened. */
  translate(access: Access): Translation {
    this.translateOnly(access);
    return this.lastTranslation();
  }

  /** Translates without reading the evidence out; `lastTranslation` does that on demand. */
  translateOnly(access: Access): void {
    this.#wasm.translate(access.gva, KINDS[access.kind], access.cpl);
    this.#last = access;
  }

  /** The evidence of the last translation. */
  lastTranslation(): Translation {
    const access = this.#last;
    if (access === null) throw new Error('nothing has been translated yet');
    const wasm = this.#wasm;
    // Growing memory detaches every view of it.
    if (this.#view.buffer !== wasm.memory.buffer) this.#view = new DataView(wasm.memory.buffer);
    const references: Reference[] = [];
    const stores: Store[] = [];
    const events: WalkEvent[] = [];
    const count = wasm.numberOfEvents();
    const bytes = wasm.EVENT_BYTES.value;
    let at = wasm.eventsAt();
    for (let step = 0; step < count; step++, at += bytes) {
      if (this.#view.getUint8(at + wasm.EVENT_KIND.value) === 0) {
        const reference = this.#reference(at, references.length, access);
        references.push(reference);
        events.push({ kind: 'reference', reference });
      } else {
        const store: Store = {
          reference: this.#view.getInt16(at + wasm.EVENT_PARENT.value, true),
          hpa: this.#u64(at + wasm.EVENT_HPA.value),
          before: this.#u64(at + wasm.EVENT_SUBJECT.value),
          value: this.#u64(at + wasm.EVENT_VALUE.value),
        };
        stores.push(store);
        events.push({ kind: 'store', store });
      }
    }
    return { access, references, stores, events, outcome: this.#outcome() };
  }

  /** Puts back what a translation's accessed and dirty updates changed. */
  undo(translation: Translation): void {
    for (let index = translation.stores.length - 1; index >= 0; index--) {
      const store = translation.stores[index];
      if (store !== undefined) this.write(store.hpa, store.before);
    }
  }

  /** Starts a host that backs guest memory in pages of this size, with no tables yet. */
  startHost(backing: PageSize): void {
    this.#wasm.startHost(leafLevel(backing));
  }

  /** A fresh host frame for the root of a nested table. */
  takeTable(): Address {
    return this.#wasm.takeTable();
  }

  /** The host-physical address that stands behind a guest-physical one on this host. */
  placeOf(gpa: Address): Address {
    return this.#wasm.placeOf(gpa);
  }

  /** Reads guest memory by guest-physical address, as the hypervisor does. */
  readGuest(gpa: Address): Address {
    return this.#wasm.readGuest64(gpa);
  }

  /** Writes guest memory by guest-physical address. */
  writeGuest(gpa: Address, value: Address): void {
    this.#wasm.writeGuest64(gpa, value);
  }

  /** The hypervisor backs the page that holds a guest-physical address. */
  back(gpa: Address): void {
    this.#wasm.back(gpa);
  }

  /** The hypervisor backs every page from `start` up to `end`, excluded. */
  backRange(start: Address, end: Address): void {
    this.#wasm.backRange(start, end);
  }

  /** Starts a guest that has no tables yet, and gives the guest-physical address of its root. */
  startGuest(): Address {
    this.#wasm.startGuest();
    return this.#wasm.takeGuestTable();
  }

  /** The guest kernel maps a page: a leaf for `page` with these other bits, and the tables on the way. */
  mapGuest(gva: Address, gpa: Address, page: PageSize, flags: Address): void {
    this.#wasm.mapGuest(gva, gpa, leafLevel(page), flags);
  }

  /** The first page that the guest's tables map at or above a canonical address. */
  findMapping(from: Address): Mapping | null {
    const wasm = this.#wasm;
    if (!wasm.findMapping(from)) return null;
    if (this.#view.buffer !== wasm.memory.buffer) this.#view = new DataView(wasm.memory.buffer);
    const at = wasm.mappingAt();
    const rights = this.#u64(at + wasm.MAPPING_RIGHTS.value);
    return {
      gva: this.#u64(at + wasm.MAPPING_GVA.value),
      gpa: this.#u64(at + wasm.MAPPING_GPA.value),
      page: pageSizeOfLevel(Number(this.#u64(at + wasm.MAPPING_LEVEL.value))),
      entry: this.#u64(at + wasm.MAPPING_ENTRY.value),
      writable: (rights & 2n) !== 0n,
      user: (rights & 4n) !== 0n,
      executable: rights >> 63n === 0n,
    };
  }

  #u64(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }

  #reference(at: number, index: number, access: Access): Reference {
    const wasm = this.#wasm;
    const view = this.#view;
    const table = TABLES[view.getUint8(at + wasm.EVENT_TABLE.value)] ?? 'guest';
    const level = view.getUint8(at + wasm.EVENT_LEVEL.value);
    const meaning = MEANINGS[view.getUint8(at + wasm.EVENT_MEANING.value)] ?? 'table';
    const parent = view.getInt16(at + wasm.EVENT_PARENT.value, true);
    const from = view.getInt16(at + wasm.EVENT_FROM.value, true);
    const translates = table === 'guest' ? access.gva : this.#u64(at + wasm.EVENT_SUBJECT.value);
    return {
      index,
      table,
      level,
      slot: indexAtLevel(translates, level),
      hpa: this.#u64(at + wasm.EVENT_HPA.value),
      translates,
      gpa: table === 'guest' && !this.#native ? this.#u64(at + wasm.EVENT_GPA.value) : null,
      value: this.#u64(at + wasm.EVENT_VALUE.value),
      meaning,
      target: this.#u64(at + wasm.EVENT_TARGET.value),
      page: meaning === 'page' ? pageSizeOfLevel(level) : null,
      source: 'memory',
      parent: parent < 0 ? null : parent,
      row: view.getUint8(at + wasm.EVENT_ROW.value),
      from: from < 0 ? null : from,
    };
  }

  #outcome(): Outcome {
    const wasm = this.#wasm;
    const at = wasm.outcomeAt();
    const code = this.#u64(at + wasm.OUTCOME_CODE.value);
    const gpa = this.#u64(at + wasm.OUTCOME_GPA.value);
    switch (this.#view.getUint8(at + wasm.OUTCOME_RESULT.value)) {
      case 0: {
        const guest = this.#view.getUint8(at + wasm.OUTCOME_GUEST_LEAF.value);
        const host = this.#view.getUint8(at + wasm.OUTCOME_HOST_LEAF.value);
        return {
          result: 'ok',
          hpa: this.#u64(at + wasm.OUTCOME_HPA.value),
          gpa: this.#native ? null : gpa,
          guestPage: pageSizeOfLevel(guest),
          hostPage: this.#native ? null : pageSizeOfLevel(host),
          page: pageSizeOfLevel(this.#native ? guest : Math.min(guest, host)),
        };
      }
      case 1:
        return { result: 'page-fault', errorCode: Number(code), cr2: gpa };
      case 2:
        return { result: 'general-protection', errorCode: 0 };
      case 3:
        return { result: 'ept-violation', qualification: Number(code), gpa };
      case 4:
        return { result: 'ept-misconfiguration', gpa };
      case 5:
        return { result: 'nested-page-fault', errorCode: code, gpa };
      default:
        return { result: 'gpa-too-wide', gpa };
    }
  }
}
