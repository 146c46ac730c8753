import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';

/** The figure of a host's memory: what its parts and columns answer, lines of the reader's own, and their link. */

const LESSON = 'en/lessons/looking-at-memory/';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

async function open(page: Page, hash = ''): Promise<void> {
  await page.goto(`${LESSON}${hash}`);
  await expect(page.getByLabel('Type a line of your own')).toBeEnabled();
}
const figure = (page: Page) => page.locator('.figure');
const answer = (page: Page) => figure(page).locator('.answer');

test('a column shows its formula and its parts, by pointing, by focus and by a press', async ({
  page,
}) => {
  await open(page);
  const column = figure(page).getByRole('button', { name: /^buff\/cache/ });
  await column.hover();
  await expect(answer(page)).toContainText(/Buffers \d+ kB \+ Cached [\d,]+ kB \+ SReclaimable/);
  await expect(figure(page).locator('path.link.lit')).not.toHaveCount(0);
  await page.mouse.move(0, 0);
  await expect(answer(page)).toContainText('Point at a part');
  const part = figure(page).getByRole('button', { name: /^AnonPages/ });
  await part.focus();
  await expect(answer(page)).toContainText('fs/proc/meminfo.c');
  await part.press('Enter');
  await part.blur();
  await expect(part).toHaveAttribute('aria-pressed', 'true');
  await expect(answer(page)).toContainText('AnonPages');
});

test('a line of the reader’s own is typed at the host, marked, undone, and found again by its link', async ({
  page,
}) => {
  await open(page);
  const line = page.getByLabel('Type a line of your own');
  await line.fill('dd if=/dev/zero of=/dev/shm/mine bs=1M count=100 status=none');
  await line.press('Enter');
  const shmem = figure(page).getByRole('button', { name: /^Shmem/ });
  await expect(shmem).toContainText('+100 MiB');
  await expect(figure(page).locator('.screen')).toContainText('of=/dev/shm/mine');
  await expect(page).toHaveURL(/lines=/);
  const link = page.url();
  // A step back, and the file is not there yet.
  await figure(page).getByRole('button', { name: 'Step back' }).click();
  await expect(shmem).not.toContainText('100 MiB');
  await page.goto('about:blank');
  await page.goto(link);
  await expect(figure(page).locator('.screen')).toContainText('of=/dev/shm/mine');
  await expect(shmem).toContainText('100 MiB');
  // A state of the lesson takes the host back.
  await page.locator('.step .show button').first().click();
  await expect(figure(page).locator('.screen')).not.toContainText('of=/dev/shm/mine');
});

test('a link with lines that are none says so, and shows the lesson', async ({ page }) => {
  await open(page, '#lines=%5B5.5%5D');
  await expect(figure(page).getByRole('alert')).toContainText('cannot be read');
  await expect(figure(page).locator('.screen')).toContainText('free -m');
});

test('a line that never ends is interrupted, and the page goes on', async ({ page }) => {
  await open(page);
  const line = page.getByLabel('Type a line of your own');
  await line.fill('cat');
  await line.press('Enter');
  await expect(figure(page).locator('.screen')).toContainText('cat');
  await line.fill('echo still here');
  await line.press('Enter');
  await expect(figure(page).locator('.screen')).toContainText('still here');
});
