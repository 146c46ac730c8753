import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { PAGES } from '../support/pages.ts';
import { expect, test } from '../support/test.ts';
import { Walk } from '../support/walk.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything that axe finds fault with, one line each. */
async function violations(page: Page): Promise<string[]> {
  // Evaluated by the browser's tools: the page's own policy would refuse a foreign script.
  await page.evaluate(AXE);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${help}: ${target.join(' ')}: ${html.slice(0, 120)}`),
  );
}

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const WIDTHS = [1440, 390];
const THEMES = ['light', 'dark'] as const;

for (const path of PAGES) {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      test(`axe finds nothing on /${path} (${theme}, ${width})`, async ({ page }) => {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: theme });
        await page.goto(path);
        await page.waitForLoadState('networkidle');
        expect(await violations(page)).toEqual([]);
      });
    }
  }
}

for (const theme of THEMES) {
  for (const width of WIDTHS) {
    test(`axe finds nothing on a walk in use (${theme}, ${width})`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      const walk = new Walk(page);
      // In the middle of a walk, with one entry changed.
      await walk.open('#do=edit:ept.1.0:0x0:0x2&at=3');
      for (const name of ['Entry', 'The machine', 'The walk in sentences']) {
        const tool = walk.tool(name);
        if ((await tool.getAttribute('aria-expanded')) !== 'true') await tool.click();
        expect.soft(await violations(page), name).toEqual([]);
        await tool.click();
      }
      await walk.button('To the end').click();
      expect.soft(await violations(page), 'the end').toEqual([]);
    });
  }
}
