import { PAGES } from '../support/pages.ts';
import { expect, test } from '../support/test.ts';

const WIDTHS = [320, 390, 768, 1024, 1440];

for (const path of PAGES) {
  for (const scripts of [true, false]) {
    test.describe(scripts ? 'with scripts' : 'without scripts', () => {
      test.use({ javaScriptEnabled: scripts });

      test(`/${path} never scrolls sideways`, async ({ page }) => {
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 700 });
          await page.goto(path);
          if (scripts) await page.waitForLoadState('networkidle');
          const [content, window] = await page
            .locator('html')
            .evaluate((html) => [html.scrollWidth, html.clientWidth]);
          expect(content, `at ${width}`).toBeLessThanOrEqual(window ?? 0);
        }
      });
    });
  }
}

test('/en/lessons/ept-and-npt/ keeps the player in sight at 320', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('en/lessons/ept-and-npt/');
  const forward = page.getByRole('button', { name: 'Step forward' });
  await expect(forward).toBeEnabled();
  await page.getByRole('heading', { name: 'Sources' }).scrollIntoViewIfNeeded();
  for (const name of ['Step back', 'Step forward']) {
    const box = await page.getByRole('button', { name }).boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(320);
  }
});
