import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';

/**
 * Rules that need no type information: they are quick, and the type checks run beside them. Layout
 * is Prettier's.
 */

const noRandom = {
  object: 'Math',
  property: 'random',
  message:
    'Nothing here is random: take a seeded generator (lessons/random.ts), so that it repeats.',
};

export default defineConfig(
  globalIgnores([
    '**/build/',
    '**/.svelte-kit/',
    '**/test-results/',
    '**/playwright-report/',
    // AssemblyScript looks like TypeScript and is not; asc checks it.
    'engine/assembly/',
    'engine/bench/assembly/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.strict,
  ts.configs.stylistic,
  svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node } },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'off',
      'no-restricted-properties': ['error', noRandom],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      // TypeScript's own checks say these better.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // An index that the line before has bounded; with noUncheckedIndexedAccess there are many.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error' },
  },
  {
    // What computes an address lives in the engine; these rooms ask it.
    files: ['lessons/**', 'site/**'],
    ignores: ['lessons/random.ts'],
    rules: { 'no-bitwise': 'error' },
  },
  {
    files: ['site/**', 'e2e/**'],
    languageOptions: { globals: { ...globals.browser } },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      // `let { … } = $props()` is Svelte's way to say it.
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
      // Links come from shell/paths.ts, which resolves them; the rule sees only calls in place.
      'svelte/no-navigation-without-resolve': 'off',
      // It cannot tell state from a Map or URL that one function uses and drops.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
);
