import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { Walk } from '../support/walk.ts';

const FIFTH = /What does the fifth reference read/;
const RIGHT = /The guest.s level-4 entry/;
const HOW_MANY = /How many references will the whole walk make/;

/** Scrolls to something in the text, and lets the figure follow before anything is pressed. */
async function readTo(target: Locator): Promise<Locator> {
  await target.scrollIntoViewIfNeeded();
  await target.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
  return target;
}

/** Goes through the variants to one that asks for a count, opens it in the figure and counts. */
async function countWithTheMachine(walk: Walk, press: (button: Locator) => Promise<void>) {
  const { page } = walk;
  for (let variant = 1; ; variant++) {
    const form = page.getByRole('form', { name: `Variant ${variant}`, exact: true });
    await expect(form).toBeVisible();
    if ((await form.innerText()).includes('How many memory references')) break;
    expect(variant, 'a variant that asks for a count').toBeLessThan(40);
    await press(page.getByRole('button', { name: 'Next variant' }));
  }
  await press(page.getByRole('button', { name: 'Open in the figure' }));
  const name = await walk.picture.getAttribute('aria-label');
  return Number(/of (\d+) reads/.exec(name ?? '')?.[1]);
}

test('a student goes through the lesson by mouse', async ({ page }) => {
  const walk = new Walk(page);
  await page.goto('en/');
  await page.getByRole('main').getByRole('link', { name: 'EPT and NPT' }).click();
  await walk.running();

  // Step by step, until a question holds the machine.
  const said: string[] = [await walk.narration.innerText()];
  for (let step = 1; step <= 4; step++) {
    await walk.button('Step forward').click();
    await walk.expectPosition(step);
    said.push(await walk.narration.innerText());
  }
  await expect(walk.button('Step forward')).toBeDisabled();
  await walk.button('Step back').click();
  await walk.expectPosition(3);
  await expect(walk.narration).toHaveText(said[3] ?? '');
  await walk.button('Step forward').click();
  await walk.region.getByRole('link', { name: 'Go to the question' }).click();

  const fifth = walk.prediction(FIFTH);
  await expect(fifth).toBeInViewport();
  await fifth.getByRole('button', { name: 'Commit to it' }).click();
  await expect(fifth.getByRole('status')).toContainText('Choose one');
  await fifth.getByText(RIGHT).click();
  await fifth.getByRole('button', { name: 'Commit to it' }).click();
  await expect(fifth.getByRole('status')).toContainText('Right');

  // The machine shows it, then goes on by itself to the next question.
  await fifth.getByRole('button', { name: 'Watch the machine do it' }).click();
  await walk.expectPosition(4);
  await walk.button('Step forward').click();
  await expect(walk.narration).toContainText('guest level 4');
  await walk.region.getByRole('combobox', { name: 'Speed' }).selectOption('4×');
  await walk.button('Play').click();
  await expect(walk.button('Pause')).toBeVisible();
  await expect.poll(() => walk.position()).toBeGreaterThan(6);
  await walk.button('Pause').click();
  const paused = await walk.position();
  await page.waitForTimeout(800);
  await walk.expectPosition(paused);
  await walk.button('Play').click();
  await walk.expectPosition(10);
  await expect(walk.button('Play')).toBeVisible();

  // A wrong number is taken, kept, and set right.
  const howMany = walk.prediction(HOW_MANY);
  await howMany.getByRole('textbox').fill('many');
  await howMany.getByRole('button', { name: 'Commit to it' }).click();
  await expect(howMany.getByRole('status')).toContainText('whole number');
  await howMany.getByRole('textbox').fill('16');
  await howMany.getByRole('button', { name: 'Commit to it' }).click();
  await expect(howMany.getByRole('status')).toContainText('You said 16; the machine says 24.');
  await walk.button('To the end').click();
  await walk.expectPosition(25);
  await expect(walk.narration).toContainText('24 reads');
  await expect(walk.region.getByRole('region', { name: 'How it ended' })).toContainText(
    'Translated',
  );

  // Break it: the lesson's way, then by a bit of one's own choice, and undone.
  await (await readTo(page.getByRole('button', { name: 'No root table' }))).click();
  await expect(walk.narration).toContainText('EPT violation');
  await (await readTo(page.getByRole('button', { name: 'Guest P = 0' }))).click();
  await expect(walk.narration).toContainText('Page fault');
  await walk.tool('Put all entries back').click();
  await expect(walk.region.getByText('1 entry changed')).toBeHidden();
  await walk.button('To the end').click();
  await walk.button('Step back').click();
  await walk.region.getByRole('button', { name: 'bit 1, write: 1' }).click();
  await expect(walk.region.getByText('1 entry changed')).toBeVisible();
  await walk.tool('Undo').click();
  await expect(walk.region.getByText('1 entry changed')).toBeHidden();

  // The exercise: a wrong answer, the machine's own count, the worked solution, another variant.
  const count = await countWithTheMachine(walk, (button) => button.click());
  const form = page.getByRole('form', { name: /^Variant/ });
  await form.getByRole('textbox', { name: 'Your answer' }).fill(String(count + 1));
  await form.getByRole('button', { name: 'Check' }).click();
  await expect(form.getByRole('status')).toContainText('Not yet');
  await form.getByRole('textbox', { name: 'Your answer' }).fill(String(count));
  await form.getByRole('button', { name: 'Check' }).click();
  await expect(form.getByRole('status')).toContainText('Right');
  await page.getByRole('button', { name: 'Show the worked solution' }).click();
  await expect(page.getByText(`= ${count}.`)).toBeVisible();
  const question = await form.innerText();
  await page.getByRole('button', { name: 'Next variant' }).click();
  await expect(form).not.toHaveText(question);

  // What was answered is kept.
  await page.reload();
  await walk.running();
  await expect(walk.prediction(HOW_MANY).getByRole('status')).toContainText('You said 16');
});

/** Moves the focus with the Tab key until it is on the target, or on one of them. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  await expect(target.first()).toBeVisible();
  for (let presses = 0; presses < 250; presses++) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${String(target)} cannot be reached with ${key}`);
}

test('a student goes through the lesson by keyboard alone', async ({ page }) => {
  const walk = new Walk(page);
  const { keyboard } = page;
  const press = async (button: Locator): Promise<void> => {
    await tabTo(page, button);
    await keyboard.press('Enter');
  };

  await page.goto('en/');
  await press(page.getByRole('main').getByRole('link', { name: 'EPT and NPT' }));
  await walk.running();
  await tabTo(page, page.getByRole('link', { name: 'Skip to the content' }), 'Shift+Tab');
  await keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  // The picture takes the keys: Right and Left, until a question holds the machine.
  await tabTo(page, walk.picture);
  for (let step = 1; step <= 4; step++) {
    await keyboard.press('ArrowRight');
    await walk.expectPosition(step);
  }
  await keyboard.press('ArrowRight');
  await walk.expectPosition(4);
  await keyboard.press('ArrowLeft');
  await walk.expectPosition(3);
  await keyboard.press('ArrowRight');
  await press(walk.region.getByRole('link', { name: 'Go to the question' }));
  const fifth = walk.prediction(FIFTH);
  await expect(fifth).toBeInViewport();
  await tabTo(page, fifth.getByRole('radio'));
  const right = fifth.getByRole('radio', { name: RIGHT });
  for (let presses = 0; presses < 3 && !(await right.isChecked()); presses++) {
    await keyboard.press('ArrowDown');
  }
  await expect(right).toBeChecked();
  await press(fifth.getByRole('button', { name: 'Commit to it' }));
  await expect(fifth.getByRole('status')).toContainText('Right');
  await press(fifth.getByRole('button', { name: 'Watch the machine do it' }));

  // Space plays and pauses; n goes to the next event of the kind chosen.
  await tabTo(page, walk.picture, 'Shift+Tab');
  await keyboard.press('n');
  await walk.expectPosition(5);
  await expect(walk.narration).toContainText('guest level 4');
  await keyboard.press(' ');
  await expect(walk.button('Pause')).toBeVisible();
  await expect.poll(() => walk.position()).toBeGreaterThan(6);
  await keyboard.press(' ');
  await expect(walk.button('Play')).toBeVisible();
  await keyboard.press('End');
  await walk.expectPosition(10);

  const howMany = walk.prediction(HOW_MANY);
  await tabTo(page, howMany.getByRole('textbox'));
  await keyboard.type('24');
  await keyboard.press('Enter');
  await expect(howMany.getByRole('status')).toContainText('Right: the machine says 24.');
  await tabTo(page, walk.picture, 'Shift+Tab');
  await keyboard.press('End');
  await walk.expectPosition(25);
  await keyboard.press('Home');
  await walk.expectPosition(0);

  // The list of keys opens, closes, and gives the focus back.
  await keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await expect(keys).toBeVisible();
  await keyboard.press('Escape');
  await expect(keys).toBeHidden();
  await expect(walk.picture).toBeFocused();

  // A bit of an entry: 64 bits are one stop, arrows move among them.
  await keyboard.press('End');
  await keyboard.press('ArrowLeft');
  await walk.expectPosition(24);
  await tabTo(page, walk.region.getByRole('button', { name: 'bit 0, read: 1' }));
  await keyboard.press('Enter');
  await expect(walk.region.getByText('1 entry changed')).toBeVisible();
  await expect(walk.region.getByRole('button', { name: 'bit 0, read: 0' })).toBeFocused();
  await tabTo(page, walk.picture, 'Shift+Tab');
  await keyboard.press('End');
  await expect(walk.narration).toContainText('EPT misconfiguration');
  await press(walk.tool('Undo'));
  await expect(walk.region.getByText('1 entry changed')).toBeHidden();

  // Break it, and the exercise.
  await press(page.getByRole('button', { name: 'No root table' }));
  await expect(walk.narration).toContainText('EPT violation');
  const count = await countWithTheMachine(walk, press);
  const form = page.getByRole('form', { name: /^Variant/ });
  await tabTo(page, form.getByRole('textbox', { name: 'Your answer' }), 'Shift+Tab');
  await keyboard.type(String(count));
  await keyboard.press('Enter');
  await expect(form.getByRole('status')).toContainText('Right');
  await press(page.getByRole('button', { name: 'Show the worked solution' }));
  await expect(page.getByText(`= ${count}.`)).toBeVisible();
});

test('the real Linux guest is walked too', async ({ page }) => {
  const walk = new Walk(page);
  await walk.open();
  // Reading as far as there shows one of its pages; a button shows another.
  const button = page.getByRole('button', { name: 'Huge page of the program' });
  await readTo(button);
  await expect(walk.region).toContainText('0x401136');
  await button.click();
  await expect(walk.region).toContainText('0x7fafd8801a58');
  await expect(walk.narration).toContainText('host-physical');
});
