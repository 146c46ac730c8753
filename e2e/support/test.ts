import { test as base, type BrowserContext, type BrowserContextOptions } from '@playwright/test';

export { expect } from '@playwright/test';

/** Where the server serves the site; all else on its host is not ours. */
export const SITE = process.env['PAGEWALK_URL'] ?? '';

/**
 * Notes what no page may do, whatever it is tested for: ask for something outside of the site, get
 * an error for an answer, or complain in the console.
 */
function watch(context: BrowserContext): string[] {
  const wrong: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(SITE) && !/^(data|blob):/.test(url)) wrong.push(`asked for ${url}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`got ${response.status()} for ${response.url()}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      wrong.push(`console: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => wrong.push(`threw ${error.error().message}`));
  return wrong;
}

interface Fixtures {
  /** Another visitor: a browser that has kept nothing. Watched like the first. */
  freshContext: (options?: BrowserContextOptions) => Promise<BrowserContext>;
}

export const test = base.extend<Fixtures & { watched: undefined }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
  baseURL: async ({}, use) => use(SITE),

  freshContext: async ({ browser, contextOptions }, use) => {
    const contexts: BrowserContext[] = [];
    const wrong: string[][] = [];
    await use(async (options) => {
      const context = await browser.newContext({ ...contextOptions, ...options, baseURL: SITE });
      contexts.push(context);
      wrong.push(watch(context));
      return context;
    });
    for (const context of contexts) await context.close();
    if (wrong.flat().length > 0) throw new Error(wrong.flat().join('\n'));
  },

  watched: [
    async ({ context }, use) => {
      const wrong = watch(context);
      await use(undefined);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    },
    { auto: true },
  ],
});
