import { chromium } from '@playwright/test';

/**
 * What the map of memory costs: a host of 64 GiB with 48 guests of 2 GiB, 16,777,216 frames, dragged and
 * zoomed for some seconds. `node frames.mjs ADDRESS`, with the browser in PAGEWALK_BROWSER; prints a table.
 *
 * Frames per second are those that the browser asked the page for. A drawn picture's time is that of its
 * callback, from reading the engine's memory to the last call on the canvas; what the browser does for it
 * then is in its own account of the main thread's tasks ("all work"). No graphics processor takes part.
 */

const BUDGET = 16;
const SECONDS = 3;
/** Seconds that the guests have lived when the map is looked at. */
const LIVED = 8;

const KINDS = ['idle', 'cache', 'growing', 'bursty', 'diurnal'];
const run = {
  machine: {
    // Pools of huge pages make the host short of memory, so that frames of every kind are on the map.
    host: {
      memory: '64G',
      swap: '16G',
      ksm: true,
      hugepages: { '2M': 24904 },
    },
    mmu: { mode: 'ept' },
    tlb: 'none',
    guests: Array.from({ length: 48 }, (_, index) => ({
      name: `vm${index + 1}`,
      memory: '2G',
      linux: {
        seed: index + 1,
        swap: '512M',
        workload: {
          kind: KINDS[index % KINDS.length],
          memory: '320M',
          rate: 20_000,
          period: 20_000,
        },
      },
    })),
  },
  actions: [
    { do: 'host', ksm: { pages_to_scan: 5000 } },
    ...Array.from({ length: LIVED }, () => ({ do: 'wait', ms: 1000 })),
  ],
};

const [address] = process.argv.slice(2);
const { executablePath, env } = JSON.parse(process.env.PAGEWALK_BROWSER);
const browser = await chromium.launch({
  executablePath,
  env: { ...process.env, ...env },
  args: ['--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });

// The page's own callbacks are timed from outside: nothing of this is in the page.
await page.addInitScript(() => {
  const times = { drawn: [], asked: [] };
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    request((now) => {
      const started = performance.now();
      callback(now);
      times.drawn.push(performance.now() - started);
    });
  const every = (now) => {
    times.asked.push(now);
    request(every);
  };
  request(every);
  window.bench = {
    start() {
      times.drawn.length = times.asked.length = 0;
    },
    stop: () => times,
    request,
  };
});
const own = encodeURIComponent(JSON.stringify(run));
await page.goto(`${address}en/playground/host/#step=${LIVED + 1}&run=${own}`);
// The page comes with a host of its own; this one's guests take their time.
const last = page.getByRole('heading', { name: /^vm48/ });
await last.or(page.getByRole('alert')).waitFor({ timeout: 300_000 });
if (!(await last.isVisible())) throw new Error(await page.getByRole('alert').textContent());
await page.getByText(`${LIVED} s after the start.`).first().waitFor({ timeout: 300_000 });
const map = page.getByRole('application');
// Clear of the bar that stays at the window's lower edge.
await map.evaluate((element) => element.scrollIntoView({ block: 'center' }));
const box = await map.boundingBox();
const cdp = await page.context().newCDPSession(page);
await cdp.send('Performance.enable');

async function taskTime() {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
}

/** Does something in each frame that the browser shows, for some seconds, as hands would. */
const act = (what) =>
  map.evaluate(
    async (element, { what, seconds }) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const at = (x, y) => ({
        bubbles: true,
        cancelable: true,
        pointerId: 1,
        pointerType: 'mouse',
        isPrimary: true,
        button: 0,
        buttons: 1,
        clientX: left + x,
        clientY: top + y,
      });
      // As input comes: ahead of a frame, not in it.
      const frame = () => new Promise((done) => window.bench.request(() => setTimeout(done)));
      // There is no real pointer that could be held.
      element.setPointerCapture = () => undefined;
      const fire = (type, x, y) => element.dispatchEvent(new PointerEvent(type, at(x, y)));
      const turn = (deltaY) =>
        element.dispatchEvent(
          new WheelEvent('wheel', { ...at(width * 0.42, height * 0.92), deltaY }),
        );
      fire('pointermove', width / 2, height / 2);
      const end = performance.now() + seconds * 1000;
      for (let count = 0; performance.now() < end; count++) {
        await frame();
        if (what === 'hover') {
          fire('pointermove', (count * 7) % width, (count * 5) % height);
        } else if (what === 'zoom') {
          // In as far as it goes and out again, a step in every sixth frame.
          if (count % 6 === 0) turn(Math.floor(count / 6 / 13) % 2 === 0 ? -100 : 100);
        } else {
          const angle = count / 40;
          const x = width * (0.5 + 0.45 * Math.sin(angle));
          const y = height * (0.5 + 0.45 * Math.sin(angle * 1.7));
          if (count === 0) fire('pointerdown', x, y);
          else fire('pointermove', x, y);
        }
      }
      fire('pointerup', 0, 0);
    },
    { what, seconds: SECONDS },
  );

const toStep = async (steps) => {
  await map.focus();
  await page.keyboard.press('Home');
  await page.mouse.move(box.x + box.width * 0.42, box.y + box.height * 0.92);
  await page.mouse.click(box.x + box.width * 0.42, box.y + box.height * 0.92);
  for (let step = 0; step < steps; step++) await page.keyboard.press('+');
  await page.waitForTimeout(600);
};

const cell = () => page.locator('.map .scale').textContent();
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const columns = [22, 34, 7, 8, 8, 8, 8, 8, 9];
const line = (cells) =>
  console.log(
    cells
      .map((text, index) =>
        index < 2 ? text.padEnd(columns[index]) : text.padStart(columns[index]),
      )
      .join(''),
  );
console.log(`${await browser.version()}, 1440 × 900, map of ${box.width} × ${box.height}`);
line(['milliseconds', '', 'n', 'fps', 'median', 'p95', 'max', '> 16', 'all work']);
let late = 0;
for (const [name, steps, what] of [
  ['all of it, hover', 0, 'hover'],
  ['zoom in and out', 0, 'zoom'],
  ['drag', 1, 'drag'],
  ['drag', 2, 'drag'],
  ['drag', 3, 'drag'],
  ['drag', 4, 'drag'],
  ['drag', 7, 'drag'],
  ['drag', 10, 'drag'],
  ['drag', 13, 'drag'],
]) {
  await toStep(steps);
  const shown = (await cell()).trim();
  const before = await taskTime();
  await page.evaluate(() => window.bench.start());
  await act(what);
  const { drawn, asked } = await page.evaluate(() => window.bench.stop());
  const work = (await taskTime()) - before;
  const sorted = drawn.toSorted((a, b) => a - b);
  const fps = ((asked.length - 1) * 1000) / (asked.at(-1) - asked[0]);
  const over = sorted.filter((time) => time > BUDGET).length;
  late += over;
  line([
    name,
    what === 'zoom' ? '' : `${steps}: ${shown}`,
    String(sorted.length),
    fps.toFixed(1),
    ...[0.5, 0.95, 1].map((part) => (at(sorted, part) ?? 0).toFixed(2)),
    String(over),
    (work / asked.length).toFixed(2),
  ]);
}
console.log(`drawn in more than ${BUDGET} ms: ${late}`);
await browser.close();
