import { expect, type Locator, type Page } from '@playwright/test';

/** Somebody who types at a console. */

export const line = (page: Page): Locator => page.locator('.console textarea');
export const log = (page: Page): Locator => page.getByRole('log');
export const output = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('region', { name });

export async function open(page: Page, lang = 'en'): Promise<void> {
  await page.goto(`${lang}/playground/console/`);
  await expect(line(page)).toBeVisible();
}
/** Types a line, and waits until the console wants the next. */
export async function run(page: Page, command: string): Promise<void> {
  await line(page).fill(command);
  await line(page).press('Enter');
  await expect(line(page)).toHaveValue('');
  await expect(page.locator('.line.busy')).toHaveCount(0);
}
