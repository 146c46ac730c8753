import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';

/** The address holds what a lesson's figure shows, and brings it back: after a reload, and in the other language. */

const ready = (page: Page): Promise<void> =>
  expect(page.locator('.step .show button:enabled').first()).toBeVisible();
const slider = (page: Page) => page.locator('.figure input[type="range"]').first();

test('a state of a machine at work, of another scenario than the first', async ({ page }) => {
  await page.goto('en/lessons/huge-pages/#state=split');
  await ready(page);
  const split = page.locator('article button[aria-pressed="true"]', { hasText: 'One page' });
  await expect(split.first()).toBeVisible();
  await expect(page.locator('.figure')).toContainText('thp_split_page');
  const step = await slider(page).inputValue();
  await expect(page).toHaveURL(/state=split/);
  await page.reload();
  await ready(page);
  await expect(slider(page)).toHaveValue(step);
  await expect(page.locator('.figure')).toContainText('thp_split_page');
});

test('a link does not lead past a question that is not answered', async ({ page }) => {
  await page.goto('en/lessons/shadow-page-tables/#state=own-fault');
  await ready(page);
  await expect(page.locator('.figure .held')).toBeVisible();
});

test('work of the reader’s own, with its curve', async ({ page }) => {
  await page.goto('en/lessons/shadow-vs-ept/');
  await ready(page);
  const updates = page.getByRole('slider', { name: 'entries changed' });
  await updates.focus();
  await page.keyboard.press('End');
  await expect(page.getByText('100 in 1,000 accesses').first()).toBeVisible();
  await expect(page.getByRole('img', { name: /entries changed.*equal at/ })).toBeVisible();
  await expect(page).toHaveURL(/work=.*curve=updates/);
  const said = await page.locator('.figure .sentence').innerText();
  await page.reload();
  await ready(page);
  await expect(page.locator('.figure .sentence')).toHaveText(said, { useInnerText: true });
  await expect(updates).toHaveAttribute('aria-valuetext', '100 in 1,000 accesses');
  await expect(page.getByRole('img', { name: /entries changed.*equal at/ })).toBeVisible();
});

test('a link to work that cannot be says what is wrong', async ({ page }) => {
  const work = encodeURIComponent(JSON.stringify({ pages: 5 }));
  await page.goto(`en/lessons/shadow-vs-ept/#work=${work}`);
  await ready(page);
  await expect(page.getByRole('alert')).toContainText('work.pages: is 5');
  await expect(page.getByRole('slider', { name: 'working set' })).toHaveAttribute(
    'aria-valuetext',
    '8 MiB',
  );
});
