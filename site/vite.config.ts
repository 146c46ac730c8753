import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { content } from './src/lib/content/plugin.ts';

/**
 * Hashes of the scripts that stand in app.html itself (the theme, before first paint). Kit adds the
 * hashes of what it writes, not of what we write.
 */
function inlineScriptHashes(): `sha256-${string}`[] {
  const html = readFileSync(new URL('./src/app.html', import.meta.url), 'utf8');
  return [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, body]) => `sha256-${createHash('sha256').update(body!).digest('base64')}` as const,
  );
}

export default defineConfig({
  plugins: [
    content(),
    sveltekit({
      adapter: adapter({ strict: true }),
      extensions: ['.svelte', '.md'],
      // Any static host, any sub-path: nothing in the pages may know where they stand.
      paths: { relative: true },
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['self'],
          'script-src': ['self', 'wasm-unsafe-eval', ...inlineScriptHashes()],
          'style-src': ['self'],
          // Prerendered figures place their marks with style attributes.
          'style-src-attr': ['unsafe-inline'],
          'img-src': ['self', 'data:', 'blob:'],
          'object-src': ['none'],
          'base-uri': ['self'],
          'form-action': ['self'],
        },
      },
      // The two homes and every lesson in both languages, also what no page links to yet.
      prerender: { entries: ['*'], handleHttpError: 'fail', handleMissingId: 'fail' },
      typescript: {
        config: (config) => ({
          ...config,
          // The prose is compiled by Vite alone; tests lie beside what they test, under src.
          include: [...config.include, '../vitest.config.ts'],
        }),
      },
    }),
  ],
});
