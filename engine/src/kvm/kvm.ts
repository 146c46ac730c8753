import { instantiate } from '@pagewalk/engine/wasm';
import { PAGE_SIZES, pageShift } from '../address.ts';
import type { Address, Levels, PageSize } from '../address.ts';
import type { Costs } from '../cost/model.ts';
import type { AccessKind } from '../paging.ts';
import { configureTlb } from '../tlb/configure.ts';
import { STRUCTURES, shapeOf } from '../tlb/geometry.ts';
import type { TlbGeometry } from '../tlb/geometry.ts';
import { COUNTERS, GAUGES } from './counters.ts';
import type { Counters, HostCounters } from './counters.ts';
import { LinuxGuest } from '../linux/linux.ts';
import type { LinuxConfig } from '../linux/linux.ts';
import { KernelMemory } from '../mm/memory.ts';
import { HAPPENING_TYPES, EXIT_REASONS } from './happenings.ts';
import type { Happening } from './happenings.ts';
import { TLB_KINDS } from './views.ts';
import type {
  ShadowPageView,
  StructureCacheView,
  StructureEntryView,
  TableView,
  TlbArrayView,
  TlbEntryView,
} from './views.ts';

type Wasm = Awaited<ReturnType<typeof instantiate>>;

/** Who translates for the guest; `native` is bare metal, without a hypervisor. */
export type VmMode = 'shadow' | 'ept' | 'npt' | 'native';
export const VM_MODES = ['shadow', 'ept', 'npt', 'native'] as const satisfies readonly VmMode[];

/** What the host backs a guest's memory with: pages of a hugetlb pool, THP, or 4 KiB pages. */
export type Backing = PageSize | 'thp';
export const BACKINGS = ['4K', '2M', '1G', 'thp'] as const satisfies readonly Backing[];

const KINDS: Record<AccessKind, number> = { read: 0, write: 1, fetch: 2 };

/** What one access of a guest led to; a device answers where the guest has no memory. */
export type AccessOutcome = 'done' | 'guest-fault' | 'device' | 'killed';
// The fourth is the machine's own: the processor tries again.
const OUTCOMES: readonly AccessOutcome[] = ['done', 'guest-fault', 'device', 'device', 'killed'];

/** How an act of the guest's kernel ended. */
export type KernelStatus = 'ok' | 'no-tables' | 'no-frames' | 'in-the-way' | 'crashed';
const STATUSES: readonly KernelStatus[] = ['ok', 'no-tables', 'no-frames', 'in-the-way', 'crashed'];

/** Things of the machine: only the machine knows what they are. */
export type Vm = number & { readonly thing: 'vm' };
export type Vcpu = number & { readonly thing: 'vcpu' };
export type Kernel = number & { readonly thing: 'kernel' };
export type Process = number & { readonly thing: 'process' };

/** 2^order frames are a page of a pool. */
const POOL_ORDERS = { '2M': 9, '1G': 18 } as const;

/** In the place of an address: the kernel is to choose frames. */
const ANY = 0xffff_ffff_ffff_ffffn;

/** Frames of a host of which no size was said: 4 GiB. */
const DEFAULT_FRAMES = 1 << 20;

/** In the place of a PCID: any. */
const ANY_PCID = 0x1000;
/** Address bits that one level of tables translates. */
const LEVEL_SHIFT = 9;

/** A copy of the machine's state, in parts: which pages of its memory it is made of. */
export interface MemoryView {
  /** The header, then the arena; bytes of the machine itself, good until it next acts. */
  header: Uint8Array;
  arena: Uint8Array;
}

/**
 * The typed handle on a host with KVM, its guests and their kernels. The whole state lies in
 * WebAssembly memory; this class moves arguments in and answers out, and decides nothing.
 */
export class Kvm {
  readonly #wasm: Wasm;
  #view: DataView;

  private constructor(wasm: Wasm) {
    this.#wasm = wasm;
    this.#view = new DataView(wasm.memory.buffer);
    this.start({ cpus: 1 });
  }

  static async instantiate(module: WebAssembly.Module): Promise<Kvm> {
    return new Kvm(await instantiate(module, {}));
  }

  // Growth of the memory detaches every view of it.
  #fresh(): DataView {
    if (this.#view.buffer !== this.#wasm.memory.buffer) {
      this.#view = new DataView(this.#wasm.memory.buffer);
    }
    return this.#view;
  }

  /** Forgets all machines: a host with its processors, and no guest. */
  start(host: {
    cpus: number;
    frames?: number;
    tlb?: TlbGeometry | null;
    costs?: Costs;
    /** NUMA cells: frames of each, and how many of them its kernel keeps for good. Together all frames. */
    cells?: readonly { frames: number; reserved: number }[];
  }): void {
    const wasm = this.#wasm;
    wasm.clear();
    let start = 0;
    for (const { frames, reserved } of host.cells ?? []) {
      wasm.planCell(start, reserved);
      start += frames;
    }
    wasm.startKvm(host.cpus, host.frames ?? DEFAULT_FRAMES);
    if (host.tlb) {
      for (let cpu = 0; cpu < host.cpus; cpu++) wasm.setTlb(cpu, configureTlb(wasm, host.tlb));
    }
    if (host.costs) {
      const { access, tlbL2Hit, walkReference, exit, guestFault } = host.costs;
      const at = wasm.costAt();
      [access, tlbL2Hit, walkReference, exit, guestFault].forEach((cycles, index) => {
        this.#fresh().setBigUint64(at + index * 8, BigInt(cycles), true);
      });
    }
  }

  /** A virtual machine with `frames` 4 KiB frames of memory. */
  createVm(vm: { mode: VmMode; frames: number; levels: Levels; nestedLevels: Levels }): Vm {
    return this.#wasm.createVm(
      VM_MODES.indexOf(vm.mode),
      BigInt(vm.frames),
      vm.levels,
      vm.nestedLevels,
    ) as Vm;
  }

  /**
   * Has KVM write-protect none of a guest's page tables, which is wrong: its shadows go stale for good. To be said
   * before the guest runs.
   */
  leaveUnwatched(vm: Vm): void {
    this.#wasm.leaveUnwatched(vm);
  }

  /** Has KVM limit its shadow pages as for memory slots of so many frames (at least 64 pages). */
  limitShadowPages(vm: Vm, frames: number): void {
    this.#wasm.limitShadowPages(vm, BigInt(frames));
  }

  /**
   * A virtual CPU on a processor. `vpid` (on AMD the ASID) tags its translations; without `tagged` it
   * shares tag 0 and loses them at every exit and entry. `pcide` is CR4.PCIDE.
   */
  createVcpu(vm: Vm, vcpu: { cpu: number; vpid: number; tagged: boolean; pcide: boolean }): Vcpu {
    return this.#wasm.createVcpu(vm, vcpu.cpu, vcpu.vpid, vcpu.tagged, vcpu.pcide) as Vcpu;
  }

  counters(vm: Vm): Counters {
    const at = this.#wasm.statsAt(vm);
    const view = this.#fresh();
    const counters = {} as Counters;
    for (const [index, name] of COUNTERS.entries()) {
      counters[name] = Number(view.getBigInt64(at + index * 8, true));
    }
    return counters;
  }

  /** Counts from zero again; gauges stand where they stand. */
  resetCounters(vm: Vm): void {
    const at = this.#wasm.statsAt(vm);
    const view = this.#fresh();
    for (const [index, name] of COUNTERS.entries()) {
      if (!GAUGES.has(name)) view.setBigInt64(at + index * 8, 0n, true);
    }
  }

  /** Guest memory in use on the host, in 4 KiB frames. */
  get framesUsed(): number {
    return Number(this.#wasm.framesUsed());
  }

  /**
   * Has the host back guest frames with pages of this kind, from the next first touch on. False, and
   * nothing changed, where a hugetlb pool has too few pages left.
   */
  backWith(vm: Vm, gfn: number, count: number, backing: Backing): boolean {
    return this.#wasm.backWith(vm, BigInt(gfn), BigInt(count), BACKINGS.indexOf(backing));
  }

  /** Sets the size of a pool of huge pages; how many it has then (memory may not give as many). */
  resizePool(size: '2M' | '1G', pages: number): number {
    return this.#wasm.resizePool(POOL_ORDERS[size], pages);
  }

  /** Sets how many pages of a pool lie in one NUMA cell; it gives what it can. */
  resizePoolOf(cell: number, size: '2M' | '1G', pages: number): void {
    this.#wasm.resizePoolOf(cell, POOL_ORDERS[size], pages);
  }

  /** Pages of a pool that nobody has and nobody was promised. */
  poolAvailable(size: '2M' | '1G'): number {
    return this.#wasm.poolAvailable(POOL_ORDERS[size]);
  }

  /** The host's memory: what it says of itself, and what may be asked of it. */
  get host(): KernelMemory {
    return new KernelMemory(this.#wasm, this.#wasm.hostMemory());
  }

  /** Has a machine run a Linux of its own, which lives as time passes. */
  startLinux(vm: Vm, config: LinuxConfig): LinuxGuest {
    return LinuxGuest.start(this.#wasm, vm, config);
  }

  /** A guest's Linux by its handle. */
  linux(handle: number): LinuxGuest {
    return new LinuxGuest(this.#wasm, handle);
  }

  /** The host's process that runs a machine is killed. */
  kill(vm: Vm): void {
    this.#wasm.killMachine(vm);
  }

  /** What a page of a file holds on disk, of an image or file with this seed. */
  contentOnDisk(seed: number, page: number): number {
    return this.#wasm.contentOnDisk(seed, page) >>> 0;
  }

  /** Lets so many milliseconds pass on the host, in ticks of ten. */
  advance(milliseconds: number): void {
    this.#wasm.advanceClock(milliseconds);
  }

  /** Milliseconds since the host's start. */
  get clock(): number {
    return Number(this.#wasm.clockNow()) / 1000;
  }

  /** vm.swappiness of the host, 0 to 200. */
  setSwappiness(value: number): void {
    this.#wasm.setSwappiness(this.#wasm.hostMemory(), value);
  }

  /** Whether the host killed the machine for lack of memory. */
  isKilled(vm: Vm): boolean {
    return this.#wasm.isKilled(vm);
  }

  /** Frames of a machine's memory. */
  framesOf(vm: Vm): number {
    return Number(this.#wasm.framesOf(vm));
  }

  /** Adds a swap area of so many pages to the host. */
  addSwap(pages: number): void {
    this.#wasm.addSwap(this.#wasm.hostMemory(), pages, -1);
  }

  /** What the host does by itself between two acts: kswapd works where it was woken. */
  settle(): void {
    this.#wasm.settle();
  }

  /** ksmd goes through all mergeable pages so many times. */
  ksmPass(passes: number): void {
    this.#wasm.ksmPass(passes);
  }

  /** Has a guest's balloon driver inflate or deflate to so many 4 KiB pages; how many are in it then. */
  fillBalloon(kernel: Kernel, pages: number): number {
    return this.#wasm.fillBalloon(kernel, pages);
  }

  /** Pages of 4 KiB in a guest's balloon. */
  balloonPages(kernel: Kernel): number {
    return this.#wasm.balloonPages(kernel);
  }

  /** What the host counts besides its guests. */
  hostCounters(): HostCounters {
    const { ksm, vmstat } = this.host;
    return {
      pages_shared: ksm.pages_shared,
      pages_sharing: ksm.pages_sharing,
      swapped_out: vmstat.pswpout,
      swapped_in: vmstat.pswpin,
      frames_used: this.framesUsed,
    };
  }

  /** The host drops what is behind guest frames (MADV_DONTNEED). */
  discard(vm: Vm, gfn: number, count: number): void {
    this.#wasm.discard(vm, BigInt(gfn), BigInt(count));
  }

  /** Reads 8 bytes of guest memory from outside; nothing changes. */
  peekGuest(vm: Vm, gpa: Address): Address {
    return BigInt.asUintN(64, this.#wasm.peekGuest(vm, gpa));
  }

  /** Writes 8 bytes of guest memory from the host's side; no vCPU is told. */
  writeGuest(vm: Vm, gpa: Address, value: Address): void {
    this.#wasm.writeGuest(vm, gpa, value);
  }

  /** Reads 8 bytes of host-physical memory: an entry of one of KVM's tables. */
  read64(hpa: Address): Address {
    return BigInt.asUintN(64, this.#wasm.read64(hpa));
  }

  /** One access of 8 bytes by the guest's kernel; `operand` is what a write stores. */
  access(vcpu: Vcpu, gva: Address, kind: AccessKind, cpl: 0 | 3, operand: Address): AccessOutcome {
    return OUTCOMES[this.#wasm.access(vcpu, gva, KINDS[kind], cpl, operand)] ?? 'device';
  }

  /** What the last access that was done read or wrote. */
  get value(): Address {
    return BigInt.asUintN(64, this.#wasm.lastValue());
  }

  /** Error code of the last page fault that the guest got. */
  get faultCode(): number {
    return Number(this.#wasm.lastFaultCode());
  }

  /** Sets CR3 and CR4 before the guest's first instruction. */
  setControl(vcpu: Vcpu, cr3: Address, cr4: Address): void {
    this.#wasm.setControl(vcpu, cr3, cr4);
  }

  movCr3(vcpu: Vcpu, cr3: Address): void {
    this.#wasm.movCr3(vcpu, cr3);
  }

  movCr4(vcpu: Vcpu, cr4: Address): void {
    this.#wasm.movCr4(vcpu, cr4);
  }

  invlpg(vcpu: Vcpu, gva: Address): void {
    this.#wasm.invalidatePage(vcpu, gva);
  }

  /** Puts the small kernel into a guest's memory. */
  loadKernel(vm: Vm, pcide: boolean): Kernel {
    return this.#wasm.loadKernel(vm, pcide) as Kernel;
  }

  bootKernel(kernel: Kernel, vcpu: Vcpu): KernelStatus {
    return status(this.#wasm.bootKernel(kernel, vcpu));
  }

  createProcess(kernel: Kernel, vcpu: Vcpu): KernelStatus {
    return status(this.#wasm.createProcess(kernel, vcpu));
  }

  /** A copy of a process whose pages are shared until one of the two writes them. */
  forkProcess(kernel: Kernel, vcpu: Vcpu, parent: Process): KernelStatus {
    return status(this.#wasm.forkProcess(kernel, vcpu, parent));
  }

  newestProcess(kernel: Kernel): Process {
    return this.#wasm.newestProcess(kernel) as Process;
  }

  /** Guest-physical address of a process's top table. */
  processRoot(process: Process): Address {
    return BigInt.asUintN(64, this.#wasm.processRoot(process));
  }

  switchProcess(kernel: Kernel, vcpu: Vcpu, process: Process): KernelStatus {
    return status(this.#wasm.switchProcess(kernel, vcpu, process));
  }

  /** Has the virtual CPU run the process, if it does not yet. */
  runProcess(kernel: Kernel, vcpu: Vcpu, process: Process): KernelStatus {
    return status(this.#wasm.runProcess(kernel, vcpu, process));
  }

  /** Maps one page by a leaf of `level` (1 = 4K, 2 = 2M, 3 = 1G); no `gpa`: the next free frames. */
  mapPage(
    kernel: Kernel,
    vcpu: Vcpu,
    process: Process,
    page: { gva: Address; gpa: Address | null; level: number; flags: Address },
  ): KernelStatus {
    const { gva, gpa, level, flags } = page;
    return status(this.#wasm.mapPage(kernel, vcpu, process, gva, gpa ?? ANY, level, flags));
  }

  unmapPage(kernel: Kernel, vcpu: Vcpu, process: Process, gva: Address): KernelStatus {
    return status(this.#wasm.unmapPage(kernel, vcpu, process, gva));
  }

  remapPage(
    kernel: Kernel,
    vcpu: Vcpu,
    process: Process,
    gva: Address,
    gpa: Address | null,
  ): KernelStatus {
    return status(this.#wasm.remapPage(kernel, vcpu, process, gva, gpa ?? ANY));
  }

  protectPage(
    kernel: Kernel,
    vcpu: Vcpu,
    process: Process,
    gva: Address,
    flags: Address,
  ): KernelStatus {
    return status(this.#wasm.protectPage(kernel, vcpu, process, gva, flags));
  }

  invalidateProcessPage(kernel: Kernel, vcpu: Vcpu, process: Process, gva: Address): KernelStatus {
    return status(this.#wasm.invalidateProcessPage(kernel, vcpu, process, gva));
  }

  /** One access by a process that runs, through the TLB and counted. */
  processAccess(
    kernel: Kernel,
    vcpu: Vcpu,
    process: Process,
    access: { gva: Address; kind: AccessKind; cpl: 0 | 3; operand: Address },
  ): AccessOutcome {
    const { gva, kind, cpl, operand } = access;
    const outcome = this.#wasm.processAccess(kernel, vcpu, process, gva, KINDS[kind], cpl, operand);
    return OUTCOMES[outcome] ?? 'device';
  }

  /** How far the page after the last one handled is, in bytes. */
  get stride(): Address {
    return BigInt.asUintN(64, this.#wasm.lastStride());
  }

  /** Forgets what happened so far. */
  forgetHappenings(): void {
    this.#wasm.forgetHappenings();
  }

  /** What happened since, in order. */
  happenings(): Happening[] {
    const wasm = this.#wasm;
    const view = this.#fresh();
    const start = wasm.happeningsAt();
    return Array.from({ length: wasm.numberOfHappenings() }, (_, index) => {
      const at = start + index * wasm.HAPPENING_BYTES.value;
      const type = HAPPENING_TYPES[view.getUint8(at + wasm.HAPPENING_TYPE.value)] ?? 'access';
      const extra = view.getUint32(at + wasm.HAPPENING_EXTRA.value, true);
      const reason = type === 'exit' ? EXIT_REASONS[extra] : undefined;
      return {
        type,
        vm: view.getUint8(at + wasm.HAPPENING_VM.value),
        vcpu: view.getUint8(at + wasm.HAPPENING_VCPU.value),
        level: view.getUint8(at + wasm.HAPPENING_LEVEL.value),
        a: view.getBigUint64(at + wasm.HAPPENING_A.value, true),
        b: view.getBigUint64(at + wasm.HAPPENING_B.value, true),
        c: view.getBigUint64(at + wasm.HAPPENING_C.value, true),
        extra,
        ...(reason === undefined ? {} : { reason }),
      };
    });
  }

  /** How many things happened that there was no room to note. */
  get lostHappenings(): number {
    return this.#wasm.lostHappenings();
  }

  /** A processor's TLB, array by array; empty when it has none. `geometry` is the one it was given. */
  tlb(cpu: number, geometry: TlbGeometry | null): TlbArrayView[] {
    const tlb = this.#wasm.tlbOf(cpu);
    if (tlb === 0 || geometry === null) return [];
    const arrays = [
      ...geometry.l1.map((array) => ({ level: 1 as const, array })),
      ...geometry.l2.map((array) => ({ level: 2 as const, array })),
    ];
    return arrays.map(({ level, array }, index) => {
      const { sets, ways } = shapeOf(array);
      return {
        level,
        side: array.side ?? 'both',
        sizes: array.sizes,
        sets: Array.from({ length: sets }, (_, set) =>
          Array.from({ length: ways }, (_unused, way) => this.#tlbWay(tlb, index, set, way)),
        ),
      };
    });
  }

  /** A processor's paging-structure caches, those of the second dimension last. */
  structureCaches(cpu: number, geometry: TlbGeometry | null): StructureCacheView[] {
    const tlb = this.#wasm.tlbOf(cpu);
    if (tlb === 0 || geometry === null) return [];
    // They stand behind the TLB's arrays, in the order in which `configureTlb` adds them.
    let index = geometry.l1.length + geometry.l2.length + (geometry.nested ? 1 : 0);
    return [false, true].flatMap((nested) =>
      STRUCTURES.flatMap((of, above): StructureCacheView[] => {
        const shape = (nested ? geometry.nestedStructures : geometry.structures)?.[of];
        if (shape === undefined) return [];
        const array = index++;
        const { sets, ways } = shapeOf(shape);
        const shift = BigInt(LEVEL_SHIFT * (above + 1));
        return [
          {
            of,
            nested,
            sets: Array.from({ length: sets }, (_, set) =>
              Array.from({ length: ways }, (_unused, way) =>
                this.#structureWay(tlb, array, set, way, shift),
              ),
            ),
          },
        ];
      }),
    );
  }

  #structureWay(tlb: number, array: number, set: number, way: number, shift: bigint) {
    const wasm = this.#wasm;
    wasm.tlbReadEntry(tlb, array, set, way);
    const view = this.#fresh();
    const at = wasm.tlbEntryAt();
    const age = view.getUint8(at + wasm.TLB_ENTRY_AGE.value);
    if (view.getUint8(at + wasm.TLB_ENTRY_THERE.value) === 0) return { age, entry: null };
    const number = view.getBigUint64(at + wasm.TLB_ENTRY_NUMBER.value, true);
    const pcid = view.getUint32(at + wasm.TLB_ENTRY_PCID.value, true);
    const entry: StructureEntryView = {
      address: BigInt.asUintN(64, BigInt.asIntN(57, number << (12n + shift))),
      table: view.getBigUint64(at + wasm.TLB_ENTRY_PAYLOAD.value, true) & 0x000f_ffff_ffff_f000n,
      vpid: view.getUint32(at + wasm.TLB_ENTRY_VPID.value, true),
      pcid: pcid === ANY_PCID ? null : pcid,
      ep4ta: view.getBigUint64(at + wasm.TLB_ENTRY_EP4TA.value, true),
    };
    return { age, entry };
  }

  #tlbWay(tlb: number, array: number, set: number, way: number) {
    const wasm = this.#wasm;
    wasm.tlbReadEntry(tlb, array, set, way);
    const view = this.#fresh();
    const at = wasm.tlbEntryAt();
    const byte = (offset: { value: number }): number => view.getUint8(at + offset.value);
    const age = byte(wasm.TLB_ENTRY_AGE);
    if (byte(wasm.TLB_ENTRY_THERE) === 0) return { age, entry: null };
    const payload = view.getBigUint64(at + wasm.TLB_ENTRY_PAYLOAD.value, true);
    const page = PAGE_SIZES[byte(wasm.TLB_ENTRY_SIZE)] ?? '4K';
    const number = view.getBigUint64(at + wasm.TLB_ENTRY_NUMBER.value, true);
    const pcid = view.getUint32(at + wasm.TLB_ENTRY_PCID.value, true);
    const has = (bit: bigint): boolean => ((payload >> bit) & 1n) !== 0n;
    // Page numbers have 45 bits: the address is canonical again by its sign.
    const address = BigInt.asUintN(64, BigInt.asIntN(57, number << pageShift(page)));
    const entry: TlbEntryView = {
      address,
      page,
      frame: payload & 0x000f_ffff_ffff_f000n,
      writable: has(1n),
      executable: has(2n),
      user: has(3n),
      dirty: has(4n),
      global: has(5n),
      kind: TLB_KINDS[byte(wasm.TLB_ENTRY_KIND)] ?? 'linear',
      vpid: view.getUint32(at + wasm.TLB_ENTRY_VPID.value, true),
      pcid: pcid === ANY_PCID ? null : pcid,
      ep4ta: view.getBigUint64(at + wasm.TLB_ENTRY_EP4TA.value, true),
    };
    return { age, entry };
  }

  /** KVM's shadow pages for a guest, newest first. */
  shadowPages(vm: Vm): ShadowPageView[] {
    const wasm = this.#wasm;
    const count = wasm.listShadowPages(vm);
    const view = this.#fresh();
    return Array.from({ length: count }, (_, index) => {
      const at = wasm.shadowViewsAt() + index * wasm.SHADOW_VIEW_BYTES.value;
      const access = view.getUint8(at + wasm.SHADOW_VIEW_ACCESS.value);
      return {
        table: view.getBigUint64(at + wasm.SHADOW_VIEW_TABLE.value, true),
        gpa: view.getBigUint64(at + wasm.SHADOW_VIEW_GFN.value, true) << 12n,
        level: view.getUint8(at + wasm.SHADOW_VIEW_LEVEL.value),
        access: {
          execute: (access & 1) !== 0,
          write: (access & 2) !== 0,
          user: (access & 4) !== 0,
        },
        direct: view.getUint8(at + wasm.SHADOW_VIEW_DIRECT.value) !== 0,
        unsync: view.getUint8(at + wasm.SHADOW_VIEW_UNSYNC.value) !== 0,
        roots: view.getUint32(at + wasm.SHADOW_VIEW_ROOTS.value, true),
        writes: view.getUint32(at + wasm.SHADOW_VIEW_WRITES.value, true),
      };
    });
  }

  /** The shadow roots of a vCPU: the one in use, then those kept; 0 where there is none. */
  roots(vcpu: Vcpu): Address[] {
    return [-1, 0, 1, 2].map((index) => BigInt.asUintN(64, this.#wasm.rootTable(vcpu, index)));
  }

  cr3(vcpu: Vcpu): Address {
    return BigInt.asUintN(64, this.#wasm.cr3Of(vcpu));
  }

  /** Root of a guest's nested tables. */
  tdpRoot(vm: Vm): Address {
    return BigInt.asUintN(64, this.#wasm.tdpRootOf(vm));
  }

  /** The host frame behind a guest frame; null where the host has none. */
  hostFrame(vm: Vm, gpa: Address): Address | null {
    const frame = BigInt.asUintN(64, this.#wasm.hostFrameOf(vm, gpa >> 12n));
    return frame === 0n ? null : frame;
  }

  /** The entries of a table at a host-physical address that are not zero. */
  table(hpa: Address): TableView {
    const at = this.#wasm.frameInMemory(hpa);
    if (at === 0) return [];
    const view = this.#fresh();
    const table: TableView = [];
    for (let slot = 0; slot < 512; slot++) {
      const entry = view.getBigUint64(at + slot * 8, true);
      if (entry !== 0n) table.push({ slot, entry });
    }
    return table;
  }

  /** The entries of a guest's table that are not zero. */
  guestTable(vm: Vm, gpa: Address): TableView {
    const frame = this.hostFrame(vm, gpa);
    return frame === null ? [] : this.table(frame);
  }

  /** 64 bits over the whole state; equal states have equal ones. */
  get stateHash(): Address {
    return BigInt.asUintN(64, this.#wasm.stateHash());
  }

  /** The bytes that are the state. */
  memory(): MemoryView {
    const wasm = this.#wasm;
    const buffer = wasm.memory.buffer;
    const start = wasm.arenaAt();
    // The arena's end is the header's first field.
    const end = this.#fresh().getUint32(wasm.stateAt(), true);
    return {
      header: new Uint8Array(buffer, wasm.stateAt(), wasm.STATE_BYTES.value),
      arena: new Uint8Array(buffer, start, end - start),
    };
  }

  /** Puts a state back: the caller writes its bytes into the view that it is given. */
  restore(header: Uint8Array, arenaBytes: number, write: (memory: MemoryView) => void): void {
    const wasm = this.#wasm;
    const start = wasm.arenaAt();
    wasm.makeRoomFor(start + arenaBytes);
    new Uint8Array(wasm.memory.buffer, wasm.stateAt(), header.length).set(header);
    write(this.memory());
    wasm.restored();
  }
}

const status = (code: number): KernelStatus => STATUSES[code] ?? 'crashed';
