import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';

/** A person who runs a host that promised more memory than it has. */

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const HOST = 'en/playground/host/';
const CLI = fileURLToPath(new URL('../../bin/pagewalk.js', import.meta.url));

const position = (page: Page) => page.locator('output.count');
const said = async (page: Page, name: string): Promise<number> => {
  const text = await page
    .locator('.said dl div')
    .filter({ has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
    .locator('dd')
    .textContent();
  return Number((text ?? '').replace(/[^0-9]/g, ''));
};
const legend = (page: Page) => page.locator('.legend li');
const guest = (page: Page, name: string) =>
  page.locator('.guests section').filter({ has: page.getByRole('heading', { name }) });

async function open(page: Page, hash = ''): Promise<void> {
  await page.goto(`${HOST}${hash}`);
  await expect(legend(page).first()).toBeVisible();
}

test('the guests and the question are there before any script', async ({ freshContext }) => {
  const context = await freshContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(HOST);
  await expect(page.getByText('Which of them notices first?')).toBeVisible();
  await expect(guest(page, 'web')).toContainText('128 MiB promised');
});

test('the legend counts every frame once, and agrees with /proc/meminfo', async ({ page }) => {
  await open(page);
  const rows = await legend(page).allTextContents();
  const kib = rows.map((row) => Number((/([\d,]+) KiB/.exec(row)?.[1] ?? '').replaceAll(',', '')));
  expect(kib.reduce((sum, each) => sum + each, 0)).toBe(224 * 1024);
  const reserved = rows.findIndex((row) => row.includes('Reserved at boot'));
  const total = Math.round((224 * 1024 - (kib[reserved] ?? 0)) / 1024);
  expect(await said(page, 'MemTotal')).toBe(total);
});

test('the balloon takes from the guest and gives to the host; undo takes it back', async ({
  page,
}) => {
  await open(page);
  const before = await said(page, 'MemFree');
  const slider = guest(page, 'web').getByRole('slider');
  await slider.focus();
  for (let press = 0; press < 8; press++) await page.keyboard.press('ArrowLeft');
  await page.getByRole('button', { name: '+ 10 s' }).click();
  await expect(guest(page, 'web')).toContainText('balloon 64');
  expect(await said(page, 'MemFree')).toBeGreaterThan(before);
  const address = page.url();
  while (await page.getByRole('button', { name: 'Undo' }).isEnabled()) {
    await page.getByRole('button', { name: 'Undo' }).click();
  }
  await expect(guest(page, 'web')).toContainText('balloon 0');

  // The address holds all of it.
  await page.goto('about:blank');
  await page.goto(address);
  await expect(guest(page, 'web')).toContainText('balloon 64');
});

test('ksmd merges when it is told to, and the scenario is one for the command line', async ({
  page,
}) => {
  await open(page, '#step=24');
  await page.getByRole('combobox', { name: /ksmd/ }).selectOption('1');
  await page.getByRole('spinbutton', { name: 'pages a batch' }).fill('2000');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: '+ 10 s' }).click();
  await expect.poll(() => said(page, 'pages_sharing')).toBeGreaterThan(100);
  const sharing = await said(page, 'pages_sharing');

  const scenario = {
    machine: {
      host: { memory: '224M', swap: '256M' },
      mmu: { mode: 'ept' },
      tlb: 'none',
      guests: [
        {
          name: 'web',
          memory: '128M',
          linux: { seed: 1, workload: { kind: 'cache', memory: '160M', rate: 4000 } },
        },
        {
          name: 'batch',
          memory: '128M',
          linux: {
            seed: 2,
            workload: { kind: 'bursty', memory: '80M', rate: 4000, period: 16_000 },
          },
        },
        {
          name: 'db',
          memory: '96M',
          linux: {
            seed: 3,
            workload: { kind: 'growing', memory: '64M', rate: 4000, period: 30_000 },
          },
        },
        {
          name: 'idle',
          memory: '96M',
          linux: { seed: 4, workload: { kind: 'idle', memory: '16M', rate: 200 } },
        },
      ],
    },
    actions: [
      { do: 'wait', ms: 24_000 },
      { do: 'host', ksm: { run: 1 } },
      { do: 'host', ksm: { pages_to_scan: 2000 } },
      { do: 'wait', ms: 10_000 },
      { do: 'mark', name: 'end' },
    ],
  };
  const file = join(mkdtempSync(join(tmpdir(), 'pagewalk-')), 'host.json');
  writeFileSync(file, JSON.stringify(scenario));
  const out = execFileSync(process.execPath, [CLI, 'run', file, '--json'], { encoding: 'utf8' });
  const { marks } = JSON.parse(out) as {
    marks: { counters: { pages_sharing: number } }[];
  };
  expect(marks[0]?.counters.pages_sharing).toBe(sharing);
});

test('time goes by keys, and nothing is wider than the window', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await open(page);
  await page.locator('.controls').getByRole('slider').focus();
  await page.keyboard.press('End');
  await expect(position(page)).toHaveText('58/58');
  await page.keyboard.press('Home');
  await expect(position(page)).toHaveText('0/58');
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over).toBeLessThanOrEqual(0);
});

test('a link that holds no run says so, and the page’s own run is there', async ({ page }) => {
  for (const [run, problem] of [
    ['{', /is not JSON/],
    ['{"machine":{"host":{"ksm":7}}}', /machine\.host\.ksm/],
  ] as const) {
    await open(page, `#step=3&run=${encodeURIComponent(run)}`);
    await expect(page.getByRole('alert')).toHaveText(problem);
    await expect(guest(page, 'web')).toContainText('128 MiB promised');
    await expect(position(page)).toHaveText(/^\d+\/58$/);
    await page.goto('about:blank');
  }
});
