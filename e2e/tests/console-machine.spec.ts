import type { Page } from '@playwright/test';
import { line, log, open, output, run } from '../support/console.ts';
import { scriptsOf, sumOf } from '../support/fetched.ts';
import { expect, test } from '../support/test.ts';

/** What is typed acts on the machine, and the page shows the same machine. */

test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** A line of /proc/meminfo beside the console, KiB. */
async function said(page: Page, name: string): Promise<number> {
  const text = await page
    .locator('.picture dl div')
    .filter({ has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
    .locator('dd')
    .textContent();
  return Number((/([\d,]+) KiB/.exec(text ?? '')?.[1] ?? '').replaceAll(',', ''));
}
/** A row of the legend, KiB; 0 where there is none. */
async function legend(page: Page, name: string): Promise<number> {
  const row = page.locator('.legend li').filter({ hasText: name });
  if ((await row.count()) === 0) return 0;
  return Number(
    (/([\d,]+) KiB/.exec((await row.textContent()) ?? '')?.[1] ?? '').replaceAll(',', ''),
  );
}
/** What a command printed last. */
async function printed(page: Page, command: string): Promise<string> {
  await run(page, command);
  const region = page.locator('[role="log"] [role="region"]').last();
  return ((await region.textContent()) ?? '').trim();
}
const quick = (page: Page) => page.getByRole('radio', { name: /^16×/ }).check();
/** Starts a guest, and waits until it is up. */
async function start(page: Page, domain: string): Promise<void> {
  await run(page, `virsh start ${domain}`);
  await expect(page.getByRole('row', { name: new RegExp(`^${domain}`) })).toContainText('Running');
  await run(page, `until virsh dommemstat ${domain} | grep -q unused; do sleep 1; done`);
}

/** Opens a guest's console, which says nothing before somebody presses Enter. */
async function enter(page: Page, domain: string): Promise<void> {
  await line(page).fill(`virsh console ${domain}`);
  await line(page).press('Enter');
  await expect(page.getByRole('textbox', { name: 'Line for the guest’s console' })).toBeVisible();
  await expect(async () => {
    await line(page).press('Enter');
    await expect(page.locator('.line .prompt')).toHaveText(/ #$/, { timeout: 500 });
  }).toPass();
}

test.describe.configure({ timeout: 60_000 });

test('the guests of the host are there when the page opens', async ({ page }) => {
  await open(page);
  await expect(page.getByRole('row', { name: /^alpine/ })).toContainText('Shut off');
  await expect(page.getByRole('row', { name: /^debian12/ })).toContainText('1,024 of 2,048 MiB');
});

test('setmem inflates the balloon: less in the guest, more on the host', async ({ page }) => {
  await open(page);
  await quick(page);
  await start(page, 'debian12');
  // The guest fills what it has; then the balloon takes half of it back.
  await enter(page, 'debian12');
  const total = async (): Promise<number> =>
    Number(/Mem:\s+(\d+)/.exec(await printed(page, 'free'))?.[1]);
  const before = await total();
  await run(page, 'dd if=/dev/zero of=/tmp/x bs=1M count=700');
  await expect(log(page)).toContainText('700+0 records out');
  await line(page).press('Control+]');
  await expect(page.locator('.line .prompt')).toHaveText(/^root@kvmhost/);
  await expect.poll(() => legend(page, 'Guest memory, debian12')).toBeGreaterThan(700 * 1024);
  const free = await said(page, 'MemFree');
  await run(page, 'virsh setmem debian12 512M');
  await expect(page.getByRole('row', { name: /^debian12/ })).toContainText('512 of 2,048 MiB');
  await expect.poll(() => legend(page, 'Guest memory, debian12')).toBeLessThan(530 * 1024);
  await expect.poll(() => said(page, 'MemFree')).toBeGreaterThan(free + 150 * 1024);
  await enter(page, 'debian12');
  expect(await total()).toBe(before - 512 * 1024);
});

test('huge pages leave MemFree, and a guest with <hugepages/> takes them or does not start', async ({
  page,
}) => {
  await open(page);
  await quick(page);
  await run(page, 'free');
  const free = await said(page, 'MemFree');
  await run(page, 'sysctl vm.nr_hugepages=100');
  await expect.poll(() => said(page, 'MemFree')).toBeLessThanOrEqual(free - 100 * 2048);
  await run(
    page,
    "virsh dumpxml alpine | sed 's#</currentMemory>#&<memoryBacking><hugepages/></memoryBacking>#' > a.xml; virsh define a.xml",
  );
  expect(await printed(page, 'virsh start alpine')).toContain(
    'unable to map backing store for guest RAM: Cannot allocate memory',
  );
  await expect(page.getByRole('row', { name: /^alpine/ })).toContainText('Shut off');
  await run(page, 'sysctl vm.nr_hugepages=500');
  expect(await printed(page, 'grep HugePages_Free /proc/meminfo')).toMatch(/ 500$/);
  await start(page, 'alpine');
  const left = await printed(page, "awk '/HugePages_Free/ {print $2}' /proc/meminfo");
  expect(Number(left)).toBeLessThan(500);
});

test('a swap file is made, and taken away again', async ({ page }) => {
  await open(page);
  await run(page, 'dd if=/dev/zero of=/swapfile bs=1M count=256');
  await run(page, 'chmod 600 /swapfile; mkswap /swapfile; swapon /swapfile');
  await expect.poll(() => said(page, 'SwapTotal')).toBe(256 * 1024 - 4);
  expect(await printed(page, 'swapon --show --noheadings')).toMatch(
    /^\/swapfile file 256M +0B +-2/,
  );
  await run(page, 'swapoff /swapfile');
  await expect.poll(() => said(page, 'SwapTotal')).toBe(0);
});

test('KSM merges what two guests have in common', async ({ page }) => {
  await open(page);
  await quick(page);
  await start(page, 'alpine');
  await start(page, 'debian12');
  await run(page, 'sleep 20');
  const anonymous = await said(page, 'AnonPages');
  await run(page, 'echo 5000 > /sys/kernel/mm/ksm/pages_to_scan; echo 1 > /sys/kernel/mm/ksm/run');
  await expect
    .poll(async () => Number(await printed(page, 'cat /sys/kernel/mm/ksm/pages_sharing')), {
      timeout: 30_000,
    })
    .toBeGreaterThan(1000);
  await expect.poll(() => legend(page, 'KSM')).toBeGreaterThan(0);
  await expect.poll(() => said(page, 'AnonPages')).toBeLessThan(anonymous);
});

test('kvm_intel is held by a guest; without EPT the next one runs on shadow page tables', async ({
  page,
}) => {
  await open(page);
  await quick(page);
  await start(page, 'alpine');
  expect(await printed(page, 'modprobe -r kvm_intel && modprobe kvm_intel ept=0')).toContain(
    'modprobe: FATAL: Module kvm_intel is in use.',
  );
  expect(await printed(page, 'cat /sys/module/kvm_intel/parameters/ept')).toBe('Y');
  await run(page, 'virsh destroy alpine');
  await run(page, 'modprobe -r kvm_intel && modprobe kvm_intel ept=0');
  expect(await printed(page, 'cat /sys/module/kvm_intel/parameters/ept')).toBe('N');
  await start(page, 'alpine');
  expect(Number(await printed(page, 'cat /sys/kernel/debug/kvm/mmu_cache_miss'))).toBeGreaterThan(
    0,
  );
});

test('a page without a console fetches none of its code, and one with it 80 KB at first', async ({
  page,
}) => {
  const others = await scriptsOf(page, async () => {
    for (const path of ['', 'playground/', 'playground/host/', 'playground/tlb/']) {
      await page.goto(`en/${path}`, { waitUntil: 'networkidle' });
    }
  });
  const own = await scriptsOf(page, async () => {
    await open(page);
    await page.waitForLoadState('networkidle');
  });
  const sizes = [...own].filter(([url]) => !others.has(url)).map(([, size]) => size);
  const sum = sumOf(sizes);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sum).toBeGreaterThan(20_000);
  expect(sum).toBeLessThanOrEqual(80_000);
  const more = await scriptsOf(page, async () => {
    await run(page, 'virsh list --all');
    await expect(output(page, 'output of virsh list --all')).toContainText('debian12');
  });
  expect(more.size).toBeGreaterThan(0);
  const again = await scriptsOf(page, async () => {
    await run(page, 'virsh list');
    await expect(output(page, /^output of virsh list$/)).toContainText('Id');
  });
  expect(again.size).toBe(0);
});

test('a task is checked by what the host has come to, whatever was typed', async ({ page }) => {
  await open(page);
  await page.getByText('Tasks', { exact: true }).click();
  await page
    .getByRole('combobox', { name: 'Task' })
    .selectOption({ label: '3. Room for what is not used' });
  const task = page.getByRole('region', { name: 'Room for what is not used' });
  await expect(task.getByRole('status')).toHaveText('Not done yet');
  for (const hint of [/four steps/, /mkswap, swapon/, /holes/]) {
    await task.getByRole('button', { name: 'Hint' }).click();
    await expect(task.getByRole('listitem').last()).toContainText(hint);
  }
  await task.getByRole('button', { name: 'Hint' }).click();
  await expect(task).toContainText('There is no further hint.');
  // Another way than that of the hints.
  await run(page, 'fallocate -l 1G /s; chmod 0600 /s; mkswap /s >/dev/null; swapon /s');
  await expect(task.getByRole('status').first()).toContainText('Done');
  await run(page, 'swapoff /s');
  await expect(task.getByRole('status').first()).toContainText('Done');
  await page
    .getByRole('combobox', { name: 'Task' })
    .selectOption({ label: '1. Take half of it back' });
  await run(page, 'virsh undefine debian12');
  await expect(page.getByRole('region', { name: 'Take half of it back' })).toContainText(
    'debian12 is not defined any more',
  );
});

test('what the last command took from memory stands beside each number', async ({ page }) => {
  await open(page);
  await run(page, 'sysctl vm.nr_hugepages=100');
  await expect(page.locator('.picture dl div').filter({ hasText: 'MemFree' })).toContainText(
    '−204,',
  );
  await run(page, 'true');
  await expect(page.locator('.picture dl div').filter({ hasText: 'MemFree' })).not.toContainText(
    '−',
  );
});
