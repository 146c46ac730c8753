import { instantiate } from '@pagewalk/engine/wasm';
import type { Address } from '../address.ts';
import type { AccessKind } from '../paging.ts';
import { KVM_COUNTERS } from './counters.ts';
import type { KvmCounters } from './counters.ts';

type Wasm = Awaited<ReturnType<typeof instantiate>>;

/** Who translates for the guest. */
export type VmMode = 'shadow' | 'ept' | 'npt';

const MODES: Record<VmMode, number> = { shadow: 0, ept: 1, npt: 2 };
const KINDS: Record<AccessKind, number> = { read: 0, write: 1, fetch: 2 };

/** What one access of a guest led to. */
export type AccessOutcome = 'done' | 'guest-fault' | 'device';
const OUTCOMES: readonly AccessOutcome[] = ['done', 'guest-fault', 'device'];

/** A virtual machine, a virtual CPU: only the hypervisor that made them knows what they are. */
export type Vm = number & { readonly vm: unique symbol };
export type Vcpu = number & { readonly vcpu: unique symbol };

/**
 * The typed handle on the hypervisor: KVM's memory management over the walk of this engine. State lies
 * in WebAssembly memory; this class moves arguments in and answers out, and decides nothing.
 */
export class Kvm {
  readonly #wasm: Wasm;
  #view: DataView;

  private constructor(wasm: Wasm) {
    this.#wasm = wasm;
    this.#view = new DataView(wasm.memory.buffer);
    this.start();
  }

  static async instantiate(module: WebAssembly.Module): Promise<Kvm> {
    return new Kvm(await instantiate(module, {}));
  }

  /** Forgets all machines: an empty host. */
  start(): void {
    this.#wasm.clear();
    this.#wasm.startKvm();
  }

  /** A virtual machine with `frames` 4 KiB frames of memory. */
  createVm(mode: VmMode, frames: number): Vm {
    return this.#wasm.createVm(MODES[mode], BigInt(frames)) as Vm;
  }

  /** Has KVM limit its shadow pages as for memory slots of so many frames (at least 64 pages). */
  limitShadowPages(vm: Vm, frames: number): void {
    this.#wasm.limitShadowPages(vm, BigInt(frames));
  }

  createVcpu(vm: Vm): Vcpu {
    return this.#wasm.createVcpu(vm) as Vcpu;
  }

  counters(vm: Vm): KvmCounters {
    const at = this.#wasm.statsAt(vm) + this.#wasm.STATS_FIRST.value;
    if (this.#view.buffer !== this.#wasm.memory.buffer) {
      this.#view = new DataView(this.#wasm.memory.buffer);
    }
    const counters = {} as KvmCounters;
    for (const [index, name] of KVM_COUNTERS.entries()) {
      counters[name] = Number(this.#view.getBigInt64(at + index * 8, true));
    }
    return counters;
  }

  /** Has the host back guest frames with 2 MiB pages (hugetlb), from the next first touch on. */
  wantHuge(vm: Vm, gfn: number, count: number): void {
    this.#wasm.wantHuge(vm, BigInt(gfn), BigInt(count));
  }

  /** The host drops what is behind guest frames (MADV_DONTNEED). */
  discard(vm: Vm, gfn: number, count: number): void {
    this.#wasm.discard(vm, BigInt(gfn), BigInt(count));
  }

  readGuest(vm: Vm, gpa: Address): Address {
    return BigInt.asUintN(64, this.#wasm.readGuest(vm, gpa));
  }

  /** Writes 8 bytes of guest memory from the host's side; no vCPU is told. */
  writeGuest(vm: Vm, gpa: Address, value: Address): void {
    this.#wasm.writeGuest(vm, gpa, value);
  }

  /** One access of 8 bytes by the guest's code at privilege level `cpl`; `operand` is what a write stores. */
  access(vcpu: Vcpu, gva: Address, kind: AccessKind, cpl: 0 | 3, operand: Address): AccessOutcome {
    return OUTCOMES[this.#wasm.access(vcpu, gva, KINDS[kind], cpl, operand)] ?? 'device';
  }

  /** What the last read that was done found. */
  get value(): Address {
    return BigInt.asUintN(64, this.#wasm.lastValue());
  }

  /** Error code of the last page fault that the guest got. */
  get faultCode(): number {
    return Number(this.#wasm.lastFaultCode());
  }

  /** Sets CR3 before the guest's first instruction. */
  setCr3(vcpu: Vcpu, cr3: Address): void {
    this.#wasm.setCr3(vcpu, cr3);
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
}
