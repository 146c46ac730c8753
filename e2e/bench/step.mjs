import { chromium } from '@playwright/test';

/**
 * What one step of the player costs the page's main thread. `node step.mjs ADDRESS`, with the
 * browser in PAGEWALK_BROWSER; prints a table.
 *
 * A step is a key press on the picture: from the event to a layout without pending work is timed in
 * the page ("step"). What the browser does for it afterwards, style and paint of the frames that
 * follow, is in its own account of the main thread's tasks ("all work").
 */

const PRESSES = 200;

const [address] = process.argv.slice(2);
const { executablePath, env } = JSON.parse(process.env.PAGEWALK_BROWSER);
const browser = await chromium.launch({ executablePath, env: { ...process.env, ...env } });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
// A write sets bits on its way, and no question of the lesson holds it.
await page.goto(`${address}en/lessons/ept-and-npt/#kind=write`);
const figure = page.getByRole('region', { name: 'Page walk' });
await figure.getByRole('button', { name: 'Step forward' }).and(page.locator(':enabled')).waitFor();
const picture = figure.getByRole('group', { name: /reads$/ });
const length = Number(await figure.getByRole('slider', { name: 'Step' }).getAttribute('max'));
const cdp = await page.context().newCDPSession(page);
await cdp.send('Performance.enable');

/** Milliseconds of main-thread tasks so far. */
async function taskTime() {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
}

/** Presses a key so many times, each in a frame of its own. */
const press = (key, times) =>
  picture.evaluate(
    async (element, { key, times }) => {
      const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const long = [];
      const observer = new PerformanceObserver((list) =>
        long.push(...list.getEntries().map((entry) => entry.duration)),
      );
      observer.observe({ type: 'longtask' });
      const steps = [];
      for (let i = 0; i < times; i++) {
        const started = performance.now();
        element.dispatchEvent(
          new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
        );
        // The page updates itself in a microtask; a round trip through the queue is behind it.
        for (let round = 0; round < 10; round++) await Promise.resolve();
        element.getBoundingClientRect();
        steps.push(performance.now() - started);
        await frame();
      }
      observer.disconnect();
      return { steps, long };
    },
    { key, times },
  );

const results = { ArrowRight: [], ArrowLeft: [] };
const work = { ArrowRight: 0, ArrowLeft: 0 };
let long = 0;
// Once through, unmeasured: the code is compiled, the fonts are there.
await press('ArrowRight', length);
await press('ArrowLeft', length);
for (let left = PRESSES; left > 0; left -= length) {
  for (const key of ['ArrowRight', 'ArrowLeft']) {
    const before = await taskTime();
    const times = Math.min(length, left);
    const { steps, long: seen } = await press(key, times);
    work[key] += (await taskTime()) - before;
    results[key].push(...steps);
    long += seen.length;
  }
}
console.log(`${await browser.version()}, ${length} steps in the walk`);
await browser.close();

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const ms = (value) => value.toFixed(2).padStart(8);
console.log('milliseconds    n  median     p25     p75     p95     max  all work, mean');
for (const [key, name] of [
  ['ArrowRight', 'forward'],
  ['ArrowLeft', 'back'],
]) {
  const sorted = results[key].toSorted((a, b) => a - b);
  const cells = [0.5, 0.25, 0.75, 0.95, 1].map((part) => ms(at(sorted, part))).join('');
  console.log(
    `${name.padEnd(12)} ${String(sorted.length).padStart(4)}${cells}${ms(work[key] / sorted.length)}`,
  );
}
console.log(`long tasks (50 ms and more): ${long}`);
