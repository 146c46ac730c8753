import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { instantiate } from '@pagewalk/engine/wasm';
import type { PageSize } from '../../src/address.ts';
import { configureTlb } from '../../src/tlb/configure.ts';
import type { TlbGeometry } from '../../src/tlb/geometry.ts';
import type { Context, Hit, Side } from './model.ts';

export type Wasm = Awaited<ReturnType<typeof instantiate>>;

/** The engine's raw bindings, in a memory of their own. */
export async function rawEngine(): Promise<Wasm> {
  const file = fileURLToPath(import.meta.resolve('@pagewalk/engine/engine.wasm'));
  return instantiate(await WebAssembly.compile(await readFile(file)), {});
}

const KINDS = { linear: 0, 'guest-physical': 1, combined: 2, 'by-asid': 3 };
const SIZES: readonly PageSize[] = ['4K', '2M', '1G'];
const LEVELS = 5;

/** The engine's TLB with the face of the model. */
export class EngineTlb {
  readonly wasm: Wasm;
  readonly handle: number;

  constructor(wasm: Wasm, geometry: TlbGeometry) {
    this.wasm = wasm;
    this.handle = configureTlb(wasm, geometry);
  }

  #payload(hit: number): bigint {
    return new DataView(this.wasm.memory.buffer).getBigUint64(hit & ~7, true);
  }

  select({ kind, vpid, pcid, ep4ta }: Context): void {
    this.wasm.tlbSelect(this.handle, KINDS[kind], vpid, pcid, ep4ta);
  }

  lookup(address: bigint, side: Side): Hit | null {
    const hit = this.wasm.tlbLookup(this.handle, address, side === 'data' ? 0 : 1);
    if (hit === 0) return null;
    return {
      level: (hit & 1) === 0 ? 1 : 2,
      size: SIZES[(hit >> 1) & 3]!,
      payload: this.#payload(hit),
    };
  }

  fill(address: bigint, size: PageSize, payload: bigint, side: Side): void {
    const number = SIZES.indexOf(size);
    this.wasm.tlbFill(this.handle, address, number, payload, side === 'data' ? 0 : 1);
  }

  lookupNested(gpa: bigint): { size: PageSize; payload: bigint } | null {
    const hit = this.wasm.tlbLookupNested(this.handle, gpa);
    return hit === 0 ? null : { size: SIZES[(hit >> 1) & 3]!, payload: this.#payload(hit) };
  }

  fillNested(gpa: bigint, size: PageSize, payload: bigint): void {
    this.wasm.tlbFillNested(this.handle, gpa, SIZES.indexOf(size), payload);
  }

  findStructure(address: bigint, nested: boolean): { level: number; payload: bigint } | null {
    const hit = this.wasm.tlbFindStructure(this.handle, address, nested);
    return hit === 0 ? null : { level: hit & 7, payload: this.#payload(hit) };
  }

  fillStructure(address: bigint, level: number, payload: bigint, nested: boolean): void {
    this.wasm.tlbFillStructure(this.handle, address, level, payload, nested);
  }

  invlpg(address: bigint): void {
    this.wasm.tlbInvlpg(this.handle, address, LEVELS);
  }

  invpcid(type: number, pcid: number, address: bigint): number {
    return this.wasm.tlbInvpcid(this.handle, type, pcid, address, true, LEVELS);
  }

  movCr3(pcid: number, pcide: boolean, keep: boolean): void {
    this.wasm.tlbMovCr3(this.handle, pcid, pcide, keep);
  }

  flushAll(): void {
    this.wasm.tlbFlushAll(this.handle);
  }

  flushPcid(): void {
    this.wasm.tlbFlushPcid(this.handle);
  }

  vmTransition(vpidEnabled: boolean): void {
    this.wasm.tlbVmTransition(this.handle, vpidEnabled);
  }

  invvpid(type: number, vpid: number, address: bigint): number {
    return this.wasm.tlbInvvpid(this.handle, type, vpid, address, LEVELS);
  }

  invept(type: number, ep4ta: bigint): number {
    return this.wasm.tlbInvept(this.handle, type, ep4ta);
  }

  pageFault(address: bigint): void {
    this.wasm.tlbPageFault(this.handle, address);
  }

  eptViolation(gpa: bigint, linear: boolean, address: bigint): void {
    this.wasm.tlbEptViolation(this.handle, gpa, linear, address);
  }

  tlbControl(value: number, asid: number): number {
    return this.wasm.tlbControl(this.handle, value, asid);
  }

  invlpga(address: bigint, asid: number): void {
    this.wasm.tlbInvlpga(this.handle, address, asid);
  }
}
