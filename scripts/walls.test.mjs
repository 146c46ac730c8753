import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkWalls } from './walls.mjs';

let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'walls-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** The problems of a house with these files. */
function problemsOf(files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return checkWalls(root).problems;
}

describe('walls', () => {
  it('let the site import lessons and engine, and the lessons the types of the engine', () => {
    expect(
      problemsOf({
        'engine/src/a.ts': `import { b } from './b.ts';\nimport { raw } from '@pagewalk/engine/wasm';\nimport { x } from 'x';`,
        'lessons/a.ts': `import type { A } from '@pagewalk/engine';\nexport type { A } from '@pagewalk/engine';`,
        'lessons/a.test.ts': `import { a } from '@pagewalk/engine';`,
        'site/src/a.svelte': `<p>import '../../e2e/a.ts'</p>\n<script lang="ts">\nimport { a } from '@pagewalk/engine';\nimport lesson from '@pagewalk/lessons/a.ts';\n</script>`,
        'e2e/a.ts': `import { test } from '@playwright/test';`,
      }),
    ).toEqual([]);
  });

  it('stop an import upward, and say where it is', () => {
    expect(
      problemsOf({
        'engine/src/a.ts': `// The drawing.\nimport { draw } from '../../site/src/draw.ts';`,
        'lessons/01-a/lesson.ts': `import { draw } from '@pagewalk/site';`,
      }),
    ).toEqual([
      "engine/src/a.ts:2: imports '../../site/src/draw.ts': engine may not import from site",
      "lessons/01-a/lesson.ts:1: imports '@pagewalk/site': lessons may not import from site",
    ]);
  });

  it('stop a lesson that runs the engine, also where it hides among types', () => {
    expect(
      problemsOf({
        'lessons/a.ts': `import { hex } from '@pagewalk/engine';`,
        'lessons/b.ts': `import { type A } from '@pagewalk/engine';`,
        'lessons/c.ts': `export const engine = () => import('@pagewalk/engine');`,
      }),
    ).toEqual([
      "lessons/a.ts:1: imports '@pagewalk/engine': of engine, lessons may import types only",
      "lessons/b.ts:1: imports '@pagewalk/engine': of engine, lessons may import types only",
      "lessons/c.ts:1: imports '@pagewalk/engine': of engine, lessons may import types only",
    ]);
  });

  it('stop a test of the site that looks inside, and a room that leans on the scripts', () => {
    expect(
      problemsOf({
        'e2e/a.spec.ts': `import { a } from '../site/src/a.ts';\nimport '@pagewalk/engine';`,
        'site/vite.config.ts': `import { run } from '../scripts/project.mjs';`,
      }),
    ).toEqual([
      "site/vite.config.ts:1: imports '../scripts/project.mjs': site may not import from scripts",
      "e2e/a.spec.ts:1: imports '../site/src/a.ts': e2e may not import from site",
      "e2e/a.spec.ts:2: imports '@pagewalk/engine': e2e may not import from engine",
    ]);
  });

  it('see imports in Svelte files at their line, and globs and re-exports', () => {
    expect(
      problemsOf({
        'site/src/a.svelte': `<script lang="ts" module>\n  export const x = 1;\n</script>\n\n<script lang="ts">\n  import '../../e2e/a.ts';\n</script>\n`,
        'site/src/b.ts': `export * from '../../e2e/b.mjs';\nconst pages = import.meta.glob(['../../e2e/*.ts']);`,
      }),
    ).toEqual([
      "site/src/a.svelte:6: imports '../../e2e/a.ts': site may not import from e2e",
      "site/src/b.ts:1: imports '../../e2e/b.mjs': site may not import from e2e",
      "site/src/b.ts:2: imports '../../e2e/*.ts': site may not import from e2e",
    ]);
  });

  it('stop Math.random in the site and the lessons', () => {
    expect(
      problemsOf({
        'lessons/a.ts': `export const a = Math.random();`,
        'site/src/a.svelte': `<script>\nconst b = Math['random'];\n</script>`,
        'engine/test/a.ts': `// Not this: Math.random()`,
      }),
    ).toEqual([
      'lessons/a.ts:1: calls Math.random; take a seeded generator',
      'site/src/a.svelte:2: calls Math.random; take a seeded generator',
    ]);
  });
});
