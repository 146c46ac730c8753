import type { instantiate } from '@pagewalk/engine/wasm';
import { KernelMemory } from '../mm/memory.ts';

type Wasm = Awaited<ReturnType<typeof instantiate>>;

/** Appetites for memory of what runs in a guest. */
export const APPETITES = ['idle', 'cache', 'growing', 'bursty', 'diurnal'] as const;
export type Appetite = (typeof APPETITES)[number];

/** What runs in a guest. */
export interface Workload {
  kind: Appetite;
  /** Pages of 4 KiB that the application has at its most. */
  most: number;
  /** Pages that it touches in a second when nothing makes it wait. */
  rate: number;
  /** Of bursts, of growing to its most, of a day; in milliseconds. */
  period: number;
  /** Of a hundred touches, how many are writes. */
  writes: number;
}

/** How a guest's Linux is set up. */
export interface LinuxConfig {
  /** Pages of its own swap area; 0 for none. */
  swap: number;
  /** Which image it boots from: guests of equal images read equal files. */
  image: number;
  /** Of all that it does at random. */
  seed: number;
  /** How far its kernel lies from where it would without KASLR, 0 to 1000. */
  slide?: number;
  deflateOnOom?: boolean;
  freePageReporting?: boolean;
  workload: Workload;
}

const UNREAD = 0xffff_ffff_ffff_ffffn;

/** A guest that runs a Linux of its own, as time passes. */
export class LinuxGuest {
  readonly #wasm: Wasm;
  /** The machine's number of it: good as long as the machine is not started anew. */
  readonly handle: number;

  constructor(wasm: Wasm, handle: number) {
    this.#wasm = wasm;
    this.handle = handle;
  }

  static start(wasm: Wasm, vm: number, config: LinuxConfig): LinuxGuest {
    const handle = wasm.newLinux(
      vm,
      config.swap,
      config.image,
      BigInt(config.seed),
      config.slide ?? 0,
    );
    const guest = new LinuxGuest(wasm, handle);
    wasm.setBalloonFeatures(
      handle,
      config.deflateOnOom ?? false,
      config.freePageReporting ?? false,
    );
    guest.run(config.workload);
    return guest;
  }

  /** Gives it another appetite. */
  run({ kind, most, rate, period, writes }: Workload): void {
    this.#wasm.setWorkload(this.handle, APPETITES.indexOf(kind), most, rate, period, writes);
  }

  /** Whether it has booted. */
  get isUp(): boolean {
    return this.#wasm.linuxIsUp(this.handle);
  }
  /** Guest-physical address of the top page table of the process that runs. */
  get root(): bigint {
    return BigInt.asUintN(64, this.#wasm.linuxRoot(this.handle));
  }

  /** Where its kernel maps all of its memory, and its text. */
  get direct(): bigint {
    return BigInt.asUintN(64, this.#wasm.linuxDirect(this.handle));
  }
  get text(): bigint {
    return BigInt.asUintN(64, this.#wasm.linuxText(this.handle));
  }

  /** The guest's own memory, as its kernel sees it. */
  get memory(): KernelMemory {
    return new KernelMemory(this.#wasm, this.#wasm.linuxNode(this.handle));
  }

  /** Pages of 4 KiB in its balloon. */
  get balloon(): number {
    return this.#wasm.linuxBalloon(this.handle);
  }

  /** Pages that the host asked for. */
  get asked(): number {
    return this.#wasm.linuxAsked(this.handle);
  }

  /** The host asks for so many pages in the balloon; the driver gets there as time passes. */
  askBalloon(pages: number): void {
    this.#wasm.askBalloon(this.handle, pages);
  }

  /** Starts a program with so many pages of memory, in the place of the one before. */
  startProgram(pages: number): void {
    this.#wasm.startProgram(this.handle, pages);
  }
  stopProgram(): void {
    this.#wasm.stopProgram(this.handle);
  }
  /** Whether the program is still there: a kernel short of memory may have killed it. */
  get programRuns(): boolean {
    return this.#wasm.programRuns(this.handle);
  }
  /** The program writes a page, which then holds what `content` (from 1) stands for. */
  write(page: number, content: number): void {
    this.#wasm.writeProgram(this.handle, page, content);
  }
  /** The program reads a page: the number that stands for what it holds; 0 for zeroes. */
  read(page: number): number {
    return Number(this.#wasm.readProgram(this.handle, page));
  }
  /** The program reads a page of the image's files; null where the guest has no memory for it. */
  readImage(page: number): number | null {
    const number = BigInt.asUintN(64, this.#wasm.readImage(this.handle, page));
    return number === UNREAD ? null : Number(number);
  }

  pause(paused: boolean): void {
    this.#wasm.pauseLinux(this.handle, paused);
  }

  /** Pages that its programs touched, and nanoseconds that they waited for memory. */
  get progress(): { touched: number; waited: number } {
    return {
      touched: Number(this.#wasm.linuxTouched(this.handle)),
      waited: Number(this.#wasm.linuxWaited(this.handle)),
    };
  }
}
