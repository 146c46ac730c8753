import { gzipSync } from 'node:zlib';
import type { Page, Response } from '@playwright/test';

/** The scripts that a page fetches while it is visited: bytes of each, compressed, by address. */
export async function scriptsOf(
  page: Page,
  visit: () => Promise<void>,
): Promise<Map<string, number>> {
  const fetched: Promise<[string, number]>[] = [];
  const note = (response: Response): void => {
    if (!response.url().endsWith('.js')) return;
    fetched.push(
      response.body().then((body) => [response.url(), gzipSync(body, { level: 9 }).length]),
    );
  };
  page.on('response', note);
  await visit();
  page.off('response', note);
  return new Map(await Promise.all(fetched));
}

export const sumOf = (sizes: Iterable<number>): number =>
  [...sizes].reduce((all, size) => all + size, 0);
