/**
 * `npm run bench -- host`: a host of 64 GiB with 48 guests of 2 GiB, ksmd, balloons and swap at work, for a
 * simulated minute; the same for half and a quarter of the guests; and how fast a teaching host starts.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kvm } from '../build/src/kvm/kvm.js';

const ENGINE = join(dirname(fileURLToPath(import.meta.url)), '..');
const ROUNDS = Number(process.env.PAGEWALK_ROUNDS ?? 3);
const SECONDS = Number(process.env.PAGEWALK_SECONDS ?? 60);
const MIB = 256;
const GIB = 1024 * MIB;
const module = await WebAssembly.compile(readFileSync(join(ENGINE, 'build', 'engine.wasm')));

/** The part of the host that is set aside in huge pages. */
const POOL_PART = 0.76;

const KINDS = ['idle', 'cache', 'growing', 'bursty', 'diurnal'];

/** A host with so many guests, and its minute. */
async function minute(guests, hostFrames) {
  const kvm = await Kvm.instantiate(module);
  kvm.start({ cpus: 1, frames: hostFrames });
  kvm.host.addSwap(16 * GIB);
  kvm.host.setKsm('run', 1);
  // Enough for two passes over what the guests touch.
  kvm.host.setKsm('pages_to_scan', Math.round((5000 * guests) / 48));
  // Others have most of the host in pools of huge pages, so that this minute is one of want.
  kvm.resizePool('2M', Math.round((hostFrames * POOL_PART) / 512));
  const linuxes = [];
  const started = performance.now();
  for (let index = 0; index < guests; index++) {
    const vm = kvm.createVm({ mode: 'ept', frames: 2 * GIB, levels: 4, nestedLevels: 4 });
    linuxes.push(
      kvm.startLinux(vm, {
        swap: 512 * MIB,
        image: 1 + (index % 3),
        seed: index + 1,
        workload: {
          kind: KINDS[index % KINDS.length],
          most: 320 * MIB,
          rate: 20_000,
          period: 20_000,
          writes: 30,
        },
      }),
    );
  }
  let swapped = 0;
  for (let second = 0; second < SECONDS; second++) {
    // Balloons of a third of the guests go up and down.
    for (let index = 0; index < guests; index += 3) {
      linuxes[index].askBalloon(second % 20 < 10 ? 1536 * MIB : 256 * MIB);
    }
    kvm.advance(1000);
    swapped = kvm.host.vmstat.pswpout;
  }
  const ms = performance.now() - started;
  const { meminfo, ksm } = kvm.host;
  const bytes = kvm.memory().arena.byteLength;
  const touched = linuxes.reduce((sum, linux) => sum + linux.progress.touched, 0);
  return { ms, bytes, meminfo, ksm, swapped, touched };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const spread = (values) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
const mib = (kib) => `${(kib / 1024).toFixed(0)} MiB`;

const sizes = [12, 24, 48];
const times = new Map(sizes.map((size) => [size, []]));
let last;
for (let round = 0; round < ROUNDS; round++) {
  for (const size of sizes) {
    // The host is as short of memory with few guests as with many.
    const result = await minute(size, (64 * GIB * size) / 48);
    times.get(size).push(result.ms / 1000);
    if (size === 48) last = result;
  }
}
console.log(
  `\nA host of 64 GiB, 48 guests of 2 GiB, ${SECONDS} simulated seconds; ${ROUNDS} rounds`,
);
for (const size of sizes) {
  const all = times.get(size);
  console.log(`  ${size} guests`.padEnd(14), `${median(all).toFixed(2)} s (${spread(all)})`);
}
const one = median(times.get(12));
console.log(
  `  for 1, 2, 4 times as many guests: 1, ${(median(times.get(24)) / one).toFixed(2)}, ${(median(times.get(48)) / one).toFixed(2)} times as long`,
);
console.log(`  the engine's memory: ${(last.bytes / 2 ** 20).toFixed(0)} MiB`);
console.log(
  `  ${last.touched} touches; guests' memory ${mib(last.meminfo.AnonPages)}, of it merged ${mib(last.meminfo.ksm)}; ${last.ksm.pages_sharing} pages saved; ${last.swapped} pages swapped out`,
);

const starts = [];
for (let round = 0; round < 21; round++) {
  const kvm = await Kvm.instantiate(module);
  const begun = performance.now();
  kvm.start({ cpus: 1, frames: 64 * MIB });
  kvm.host.addSwap(32 * MIB);
  kvm.createVm({ mode: 'ept', frames: 8 * MIB, levels: 4, nestedLevels: 4 });
  starts.push(performance.now() - begun);
}
console.log(
  `\nA teaching host of 64 MiB with a guest starts in ${median(starts).toFixed(2)} ms (${spread(starts)})`,
);
