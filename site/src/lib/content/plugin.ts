import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { compile, type CompileOptions } from './compile.ts';

const COMPONENTS = fileURLToPath(new URL('../lesson/', import.meta.url));

/** The language that the others follow in the ids of their headings. */
const SOURCE = 'en.md';

/** Makes the lessons' Markdown into Svelte source; the Svelte plugin after it does the rest. */
export function content(): Plugin {
  return {
    name: 'pagewalk:content',
    enforce: 'pre',
    transform: {
      filter: { id: /\.md$/ },
      handler(source, id) {
        const file = relative(process.cwd(), id).split(sep).join('/');
        const options: CompileOptions = {
          file,
          component: (name) => {
            const path = relative(dirname(id), join(COMPONENTS, `${name}.svelte`));
            return path.split(sep).join('/');
          },
        };
        const first = join(dirname(id), SOURCE);
        if (basename(id) !== SOURCE && existsSync(first)) {
          this.addWatchFile(first);
          options.headings = compile(readFileSync(first, 'utf8'), {
            ...options,
            file: first,
          }).headings;
        }
        return { code: compile(source, options).code, map: { mappings: '' } };
      },
    },
  };
}
