import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { line, log, open, output, run } from '../support/console.ts';
import { expect, test } from '../support/test.ts';

/** A person who types at the console of a host. */

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const said = (page: Page) => page.locator('.console > [aria-live="polite"]');

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(' ')}: ${html.slice(0, 120)}`),
  );
}

test('a command is typed, and its output is a region with a name, read out once', async ({
  page,
}) => {
  await open(page);
  await run(page, 'echo hello');
  await expect(log(page).getByRole('heading', { name: /# echo hello$/ })).toBeVisible();
  await expect(output(page, 'output of echo hello')).toHaveText('hello');
  await expect(said(page)).toHaveText('hello');
  await run(page, 'echo hello');
  await expect(output(page, 'output of echo hello (2)')).toHaveText('hello');
  await run(page, 'seq 1 42');
  await expect(said(page)).toHaveText('42 lines');
});

test('errors are marked by more than colour', async ({ page }) => {
  await open(page);
  await run(page, 'cat /nosuch');
  const wrong = output(page, /^output of cat/).locator('.err');
  await expect(wrong).toContainText('error: cat: /nosuch: No such file or directory');
  expect(await wrong.evaluate((one) => getComputedStyle(one).borderInlineStartStyle)).toBe('solid');
});

test('an unfinished command goes on in the next line, and Shift+Enter makes one', async ({
  page,
}) => {
  await open(page);
  await line(page).fill('for i in 1 2');
  await line(page).press('Enter');
  await page.keyboard.type('do echo $i');
  await page.keyboard.press('Enter');
  await page.keyboard.type('done');
  await page.keyboard.press('Enter');
  await expect(log(page).getByRole('region')).toHaveText('1\n2');
  await expect(log(page).getByRole('heading')).toHaveCount(1);
  await page.keyboard.press('ArrowUp');
  await expect(line(page)).toHaveValue('for i in 1 2\ndo echo $i\ndone');
  await line(page).fill('echo a');
  await line(page).press('Shift+Enter');
  await expect(line(page)).toHaveValue('echo a\n');
});

test('history survives a reload, has each line once, and can be searched', async ({ page }) => {
  await open(page);
  for (const command of ['echo one', 'echo two', 'echo one']) await run(page, command);
  await page.reload();
  await expect(output(page, 'output of echo one (2)')).toHaveText('one');
  await line(page).fill('draft');
  await line(page).press('ArrowUp');
  await expect(line(page)).toHaveValue('echo one');
  await line(page).press('ArrowUp');
  await expect(line(page)).toHaveValue('echo two');
  await line(page).press('ArrowUp');
  await expect(line(page)).toHaveValue('echo two');
  for (const value of ['echo one', 'draft']) {
    await line(page).press('ArrowDown');
    await expect(line(page)).toHaveValue(value);
  }
  await line(page).press('Control+r');
  const field = page.getByRole('combobox', { name: 'Part of an earlier line' });
  await field.fill('tw');
  await expect(page.getByRole('option')).toHaveText(['echo two']);
  await field.press('Enter');
  await expect(line(page)).toHaveValue('echo two');
  await expect(line(page)).toBeFocused();
});

test('Tab completes, then shows what there is, and never holds a keyboard', async ({ page }) => {
  await open(page);
  await line(page).fill('cat /proc/memi');
  await line(page).press('Tab');
  await expect(line(page)).toHaveValue('cat /proc/meminfo ');
  await line(page).fill('cat /proc/me');
  await line(page).press('Tab');
  await line(page).fill('ls /');
  await line(page).press('Tab');
  await line(page).press('Tab');
  const options = page.getByRole('listbox').getByRole('option');
  expect(await options.count()).toBeGreaterThan(5);
  await line(page).press('ArrowDown');
  const chosen = await options.and(page.locator('[aria-selected="true"]')).textContent();
  await line(page).press('Enter');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await expect(line(page)).toHaveValue(`ls /${chosen?.trim() ?? ''}`);
  // Escape, then Tab, leaves; so does Tab on an empty line.
  await line(page).press('Escape');
  await page.keyboard.press('Tab');
  await expect(line(page)).not.toBeFocused();
  await line(page).fill('');
  await line(page).press('Tab');
  await expect(line(page)).not.toBeFocused();
});

test('Ctrl+C stops what runs; time goes on for what waits', async ({ page }) => {
  await open(page);
  await line(page).fill('sleep 1; echo woke');
  await line(page).press('Enter');
  await expect(page.locator('.line.busy')).toBeVisible();
  await expect(output(page, /^output of sleep 1/)).toHaveText('woke');
  await line(page).fill('while true; do echo again; done');
  await line(page).press('Enter');
  await expect(page.getByRole('button', { name: /^Show all [\d,]+ lines$/ })).toBeVisible();
  await line(page).press('Control+c');
  await expect(page.locator('.line.busy')).toHaveCount(0);
  await run(page, 'echo after');
  await expect(output(page, 'output of echo after')).toHaveText('after');
});

test('several lines that are pasted run one after the other', async ({ page }) => {
  await open(page);
  await line(page).focus();
  await line(page).evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'echo a\necho b\nec');
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
  });
  await expect(output(page, 'output of echo a')).toHaveText('a');
  await expect(output(page, 'output of echo b')).toHaveText('b');
  await expect(line(page)).toHaveValue('ec');
});

test('Enter that ends a composition is not Enter', async ({ page }) => {
  await open(page);
  await line(page).fill('echo 你');
  await line(page).evaluate((field) => {
    field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }),
    );
  });
  await expect(line(page)).toHaveValue('echo 你');
});

test('readline’s keys, and Ctrl+L, which keeps what was printed', async ({ page }) => {
  await open(page);
  await run(page, 'echo kept');
  await line(page).fill('echo one two');
  await line(page).press('Control+a');
  await page.keyboard.type('# ');
  await line(page).press('Control+k');
  await expect(line(page)).toHaveValue('# ');
  await line(page).press('Control+y');
  await expect(line(page)).toHaveValue('# echo one two');
  await line(page).press('Control+u');
  await expect(line(page)).toHaveValue('');
  await line(page).press('Control+l');
  await expect(output(page, 'output of echo kept')).toHaveCount(0);
  await page.getByRole('button', { name: /earlier commands$/ }).click();
  await expect(output(page, 'output of echo kept')).toBeVisible();
});

test('an editor opens on a file; Escape leaves it as it was, Save writes it', async ({ page }) => {
  await open(page);
  await run(page, 'echo first > note');
  await line(page).fill('editor note');
  await line(page).press('Enter');
  const dialog = page.getByRole('dialog', { name: /note/ });
  const file = dialog.getByRole('textbox', { name: 'The file' });
  await expect(file).toBeFocused();
  await file.fill('second\n');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(line(page)).toBeFocused();
  await run(page, 'cat note');
  await expect(output(page, 'output of cat note')).toHaveText('first');
  await line(page).fill('editor note');
  await line(page).press('Enter');
  await file.fill('second\n');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await run(page, 'cat note');
  await expect(output(page, 'output of cat note (2)')).toHaveText('second');
});

test('watch draws over its own output, and clear empties the screen', async ({ page }) => {
  await open(page);
  await run(page, 'echo before');
  await line(page).fill('watch -n 1 date');
  await line(page).press('Enter');
  const screen = output(page, /^output of watch/).locator('pre');
  await expect(screen).toContainText('Every 1.0s: date');
  const first = await screen.textContent();
  await expect(screen).not.toHaveText(first ?? '');
  expect(((await screen.textContent()) ?? '').match(/Every/g)).toHaveLength(1);
  await line(page).press('Control+c');
  await expect(page.locator('.line.busy')).toHaveCount(0);
  await run(page, 'clear');
  await expect(output(page, 'output of echo before')).toHaveCount(0);
});

test('a long output is folded, a reader above is left alone', async ({ page }) => {
  await open(page);
  await run(page, 'seq 1 12345');
  const region = output(page, 'output of seq 1 12345');
  await expect(region).not.toContainText('11944\n');
  await region.getByRole('button', { name: 'Show all 12,345 lines' }).click();
  await expect(region.locator('pre')).toHaveText(/^1\n2\n3\n/);
  const screen = page.locator('.console .screen');
  await line(page).fill('sleep 1; seq 1 99');
  await line(page).press('Enter');
  await screen.evaluate((one) => (one.scrollTop = 0));
  await expect(output(page, /^output of sleep/)).toContainText('99');
  expect(await screen.evaluate((one) => one.scrollTop)).toBe(0);
});

test('numbers of free light up their frames and stand in three ledgers', async ({ page }) => {
  await open(page);
  await run(page, 'free');
  await line(page).press('F6');
  const card = page.getByRole('tooltip');
  await expect(card).toContainText('Mem total');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(card).toContainText('Mem free');
  for (const side of ['All guests', 'libvirt', 'Host']) await expect(card).toContainText(side);
  await expect(page.locator('.legend button.marked')).toContainText('Free');
  await page.keyboard.press('Escape');
  await expect(output(page, 'output of free')).toBeFocused();
  await expect(card).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(line(page)).toBeFocused();
});

/** A small guest with a console and a balloon. */
const GUEST = [
  'cat > web.xml <<E',
  "<domain type='kvm'><name>web</name><memory unit='MiB'>512</memory><vcpu>1</vcpu>",
  "<os><type>hvm</type></os><devices><console type='pty'/><memballoon model='virtio'/></devices>",
  '</domain>',
  'E',
].join('\n');
async function startGuest(page: Page): Promise<void> {
  await run(page, GUEST);
  await run(page, 'virsh define web.xml');
  await run(page, 'virsh start web');
  await expect(output(page, 'output of virsh start web')).toContainText("Domain 'web' started");
  await page.getByRole('radio', { name: /^16×/ }).check();
}

test('a balloon inflated in the console moves the table and the picture', async ({ page }) => {
  await open(page);
  await startGuest(page);
  const row = page.getByRole('row', { name: /^web/ });
  await expect(row).toContainText('Running');
  await expect(row).toContainText('512 of 512 MiB');
  // The guest has booted once its driver reports.
  await expect(async () => {
    await run(page, 'clear');
    await run(page, 'virsh dommemstat web');
    await expect(output(page, /^output of virsh dommemstat/)).toContainText('unused', {
      timeout: 500,
    });
  }).toPass();
  await run(page, 'virsh setmem web 256M');
  await expect(row).toContainText('256 of 512 MiB');
  await expect(page.locator('.legend')).toContainText('Guest memory, web');
  await run(page, 'virsh dommemstat web');
  const region = output(page, /^output of virsh dommemstat/).last();
  await region.focus();
  await page.keyboard.press('F6');
  await page.keyboard.press('End');
  const card = page.getByRole('tooltip');
  await expect(card).toContainText('rss of web');
  await expect(card).toContainText('VmRSS');
  await expect(page.locator('.legend button.marked')).toContainText('Guest memory, web');

  // The next visit finds it as it was left.
  await page.reload();
  await expect(row).toContainText('256 of 512 MiB');
  await expect(output(page, 'output of virsh start web')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /earlier commands$/ })).toBeVisible();
});

test('a guest’s console is left by Ctrl+], and its numbers are the guest’s', async ({ page }) => {
  await open(page);
  await startGuest(page);
  await line(page).fill('virsh console web');
  await line(page).press('Enter');
  await expect(log(page)).toContainText('Escape character is ^]');
  const guest = page.getByRole('textbox', { name: 'Line for the guest’s console' });
  await expect(async () => {
    await guest.press('Enter');
    await expect(page.locator('.line .prompt')).toHaveText(/#$/, { timeout: 500 });
  }).toPass();
  await run(page, 'free');
  await line(page).press('F6');
  await expect(page.getByRole('tooltip')).toContainText('of web');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await line(page).press('Control+]');
  await expect(page.locator('.line .prompt')).toHaveText(/^root@kvmhost/);
});

test('virsh edit opens the definition; what is saved is defined', async ({ page }) => {
  await open(page);
  await run(page, GUEST);
  await run(page, 'virsh define web.xml');
  await line(page).fill('virsh edit web');
  await line(page).press('Enter');
  const file = page.getByRole('dialog').getByRole('textbox', { name: 'The file' });
  const text = await file.inputValue();
  expect(text).toContain('<name>web</name>');
  await file.fill(text.replaceAll('524288', '262144'));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(output(page, 'output of virsh edit web')).toContainText('edited');
  await expect(page.getByRole('row', { name: /^web/ })).toContainText('256 of 256 MiB');
  await expect(line(page)).toBeFocused();
});

test('a line is undone, a host begun anew', async ({ page }) => {
  await open(page);
  await run(page, 'touch one');
  await run(page, 'touch two');
  await page.getByRole('button', { name: 'Undo the last line' }).click();
  await expect(log(page).getByRole('heading')).toHaveCount(1);
  await run(page, 'ls');
  await expect(output(page, 'output of ls')).toHaveText('one');
  await page.getByRole('button', { name: 'Start the host anew' }).click();
  await page.getByRole('button', { name: 'Start anew', exact: true }).click();
  await expect(log(page).getByRole('heading')).toHaveCount(0);
  await run(page, 'ls; echo nothing');
  await expect(output(page, /^output of ls/)).toHaveText('nothing');
});

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1440, 390]) {
    test(`axe finds nothing on a console in use (${theme}, ${width})`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      await open(page);
      for (const command of ['free', 'cat /nosuch', 'free']) await run(page, command);
      await line(page).press('F6');
      expect.soft(await violations(page), 'a number').toEqual([]);
      await line(page).fill('ls /');
      await line(page).press('Tab');
      await line(page).press('Tab');
      expect.soft(await violations(page), 'completion').toEqual([]);
      await line(page).press('Escape');
      await line(page).press('Control+r');
      expect.soft(await violations(page), 'search').toEqual([]);
      await page.keyboard.press('Escape');
      await line(page).fill('editor note');
      await line(page).press('Enter');
      await expect(page.getByRole('dialog')).toBeVisible();
      expect.soft(await violations(page), 'the editor').toEqual([]);
    });
  }
}

for (const width of [320, 390]) {
  test(`nothing is wider than a window of ${width}, and the keys are there`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await open(page);
    await run(page, 'free');
    await run(page, 'seq 1 30');
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over).toBeLessThanOrEqual(0);
    const size = await line(page).evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
    expect(size).toBeGreaterThanOrEqual(16);
    const keys = page.getByRole('group', { name: 'Keys' });
    await keys.getByRole('button', { name: 'Earlier line' }).click();
    await expect(line(page)).toHaveValue('seq 1 30');
    await keys.getByRole('button', { name: 'Ctrl+C' }).click();
    await expect(line(page)).toHaveValue('');
  });
}

test('the page is in Chinese; what the tools print is theirs', async ({ page }) => {
  await open(page, 'zh');
  await run(page, 'cat /nosuch');
  await expect(output(page, 'cat /nosuch 的输出')).toContainText(
    '错误：cat: /nosuch: No such file or directory',
  );
  await run(page, 'free');
  await line(page).press('F6');
  await expect(page.getByRole('tooltip')).toContainText('所有客户机');
});

test('without scripts the page says what it lacks', async ({ freshContext }) => {
  const context = await freshContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('en/playground/console/');
  await expect(page.locator('main noscript p')).toContainText('needs scripts');
  await expect(page.locator('.console')).toBeHidden();
});
