import type { instantiate } from '@pagewalk/engine/wasm';
import type { Vm } from '../kvm/kvm.ts';
import {
  FRAME_KINDS,
  KSM_FIELDS,
  KSM_SETTINGS,
  MEMINFO_FIELDS,
  PAGE_KINDS,
  CELL_FIELDS,
  PROCESS_FIELDS,
  PROCESS_SETTINGS,
  VMSTAT_FIELDS,
  ZONE_FIELDS,
} from './fields.ts';
import type {
  FrameKind,
  Ksm,
  KsmField,
  Meminfo,
  PageRecord,
  Cell,
  ProcessInfo,
  ProcessSetting,
  Vmstat,
  ZoneInfo,
} from './fields.ts';

/** How many frames hold what, and of which guest, from 1; 0 for nobody. */
export interface FrameTotal {
  kind: FrameKind;
  guest: number;
  frames: number;
}

type Wasm = Awaited<ReturnType<typeof instantiate>>;

const POOL_FIELDS = ['total', 'free', 'reserved', 'surplus', 'overcommit'] as const;
/** A pool of huge pages, in pages of its size. */
export type PoolInfo = Record<(typeof POOL_FIELDS)[number], number>;
const ORDERS = { '2M': 9, '1G': 18 } as const;

function record<Name extends string>(
  names: readonly Name[],
  valueOf: (index: number) => number,
): Record<Name, number> {
  const values = {} as Record<Name, number>;
  for (const [index, name] of names.entries()) values[name] = valueOf(index);
  return values;
}

/**
 * The memory of one kernel, the host's or a guest's: everything read from the machine's frames when it is
 * asked for. Good until the machine is restored or started anew.
 */
export class KernelMemory {
  readonly #wasm: Wasm;
  readonly #node: number;

  constructor(wasm: Wasm, node: number) {
    this.#wasm = wasm;
    this.#node = node;
  }

  /** Frames of 4 KiB that it has. */
  get frames(): number {
    return this.#wasm.framesOfNode(this.#node);
  }

  #words(at: number): (index: number) => number {
    const view = new DataView(this.#wasm.memory.buffer);
    return (index) => Number(view.getBigUint64(at + index * 8, true));
  }

  /** /proc/meminfo. */
  get meminfo(): Meminfo {
    return record(MEMINFO_FIELDS, this.#words(this.#wasm.meminfo(this.#node)));
  }

  /** /proc/vmstat. */
  get vmstat(): Vmstat {
    return record(VMSTAT_FIELDS, this.#words(this.#wasm.vmstatAt(this.#node)));
  }

  /** /sys/kernel/mm/ksm; the host's. */
  get ksm(): Ksm {
    return record(KSM_FIELDS, (index) => Number(this.#wasm.ksmField(index)));
  }

  /** Writes a file of /sys/kernel/mm/ksm. */
  setKsm(field: KsmField, value: number): void {
    this.#wasm.setKsm(KSM_SETTINGS.indexOf(field), value);
  }

  /** ksmd looks at so many pages. */
  ksmScan(pages: number): void {
    this.#wasm.ksmScan(pages);
  }

  /** khugepaged takes a round. */
  collapse(): void {
    this.#wasm.collapse();
  }

  pool(size: '2M' | '1G'): PoolInfo {
    return record(POOL_FIELDS, (index) => this.#wasm.poolField(this.#node, ORDERS[size], index));
  }

  setPoolOvercommit(size: '2M' | '1G', pages: number): void {
    this.#wasm.setPoolOvercommit(this.#node, ORDERS[size], pages);
  }

  /** Free blocks of 2^order frames, by zone (/proc/buddyinfo). */
  get buddyinfo(): number[][] {
    return Array.from({ length: this.#wasm.zonesOf(this.#node) }, (_, zone) =>
      Array.from({ length: 11 }, (_, order) => this.#wasm.buddyinfo(this.#node, zone, order)),
    );
  }

  /** Adds a swap area; its type, by which it is known; null where there are 32 already. */
  addSwap(pages: number, priority = -1): number | null {
    const type = this.#wasm.addSwap(this.#node, pages, priority);
    return type < 0 ? null : type;
  }

  /** Takes a swap area away; false, with nothing changed, where what it holds has no room elsewhere. */
  removeSwap(type: number): boolean {
    return this.#wasm.removeSwap(this.#node, type);
  }

  swapUsed(type: number): number {
    return this.#wasm.swapUsed(this.#node, type);
  }

  setSwappiness(value: number): void {
    this.#wasm.setSwappiness(this.#node, value);
  }

  /** The processes that the kernel knows, the oldest first; those that ended too. */
  get processes(): ProcessInfo[] {
    const processes: ProcessInfo[] = [];
    for (let at = this.#wasm.firstProcess(this.#node); at !== 0; at = this.#wasm.nextProcess(at)) {
      processes.push(record(PROCESS_FIELDS, (index) => Number(this.#wasm.processField(at, index))));
    }
    return processes;
  }

  /** A process with so many pages of memory, none of them touched yet; its handle. */
  newProcess(pages: number): number {
    return this.#wasm.newProcess(this.#node, pages);
  }
  /** Handle of the process whose memory a machine's is. */
  processOf(vm: Vm): number {
    return this.#wasm.processOfVm(vm);
  }
  /** What the kernel accounts for one process. */
  process(handle: number): ProcessInfo {
    return record(PROCESS_FIELDS, (index) => Number(this.#wasm.processField(handle, index)));
  }
  /**
   * A process touches pages. Written pages hold what `content` (from 1) and their number stand for, or all
   * the same where `same` says so; 0 leaves them as they are.
   */
  touch(
    handle: number,
    first: number,
    pages: number,
    { write = true, content = 0, same = false } = {},
  ): void {
    this.#wasm.touchProcess(handle, first, pages, write, content, same);
  }
  /** Sets something of a process. */
  setProcess(handle: number, setting: ProcessSetting, value: number): void {
    this.#wasm.setProcess(handle, PROCESS_SETTINGS.indexOf(setting), value);
  }
  /** It ends, and gives back what it had. */
  endProcess(handle: number): void {
    this.#wasm.endProcess(handle);
  }

  /** The kernel takes so many pages for itself. */
  takeForKernel(pages: number): void {
    this.#wasm.takeKernelFrames(this.#node, pages);
  }

  /** The same for names and inodes of files, which can be dropped. */
  takeForNames(pages: number): void {
    this.#wasm.takeSlabFrames(this.#node, pages);
  }

  /** Puts all memory of a stopped process into a file; null where huge pages of a pool cannot go. */
  park(handle: number): number | null {
    const file = this.#wasm.parkProcess(handle);
    return file < 0 ? null : file;
  }
  /** Brings it back; false where there is no memory for it. */
  unpark(handle: number, file: number): boolean {
    return this.#wasm.unparkProcess(handle, file);
  }
  /** Removes the file of a process that has ended. */
  forgetParked(handle: number, file: number): void {
    this.#wasm.forgetParked(handle, file);
  }

  /** NUMA cells, in pages of 4 KiB, and what of the pools of huge pages lies in each. */
  get cells(): Cell[] {
    return Array.from({ length: this.#wasm.cellsOf(this.#node) }, (_, cell) =>
      record(CELL_FIELDS, (index) => this.#wasm.cellField(this.#node, cell, index)),
    );
  }
  /** Zones, from the lowest address on, in pages of 4 KiB. */
  get zones(): ZoneInfo[] {
    return Array.from({ length: this.#wasm.zonesOf(this.#node) }, (_, zone) =>
      record(ZONE_FIELDS, (index) => this.#wasm.zoneField(this.#node, zone, index)),
    );
  }

  /** A file of the kernel's disk, of so many pages at the most; its content follows from `seed`. */
  newFile(pages: number, seed: number): number {
    return this.#wasm.newFile(this.#node, pages, seed);
  }
  /** A file in memory only, of so many pages at the most: a page that was never written takes none. */
  newShmemFile(pages: number): number {
    return this.#wasm.newShmemFile(this.#node, pages);
  }
  /** Pages of a file that are in the cache. */
  cachedPages(file: number): number {
    return this.#wasm.cachedPages(file);
  }
  /** A process maps pages of a file that are in the cache. */
  mapFile(file: number, first: number, pages: number): void {
    this.#wasm.mapFilePages(this.#node, file, first, pages);
  }
  readFile(file: number, first: number, pages: number): void {
    this.#wasm.readFilePages(this.#node, file, first, pages);
  }
  /** Writes pages of a file to the cache, where they are dirty until they are synced. */
  writeFile(file: number, first: number, pages: number, content: number): void {
    this.#wasm.writeFilePages(this.#node, file, first, pages, content);
  }
  /** The cache forgets a file's pages from one on. */
  forgetFile(file: number, first: number): void {
    this.#wasm.dropFilePages(this.#node, file, first);
  }
  /** Writes what is dirty to the disk. */
  sync(): void {
    this.#wasm.syncFiles(this.#node);
  }
  /** Drops cached pages that are clean and mapped by nobody. */
  dropCaches(): void {
    this.#wasm.dropCaches(this.#node);
  }
  /** Drops names and inodes of files, but for so many pages of them. */
  dropSlab(left: number): void {
    this.#wasm.dropSlab(this.#node, left);
  }

  /** What a frame of the host holds, and the number of its guest, from 1; 0 for nobody's. */
  frame(number: number): { kind: FrameKind; guest: number } {
    const shown = this.#wasm.frameShown(number);
    return { kind: FRAME_KINDS[shown & 0xff] ?? 'free', guest: shown >> 8 };
  }

  /**
   * The map of memory: for each of `cells` cells of `perCell` frames from `first` on, what most of its
   * frames hold that are not free (an index of FRAME_KINDS), the number of the guest, from 1, whose it is,
   * and how much of it is not free, 255 being all.
   */
  readMap(
    first: number,
    perCell: number,
    cells: number,
    out: { kinds: Uint8Array; owners: Uint8Array; fill: Uint8Array },
  ): void {
    const wasm = this.#wasm;
    const most = wasm.MAP_CELLS.value;
    for (let done = 0; done < cells; done += most) {
      const count = Math.min(most, cells - done);
      const at = wasm.frameMap(this.#node, first + done * perCell, perCell, count);
      const bytes = new Uint8Array(wasm.memory.buffer, at, 3 * count);
      out.kinds.set(bytes.subarray(0, count), done);
      out.owners.set(bytes.subarray(count, 2 * count), done);
      out.fill.set(bytes.subarray(2 * count), done);
    }
  }

  /** How many frames hold what, and of which guest, from 1; 0 for nobody. Every frame is in it once. */
  get frameTotals(): FrameTotal[] {
    return this.totalsOf(-1);
  }
  /** The same of one NUMA cell; -1 for all. */
  totalsOf(cell: number): FrameTotal[] {
    const at = this.#wasm.frameTotals(this.#node, cell);
    const view = new DataView(this.#wasm.memory.buffer);
    const totals = [];
    for (const [index, kind] of FRAME_KINDS.entries()) {
      for (let guest = 0; guest < 256; guest++) {
        const frames = view.getUint32(at + (index * 256 + guest) * 4, true);
        if (frames > 0) totals.push({ kind, guest, frames });
      }
    }
    return totals;
  }

  /** The record of a frame; null where it was never used. */
  record(frame: number): PageRecord | null {
    const wasm = this.#wasm;
    const at = wasm.pageRecord(this.#node, frame);
    if (at === 0) return null;
    const view = new DataView(wasm.memory.buffer);
    const word = (offset: { value: number }): number => view.getUint32(at + offset.value, true);
    return {
      kind: PAGE_KINDS[view.getUint8(at + wasm.PAGE_RECORD_KIND.value)] ?? 'none',
      order: view.getUint8(at + wasm.PAGE_RECORD_ORDER.value),
      flags: view.getUint16(at + wasm.PAGE_RECORD_FLAGS.value, true),
      maps: word(wasm.PAGE_RECORD_MAPS),
      owner: word(wasm.PAGE_RECORD_OWNER),
      index: word(wasm.PAGE_RECORD_INDEX),
      content: word(wasm.PAGE_RECORD_CONTENT),
      slot: word(wasm.PAGE_RECORD_SLOT),
    };
  }

  /** The first frame of the 2 MiB that show zeroes; 0 while there are none. */
  get largeZeroFrame(): number {
    return this.#wasm.largeZeroFrame(this.#node);
  }
}
