import type { instantiate } from '@pagewalk/engine/wasm';
import type { PageSize } from '../address.ts';
import { STRUCTURES, shapeOf, sidesOf } from './geometry.ts';
import type { StructureCaches, TlbGeometry } from './geometry.ts';

type Wasm = Awaited<ReturnType<typeof instantiate>>;

/** Roles of arrays, sides and sizes as the machine numbers them (engine/assembly/tlb/tlb.ts). */
const ROLE = { l1: 0, l2: 1, nested: 2, structures: 3, nestedStructures: 4 };
const SIDE_BIT = { data: 1, instruction: 2 };
export const SIZE_NUMBER: Record<PageSize, number> = { '4K': 0, '2M': 1, '1G': 2 };

/** Makes an empty TLB in the machine's memory, gone with its next clear. Returns its handle. */
export function configureTlb(wasm: Wasm, geometry: TlbGeometry): number {
  const tlb = wasm.tlbNew();
  const add = (
    role: number,
    sides: number,
    sizes: number,
    shape: { sets: number; ways: number },
  ): void => {
    if (!wasm.tlbAddArray(tlb, role, sides, sizes, shape.sets, shape.ways)) {
      throw new RangeError('the TLB has more arrays or entries than the machine has room for');
    }
  };
  for (const level of ['l1', 'l2'] as const) {
    for (const array of geometry[level]) {
      const sides = sidesOf(array).reduce((mask, side) => mask | SIDE_BIT[side], 0);
      const sizes = array.sizes.reduce((mask, size) => mask | (1 << SIZE_NUMBER[size]), 0);
      add(ROLE[level], sides, sizes, shapeOf(array));
    }
  }
  if (geometry.nested) add(ROLE.nested, 0, 0, shapeOf(geometry.nested));
  const addStructures = (role: number, caches: StructureCaches | null | undefined): void => {
    STRUCTURES.forEach((name, index) => {
      const cache = caches?.[name];
      if (cache !== undefined) add(role, 0, index + 2, shapeOf(cache));
    });
  };
  addStructures(ROLE.structures, geometry.structures);
  addStructures(ROLE.nestedStructures, geometry.nestedStructures);
  wasm.tlbOpen(tlb);
  return tlb;
}
