import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PageSize } from '../../src/address.ts';
import { instantiateEngine } from '../../src/node.ts';
import { entryPage, readDesign, walkedLeaf } from '../../src/replay/design.ts';
import type { Design } from '../../src/replay/design.ts';
import { Replay } from '../../src/replay/replay.ts';
import type { Kinds } from '../../src/replay/replay.ts';
import { GEOMETRIES, GEOMETRY_NAMES } from '../../src/tlb/geometries.ts';
import { countTlb, readTrace } from './counter.ts';

/** More of it: PAGEWALK_RUNS; another part of it: PAGEWALK_SEED. */
const RUNS = Math.max(50, Number(process.env['PAGEWALK_RUNS'] ?? 3000) / 10);
const SEED = Number(process.env['PAGEWALK_SEED'] ?? 20260101);

const shape = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 8, 12, 20), fc.constantFrom(1, 2, 4, 16))
  .map(([ways, sets]) => ({ entries: ways * sets, ways }));
const array = (sizes: PageSize[]): fc.Arbitrary<unknown> => shape.map((one) => ({ sizes, ...one }));
const tlb = fc.oneof(
  fc.constantFrom<unknown>(...GEOMETRY_NAMES),
  fc.record({
    l1: fc.tuple(array(['4K']), array(['2M', '1G'])),
    l2: fc.oneof(fc.tuple(array(['4K', '2M'])), fc.tuple(array(['4K']), array(['1G']))),
  }),
);
const page = fc.constantFrom<PageSize>('4K', '2M');
const designs = fc.record({
  mode: fc.constantFrom('shadow', 'ept', 'npt'),
  guestPage: page,
  hostPage: page,
  levels: fc.constantFrom(4, 5),
  tlb,
  psc: fc.oneof(
    fc.constantFrom<unknown>('none', 'example'),
    fc.record({ pde: shape, pdpte: shape, pml4e: shape, pml5e: shape }, { requiredKeys: [] }),
  ),
});

const line = fc
  .tuple(
    fc.constantFrom('I ', ' L', ' S', ' M'),
    fc.constantFrom(
      0x1000n,
      0x40_0000n,
      0x7fff_ffff_f000n,
      0xffff_8000_0000_0000n,
      0x1ff_efff_f000n,
    ),
    fc.nat(60),
    fc.constantFrom(0, 0, 0, 8, 0xff8, 0xffe, 0xfff),
    fc.constantFrom(1, 4, 8, 32, 512, 4096),
    fc.boolean(),
  )
  .map(([kind, base, number, offset, size, padded]) => {
    const address = (base + BigInt(number * 4096 + offset)).toString(16);
    return `${kind} ${padded ? address.padStart(10, '0') : address},${size}`;
  });
const oddity = fc.constantFrom(
  '',
  '   ',
  '==7== Lackey, an example Valgrind tool',
  ' L 04001090,8 ',
  'L 04001090,8',
  ' L  0400ABCD,8',
  '\tS 1fff000fff,2',
  // None of these is an access.
  ' X 04001090,8',
  ' L 04001090',
  ' L 04001090,',
  ' L 04001090,0',
  ' L 04001090,4097',
  ' L 0x4001090,8',
  ' L 0400g090,8',
  ' L 04001090,8 8',
  ' L 10000000000000000,8',
  ' L 0123456789abcdef,8',
  'I',
  '=',
  `${'x'.repeat(300)}`,
);
const traces = fc.tuple(
  fc.array(fc.oneof({ weight: 30, arbitrary: line }, { weight: 1, arbitrary: oddity }), {
    minLength: 1,
    maxLength: 300,
    size: 'max',
  }),
  fc.constantFrom('\n', '\n', '\r\n'),
  fc.boolean(),
);

/** Levels of references with nothing cached, by the formula of the manuals' two dimensions. */
function references(design: Design, counts: ReturnType<typeof countTlb>): number {
  const leaf = { '4K': 1, '2M': 2, '1G': 3 };
  const isNested = design.mode === 'ept' || design.mode === 'npt';
  const h = isNested ? 4 - leaf[design.hostPage] + 1 : 0;
  const g = design.levels - (isNested ? leaf[design.guestPage] : leaf[entryPage(design)]) + 1;
  // From a cached entry on: its table's address is host-physical already.
  const rest = counts.left.reduce((sum, walks, left) => sum + walks * (left + left * h), 0);
  return counts.full * ((g + 1) * (h + 1) - 1) + rest;
}

describe('the replay of the engine and the second counter agree', () => {
  test(`on ${RUNS} random traces and designs from seed ${SEED} (PAGEWALK_RUNS, PAGEWALK_SEED)`, async () => {
    const wasm = await instantiateEngine();
    let total = 0;
    await fc.assert(
      fc.asyncProperty(
        traces,
        fc.array(designs, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Kinds>('data', 'fetch', 'all'),
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 20 }),
        async ([lines, end, closed], given, kinds, cuts) => {
          const text = lines.join(end) + (closed ? end : '');
          const chosen = given.map((one, index) => readDesign(one, `design ${index}`));
          const replay = await Replay.begin(wasm, chosen, kinds);
          let bytes = new TextEncoder().encode(text);
          for (const cut of cuts) {
            replay.feed(bytes.subarray(0, cut));
            bytes = bytes.subarray(cut);
          }
          replay.feed(bytes);
          replay.finish();

          const { accesses, bad } = readTrace(text, kinds);
          total += accesses.length;
          expect(replay.lineCounts().bad).toBe(bad.length);
          expect(replay.badLines().map((one) => one.line)).toEqual(bad.slice(0, 16));
          replay.results().forEach((result, index) => {
            const design = chosen[index]!;
            const counts = countTlb(accesses, design.tlb, entryPage(design), {
              levels: design.levels,
              leaf: walkedLeaf(design),
            });
            expect(result).toMatchObject({
              design: `design ${index}`,
              accesses: accesses.length,
              tlb_l1_hits: counts.l1,
              tlb_l2_hits: counts.l2,
              tlb_misses: counts.misses,
              walk_refs: references(design, counts),
            });
            const perHost =
              design.mode !== 'shadow' && entryPage(design) === '4K' && design.hostPage === '2M';
            expect(result.exits).toBe(perHost ? Math.ceil(counts.pages / 512) : counts.pages);
          });
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
    console.log(`replay: ${RUNS} traces, ${total} accesses`);
    expect(total).toBeGreaterThan(RUNS);
  });
});

describe('a long trace', () => {
  test('takes no more memory than a short one, and needs no newline at its end', async () => {
    const wasm = await instantiateEngine();
    const replay = await Replay.begin(wasm, [readDesign({ mode: 'native' }, 'one')], 'data');
    const piece = new TextEncoder().encode(' L 04001090,8\n M 1fff000ffc,8\n'.repeat(20_000));
    replay.feed(piece);
    const before = wasm.memory.buffer.byteLength;
    for (let times = 0; times < 50; times++) replay.feed(piece);
    replay.feed(new TextEncoder().encode(' S 04001090,8'));
    replay.finish();
    expect(wasm.memory.buffer.byteLength).toBe(before);
    expect(replay.results()[0]).toMatchObject({ accesses: 51 * 100_000 + 1, tlb_misses: 3 });
  });

  test('may have a message or a line of any length', async () => {
    const wasm = await instantiateEngine();
    const replay = await Replay.begin(wasm, [readDesign({ mode: 'native' }, 'one')], 'data');
    const text = `==1== ${'m'.repeat(600_000)}\n L 1000,8\n${'x'.repeat(600_000)}\n L 2000,8\n`;
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += 1000) replay.feed(bytes.subarray(at, at + 1000));
    replay.finish();
    expect(replay.badLines().map(({ line }) => line)).toEqual([3]);
    expect(replay.lineCounts()).toEqual({ lines: 4, bad: 1 });
    expect(replay.results()[0]!.accesses).toBe(2);
  });
});

describe('the reference TLB', () => {
  test('is the contract’s', () => {
    expect(GEOMETRIES.reference).toMatchObject({
      l1: [
        { sizes: ['4K'], entries: 64, ways: 4 },
        { sizes: ['2M', '1G'], entries: 32, ways: 4 },
      ],
      l2: [{ sizes: ['4K', '2M'], entries: 1536, ways: 12 }],
    });
  });
});
