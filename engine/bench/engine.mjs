/**
 * `npm run bench -- engine`: the engine's TLB and walk against C and against plain JavaScript, on the
 * same pages and tables. Each language runs every stream in turn, several rounds; sums and hit
 * counts must agree.
 *
 * The engine's sources are compiled as they are, but memory is flat, as in C (a module stands in for the
 * engine's), and evidence, which exists for a reader, is not kept (a build option).
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { makePlain } from './plain.mjs';
import { buildTables, hitStream, randomStream, traceStream } from './workload.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ENGINE = join(HERE, '..');
const ROUNDS = Number(process.env.PAGEWALK_ROUNDS ?? 9);
/** The reference TLB: sets and ways. */
const L1 = [16, 4];
const L2 = [128, 12];

const scratch = mkdtempSync(join(tmpdir(), 'pagewalk-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** The engine with the benchmark's loop, compiled by the options of the release. */
async function compileWasm() {
  const sources = join(scratch, 'assembly');
  cpSync(join(ENGINE, 'assembly'), sources, { recursive: true });
  cpSync(join(HERE, 'assembly'), sources, { recursive: true });
  const { release } = JSON.parse(readFileSync(join(ENGINE, 'asconfig.json'), 'utf8')).targets;
  const asc = createRequire(join(ENGINE, 'package.json')).resolve('assemblyscript/bin/asc.js');
  const out = join(scratch, 'bench.wasm');
  const args = [
    ...['bench.ts', '--outFile', out, '--runtime', 'stub', '--initialMemory', '1024'],
    ...['--use', 'WITHOUT_EVIDENCE=1'],
    ...['--optimizeLevel', String(release.optimizeLevel), '--noAssert', '--enable', 'simd'],
    ...['--shrinkLevel', String(release.shrinkLevel), ...(release.converge ? ['--converge'] : [])],
  ];
  const { status, stderr } = spawnSync(process.execPath, [asc, ...args], {
    cwd: sources,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`asc failed:\n${stderr}`);
  const { instance } = await WebAssembly.instantiate(readFileSync(out), {
    env: { abort: () => undefined },
  });
  return instance.exports;
}

/** The runner for each language: stream number → { ns, sum, counts }. */
async function wasmRunner(streams, tables) {
  const wasm = await compileWasm();
  if (wasm.flatBytes() !== tables.image.byteLength) throw new Error('the image has another size');
  const places = streams.map(({ pages }) => wasm.reserveBlock(pages.byteLength));
  const tlbs = streams.map(() => null);
  const view = () => wasm.memory.buffer;
  new BigUint64Array(view(), wasm.flatAt(), tables.image.length).set(tables.image);
  streams.forEach(({ pages }, index) =>
    new BigUint64Array(view(), places[index], pages.length).set(pages),
  );
  wasm.setUp(tables.cr3, tables.eptRoot);
  return async (which) => {
    const caches = streams[which].caches === true;
    tlbs[which] = wasm.makeTlb(...L1, ...L2, caches);
    const started = process.hrtime.bigint();
    const sum = wasm.run(tlbs[which], places[which], streams[which].pages.length, caches) >>> 0;
    const ns = Number(process.hrtime.bigint() - started);
    return { ns, sum, counts: [0, 1, 2, 3].map((index) => wasm.countOf(index)) };
  };
}

function plainRunner(streams, tables) {
  const image = tables.image.slice();
  const run = makePlain({ ...tables, image, l1: L1, l2: L2 });
  const halves = streams.map(({ pages }) => new Int32Array(pages.buffer));
  return async (which) => {
    const started = process.hrtime.bigint();
    const { sum, counts } = run(halves[which], streams[which].caches === true);
    return { ns: Number(process.hrtime.bigint() - started), sum, counts };
  };
}

const COMPILERS = [process.env.CC, 'gcc', 'cc', 'clang'].filter((name) => name);

/** A C program that waits for the numbers of streams; null without a compiler. */
function cRunner(layout, files, tables) {
  const program = join(scratch, `bench${layout}`);
  const args = ['-O3', '-march=native', '-std=gnu11', `-DLAYOUT=${layout}`, '-o', program];
  const compiler = COMPILERS.find(
    (name) => spawnSync(name, [...args, join(HERE, 'bench.c')]).status === 0,
  );
  if (compiler === undefined) return null;
  const withCaches = String(
    streams.reduce((mask, { caches }, index) => mask + (caches === true ? 2 ** index : 0), 0),
  );
  const roots = [tables.cr3, tables.eptRoot].map(String);
  const child = spawn(
    program,
    [
      files.tables,
      ...roots,
      '4',
      '46',
      ...[...L1, ...L2].map(String),
      withCaches,
      ...files.streams,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const run = async (which) => {
    child.stdin.write(`${which}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the C program ended');
    const [ns, sum, ...counts] = value.split(' ').map(Number);
    return { ns, sum, counts };
  };
  return { run, compiler, end: () => child.stdin.end() };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const digits = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** A recorded trace beside the repository, or one like it. */
function recorded() {
  const file = join(ENGINE, '..', '..', 'shared', 'traces', 'xmllint.lackey.gz');
  if (existsSync(file)) {
    return {
      name: 'trace',
      what: 'xmllint, recorded: fetches, loads and stores',
      pages: traceStream(gunzipSync(readFileSync(file)).toString('latin1')),
    };
  }
  console.log(
    'no recorded trace beside the repository (../shared/traces): that stream is left out',
  );
  return null;
}

const streams = [
  { name: 'hits', what: '97 % over 44 pages, 3 % over 1000', pages: hitStream(8_000_000) },
  {
    name: 'misses',
    what: 'uniform over 1 GiB, walks by paging-structure caches and a nested TLB',
    pages: randomStream(2_000_000),
    caches: true,
  },
  {
    name: 'cold walks',
    what: 'the same, every walk from its root: 24 reads in a chain',
    pages: randomStream(2_000_000),
  },
  recorded(),
].filter((stream) => stream !== null);

const tables = buildTables(
  streams.map(({ pages }) => pages),
  32 << 20,
);
const files = {
  tables: join(scratch, 'tables'),
  streams: streams.map(({ name }) => join(scratch, name)),
};
writeFileSync(files.tables, new Uint8Array(tables.image.buffer));
streams.forEach(({ pages }, index) =>
  writeFileSync(files.streams[index], new Uint8Array(pages.buffer)),
);

const contenders = [
  { name: 'WebAssembly', run: await wasmRunner(streams, tables) },
  { name: 'JavaScript', run: plainRunner(streams, tables) },
];
const inC = [
  ['C, vectors', 1],
  ['C, moved to front', 2],
]
  .map(([name, layout]) => ({ name, ...cRunner(layout, files, tables) }))
  .filter(({ run }) => run !== undefined);
if (inC.length === 0) console.log(`no C compiler (tried ${COMPILERS.join(', ')}): no ratio to C`);
else console.log(`C: ${inC[0].compiler} -O3 -march=native`);
contenders.push(...inC);
console.log(
  `reference TLB, any geometry in all; ${tables.frames} frames of tables; ${ROUNDS} rounds, interleaved`,
);

const isC = ({ name }) => name.startsWith('C');
for (const [which, { name, what, pages }] of streams.entries()) {
  const speeds = contenders.map(() => []);
  let agreed;
  // The first round warms up: compilers of the browser kind take their time.
  for (let round = -2; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) {
      const { ns, sum, counts } = await contender.run(which);
      const answer = `${sum} ${counts.join(' ')}`;
      agreed ??= answer;
      if (answer !== agreed) {
        throw new Error(`${contender.name}, ${name}: ${answer}, but the others: ${agreed}`);
      }
      if (round >= 0) speeds[index].push((pages.length / ns) * 1000);
    }
  }
  const [, l1, l2, misses, references] = agreed.split(' ').map(Number);
  console.log(`\n${name}: ${what}; ${pages.length} accesses`);
  console.log(
    `  all agree: ${l1} L1 hits, ${l2} L2 hits, ${misses} misses, ${references} reads by walks`,
  );
  const rates = speeds.map(median);
  contenders.forEach((contender, index) => {
    const [low, high] = [Math.min(...speeds[index]), Math.max(...speeds[index])];
    console.log(
      `  ${contender.name.padEnd(18)} ${digits(rates[index]).padStart(6)} M accesses/s  (${digits(low)} to ${digits(high)})`,
    );
  });
  // Of each round, whose runs lie next to each other: what else the machine does then cancels out.
  const against = (other) => {
    const each = speeds[0].map((speed, round) => speed / speeds[other][round]);
    const [low, high] = [Math.min(...each), Math.max(...each)];
    return `${median(each).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  };
  const ratios = [`WebAssembly / JavaScript ${against(1)}`];
  if (inC.length > 0) {
    const layouts = contenders.map((_, index) => index).filter((index) => isC(contenders[index]));
    const best = layouts.reduce((a, b) => (rates[b] > rates[a] ? b : a));
    ratios.unshift(`WebAssembly / best C ${against(best)}`);
  }
  console.log(`  ${ratios.join(', ')}`);
}
for (const { end } of inC) end();
