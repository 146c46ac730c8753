import { expect, test } from '../support/test.ts';
import { Walk } from '../support/walk.ts';

/** Walks that no question of the lesson holds. */
const WALKS = {
  'a write under EPT, which sets bits': '#kind=write',
  'NPT over five levels, with large pages': '#mode=npt&levels=5x4&pages=2M-4K&kind=write',
  'a walk that ends in a fault': '#do=edit:ept.1.2:0x0:0x7&kind=write',
};

for (const [name, hash] of Object.entries(WALKS)) {
  test(`to the start and forth again gives the same pictures: ${name}`, async ({ page }) => {
    const walk = new Walk(page);
    await walk.open(hash);
    await walk.expectPosition(0);
    const length = await walk.length();
    expect(length).toBeGreaterThan(10);

    const first: string[] = [await walk.picturing()];
    for (let step = 1; step <= length; step++) {
      await walk.button('Step forward').click();
      await walk.expectPosition(step);
      first.push(await walk.picturing());
    }
    // A figure that stood still would pass all that follows.
    expect(new Set(first).size).toBe(length + 1);

    await walk.button('To the start').click();
    for (let step = 0; step <= length; step++) {
      if (step > 0) await walk.button('Step forward').click();
      await walk.expectPosition(step);
      expect(await walk.picturing(), `step ${step}, again`).toBe(first[step]);
    }
    for (let step = length - 1; step >= 0; step--) {
      await walk.button('Step back').click();
      await walk.expectPosition(step);
      expect(await walk.picturing(), `step ${step}, going back`).toBe(first[step]);
    }
  });
}

test('keys pressed as fast as they come end where they should', async ({ page }) => {
  const walk = new Walk(page);
  await walk.open('#kind=write');
  await walk.picture.focus();
  for (let press = 0; press < 15; press++) void page.keyboard.press('ArrowRight');
  for (let press = 0; press < 5; press++) void page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowRight');
  await walk.expectPosition(11);
  await expect(walk.narration).toContainText('Read 11');
});
