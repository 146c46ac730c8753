import type { Locator, Page } from '@playwright/test';
import { line } from '../support/console.ts';
import { LESSONS } from '../support/pages.ts';
import { violations } from '../support/axe.ts';
import { scriptsOf, sumOf } from '../support/fetched.ts';
import { expect, test } from '../support/test.ts';

/**
 * Every lesson, as a student who tries everything: each step, each experiment, each question answered wrong and then
 * right, the tasks at the console done nearly and then well, the exercises.
 */

test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** How somebody who knows does the tasks, and how one who nearly does. */
const TASKS: Record<string, { solution: string[]; nearMiss: string[] }> = {
  cache: {
    nearMiss: ['dd if=/dev/zero of=/dev/shm/large bs=1M count=600', 'sync', 'free -m'],
    solution: [
      'rm /dev/shm/large',
      'dd if=/dev/zero of=/var/tmp/large bs=1M count=600',
      'sync',
      'cat /var/tmp/large > /dev/null',
    ],
  },
  scratch: {
    nearMiss: ['dd if=/dev/zero of=/dev/shm/scratch bs=1M count=250', 'free -m'],
    solution: ['sync; echo 3 > /proc/sys/vm/drop_caches'],
  },
  'page-size': {
    nearMiss: ['getconf PAGESIZE', 'echo 4K > /root/pagesize'],
    solution: [
      'getconf PAGESIZE > /root/pagesize',
      "grep -m1 'address sizes' /proc/cpuinfo > /root/widths",
    ],
  },
  'count-ept': {
    nearMiss: ['grep -c ept /proc/cpuinfo > /root/ept', 'nproc > /root/cpus'],
    solution: ['grep -ow ept /proc/cpuinfo | wc -l > /root/ept'],
  },
  resident: {
    nearMiss: ['virsh start alpine', 'sleep 8', 'virsh dommemstat alpine > /root/rss'],
    solution: ['virsh dommemstat alpine | awk \'$1 == "rss" {print $2}\' > /root/rss'],
  },
  'without-tags': {
    nearMiss: ['modprobe -r kvm_intel', 'modprobe kvm_intel ept=0,vpid=0'],
    solution: ['modprobe -r kvm_intel', 'modprobe kvm_intel ept=0 vpid=0'],
  },
  'count-with-ept': {
    nearMiss: ['virsh start alpine', 'echo 23 > /root/with-ept'],
    solution: ['sleep 8', 'cat /sys/kernel/debug/kvm/exits > /root/with-ept'],
  },
  'count-without-ept': {
    nearMiss: ['modprobe kvm_intel ept=0', 'cat /sys/kernel/debug/kvm/exits > /root/without-ept'],
    solution: [
      'virsh destroy alpine',
      'modprobe -r kvm_intel',
      'modprobe kvm_intel ept=0',
      'virsh start alpine',
      'sleep 6',
      'sleep 6',
      'cat /sys/kernel/debug/kvm/exits > /root/without-ept',
    ],
  },
  'stacked-mount': {
    nearMiss: [
      'mount -t hugetlbfs hugetlbfs /dev/hugepages',
      'grep -c hugetlbfs /proc/mounts > /root/mounts',
    ],
    solution: ['umount /dev/hugepages'],
  },
  'on-huge-pages': {
    nearMiss: ['sysctl vm.nr_hugepages=100', 'virsh start alpine'],
    solution: [
      'virsh destroy alpine',
      "virsh dumpxml alpine | sed 's#<currentMemory#<memoryBacking><hugepages/></memoryBacking><currentMemory#' > alpine.xml",
      'virsh define alpine.xml',
      'sysctl vm.nr_hugepages=500',
      'virsh start alpine',
    ],
  },
  'without-ept': {
    nearMiss: ['modprobe kvm_intel ept=0', 'virsh start alpine'],
    solution: [
      'virsh destroy alpine',
      'modprobe -r kvm_intel',
      'modprobe kvm_intel ept=0',
      'virsh start alpine',
    ],
  },
};

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('.step .show button:enabled').first()).toBeVisible();
}
const problems = (page: Page): Locator => page.getByRole('main').getByRole('alert');

/** Answers every question, as is known or at random; what was right, a number or which choice. */
async function answerAll(
  page: Page,
  known: ReadonlyMap<string, number> | null,
): Promise<Map<string, number>> {
  const right = new Map<string, number>();
  const ids = await page.locator('.predict').evaluateAll((all) => all.map(({ id }) => id));
  for (const id of ids) {
    const box = page.locator(`[id="${id}"]`);
    const said = box.getByRole('status');
    const radios = box.getByRole('radio');
    const count = await radios.count();
    if (count > 0) await radios.nth(known?.get(id) ?? 0).check();
    else await box.getByRole('textbox').fill(String(known?.get(id) ?? 999_999));
    await box.locator('form button').click();
    await expect(said).not.toBeEmpty();
    if (count > 0) {
      // The right one is marked, whichever was chosen.
      const marked = await box
        .locator('label')
        .evaluateAll((all) => all.findIndex(({ classList }) => classList.contains('right')));
      expect(marked, `${id}: the right choice is marked`).toBeGreaterThanOrEqual(0);
      right.set(id, marked);
    } else {
      const numbers = (await said.innerText()).replaceAll(/[,\s]/g, '').match(/\d+/g) ?? [];
      right.set(id, Number(numbers.at(-1)));
    }
    if (known === null) {
      const isWrong = count === 0 || right.get(id) !== 0;
      await expect(said.locator(isWrong ? 'strong.wrong' : 'strong.right')).toBeVisible();
    } else await expect(said.locator('strong.right')).toBeVisible();
  }
  return right;
}

/** Moves the focus with the Tab key until it is on one of the targets. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 400; presses++) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${String(target)} cannot be reached with Tab`);
}

for (const path of LESSONS) {
  test.describe(path, () => {
    test('the keyboard alone is enough', async ({ page }) => {
      test.setTimeout(120_000);
      const { keyboard } = page;
      await open(page, path);
      // The player: a step by key, back where a question holds the machine already.
      const slider = page.locator('.figure input[type="range"]').first();
      await tabTo(page, slider);
      const before = Number(await slider.inputValue());
      const isHeld = (await page.locator('.figure .held').count()) > 0;
      await keyboard.press(isHeld ? 'ArrowLeft' : 'ArrowRight');
      await expect.poll(async () => Number(await slider.inputValue())).not.toBe(before);
      // A question.
      const box = page.locator('.predict').first();
      await tabTo(page, box.locator('input'));
      const isChoice = (await box.getByRole('radio').count()) > 0;
      await (isChoice ? keyboard.press('Space') : keyboard.type('3'));
      await keyboard.press('Enter');
      await expect(box.getByRole('status')).not.toBeEmpty();
      // An experiment.
      const experiment = page.locator('article button[aria-pressed]');
      await tabTo(page, experiment);
      await keyboard.press('Enter');
      await expect(page.locator('article button[aria-pressed="true"]').first()).toBeVisible();
      // The console.
      const task = page.locator('section.task').first();
      await tabTo(page, task.locator('.give button').first());
      await keyboard.press('Enter');
      await expect(line(page)).toBeVisible();
      await tabTo(page, line(page));
      await keyboard.type('echo from the keyboard');
      await keyboard.press('Enter');
      await expect(page.getByRole('log')).toContainText('from the keyboard');
      await keyboard.press('Escape');
      // The exercise. The console lets the focus go by Escape, then Tab.
      const form = page.locator('.exercise form');
      await tabTo(page, form.locator('input'));
      await ((await form.getByRole('radio').count()) > 0
        ? keyboard.press('Space')
        : keyboard.type('123'));
      await keyboard.press('Enter');
      await expect(form.getByRole('status')).not.toBeEmpty();
    });

    test('what it fetches before it works is small', async ({ page }) => {
      const scripts = await scriptsOf(page, () => open(page, path));
      expect(scripts.size).toBeGreaterThan(1);
      // A host comes with the console's programs.
      const isHost = (await page.locator('.screen').count()) > 0;
      expect(sumOf(scripts.values())).toBeLessThanOrEqual(isHost ? 280_000 : 150_000);
    });

    test('every step and every experiment is shown', async ({ page }) => {
      test.setTimeout(180_000);
      await open(page, path);
      // Questions hold the machine; a student who has answered them sees all of it.
      await answerAll(page, null);
      const steps = page.locator('.step');
      for (let index = 0; index < (await steps.count()); index++) {
        const step = steps.nth(index);
        await step.locator('.show button').click();
        await expect(step).toHaveAttribute('aria-current', 'step');
        await expect(problems(page)).toHaveCount(0);
      }
      const experiments = page.locator('article button[aria-pressed]');
      for (let index = 0; index < (await experiments.count()); index++) {
        const button = experiments.nth(index);
        await button.click();
        await expect(button).toHaveAttribute('aria-pressed', 'true');
        await expect(problems(page)).toHaveCount(0);
      }
    });

    test('every question, wrong and right', async ({ page }) => {
      test.setTimeout(120_000);
      await open(page, path);
      const right = await answerAll(page, null);
      expect(right.size).toBeGreaterThanOrEqual(2);
      await page.locator('.forget button').click();
      await answerAll(page, right);
      // What was answered is kept.
      await page.reload();
      await expect(page.locator('.predict strong.right').first()).toBeVisible();
      await expect(page.locator('.predict strong.right')).toHaveCount(right.size);
    });

    test('three variants of the exercise, and one wrong', async ({ page }) => {
      test.setTimeout(120_000);
      await open(page, path);
      const box = page.locator('.exercise');
      await expect(box.locator('form')).toBeVisible();
      for (let variant = 0; variant < 3; variant++) {
        const form = box.locator('form');
        const said = form.getByRole('status');
        const radios = form.getByRole('radio');
        const choices = await radios.count();
        const verdicts: boolean[] = [];
        // By trying: a choice after the other; a number is in the worked solution.
        if (choices > 0) {
          for (let index = 0; index < choices; index++) {
            await radios.nth(index).check();
            await form.locator('button').click();
            await expect(said).not.toBeEmpty();
            verdicts.push((await said.locator('.right').count()) > 0);
          }
          expect(verdicts.filter(Boolean)).toHaveLength(1);
        } else {
          await form.getByRole('textbox').fill('123456789');
          await form.locator('button').click();
          await expect(said.locator('.wrong')).toBeVisible();
          await box.locator('.after button').first().click();
          const solution = (await box.locator('.solution').innerText()).replaceAll(
            /(\d),(\d)/g,
            '$1$2',
          );
          const numbers = solution.match(/0x[0-9a-f]+|\d+/g) ?? [];
          let isRight = false;
          for (const number of [...new Set(numbers.reverse())].slice(0, 40)) {
            await form.getByRole('textbox').fill(number);
            await form.locator('button').click();
            await expect(said).not.toBeEmpty();
            isRight = (await said.locator('.right').count()) > 0;
            if (isRight) break;
          }
          expect(isRight, 'the worked solution ends at the answer').toBe(true);
        }
        await box.locator('.after button').last().click();
      }
    });

    for (const theme of ['light', 'dark'] as const) {
      test(`axe finds nothing in use (${theme})`, async ({ page }) => {
        test.setTimeout(120_000);
        await page.emulateMedia({ colorScheme: theme });
        await open(page, path);
        expect.soft(await violations(page), 'at the start').toEqual([]);
        await answerAll(page, null);
        const steps = page.locator('.step .show button');
        await steps.nth(Math.floor((await steps.count()) / 2)).click();
        expect.soft(await violations(page), 'in the middle, answered').toEqual([]);
        await page.locator('section.task .give button').first().click();
        await expect(line(page)).toBeVisible();
        await page.setViewportSize({ width: 390, height: 844 });
        expect.soft(await violations(page), 'at the console, narrow').toEqual([]);
      });
    }

    test('the tasks at the console', async ({ page }) => {
      test.setTimeout(120_000);
      await open(page, path);
      const ids = await page.locator('section.task').evaluateAll((all) => all.map(({ id }) => id));
      for (const id of ids) {
        const task = TASKS[id.replace(/^task-/, '')];
        expect(task, `${id} is known to this test`).toBeDefined();
        const box = page.locator(`[id="${id}"]`);
        await box.locator('.give button').first().click();
        await expect(line(page)).toBeVisible();
        const type = async (command: string): Promise<void> => {
          await line(page).fill(command);
          await line(page).press('Enter');
          await expect(line(page)).toHaveValue('');
          await expect(page.locator('.line.busy')).toHaveCount(0);
        };
        for (const command of task?.nearMiss ?? []) await type(command);
        await page.waitForTimeout(500);
        await expect(box).not.toHaveClass(/done/);
        await box.locator('.give button').last().click();
        await expect(box.locator('ol li').first()).not.toBeEmpty();
        for (const command of task?.solution ?? []) await type(command);
        await expect(box).toHaveClass(/done/, { timeout: 20_000 });
      }
    });
  });
}
