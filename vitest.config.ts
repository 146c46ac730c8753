import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineConfig } from 'vitest/config';
import { content } from './site/src/lib/content/plugin.ts';

/**
 * The unit tests of all rooms, in one run.
 *
 * The site's are compiled by its own plugins, prose included, but not by SvelteKit's, which takes
 * the folder that Node was started in for the site: a test that needs `$app/…` mocks it.
 */
const site = createRequire(new URL('./site/package.json', import.meta.url));
const { svelte } = (await import(
  pathToFileURL(site.resolve('@sveltejs/vite-plugin-svelte')).href
)) as {
  svelte: (options: { configFile: false; extensions: string[] }) => never;
};

const plugins = [content(), svelte({ configFile: false, extensions: ['.svelte', '.md'] })];

export default defineConfig({
  test: {
    // Rooms import each other's builds, as their users do.
    globalSetup: './scripts/vitest-setup.mjs',
    projects: [
      {
        test: {
          name: 'engine',
          root: './engine',
          include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
          // `npm run test:deep` compares very many machines in one test.
          testTimeout: 600_000,
        },
      },
      { test: { name: 'lessons', root: './lessons', include: ['**/*.test.ts'] } },
      {
        root: './site',
        plugins,
        test: {
          name: 'site',
          root: './site',
          include: ['src/**/*.test.ts'],
          exclude: ['**/*.svelte.test.ts'],
        },
      },
      {
        // Tests that use runes: as in the browser, where runes react.
        root: './site',
        plugins,
        resolve: { conditions: ['browser'] },
        test: {
          name: 'site, runes',
          root: './site',
          include: ['src/**/*.svelte.test.ts'],
          server: { deps: { inline: [/node_modules\/svelte\//] } },
          environment: fileURLToPath(new URL('./scripts/vitest-client.mjs', import.meta.url)),
        },
      },
      { test: { name: 'scripts', root: './scripts', include: ['**/*.test.mjs'] } },
    ],
  },
});
