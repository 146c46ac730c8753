import { performance } from 'node:perf_hooks';
import { Run, readScenario } from '@pagewalk/engine';
import { loadKvm } from '@pagewalk/engine/node';

/**
 * Going back in a long run: from step 10,000 to 9,999, and from there to any step. Measures, and judges
 * nothing.
 */

const STEPS = 10_000;
const ROUNDS = 101;

/** Numbers that look random and are the same every time (xorshift32). */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function scenario(mode) {
  const next = numbers(1);
  const actions = ['p0', 'p1'].map((name) => ({ do: 'process', guest: 'a', name }));
  for (const process of ['p0', 'p1']) {
    actions.push({
      do: 'map',
      guest: 'a',
      process,
      gva: '0x40000000',
      pages: 600,
      flags: 'rwu',
    });
  }
  while (actions.length < STEPS) {
    const at = { guest: 'a', process: `p${next(2)}` };
    const gva = `0x${(0x4000_0000 + next(600) * 4096).toString(16)}`;
    const kind = next(3) === 0 ? 'write' : 'read';
    actions.push(
      next(12) === 0
        ? { do: 'protect', ...at, gva, flags: 'ru' }
        : { do: 'access', ...at, gva, kind },
    );
  }
  return readScenario({
    machine: { mmu: { mode }, guests: [{ name: 'a', memory: '16M' }] },
    actions,
  });
}

const timed = (act) => {
  const from = performance.now();
  act();
  return performance.now() - from;
};
const at = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
const line = (name, times) => {
  const sorted = times.sort((a, b) => a - b);
  const [low, median, high] = [0.05, 0.5, 0.95].map((share) => at(sorted, share).toFixed(2));
  console.log(`  ${name.padEnd(34)} ${median} ms  (5 % ${low}, 95 % ${high})`);
};

const kvm = await loadKvm();
for (const mode of ['shadow', 'ept']) {
  const run = new Run(kvm, scenario(mode));
  const whole = timed(() => run.seek(STEPS));
  console.log(
    `${mode}: ${STEPS.toLocaleString('en-US')} steps in ${whole.toFixed(0)} ms, keyframes of ${(run.historyBytes / 2 ** 20).toFixed(1)} MiB`,
  );
  const back = [];
  const forth = [];
  for (let round = 0; round < ROUNDS; round++) {
    back.push(timed(() => run.back()));
    forth.push(timed(() => run.next()));
  }
  line('back, 10,000 to 9,999', back);
  line('forth again', forth);
  const next = numbers(2);
  line(
    'to any step',
    Array.from({ length: ROUNDS }, () => {
      const step = next(STEPS);
      return timed(() => run.seek(step));
    }),
  );
}
