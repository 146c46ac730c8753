import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The pages of the built site, as paths below its address: '' and 'en/lessons/ept-and-npt/'. */
function builtPages(): string[] {
  const root = fileURLToPath(new URL('../../site/build', import.meta.url));
  if (!existsSync(root)) throw new Error('The site is not built; npm run build builds it.');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /(^|\/)index\.html$/.test(file))
    .map((file) => file.replace(/index\.html$/, ''))
    .sort();
}

export const PAGES = builtPages();

/** Lessons, and not the page that lists them. */
export const LESSONS = PAGES.filter((page) => /\/lessons\/[^/]+\/$/.test(page));
