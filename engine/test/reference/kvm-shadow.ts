import {
  ACCESSED,
  DIRTY,
  PRESENT,
  SLOT_FRAMES,
  alignFrame,
  frameIn,
  slotOf,
} from './kvm-memory.ts';
import type { GuestMemory } from './kvm-memory.ts';
import {
  ALL,
  EXEC,
  FAULT_PRESENT,
  FAULT_RESERVED,
  WRITE,
  hasChanged,
  rightsOf,
  walkGuest,
  type Kind,
  type Walk,
} from './kvm-walk.ts';

/**
 * Linux 6.1's shadow MMU for one vCPU, written from the rules of ../shared/kvm/README.md (S1
 * to S10, H1, H2) and from arch/x86/kvm/mmu (mmu.c, paging_tmpl.h, spte.c), whose names stand in the
 * comments. It shares nothing with the engine.
 */

/** What moves, under the names of KVM's counters. */
export type Stats = Record<
  | 'exits'
  | 'pf_taken'
  | 'pf_guest'
  | 'pf_emulate'
  | 'mmu_cache_miss'
  | 'mmu_pte_write'
  | 'mmu_flooded'
  | 'mmu_unsync'
  | 'pages_4k'
  | 'pages_2m'
  | 'invlpg',
  number
>;

/** What an access came to: where its bytes lie, or the guest's page-fault code. */
export type Reached = { gpa: bigint; emulated: boolean } | { code: number };

/** KVM_MMU_NUM_PREV_ROOTS */
const PREVIOUS_ROOTS = 3;
/** KVM_MEMSLOT_PAGES_TO_MMU_PAGES_RATIO, KVM_MIN_ALLOC_MMU_PAGES */
const PAGES_A_TABLE = 50;
const LEAST_LIMIT = 64;
/** KVM_MIN_FREE_MMU_PAGES, KVM_REFILL_PAGES */
const LEAST_FREE = 5;
const REFILL = 25;
const FLOOD = 3;
const PREFETCH = 8;

/** A shadow entry: a link to a lower shadow page, or a leaf. */
interface Spte {
  page: ShadowPage;
  index: number;
  child: ShadowPage | null;
  gfn: number;
  rights: number;
  /** Whether the host page could be mapped writable when the leaf was made. */
  hostWritable: boolean;
  /** A and D of the shadow entry itself: KVM makes them, the processor sets them. */
  accessed: boolean;
  dirty: boolean;
}

/** A leaf's bits as make_spte() makes them. */
type Bits = Pick<Spte, 'rights' | 'hostWritable' | 'accessed' | 'dirty'> & {
  /** Whether a wanted write access was withheld. */
  refused: boolean;
};

class ShadowPage {
  readonly entries = new Map<number, Spte>();
  readonly parents = new Set<Spte>();
  /** Entries below which something was out of sync, and may be (unsync_child_bitmap). */
  readonly unsyncBelow = new Set<number>();
  unsync = false;
  invalid = false;
  roots = 0;
  flood = 0;

  constructor(
    readonly gfn: number,
    readonly level: number,
    readonly direct: boolean,
    readonly access: number,
  ) {}
}

interface Root {
  cr3: bigint;
  page: ShadowPage;
}

/** Members of a map of sets; an absent one is empty. */
const NONE: ReadonlySet<Spte> = new Set();

export class ShadowMmu {
  readonly #limit: number;
  #cr3 = 0n;
  #root: Root | null = null;
  /** The roots before this one, the latest first; a place can be empty. */
  #previous: (Root | null)[] = Array.from({ length: PREVIOUS_ROOTS }, () => null);
  /** mmu_page_hash: by frame, the newest first. */
  readonly #hash = new Map<number, ShadowPage[]>();
  /** active_mmu_pages, the oldest first. */
  readonly #active = new Set<ShadowPage>();
  /** n_used_mmu_pages: zapped roots count until nothing holds them. */
  #used = 0;
  /** Upper shadow pages by frame: stores into these are tracked. */
  readonly #tracked = new Map<number, number>();
  /** lpage_info.disallow_lpage, by 2 MiB. */
  readonly #noLarge = new Map<number, number>();
  readonly #rmap = [new Map<number, Set<Spte>>(), new Map<number, Set<Spte>>()] as const;

  constructor(
    readonly memory: GuestMemory,
    readonly stats: Stats,
  ) {
    const frames = SLOT_FRAMES + memory.hugeFrames;
    this.#limit = Math.max(Math.floor(frames / PAGES_A_TABLE), LEAST_LIMIT);
    memory.invalidate = (gfn, count) => {
      this.#unmap(gfn, count);
    };
  }

  // ---- What the guest does

  start(cr3: bigint): void {
    this.#cr3 = cr3;
  }

  /** One access by the guest, with as many exits as it takes. */
  access(va: bigint, kind: Kind): Reached {
    for (;;) {
      this.#enter();
      const found = this.#translate(va, kind);
      if (typeof found === 'bigint') return { gpa: found, emulated: false };
      this.stats.exits++;
      this.stats.pf_taken++;
      const outcome = this.#pageFault(va, kind, found === 'forbidden');
      if (outcome === 'retry') continue;
      if (outcome === 'emulate') {
        this.stats.pf_emulate++;
        return { gpa: this.#addressOf(va), emulated: true };
      }
      this.stats.pf_guest++;
      return outcome;
    }
  }

  /** The emulator finds the address by the guest's tables again (vcpu_mmio_gva_to_gpa()). */
  #addressOf(va: bigint): bigint {
    const walk = walkGuest(this.memory, this.#cr3, va, 'write');
    if (typeof walk === 'number') throw new Error('an emulated store lost its page');
    return (BigInt(walk.gfn) << 12n) | (va & 0xfffn);
  }

  /** kvm_set_cr3() without PCID */
  cr3(value: bigint): void {
    this.#enter();
    this.stats.exits++;
    if (value !== this.#cr3) this.#newPgd(value);
    this.#enter();
    this.#syncRoot();
  }

  /** A change of CR4.PGE flushes all (kvm_vcpu_flush_tlb_guest()). */
  flushAll(changed: boolean): void {
    this.#enter();
    this.stats.exits++;
    if (!changed) return;
    this.#syncRoot();
    // kvm_mmu_sync_prev_roots() lets go of them.
    for (const [index, root] of this.#previous.entries()) {
      if (root === null || root.page.unsyncBelow.size === 0) continue;
      this.#previous[index] = null;
      this.#release(root);
    }
  }

  invlpg(va: bigint): void {
    this.#enter();
    this.stats.exits++;
    this.stats.invlpg++;
    for (const root of [this.#root, ...this.#previous]) {
      if (root !== null) this.#invalidate(root.page, va);
    }
  }

  /** kvm_mmu_pte_write(): the emulator has stored into a frame. */
  stored(gpa: bigint): void {
    this.stats.mmu_pte_write++;
    const gfn = Number(gpa >> 12n);
    for (const page of this.#shadowsOf(gfn)) {
      if (page.invalid) continue;
      if (page.level > 1 && ++page.flood >= FLOOD) {
        this.#zap(page);
        this.stats.mmu_flooded++;
        continue;
      }
      const spte = page.entries.get(Number(gpa & 0xfffn) >> 3);
      if (spte !== undefined) this.#drop(spte);
    }
  }

  // ---- Roots

  /** What vcpu_enter_guest() sees to first: roots that are zapped, a root that is missing. */
  #enter(): void {
    for (const [index, root] of this.#previous.entries()) {
      if (root?.page.invalid !== true) continue;
      this.#previous[index] = null;
      this.#release(root);
    }
    if (this.#root?.page.invalid === true) {
      const root = this.#root;
      this.#root = null;
      this.#release(root);
    }
    if (this.#root !== null) return;
    // kvm_mmu_load()
    this.#makeRoom();
    const page = this.#get(frameIn(this.#cr3), 4, false, ALL);
    page.roots++;
    this.#root = { cr3: this.#cr3, page };
    this.#syncRoot();
  }

  /** kvm_mmu_new_pgd(), fast_pgd_switch() */
  #newPgd(value: bigint): void {
    this.#cr3 = value;
    const held = this.#previous.findIndex((root) => root?.cr3 === value);
    const next = held < 0 ? null : this.#previous[held]!;
    // The roots before the one found move down a place; where none is, the last is let go.
    const moved = [this.#root, ...this.#previous];
    if (held >= 0) moved.splice(held + 1, 1);
    this.#previous = moved.slice(0, PREVIOUS_ROOTS);
    const last = held < 0 ? moved[PREVIOUS_ROOTS] : null;
    this.#root = next;
    if (next !== null) next.page.flood = 0;
    if (last !== null && last !== undefined) this.#release(last);
  }

  /** mmu_free_root_page() */
  #release({ page }: Root): void {
    if (--page.roots === 0 && page.invalid) this.#zap(page);
  }

  #syncRoot(): void {
    if (this.#root !== null) this.#syncChildren(this.#root.page);
  }

  // ---- The processor's walk of the shadow tables

  #translate(va: bigint, kind: Kind): bigint | 'absent' | 'forbidden' {
    let page = this.#root!.page;
    for (;;) {
      const spte = page.entries.get(slotOf(va, page.level));
      if (spte === undefined) return 'absent';
      if (spte.child !== null) {
        page = spte.child;
        continue;
      }
      const needed = { read: 0, write: WRITE, fetch: EXEC }[kind];
      if ((spte.rights & needed) !== needed) return 'forbidden';
      spte.accessed = true;
      if (kind === 'write') spte.dirty = true;
      const size = 1n << BigInt(3 + 9 * page.level);
      return (BigInt(spte.gfn) << 12n) + (va & (size - 1n));
    }
  }

  // ---- Page faults

  /** FNAME(page_fault) */
  #pageFault(va: bigint, kind: Kind, present: boolean): 'retry' | 'emulate' | { code: number } {
    const walk = walkGuest(this.memory, this.#cr3, va, kind);
    if (typeof walk === 'number') {
      // kvm_inject_emulated_page_fault()
      const stale = (walk & FAULT_PRESENT) !== 0 && (walk & FAULT_RESERVED) === 0;
      if (stale) this.#invalidate(this.#root!.page, va);
      return { code: walk };
    }
    const write = kind === 'write';
    if (present && write && this.#tracked.has(walk.gfn)) {
      this.#clearFlood(va);
      return 'emulate';
    }
    const taken = this.memory.take(walk.gfn, write);
    if (taken === 'retry') return 'retry';
    this.#makeRoom();
    return this.#fetch(walk, va, write, taken === 'writable');
  }

  /** shadow_page_table_clear_flood() */
  #clearFlood(va: bigint): void {
    let page: ShadowPage | null = this.#root!.page;
    while (page !== null) {
      page.flood = 0;
      page = childAt(page, slotOf(va, page.level));
    }
  }

  /** FNAME(fetch): fills what is missing; a store may have to be emulated. */
  #fetch(walk: Walk, va: bigint, write: boolean, hostWritable: boolean): 'retry' | 'emulate' {
    let page = this.#root!.page;
    if (hasChanged(this.memory, walk, 4)) return 'retry';
    while (page.level > walk.level) {
      page.flood = 0;
      const next = this.#guestTable(page, slotOf(va, page.level), walk);
      if (next === null) return 'retry';
      page = next;
    }
    const goal = this.#goalLevel(walk);
    page.flood = 0;
    while (page.level > goal) {
      page = this.#directTable(page, slotOf(va, page.level), walk);
      page.flood = 0;
    }
    const index = slotOf(va, goal);
    const gfn = alignFrame(walk.gfn, goal);
    const set = this.#set(page, index, gfn, walk.rights, hostWritable, false);
    const emulate = set === 'refused' && write;
    if (page.level === 1 && (emulate || set !== 'same')) this.#prefetch(page, index);
    return emulate ? 'emulate' : 'retry';
  }

  /** The shadow of the guest's next table; none where its entry changed during the fault. */
  #guestTable(page: ShadowPage, index: number, walk: Walk): ShadowPage | null {
    const level = page.level - 1;
    const linked = childAt(page, index);
    if (linked !== null) return hasChanged(this.memory, walk, level) ? null : linked;
    const child = this.#get(walk.table[level]!, level, false, walk.above[level]!);
    this.#syncChildren(child);
    if (hasChanged(this.memory, walk, level)) return null;
    this.#link(page, index, child);
    return child;
  }

  /** The table that splits a guest's large page. */
  #directTable(page: ShadowPage, index: number, walk: Walk): ShadowPage {
    const linked = childAt(page, index);
    if (linked !== null) {
      // validate_direct_spte()
      if (linked.access === walk.rights) return linked;
      this.#drop(page.entries.get(index)!);
    }
    const first = alignFrame(walk.gfn, page.level);
    const child = this.#get(first, page.level - 1, true, walk.rights);
    this.#link(page, index, child);
    return child;
  }

  /** kvm_mmu_hugepage_adjust() */
  #goalLevel(walk: Walk): number {
    if (walk.level < 2 || !this.memory.isHuge(walk.gfn)) return 1;
    if (walk.level === 2 && this.#changesItself(walk)) return 1;
    return (this.#noLarge.get(walk.gfn >> 9) ?? 0) > 0 ? 1 : 2;
  }

  /** FNAME(is_self_change_mapping): the page holds a table that maps it. */
  #changesItself(walk: Walk): boolean {
    if ((walk.rights & WRITE) === 0) return false;
    return walk.table.some((gfn) => gfn >> 9 === walk.gfn >> 9);
  }

  // ---- Leaves

  /** mmu_set_spte(): what it did, or that the entry stood there just so (RET_PF_SPURIOUS). */
  #set(
    page: ShadowPage,
    index: number,
    gfn: number,
    wanted: number,
    hostWritable: boolean,
    prefetch: boolean,
  ): 'set' | 'same' | 'refused' {
    let old = page.entries.get(index);
    if (old !== undefined && (old.child !== null || old.gfn !== gfn)) {
      this.#drop(old);
      old = undefined;
    }
    const { refused, ...bits } = this.#make(gfn, wanted, hostWritable, old, true, prefetch);
    if (old === undefined) {
      this.#map({ page, index, child: null, gfn, ...bits });
      return refused ? 'refused' : 'set';
    }
    const same =
      old.rights === bits.rights &&
      old.hostWritable === bits.hostWritable &&
      old.accessed === bits.accessed &&
      old.dirty === bits.dirty;
    Object.assign(old, bits);
    if (refused) return 'refused';
    return same ? 'same' : 'set';
  }

  /**
   * make_spte(). D comes with a write access that is new; an entry that was writable gets none, so that
   * it differs from what it was if the processor had set D.
   */
  #make(
    gfn: number,
    wanted: number,
    hostWritable: boolean,
    old: Spte | undefined,
    canUnsync: boolean,
    prefetch: boolean,
  ): Bits {
    const rights = hostWritable ? wanted : wanted & ~WRITE;
    const bits = { rights, hostWritable, accessed: !prefetch, dirty: false, refused: false };
    if ((rights & WRITE) === 0) return bits;
    if (old !== undefined && (old.rights & WRITE) !== 0) return bits;
    if (this.#tryToUnsync(gfn, canUnsync, prefetch)) return { ...bits, dirty: true };
    return { ...bits, rights: rights & ~WRITE, refused: true };
  }

  /** mmu_try_to_unsync_pages(): whether the frame may be writable. */
  #tryToUnsync(gfn: number, canUnsync: boolean, prefetch: boolean): boolean {
    if (this.#tracked.has(gfn)) return false;
    for (const page of this.#shadowsOf(gfn)) {
      if (!canUnsync) return false;
      if (page.unsync) continue;
      if (prefetch) return false;
      page.unsync = true;
      this.stats.mmu_unsync++;
      this.#markParents(page);
    }
    return true;
  }

  /** rmap_add() */
  #map(spte: Spte): void {
    const { level } = spte.page;
    spte.page.entries.set(spte.index, spte);
    this.stats[level === 1 ? 'pages_4k' : 'pages_2m']++;
    const map = this.#rmap[level - 1]!;
    const key = level === 1 ? spte.gfn : spte.gfn >> 9;
    map.set(key, (map.get(key) ?? new Set()).add(spte));
  }

  /** Takes an entry out: drop_spte(), drop_parent_pte() */
  #drop(spte: Spte): void {
    spte.page.entries.delete(spte.index);
    if (spte.child !== null) {
      spte.child.parents.delete(spte);
      return;
    }
    const { level } = spte.page;
    this.stats[level === 1 ? 'pages_4k' : 'pages_2m']--;
    this.#rmap[level - 1]!.get(level === 1 ? spte.gfn : spte.gfn >> 9)!.delete(spte);
  }

  #leavesOf(gfn: number): Spte[] {
    return [...(this.#rmap[0].get(gfn) ?? NONE), ...(this.#rmap[1].get(gfn >> 9) ?? NONE)];
  }

  /** kvm_mmu_slot_gfn_write_protect() */
  #writeProtect(gfn: number): void {
    for (const spte of this.#leavesOf(gfn)) spte.rights &= ~WRITE;
  }

  /** kvm_unmap_gfn_range() */
  #unmap(gfn: number, count: number): void {
    for (let each = gfn; each < gfn + count; each++) {
      for (const spte of this.#leavesOf(each)) this.#drop(spte);
    }
  }

  // ---- Prefetch

  /** FNAME(pte_prefetch) */
  #prefetch(page: ShadowPage, index: number): void {
    const first = index - (index % PREFETCH);
    if (page.direct) {
      this.#prefetchDirect(page, first);
      return;
    }
    for (let at = first; at < first + PREFETCH; at++) {
      if (!page.entries.has(at) && !this.#prefetchEntry(page, at)) return;
    }
  }

  /**
   * __direct_pte_prefetch(): run by run of missing entries. Of a run those are filled that come before
   * the first host page not at hand; a run that begins with such a page ends it all.
   */
  #prefetchDirect(page: ShadowPage, first: number): void {
    let at = first;
    while (at < first + PREFETCH) {
      let end = at;
      while (end < first + PREFETCH && !page.entries.has(end)) end++;
      if (end > at && !this.#inHand(page.gfn + at)) return;
      for (let each = at; each < end && this.#inHand(page.gfn + each); each++) {
        this.#set(page, each, page.gfn + each, page.access, true, true);
      }
      at = end + 1;
    }
  }

  /** FNAME(prefetch_gpte) */
  #prefetchEntry(page: ShadowPage, index: number): boolean {
    const entry = this.#guestEntry(page, index);
    if (!isUsed(entry)) return false;
    const gfn = frameIn(entry);
    if (!this.#inHand(gfn)) return false;
    this.#set(page, index, gfn, page.access & cleanRights(entry), true, true);
    return true;
  }

  /** Whether a writable host page is at hand without a wait (gfn_to_pfn_memslot_atomic()). */
  #inHand(gfn: number): boolean {
    return this.memory.has(gfn) && this.memory.backing(gfn) === 'own';
  }

  #guestEntry(page: ShadowPage, index: number): bigint {
    return this.memory.read((BigInt(page.gfn) << 12n) + BigInt(index * 8));
  }

  // ---- Synchronizing

  /** kvm_mmu_mark_parents_unsync() */
  #markParents(page: ShadowPage): void {
    for (const spte of page.parents) this.#mark(spte);
  }

  /** mark_unsync(): where a mark stands already, those above stand too. */
  #mark({ page, index }: Spte): void {
    const first = page.unsyncBelow.size === 0;
    if (page.unsyncBelow.has(index)) return;
    page.unsyncBelow.add(index);
    if (first) this.#markParents(page);
  }

  /** The out-of-sync tables that a shadow page reaches; the marks go (mmu_unsync_walk()). */
  #takeUnsync(page: ShadowPage, found = new Set<ShadowPage>()): Set<ShadowPage> {
    for (const index of page.unsyncBelow) {
      const child = childAt(page, index);
      if (child?.unsync === true) found.add(child);
      else if (child !== null) this.#takeUnsync(child, found);
    }
    page.unsyncBelow.clear();
    return found;
  }

  /** mmu_sync_children() */
  #syncChildren(page: ShadowPage): void {
    const stale = this.#takeUnsync(page);
    for (const each of stale) this.#writeProtect(each.gfn);
    for (const each of stale) {
      each.unsync = false;
      this.stats.mmu_unsync--;
      this.#syncPage(each);
    }
  }

  /** FNAME(sync_page) */
  #syncPage(page: ShadowPage): void {
    for (const spte of [...page.entries.values()]) {
      const entry = this.#guestEntry(page, spte.index);
      if (!isUsed(entry) || frameIn(entry) !== spte.gfn) {
        this.#drop(spte);
        continue;
      }
      const wanted = page.access & cleanRights(entry);
      const bits = this.#make(spte.gfn, wanted, spte.hostWritable, spte, false, true);
      spte.rights = bits.rights;
      spte.accessed = bits.accessed;
      spte.dirty = bits.dirty;
    }
  }

  /** FNAME(invlpg) under one root. */
  #invalidate(root: ShadowPage, va: bigint): void {
    let page = root;
    for (;;) {
      const index = slotOf(va, page.level);
      if (page.level === 1) {
        if (!page.unsync) return;
        const spte = page.entries.get(index);
        if (spte !== undefined) this.#drop(spte);
        this.#prefetchEntry(page, index);
        return;
      }
      const child = childAt(page, index);
      if (child === null) return;
      page = child;
    }
  }

  // ---- Shadow pages

  #shadowsOf(gfn: number): ShadowPage[] {
    return (this.#hash.get(gfn) ?? []).filter((page) => !page.direct && !page.invalid);
  }

  /** kvm_mmu_get_shadow_page() */
  #get(gfn: number, level: number, direct: boolean, access: number): ShadowPage {
    for (const page of [...(this.#hash.get(gfn) ?? [])]) {
      if (page.invalid) continue;
      if (page.level !== level || page.direct !== direct || page.access !== access) {
        if (level > 1 && page.unsync) this.#zap(page);
        continue;
      }
      // It stays out of sync, but is not stale when it is linked.
      if (page.unsync) this.#syncPage(page);
      page.flood = 0;
      return page;
    }
    this.stats.mmu_cache_miss++;
    const page = new ShadowPage(gfn, level, direct, access);
    this.#hash.set(gfn, [page, ...(this.#hash.get(gfn) ?? [])]);
    this.#active.add(page);
    this.#used++;
    if (!direct) this.#account(page);
    return page;
  }

  /** account_shadowed() */
  #account({ gfn, level }: ShadowPage): void {
    if (level > 1) add(this.#tracked, gfn, 1);
    add(this.#noLarge, gfn >> 9, 1);
    this.#writeProtect(gfn);
  }

  #link(page: ShadowPage, index: number, child: ShadowPage): void {
    const old = page.entries.get(index);
    if (old !== undefined) this.#drop(old);
    const bits = { rights: ALL, hostWritable: true, accessed: true, dirty: false };
    const spte = { page, index, child, gfn: child.gfn, ...bits };
    page.entries.set(index, spte);
    child.parents.add(spte);
    if (child.unsync || child.unsyncBelow.size > 0) this.#mark(spte);
  }

  /** __kvm_mmu_prepare_zap_page(): how many pages went. */
  #zap(page: ShadowPage): number {
    let zapped = 0;
    for (const child of this.#takeUnsync(page)) {
      this.#zap(child);
      zapped++;
    }
    for (const spte of [...page.entries.values()]) this.#drop(spte);
    for (const spte of [...page.parents]) this.#drop(spte);
    if (!page.invalid && !page.direct) {
      if (page.level > 1) add(this.#tracked, page.gfn, -1);
      add(this.#noLarge, page.gfn >> 9, -1);
    }
    if (page.unsync) this.stats.mmu_unsync--;
    page.unsync = false;
    page.invalid = true;
    this.#active.delete(page);
    if (page.roots > 0) return zapped;
    this.#used--;
    const rest = (this.#hash.get(page.gfn) ?? []).filter((each) => each !== page);
    this.#hash.set(page.gfn, rest);
    return zapped + 1;
  }

  /** make_mmu_pages_available() */
  #makeRoom(): void {
    const free = Math.max(this.#limit - this.#used, 0);
    if (free < LEAST_FREE) this.#zapOldest(REFILL - free);
  }

  /** kvm_mmu_zap_oldest_mmu_pages() */
  #zapOldest(count: number): void {
    let gone = 0;
    for (const page of [...this.#active]) {
      if (page.roots > 0 || !this.#active.has(page)) continue;
      gone += this.#zap(page);
      if (gone >= count) return;
    }
  }
}

/** The shadow page that an entry links, if it does. */
const childAt = (page: ShadowPage, index: number): ShadowPage | null =>
  page.entries.get(index)?.child ?? null;

function add(map: Map<number, number>, key: number, by: number): void {
  const sum = (map.get(key) ?? 0) + by;
  if (sum === 0) map.delete(key);
  else map.set(key, sum);
}

/** What prefetch and sync take: present, and accessed before (FNAME(prefetch_invalid_gpte)). */
const isUsed = (entry: bigint): boolean => (entry & (PRESENT | ACCESSED)) === (PRESENT | ACCESSED);

/** The rights of a leaf entry, without W while D is clear (FNAME(protect_clean_gpte)). */
const cleanRights = (entry: bigint): number =>
  (entry & DIRTY) === 0n ? rightsOf(entry) & ~WRITE : rightsOf(entry);
