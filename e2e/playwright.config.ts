import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

/**
 * A person with a browser. The built site is served below a sub-path, as on hosts that give each
 * project one: whatever asks for something at the root of the host gets nothing.
 */

const script = (name: string) => fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));

interface Browser {
  executablePath: string;
  env: Record<string, string>;
}

// The workers read this file too, and take what the first reading found.
process.env['PAGEWALK_BROWSER'] ??= execFileSync(process.execPath, [script('browser.mjs')], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = JSON.parse(process.env['PAGEWALK_BROWSER']) as Browser;

export default defineConfig({
  testDir: 'tests',
  forbidOnly: process.env['CI'] !== undefined,
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    launchOptions: {
      executablePath: browser.executablePath,
      env: { ...process.env, ...browser.env } as Record<string, string>,
      args: ['--disable-background-networking', '--disable-quic'],
    },
    screenshot: 'only-on-failure',
  },
  webServer: {
    command: `"${process.execPath}" "${script('serve.mjs')}" --base /sub/path --port 0`,
    // Becomes PAGEWALK_URL in the environment of the tests.
    wait: { stdout: /(?<pagewalk_url>http:\S+)/ },
  },
});
