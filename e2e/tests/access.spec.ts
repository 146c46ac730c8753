import { violations } from '../support/axe.ts';
import { PAGES } from '../support/pages.ts';
import { expect, test } from '../support/test.ts';
import { Walk } from '../support/walk.ts';

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
