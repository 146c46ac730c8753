import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';

/** A person who runs whole machines: the tagged TLB and shadow paging. */

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const CLI = fileURLToPath(new URL('../../bin/pagewalk.js', import.meta.url));
const TLB = 'en/playground/tlb/';
const SHADOW = 'en/playground/shadow/';

const position = (page: Page) => page.locator('output.count');
const figure = (page: Page) => page.getByRole('region', { name: 'The machine, step by step' });
const counter = (page: Page, name: string) =>
  figure(page)
    .locator('dl div')
    .filter({ hasText: new RegExp(`^${name} `) })
    .locator('dd');
const hash = async (page: Page) => (await page.locator('.hash code').textContent()) ?? '';

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('.hash code')).toBeVisible();
}

test('the picture and the question are there before any script', async ({ freshContext }) => {
  const context = await freshContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(TLB);
  await expect(
    page.getByText('What keeps the TLB from giving one the other’s page?'),
  ).toBeVisible();
  await expect(page.getByText('0 of 8 entries in use')).toBeVisible();
  await page.goto(SHADOW);
  await expect(page.getByText('none yet').first()).toBeVisible();
});

test('a TLB fills, hits, evicts and flushes, by keys', async ({ page }) => {
  await open(page, TLB);
  await page.locator('.picture').focus();
  await page.keyboard.press('ArrowRight');
  await expect(position(page)).toHaveText('28/45');
  await expect(page.getByText('1 of 8 entries in use')).toBeVisible();
  await expect(
    figure(page).getByText('A miss: no entry of the TLB serves 0x400000.'),
  ).toBeVisible();
  await page.keyboard.press('n');
  await expect(position(page)).toHaveText('29/45');
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');
  await expect(page.locator('.sentence')).toContainText('A hit in the L2 TLB');
  // The entry that had to go is told from those that are there.
  await expect(page.locator('del')).toContainText('0x404000');
  await page.keyboard.press('End');
  await expect(position(page)).toHaveText('45/45');
  await page.keyboard.press('Home');
  await expect(position(page)).toHaveText('0/45');
});

test('without VPID the same steps miss more', async ({ page }) => {
  await open(page, `${TLB}#step=38`);
  const hits = counter(page, 'tlb_l1_hits');
  const tagged = Number.parseInt((await hits.textContent()) ?? '', 10);
  await page.getByLabel('VPID').uncheck();
  await expect(position(page)).toHaveText('38/45');
  await expect
    .poll(async () => Number.parseInt((await hits.textContent()) ?? '0', 10))
    .toBeLessThan(tagged);
  await page.getByLabel('VPID').check();
  await expect(hits).toContainText(String(tagged));
});

test('a shadow goes stale and comes back in step', async ({ page }) => {
  await open(page, `${SHADOW}#step=10`);
  const table = page.getByRole('table').filter({ hasText: '0x208000' });
  await expect(table.last()).toContainText('out of sync');
  await expect(page.getByText('stale', { exact: true })).toHaveCount(2);
  await page.getByRole('button', { name: 'Step forward' }).click();
  await page.getByRole('button', { name: 'Step forward' }).click();
  // INVLPG mends one entry, the CR3 load the rest.
  await expect(page.getByText('stale', { exact: true })).toHaveCount(1);
  await page.getByRole('button', { name: 'Step forward' }).click();
  await page.getByRole('button', { name: 'Step forward' }).click();
  await expect(page.getByText('stale', { exact: true })).toHaveCount(0);
  await expect(counter(page, 'mmu_unsync')).toHaveCount(0);
});

test('an act forks, undo brings the rest back, and a link restores it', async ({
  page,
  freshContext,
}) => {
  await open(page, `${TLB}#step=30`);
  const before = await hash(page);
  await page.getByRole('textbox', { name: 'Address' }).fill('0x403000');
  await page.getByRole('button', { name: 'Do it' }).click();
  await expect(position(page)).toHaveText('31/31');
  const acted = await hash(page);
  expect(acted).not.toBe(before);

  const other = await (await freshContext()).newPage();
  await open(other, page.url());
  await expect(position(other)).toHaveText('31/31');
  expect(await hash(other)).toBe(acted);

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(position(page)).toHaveText('30/45');
  expect(await hash(page)).toBe(before);
  await page.reload();
  await expect(position(page)).toHaveText('30/45');
  expect(await hash(page)).toBe(before);
});

test('what does not fit is said, and changes nothing', async ({ page }) => {
  await open(page, `${TLB}#step=30`);
  const before = await hash(page);
  await page.getByRole('textbox', { name: 'Address' }).fill('four');
  await page.getByRole('button', { name: 'Do it' }).click();
  await expect(page.getByRole('alert')).toHaveText(
    'gva: is "four"; a hexadecimal address like "0x400000" would be right',
  );
  expect(await hash(page)).toBe(before);
});

for (const path of [TLB, SHADOW]) {
  test(`the browser and the command line agree after every action: ${path}`, async ({ page }) => {
    await open(page, path);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a file' }).click();
    const stream = await (await saved).createReadStream();
    let text = '';
    for await (const part of stream) text += String(part);
    const { machine, actions } = JSON.parse(text) as {
      machine: object;
      actions: { pages?: number; do: string }[];
    };
    let step = 0;
    const slider = page.getByRole('slider');
    for (const [index, action] of actions.entries()) {
      step += action.do === 'discard' ? 1 : (action.pages ?? 1);
      await slider.fill(String(step));
      await expect(position(page)).toHaveText(new RegExp(`^${step}/`));
      // Runs as somebody would who was given the file.
      const printed = execFileSync(process.execPath, [CLI, 'run', '-', '--json'], {
        input: JSON.stringify({ machine, actions: actions.slice(0, index + 1) }),
        encoding: 'utf8',
      });
      const { stateHash } = JSON.parse(printed) as { stateHash: string };
      expect(await hash(page)).toBe(stateHash);
    }
  });
}

for (const width of [320, 390, 768, 1440]) {
  test(`nothing is wider than a window of ${width}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    for (const path of [
      'zh/playground/',
      `zh/playground/tlb/#step=39`,
      `zh/playground/shadow/#step=20`,
    ]) {
      await page.goto(path);
      await page.waitForLoadState('networkidle');
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBeLessThanOrEqual(0);
    }
  });
}
