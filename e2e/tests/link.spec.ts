import { expect, test } from '../support/test.ts';
import { LESSON, Walk } from '../support/walk.ts';

/** The figure without what belongs to the visit and not to the walk: what may be undone. */
const shown = async (walk: Walk): Promise<string> =>
  (await walk.picturing()).replace(/- button "Undo".*\n?/, '');

test('the address restores the walk elsewhere: machine, access, edits, step', async ({
  page,
  freshContext,
}) => {
  const walk = new Walk(page);
  await walk.open();
  await walk.tool('The machine').click();
  await walk.region.getByRole('group', { name: 'Host pages' }).getByText('2 MiB').click();
  await walk.region.getByRole('group', { name: 'Access' }).getByText('write').click();
  await walk.button('To the end').click();
  await walk.button('Step back').click();
  await walk.tool('Entry').click();
  for (let step = await walk.position(); step > 0; step--) {
    if ((await walk.narration.innerText()).includes('EPT level 2: ')) break;
    await walk.button('Step back').click();
    await walk.expectPosition(step - 1);
  }
  await walk.region.getByRole('button', { name: 'bit 1, write: 1' }).click();
  await expect(walk.region.getByText('1 entry changed')).toBeVisible();
  await expect(page).toHaveURL(/#.*kind=write.*do=set:0x[0-9a-f]+:0x[0-9a-f]+&at=\d+$/);

  const elsewhere = new Walk(await (await freshContext()).newPage());
  await elsewhere.page.goto(page.url());
  await elsewhere.running();
  await elsewhere.expectPosition(await walk.position());
  expect(await shown(elsewhere)).toBe(await shown(walk));
  await expect(elsewhere.region.getByText('1 entry changed')).toBeVisible();

  await walk.button('To the end').click();
  await elsewhere.button('To the end').click();
  await expect(elsewhere.narration).toContainText('EPT violation');
  expect(await shown(elsewhere)).toBe(await shown(walk));
});

test('the address restores the walk after a reload, and in the other language', async ({
  page,
}) => {
  const walk = new Walk(page);
  await walk.open('#mode=npt&gva=0x401136&kind=fetch&at=7');
  await walk.expectPosition(7);
  const before = await shown(walk);
  await page.reload();
  await walk.running();
  await walk.expectPosition(7);
  expect(await shown(walk)).toBe(before);

  await page.getByRole('link', { name: '简体中文' }).click();
  await expect(page).toHaveURL(/\/zh\/.*mode=npt.*at=7$/);
  const region = page.getByRole('region', { name: '页表遍历' });
  await expect(region.getByRole('slider', { name: '步' })).toHaveValue('7');
  await expect(region.getByRole('status').first()).toContainText('NPT');
});

test('an address that cannot be read says what is wrong, and changes nothing', async ({ page }) => {
  const walk = new Walk(page);
  await walk.open('#levels=9x9');
  await expect(walk.region.getByRole('alert')).toContainText('levels');
  await walk.expectPosition(0);
  await expect(walk.narration).toContainText('0x55d0c0de1a58');
});

test('the name of a section in the address leads to the section', async ({ page }) => {
  await page.goto(`${LESSON}#exercise`);
  await expect(page.getByRole('heading', { name: 'Exercise' })).toBeInViewport();
});
