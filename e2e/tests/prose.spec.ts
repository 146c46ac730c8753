import { LESSONS, PAGES } from '../support/pages.ts';
import { SITE, expect, test } from '../support/test.ts';

test('every page is there in both languages', () => {
  const inEnglish = PAGES.filter((page) => page.startsWith('en/'));
  expect(LESSONS.length).toBeGreaterThanOrEqual(6);
  expect(PAGES.filter((page) => page.startsWith('zh/'))).toEqual(
    inEnglish.map((page) => page.replace('en/', 'zh/')),
  );
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  for (const page of LESSONS) {
    test(`the prose of ${page} is there, with its computed numbers`, async ({ page: tab }) => {
      await tab.goto(page);
      await expect(tab.getByRole('heading', { level: 1 })).toBeVisible();
      const article = tab.getByRole('article');
      const chinese = page.startsWith('zh/');
      await expect(tab.locator('html')).toHaveAttribute('lang', chinese ? /^zh/ : 'en');
      const text = await article.innerText();
      expect(text.length).toBeGreaterThan(chinese ? 1800 : 5000);
      if (chinese) expect(text.match(/\p{Script=Han}/gu)?.length).toBeGreaterThan(1000);
      expect(await article.getByRole('heading').count()).toBeGreaterThan(10);
      // What the prose asks the engine for, and the picture of the first step.
      expect(await article.locator('.hint .value').count()).toBeGreaterThanOrEqual(8);
      await expect(article.locator('.hint .value').first()).toHaveText(/\d/);
      // An address of the machine, or a number that it counted.
      await expect(tab.locator('section.figure')).toContainText(/0x[0-9a-f]{4,}|\d,\d{3}/);
      await expect(tab.getByRole('link', { name: chinese ? 'English' : '简体中文' })).toBeVisible();
    });
  }

  test('links lead from the first page to a lesson and to the other language', async ({ page }) => {
    await page.goto('en/');
    await page.getByRole('main').getByRole('link', { name: 'EPT and NPT' }).click();
    await expect(page).toHaveURL(/\/sub\/path\/en\/lessons\/ept-and-npt\/$/);
    await page.getByRole('link', { name: '简体中文' }).click();
    await expect(page).toHaveURL(/\/sub\/path\/zh\/lessons\/ept-and-npt\/$/);
  });
});

test('the address of the site alone leads to the language of the browser', async ({
  freshContext,
}) => {
  for (const [locale, path] of [
    ['en-GB', 'en/'],
    ['zh-CN', 'zh/'],
  ] as const) {
    const page = await (await freshContext({ locale })).newPage();
    await page.goto('');
    await expect(page).toHaveURL(SITE + path);
  }
});

test('a page that is not there says so', async ({ request }) => {
  expect((await request.get('en/lessons/no-such-lesson/')).status()).toBe(404);
});
