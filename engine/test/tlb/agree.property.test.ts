import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PageSize } from '../../src/address.ts';
import type {
  ArrayGeometry,
  CacheGeometry,
  StructureCaches,
  TlbGeometry,
} from '../../src/tlb/geometry.ts';
import { readGeometry } from '../../src/tlb/geometry.ts';
import { ModelTlb } from './model.ts';
import type { Context, Kind, Side } from './model.ts';
import { EngineTlb, rawEngine } from './tlb-under-test.ts';
import type { Wasm } from './tlb-under-test.ts';

/**
 * Two TLBs, one behaviour: on any geometry, whatever is looked up, filled and invalidated, the engine and
 * the model answer alike, and an operation leaves no translation that it had to remove. More of it:
 * PAGEWALK_RUNS; another part of it: PAGEWALK_SEED.
 */
const RUNS = Math.max(50, Number(process.env['PAGEWALK_RUNS'] ?? 3000) / 5);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20260101);

const shape = (ways: fc.Arbitrary<number>): fc.Arbitrary<CacheGeometry> =>
  fc
    .tuple(ways, fc.constantFrom(1, 2, 4, 8), fc.boolean())
    .map(([way, sets, full]) =>
      full && sets === 1
        ? { entries: way, ways: 'full' as const }
        : { entries: way * sets, ways: way },
    );

const anyShape = shape(fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 33));

const array = (
  sizes: PageSize[],
  side: NonNullable<ArrayGeometry['side']>,
): fc.Arbitrary<ArrayGeometry> => anyShape.map((one) => ({ sizes, side, ...one }));

/** The sizes of a level, in one array or in several. */
const level = (
  side: NonNullable<ArrayGeometry['side']>,
  splits: PageSize[][][],
): fc.Arbitrary<ArrayGeometry[]> =>
  fc
    .constantFrom(...splits)
    .chain((arrays) => fc.tuple(...arrays.map((sizes) => array(sizes, side))));

const L1: PageSize[][][] = [
  [['4K', '2M', '1G']],
  [['4K'], ['2M', '1G']],
  [['4K'], ['2M'], ['1G']],
  [['4K'], ['2M']],
  [['4K', '2M']],
  [['4K']],
];
const L2: PageSize[][][] = [
  [['4K', '2M']],
  [['4K']],
  [['4K', '2M', '1G']],
  [['4K', '2M'], ['1G']],
  [],
];

const bothSides = (splits: PageSize[][][]): fc.Arbitrary<ArrayGeometry[]> =>
  fc.oneof(
    level('both', splits),
    fc.tuple(level('data', splits), level('instruction', splits)).map((sides) => sides.flat()),
  );

const small = shape(fc.constantFrom(1, 2, 4, 5));
const structures: fc.Arbitrary<StructureCaches | null> = fc.option(
  fc.record({ pde: small, pdpte: small, pml4e: small, pml5e: small }, { requiredKeys: [] }),
);

const geometries: fc.Arbitrary<TlbGeometry> = fc.record<Required<TlbGeometry>>({
  l1: bothSides(L1),
  l2: bothSides(L2),
  nested: fc.option(small, { nil: null }),
  structures,
  nestedStructures: structures,
});

// Few contexts and few pages, so that they meet; pages of either half, near and far apart.
const VPIDS = [0, 1, 2, 0xffff];
const PCIDS = [0, 1, 0xfff];
const ROOTS = [0n, 0x1000n, 0x5000n, 0xf_ffff_ffff_f000n];
const vpid = fc.constantFrom(...VPIDS);
const pcid = fc.constantFrom(...PCIDS);
const root = fc.constantFrom(...ROOTS);
const page = fc
  .tuple(
    fc.constantFrom(
      0n,
      0x40000000n,
      0x7fff_ffe0_0000n,
      0xff00_0000_0000_0000n,
      0x1_0000_0000_0000n,
    ),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 11 }),
  )
  .map(([base, middle, low]) => base + (BigInt(middle) << 21n) + (BigInt(low) << 12n) + 8n);
const side: fc.Arbitrary<Side> = fc.constantFrom('data', 'instruction');
const size: fc.Arbitrary<PageSize> = fc.constantFrom('4K', '4K', '4K', '2M', '1G');
const context: fc.Arbitrary<Context> = fc.record({
  kind: fc.constantFrom<Kind>('linear', 'combined', 'by-asid'),
  vpid,
  pcid,
  ep4ta: root,
});

/** One thing done to a TLB; what it answers is compared. */
type Act = [name: string, act: (tlb: ModelTlb | EngineTlb) => unknown];

const act = <T extends unknown[]>(
  name: string,
  args: { [K in keyof T]: fc.Arbitrary<T[K]> },
  run: (tlb: ModelTlb | EngineTlb, ...given: T) => unknown,
): fc.Arbitrary<Act> =>
  fc
    .tuple<T>(...args)
    .map((given) => [`${name}(${given.map(text).join(', ')})`, (tlb) => run(tlb, ...given)]);

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner,
  );

const payload = fc
  .tuple(fc.integer({ min: 1, max: 1 << 20 }), fc.integer({ min: 0, max: 0xff }))
  .map(([frame, flags]) => (BigInt(frame) << 30n) | BigInt((flags & 0xc0) === 0xc0 ? 0 : flags));

const flag = fc.boolean();
const invalidations: fc.Arbitrary<Act>[] = [
  act('invlpg', [page], (tlb, a) => tlb.invlpg(a)),
  act('invpcid', [fc.nat(3), pcid, page], (tlb, type, p, a) => void tlb.invpcid(type, p, a)),
  act('movCr3', [pcid, flag, flag], (tlb, p, pcide, keep) => tlb.movCr3(p, pcide, keep)),
  act('flushAll', [], (tlb) => tlb.flushAll()),
  act('flushPcid', [], (tlb) => tlb.flushPcid()),
  act('vmTransition', [flag], (tlb, on) => tlb.vmTransition(on)),
  act('invvpid', [fc.nat(3), vpid.filter((v) => v !== 0), page], (tlb, type, v, a) => {
    void tlb.invvpid(type, v, a);
  }),
  act('invept', [fc.constantFrom(1, 2), root], (tlb, type, r) => void tlb.invept(type, r)),
  act('pageFault', [page], (tlb, a) => tlb.pageFault(a)),
  act('eptViolation', [page, flag, page], (tlb, gpa, is, a) => tlb.eptViolation(gpa, is, a)),
  act('tlbControl', [fc.constantFrom(0, 1, 3, 7), vpid], (tlb, v, a) => void tlb.tlbControl(v, a)),
  act('invlpga', [page, vpid], (tlb, a, v) => tlb.invlpga(a, v)),
];

const structureLevel = fc.integer({ min: 2, max: 5 });
const ordinary: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: act('select', [context], (tlb, c) => tlb.select(c)) },
  { weight: 8, arbitrary: act('lookup', [page, side], (tlb, a, s) => tlb.lookup(a, s)) },
  {
    weight: 8,
    arbitrary: act('fill', [page, size, payload, side], (tlb, a, z, p, s) => tlb.fill(a, z, p, s)),
  },
  { weight: 1, arbitrary: act('lookupNested', [page], (tlb, a) => tlb.lookupNested(a)) },
  {
    weight: 1,
    arbitrary: act('fillNested', [page, size, payload], (tlb, a, z, p) => tlb.fillNested(a, z, p)),
  },
  {
    weight: 1,
    arbitrary: act('findStructure', [page, flag], (tlb, a, n) => tlb.findStructure(a, n)),
  },
  {
    weight: 1,
    arbitrary: act('fillStructure', [page, structureLevel, payload, flag], (tlb, a, l, p, n) =>
      tlb.fillStructure(a, l, p, n),
    ),
  },
);
const acts = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: ordinary },
    { weight: 1, arbitrary: fc.oneof(...invalidations) },
  ),
  { minLength: 20, maxLength: 160, size: 'max' },
);

describe('the TLB of the engine and the model agree', () => {
  let wasm: Wasm;

  beforeAll(async () => {
    wasm = await rawEngine();
  });

  test(`on ${RUNS} random geometries and histories from seed ${SEED} (PAGEWALK_RUNS, PAGEWALK_SEED)`, () => {
    let steps = 0;
    fc.assert(
      fc.property(geometries, acts, (geometry, history) => {
        wasm.clear();
        const engine = new EngineTlb(wasm, readGeometry(geometry, 'tlb'));
        const model = new ModelTlb(geometry);
        for (const [name, run] of history) {
          steps++;
          const answer = text(run(engine) ?? null);
          const expected = text(run(model) ?? null);
          if (answer !== expected) {
            throw new Error(`${name}: the engine says ${answer}, the model ${expected}`);
          }
        }
        // Whatever the history was, every translation left is left in both, and no other.
        for (const entry of model.translations()) {
          for (const tlb of [engine, model]) tlb.select(entry);
          const shift = { '4K': 12n, '2M': 21n, '1G': 30n }[entry.size];
          for (const from of ['data', 'instruction'] as const) {
            const address = entry.page << shift;
            if (text(engine.lookup(address, from)) !== text(model.lookup(address, from))) {
              throw new Error(`at the end: another answer for ${text(entry)}`);
            }
          }
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: false },
    );
    console.log(`tlb: ${RUNS} geometries, ${steps} operations`);
    expect(steps).toBeGreaterThan(RUNS);
  });
});
