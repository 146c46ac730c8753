import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { LESSONS } from '../support/pages.ts';
import { expect, test } from '../support/test.ts';

/** Pictures that are taken along: they stand alone, in both themes, and show what the page shows. */

async function saved(page: Page, kind: 'SVG' | 'PNG', theme: 'light' | 'dark'): Promise<Buffer> {
  const box = page.locator('section.figure details').filter({ hasText: 'SVG' });
  if ((await box.getAttribute('open')) === null) await box.locator('summary').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    box.getByRole('button', { name: `${kind}, ${theme}` }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(
    new RegExp(`^pagewalk-[a-z-]+-${theme}\\.${kind.toLowerCase()}$`),
  );
  return readFile(await download.path());
}

/** How a browser that knows nothing of the page reads the file. */
const read = (page: Page, svg: string) =>
  page.evaluate((text) => {
    const { documentElement: root } = new DOMParser().parseFromString(text, 'image/svg+xml');
    return {
      name: root.tagName,
      title: root.querySelector('title')?.textContent ?? '',
      words: [...root.querySelectorAll('text')].map(({ textContent }) => textContent ?? ''),
      shapes: root.querySelectorAll('rect, path, line, circle, polyline').length,
      width: Number(root.getAttribute('width')),
      height: Number(root.getAttribute('height')),
    };
  }, svg);

for (const path of LESSONS.filter((lesson) => lesson.startsWith('en/'))) {
  test(`the picture of ${path} can be saved`, async ({ page }) => {
    await page.goto(path);
    await expect(page.locator('.step .show button:enabled').first()).toBeVisible();
    const theme = await page.locator('html').getAttribute('data-theme');
    const light = (await saved(page, 'SVG', 'light')).toString();
    const dark = (await saved(page, 'SVG', 'dark')).toString();
    // The page itself looks as before.
    expect(await page.locator('html').getAttribute('data-theme')).toBe(theme);
    for (const svg of [light, dark]) {
      expect(svg).not.toMatch(/var\(|NaN|undefined|url\((?!["']?#)|class="/);
      const found = await read(page, svg);
      expect(found.name).toBe('svg');
      expect(found.title).toBe(await page.locator('h1').innerText());
      expect(found.shapes).toBeGreaterThan(5);
      expect(found.words.join(' ')).toMatch(/\d/);
      // Every word of the picture stands on the page.
      const shown = (await page.locator('section.figure').innerText()).replace(/\s+/g, '');
      const drawn = await page
        .locator('section.figure [data-picture] text')
        .evaluateAll((all) => all.map(({ textContent }) => textContent ?? '').join(''));
      const known = shown + drawn.replace(/\s+/g, '');
      for (const word of found.words.slice(0, 40)) {
        expect(known.toLowerCase()).toContain(word.replace(/\s+/g, '').toLowerCase());
      }
    }
    expect(dark).not.toBe(light);
    const { width, height } = await read(page, light);
    const png = await saved(page, 'PNG', 'light');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(2 * width);
    expect(png.readUInt32BE(20)).toBe(2 * height);
  });
}
